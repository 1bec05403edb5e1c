package jsonpath

import (
	"strconv"
	"strings"
)

// String returns the path in canonical spelling, with "$" and, where a name needs none,
// without brackets. It reads back as the same path.
func (p *Path) String() string {
	var b strings.Builder
	b.WriteByte('$')
	p.write(&b)
	return b.String()
}

func (p *Path) write(b *strings.Builder) {
	for i := range p.segments {
		seg := &p.segments[i]
		only := len(seg.selectors) == 1
		sel := &seg.selectors[0]
		switch {
		case only && sel.kind == byName && isShorthand(sel.name):
			b.WriteByte('.')
			if seg.descendant {
				b.WriteByte('.')
			}
			b.WriteString(sel.name)
			continue
		case seg.descendant:
			b.WriteString("..")
		}
		b.WriteByte('[')
		for j := range seg.selectors {
			if j > 0 {
				b.WriteByte(',')
			}
			seg.selectors[j].write(b)
		}
		b.WriteByte(']')
	}
}

func (sel *selector) write(b *strings.Builder) {
	switch sel.kind {
	case byName:
		writeString(b, sel.name)
	case byIndex:
		b.WriteString(strconv.Itoa(sel.index))
	case byWildcard:
		b.WriteByte('*')
	case bySlice:
		if sel.slice.start != nil {
			b.WriteString(strconv.Itoa(*sel.slice.start))
		}
		b.WriteByte(':')
		if sel.slice.end != nil {
			b.WriteString(strconv.Itoa(*sel.slice.end))
		}
		if sel.slice.step != 1 {
			b.WriteByte(':')
			b.WriteString(strconv.Itoa(sel.slice.step))
		}
	case byFilter:
		b.WriteByte('?')
		sel.filter.write(b)
	}
}
