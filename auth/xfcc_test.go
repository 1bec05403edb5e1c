package auth_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/certs"
	"github.com/cxhook/cxhook/internal/refusal"
)

const (
	xfccGood = `By=spiffe://mesh/hook;Hash=468ed33be74eee6556d90c0149c1309e;Subject="CN=Google LLC,O=Google LLC";DNS=*.dialogflow.com`
	xfccEvil = `Hash=00;Subject="CN=Evil LLC";DNS=evil.example`
)

func TestForwardedByEnvoy(t *testing.T) {
	t.Parallel()
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(proxyVerifier(t, proxyConfig(auth.EnvoyXFCC))), Good: set(auth.XFCCHeader, xfccGood),
	})
	accepted := []struct{ name, subject, value string }{
		{"by subject", "CN=Google LLC", xfccGood},
		{"by one of several DNS names", "DNS=*.dialogflow.com", `Subject="CN=x";DNS=evil.com;DNS=*.dialogflow.com`},
		{"DNS name in another case", "DNS=*.dialogflow.com", `DNS=*.DIALOGFLOW.com`},
		{"keys in another case", "CN=Google LLC", `hash=00;SUBJECT="CN=Google LLC"`},
		{"the nearest proxy's element is the last", "CN=Google LLC", xfccEvil + "," + xfccGood},
		{"separators in quotes", "CN=Google LLC", `Subject="O=a\;b\=c\,d,CN=Google LLC";Hash=1`},
		{"quotes in quotes", "CN=Google LLC", `Subject="O=\\"a\\",CN=Google LLC"`},
		{"equals sign in a URI", "CN=Google LLC", `Subject="CN=Google LLC";URI=https://a.example/?b=c`},
		{"unknown keys", "CN=Google LLC", `Serial=7;Subject="CN=Google LLC";New="a;b"`},
	}
	for _, tt := range accepted {
		t.Run(tt.name, func(t *testing.T) {
			id, seen := site.Accepted(t, set(auth.XFCCHeader, tt.value))
			if id.Scheme != "mtls-header" || id.Subject != tt.subject {
				t.Errorf("identity %+v", id)
			}
			if seen.Get(auth.XFCCHeader) != "" {
				t.Error("the handler saw the header")
			}
		})
	}
	refused := []struct {
		name   string
		status int
		reason string
		values []string
	}{
		{"no header", 401, "no_credential", nil},
		{"empty", 401, "no_credential", []string{""}},
		{"twice", 401, "duplicate_header", []string{xfccGood, xfccGood}},
		{"the client's element is not the last", 403, "certificate_name_not_allowed", []string{xfccGood + "," + xfccEvil}},
		{"another name", 403, "certificate_name_not_allowed", []string{xfccEvil}},
		{"no name", 403, "certificate_name_not_allowed", []string{"Hash=00"}},
		{"name in the hash", 403, "certificate_name_not_allowed", []string{`Hash="CN=Google LLC";DNS=x`}},
		{"name in the proxy's own", 403, "certificate_name_not_allowed", []string{`By="CN=Google LLC;DNS=*.dialogflow.com"`}},
		{"DNS key within the subject", 403, "certificate_name_not_allowed", []string{`Subject="CN=x\;DNS\=*.dialogflow.com"`}},
		{"two names in the subject", 403, "certificate_name_not_allowed", []string{`Subject="CN=x+CN=Google LLC"`}},
		{"subject in slashes", 401, "malformed_credential", []string{`Subject="/C=US/CN=Google LLC"`}},
		{"subject without quotes", 401, "malformed_credential", []string{"Subject=CN=Google LLC"}},
		{"subject twice", 401, "malformed_credential", []string{`Subject="CN=Google LLC";Subject="CN=Google LLC"`}},
		{"quote left open", 401, "malformed_credential", []string{`Subject="CN=Google LLC`}},
		{"closing quote behind a backslash", 401, "malformed_credential", []string{`Subject="CN=Google LLC\"`}},
		{"a key right behind the quote", 401, "malformed_credential", []string{`Subject="CN=x"xDNS=*.dialogflow.com`}},
		{"quote in a URI", 401, "malformed_credential", []string{`Subject="CN=Google LLC";URI=a"b`}},
		{"more behind the quote", 401, "malformed_credential", []string{`Subject="CN=Google LLC"x`}},
		{"quote inside a plain value", 401, "malformed_credential", []string{`DNS=a"b;Subject="CN=Google LLC"`}},
		{"blank before a key", 401, "malformed_credential", []string{`Hash=1; Subject="CN=Google LLC"`}},
		{"empty pair", 401, "malformed_credential", []string{`Hash=1;;Subject="CN=Google LLC"`}},
		{"empty element", 401, "malformed_credential", []string{xfccGood + ","}},
		{"key alone", 401, "malformed_credential", []string{"Subject"}},
		{"subject of 3 KiB", 401, "malformed_credential", []string{`Subject="CN=Google LLC,O=` + strings.Repeat("x", 3<<10) + `"`}},
		{"17 elements", 401, "malformed_credential", []string{strings.Repeat(xfccEvil+",", 16) + xfccGood}},
		{"129 pairs", 401, "malformed_credential", []string{strings.Repeat("DNS=x;", 128) + "DNS=*.dialogflow.com"}},
		{"over 64 KiB", 401, "malformed_credential", []string{`Hash=` + strings.Repeat("0", 64<<10) + `;Subject="CN=Google LLC"`}},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			want := refusal.Want{Status: tt.status, Reason: tt.reason}
			if tt.values == nil {
				site.Refused(t, want, nil)
				return
			}
			site.Refused(t, want, set(auth.XFCCHeader, tt.values...))
		})
	}
}

func escapedBlock(title string, data []byte) string {
	return strings.ReplaceAll(url.QueryEscape(string(pem.EncodeToMemory(&pem.Block{Type: title, Bytes: data}))), "+", "%20")
}

// escaped is how Envoy writes a certificate.
func escaped(certs ...[]byte) string {
	var all string
	for _, der := range certs {
		all += escapedBlock("CERTIFICATE", der)
	}
	return all
}

// TestForwardedChain: where the proxy sends the certificate, its chain is
// verified here, and its names count and not those beside it.
func TestForwardedChain(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	cfg := proxyConfig(auth.EnvoyXFCC)
	cfg.Rules, cfg.Now = a.rules(), a.time
	site := refusal.New(t, refusal.Config{Guard: guardBy(proxyVerifier(t, cfg)), Good: set(auth.XFCCHeader, xfccGood)})

	chainOf := func(cert tls.Certificate) []*x509.Certificate {
		var list []*x509.Certificate
		for _, der := range cert.Certificate {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, c)
		}
		return list
	}
	google := a.google(t)
	direct := issue(t, a.ssl, a.ssl.Client("Google LLC"))
	withoutEKU := a.sslMiddle.Client("Google LLC")
	withoutEKU.ExtKeyUsage = nil
	cert := func(by *certs.Authority, name string, dns ...string) tls.Certificate {
		return issue(t, by, by.Client(name, dns...))
	}
	full := func(c tls.Certificate) string { return auth.FormatXFCC(chainOf(c), true) }
	pemOf := func(c tls.Certificate) string { return escaped(c.Certificate...) }
	tests := []struct {
		name   string
		value  string
		status int
		reason string
	}{
		{"chain", full(google), 200, ""},
		{"chain below the other root", full(cert(a.gts, "x", "*.dialogflow.com")), 200, ""},
		{"certificate directly below the root", `Cert="` + pemOf(direct) + `"`, 200, ""},
		{"certificate and chain", `Cert="` + escaped(google.Certificate[0]) + `";Chain="` + pemOf(google) + `"`, 200, ""},
		{"certificate without its intermediate", `Cert="` + escaped(google.Certificate[0]) + `"`, 401, "certificate_not_verified"},
		{"unknown authority, good names beside", `Chain="` + pemOf(cert(a.other, "Google LLC")) + `";Subject="CN=Google LLC";DNS=*.dialogflow.com`, 401, "certificate_not_verified"},
		{"wrong name, good names beside", `Chain="` + pemOf(cert(a.sslMiddle, "Evil LLC")) + `";Subject="CN=Google LLC";DNS=*.dialogflow.com`, 403, "certificate_name_not_allowed"},
		{"name of one rule below the other's root", full(cert(a.gts, "Google LLC")), 403, "certificate_name_not_allowed"},
		{"no extended key usage", full(issue(t, a.sslMiddle, withoutEKU)), 403, "certificate_purpose"},
		{"another leaf in the chain", `Cert="` + escaped(google.Certificate[0]) + `";Chain="` + pemOf(direct) + `"`, 401, "malformed_credential"},
		{"hash of another certificate", strings.Replace(full(google), "Hash=", "Hash=00", 1), 401, "malformed_credential"},
		{"broken chain, good names beside", `Chain="abc";Subject="CN=Google LLC"`, 401, "malformed_credential"},
		{"broken certificate, good names beside", `Cert="abc";Subject="CN=Google LLC"`, 401, "malformed_credential"},
		{"no PEM", `Cert="abc"`, 401, "malformed_credential"},
		{"two certificates for one", `Cert="` + pemOf(google) + `"`, 401, "malformed_credential"},
		{"a chain of nothing", `Chain="%20"`, 401, "malformed_credential"},
		{"a certificate of nothing", `Cert="%20"`, 401, "malformed_credential"},
		{"broken escape", `Cert="%2"`, 401, "malformed_credential"},
		{"a certificate under another title", `Chain="` + strings.ReplaceAll(pemOf(google), "CERTIFICATE", "X509%20CRL") + `"`, 401, "malformed_credential"},
		{"a title without a certificate", `Cert="` + escapedBlock("CERTIFICATE", []byte("no DER")) + `"`, 401, "malformed_credential"},
		{"a private key", `Cert="` + url.PathEscape("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") + `"`, 401, "malformed_credential"},
		{"text behind the PEM", `Chain="` + pemOf(google) + `x"`, 401, "malformed_credential"},
		{"URI and name behind the chain", `Chain="` + pemOf(google) + `";URI=https://a.example/;DNS=x.example`, 200, ""},
		{"chain that a URI made up", `URI=https://evil.example/;Chain="` + pemOf(google) + `"`, 401, "malformed_credential"},
		{"element that a URI made up", `Subject="CN=x";URI=https://evil.example/,` + full(google), 401, "malformed_credential"},
		{"chain that a DNS name made up", `Subject="CN=x";DNS=evil.example;Chain="` + pemOf(google) + `"`, 401, "malformed_credential"},
		{"eleven certificates", `Chain="` + pemOf(google) + strings.Repeat(escaped(google.Certificate[1]), 9) + `"`, 401, "certificate_not_verified"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.status == 200 {
				site.Accepted(t, set(auth.XFCCHeader, tt.value))
				return
			}
			site.Refused(t, refusal.Want{Status: tt.status, Reason: tt.reason}, set(auth.XFCCHeader, tt.value))
		})
	}
	t.Run("expired", func(t *testing.T) {
		a.clock.Store(25 * 3600)
		site.Refused(t, refusal.Want{Status: 401, Reason: "certificate_not_verified"}, set(auth.XFCCHeader, full(google)))
	})
}

func TestFormatXFCC(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	v := proxyVerifier(t, proxyConfig(auth.EnvoyXFCC))
	for _, tt := range []struct {
		name, cn string
		dns      []string
		ok       bool
	}{
		{"subject", "Google LLC", nil, true},
		{"DNS names", "x", []string{"a.example", "*.dialogflow.com"}, true},
		{"quote in the name", `Google LLC"`, nil, false},
		{"quote that would close", `x";DNS=*.dialogflow.com;A="`, nil, false},
		{"backslash and quote that would close", `x\";DNS=*.dialogflow.com;A=\"`, nil, false},
		{"backslash at the end", `x\`, []string{"*.dialogflow.com"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			leaf := issue(t, a.ssl, a.ssl.Client(tt.cn, tt.dns...)).Leaf
			r := (vector{}).request(t.Context())
			r.RemoteAddr = "127.0.0.1:1"
			r.Header.Set(auth.XFCCHeader, auth.FormatXFCC([]*x509.Certificate{leaf}, false))
			if _, err := v.Verify(r); (err == nil) != tt.ok {
				t.Errorf("%s: %v, want accepted: %t", fmt.Sprint(r.Header), err, tt.ok)
			}
		})
	}
}
