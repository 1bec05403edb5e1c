package auth

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"unicode/utf8"
)

// maxSubject bounds a subject in a header, in bytes.
const maxSubject = 2 << 10

var errSubject = errors.New("subject is malformed")

// commonName is the OID of the attribute CN.
const commonName = "2.5.4.3"

// parseSubject reads a subject from a header, in either of the forms that load
// balancers send: base64 of its DER, or the text of RFC 4514. The forms cannot
// be mistaken for one another, since the text has an equals sign behind its
// first name. It returns the common names.
func parseSubject(s string) ([]string, error) {
	if len(s) > maxSubject {
		return nil, errSubject
	}
	if der, err := base64.StdEncoding.Strict().DecodeString(s); err == nil && !strings.ContainsAny(s, "\r\n") {
		return parseSubjectDER(der)
	}
	return parseSubjectText(s)
}

// parseSubjectDER returns the common names in a DER encoded name.
func parseSubjectDER(der []byte) ([]string, error) {
	var name pkix.RDNSequence
	rest, err := asn1.Unmarshal(der, &name)
	if err != nil || len(rest) > 0 {
		return nil, errSubject
	}
	var cns []string
	for _, rdn := range name {
		for _, attr := range rdn {
			if attr.Type.String() != commonName {
				continue
			}
			cn, ok := attr.Value.(string)
			if !ok {
				return nil, errSubject
			}
			cns = append(cns, cn)
		}
	}
	return cns, nil
}

// parseSubjectText returns the common names in a text of RFC 4514.
func parseSubjectText(s string) ([]string, error) {
	var cns []string
	for {
		typ, rest, ok := strings.Cut(s, "=")
		if !ok || !isAttributeType(typ) {
			return nil, errSubject
		}
		value, end, err := attributeValue(rest)
		if err != nil {
			return nil, err
		}
		if equalFoldASCII(typ, "CN") || typ == commonName {
			cns = append(cns, value)
		}
		if end == len(rest) {
			return cns, nil
		}
		s = rest[end+1:] // behind the comma or plus
	}
}

// isAttributeType reports whether s is a name of letters, digits and hyphens
// or a dotted number.
func isAttributeType(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return s != ""
}

// attributeValue decodes the value at the start of s and returns where it
// ends: at an unescaped comma or plus, or at the end of s.
func attributeValue(s string) (value string, end int, err error) {
	if strings.HasPrefix(s, "#") {
		return hexValue(s)
	}
	var b strings.Builder
	last := -1 // where the last unescaped space was written
	i := 0
	for ; i < len(s) && s[i] != ',' && s[i] != '+'; i++ {
		switch c := s[i]; c {
		case '\\':
			decoded, n := unescape(s[i+1:])
			if n == 0 {
				return "", 0, errSubject
			}
			b.WriteByte(decoded)
			i += n
		case '"', ';', '<', '>', 0:
			return "", 0, errSubject
		case ' ':
			if b.Len() == 0 {
				return "", 0, errSubject
			}
			last = b.Len()
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	value = b.String()
	if last >= 0 && last == len(value)-1 || !utf8.ValidString(value) {
		return "", 0, errSubject
	}
	return value, i, nil
}

// unescape decodes what follows a backslash and returns its length, or 0.
func unescape(s string) (c byte, n int) {
	if s == "" {
		return 0, 0
	}
	if strings.IndexByte(` "#+,;<=>\`, s[0]) >= 0 {
		return s[0], 1
	}
	if len(s) < 2 {
		return 0, 0
	}
	b, err := hex.DecodeString(s[:2])
	if err != nil {
		return 0, 0
	}
	return b[0], 2
}

// hexValue decodes a value written as the hex of its BER encoding.
func hexValue(s string) (value string, end int, err error) {
	end = strings.IndexAny(s, ",+")
	if end < 0 {
		end = len(s)
	}
	der, err := hex.DecodeString(s[1:end])
	if err != nil {
		return "", 0, errSubject
	}
	var text string
	rest, err := asn1.Unmarshal(der, &text)
	if err != nil || len(rest) > 0 {
		// Another type than text cannot be a name that a rule asks for.
		return "", end, nil
	}
	return text, end, nil
}
