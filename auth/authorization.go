package auth

import (
	"net/http"
	"strings"
)

// ReasonWrongScheme means that the Authorization header is of another scheme.
const ReasonWrongScheme Reason = "wrong_scheme"

// maxCredential bounds what follows the scheme in an Authorization header, in
// bytes: 8 KiB.
const maxCredential = 8 << 10

// authorization returns the credential of the one Authorization header of r,
// when that is of the given scheme: the scheme in any case, one blank, and a
// token68 of RFC 7235, which leaves no room for lists. The refusal lacks the
// verifier's name and challenge.
func authorization(header http.Header, name, scheme string) (credential string, f *Refusal) {
	values := header[name]
	switch {
	case len(values) == 0:
		return "", Refuse(http.StatusUnauthorized, ReasonNoCredential, nil)
	case len(values) > 1:
		return "", Refuse(http.StatusUnauthorized, ReasonDuplicateHeader, nil)
	}
	got, credential, _ := strings.Cut(values[0], " ")
	switch {
	case !equalASCIIFold(got, scheme):
		return "", Refuse(http.StatusUnauthorized, ReasonWrongScheme, nil)
	case len(credential) > maxCredential || !isToken68(credential):
		return "", Refuse(http.StatusUnauthorized, ReasonMalformed, nil)
	}
	return credential, nil
}

// equalASCIIFold compares without regard to the case of ASCII letters, and of
// no others: strings.EqualFold takes a long s for an s.
func equalASCIIFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// isToken68 reports whether s is a token68: letters, digits and -._~+/,
// followed by any number of =.
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	if body == "" {
		return false
	}
	for i := range len(body) {
		switch c := body[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("-._~+/", c) >= 0:
		default:
			return false
		}
	}
	return true
}
