package auth_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

// visit makes one request on a connection of its own.
func visit(t *testing.T, s *mtlsSite, cfg *tls.Config) (status int, resumed bool, err error) {
	t.Helper()
	client := s.Client(t)
	transport := client.Transport.(*http.Transport)
	transport.TLSClientConfig = cfg // not a clone, which would have no sessions
	transport.DisableKeepAlives = true
	resp, err := client.Do(s.Request(t, nil))
	if err != nil {
		return 0, false, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.TLS.DidResume, nil
}

// TestMTLSResumedSessions: what a session was let in by has to hold when it
// is resumed.
func TestMTLSResumedSessions(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		sessions := func(s *mtlsSite, cert tls.Certificate) *tls.Config {
			cfg := s.clientTLS(&cert)
			cfg.MinVersion, cfg.MaxVersion = version, version
			cfg.ClientSessionCache = tls.NewLRUClientSessionCache(4)
			return cfg
		}
		t.Run(name+", good", func(t *testing.T) {
			t.Parallel()
			a := newAuthorities(t)
			m := a.mtls(t, nil)
			s := a.site(t, m, m, nil)
			cfg := sessions(s, a.google(t))
			for i := range 3 {
				status, resumed, err := visit(t, s, cfg)
				if status != http.StatusOK || resumed != (i > 0) {
					t.Errorf("visit %d: status %d, resumed %t, %v", i, status, resumed, err)
				}
			}
		})
		t.Run(name+", wrong name", func(t *testing.T) {
			t.Parallel()
			a := newAuthorities(t)
			m := a.mtls(t, nil)
			s := a.site(t, m, m, nil)
			cfg := sessions(s, issue(t, a.sslMiddle, a.sslMiddle.Client("Evil LLC")))
			for i := range 3 {
				status, resumed, err := visit(t, s, cfg)
				if status != http.StatusForbidden || resumed != (i > 0) {
					t.Errorf("visit %d: status %d, resumed %t, %v; want 403", i, status, resumed, err)
				}
			}
		})
		t.Run(name+", rules changed", func(t *testing.T) {
			t.Parallel()
			a := newAuthorities(t)
			m := a.mtls(t, func(c *auth.MTLSConfig) { c.NamesInHandshake = true })
			s := a.site(t, m, m, nil)
			cfg := sessions(s, a.google(t))
			if status, _, err := visit(t, s, cfg); status != http.StatusOK {
				t.Fatalf("status %d, %v", status, err)
			}
			other := a.rules()
			other[0].CommonName = "Alphabet" // the anchors stay, so only the rules can refuse
			if err := m.SetRules(other); err != nil {
				t.Fatal(err)
			}
			if status, _, err := visit(t, s, cfg); err == nil {
				t.Errorf("status %d, want the resumed handshake refused", status)
			}
			if err := m.SetRules(a.rules()); err != nil {
				t.Fatal(err)
			}
			if status, resumed, err := visit(t, s, cfg); status != http.StatusOK {
				t.Errorf("status %d, resumed %t, %v; want it accepted again", status, resumed, err)
			}
		})
		t.Run(name+", authority removed", func(t *testing.T) {
			t.Parallel()
			a := newAuthorities(t)
			m := a.mtls(t, nil)
			s := a.site(t, m, m, nil)
			cfg := sessions(s, a.google(t))
			if status, _, err := visit(t, s, cfg); status != http.StatusOK {
				t.Fatalf("status %d, %v", status, err)
			}
			if err := m.SetRules(a.rules()[1:]); err != nil {
				t.Fatal(err)
			}
			before := s.calls.Load()
			if status, _, err := visit(t, s, cfg); err == nil && status != http.StatusForbidden {
				t.Errorf("status %d, want it refused", status)
			}
			if s.calls.Load() != before {
				t.Error("the handler was called")
			}
		})
	}
}

// TestMTLSOpenConnection: a connection that outlives its rule or its
// certificate is refused at the next request.
func TestMTLSOpenConnection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, reason string
		status       int
		change       func(*testing.T, *authorities, *auth.MTLS)
	}{
		{"its authority was removed", "certificate_not_verified", http.StatusUnauthorized, func(t *testing.T, a *authorities, m *auth.MTLS) {
			if err := m.SetRules(a.rules()[1:]); err != nil {
				t.Error(err)
			}
		}},
		{"it has expired", "certificate_not_verified", http.StatusUnauthorized, func(_ *testing.T, a *authorities, _ *auth.MTLS) {
			a.clock.Store(25 * 3600)
		}},
		{"the clock was set back before its beginning", "certificate_not_verified", http.StatusUnauthorized, func(_ *testing.T, a *authorities, _ *auth.MTLS) {
			a.clock.Store(-48 * 3600)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAuthorities(t)
			m := a.mtls(t, nil)
			s := a.site(t, m, m, nil)
			s.Accepted(t, nil)
			client := s.Client(t)
			do := func() (*http.Response, []byte) {
				resp, err := client.Do(s.Request(t, nil))
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				return resp, body
			}
			if resp, body := do(); resp.StatusCode != http.StatusOK {
				t.Fatalf("status %d, %s", resp.StatusCode, body)
			}
			before := s.calls.Load()
			tt.change(t, a, m)
			resp, body := do()
			if resp.StatusCode != tt.status || !strings.Contains(string(body), `"error"`) || s.calls.Load() != before {
				t.Errorf("status %d, body %s, %d calls", resp.StatusCode, body, s.calls.Load()-before)
			}
		})
	}
}

func TestMTLSVerifiesWhatTheListenerDidNot(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, nil)
	leaf := a.google(t)
	chain := []*x509.Certificate{leaf.Leaf, a.sslMiddle.Certificate, a.ssl.Certificate}
	foreign := issue(t, a.other, a.other.Client("Google LLC"))
	tests := []struct {
		name   string
		state  *tls.ConnectionState
		reason auth.Reason
	}{
		{"plain HTTP", nil, auth.ReasonNoCredential},
		{"no certificate", &tls.ConnectionState{}, auth.ReasonNoCredential},
		{"certificate asked for and not verified", &tls.ConnectionState{PeerCertificates: chain}, auth.ReasonCertificateUnverified},
		{"verified to an anchor of the listener's own", &tls.ConnectionState{
			PeerCertificates: []*x509.Certificate{foreign.Leaf},
			VerifiedChains:   [][]*x509.Certificate{{foreign.Leaf, a.other.Certificate}},
		}, auth.ReasonCertificateUnverified},
		{"empty chain", &tls.ConnectionState{PeerCertificates: chain, VerifiedChains: [][]*x509.Certificate{{}}}, auth.ReasonCertificateUnverified},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := (vector{}).request(t.Context())
			r.TLS = tt.state
			if _, err := m.Verify(r); refusalOf(t, err).Reason != tt.reason || refusalOf(t, err).Status != http.StatusUnauthorized {
				t.Errorf("error %v, want 401 for %s", err, tt.reason)
			}
		})
	}
	r := (vector{}).request(t.Context())
	r.TLS = &tls.ConnectionState{PeerCertificates: chain[:2], VerifiedChains: [][]*x509.Certificate{chain}}
	if id, err := m.Verify(r); err != nil || id.Subject != "CN=Google LLC" {
		t.Errorf("a good state is refused: %+v, %v", id, err)
	}
}

// TestMTLSWithAnother: the certificate is right, and the other verifier does
// not know the agent.
// TestMTLSWithAnother: the certificate of all of Dialogflow, and the token of
// one project.
func TestMTLSWithAnother(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, func(c *auth.MTLSConfig) { c.Alone = false })
	google := newSigner(t, "g1", "RS256", rsaKey())
	agent := newIDToken(t, idTokenConfig(keysOf(t, google)))
	mine := bearer(sign(t, google, googleClaims()))
	others := bearer(sign(t, google, googleClaims().with(claims{"email": auth.DialogflowServiceAgent("999")})))
	server := a.serverCert(t)
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(auth.All(m, agent)),
		TLS:   m.TLSConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &server, nil }),
		Good:  mine,
	})
	cert := a.google(t)
	site.Server().Client().Transport.(*http.Transport).TLSClientConfig = (&mtlsSite{a: a}).clientTLS(&cert)
	site.Refused(t, refusal.Want{Status: http.StatusForbidden, Reason: "wrong_email"}, others)
	site.Refused(t, refusal.Want{Status: http.StatusUnauthorized, Reason: "no_credential", AnyChallenge: true}, nil)
	id, _ := site.Accepted(t, mine)
	if id.Scheme != "mtls" || len(id.Also) != 1 || id.Also[0].Subject != serviceAgent {
		t.Errorf("identity %+v, want both", id)
	}
}

// TestMTLSOverHTTP2 serves as a program does, by the configuration alone.
func TestMTLSOverHTTP2(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, nil)
	server := a.serverCert(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{
		TLSConfig: m.TLSConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &server, nil }),
		Handler: auth.Require(m, auth.WithLogger(slog.New(slog.DiscardHandler)))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := auth.IdentityFrom(r.Context())
			_, _ = io.WriteString(w, id.Subject)
		})),
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.ServeTLS(listener, "", "") }()
	defer func() { _ = srv.Close(); <-done }()
	for name, want := range map[string]int{"Google LLC": http.StatusOK, "Evil LLC": http.StatusForbidden} {
		cert := issue(t, a.sslMiddle, a.sslMiddle.Client(name))
		transport := &http.Transport{TLSClientConfig: (&mtlsSite{a: a}).clientTLS(&cert), ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport, Timeout: 30 * time.Second} // finds hangs
		resp, err := client.Post("https://"+listener.Addr().String()+"/", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want || resp.ProtoMajor != 2 {
			t.Errorf("%s: status %d over %s, want %d over HTTP/2", name, resp.StatusCode, resp.Proto, want)
		}
	}
}
