package caller

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/cxhook/cxhook/internal/inproc"
)

// Bounds of what is kept and read beside the body.
const (
	maxHeaderBytes  = 64 << 10
	idleConnections = 16
	idleTimeout     = 30 * time.Second
)

// connectError is a connection that did not come about.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

// addressError is an address that the caller does not dial.
type addressError struct {
	addr   netip.Addr
	reason string
}

func (e *addressError) Error() string {
	return fmt.Sprintf("address %s is refused: %s", e.addr, e.reason)
}

// dialer connects to the service over the network.
type dialer struct {
	plain      bool   // the scheme is http
	allowLocal bool   // loopback and private addresses are permitted
	service    string // of the service directory, empty if there is none
	directory  func(context.Context, string) (string, error)
	tls        *tls.Config
}

func newTransport(cfg *config, target Target, d *dialer) *http.Transport {
	tr := &http.Transport{
		DisableKeepAlives:      !cfg.keepAlive,
		DisableCompression:     true, // the encodings are Dialogflow's, so they are decoded here
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    idleConnections,
		IdleConnTimeout:        idleTimeout,
		Protocols:              new(http.Protocols),
	}
	tr.Protocols.SetHTTP1(true)
	if target.handler != nil {
		// Both: a connection for https counts as secured once it is dialled.
		tr.DialContext = inproc.New(target.handler, cfg.log).Dial
		tr.DialTLSContext = tr.DialContext
		return tr
	}
	tr.DialContext = d.dial
	tr.DialTLSContext = d.dialTLS
	return tr
}

func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if d.service != "" {
		found, err := d.directory(ctx, d.service)
		if err != nil {
			return nil, &connectError{fmt.Errorf("service %q: %w", d.service, err)}
		}
		addr = found
	}
	nd := net.Dialer{ControlContext: d.control}
	conn, err := nd.DialContext(ctx, network, addr)
	if err != nil {
		return nil, &connectError{err}
	}
	return conn, nil
}

func (d *dialer) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, d.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error is the one that counts
		return nil, &connectError{err}
	}
	return secure, nil
}

// control sees the address after the name was resolved, right before the
// connection is made, so that no answer of a name server gets around it.
func (d *dialer) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := ap.Addr().Unmap().WithZone("")
	switch {
	case public(ip):
		if d.plain {
			return &addressError{ip, "plain http is for local addresses only"}
		}
		return nil
	case !ip.IsLoopback() && !ip.IsPrivate():
		return &addressError{ip, "it is neither public nor loopback nor private"}
	case !d.allowLocal && d.service == "":
		return &addressError{ip, "it is not public; see AllowLocal"}
	}
	return nil
}

// special returns the blocks that look like global unicast addresses and are
// none, or stand for an address of another kind.
func special() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("64:ff9b::/96"),
		netip.MustParsePrefix("64:ff9b:1::/48"),
		netip.MustParsePrefix("2002::/16"),
	}
}

func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range special() {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// tlsConfig trusts the certificates of the resource alone if it has any, and
// the store of the system otherwise.
func tlsConfig(host string, caCerts [][]byte, client *tls.Certificate) (*tls.Config, error) {
	conf := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	if client != nil {
		conf.Certificates = []tls.Certificate{*client}
	}
	if len(caCerts) == 0 {
		return conf, nil
	}
	conf.RootCAs = x509.NewCertPool()
	for i, der := range caCerts {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("caller: allowedCaCerts[%d]: %w", i, err)
		}
		conf.RootCAs.AddCert(cert)
	}
	conf.VerifyConnection = checkKeyUsage
	return conf, nil
}

// checkKeyUsage holds the documented rule for servers behind a custom CA: a
// key usage extension must allow digital signatures.
func checkKeyUsage(s tls.ConnectionState) error {
	leaf := s.PeerCertificates[0]
	if leaf.KeyUsage != 0 && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return errors.New("the key usage of the server's certificate lacks digitalSignature")
	}
	return nil
}
