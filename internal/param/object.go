package param

import (
	"fmt"
	"reflect"
	"strings"
)

// object is the compiled form of a struct.
type object struct {
	fields []field
	probes []probe
}

// field is a field of a struct that a value is looked up for.
type field struct {
	tag
	index []int
	node  *node
	goes  string // the Go name, for faults of the program
}

// probe is one way to find the value of a field: a name to look up, and the
// path to follow from there. The probes of a field are in the order of their
// preference.
type probe struct {
	name   string
	rest   string
	field  int
	source int
}

// object compiles a struct type.
func (c *compiler) object(t reflect.Type, lv level) (*object, error) {
	o := &object{}
	if err := c.addFields(o, t, nil, lv); err != nil {
		return nil, err
	}
	for i := range o.fields {
		f := &o.fields[i]
		for j := range i {
			if g := &o.fields[j]; g.source == f.source && equalFold(g.name, f.name) {
				return nil, fmt.Errorf("fields %s and %s of %s bind the same value %q", g.goes, f.goes, typeName(t), f.name)
			}
		}
		o.addProbes(f.name, i, f.source)
	}
	return o, nil
}

// addProbes appends the probes of a name: the name as it stands, then shorter
// and shorter prefixes up to a dot.
func (o *object) addProbes(full string, field, source int) {
	name, rest := full, ""
	for name != "" {
		o.probes = append(o.probes, probe{name: name, rest: rest, field: field, source: source})
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return
		}
		name, rest = full[:dot], full[dot+1:]
	}
}

func (c *compiler) addFields(o *object, t reflect.Type, index []int, lv level) error {
	for i := range t.NumField() {
		f := t.Field(i)
		where := append(index[:len(index):len(index)], i)
		_, hasTag := f.Tag.Lookup(c.config.Tag)
		if f.Anonymous && !hasTag {
			switch {
			case f.Type.Kind() == reflect.Struct && special(f.Type) == nil && c.config.Readers[f.Type] == nil:
				if err := c.addFields(o, f.Type, where, lv); err != nil {
					return err
				}
				continue
			case f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct:
				return fmt.Errorf("field %s.%s: an embedded pointer needs a tag", typeName(t), f.Name)
			}
		}
		tag, bound, err := fieldTag(f, lv, c.config)
		if err != nil {
			return fmt.Errorf("field %s.%s: %w", typeName(t), f.Name, err)
		}
		if !bound {
			continue
		}
		n, err := c.node(f.Type)
		if err != nil {
			return fmt.Errorf("field %s.%s: %w", typeName(t), f.Name, err)
		}
		o.fields = append(o.fields, field{tag: tag, index: where, node: n, goes: f.Name})
	}
	return nil
}

// match is how well a member fits a probe so far.
type match uint8

const (
	matchNone match = iota
	matchFold
	matchAmbiguous
	matchExact
)

// candidate is the best member for a probe so far.
type candidate struct {
	value Value
	match match
}

// offer notes a member for the probes that its name fits.
func (o *object) offer(found []candidate, source int, name string, v Value) {
	for i := range o.probes {
		p := &o.probes[i]
		if len(p.name) != len(name) || p.source != source {
			continue
		}
		c := &found[i]
		if p.name == name {
			if c.match != matchExact {
				c.value, c.match = v, matchExact
			}
			continue
		}
		if c.match < matchAmbiguous && equalFold(p.name, name) && !v.absent() {
			c.value = v
			c.match++
		}
	}
}

// resolve returns the value of a field out of what was found for its probes,
// which begin at next; it returns the index after them.
func (o *object) resolve(found []candidate, field, next int) (v Value, after int, bad *fault) {
	for ; next < len(o.probes) && o.probes[next].field == field; next++ {
		c, p := &found[next], &o.probes[next]
		if !v.absent() || bad != nil || c.match == matchNone {
			continue
		}
		if c.match == matchAmbiguous {
			bad = &fault{kind: ErrAmbiguous, text: ErrAmbiguous.Error()}
			continue
		}
		if p.rest == "" {
			v = c.value
			continue
		}
		v, bad = c.value.follow(p.rest)
	}
	return v, next, bad
}

// follow returns the value at a dotted path below v, null if there is none.
func (v Value) follow(path string) (Value, *fault) {
	if v.kind() != kindObject {
		return Value{}, nil
	}
	o := object{}
	o.addProbes(path, 0, 0)
	found := make([]candidate, len(o.probes))
	if err := v.Range(func(name string, m Value) bool {
		o.offer(found, 0, name, m)
		return true
	}); err != nil {
		return Value{}, syntaxFault()
	}
	value, _, bad := o.resolve(found, 0, 0)
	return value, bad
}

// inline is the number of probes whose candidates fit on the stack.
const inline = 8

// read binds the members of v to the fields of a nested struct.
func (o *object) read(v Value, dst reflect.Value) *fault {
	var buf [inline]candidate
	found := buf[:]
	if len(o.probes) > inline {
		found = make([]candidate, len(o.probes))
	}
	if err := v.Range(func(name string, m Value) bool {
		o.offer(found, 0, name, m)
		return true
	}); err != nil {
		return syntaxFault()
	}
	next := 0
	for i := range o.fields {
		f := &o.fields[i]
		value, after, bad := o.resolve(found, i, next)
		next = after
		if bad == nil {
			bad = f.bind(value, dst)
		}
		if bad != nil {
			return bad.below("." + f.name)
		}
	}
	return nil
}

// bind sets the field of a struct.
func (f *field) bind(v Value, dst reflect.Value) *fault {
	if f.quoted {
		var bad *fault
		if v, bad = v.unquoted(); bad != nil {
			return bad
		}
	}
	if f.required && v.untext(f.node).absent() {
		return missingFault()
	}
	return f.node.set(v, dst.FieldByIndex(f.index))
}

// equalFold compares names without regard to the case of ASCII letters.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
