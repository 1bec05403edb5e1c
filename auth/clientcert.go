package auth

import (
	"crypto/x509"
	_ "embed" // the roots below
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ClientCertRule says which client certificates are accepted: those that a
// trust anchor vouches for and that carry a name. A name without its anchor
// proves nothing, since any authority can certify it; an anchor without a name
// lets in every customer of a public authority.
type ClientCertRule struct {
	// Label names the rule in identities and logs.
	Label string
	// Roots are the trust anchors. They may be missing only where a load
	// balancer has verified the chain.
	Roots []*x509.Certificate
	// CommonName is the one common name of the subject, compared exactly.
	CommonName string
	// DNSName is one of the certificate's DNS names as it is written there,
	// a wildcard included; only the case of letters is ignored.
	DNSName string
	// Until is when the rule ends; the zero time is never.
	Until time.Time
}

// The roots of Dialogflow's client certificates, as Debian distributes them.
//
//go:embed clientcert_sslcom.pem
var sslcomRoot []byte

//go:embed clientcert_gts.pem
var googleRoots []byte

// DialogflowClientCerts returns the rules for the certificates that Dialogflow
// presents: CN=Google LLC below the RSA root of SSL.com, and the earlier
// *.dialogflow.com below the roots of Google Trust Services until 2026-12-01.
// Neither says which agent calls.
//
// Source: https://docs.cloud.google.com/dialogflow/es/docs/fulfillment-mtls.
func DialogflowClientCerts() []ClientCertRule {
	return []ClientCertRule{
		{
			Label:      "SSL.com Root Certification Authority RSA",
			Roots:      mustParseRoots(sslcomRoot),
			CommonName: "Google LLC",
		},
		{
			Label:   "Google Trust Services",
			Roots:   mustParseRoots(googleRoots),
			DNSName: "*.dialogflow.com",
			Until:   time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC),
		},
	}
}

func mustParseRoots(data []byte) []*x509.Certificate {
	list, err := parseCertificates(data)
	if err != nil {
		panic(err) // the data is part of the program and covered by a test
	}
	return list
}

// parseCertificates reads a PEM file of certificates and nothing else.
func parseCertificates(data []byte) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for len(data) > 0 {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, errors.New("auth: PEM block is not a certificate")
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("auth: PEM block is not a valid certificate")
		}
		list = append(list, cert)
		data = rest
	}
	if len(list) == 0 || strings.TrimSpace(string(data)) != "" {
		return nil, errors.New("auth: not a list of PEM certificates")
	}
	return list, nil
}

// checkRules is the rule for constructors.
func checkRules(rules []ClientCertRule, needRoots bool) error {
	if len(rules) == 0 {
		return errors.New("auth: no rule for client certificates is configured")
	}
	for i, r := range rules {
		switch {
		case r.Label == "":
			return fmt.Errorf("auth: client certificate rule %d of %d has no label", i+1, len(rules))
		case r.CommonName == "" && r.DNSName == "":
			return fmt.Errorf("auth: client certificate rule %q names neither a common name nor a DNS name", r.Label)
		case needRoots && len(r.Roots) == 0:
			return fmt.Errorf("auth: client certificate rule %q has no trust anchor", r.Label)
		}
		for _, root := range r.Roots {
			if root == nil || !root.IsCA {
				return fmt.Errorf("auth: client certificate rule %q has a trust anchor that is no authority", r.Label)
			}
		}
	}
	return nil
}

// certNames are the names in a certificate that rules look at.
type certNames struct {
	commonNames []string
	dnsNames    []string
}

// namesOf reads the names of a certificate. A subject that cannot be read has
// no common name, and so matches no rule that asks for one.
func namesOf(cert *x509.Certificate) certNames {
	names := certNames{dnsNames: cert.DNSNames}
	if cns, err := parseSubjectDER(cert.RawSubject); err == nil {
		names.commonNames = cns
	}
	return names
}

// matches reports whether the names are those that r asks for.
func (r ClientCertRule) matches(n certNames) bool {
	if r.CommonName != "" && (len(n.commonNames) != 1 || n.commonNames[0] != r.CommonName) {
		return false
	}
	if r.DNSName == "" {
		return r.CommonName != ""
	}
	for _, name := range n.dnsNames {
		if equalFoldASCII(name, r.DNSName) {
			return true
		}
	}
	return false
}

// ended reports whether r no longer holds at now.
func (r ClientCertRule) ended(now time.Time) bool { return !r.Until.IsZero() && !now.Before(r.Until) }

// anchors reports whether cert is one of the trust anchors of r.
func (r ClientCertRule) anchors(cert *x509.Certificate) bool {
	for _, root := range r.Roots {
		if root.Equal(cert) {
			return true
		}
	}
	return false
}

func (r ClientCertRule) subject() string {
	if r.CommonName != "" {
		return "CN=" + r.CommonName
	}
	return "DNS=" + r.DNSName
}

// equalFoldASCII compares like DNS does: without regard to the case of a to z
// and of nothing else.
func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// The reasons that only client certificates have.
const (
	// ReasonCertificateName: no rule accepts the certificate's names.
	ReasonCertificateName Reason = "certificate_name_not_allowed"
	// ReasonCertificateEnded: only a rule that has ended accepts them.
	ReasonCertificateEnded Reason = "certificate_rule_ended"
	// ReasonCertificatePurpose: the certificate is not made for clients.
	ReasonCertificatePurpose Reason = "certificate_purpose"
	// ReasonCertificateUnverified: nobody has verified the chain, or not to
	// an accepted trust anchor.
	ReasonCertificateUnverified Reason = "certificate_not_verified"
)

// chooseRule finds the rule among those for which applies holds that accepts
// the names, and refuses with 403 when there is none.
func chooseRule(rules []ClientCertRule, n certNames, now time.Time, scheme string, applies func(ClientCertRule) bool) (Identity, error) {
	reason := ReasonCertificateName
	for _, r := range rules {
		switch {
		case !applies(r) || !r.matches(n):
		case r.ended(now):
			reason = ReasonCertificateEnded
		default:
			return Identity{Scheme: scheme, Subject: r.subject(), Issuer: r.Label}, nil
		}
	}
	return Identity{}, refuseCert(http.StatusForbidden, scheme, reason, nil)
}

func refuseCert(code int, scheme string, reason Reason, cause error) *Refusal {
	f := Refuse(code, reason, cause)
	f.Scheme = scheme
	return f
}

// isProxySafeName reports whether s can be configured as the name of a header: a
// token without underscores, since servers in between may take an underscore
// for a hyphen.
func isProxySafeName(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s != ""
}
