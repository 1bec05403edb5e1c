package auth

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// proxyScheme names the verifier in identities and refusals.
const proxyScheme = "mtls-header"

// The reasons that only forwarded client certificates have.
const (
	// ReasonUntrustedPeer: the connection comes from no configured peer.
	ReasonUntrustedPeer Reason = "untrusted_peer"
	// ReasonPlainHTTP: the proxy's request came without TLS.
	ReasonPlainHTTP Reason = "plain_http"
	// ReasonDirectCertificate: the peer presents a certificate of its own, so
	// it may be a client and not the proxy.
	ReasonDirectCertificate Reason = "direct_certificate"
	// ReasonHeaderTwin: a header differs from one that is read by an
	// underscore for a hyphen only.
	ReasonHeaderTwin Reason = "header_twin"
	// ReasonHopByHop: Connection names a header that is read.
	ReasonHopByHop Reason = "hop_by_hop"
)

// ClientCertForwarding says how a proxy forwards a client certificate.
type ClientCertForwarding int

const (
	// GoogleLoadBalancer is an Application Load Balancer of Google Cloud with
	// its mutual TLS variables as custom request headers. It has verified
	// the chain against its trust config, which has to hold the anchors of
	// the rules and no others.
	//
	// Source: https://docs.cloud.google.com/load-balancing/docs/https/custom-headers.
	GoogleLoadBalancer ClientCertForwarding = iota + 1
	// EnvoyXFCC is the header X-Forwarded-Client-Cert of Envoy, in the modes
	// SANITIZE_SET and APPEND_FORWARD: only the last element counts, which
	// the nearest proxy has added. Do not use it with FORWARD_ONLY, where
	// the last element is the client's. Envoy has to verify the chain. Where
	// it sends the certificate as well (Cert or Chain), the names are read
	// from that, and its chain is verified here too: let it, since Envoy does
	// not quote the other names. A header in which a name stands behind a URI
	// is refused, since the URI may have made it up.
	EnvoyXFCC
)

// ProxyMTLSConfig configures a [ProxyMTLS]. Forwarding, Peers and Rules must be
// set; the zero value is refused.
type ProxyMTLSConfig struct {
	// Forwarding says what the proxy sends.
	Forwarding ClientCertForwarding
	// Headers are the names configured at a Google load balancer; the
	// default is GoogleClientCertHeaders().
	Headers ClientCertHeaders
	// Peers are the addresses that the proxy connects from. Only the TCP
	// connection counts, never X-Forwarded-For. All of IPv4 or IPv6 at once
	// is refused.
	Peers []netip.Prefix
	// TrustUnixSocket also trusts connections without an IP address.
	TrustUnixSocket bool
	// PlainHTTP also takes requests that the proxy sends without TLS, whose
	// headers anyone between it and this process can write.
	PlainHTTP bool
	// PeerCertificate also takes requests on connections on which the peer
	// presents a certificate of its own, which a proxy seldom does. Verify it
	// in the listener.
	PeerCertificate bool
	// Rules are the certificates that are accepted. Their Roots are needed
	// only to verify a chain that the proxy sends.
	Rules []ClientCertRule
	// Alone lets the verifier be the only one of a route. Dialogflow has
	// one certificate for the agents of all its customers.
	Alone bool
	// Now is the clock; the default is time.Now.
	Now func() time.Time
}

// ProxyMTLS verifies a client certificate that a proxy in front of this
// process has taken and forwards in headers. It is safe for concurrent use.
//
// Anyone can write such headers, so they count only on connections from the
// configured peers, and the proxy must remove those of its clients. Each
// header must come once; a second copy, a twin with underscores and a
// Connection header that names one are refused. [Require] removes the headers
// from what it hands on.
//
// A missing, malformed or unverified certificate is answered 401, a wrong
// name 403.
type ProxyMTLS struct {
	cfg   ProxyMTLSConfig
	names []string // of the headers that are read, canonical
}

// NewProxyMTLS returns a verifier, or the first mistake in cfg.
func NewProxyMTLS(cfg ProxyMTLSConfig) (*ProxyMTLS, error) {
	if len(cfg.Peers) == 0 && !cfg.TrustUnixSocket {
		return nil, errors.New("auth: forwarded client certificates are enabled, and no peer is trusted to send them")
	}
	cfg.Peers, cfg.Rules = slices.Clone(cfg.Peers), slices.Clone(cfg.Rules)
	for i, p := range cfg.Peers {
		if !p.IsValid() || p.Bits() == 0 {
			return nil, fmt.Errorf("auth: trusted peer %d is %v, need the addresses of a proxy", i+1, p)
		}
		if p.Addr().Is4In6() {
			return nil, fmt.Errorf("auth: trusted peer %d is %v, write it as IPv4", i+1, p)
		}
	}
	if err := checkRules(cfg.Rules, false); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	p := &ProxyMTLS{cfg: cfg}
	switch cfg.Forwarding {
	case GoogleLoadBalancer:
		if p.cfg.Headers == (ClientCertHeaders{}) {
			p.cfg.Headers = GoogleClientCertHeaders()
		}
		if err := p.cfg.Headers.check(cfg.Rules); err != nil {
			return nil, err
		}
		p.names = p.cfg.Headers.names()
	case EnvoyXFCC:
		if cfg.Headers != (ClientCertHeaders{}) {
			return nil, errors.New("auth: header names are configured for Envoy, whose header has one name")
		}
		p.names = []string{XFCCHeader}
	default:
		return nil, errors.New("auth: the proxy's way of forwarding client certificates is not configured")
	}
	return p, nil
}

// StripHeaders implements [HeaderStripper].
func (p *ProxyMTLS) StripHeaders() []string { return slices.Clone(p.names) }

// weakAlone implements companion.
func (p *ProxyMTLS) weakAlone() string {
	if p.cfg.Alone {
		return ""
	}
	return "a forwarded client certificate proves Google and not which agent calls; " +
		"combine it with another verifier by All, or set ProxyMTLSConfig.Alone"
}

// Verify implements [Verifier].
func (p *ProxyMTLS) Verify(r *http.Request) (Identity, error) {
	if f := p.checkConnection(r); f != nil {
		return Identity{}, f
	}
	if f := p.checkHeaders(r.Header); f != nil {
		return Identity{}, f
	}
	if p.cfg.Forwarding == GoogleLoadBalancer {
		names, f := p.cfg.Headers.read(r.Header)
		if f != nil {
			return Identity{}, f
		}
		return chooseRule(p.cfg.Rules, names, p.cfg.Now(), proxyScheme, func(ClientCertRule) bool { return true })
	}
	return p.verifyXFCC(r.Header)
}

// checkConnection decides whether the headers come from the proxy.
func (p *ProxyMTLS) checkConnection(r *http.Request) *Refusal {
	switch {
	case !p.trusted(r.RemoteAddr):
		return refuseCert(http.StatusUnauthorized, proxyScheme, ReasonUntrustedPeer, nil)
	case r.TLS == nil && !p.cfg.PlainHTTP:
		return refuseCert(http.StatusUnauthorized, proxyScheme, ReasonPlainHTTP, nil)
	case r.TLS != nil && len(r.TLS.PeerCertificates) > 0 && !p.cfg.PeerCertificate:
		return refuseCert(http.StatusUnauthorized, proxyScheme, ReasonDirectCertificate, nil)
	}
	return nil
}

// trusted reports whether the TCP peer is one of the configured ones.
func (p *ProxyMTLS) trusted(remote string) bool {
	addr, err := netip.ParseAddrPort(remote)
	if err != nil {
		return p.cfg.TrustUnixSocket && (remote == "" || strings.HasPrefix(remote, "@") || strings.HasPrefix(remote, "/"))
	}
	ip := addr.Addr().Unmap()
	return slices.ContainsFunc(p.cfg.Peers, func(peer netip.Prefix) bool { return peer.Contains(ip) })
}

// checkHeaders refuses whatever could make a proxy and this process read
// different headers.
func (p *ProxyMTLS) checkHeaders(h http.Header) *Refusal {
	for key := range h {
		if name := strings.ReplaceAll(key, "_", "-"); name != key && p.reads(name) {
			return refuseCert(http.StatusUnauthorized, proxyScheme, ReasonHeaderTwin, nil)
		}
	}
	for _, value := range h.Values("Connection") {
		for name := range strings.SplitSeq(value, ",") {
			if p.reads(strings.ReplaceAll(strings.TrimSpace(name), "_", "-")) {
				return refuseCert(http.StatusUnauthorized, proxyScheme, ReasonHopByHop, nil)
			}
		}
	}
	for _, name := range p.names {
		if len(h.Values(name)) > 1 {
			return refuseCert(http.StatusUnauthorized, proxyScheme, ReasonDuplicateHeader, nil)
		}
	}
	return nil
}

func (p *ProxyMTLS) reads(name string) bool {
	return slices.ContainsFunc(p.names, func(n string) bool { return equalFoldASCII(n, name) })
}

// verifyXFCC judges the element that the nearest proxy has added.
func (p *ProxyMTLS) verifyXFCC(h http.Header) (Identity, error) {
	value := h.Get(XFCCHeader)
	if value == "" {
		return Identity{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonNoCredential, nil)
	}
	elements, err := parseXFCC(value)
	if err == nil {
		err = checkXFCCOrder(elements)
	}
	if err != nil {
		return Identity{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonMalformed, err)
	}
	cert, err := readXFCC(elements[len(elements)-1])
	if err != nil {
		return Identity{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonMalformed, err)
	}
	now := p.cfg.Now()
	verified := func(r ClientCertRule) bool { return len(r.Roots) == 0 || verifyChain(r.Roots, cert.chain, now) }
	if cert.chain == nil {
		verified = func(ClientCertRule) bool { return true }
	} else {
		if !slices.ContainsFunc(p.cfg.Rules, verified) {
			return Identity{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonCertificateUnverified, nil)
		}
		if err := checkPurpose(cert.chain[0]); err != nil {
			return Identity{}, refuseCert(http.StatusForbidden, proxyScheme, ReasonCertificatePurpose, err)
		}
	}
	return chooseRule(p.cfg.Rules, cert.names, now, proxyScheme, verified)
}

// verifyChain reports whether chain, leaf first, leads to one of the roots.
func verifyChain(roots, chain []*x509.Certificate, now time.Time) bool {
	if len(chain) > maxClientChain {
		return false
	}
	anchors, middle := x509.NewCertPool(), x509.NewCertPool()
	for _, cert := range roots {
		anchors.AddCert(cert)
	}
	for i, cert := range chain {
		if checkKey(cert) != nil {
			return false
		}
		if i > 0 {
			middle.AddCert(cert)
		}
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: anchors, Intermediates: middle, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err == nil
}
