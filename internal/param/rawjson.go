package param

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// The functions of this file walk JSON that a decoder has accepted already.
// They check only what they need in order not to leave the slice or loop, and
// never allocate but for strings with escapes.

// space reports whether c separates JSON tokens.
func space(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

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
	for i++; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
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
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t', ':', '"', '{', '[':
			if i == start {
				return -1
			}
			return i
		}
		i++
	}
	return i
}

func skipContainer(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			n := bytes.IndexByte(b[i+1:], '"')
			if n < 0 {
				return -1
			}
			// A backslash anywhere in the string takes the careful way.
			if bytes.IndexByte(b[i+1:i+1+n], '\\') < 0 {
				i += n + 2
				continue
			}
			if i = skipString(b, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// rangeMembers calls yield with the names and values of an object.
func rangeMembers(b []byte, yield func(name string, raw []byte) bool) error {
	i := skipSpace(b, 1)
	if i < len(b) && b[i] == '}' {
		return nil
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return syntaxFault()
		}
		end := skipString(b, i)
		if end < 0 {
			return syntaxFault()
		}
		name, ok := memberName(b[i:end])
		if i = skipSpace(b, end); !ok || i >= len(b) || b[i] != ':' {
			return syntaxFault()
		}
		start := skipSpace(b, i+1)
		if i = skipValue(b, start); i < 0 {
			return syntaxFault()
		}
		if !yield(name, b[start:i:i]) {
			return nil
		}
		if i = skipSpace(b, i); i < len(b) && b[i] == '}' {
			return nil
		}
		if i >= len(b) || b[i] != ',' {
			return syntaxFault()
		}
		i = skipSpace(b, i+1)
	}
}

// rangeElements calls yield with the elements of a list.
func rangeElements(b []byte, yield func(raw []byte) bool) error {
	i := skipSpace(b, 1)
	if i < len(b) && b[i] == ']' {
		return nil
	}
	for {
		start := i
		if i = skipValue(b, start); i < 0 {
			return syntaxFault()
		}
		if !yield(b[start:i:i]) {
			return nil
		}
		if i = skipSpace(b, i); i < len(b) && b[i] == ']' {
			return nil
		}
		if i >= len(b) || b[i] != ',' {
			return syntaxFault()
		}
		i = skipSpace(b, i+1)
	}
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
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

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

// hex4 reads an escape of the form \uXXXX at the start of q.
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
