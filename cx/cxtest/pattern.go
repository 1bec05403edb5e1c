package cxtest

import (
	"regexp"
	"slices"
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

// valuePattern finds a value in a text: a short one as a word, a number of
// several digits also when it is grouped by blanks, dots, hyphens or
// parentheses.
func valuePattern(v string) string {
	digits := strings.TrimPrefix(v, "+")
	isNumber := digits != "" && strings.Trim(digits, "0123456789") == ""
	switch {
	case len(v) < wordLength:
		return wordEdge(v[0]) + regexp.QuoteMeta(v) + wordEdge(v[len(v)-1])
	case isNumber:
		return regexp.QuoteMeta(v[:len(v)-len(digits)]) + strings.Join(strings.Split(digits, ""), `[ .()\-]{0,2}`)
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
	return r.pattern.ReplaceAllString(s, removed)
}
