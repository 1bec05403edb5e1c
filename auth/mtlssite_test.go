package auth_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/certs"
	"github.com/cxhook/cxhook/internal/refusal"
)

// authorities are stand-ins for those that vouch for Dialogflow, and one that
// nobody trusts.
type authorities struct {
	now            time.Time
	ssl, sslMiddle *certs.Authority // CN=Google LLC
	gts            *certs.Authority // *.dialogflow.com
	other          *certs.Authority
	clock          atomic.Int64 // seconds after now
}

func newAuthorities(tb testing.TB) *authorities {
	tb.Helper()
	a := &authorities{now: time.Now()}
	authority := func(name string) *certs.Authority {
		made, err := certs.NewAuthority(name, a.now)
		if err != nil {
			tb.Fatal(err)
		}
		return made
	}
	a.ssl, a.gts, a.other = authority("Test SSL Root"), authority("Test GTS Root"), authority("Test Other Root")
	var err error
	if a.sslMiddle, err = a.ssl.Intermediate("Test SSL Client CA"); err != nil {
		tb.Fatal(err)
	}
	return a
}

// rules are those of Dialogflow below the test authorities; the second ends
// an hour after now.
func (a *authorities) rules() []auth.ClientCertRule {
	rules := auth.DialogflowClientCerts()
	rules[0].Roots = []*x509.Certificate{a.ssl.Certificate}
	rules[1].Roots = []*x509.Certificate{a.gts.Certificate}
	rules[1].Until = a.now.Add(time.Hour)
	return rules
}

func (a *authorities) time() time.Time { return a.now.Add(time.Duration(a.clock.Load()) * time.Second) }

func issue(tb testing.TB, a *certs.Authority, template *x509.Certificate) tls.Certificate {
	tb.Helper()
	cert, err := a.Issue(template, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return cert
}

// google returns the certificate that Dialogflow would present today.
func (a *authorities) google(tb testing.TB) tls.Certificate {
	return issue(tb, a.sslMiddle, a.sslMiddle.Client("Google LLC"))
}

func (a *authorities) serverCert(tb testing.TB) tls.Certificate {
	template := a.other.Client("hook")
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	return issue(tb, a.other, template)
}

func (a *authorities) mtls(tb testing.TB, change func(*auth.MTLSConfig)) *auth.MTLS {
	tb.Helper()
	cfg := auth.MTLSConfig{Rules: a.rules(), Alone: true, Now: a.time}
	if change != nil {
		change(&cfg)
	}
	m, err := auth.NewMTLS(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// mtlsSite is a site over TLS whose own client presents a good certificate.
type mtlsSite struct {
	*refusal.Site
	a     *authorities
	calls atomic.Int64 // of the handler
}

func (a *authorities) site(tb testing.TB, m *auth.MTLS, v auth.Verifier, wrap func(*http.Server)) *mtlsSite {
	tb.Helper()
	server := a.serverCert(tb)
	s := &mtlsSite{a: a}
	s.Site = refusal.New(tb, refusal.Config{
		Guard: func(l *slog.Logger) refusal.Middleware {
			guard := auth.Require(v, auth.WithLogger(l))
			return func(next http.Handler) http.Handler {
				return guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s.calls.Add(1)
					next.ServeHTTP(w, r)
				}))
			}
		},
		TLS:  m.TLSConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &server, nil }),
		Wrap: wrap,
	})
	good := a.google(tb)
	s.Server().Client().Transport.(*http.Transport).TLSClientConfig = s.clientTLS(&good)
	return s
}

func (s *mtlsSite) clientTLS(cert *tls.Certificate) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(s.a.other.Certificate)
	cfg := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if cert != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	return cfg
}

// refused asserts that a client with the certificate gets an answer that
// refuses it.
func (s *mtlsSite) refused(t *testing.T, cfg *tls.Config, status int, reason string) *http.Response {
	t.Helper()
	s.Accepted(t, nil)
	client := s.Client(t)
	client.Transport.(*http.Transport).TLSClientConfig = cfg
	resp, err := client.Do(s.Request(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	s.Check(t, refusal.Want{Status: status, Reason: reason}, resp, body, []string{"dialogflow.com", "Test SSL", "Google"})
	s.Accepted(t, nil)
	return resp
}

// alerted asserts that a client is refused in the handshake, by an alert with
// the given text.
func (s *mtlsSite) alerted(t *testing.T, cfg *tls.Config, want string) {
	t.Helper()
	before := s.calls.Load()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(s.URL(), "https://"), cfg)
	if err == nil {
		defer conn.Close()
		if err = conn.SetDeadline(time.Now().Add(30 * time.Second)); err == nil { // finds hangs
			_, err = conn.Read(make([]byte, 1)) // TLS 1.3 refuses after the client's part
		}
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("handshake error %v, want an alert with %q", err, want)
	}
	if after := s.calls.Load(); after != before {
		t.Errorf("the handler was called %d times", after-before)
	}
	s.Accepted(t, nil)
}
