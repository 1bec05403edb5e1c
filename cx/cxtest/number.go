package cxtest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// numberDigits is how many digits a number has at least that is removed where
// it is repeated as a number: a shorter one may well be another count.
const numberDigits = 3

// forms returns how a number may be written in a text: as it came, as a double
// is printed with and without an exponent, and each without its sign.
func forms(v json.Number) []string {
	list := []string{v.String()}
	if f, err := v.Float64(); err == nil {
		list = append(list, strconv.FormatFloat(f, 'f', -1, 64), strconv.FormatFloat(f, 'g', -1, 64))
	}
	for _, form := range list {
		if digits, ok := strings.CutPrefix(form, "-"); ok {
			list = append(list, digits)
		}
	}
	return list
}

// size returns the value of a number without its sign, to compare it by, and
// whether it has enough digits to be told from others.
func size(v json.Number) (float64, bool) {
	f, err := v.Float64()
	if err != nil {
		return 0, false
	}
	f = math.Abs(f)
	digits := strings.Trim(strings.ReplaceAll(strconv.FormatFloat(f, 'f', -1, 64), ".", ""), " ")
	return f, f != 0 && len(digits) >= numberDigits
}

// noteNumber notes a removed number by its value.
func (r *redactor) noteNumber(v json.Number) {
	if f, ok := size(v); ok {
		r.numbers[f] = true
	}
}

// repeated reports whether a number elsewhere is one of the removed values, in
// whatever form.
func (r *redactor) repeated(v json.Number) bool {
	f, ok := size(v)
	return ok && r.numbers[f]
}
