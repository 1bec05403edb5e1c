package cxtest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Values shorter than this are found in a text as a whole word only, others
// anywhere.
const wordLength = 4

// compile makes one pattern of all values, the longest first.
func (r *redactor) compile() (err error) {
	if len(r.values) == 0 {
		return nil
	}
	values := make([]string, 0, len(r.values))
	for v := range r.values {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = valuePattern(v)
	}
	r.pattern, err = regexp.Compile("(?i)" + strings.Join(parts, "|"))
	return err
}

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

// valuePattern finds a value in a text: a short one as a word, a number of
// several digits also when it is grouped by blanks, commas, dots, hyphens or
// parentheses.
func valuePattern(v string) string {
	digits := strings.TrimPrefix(v, "+")
	isNumber := digits != "" && strings.Trim(digits, "0123456789") == ""
	switch {
	case len(v) < wordLength:
		return wordEdge(v[0]) + regexp.QuoteMeta(v) + wordEdge(v[len(v)-1])
	case isNumber:
		return regexp.QuoteMeta(v[:len(v)-len(digits)]) + strings.Join(strings.Split(digits, ""), `[ ,.()\-]{0,2}`)
	}
	return regexp.QuoteMeta(v)
}

// wordEdge returns the pattern of a word boundary beside the byte c of a value,
// empty if c is not of a word.
func wordEdge(c byte) string {
	if c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
		return `\b`
	}
	return ""
}

func (r *redactor) replace(s string) string {
	if r.pattern == nil {
		return s
	}
	return r.pattern.ReplaceAllStringFunc(s, r.standIn)
}

// standIn returns what is written for a value that was found: for a number or a
// boolean the JSON that is written for it where it was removed, so that a
// handler which repeats it gives the same text when it is asked again.
func (r *redactor) standIn(found string) string {
	for _, form := range []string{found, strings.ToLower(found), ungroup(found)} {
		if s := r.values[form]; s != "" {
			return s
		}
	}
	return removed
}

// ungroup returns a number without what groups its digits.
func ungroup(s string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(" ,.()-", c) {
			return -1
		}
		return c
	}, s)
}
