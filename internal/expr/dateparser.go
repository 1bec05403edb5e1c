package expr

import (
	"fmt"
	"strings"
	"time"
)

// isDate says whether a text is a date in a Java pattern, read as strictly as
// java.time does with uuuu: every digit there, no 30 February.
func isDate(r *run, args []any) (any, error) {
	s, err := textArg(args, 0)
	if err != nil {
		return nil, err
	}
	pattern, language, err := patternArgs(args)
	if err != nil {
		return nil, err
	}
	parts, err := parsePattern(pattern)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(pattern, "[]") {
		return nil, fmt.Errorf("date pattern %q: optional sections cannot be checked", pattern)
	}
	if err := r.spend(len(s)); err != nil {
		return nil, err
	}
	p := dateParser{rest: s, language: language, fields: map[byte]int{}}
	for i := range parts {
		ok, err := p.part(parts, i)
		if err != nil {
			return nil, fmt.Errorf("date pattern %q: %w", pattern, err)
		}
		if !ok {
			return false, nil
		}
	}
	return p.rest == "" && p.valid(), nil
}

// A dateParser reads one text.
type dateParser struct {
	rest     string
	language string
	fields   map[byte]int // by letter: u year, M month, and so on
}

// canonical maps letters that mean the same.
func canonical(letter byte) byte {
	switch letter {
	case 'y':
		return 'u'
	case 'L':
		return 'M'
	case 'e', 'c':
		return 'E'
	}
	return letter
}

func (p *dateParser) part(parts []patternPart, i int) (ok bool, err error) {
	part := parts[i]
	if part.letter == 0 {
		rest, ok := strings.CutPrefix(p.rest, part.literal)
		p.rest = rest
		return ok, nil
	}
	switch letter := canonical(part.letter); {
	case letter == 'E' || letter == 'a' || letter == 'M' && part.count >= 3:
		return p.name(part)
	case strings.IndexByte("Xx", letter) >= 0:
		return p.offset(part), nil
	case strings.IndexByte("uMdDHhKkmsSn", letter) < 0:
		return false, fmt.Errorf("the letter %q cannot be checked", part.letter)
	}
	return p.number(parts, i), nil
}

// width returns how many digits a numeric part takes, 0 for as many as there are.
func width(p patternPart) int {
	if p.letter == 0 || strings.IndexByte("uyMLdDHhKkmsSn", p.letter) < 0 || strings.IndexByte("ML", p.letter) >= 0 && p.count >= 3 {
		return -1
	}
	if p.count == 1 && p.letter != 'S' {
		return 0
	}
	return p.count
}

// number reads digits. One letter takes all digits but those that the numbers
// right after it need.
func (p *dateParser) number(parts []patternPart, i int) bool {
	n := width(parts[i])
	if n == 0 {
		reserved := 0
		for _, next := range parts[i+1:] {
			w := width(next)
			if w <= 0 {
				break
			}
			reserved += w
		}
		for n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
			n++
		}
		n -= reserved
	}
	const longest = 9
	if n < 1 || n > longest || n > len(p.rest) {
		return false
	}
	value := 0
	for _, c := range p.rest[:n] {
		if c < '0' || c > '9' {
			return false
		}
		value = value*10 + int(c-'0')
	}
	p.rest = p.rest[n:]
	letter := canonical(parts[i].letter)
	if letter == 'u' && parts[i].count == 2 {
		value += 2000
	}
	return p.set(letter, value)
}

func (p *dateParser) set(letter byte, value int) bool {
	if old, twice := p.fields[letter]; twice {
		return old == value
	}
	p.fields[letter] = value
	return true
}

// name reads the longest name that fits.
func (p *dateParser) name(part patternPart) (bool, error) {
	names, err := namesOf(p.language)
	if err != nil {
		return false, err
	}
	if part.letter == 'E' {
		part.count = max(part.count, 3)
	}
	best, length := 0, 0
	for i, name := range names.table(part) {
		if len(name) > length && strings.HasPrefix(p.rest, name) {
			best, length = i, len(name)
		}
	}
	if length == 0 {
		return false, nil
	}
	p.rest = p.rest[length:]
	letter := canonical(part.letter)
	if letter == 'M' {
		best++
	}
	return p.set(letter, best), nil
}

// offset reads Z, where X allows it, or an offset such as +02:00.
func (p *dateParser) offset(part patternPart) bool {
	if rest, ok := strings.CutPrefix(p.rest, "Z"); ok && part.letter == 'X' {
		p.rest = rest
		return true
	}
	layouts := [...]string{"-07", "-0700", "-07:00", "-0700", "-07:00"}
	if part.count > len(layouts) {
		return false
	}
	layout := layouts[part.count-1]
	if len(p.rest) < len(layout) {
		return false
	}
	_, err := time.Parse(layout, p.rest[:len(layout)])
	p.rest = p.rest[len(layout):]
	return err == nil
}

// valid says whether the fields are those of a date or time that exists.
func (p *dateParser) valid() bool {
	limits := map[byte][2]int{
		'u': {1, 9999}, 'M': {1, 12}, 'd': {1, 31}, 'D': {1, 366}, 'H': {0, 23}, 'h': {1, 12},
		'K': {0, 11}, 'k': {1, 24}, 'm': {0, 59}, 's': {0, 59},
	}
	for letter, value := range p.fields {
		if limit, ok := limits[letter]; ok && (value < limit[0] || value > limit[1]) {
			return false
		}
	}
	year, hasYear := p.fields['u']
	if !hasYear {
		year = 2000
	}
	month, hasMonth := p.fields['M']
	day, hasDay := p.fields['d']
	if hasMonth && hasDay {
		t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if t.Day() != day {
			return false
		}
		if weekday, ok := p.fields['E']; ok && hasYear && int(t.Weekday()) != weekday {
			return false
		}
	}
	if yearDay, ok := p.fields['D']; ok && yearDay == 366 {
		return time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).YearDay() == yearDay
	}
	return true
}
