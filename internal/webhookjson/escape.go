package webhookjson

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// escapeLen returns the length of the escape that b begins with, 12 for a
// pair of surrogates, and 0 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r := hex4(b[2:])
		switch {
		case r < 0:
			return 0
		case !utf16.IsSurrogate(r):
			return 6
		case len(b) < 12 || b[6] != '\\' || b[7] != 'u':
			return 0
		case utf16.DecodeRune(r, hex4(b[8:])) == utf8.RuneError:
			return 0
		}
		return 12
	}
	return 0
}

// hex4 returns the number in the first four bytes, or -1.
func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unescape returns the content of a string that textEnd has checked.
func (x *lexer) unescape(start, end int) string {
	room := x.unescaped.take(end-start, len(x.in)-start)
	s := appendUnescaped(room[:0:end-start], x.in[start:end])
	x.unescaped.used += len(s)
	return unsafe.String(unsafe.SliceData(s), len(s))
}

// appendUnescaped appends the content of a checked string. It is never longer
// than what it is made from.
func appendUnescaped(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		if src[i] != '\\' {
			n := bytes.IndexByte(src[i:], '\\')
			if n < 0 {
				n = len(src) - i
			}
			dst = append(dst, src[i:i+n]...)
			i += n
			continue
		}
		switch c := src[i+1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex4(src[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, hex4(src[i+2:]))
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
			continue
		default:
			dst = append(dst, c)
		}
		i += 2
	}
	return dst
}
