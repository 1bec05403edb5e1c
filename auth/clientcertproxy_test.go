package auth_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/principal"
	"github.com/cxhook/cxhook/internal/refusal"
)

func stdBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// proxyConfig trusts the loopback that tests connect from.
func proxyConfig(forwarding auth.ClientCertForwarding) auth.ProxyMTLSConfig {
	return auth.ProxyMTLSConfig{
		Forwarding: forwarding, Peers: prefixes("127.0.0.0/8"), PlainHTTP: true, Alone: true,
		Rules: auth.DialogflowClientCerts(), Now: clockAt(1_795_000_000), // 2026-11-18, before the earlier certificate ends
	}
}

func proxyVerifier(tb testing.TB, cfg auth.ProxyMTLSConfig) *auth.ProxyMTLS {
	tb.Helper()
	v, err := auth.NewProxyMTLS(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// googleHeaders are those of the certificate of today, in the form of Google's
// load balancers, changed by the pairs of name and value.
func googleHeaders(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("X-Client-Cert-Present", "true")
		r.Header.Set("X-Client-Cert-Chain-Verified", "true")
		r.Header.Set("X-Client-Cert-Error", "")
		r.Header.Set("X-Client-Cert-DNSName-SANs", "")
		r.Header.Set("X-Client-Cert-Subject-DN", "CN=Google LLC,O=Google LLC,C=US")
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

func then(edits ...func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		for _, e := range edits {
			e(r)
		}
	}
}

func rawHeader(key string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[key] = values }
}

func TestForwardedByGoogle(t *testing.T) {
	t.Parallel()
	const sans, subject = "X-Client-Cert-DNSName-SANs", "X-Client-Cert-Subject-DN"
	const verified = "X-Client-Cert-Chain-Verified"
	v := proxyVerifier(t, proxyConfig(auth.GoogleLoadBalancer))
	site := refusal.New(t, refusal.Config{Guard: guardBy(v), Good: googleHeaders()})
	a := newAuthorities(t)

	accepted := []struct {
		name, subject string
		edit          func(*http.Request)
	}{
		{"subject as text", "CN=Google LLC", googleHeaders()},
		{"subject as DER", "CN=Google LLC", func(r *http.Request) { auth.GoogleClientCertHeaders().Set(r.Header, a.google(t).Leaf) }},
		{"DNS name", "DNS=*.dialogflow.com", googleHeaders(subject, "", sans, stdBase64("*.dialogflow.com"))},
		{"DNS name second in the list", "DNS=*.dialogflow.com", googleHeaders(subject, "CN=x", sans, stdBase64("x.example")+","+stdBase64("*.Dialogflow.com"))},
		{"no error header", "CN=Google LLC", without("X-Client-Cert-Error", googleHeaders())},
		{"other claims of the way have no effect", "CN=Google LLC", googleHeaders("X-Forwarded-Proto", "http", "X-Forwarded-For", "203.0.113.9", "Forwarded", "for=203.0.113.9")},
	}
	for _, tt := range accepted {
		t.Run(tt.name, func(t *testing.T) {
			id, seen := site.Accepted(t, tt.edit)
			if id.Scheme != "mtls-header" || id.Subject != tt.subject {
				t.Errorf("identity %+v", id)
			}
			for key := range seen {
				if strings.HasPrefix(strings.ReplaceAll(key, "_", "-"), "X-Client-Cert") {
					t.Errorf("the handler saw %s", key)
				}
			}
		})
	}

	refused := []struct {
		name   string
		status int
		reason string
		edit   func(*http.Request)
	}{
		{"no headers, as of a health probe", 401, "no_credential", nil},
		{"not present", 401, "no_credential", googleHeaders("X-Client-Cert-Present", "false")},
		{"present is missing", 401, "no_credential", without("X-Client-Cert-Present", googleHeaders())},
		{"present in capitals", 401, "malformed_credential", googleHeaders("X-Client-Cert-Present", "TRUE")},
		{"not verified", 401, "certificate_not_verified", googleHeaders(verified, "false")},
		{"verified is missing", 401, "certificate_not_verified", without(verified, googleHeaders())},
		{"verified in capitals", 401, "malformed_credential", googleHeaders(verified, "TRUE")},
		{"verified by a number", 401, "malformed_credential", googleHeaders(verified, "1")},
		{"verified twice in one header", 401, "malformed_credential", googleHeaders(verified, "true,true")},
		{"verified with an error", 401, "certificate_not_verified", googleHeaders("X-Client-Cert-Error", "client_cert_validation_failed")},
		{"a header twice, equal", 401, "duplicate_header", then(googleHeaders(), rawHeader("X-Client-Cert-Chain-Verified", "true", "true"))},
		{"a header twice, the client's first", 401, "duplicate_header", then(googleHeaders(), rawHeader("X-Client-Cert-Chain-Verified", "true", "false"))},
		{"a header twice, the client's last", 401, "duplicate_header", then(googleHeaders(), rawHeader("X-Client-Cert-Chain-Verified", "false", "true"))},
		{"twins of another case", 401, "duplicate_header", then(googleHeaders(), rawHeader("X-CLIENT-CERT-PRESENT", "true"))},
		{"underscores alone", 401, "header_twin", rawHeader("X_Client_Cert_Present", "true")},
		{"underscores beside", 401, "header_twin", then(googleHeaders(), rawHeader("X_Client_Cert_Present", "true"))},
		{"one underscore beside", 401, "header_twin", then(googleHeaders(), rawHeader("x-client-cert_present", "false"))},
		{"underscores in the subject's name", 401, "header_twin", then(googleHeaders(), rawHeader("X_CLIENT_CERT_SUBJECT_DN", "CN=x"))},
		{"Connection names a header", 401, "hop_by_hop", then(googleHeaders(), rawHeader("Connection", "X-Client-Cert-Chain-Verified"))},
		{"Connection names it among others", 401, "hop_by_hop", then(googleHeaders(), rawHeader("Connection", "keep-alive, x-client-cert-ERROR"))},
		{"Connection names its twin", 401, "hop_by_hop", then(googleHeaders(), rawHeader("Connection", "x_client_cert_error"))},
		{"no names", 403, "certificate_name_not_allowed", googleHeaders(subject, "")},
		{"another customer's subject", 403, "certificate_name_not_allowed", googleHeaders(subject, "CN=Evil LLC,O=Google LLC")},
		{"name in another attribute", 403, "certificate_name_not_allowed", googleHeaders(subject, "O=Google LLC")},
		{"escaped comma in the name", 403, "certificate_name_not_allowed", googleHeaders(subject, `CN=Google\, LLC`)},
		{"name with more behind", 403, "certificate_name_not_allowed", googleHeaders(subject, `CN=Google LLC\,CN\=x`)},
		{"two names in one RDN", 403, "certificate_name_not_allowed", googleHeaders(subject, "CN=x+CN=Google LLC")},
		{"two names in two RDNs", 403, "certificate_name_not_allowed", googleHeaders(subject, "CN=Google LLC,CN=x")},
		{"DNS name that the wildcard covers", 403, "certificate_name_not_allowed", googleHeaders(subject, "", sans, stdBase64("a.dialogflow.com"))},
		{"DNS name with NUL", 403, "certificate_name_not_allowed", googleHeaders(subject, "", sans, stdBase64("*.dialogflow.com\x00.evil.com"))},
		{"DNS names not in base64", 401, "malformed_credential", googleHeaders(subject, "", sans, "*.dialogflow.com")},
		{"DNS names padded wrongly", 401, "malformed_credential", googleHeaders(subject, "", sans, strings.TrimRight(stdBase64("a.dialogflow.com"), "="))},
		{"empty DNS name", 401, "malformed_credential", googleHeaders(subject, "", sans, stdBase64("*.dialogflow.com")+",")},
		{"64 KiB of DNS names", 401, "malformed_credential", googleHeaders(subject, "", sans, strings.Repeat(stdBase64("*.dialogflow.com")+",", 2730)+stdBase64("*.dialogflow.com"))},
		{"subject in slashes", 401, "malformed_credential", googleHeaders(subject, "/C=US/CN=Google LLC")},
		{"subject with an open escape", 401, "malformed_credential", googleHeaders(subject, `CN=Google LLC\`)},
		{"subject of 64 KiB", 401, "malformed_credential", googleHeaders(subject, "CN=Google LLC,O="+strings.Repeat("x", 64<<10))},
		{"DER with more behind", 401, "malformed_credential", googleHeaders(subject, base64.StdEncoding.EncodeToString(append(a.google(t).Leaf.RawSubject, 0)))},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: tt.status, Reason: tt.reason}, tt.edit)
		})
	}
}

func TestForwardedRuleEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		now  int64
		ok   bool
	}{
		{"a second before 2026-12-01", 1_796_083_199, true},
		{"2026-12-01", 1_796_083_200, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := proxyConfig(auth.GoogleLoadBalancer)
			cfg.Now = clockAt(tt.now)
			site := refusal.New(t, refusal.Config{Guard: guardBy(proxyVerifier(t, cfg)), Good: googleHeaders()})
			old := googleHeaders("X-Client-Cert-Subject-DN", "CN=*.dialogflow.com", "X-Client-Cert-DNSName-SANs", stdBase64("*.dialogflow.com"))
			if tt.ok {
				site.Accepted(t, old)
			} else {
				site.Refused(t, refusal.Want{Status: 403, Reason: "certificate_rule_ended"}, old)
			}
		})
	}
}

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

func TestProxyMTLSConfigRefused(t *testing.T) {
	t.Parallel()
	change := func(f func(*auth.ProxyMTLSConfig)) auth.ProxyMTLSConfig {
		cfg := proxyConfig(auth.GoogleLoadBalancer)
		f(&cfg)
		return cfg
	}
	headers := func(f func(*auth.ClientCertHeaders)) auth.ProxyMTLSConfig {
		return change(func(c *auth.ProxyMTLSConfig) { c.Headers = auth.GoogleClientCertHeaders(); f(&c.Headers) })
	}
	for name, cfg := range map[string]auth.ProxyMTLSConfig{
		"zero value":                    {},
		"no peer":                       change(func(c *auth.ProxyMTLSConfig) { c.Peers = nil }),
		"zero peer":                     change(func(c *auth.ProxyMTLSConfig) { c.Peers = []netip.Prefix{{}} }),
		"everyone":                      change(func(c *auth.ProxyMTLSConfig) { c.Peers = prefixes("0.0.0.0/0") }),
		"everyone of IPv6":              change(func(c *auth.ProxyMTLSConfig) { c.Peers = prefixes("10.0.0.0/8", "::/0") }),
		"peer mapped into IPv6":         change(func(c *auth.ProxyMTLSConfig) { c.Peers = prefixes("::ffff:10.0.0.0/104") }),
		"no rules":                      change(func(c *auth.ProxyMTLSConfig) { c.Rules = nil }),
		"no way of forwarding":          change(func(c *auth.ProxyMTLSConfig) { c.Forwarding = 0 }),
		"header names for Envoy":        headers(func(h *auth.ClientCertHeaders) {}),
		"no name for presence":          headers(func(h *auth.ClientCertHeaders) { h.Present = "" }),
		"no name for verification":      headers(func(h *auth.ClientCertHeaders) { h.ChainVerified = "" }),
		"no name for errors":            headers(func(h *auth.ClientCertHeaders) { h.Error = "" }),
		"no subject for a common name":  headers(func(h *auth.ClientCertHeaders) { h.Subject = "" }),
		"no DNS names for a DNS name":   headers(func(h *auth.ClientCertHeaders) { h.DNSNames = "" }),
		"underscore in a name":          headers(func(h *auth.ClientCertHeaders) { h.Present = "X_Present" }),
		"two of a name":                 headers(func(h *auth.ClientCertHeaders) { h.Present = "x-client-cert-ERROR" }),
		"blank in a name":               headers(func(h *auth.ClientCertHeaders) { h.Present = "X Present" }),
		"rule without names":            change(func(c *auth.ProxyMTLSConfig) { c.Rules = []auth.ClientCertRule{{Label: "x"}} }),
		"rule with a leaf as an anchor": change(func(c *auth.ProxyMTLSConfig) { c.Rules[0].Roots = []*x509.Certificate{{}} }),
	} {
		if name == "header names for Envoy" {
			cfg.Forwarding = auth.EnvoyXFCC
		}
		if v, err := auth.NewProxyMTLS(cfg); err == nil {
			t.Errorf("%s: %+v, want it refused", name, v)
		}
	}
	if _, err := auth.NewProxyMTLS(headers(func(*auth.ClientCertHeaders) {})); err != nil {
		t.Errorf("the unchanged configuration is refused: %v", err)
	}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "Alone") {
			t.Errorf("panic %s, want one that names Alone", p)
		}
	}()
	auth.Require(proxyVerifier(t, change(func(c *auth.ProxyMTLSConfig) { c.Alone = false })))
}
