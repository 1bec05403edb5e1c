package cxtest

import (
	"encoding/base64"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// Values shorter than this are found in a text as a whole word only, others
// anywhere.
const wordLength = 4

// base64Length is the shortest part of a base64 text that is looked for.
const base64Length = 8

// Between the digits of a grouped number.
const groupPattern = `[\s\p{Zs},.'’()/_\-]{0,3}`

// finder replaces values in texts. Neighbours in the pattern that have the same
// stand-in share a capturing group.
type finder struct {
	pattern  *regexp.Regexp
	standIns []string // by group, from 1
}

// newFinder makes one pattern of all values, the longest first; nil if there
// are none.
func newFinder(values map[string]string) (*finder, error) {
	if len(values) == 0 {
		return nil, nil //nolint:nilnil // a nil finder finds nothing
	}
	list := make([]string, 0, len(values))
	for v := range values {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	f := &finder{standIns: []string{""}}
	var b strings.Builder
	b.WriteString("(?i)")
	for _, v := range list {
		if last := len(f.standIns) - 1; last > 0 && f.standIns[last] == values[v] {
			b.WriteByte('|')
		} else {
			if last > 0 {
				b.WriteString(")|")
			}
			b.WriteByte('(')
			f.standIns = append(f.standIns, values[v])
		}
		b.WriteString(valuePattern(v))
	}
	b.WriteByte(')')
	var err error
	f.pattern, err = regexp.Compile(b.String())
	return f, err
}

// replace returns s with stand-ins for the values: for a number or a boolean
// the JSON that is written for it where it was removed, so that a handler which
// repeats it gives the same text when it is asked again.
func (f *finder) replace(s string) string {
	if f == nil {
		return s
	}
	var b strings.Builder
	end := 0
	for _, at := range f.pattern.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[end:at[0]])
		for group := 1; group < len(f.standIns); group++ {
			if at[2*group] >= 0 {
				b.WriteString(f.standIns[group])
				break
			}
		}
		end = at[1]
	}
	if end == 0 {
		return s
	}
	b.WriteString(s[end:])
	return b.String()
}

// valuePattern finds a value in a text: a short one as a word, a number of
// several digits also when it is grouped in another way, others also escaped
// for URLs, JSON or HTML, once or more often, and in base64.
func valuePattern(v string) string {
	whole, fraction, isNumber := digitsOf(v)
	switch {
	case isNumber && fraction != "":
		return strings.Join(strings.Split(whole, ""), groupPattern) + "[.,]" + fraction + "0*"
	case len(v) < wordLength:
		return wordEdge(v[0]) + escapes(v) + wordEdge(v[len(v)-1])
	case isNumber:
		sign := `\+?`
		if v[0] == '-' {
			sign = "-"
		}
		return "(?:" + escapes(v) + "|" + sign + strings.Join(strings.Split(whole, ""), groupPattern) + ")" // as it stands, however it is grouped
	}
	parts := append([]string{escapes(v)}, base64Patterns(v)...)
	return "(?:" + strings.Join(parts, "|") + ")"
}

// digitsOf takes the digits of a number that may be grouped by blanks, hyphens
// and the like, or have one decimal point. Short ones with a point are left
// to be found as they are.
func digitsOf(v string) (whole, fraction string, ok bool) {
	if a, b, found := strings.Cut(v, "."); found && len(v) >= wordLength && isDigits(a) && isDigits(b) {
		return a, b, true
	}
	whole = strings.Map(func(c rune) rune {
		if strings.ContainsRune("+ \u00a0\u202f\t,'()/-", c) {
			return -1
		}
		return c
	}, v)
	return whole, "", len(whole) >= wordLength && isDigits(whole)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// wordEdge returns the pattern of a word boundary beside the byte c of a value,
// empty if c is not of a word.
func wordEdge(c byte) string {
	if c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
		return `\b`
	}
	return ""
}

// escapes finds a text in which every character but ASCII letters and digits
// may be escaped, and the escapes escaped again.
func escapes(v string) string {
	var b strings.Builder
	for _, c := range v {
		if c < 0x80 && wordEdge(byte(c)) != "" && c != '_' {
			b.WriteRune(c)
			continue
		}
		b.WriteString(escapedRune(c))
	}
	return b.String()
}

// jsonEscapes are the short escapes of JSON.
var jsonEscapes = map[rune]string{'\n': "n", '\r': "r", '\t': "t", '\b': "b", '\f': "f"}

func escapedRune(c rune) string {
	var url, units strings.Builder
	for _, u := range []byte(string(c)) {
		fmt.Fprintf(&url, "%%(?:25)*%02X", u)
	}
	for _, u := range utf16.Encode([]rune{c}) {
		fmt.Fprintf(&units, `\\+u%04x`, u)
	}
	self := regexp.QuoteMeta(string(c))
	if c != '\\' {
		self = `\\*` + self
	} else {
		self = `\\+`
	}
	forms := []string{self, url.String(), units.String(), fmt.Sprintf("&(?:amp;)*#(?:0*%d|x0*%x);", c, c)}
	if named := html.EscapeString(string(c)); named != string(c) {
		forms = append(forms, "&(?:amp;)*"+regexp.QuoteMeta(named[1:]))
	}
	switch c {
	case ' ':
		forms = append(forms, `\+`)
	case '&':
		forms = append(forms, "&(?:amp;)+")
	case '"':
		forms = append(forms, "&(?:amp;)*quot;")
	}
	if short := jsonEscapes[c]; short != "" {
		forms = append(forms, `\\+`+short)
	}
	return "(?:" + strings.Join(forms, "|") + ")"
}

// base64Patterns finds a value in base64, also within a longer text: at each of
// the three offsets what does not depend on its neighbours.
func base64Patterns(v string) []string {
	var list []string
	for offset := range 3 {
		data := append(make([]byte, offset), v...)
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			s := enc.EncodeToString(data)
			if len(data)%3 != 0 {
				s = s[:len(s)-1]
			}
			if offset > 0 {
				s = s[offset+1:]
			}
			if p := escapes(s); len(s) >= base64Length && !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	return list
}
