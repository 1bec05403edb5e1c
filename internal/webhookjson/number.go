package webhookjson

import "strconv"

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
