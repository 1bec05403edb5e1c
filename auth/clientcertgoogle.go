package auth

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

const (
	// maxForwardedNames bounds the list of DNS names in a header, in bytes;
	// Google's load balancers send at most 512.
	maxForwardedNames = 4 << 10
	// forwardedTrue is how a load balancer writes yes.
	forwardedTrue = "true"
)

// ClientCertHeaders are the names of the custom request headers that a Google
// load balancer fills from its variables. DNSNames and Subject may each be
// empty when no rule needs them.
type ClientCertHeaders struct {
	Present       string // {client_cert_present}
	ChainVerified string // {client_cert_chain_verified}
	Error         string // {client_cert_error}
	DNSNames      string // {client_cert_dnsname_sans}
	Subject       string // {client_cert_subject_dn}
}

// GoogleClientCertHeaders returns the names that Google's documentation uses.
func GoogleClientCertHeaders() ClientCertHeaders {
	return ClientCertHeaders{
		Present:       "X-Client-Cert-Present",
		ChainVerified: "X-Client-Cert-Chain-Verified",
		Error:         "X-Client-Cert-Error",
		DNSNames:      "X-Client-Cert-DNSName-SANs",
		Subject:       "X-Client-Cert-Subject-DN",
	}
}

// names returns the names that are not empty in their canonical form.
func (n ClientCertHeaders) names() []string {
	var list []string
	for _, name := range []string{n.Present, n.ChainVerified, n.Error, n.DNSNames, n.Subject} {
		if name != "" {
			list = append(list, http.CanonicalHeaderKey(name))
		}
	}
	return list
}

// check is the rule for constructors.
func (n ClientCertHeaders) check(rules []ClientCertRule) error {
	if n.Present == "" || n.ChainVerified == "" || n.Error == "" {
		return errors.New("auth: the headers for a certificate's presence, verification and error must all be named")
	}
	seen := make(map[string]bool)
	for _, name := range n.names() {
		if !isProxySafeName(name) || seen[name] {
			return fmt.Errorf("auth: cannot use the header name %q", name)
		}
		seen[name] = true
	}
	for _, r := range rules {
		if r.CommonName != "" && n.Subject == "" {
			return fmt.Errorf("auth: client certificate rule %q needs the header with the subject", r.Label)
		}
		if r.DNSName != "" && n.DNSNames == "" {
			return fmt.Errorf("auth: client certificate rule %q needs the header with the DNS names", r.Label)
		}
	}
	return nil
}

// read returns the names in a certificate that the load balancer says it has
// verified. No header comes twice; one without a configured name is empty.
func (n ClientCertHeaders) read(h http.Header) (certNames, *Refusal) {
	switch h.Get(n.Present) {
	case forwardedTrue:
	case "", "false":
		return certNames{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonNoCredential, nil)
	default:
		return certNames{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonMalformed, nil)
	}
	switch h.Get(n.ChainVerified) {
	case forwardedTrue:
	case "", "false":
		return certNames{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonCertificateUnverified, nil)
	default:
		return certNames{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonMalformed, nil)
	}
	if h.Get(n.Error) != "" {
		return certNames{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonCertificateUnverified,
			errors.New("the load balancer reports an error of the certificate"))
	}
	var names certNames
	var err error
	if list := h.Get(n.DNSNames); list != "" {
		if names.dnsNames, err = parseForwardedNames(list); err != nil {
			return certNames{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonMalformed, err)
		}
	}
	if subject := h.Get(n.Subject); subject != "" {
		if names.commonNames, err = parseSubject(subject); err != nil {
			return certNames{}, refuseCert(http.StatusUnauthorized, proxyScheme, ReasonMalformed, err)
		}
	}
	return names, nil
}

// parseForwardedNames reads a list of names, each in base64, with commas
// between them.
func parseForwardedNames(s string) ([]string, error) {
	if len(s) > maxForwardedNames || strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("list of DNS names is malformed")
	}
	var names []string
	for item := range strings.SplitSeq(s, ",") {
		name, err := base64.StdEncoding.Strict().DecodeString(item)
		if err != nil || len(name) == 0 {
			return nil, errors.New("list of DNS names is malformed")
		}
		names = append(names, string(name))
	}
	return names, nil
}

// Set sets the headers as a load balancer does that has verified leaf, for
// tests and stand-ins.
func (n ClientCertHeaders) Set(h http.Header, leaf *x509.Certificate) {
	h.Set(n.Present, forwardedTrue)
	h.Set(n.ChainVerified, forwardedTrue)
	h.Set(n.Error, "")
	if n.DNSNames != "" {
		var list []string
		for _, name := range leaf.DNSNames {
			list = append(list, base64.StdEncoding.EncodeToString([]byte(name)))
		}
		h.Set(n.DNSNames, strings.Join(list, ","))
	}
	if n.Subject != "" {
		h.Set(n.Subject, base64.StdEncoding.EncodeToString(leaf.RawSubject))
	}
}
