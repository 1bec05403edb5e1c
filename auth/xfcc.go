package auth

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
)

// XFCCHeader is the header in which Envoy and the proxies built on it forward
// a client certificate.
//
// Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers.
const XFCCHeader = "X-Forwarded-Client-Cert"

const (
	// maxXFCC bounds the header, in bytes: a chain of certificates fits.
	maxXFCC = 64 << 10
	// maxXFCCElements bounds the proxies that have added to the header.
	maxXFCCElements = 16
	// maxXFCCPairs bounds the pairs of one proxy.
	maxXFCCPairs = 128
)

var errXFCC = errors.New(XFCCHeader + " is malformed")

// xfccPair is one key=value of an element, its value without quotes.
type xfccPair struct{ key, value string }

// parseXFCC takes the header apart into the elements that each proxy on the
// way has added, the nearest one last.
//
// Keys are letters, in any case. A value that holds a comma, semicolon, equals
// sign or quote is quoted, and in quotes a backslash stands before a quote and
// is a plain character everywhere else: subjects have backslashes of their
// own.
func parseXFCC(s string) ([][]xfccPair, error) {
	if len(s) > maxXFCC {
		return nil, errXFCC
	}
	var elements [][]xfccPair
	var element []xfccPair
	for {
		pair, rest, err := cutXFCCPair(s)
		if err != nil {
			return nil, err
		}
		if element = append(element, pair); len(element) > maxXFCCPairs {
			return nil, errXFCC
		}
		if rest == "" || rest[0] == ',' {
			if elements = append(elements, element); len(elements) > maxXFCCElements {
				return nil, errXFCC
			}
			element = nil
		}
		if rest == "" {
			return elements, nil
		}
		s = rest[1:]
	}
}

// cutXFCCPair takes the pair at the start of s. What remains is empty or
// begins with its separator.
func cutXFCCPair(s string) (pair xfccPair, rest string, err error) {
	key, rest, ok := strings.Cut(s, "=")
	if !ok || !isTag(key) {
		return xfccPair{}, "", errXFCC
	}
	if !strings.HasPrefix(rest, `"`) {
		end := strings.IndexAny(rest, ",;")
		if end < 0 {
			end = len(rest)
		}
		value := rest[:end]
		if strings.ContainsAny(value, `"=`) && !unquotedURI(key, value) {
			return xfccPair{}, "", errXFCC
		}
		return xfccPair{key, value}, rest[end:], nil
	}
	value, rest, err := cutQuoted(rest[1:])
	if err != nil || (rest != "" && rest[0] != ',' && rest[0] != ';') {
		return xfccPair{}, "", errXFCC
	}
	return xfccPair{key, value}, rest, nil
}

// unquotedURI reports whether an equals sign without quotes is that of a URI,
// which Envoy forwards as it is.
func unquotedURI(key, value string) bool {
	return (equalFoldASCII(key, "URI") || equalFoldASCII(key, "By")) && !strings.Contains(value, `"`)
}

// cutQuoted takes a value up to its closing quote.
func cutQuoted(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], nil
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", errXFCC
}

// forwardedCert is what one element says of a certificate.
type forwardedCert struct {
	names certNames
	chain []*x509.Certificate // leaf first; nil if only names were sent
}

// checkXFCCOrder refuses what an unquoted value may have made up. Envoy writes
// the names of a certificate as they are, and a URI may hold commas and
// semicolons, so that keys and whole elements behind one cannot be told from a
// part of it. Nothing that is read may stand there, except for DNS names beside
// a certificate, which are passed over. Envoy itself writes By, Hash, Cert,
// Chain, Subject, URI and DNS in this order.
func checkXFCCOrder(elements [][]xfccPair) error {
	afterURI := false
	for _, element := range elements {
		afterDNS, withCert := false, false
		for _, p := range element {
			switch strings.ToLower(p.key) {
			case "uri":
				afterURI = afterURI || p.value != ""
			case "dns":
				if afterURI && !withCert {
					return errXFCC
				}
				afterDNS = true
			case "cert", "chain", "hash", "subject":
				if afterURI || afterDNS {
					return errXFCC
				}
				withCert = withCert || !equalFoldASCII(p.key, "hash") && !equalFoldASCII(p.key, "subject")
			}
		}
	}
	return nil
}

// readXFCC makes sense of an element. Names are those in the certificate if
// the element holds it, and those of its keys otherwise.
func readXFCC(element []xfccPair) (forwardedCert, error) {
	single := map[string]string{}
	var dns []string
	for _, p := range element {
		key := strings.ToLower(p.key)
		switch key {
		case "dns":
			dns = append(dns, p.value)
		case "hash", "cert", "chain", "subject":
			if _, twice := single[key]; twice {
				return forwardedCert{}, errXFCC
			}
			single[key] = p.value
		}
	}
	chain, err := xfccChain(single["cert"], single["chain"])
	if err != nil {
		return forwardedCert{}, err
	}
	if chain != nil {
		if hash := single["hash"]; hash != "" && !strings.EqualFold(hash, fingerprint(chain[0])) {
			return forwardedCert{}, errXFCC
		}
		return forwardedCert{namesOf(chain[0]), chain}, nil
	}
	names := certNames{dnsNames: dns}
	if subject := single["subject"]; subject != "" {
		if len(subject) > maxSubject {
			return forwardedCert{}, errSubject
		}
		if names.commonNames, err = parseSubjectText(subject); err != nil {
			return forwardedCert{}, err
		}
	}
	return forwardedCert{names: names}, nil
}

// xfccChain decodes the certificates of an element; of Cert and Chain, each of
// which may be missing, the leaves have to be the same.
func xfccChain(cert, chain string) ([]*x509.Certificate, error) {
	if cert == "" && chain == "" {
		return nil, nil
	}
	var leaf, all []*x509.Certificate
	var err error
	if cert != "" {
		if leaf, _ = escapedPEM(cert); len(leaf) != 1 { // none on an error
			return nil, errXFCC
		}
	}
	if chain == "" {
		return leaf, nil
	}
	if all, err = escapedPEM(chain); err != nil {
		return nil, errXFCC
	}
	if leaf != nil && !leaf[0].Equal(all[0]) {
		return nil, errXFCC
	}
	return all, nil
}

func escapedPEM(s string) ([]*x509.Certificate, error) {
	text, err := url.PathUnescape(s)
	//backstop: without text there is no certificate, which is refused next
	if err != nil {
		return nil, errXFCC
	}
	return parseCertificates([]byte(text))
}

func fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

// FormatXFCC returns the element that a proxy in front of the service makes
// of the client certificate chain[0], for tests: its hash, subject and DNS
// names, and with withCert the whole chain.
func FormatXFCC(chain []*x509.Certificate, withCert bool) string {
	leaf := chain[0]
	b := []byte("Hash=" + fingerprint(leaf))
	if withCert {
		var all []byte
		for _, cert := range chain {
			all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
		}
		b = append(b, `;Chain="`+url.PathEscape(string(all))+`"`...)
	}
	b = append(b, `;Subject="`+strings.ReplaceAll(leaf.Subject.String(), `"`, `\"`)+`"`...)
	for _, name := range leaf.DNSNames {
		b = append(b, ";DNS="+name...)
	}
	return string(b)
}
