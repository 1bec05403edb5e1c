package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A patternPart is a letter of a Java date pattern with how often it stands
// there, or literal text when letter is 0.
type patternPart struct {
	letter  byte
	count   int
	literal string
}

const maxDatePattern = 256

// parsePattern takes a pattern of java.time's DateTimeFormatter apart: runs of
// letters, text in single quotes (” is one quote), other characters as they are. The
// brackets of optional sections are dropped.
func parsePattern(pattern string) ([]patternPart, error) {
	if len(pattern) > maxDatePattern {
		return nil, &LimitError{What: "bytes of a date pattern", Have: len(pattern), Max: maxDatePattern}
	}
	var parts []patternPart
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			parts = append(parts, patternPart{letter: c, count: n})
			i += n
		case c == '\'':
			s, end, ok := quotedLiteral(pattern, i)
			if !ok {
				return nil, fmt.Errorf("date pattern %q: the quote at offset %d is not closed", pattern, i)
			}
			parts = append(parts, patternPart{literal: s})
			i = end
		case c == '{' || c == '}' || c == '#':
			return nil, fmt.Errorf("date pattern %q: %q at offset %d is reserved", pattern, c, i)
		case c == '[' || c == ']':
			i++
		default:
			parts = append(parts, patternPart{literal: pattern[i : i+1]})
			i++
		}
	}
	return parts, nil
}

func quotedLiteral(pattern string, at int) (s string, end int, ok bool) {
	if strings.HasPrefix(pattern[at:], "''") {
		return "'", at + 2, true
	}
	var b strings.Builder
	for i := at + 1; i < len(pattern); i++ {
		if pattern[i] != '\'' {
			b.WriteByte(pattern[i])
			continue
		}
		if i+1 < len(pattern) && pattern[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", at, false
}

func formatDate(r *run, args []any) (any, error) {
	m, err := momentArg(args, 0)
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
	f := dateFormatter{moment: m, zone: r.env.Location, language: language}
	for _, part := range parts {
		if part.letter == 0 {
			f.out = append(f.out, part.literal...)
			continue
		}
		if err := f.field(part); err != nil {
			return nil, fmt.Errorf("date pattern %q: %w", pattern, err)
		}
	}
	return string(f.out), r.spend(len(f.out))
}

// patternArgs returns the pattern and the language of FORMAT_DATE and IS_DATE.
func patternArgs(args []any) (pattern, language string, err error) {
	if pattern, err = textArg(args, 1); err != nil {
		return "", "", err
	}
	if language = "en"; len(args) == 3 {
		language, err = textArg(args, 2)
	}
	return pattern, language, err
}

// A dateFormatter writes one value.
type dateFormatter struct {
	moment
	zone     *time.Location
	language string
	out      []byte
}

func (f *dateFormatter) number(n, width int) error {
	s := strconv.Itoa(n)
	for range width - len(s) {
		f.out = append(f.out, '0')
	}
	f.out = append(f.out, s...)
	return nil
}

// needs says which fields of a date a letter is computed from.
func (f *dateFormatter) needs(letter byte) error {
	missing := ""
	switch {
	case strings.IndexByte("uyGDEecQqwWYF", letter) >= 0 && !f.year:
		missing = "year"
	case strings.IndexByte("MLDEecQqwWYF", letter) >= 0 && !f.month:
		missing = "month"
	case strings.IndexByte("dDEecwWYF", letter) >= 0 && !f.day:
		missing = "day"
	case strings.IndexByte("ahHkKmsSnNA", letter) >= 0 && !f.clock && !f.date():
		missing = "time"
	}
	if missing != "" {
		return fmt.Errorf("letter %q needs a %s, the value has none", letter, missing)
	}
	return nil
}

func (f *dateFormatter) field(p patternPart) error {
	if err := f.needs(p.letter); err != nil {
		return err
	}
	if n, ok := f.dateNumber(p.letter); ok {
		return f.number(n, p.count)
	}
	if n, ok := f.clockNumber(p.letter); ok {
		return f.number(n, p.count)
	}
	switch p.letter {
	case 'u', 'y':
		return f.yearField(f.time.Year(), p.count)
	case 'Y':
		return f.yearField(f.weekYear(), p.count)
	case 'S':
		const digits = 9
		fraction := fmt.Sprintf("%09d", f.time.Nanosecond())
		f.out = append(f.out, (fraction + strings.Repeat("0", max(p.count-digits, 0)))[:p.count]...)
		return nil
	case 'X', 'x', 'Z', 'z', 'V', 'O':
		return f.zoneField(p)
	}
	return f.nameField(p)
}

func (f *dateFormatter) yearField(year, count int) error {
	if count == 2 {
		return f.number(year%100, 2)
	}
	return f.number(year, count)
}

func (f *dateFormatter) dateNumber(letter byte) (int, bool) {
	t := f.time
	switch letter {
	case 'd':
		return t.Day(), true
	case 'D':
		return t.YearDay(), true
	case 'F':
		return (t.Day()-1)%7 + 1, true
	case 'w':
		_, week := f.week()
		return week, true
	case 'W':
		return f.weekOfMonth(), true
	}
	return 0, false
}

func (f *dateFormatter) clockNumber(letter byte) (int, bool) {
	t := f.time
	switch letter {
	case 'H':
		return t.Hour(), true
	case 'k':
		return (t.Hour()+23)%24 + 1, true
	case 'K':
		return t.Hour() % 12, true
	case 'h':
		return (t.Hour()+11)%12 + 1, true
	case 'm':
		return t.Minute(), true
	case 's':
		return t.Second(), true
	case 'n':
		return t.Nanosecond(), true
	case 'A':
		return int(sinceMidnight(t) / time.Millisecond), true
	case 'N':
		return int(sinceMidnight(t)), true
	}
	return 0, false
}

func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute +
		time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
}

// zoneField writes the offset or name of the agent's time zone at the moment.
func (f *dateFormatter) zoneField(p patternPart) error {
	zone := f.zone
	if zone == nil {
		zone = time.UTC
	}
	t := f.time
	t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone)
	layout := map[byte][]string{
		'X': {"Z07", "Z0700", "Z07:00", "Z0700", "Z07:00"},
		'x': {"-07", "-0700", "-07:00", "-0700", "-07:00"},
		'Z': {"-0700", "-0700", "-0700", "GMT-07:00", "Z07:00"},
		'z': {"MST", "MST", "MST"},
		'O': {4 - 1: "GMT-07:00"},
	}[p.letter]
	switch {
	case p.letter == 'V' && p.count == 2:
		f.out = append(f.out, zone.String()...)
		return nil
	case p.count > len(layout) || layout[p.count-1] == "":
		return fmt.Errorf("%d of the letter %q are not known", p.count, p.letter)
	}
	f.out = t.AppendFormat(f.out, layout[p.count-1])
	return nil
}
