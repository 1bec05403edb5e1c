package flexible

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// pathOf returns the part of an absolute URL before its query.
func pathOf(rendered string) string {
	path, _, _ := strings.Cut(rendered, "?")
	return path
}

var errDots = errors.New("the path would hold a dot segment")

// maxDecodings is how often a path may be decoded on its way to the program
// that reads it: by a proxy, a framework and the program itself.
const maxDecodings = 3

// checkDots refuses paths with a segment that is . or .. for any reader on the
// way, as they are written or decoded.
func checkDots(path string) error {
	for range maxDecodings + 1 {
		for rest, more := path, true; more; {
			i := strings.IndexAny(rest, `/\`)
			segment := rest
			if more = i >= 0; more {
				segment, rest = rest[:i], rest[i+1:]
			}
			segment, _, _ = strings.Cut(segment, ";") // some readers cut parameters off first
			if segment == "." || segment == ".." {
				return errDots
			}
		}
		decoded, changed := decodeOnce(path)
		if !changed {
			return nil
		}
		path = decoded
	}
	return nil
}

// decodeOnce decodes what is percent-encoded in s and leaves what is not
// well encoded.
func decodeOnce(s string) (decoded string, changed bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, false
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b, i, changed = append(b, byte(n)), i+2, true
			continue
		}
		b = append(b, s[i])
	}
	return string(b), changed
}

const upperHex = "0123456789ABCDEF"

// appendEscapedURL percent-encodes all of s but RFC 3986's unreserved
// characters, so that it is data anywhere in a path or query. Invalid UTF-8
// becomes U+FFFD.
func appendEscapedURL(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; isUnreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

func isUnreserved(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// keptInURL reports whether c may stand in a path or query as it is.
func keptInURL(c byte) bool {
	return isUnreserved(c) || strings.IndexByte("!$&'()*+,;=:@/?", c) >= 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
