package param

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// The functions of this file walk JSON that a decoder has accepted already.
// They check only what they need in order not to leave the slice or loop, and
// never allocate but for strings with escapes.

// space reports whether c separates JSON tokens.
func space(c byte) bool {
	return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t')
}

// trim returns raw without space around it, and never nil.
func trim(raw []byte) []byte {
	for len(raw) > 0 && space(raw[0]) {
		raw = raw[1:]
	}
	for len(raw) > 0 && space(raw[len(raw)-1]) {
		raw = raw[:len(raw)-1]
	}
	if raw == nil {
		return []byte{}
	}
	return raw
}

// skipSpace returns the index of the first byte at or after i that is not
// space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && space(b[i]) {
		i++
	}
	return i
}

// skipString returns the index after the string that starts at i, or -1.
func skipString(b []byte, i int) int {
	i++
	for {
		for i+8 <= len(b) {
			if m := quoteOrBackslash(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' {
			i++
		}
		if i >= len(b) {
			return -1
		}
		if b[i] == '"' {
			return i + 1
		}
		if i += 2; i > len(b) {
			return -1
		}
	}
}

// quoteOrBackslash returns eight bytes of which the lowest that is not zero
// stands where the lowest quote or backslash of w is; zero if there is none.
func quoteOrBackslash(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, backslash := w^('"'*ones), w^('\\'*ones)
	return (quote-ones)&^quote&tops | (backslash-ones)&^backslash&tops
}

// skipValue returns the index after the value that starts at i, or -1.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipContainer(b, i)
	}
	start := i
	for i < len(b) && classes[b[i]] == 0 && !space(b[i]) {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// classes tells the bytes that structure JSON from the rest.
var classes = [256]uint8{'"': quotes, '{': opens, '[': opens, '}': closes, ']': closes, ',': parts, ':': parts}

const (
	quotes = 1 + iota
	opens
	closes
	parts
)

func skipContainer(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch classes[b[i]] {
		case quotes:
			if i = skipString(b, i); i < 0 {
				return -1
			}
			continue
		case opens:
			depth++
		case closes:
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// memberName returns the name that the quoted text q stands for. Without
// escapes it shares the memory of q, so that a walk over all names of a body
// allocates nothing.
func memberName(q []byte) (string, bool) {
	if bytes.IndexByte(q, '\\') >= 0 {
		return unquote(q)
	}
	return alias(q[1 : len(q)-1]), true
}

// alias returns a string that shares the memory of b. It must not outlive the
// walk: what is kept is copied.
func alias(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// unquote returns a copy of the content of a quoted JSON string.
func unquote(q []byte) (string, bool) {
	if len(q) < 2 || q[0] != '"' || q[len(q)-1] != '"' {
		return "", false
	}
	q = q[1 : len(q)-1]
	i := bytes.IndexByte(q, '\\')
	if i < 0 {
		return string(q), true
	}
	out := make([]byte, 0, len(q))
	for i >= 0 {
		out = append(out, q[:i]...)
		var n int
		if out, n = appendEscape(out, q[i:]); n == 0 {
			return "", false
		}
		q = q[i+n:]
		i = bytes.IndexByte(q, '\\')
	}
	return string(append(out, q...)), true
}

// appendEscape appends what the escape at the start of q stands for and
// returns the number of bytes that the escape takes, 0 if it is malformed.
func appendEscape(out, q []byte) ([]byte, int) {
	if len(q) < 2 {
		return out, 0
	}
	switch q[1] {
	case '"', '\\', '/':
		return append(out, q[1]), 2
	case 'b':
		return append(out, '\b'), 2
	case 'f':
		return append(out, '\f'), 2
	case 'n':
		return append(out, '\n'), 2
	case 'r':
		return append(out, '\r'), 2
	case 't':
		return append(out, '\t'), 2
	case 'u':
		r, ok := hex4(q)
		if !ok {
			return out, 0
		}
		if !utf16.IsSurrogate(r) {
			return utf8.AppendRune(out, r), 6
		}
		low, ok := hex4(q[6:])
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return out, 0
		}
		return utf8.AppendRune(out, r), 12
	}
	return out, 0
}

// hex4 reads an escape of the form \u12ab at the start of q.
func hex4(q []byte) (rune, bool) {
	if len(q) < 6 || q[0] != '\\' || q[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range q[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
