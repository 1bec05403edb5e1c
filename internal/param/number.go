package param

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// exactBelow is the magnitude from which a double stands for more than one
// integer: 2^53 is also what 2^53+1 is rounded to.
const exactBelow = 1 << 53

// wholeNumber is an integer of any sign: up to ±(2^64-1).
type wholeNumber struct {
	negative  bool
	magnitude uint64
}

// signed returns n as an int64 of the given width.
func (n wholeNumber) signed(bits int) (int64, bool) {
	limit := uint64(1) << (bits - 1)
	if n.negative {
		return int64(-n.magnitude), n.magnitude <= limit
	}
	return int64(n.magnitude), n.magnitude < limit
}

// unsigned returns n as a uint64 of the given width.
func (n wholeNumber) unsigned(bits int) (uint64, bool) {
	fits := bits == 64 || n.magnitude < uint64(1)<<bits
	return n.magnitude, fits && (!n.negative || n.magnitude == 0)
}

// form says what a number literal turned out to be.
type form uint8

const (
	formWhole form = iota
	formFraction
	formHuge // whole, with a magnitude of 2^64 or more
	formMalformed
)

// parseWhole reads a JSON number exactly, without regard to how it is
// written: 9, 9.0, 90e-1 and 0.9e1 are the same.
func parseWhole(lit string) (wholeNumber, form) {
	var n wholeNumber
	d, ok := splitNumber(lit)
	if !ok {
		return n, formMalformed
	}
	n.negative = d.negative
	// Trailing zeros of the digits move into the exponent.
	scale := d.exponent - int64(len(d.fraction))
	last := lastNonZero(d.whole, d.fraction)
	if last < 0 {
		return wholeNumber{}, formWhole
	}
	total := len(d.whole) + len(d.fraction)
	scale += int64(total - 1 - last)
	if scale < 0 {
		return n, formFraction
	}
	for i := 0; i <= last; i++ {
		digits, j := d.whole, i
		if i >= len(d.whole) {
			digits, j = d.fraction, i-len(d.whole)
		}
		if n, ok = n.push(digits[j] - '0'); !ok {
			return n, formHuge
		}
	}
	for ; scale > 0; scale-- {
		if n, ok = n.push(0); !ok {
			return n, formHuge
		}
	}
	return n, formWhole
}

// push appends a decimal digit and reports whether the number still fits.
func (n wholeNumber) push(digit byte) (wholeNumber, bool) {
	const most = math.MaxUint64 / 10
	if n.magnitude > most {
		return n, false
	}
	next := n.magnitude*10 + uint64(digit)
	if next < n.magnitude*10 {
		return n, false
	}
	n.magnitude = next
	return n, true
}

// lastNonZero returns the index of the last digit other than 0 in the two
// texts laid end to end, or -1.
func lastNonZero(whole, fraction string) int {
	for i := len(fraction) - 1; i >= 0; i-- {
		if fraction[i] != '0' {
			return len(whole) + i
		}
	}
	for i := len(whole) - 1; i >= 0; i-- {
		if whole[i] != '0' {
			return i
		}
	}
	return -1
}

// decimal is a JSON number taken apart.
type decimal struct {
	negative        bool
	whole, fraction string
	exponent        int64 // bounded: beyond any literal's length
}

// splitNumber takes a JSON number apart and reports whether it is one.
func splitNumber(lit string) (d decimal, ok bool) {
	if lit != "" && lit[0] == '-' {
		d.negative, lit = true, lit[1:]
	}
	n := leadingDigits(lit)
	if n == 0 || n > 1 && lit[0] == '0' {
		return d, false
	}
	d.whole, lit = lit[:n], lit[n:]
	if lit != "" && lit[0] == '.' {
		if n = leadingDigits(lit[1:]); n == 0 {
			return d, false
		}
		d.fraction, lit = lit[1:1+n], lit[1+n:]
	}
	if lit == "" {
		return d, true
	}
	if lit[0] != 'e' && lit[0] != 'E' {
		return d, false
	}
	lit = lit[1:]
	negative := false
	if lit != "" && (lit[0] == '+' || lit[0] == '-') {
		negative, lit = lit[0] == '-', lit[1:]
	}
	if n = leadingDigits(lit); n == 0 || n != len(lit) {
		return d, false
	}
	for i := 0; i < len(lit) && d.exponent < 1<<40; i++ {
		d.exponent = d.exponent*10 + int64(lit[i]-'0')
	}
	if negative {
		d.exponent = -d.exponent
	}
	return d, true
}

func leadingDigits(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return i
		}
	}
	return len(s)
}

// integer is a Go integer type.
type integer struct {
	bits     int
	unsigned bool
}

// String returns the range of the type in words.
func (t integer) String() string {
	if t.unsigned {
		return fmt.Sprintf("an integer from 0 to %d (uint%d)", uint64(math.MaxUint64)>>(64-t.bits), t.bits)
	}
	return fmt.Sprintf("an integer from %d to %d (int%d)", int64(math.MinInt64)>>(64-t.bits), int64(math.MaxInt64)>>(64-t.bits), t.bits)
}

// read returns the whole number that a number value stands for.
func (t integer) read(v Value) (n wholeNumber, _ *fault) {
	if v.proto != nil {
		return t.readDouble(v.proto.GetNumberValue())
	}
	lit, ok := v.literal()
	if !ok {
		return n, typeFault("an integer", v)
	}
	n, f := parseWhole(lit)
	switch f {
	case formWhole:
		return n, nil
	case formHuge:
		return n, t.beyond()
	case formFraction:
		// As a double it may be whole after all.
		d, err := strconv.ParseFloat(lit, 64)
		if err == nil && d == math.Trunc(d) && math.Abs(d) < exactBelow {
			return t.readDouble(d)
		}
		return n, faultf(ErrType, "want an integer, have a fraction")
	}
	if v.raw != nil {
		return n, syntaxFault()
	}
	return n, typeFault("an integer", v)
}

// readDouble returns the integer that a double stands for, if it is whole
// and there is only one.
func (t integer) readDouble(d float64) (n wholeNumber, _ *fault) {
	switch {
	case math.IsNaN(d) || math.IsInf(d, 0) || d != math.Trunc(d):
		return n, faultf(ErrType, "want an integer, have a fraction")
	case math.Abs(d) < exactBelow:
		return wholeNumber{negative: d < 0, magnitude: uint64(math.Abs(d))}, nil
	case t.bits < 64,
		t.unsigned && (d < 0 || d > 1<<64),
		!t.unsigned && math.Abs(d) > 1<<63:
		return n, t.beyond()
	}
	return n, faultf(ErrInexact, "want an exact integer, have a double of 2^53 or more")
}

// beyond is the fault of a number outside of the range. It tells the range,
// not the number.
func (t integer) beyond() *fault { return faultf(ErrRange, "want %v, have one beyond", t) }

// float returns the double that a number value stands for.
func (v Value) float() (float64, *fault) {
	if v.proto != nil {
		d := v.proto.GetNumberValue()
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return 0, faultf(ErrRange, "want a finite number")
		}
		return d, nil
	}
	lit, ok := v.literal()
	if ok {
		_, ok = splitNumber(lit)
	}
	if !ok {
		if v.raw != nil {
			return 0, syntaxFault()
		}
		return 0, typeFault("a number", v)
	}
	d, err := strconv.ParseFloat(lit, 64)
	if err != nil {
		return 0, faultf(ErrRange, "want a number in the range of a double, have one beyond")
	}
	return d, nil
}

// number returns the JSON number that a value stands for, as it is written
// where that is known.
func (v Value) number() (json.Number, *fault) {
	if v.proto != nil {
		d, f := v.float()
		if f != nil {
			return "", f
		}
		if d == math.Trunc(d) && math.Abs(d) >= exactBelow {
			return "", faultf(ErrInexact, "want an exact number, have a double of 2^53 or more")
		}
		return json.Number(formatDouble(d)), nil
	}
	lit, ok := v.literal()
	if ok {
		_, ok = splitNumber(lit)
	}
	if !ok {
		return "", typeFault("a number", v)
	}
	return json.Number(strings.Clone(lit)), nil
}

// literal returns the text of a number. It shares the memory of the value.
func (v Value) literal() (string, bool) {
	if len(v.raw) > 0 {
		return alias(v.raw), true
	}
	if len(v.text) == 1 {
		return v.text[0], true
	}
	return "", false
}

// formatDouble writes a finite double as the shortest JSON that reads back
// as the same double.
func formatDouble(d float64) string {
	raw, err := json.Marshal(d)
	if err != nil {
		return "0"
	}
	return string(raw)
}
