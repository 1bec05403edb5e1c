package auth_test

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
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
		{"the host has no effect", "CN=Google LLC", then(googleHeaders(), func(r *http.Request) { r.Host = "evil.example" })},
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
		{"base64 of no DER", 401, "malformed_credential", googleHeaders("X-Client-Cert-Subject-DN", "R29vZ2xl")},
		{"subject of one word", 401, "malformed_credential", googleHeaders("X-Client-Cert-Subject-DN", "Google")},
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

// TestForwardedLineEnds: no server hands on a header with line ends, and base64
// decoders pass over them.
func TestForwardedLineEnds(t *testing.T) {
	t.Parallel()
	v := proxyVerifier(t, proxyConfig(auth.GoogleLoadBalancer))
	names := base64.StdEncoding.EncodeToString([]byte("*.dialogflow.com"))
	subject := base64.StdEncoding.EncodeToString(newAuthorities(t).google(t).Leaf.RawSubject)
	for name, split := range map[string]string{"X-Client-Cert-DNSName-SANs": names, "X-Client-Cert-Subject-DN": subject} {
		for _, end := range []string{"", "\r\n", "\n"} {
			r := (vector{}).request(t.Context())
			r.RemoteAddr = "127.0.0.1:1"
			googleHeaders("X-Client-Cert-Subject-DN", "")(r)
			r.Header.Set(name, split[:4]+end+split[4:])
			if _, err := v.Verify(r); (err == nil) != (end == "") {
				t.Errorf("%s with %q inside: %v", name, end, err)
			}
		}
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
