package webhookjson

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// lexer reads the tokens of one body.
type lexer struct {
	in  []byte
	str string // the same memory as in
	pos int
	// unescaped is the memory for strings that had escapes.
	unescaped block[byte]
}

func (x *lexer) reset(body []byte) {
	x.in, x.str, x.pos = body, unsafe.String(unsafe.SliceData(body), len(body)), 0
}

func (x *lexer) fail(reason string) error {
	return &SyntaxError{ByteOffset: x.pos, Reason: reason}
}

// unexpected is the error of a token that cannot stand where it does.
func (x *lexer) unexpected(want string) error {
	if x.pos >= len(x.in) {
		return x.fail("unexpected end, want " + want)
	}
	return x.fail("unexpected token, want " + want)
}

// Eight bytes are looked at as one number v. With b one of them:
//
//	v^lows*k - lows   has the highest bit of b set if b is k
//	v^lows*2 - odd    if b is a quote or a control character
//
// both also for bytes beyond ASCII, perhaps, and for bytes above the lowest
// that was found, perhaps. So the lowest bit that is set is right once bytes
// beyond ASCII are either added (| v) or taken out (&^ v).
const (
	lows   = 0x0101010101010101 // the lowest bit of each of 8 bytes
	highs  = 0x8080808080808080 // the highest
	odd    = lows * ('"' ^ 2 + 1)
	spaces = lows * ' '
)

// stops marks quotes, backslashes, control characters and all beyond ASCII.
func stops(v uint64) uint64 {
	return ((v ^ lows*2 - odd) | (v ^ lows*'\\' - lows) | v) & highs
}

// stopsInText marks quotes, backslashes and control characters.
func stopsInText(v uint64) uint64 {
	return ((v ^ lows*2 - odd) | (v ^ lows*'\\' - lows)) &^ v & highs
}

// load8 returns the 8 bytes of in from i on, all of which must be there: this
// is the one read that the compiler does not check.
func load8(in []byte, i int) uint64 {
	at := unsafe.Add(unsafe.Pointer(unsafe.SliceData(in)), i)
	return binary.LittleEndian.Uint64((*[8]byte)(at)[:])
}

// head returns the byte that is next, 0 at the end of the body. No token
// begins with a 0.
func (x *lexer) head() byte {
	if x.pos < len(x.in) {
		return x.in[x.pos]
	}
	return 0
}

// space passes over blanks.
func (x *lexer) space() { x.pos = skipSpace(x.in, x.pos) }

// skipSpace returns where the next token begins, from i on.
func skipSpace(in []byte, i int) int {
	for i < len(in) {
		switch in[i] {
		case ' ':
			for i+8 <= len(in) && load8(in, i) == spaces {
				i += 8
			}
			for i < len(in) && in[i] == ' ' {
				i++
			}
		case '\n', '\t', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// word consumes the literal w if it is next.
func (x *lexer) word(w string) bool {
	end := x.pos + len(w)
	if end > len(x.str) || x.str[x.pos:end] != w {
		return false
	}
	x.pos = end
	return true
}

// text reads a string.
func (x *lexer) text() (string, error) {
	in, i := x.in, x.pos+1
	if x.head() != '"' {
		return "", x.unexpected("a string")
	}
	for i+8 <= len(in) {
		if at := stops(load8(in, i)); at != 0 {
			i += trailingBytes(at)
			if in[i] == '"' {
				s := x.str[x.pos+1 : i]
				x.pos = i + 1
				return s, nil
			}
			break
		}
		i += 8
	}
	start := x.pos + 1
	end, escaped, err := x.textEnd(i)
	switch {
	case err != nil:
		return "", err
	case escaped:
		return x.unescape(start, end), nil
	}
	return x.str[start:end], nil
}

// skipText passes over a string and checks all of it.
func (x *lexer) skipText() error {
	in, i := x.in, x.pos+1
	if x.head() != '"' {
		return x.unexpected("a string")
	}
	for i+8 <= len(in) {
		if at := stops(load8(in, i)); at != 0 {
			i += trailingBytes(at)
			if in[i] == '"' {
				x.pos = i + 1
				return nil
			}
			break
		}
		i += 8
	}
	_, _, err := x.textEnd(i)
	return err
}

// textEnd finds the end of a string from byte i on, before which it is ASCII
// without escapes. It checks the rest and moves past its quote.
func (x *lexer) textEnd(i int) (end int, escaped bool, err error) {
	in, wide := x.in, -1
	for i < len(in) {
		switch c := in[i]; {
		case c == '"':
			if wide >= 0 && !utf8.Valid(in[wide:i]) {
				x.pos = wide
				return 0, false, x.fail("invalid UTF-8 in a string")
			}
			x.pos = i + 1
			return i, escaped, nil
		case c == '\\':
			n := escapeLen(in[i:])
			if n == 0 {
				x.pos = i
				return 0, false, x.fail("invalid escape in a string")
			}
			escaped = true
			i += n
		case c < ' ':
			x.pos = i
			return 0, false, x.fail("control character in a string")
		default:
			if c >= utf8.RuneSelf && wide < 0 {
				wide = i
			}
			i++
		}
		// On to the next byte that matters.
		for i+8 <= len(in) {
			v := load8(in, i)
			at := stopsInText(v)
			if wide < 0 {
				at |= v & highs
			}
			if at != 0 {
				i += trailingBytes(at)
				break
			}
			i += 8
		}
	}
	x.pos = len(in)
	return 0, false, x.fail("unexpected end of a string")
}

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

// number moves over a number and returns its text and whether it has an
// exponent. What it accepts is what protojson's lexer accepts, which is more
// than JSON: the digits of an exponent may be missing.
func (x *lexer) number() (raw string, exponent bool, err error) {
	in, start := x.in, x.pos
	i := start
	if i < len(in) && in[i] == '-' {
		i++
	}
	switch {
	case i < len(in) && in[i] == '0':
		i++
	case i < len(in) && '1' <= in[i] && in[i] <= '9':
		i = digits(in, i)
	default:
		return "", false, x.unexpected("a value")
	}
	if i+1 < len(in) && in[i] == '.' && isDigit(in[i+1]) {
		i = digits(in, i+1)
	}
	if i+1 < len(in) && in[i]|0x20 == 'e' {
		exponent = true
		i++
		if in[i] == '+' || in[i] == '-' {
			if i++; i == len(in) {
				return "", false, x.fail("invalid number")
			}
		}
		i = digits(in, i)
	}
	if i < len(in) && joins(in[i]) {
		return "", false, x.fail("invalid number")
	}
	x.pos = i
	return x.str[start:i], exponent, nil
}

func digits(in []byte, i int) int {
	for i < len(in) && isDigit(in[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// joins reports whether c cannot follow a number.
func joins(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-' || c == '+' || c == '.' || c == '_'
}

// powers holds the powers of ten that a float64 represents exactly.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseFloat returns the nearest float64 of a number without exponent, and
// false if it is out of range or has no value.
func parseFloat(raw string, exponent bool) (float64, bool) {
	const most = 15 // digits that always fit the 53 bits of a float64
	if exponent || len(raw) > most+2 {
		f, err := strconv.ParseFloat(raw, 64)
		return f, err == nil
	}
	var whole uint64
	fraction, count := -1, 0
	for i := range len(raw) {
		switch c := raw[i]; c {
		case '.':
			fraction = count
		case '-':
		default:
			whole = whole*10 + uint64(c-'0')
			count++
		}
	}
	if count > most {
		f, err := strconv.ParseFloat(raw, 64)
		return f, err == nil
	}
	f := float64(whole)
	if fraction >= 0 {
		f /= powers[count-fraction]
	}
	if raw[0] == '-' {
		f = -f
	}
	return f, true
}

// representable reports whether parseFloat would succeed.
func representable(raw string, exponent bool) bool {
	if !exponent && len(raw) < 300 {
		return true
	}
	_, err := strconv.ParseFloat(raw, 64)
	return err == nil
}
