package webhookjson

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// lexer reads the tokens of one body.
type lexer struct {
	in  []byte
	str string // the same memory as in
	pos int
	// unescaped is the memory for strings that had escapes, odd these strings.
	unescaped block[byte]
	odd       []string
}

// ref is the content of a string without its being a pointer: where it is in
// the body, which has at most maxBody bytes, or the complement of its index
// among the odd strings.
type ref struct{ at, n int32 }

func (x *lexer) string(r ref) string {
	if r.at < 0 {
		return x.odd[^r.at]
	}
	return x.str[r.at:][:r.n]
}

func (x *lexer) reset(body []byte) {
	x.in, x.str, x.pos = body, unsafe.String(unsafe.SliceData(body), len(body)), 0
}

// fail and its kin stay out of the way of what does not fail.
//
//go:noinline
func (x *lexer) fail(reason string) error {
	return &SyntaxError{ByteOffset: x.pos, Reason: reason}
}

// unexpected is the error of a token that cannot stand where it does.
//
//go:noinline
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

// load8 returns the 8 bytes of in from i on, all of which must be there.
func load8(in []byte, i int) uint64 {
	return get8(unsafe.Add(unsafe.Pointer(unsafe.SliceData(in)), i))
}

// get8 and put8 read and write 8 bytes. They are what the compiler does not
// check: there must be so many.
func get8(at unsafe.Pointer) uint64 { return binary.LittleEndian.Uint64((*[8]byte)(at)[:]) }

func put8(at unsafe.Pointer, v uint64) { binary.LittleEndian.PutUint64((*[8]byte)(at)[:], v) }

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

// skipSpace returns where the next token begins, from i on. Lines that begin
// with many blanks are what it is made for.
func skipSpace(in []byte, i int) int {
	for i < len(in) && in[i] <= ' ' {
		if c := in[i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return i
		}
		i++
		for i+8 <= len(in) {
			n := trailingBytes(load8(in, i) ^ spaces)
			i += n
			if n < 8 {
				break
			}
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
	r, err := x.ref()
	if err != nil {
		return "", err
	}
	return x.string(r), nil
}

// ref reads a string.
func (x *lexer) ref() (ref, error) {
	in, i := x.in, x.pos+1
	if i > len(in) || in[i-1] != '"' {
		return ref{}, x.unexpected("a string")
	}
	for ; i+8 <= len(in); i += 8 {
		at := stops(load8(in, i))
		if at == 0 {
			continue
		}
		i += trailingBytes(at)
		if in[i] != '"' {
			break
		}
		r := ref{int32(x.pos + 1), int32(i - x.pos - 1)}
		x.pos = i + 1
		return r, nil
	}
	return x.refRest(i)
}

// refRest goes on where ref found something but plain ASCII, at byte i.
func (x *lexer) refRest(i int) (ref, error) {
	start := x.pos + 1
	end, escaped, err := x.textEnd(i)
	switch {
	case err != nil:
		return ref{}, err
	case escaped:
		x.odd = append(x.odd, x.unescape(start, end))
		return ref{^int32(len(x.odd) - 1), 0}, nil
	}
	return ref{int32(start), int32(end - start)}, nil
}

// skipText passes over a string and checks all of it.
func (x *lexer) skipText() error {
	in, i := x.in, x.pos+1
	if i > len(in) || in[i-1] != '"' {
		return x.unexpected("a string")
	}
	for ; i+8 <= len(in); i += 8 {
		at := stops(load8(in, i))
		if at == 0 {
			continue
		}
		i += trailingBytes(at)
		if in[i] != '"' {
			break
		}
		x.pos = i + 1
		return nil
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

// trailingBytes counts the bytes below the lowest bit that is set.
func trailingBytes(v uint64) int { return bits.TrailingZeros64(v) >> 3 }
