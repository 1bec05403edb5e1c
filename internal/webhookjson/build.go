package webhookjson

import (
	"google.golang.org/protobuf/types/known/structpb"
)

// place is where in the message the value at a cell belongs. One of its
// pointers is set.
type place struct {
	value  **structpb.Value
	fields *map[string]*structpb.Value
	lines  *[]string // a list of strings is no value, but waits all the same
	at     int       // index of the cell, or of the first string
	size   int       // number of strings
}

// later notes that a value that is read next belongs at v.
func (d *decoder) later(v **structpb.Value) error {
	d.tape.places = append(d.tape.places, place{value: v, at: len(d.tape.cells)})
	return d.value(ref{})
}

// laterFields notes that the members of the object that is read next belong
// into the map at m. The object itself is a message or field of its own.
func (d *decoder) laterFields(m *map[string]*structpb.Value) error {
	d.tape.places = append(d.tape.places, place{fields: m, at: len(d.tape.cells)})
	err := d.object(ref{})
	d.tape.counts[kindObject]--
	return err
}

// build makes all values of the message.
func (d *decoder) build() error {
	b := &d.blocks
	t := &d.tape
	b.strings.want = t.counts[kindString]
	b.numbers.want = t.counts[kindNumber]
	b.bools.want = t.counts[kindTrue] + t.counts[kindFalse]
	b.nulls.want = t.counts[kindNull]
	b.structs.want = t.counts[kindObject]
	b.lists.want = t.counts[kindList]
	b.items.want = t.items
	b.lines.want = len(d.lines)
	m := builder{decoder: d, cells: t.cells}
	for i := range t.places {
		p := &t.places[i]
		m.at = p.at
		ok := true
		switch {
		case p.value != nil:
			*p.value, ok = m.value()
		case p.fields != nil:
			*p.fields, ok = m.fields()
		default:
			*p.lines = b.lines.copy(d.lines[p.at : p.at+p.size])
		}
		if !ok {
			return d.duplicate()
		}
	}
	return nil
}

// builder makes values of cells. It fails on objects with two members of one
// name.
type builder struct {
	*decoder
	cells []cell
	at    int // the next cell
}

func (m *builder) value() (*structpb.Value, bool) {
	c := &m.cells[m.at]
	switch c.kind {
	case kindString:
		m.at++
		n := m.blocks.strings.next()
		n.kind.StringValue = m.string(c.text)
		n.value.Kind = &n.kind
		return &n.value, true
	case kindNumber:
		m.at++
		n := m.blocks.numbers.next()
		n.kind.NumberValue = c.number
		n.value.Kind = &n.kind
		return &n.value, true
	case kindTrue, kindFalse:
		m.at++
		n := m.blocks.bools.next()
		n.kind.BoolValue = c.kind == kindTrue
		n.value.Kind = &n.kind
		return &n.value, true
	case kindNull:
		m.at++
		n := m.blocks.nulls.next()
		n.value.Kind = &n.kind
		return &n.value, true
	case kindObject:
		fields, ok := m.fields()
		n := m.blocks.structs.next()
		n.fields.Fields = fields
		n.kind.StructValue = &n.fields
		n.value.Kind = &n.kind
		return &n.value, ok
	}
	items, ok := m.list()
	n := m.blocks.lists.next()
	n.list.Values = items
	n.kind.ListValue = &n.list
	n.value.Kind = &n.kind
	return &n.value, ok
}

// smallMap is how many entries a Go map has room for before it grows.
const smallMap = 8

// fields builds the map of an object. That of an empty object is empty, not
// nil, as protojson has it: handlers write to it.
func (m *builder) fields() (map[string]*structpb.Value, bool) {
	n := m.cells[m.at].size()
	m.at++
	var all map[string]*structpb.Value
	if n <= smallMap {
		all = make(map[string]*structpb.Value)
	} else {
		all = make(map[string]*structpb.Value, n)
	}
	for range n {
		name := m.string(m.cells[m.at].name)
		v, ok := m.value()
		if !ok {
			return nil, false
		}
		all[name] = v
	}
	return all, len(all) == n
}

func (m *builder) list() ([]*structpb.Value, bool) {
	n := m.cells[m.at].size()
	m.at++
	items := m.blocks.items.take(n)
	for i := range items {
		v, ok := m.value()
		if !ok {
			return nil, false
		}
		items[i] = v
	}
	return items, true
}
