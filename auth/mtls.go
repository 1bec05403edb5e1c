package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// mtlsScheme names the verifier in identities and refusals.
const mtlsScheme = "mtls"

// minRSABits is the least size of an RSA key in a client's chain.
const minRSABits = 2048

// maxClientChain bounds the certificates that a client sends; Dialogflow sends
// two.
const maxClientChain = 10

// MTLSConfig configures an [MTLS]. Rules must be set; the zero value is
// refused.
type MTLSConfig struct {
	// Rules are the certificates that are accepted, such as
	// DialogflowClientCerts().
	Rules []ClientCertRule
	// Optional lets clients without a certificate through the handshake, for
	// routes that ask for none; the verifier refuses them with 401. Without
	// it they see a TLS alert and no HTTP status.
	Optional bool
	// NamesInHandshake refuses a wrong name by a TLS alert as well, which
	// Dialogflow takes as a wish for its other certificate. Without it a
	// wrong name is answered 403 by the verifier, and nothing else looks at
	// names: a listener without the verifier lets in every certificate below
	// the anchors.
	NamesInHandshake bool
	// Alone lets the verifier be the only one of a route. Dialogflow has
	// one certificate for the agents of all its customers.
	Alone bool
	// Now is the clock; the default is time.Now.
	Now func() time.Time
}

// MTLS verifies the client certificate of the TLS connection that this
// process ends. [MTLS.TLSConfig] makes the handshake ask for it, and the
// verifier holds its names against the rules on every request. It is safe for
// concurrent use.
//
// Statuses: a chain to no accepted anchor, an expired certificate, RSA keys
// below 2,048 bits and TLS below 1.2 end in a TLS alert. A certificate with
// the wrong name, without the purpose of client authentication, without the
// right to sign, or of an authority is answered 403.
type MTLS struct {
	cfg   MTLSConfig
	rules atomic.Pointer[mtlsRules]
}

type mtlsRules struct {
	list []ClientCertRule
	pool *x509.CertPool
}

// NewMTLS returns a verifier, or the first mistake in cfg.
func NewMTLS(cfg MTLSConfig) (*MTLS, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	m := &MTLS{cfg: cfg}
	if err := m.SetRules(cfg.Rules); err != nil {
		return nil, err
	}
	return m, nil
}

// SetRules replaces the rules. Connections that are open and sessions that
// are resumed are held against the new ones. On error the old ones stay.
func (m *MTLS) SetRules(rules []ClientCertRule) error {
	if err := checkRules(rules, true); err != nil {
		return err
	}
	pool := x509.NewCertPool()
	for _, r := range rules {
		for _, root := range r.Roots {
			pool.AddCert(root)
		}
	}
	m.rules.Store(&mtlsRules{slices.Clone(rules), pool})
	return nil
}

// Verify implements [Verifier].
func (m *MTLS) Verify(r *http.Request) (Identity, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return Identity{}, refuseCert(http.StatusUnauthorized, mtlsScheme, ReasonNoCredential, nil)
	}
	current := m.rules.Load()
	if current == nil { // no constructor has made m
		return Identity{}, refuseCert(http.StatusUnauthorized, mtlsScheme, ReasonCertificateUnverified, nil)
	}
	leaf, now := r.TLS.PeerCertificates[0], m.cfg.Now()
	if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return Identity{}, refuseCert(http.StatusUnauthorized, mtlsScheme, ReasonCertificateUnverified,
			errors.New("the certificate has expired since the handshake"))
	}
	if err := checkPurpose(leaf); err != nil {
		return Identity{}, refuseCert(http.StatusForbidden, mtlsScheme, ReasonCertificatePurpose, err)
	}
	names := namesOf(leaf)
	chains := r.TLS.VerifiedChains
	rules := current.list
	if !slices.ContainsFunc(rules, func(r ClientCertRule) bool { return anchored(r, chains) }) {
		return Identity{}, refuseCert(http.StatusUnauthorized, mtlsScheme, ReasonCertificateUnverified,
			errors.New("the chain ends in no accepted trust anchor, or the listener does not verify client certificates"))
	}
	return chooseRule(rules, names, now, mtlsScheme, func(r ClientCertRule) bool { return anchored(r, chains) })
}

// weakAlone implements companion.
func (m *MTLS) weakAlone() string {
	if m.cfg.Alone {
		return ""
	}
	return "a client certificate proves Google and not which agent calls; " +
		"combine it with another verifier by All, or set MTLSConfig.Alone"
}

// anchored reports whether one of the chains ends in an anchor of r.
func anchored(r ClientCertRule, chains [][]*x509.Certificate) bool {
	return slices.ContainsFunc(chains, func(chain []*x509.Certificate) bool {
		return len(chain) > 0 && r.anchors(chain[len(chain)-1])
	})
}

// checkPurpose holds a leaf against what a client's certificate is for. The
// standard library also takes one without any extended key usage, and does
// not look at key usage or at whether the leaf is an authority.
func checkPurpose(leaf *x509.Certificate) error {
	switch {
	case leaf.IsCA:
		return errors.New("the certificate is an authority's")
	case leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return errors.New("the certificate's key usage lacks digital signature")
	case !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth):
		return errors.New("the certificate's extended key usage lacks client authentication")
	}
	return nil
}

// TLSConfig returns the configuration of a listener that asks for client
// certificates: TLS 1.2 or later, HTTP/2 and HTTP/1.1. The certificate of the
// server comes from serverCert, such as the GetCertificate method of
// [CertificateFiles]. It must not be nil.
func (m *MTLS) TLSConfig(serverCert func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	if serverCert == nil {
		panic("auth: TLSConfig without a source of the server's certificate")
	}
	base := &tls.Config{
		MinVersion:       tls.VersionTLS12,
		NextProtos:       []string{"h2", "http/1.1"},
		GetCertificate:   serverCert,
		ClientAuth:       tls.RequireAndVerifyClientCert,
		ClientCAs:        m.rules.Load().pool,
		VerifyConnection: m.verifyConnection,
		Time:             m.cfg.Now,
	}
	if m.cfg.Optional {
		base.ClientAuth = tls.VerifyClientCertIfGiven
	}
	config := base.Clone()
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		current := base.Clone()
		current.ClientCAs = m.rules.Load().pool
		return current, nil
	}
	return config
}

// verifyConnection runs in every handshake, also when a session is resumed
// with the chains that were verified under earlier rules.
func (m *MTLS) verifyConnection(cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		return nil // let through by Optional, or refused by crypto/tls
	}
	if n := len(cs.PeerCertificates); n > maxClientChain {
		return fmt.Errorf("auth: client sent %d certificates, need at most %d", n, maxClientChain)
	}
	for _, cert := range cs.PeerCertificates {
		if err := checkKey(cert); err != nil {
			return err
		}
	}
	now, rules := m.cfg.Now(), m.rules.Load().list
	names := namesOf(cs.PeerCertificates[0])
	for _, r := range rules {
		if !anchored(r, cs.VerifiedChains) {
			continue
		}
		if !m.cfg.NamesInHandshake || r.matches(names) && !r.ended(now) && checkPurpose(cs.PeerCertificates[0]) == nil {
			return nil
		}
	}
	return errors.New("auth: no rule accepts the client certificate")
}

// checkKey refuses keys that crypto/x509 still takes.
func checkKey(cert *x509.Certificate) error {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSABits {
			return fmt.Errorf("auth: client chain has an RSA key of %d bits, need at least %d", bits, minRSABits)
		}
	case *ecdsa.PublicKey:
		if bits := key.Curve.Params().BitSize; bits < 256 {
			return fmt.Errorf("auth: client chain has an elliptic key of %d bits, need at least 256", bits)
		}
	case ed25519.PublicKey:
	default:
		return errors.New("auth: client chain has a key of an unknown kind")
	}
	return nil
}
