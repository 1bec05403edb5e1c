package webhookjson

import (
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/types/known/structpb"
)

// text appends a string in quotes.
func (e *encoder) text(s string) error {
	e.out = append(e.out, '"')
	n := plainPrefix(s)
	e.out = append(e.out, s[:n]...)
	if n < len(s) {
		if !utf8.ValidString(s[n:]) {
			return &valueError{reason: "a string is not UTF-8"}
		}
		e.escaped(s[n:])
	}
	e.out = append(e.out, '"')
	return nil
}

// plainPrefix returns how many bytes of s are ASCII that needs no escape.
func plainPrefix(s string) int {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if at := stops(load8(b, i)); at != 0 {
			return i + trailingBytes(at)
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

// escaped appends s, which is UTF-8, with the escapes that JSON demands.
func (e *encoder) escaped(s string) {
	const hex = "0123456789abcdef"
	for {
		n := wholePrefix(s)
		e.out = append(e.out, s[:n]...)
		if n == len(s) {
			return
		}
		switch c := s[n]; c {
		case '"', '\\':
			e.out = append(e.out, '\\', c)
		case '\n':
			e.out = append(e.out, '\\', 'n')
		case '\r':
			e.out = append(e.out, '\\', 'r')
		case '\t':
			e.out = append(e.out, '\\', 't')
		default:
			e.out = append(e.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		s = s[n+1:]
	}
}

// wholePrefix returns how many bytes of s need no escape.
func wholePrefix(s string) int {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if at := stopsInText(load8(b, i)); at != 0 {
			return i + trailingBytes(at)
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return i
}

// entries appends a map of values in the order of its keys.
func (e *encoder) entries(all map[string]*structpb.Value) error {
	base := len(e.open)
	for k, v := range all {
		e.open = append(e.open, member{k, v})
	}
	sortMembers(e.open[base:])
	e.out = append(e.out, '{')
	for i := base; i < base+len(all); i++ {
		// The slice may move while the value is written.
		m := e.open[i]
		if i > base {
			e.out = append(e.out, ',')
		}
		if err := e.entry(m); err != nil {
			return err
		}
	}
	e.out = append(e.out, '}')
	clear(e.open[base:])
	e.open = e.open[:base]
	return nil
}

func (e *encoder) entry(m member) error {
	if err := e.text(m.key); err != nil {
		return err
	}
	e.out = append(e.out, ':')
	if err := e.value(m.value); err != nil {
		return inside(m.key, err)
	}
	return nil
}

// fewMembers is up to how many members are sorted by insertion.
const fewMembers = 12

func sortMembers(list []member) {
	if len(list) > fewMembers {
		slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.key, b.key) })
		return
	}
	for i := 1; i < len(list); i++ {
		m, j := list[i], i
		for ; j > 0 && m.key < list[j-1].key; j-- {
			list[j] = list[j-1]
		}
		list[j] = m
	}
}

// writeMap appends a map of anything else in the order of its keys.
func writeMap[E any](e *encoder, all map[string]*E, write func(*E) error) error {
	keys := make([]string, 0, len(all))
	for k := range all {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	e.out = append(e.out, '{')
	for i, k := range keys {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.text(k); err != nil {
			return err
		}
		e.out = append(e.out, ':')
		if err := write(all[k]); err != nil {
			return inside(k, err)
		}
	}
	e.out = append(e.out, '}')
	return nil
}
