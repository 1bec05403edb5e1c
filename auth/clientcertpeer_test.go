package auth_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/principal"
	"github.com/cxhook/cxhook/internal/refusal"
)

// TestForwardedOnlyByPeers sends perfect headers from everywhere.
func TestForwardedOnlyByPeers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, remote string
		peers        []netip.Prefix
		unix         bool
		reason       auth.Reason // empty: accepted
	}{
		{"a peer", "10.1.2.3:4000", prefixes("10.0.0.0/8"), false, ""},
		{"a peer mapped into IPv6", "[::ffff:10.1.2.3]:4000", prefixes("10.0.0.0/8"), false, ""},
		{"an IPv6 peer", "[2001:db8::7]:4000", prefixes("10.0.0.0/8", "2001:db8::/64"), false, ""},
		{"just outside", "11.0.0.1:4000", prefixes("10.0.0.0/8"), false, auth.ReasonUntrustedPeer},
		{"outside, mapped into IPv6", "[::ffff:11.0.0.1]:4000", prefixes("10.0.0.0/8"), false, auth.ReasonUntrustedPeer},
		{"IPv4-compatible is not mapped", "[::10.1.2.3]:4000", prefixes("10.0.0.0/8"), false, auth.ReasonUntrustedPeer},
		{"with a zone", "[fe80::1%eth0]:4000", prefixes("fe80::/10"), false, auth.ReasonUntrustedPeer},
		{"no address", "", prefixes("10.0.0.0/8"), false, auth.ReasonUntrustedPeer},
		{"a name", "proxy:4000", prefixes("10.0.0.0/8"), true, auth.ReasonUntrustedPeer},
		{"no port", "10.1.2.3", prefixes("10.0.0.0/8"), false, auth.ReasonUntrustedPeer},
		{"Unix socket", "@", prefixes("10.0.0.0/8"), false, auth.ReasonUntrustedPeer},
		{"Unix socket by the word", "@", nil, true, ""},
		{"no address by the word", "", nil, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := proxyConfig(auth.GoogleLoadBalancer)
			cfg.Peers, cfg.TrustUnixSocket = tt.peers, tt.unix
			r := (vector{}).request(t.Context())
			googleHeaders("X-Forwarded-For", "10.1.2.3", "X-Real-Ip", "10.1.2.3")(r)
			r.RemoteAddr = tt.remote
			_, err := proxyVerifier(t, cfg).Verify(r)
			if tt.reason == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if f := refusalOf(t, err); f.Reason != tt.reason || f.Status != http.StatusUnauthorized {
				t.Errorf("error %v, want 401 for %s", err, tt.reason)
			}
		})
	}
}

func TestForwardedFromUntrustedPeer(t *testing.T) {
	t.Parallel()
	cfg := proxyConfig(auth.GoogleLoadBalancer)
	cfg.Peers = prefixes("192.0.2.0/24")
	other := auth.VerifierFunc(func(r *http.Request) (auth.Identity, error) {
		if r.Header.Get("X-Good") == "" {
			return auth.Identity{}, auth.Refuse(http.StatusUnauthorized, auth.ReasonNoCredential, nil)
		}
		return auth.Identity{Scheme: "other", Subject: "x"}, nil
	})
	good := then(googleHeaders("X-Forwarded-For", "192.0.2.1"), rawHeader("X_Client_Cert_Present", "true"), rawHeader("X-Good", "1"))
	site := refusal.New(t, refusal.Config{Guard: guardBy(auth.Any(proxyVerifier(t, cfg), other)), Good: good})
	site.Refused(t, refusal.Want{Status: 401, Reason: "untrusted_peer"}, googleHeaders("X-Forwarded-For", "192.0.2.1"))
	if _, seen := site.Accepted(t, good); seen.Get("X-Client-Cert-Present") != "" || seen["X_client_cert_present"] != nil {
		t.Errorf("the handler saw the headers of an untrusted peer: %v", seen)
	}
}

// TestForwardedOverTLS: where the proxy has to come over TLS, and where a peer
// brings a certificate of its own.
func TestForwardedOverTLS(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, func(c *auth.MTLSConfig) { c.Optional = true })
	tests := []struct {
		name          string
		plain, direct bool // what is configured
		tls, cert     bool // what comes
		reason        auth.Reason
	}{
		{"TLS", false, false, true, false, ""},
		{"plain", false, false, false, false, auth.ReasonPlainHTTP},
		{"plain by the word", true, false, false, false, ""},
		{"TLS where plain is allowed", true, false, true, false, ""},
		{"a certificate of the peer's", false, false, true, true, auth.ReasonDirectCertificate},
		{"a certificate of the peer's by the word", false, true, true, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := proxyConfig(auth.GoogleLoadBalancer)
			cfg.PlainHTTP, cfg.PeerCertificate = tt.plain, tt.direct
			r := (vector{}).request(t.Context())
			googleHeaders()(r)
			r.RemoteAddr = "127.0.0.1:1"
			if tt.tls {
				r.TLS = &tls.ConnectionState{}
			}
			if tt.cert {
				r.TLS.PeerCertificates = []*x509.Certificate{a.other.Certificate}
			}
			_, err := proxyVerifier(t, cfg).Verify(r)
			if (err == nil) != (tt.reason == "") || err != nil && refusalOf(t, err).Reason != tt.reason {
				t.Errorf("error %v, want reason %q", err, tt.reason)
			}
		})
	}
	t.Run("both kinds on one route", func(t *testing.T) {
		t.Parallel()
		cfg := proxyConfig(auth.GoogleLoadBalancer)
		cfg.PlainHTTP = false
		for _, v := range []auth.Verifier{auth.Any(m, proxyVerifier(t, cfg)), auth.Any(proxyVerifier(t, cfg), m)} {
			s := a.site(t, m, v, nil)
			id, seen := s.Accepted(t, googleHeaders("X-Client-Cert-Subject-DN", "CN=Evil LLC"))
			if id.Scheme != "mtls" || seen.Get("X-Client-Cert-Present") != "" {
				t.Errorf("identity %+v, headers %v; want that of the connection", id, seen)
			}
			evil := issue(t, a.sslMiddle, a.sslMiddle.Client("Evil LLC"))
			client := s.Client(t)
			client.Transport.(*http.Transport).TLSClientConfig = s.clientTLS(&evil)
			before := s.calls.Load()
			resp, err := client.Do(s.Request(t, googleHeaders()))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusForbidden || s.calls.Load() != before {
				t.Errorf("status %d for a wrong certificate with perfect headers, want 403", resp.StatusCode)
			}
			client.Transport.(*http.Transport).TLSClientConfig = s.clientTLS(nil)
			client.CloseIdleConnections()
			resp, err = client.Do(s.Request(t, googleHeaders()))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("status %d for the proxy, want 200", resp.StatusCode)
			}
		}
	})
}

// TestForwardedOnUnixSocket serves on a real one.
func TestForwardedOnUnixSocket(t *testing.T) {
	t.Parallel()
	for _, trust := range []bool{false, true} {
		t.Run(fmt.Sprintf("trusted %t", trust), func(t *testing.T) {
			t.Parallel()
			cfg := proxyConfig(auth.GoogleLoadBalancer)
			cfg.TrustUnixSocket = trust
			path := filepath.Join(t.TempDir(), "s")
			listener, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			guard := auth.Require(proxyVerifier(t, cfg), auth.WithLogger(slog.New(slog.DiscardHandler)))
			srv := &http.Server{Handler: guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				id, _ := principal.FromContext(r.Context())
				_, _ = io.WriteString(w, id.Subject)
			}))}
			done := make(chan struct{})
			go func() { defer close(done); _ = srv.Serve(listener) }()
			defer func() { _ = srv.Close(); <-done }()
			conn, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			r := (vector{}).request(t.Context())
			googleHeaders()(r)
			if err := r.Write(conn); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if want := map[bool]int{false: 401, true: 200}[trust]; resp.StatusCode != want {
				t.Errorf("status %d, want %d", resp.StatusCode, want)
			}
		})
	}
}
