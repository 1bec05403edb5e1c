package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/http"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/certs"
)

func TestMTLSAccepts(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, nil)
	s := a.site(t, m, m, nil)
	tests := []struct {
		name            string
		cert            tls.Certificate
		subject, issuer string
	}{
		{"today's certificate with its intermediate", a.google(t), "CN=Google LLC", "SSL.com Root Certification Authority RSA"},
		{"directly below the root", issue(t, a.ssl, a.ssl.Client("Google LLC")), "CN=Google LLC", "SSL.com Root Certification Authority RSA"},
		{
			"the earlier certificate", issue(t, a.gts, a.gts.Client("*.dialogflow.com", "x.example", "*.dialogflow.com")),
			"DNS=*.dialogflow.com", "Google Trust Services",
		},
		{"DNS names have no case", issue(t, a.gts, a.gts.Client("x", "*.DIALOGFLOW.com")), "DNS=*.dialogflow.com", "Google Trust Services"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.Server().Client().Transport.(*http.Transport).TLSClientConfig = s.clientTLS(&tt.cert)
			id, _ := s.Accepted(t, nil)
			if id.Scheme != "mtls" || id.Subject != tt.subject || id.Issuer != tt.issuer {
				t.Errorf("identity %+v", id)
			}
		})
	}
}

func TestMTLSRefusesByStatus(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, func(c *auth.MTLSConfig) { c.Optional = true })
	s := a.site(t, m, m, nil)
	ssl := func(change func(*x509.Certificate)) *x509.Certificate {
		template := a.sslMiddle.Client("Google LLC")
		change(template)
		return template
	}
	twoNames := func(c *x509.Certificate) {
		c.RawSubject = multiValued(t, "x", "Google LLC")
	}
	tests := []struct {
		name   string
		by     *certs.Authority
		cert   *x509.Certificate
		reason string
	}{
		{"another customer of the authority", a.sslMiddle, a.sslMiddle.Client("Evil LLC"), "certificate_name_not_allowed"},
		{"no common name", a.sslMiddle, a.sslMiddle.Client("", "Google LLC"), "certificate_name_not_allowed"},
		{"common name in another case", a.sslMiddle, a.sslMiddle.Client("google llc"), "certificate_name_not_allowed"},
		{"common name with more behind", a.sslMiddle, a.sslMiddle.Client("Google LLC, Evil"), "certificate_name_not_allowed"},
		{"common name with NUL behind", a.sslMiddle, a.sslMiddle.Client("Google LLC\x00.evil.com"), "certificate_name_not_allowed"},
		{"two common names", a.sslMiddle, ssl(twoNames), "certificate_name_not_allowed"},
		{"organisation instead of common name", a.sslMiddle, ssl(func(c *x509.Certificate) {
			c.Subject = pkix.Name{Organization: []string{"Google LLC"}}
		}), "certificate_name_not_allowed"},
		{"the name of the other rule below this root", a.ssl, a.ssl.Client("x", "*.dialogflow.com"), "certificate_name_not_allowed"},
		{"the name of this rule below the other root", a.gts, a.gts.Client("Google LLC"), "certificate_name_not_allowed"},
		{"domain in front of another", a.gts, a.gts.Client("x", "dialogflow.com.evil.com"), "certificate_name_not_allowed"},
		{"domain without its dot", a.gts, a.gts.Client("x", "xdialogflow.com"), "certificate_name_not_allowed"},
		{"a name two levels below", a.gts, a.gts.Client("x", "a.b.dialogflow.com"), "certificate_name_not_allowed"},
		{"a name that the wildcard covers", a.gts, a.gts.Client("x", "a.dialogflow.com"), "certificate_name_not_allowed"},
		{"a wider wildcard", a.gts, a.gts.Client("x", "*.com"), "certificate_name_not_allowed"},
		{"only in the common name", a.gts, a.gts.Client("*.dialogflow.com"), "certificate_name_not_allowed"},
		{"no extended key usage", a.sslMiddle, ssl(func(c *x509.Certificate) { c.ExtKeyUsage = nil }), "certificate_purpose"},
		{"any extended key usage", a.sslMiddle, ssl(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		}), "certificate_purpose"},
		{"key usage without signing", a.sslMiddle, ssl(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), "certificate_purpose"},
		{"no key usage", a.sslMiddle, ssl(func(c *x509.Certificate) { c.KeyUsage = 0 }), "certificate_purpose"},
		{"an authority's", a.sslMiddle, ssl(func(c *x509.Certificate) { c.IsCA = true }), "certificate_purpose"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cert := issue(t, tt.by, tt.cert)
			s.refused(t, s.clientTLS(&cert), http.StatusForbidden, tt.reason)
		})
	}
	t.Run("no certificate", func(t *testing.T) {
		s.refused(t, s.clientTLS(nil), http.StatusUnauthorized, "no_credential")
	})
}

// multiValued encodes a subject whose one RDN holds several common names.
func multiValued(tb testing.TB, names ...string) []byte {
	tb.Helper()
	var rdn pkix.RelativeDistinguishedNameSET
	for _, n := range names {
		rdn = append(rdn, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: n})
	}
	der, err := asn1.Marshal(pkix.RDNSequence{rdn})
	if err != nil {
		tb.Fatal(err)
	}
	return der
}

func TestMTLSRuleEnds(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, nil)
	s := a.site(t, m, m, nil)
	old := issue(t, a.gts, a.gts.Client("x", "*.dialogflow.com"))
	for _, step := range []struct {
		name  string
		after int64
		ends  bool
	}{
		{"before the end", 3599, false},
		{"at the end", 3600, true},
		{"an hour behind", 7200, true},
	} {
		t.Run(step.name, func(t *testing.T) {
			a.clock.Store(step.after)
			if step.ends {
				s.refused(t, s.clientTLS(&old), http.StatusForbidden, "certificate_rule_ended")
				return
			}
			conn := s.Client(t)
			conn.Transport.(*http.Transport).TLSClientConfig = s.clientTLS(&old)
			resp, err := conn.Do(s.Request(t, nil))
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("%v, %v; want 200", resp, err)
			}
			_ = resp.Body.Close()
		})
	}
}

func TestMTLSRefusesInHandshake(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, nil)
	s := a.site(t, m, m, nil)
	with := func(by *certs.Authority, change func(*x509.Certificate)) *tls.Config {
		template := by.Client("Google LLC")
		if change != nil {
			change(template)
		}
		cert := issue(t, by, template)
		return s.clientTLS(&cert)
	}
	alone := a.google(t)
	alone.Certificate = alone.Certificate[:1]
	weakKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := a.sslMiddle.Issue(a.sslMiddle.Client("Google LLC"), weakKey)
	if err != nil {
		t.Fatal(err)
	}
	old := func(version uint16, suites ...uint16) *tls.Config {
		cfg := with(a.sslMiddle, nil)
		cfg.MinVersion, cfg.MaxVersion, cfg.CipherSuites = tls.VersionTLS10, version, suites
		return cfg
	}
	self, err := certs.NewAuthority("Google LLC", a.now)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, alert string
		cfg         *tls.Config
	}{
		{"no certificate", "certificate required", s.clientTLS(nil)},
		{"unknown authority", "unknown certificate authority", with(a.other, nil)},
		{"authority of one's own", "unknown certificate authority", with(self, nil)},
		{"expired", "expired certificate", with(a.sslMiddle, func(c *x509.Certificate) { c.NotAfter = a.now.Add(-time.Minute) })},
		{"not yet valid", "expired certificate", with(a.sslMiddle, func(c *x509.Certificate) { c.NotBefore = a.now.Add(time.Minute) })},
		{"intermediate not sent", "unknown certificate authority", s.clientTLS(&alone)},
		{"for servers only", "bad certificate", with(a.sslMiddle, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		})},
		{"RSA key of 1024 bits", "bad certificate", s.clientTLS(&weak)},
		{"signed with SHA-1", "unknown certificate authority", with(a.sslMiddle, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 })},
		{"TLS 1.1", "protocol version", old(tls.VersionTLS11)},
		{"TLS 1.0", "protocol version", old(tls.VersionTLS10)},
		{"3DES only", "handshake failure", old(tls.VersionTLS12, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)},
		{"RC4 only", "handshake failure", old(tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { s.alerted(t, tt.cfg, tt.alert) })
	}
}

func TestMTLSNamesInHandshake(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, func(c *auth.MTLSConfig) { c.NamesInHandshake = true })
	s := a.site(t, m, m, nil)
	evil := issue(t, a.sslMiddle, a.sslMiddle.Client("Evil LLC"))
	s.alerted(t, s.clientTLS(&evil), "bad certificate")
	noPurpose := a.sslMiddle.Client("Google LLC")
	noPurpose.ExtKeyUsage = nil
	cert := issue(t, a.sslMiddle, noPurpose)
	s.alerted(t, s.clientTLS(&cert), "bad certificate")
	a.clock.Store(7200)
	old := issue(t, a.gts, a.gts.Client("x", "*.dialogflow.com"))
	s.alerted(t, s.clientTLS(&old), "bad certificate")
}
