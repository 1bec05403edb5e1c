package webhookjson

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/types/known/structpb"
)

// slack is how much room text wants beyond a string: its quotes, and to write
// 8 bytes at a time.
const slack = 10

// text appends a string in quotes.
func (e *encoder) text(s string) error {
	if cap(e.out)-len(e.out) < len(s)+slack {
		e.out = slices.Grow(e.out, len(s)+slack)
	}
	n := len(e.out)
	e.out = e.out[:n+len(s)+2]
	from, to := unsafe.Pointer(unsafe.StringData(s)), unsafe.Pointer(&e.out[n])
	*(*byte)(to) = '"'
	to = unsafe.Add(to, 1)
	last := len(s) - 8
	if last < 0 {
		v := load(unsafe.Slice((*byte)(from), len(s)))
		put8(to, v)
		if at := stops(v) & (1<<(8*len(s)) - 1); at != 0 {
			return e.textRest(s, trailingBytes(at))
		}
		*(*byte)(unsafe.Add(to, len(s))) = '"'
		return nil
	}
	for i := 0; i < last; i += 8 {
		v := get8(unsafe.Add(from, i))
		put8(unsafe.Add(to, i), v)
		if at := stops(v); at != 0 {
			return e.textRest(s, i+trailingBytes(at))
		}
	}
	// The last 8 bytes begin with some that are known to be plain.
	v := get8(unsafe.Add(from, last))
	put8(unsafe.Add(to, last), v)
	if at := stops(v); at != 0 {
		return e.textRest(s, last+trailingBytes(at))
	}
	*(*byte)(unsafe.Add(to, len(s))) = '"'
	return nil
}

// textRest goes on where text found something but plain ASCII, at byte done.
func (e *encoder) textRest(s string, done int) error {
	e.out = e.out[:len(e.out)-len(s)-1+done]
	if !utf8.ValidString(s[done:]) {
		return &valueError{reason: "a string is not UTF-8"}
	}
	e.escaped(s[done:])
	e.out = append(e.out, '"')
	return nil
}

// load returns up to 8 bytes as load8 does, with zeros for what b lacks.
func load(b []byte) uint64 {
	n := len(b)
	switch {
	case n >= 8:
		return load8(b, 0)
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*(n-4))
	case n > 0:
		return uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)) | uint64(b[n-1])<<(8*(n-1))
	}
	return 0
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

// item is an entry of a map that is being written.
type item struct {
	prefix uint64 // the first bytes of the key, as a number in the same order
	key    string
	value  *structpb.Value
}

// prefixOf returns the first 8 bytes of key with zeros after its end.
func prefixOf(key string) uint64 {
	return bits.ReverseBytes64(load(unsafe.Slice(unsafe.StringData(key), len(key))))
}

func (a *item) before(b *item) bool {
	return a.prefix < b.prefix || a.prefix == b.prefix && a.key < b.key
}

// fewItems is up to how many entries are sorted on the stack.
const fewItems = 6

// entries appends a map of values in the order of its keys.
func (e *encoder) entries(all map[string]*structpb.Value) error {
	switch n := len(all); {
	case n == 0:
		e.out = append(e.out, '{', '}')
		return nil
	case n == 1:
		return e.oneEntry(all)
	case n > fewItems:
		return e.manyEntries(all)
	}
	var items [fewItems]item
	n := 0
	for k, v := range all {
		next := item{prefixOf(k), k, v}
		i := n
		for ; i > 0 && next.before(&items[i-1]); i-- {
			items[i] = items[i-1]
		}
		items[i] = next
		if n++; n == len(all) {
			break // saves looking for more
		}
	}
	e.out = append(e.out, '{')
	for i := range items[:n] {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.entry(items[i].key, items[i].value); err != nil {
			return err
		}
	}
	e.out = append(e.out, '}')
	return nil
}

func (e *encoder) oneEntry(all map[string]*structpb.Value) error {
	e.out = append(e.out, '{')
	for k, v := range all {
		if err := e.entry(k, v); err != nil {
			return err
		}
		break // saves looking for more
	}
	e.out = append(e.out, '}')
	return nil
}

func (e *encoder) manyEntries(all map[string]*structpb.Value) error {
	base := len(e.open)
	for k, v := range all {
		e.ranks = append(e.ranks, rank{prefixOf(k), len(e.open)})
		e.open = append(e.open, member{k, v})
	}
	e.opened = max(e.opened, len(e.open))
	e.sort(e.ranks[base:])
	e.out = append(e.out, '{')
	for i := range len(all) {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		m := &e.open[e.ranks[base+i].at] // may move while the value is written
		if err := e.entry(m.key, m.value); err != nil {
			return err
		}
	}
	e.out = append(e.out, '}')
	e.open, e.ranks = e.open[:base], e.ranks[:base]
	return nil
}

// rank is the place of an entry among those that are open. It is sorted
// instead of the entry because it holds no pointer, which makes moving cheap.
type rank struct {
	prefix uint64
	at     int
}

// sort is Shell's, with gaps that grow by 9/4: for a few hundred entries it
// takes a third of the time of slices.SortFunc.
func (e *encoder) sort(list []rank) {
	gap := 1
	for gap < len(list) {
		gap = gap*9/4 + 1
	}
	for gap > 1 {
		gap = (gap - 1) * 4 / 9
		gap = max(gap, 1)
		for i := gap; i < len(list); i++ {
			r, j := list[i], i
			for ; j >= gap && e.before(r, list[j-gap]); j -= gap {
				list[j] = list[j-gap]
			}
			list[j] = r
		}
	}
}

func (e *encoder) before(a, b rank) bool {
	return a.prefix < b.prefix || a.prefix == b.prefix && e.open[a.at].key < e.open[b.at].key
}

func (e *encoder) entry(key string, v *structpb.Value) error {
	if err := e.text(key); err != nil {
		return err
	}
	e.out = append(e.out, ':')
	if err := e.value(v); err != nil {
		return inside(key, err)
	}
	return nil
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
