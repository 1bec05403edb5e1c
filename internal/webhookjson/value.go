package webhookjson

import (
	"google.golang.org/protobuf/types/known/structpb"
)

// value builds a Value. It is one level deeper than what is around it.
func (d *decoder) value() (*structpb.Value, error) {
	if d.depth--; d.depth < 0 {
		return nil, d.tooDeep()
	}
	v, err := d.kind()
	d.depth++
	return v, err
}

func (d *decoder) kind() (*structpb.Value, error) {
	b := &d.blocks
	room := d.room()
	switch d.head() {
	case '"':
		s, err := d.text()
		if err != nil {
			return nil, err
		}
		n := b.strings.next(room)
		n.kind.StringValue = s
		n.value.Kind = &n.kind
		return &n.value, nil
	case '{':
		d.pos++
		fields, err := d.entries()
		if err != nil {
			return nil, err
		}
		n := b.structs.next(room)
		n.fields.Fields = fields
		n.kind.StructValue = &n.fields
		n.value.Kind = &n.kind
		return &n.value, nil
	case '[':
		d.pos++
		items, err := d.list()
		if err != nil {
			return nil, err
		}
		n := b.lists.next(room)
		n.list.Values = items
		n.kind.ListValue = &n.list
		n.value.Kind = &n.kind
		return &n.value, nil
	case 't', 'f':
		n := b.bools.next(room)
		n.kind.BoolValue = d.in[d.pos] == 't'
		n.value.Kind = &n.kind
		return &n.value, d.literal()
	case 'n':
		n := b.nulls.next(room)
		n.value.Kind = &n.kind
		return &n.value, d.literal()
	}
	at := d.pos
	raw, exponent, err := d.number()
	if err != nil {
		return nil, err
	}
	f, ok := parseFloat(raw, exponent)
	if !ok {
		d.pos = at
		return nil, d.fail("number out of range")
	}
	n := b.numbers.next(room)
	n.kind.NumberValue = f
	n.value.Kind = &n.kind
	return &n.value, nil
}

// smallMap is how many entries a Go map has room for before it grows.
const smallMap = 8

// entries builds the map of an object whose brace has been read. The map of
// an empty object is empty, not nil, as protojson has it: handlers write to it.
// Entries beyond the first few wait until it is known how many there are.
func (d *decoder) entries() (map[string]*structpb.Value, error) {
	m := make(map[string]*structpb.Value)
	base := len(d.members)
	for n := 0; ; n++ {
		key, more, err := d.member(n == 0)
		if err != nil {
			return nil, err
		}
		if !more {
			if n > smallMap {
				m = d.largeMap(m, d.members[base:])
				d.members = d.members[:base]
			}
			if len(m) != n {
				return nil, d.duplicate()
			}
			return m, nil
		}
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		if n < smallMap {
			m[key] = v
		} else {
			d.members = append(d.members, member{key, v})
		}
	}
}

// largeMap moves what is in small and rest into one map.
func (d *decoder) largeMap(small map[string]*structpb.Value, rest []member) map[string]*structpb.Value {
	m := make(map[string]*structpb.Value, len(small)+len(rest))
	for k, v := range small {
		m[k] = v
	}
	for i := range rest {
		m[rest[i].key] = rest[i].value
	}
	clear(rest)
	return m
}

// list builds the items of a list whose bracket has been read.
func (d *decoder) list() ([]*structpb.Value, error) {
	base := len(d.items)
	for first := true; ; first = false {
		more, err := d.next(first, ']')
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		d.items = append(d.items, v)
	}
	items := d.blocks.items.copy(d.items[base:], d.room())
	clear(d.items[base:])
	d.items = d.items[:base]
	return items, nil
}

// scanValue checks what value would build.
func (d *decoder) scanValue() error {
	if d.depth--; d.depth < 0 {
		return d.tooDeep()
	}
	err := d.scanKind()
	d.depth++
	return err
}

func (d *decoder) scanKind() error {
	switch d.head() {
	case '"':
		return d.skipText()
	case '{':
		d.pos++
		return d.scanEntries(nil)
	case '[':
		d.pos++
		return d.scanList()
	case 't', 'f', 'n':
		return d.literal()
	}
	at := d.pos
	raw, exponent, err := d.number()
	if err != nil {
		return err
	}
	if !representable(raw, exponent) {
		d.pos = at
		return d.fail("number out of range")
	}
	return nil
}

// scanEntries checks an object whose brace has been read and notes its
// entries in keep, if that is not nil.
func (d *decoder) scanEntries(keep *[]entry) error {
	u := d.uniqueNames()
	for first := true; ; first = false {
		name, more, err := d.member(first)
		if err != nil {
			return err
		}
		if !more {
			return u.close(d)
		}
		if err := u.add(d, name); err != nil {
			return err
		}
		start := d.pos
		if err := d.scanValue(); err != nil {
			return err
		}
		if keep != nil {
			*keep = append(*keep, entry{name: name, value: span{start, d.pos}})
		}
	}
}

func (d *decoder) scanList() error {
	for first := true; ; first = false {
		more, err := d.next(first, ']')
		if !more || err != nil {
			return err
		}
		if err := d.scanValue(); err != nil {
			return err
		}
	}
}
