package param

import (
	"errors"
	"fmt"
	"reflect"
)

// Plan binds named values to one struct type. It is made by [Compile], holds
// no state of any call and is safe for concurrent use.
type Plan struct {
	typ     reflect.Type
	object  *object
	sources []string
	wanted  Wanted
}

// Compile makes the plan of a struct type. It fails on what is wrong with the
// program: a type that is not a struct, a malformed tag, an unknown source, a
// type that cannot be bound, two fields for one value, fields of which none
// has a tag.
func Compile(t reflect.Type, config *Config) (*Plan, error) {
	if t == nil || t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("want a struct, have %s", typeName(t))
	}
	if len(config.Sources) == 0 || len(config.Sources) > 32 {
		return nil, fmt.Errorf("want 1 to 32 sources, have %d", len(config.Sources))
	}
	c := compiler{config: config, nodes: make(map[reflect.Type]*node)}
	lv := top
	if config.Untagged {
		lv = eager
	}
	o, err := c.object(t, lv)
	if err != nil {
		return nil, err
	}
	if len(o.fields) == 0 && t.NumField() > 0 {
		return nil, fmt.Errorf("no field of %s has a %s tag", typeName(t), config.Tag)
	}
	p := &Plan{typ: t, object: o, sources: config.Sources}
	for i := range o.fields {
		p.wanted |= Only(o.fields[i].source)
	}
	return p, nil
}

// Wanted returns the sources that the plan takes values from.
func (p *Plan) Wanted() Wanted { return p.wanted }

// Bind sets the fields of the struct that dst points to. The first fault in
// the order of the fields ends it, as an [*Error]; the fields before are set
// by then. An error of another type means that dst does not fit the plan or
// that the input cannot be read.
//
// Where a value of in is [ErrInexact] and exact is not nil, its value of the
// same name is taken, if it differs from the first in exactness only. Thus
// raw JSON lends a message the integers that the message cannot hold, while
// a value that was changed in the message stays as changed.
func (p *Plan) Bind(dst any, in, exact Input) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Type().Elem() != p.typ {
		return fmt.Errorf("want a pointer to %s, have %s", typeName(p.typ), typeName(reflect.TypeOf(dst)))
	}
	found, err := p.collect(in)
	if err != nil {
		return err
	}
	v = v.Elem()
	next := 0
	for i := range p.object.fields {
		f := &p.object.fields[i]
		value, after, bad := p.object.resolve(found, i, next)
		if bad == nil {
			bad = f.bind(value, v)
		}
		if exact != nil && bad != nil && errors.Is(bad, ErrInexact) {
			bad, err = p.bindExact(f, i, next, value, exact, v, bad)
			if err != nil {
				return err
			}
		}
		if bad != nil {
			return &Error{Source: p.sources[f.source], Name: f.name + bad.path, Err: bad}
		}
		next = after
	}
	return nil
}

// collect finds the candidates of all probes. What a finder has by its exact
// name needs no walk; a shorter name of a path, or one in another case, does.
func (p *Plan) collect(in Input) ([]candidate, error) {
	found := make([]candidate, len(p.object.probes))
	wanted := p.wanted
	if finder, ok := in.(Finder); ok {
		wanted = 0
		for i := range p.object.probes {
			probe, c := &p.object.probes[i], &found[i]
			if i > 0 && p.object.probes[i-1].field == probe.field && !found[i-1].value.absent() {
				continue
			}
			if c.value, ok = finder.Find(probe.source, probe.name); ok {
				c.match = matchExact
			} else {
				wanted |= Only(probe.source)
			}
		}
	}
	if wanted == 0 {
		return found, nil
	}
	err := in.Range(wanted, func(source int, name string, v Value) {
		p.object.offer(found, source, name, v)
	})
	return found, p.unreadable(err)
}

// bindExact tries a field again with the value of a more exact input.
func (p *Plan) bindExact(f *field, i, next int, first Value, exact Input, dst reflect.Value, bad *fault) (*fault, error) {
	found := make([]candidate, len(p.object.probes))
	err := exact.Range(Only(f.source), func(source int, name string, v Value) {
		p.object.offer(found, source, name, v)
	})
	if err != nil {
		return nil, p.unreadable(err)
	}
	second, _, worse := p.object.resolve(found, i, next)
	if worse != nil || !sameDoubles(first, second) {
		return bad, nil
	}
	return f.bind(second, dst), nil
}

// sameDoubles reports whether two values are the same to a reader that has
// only doubles for numbers.
func sameDoubles(a, b Value) bool {
	x, bad := a.natural()
	if bad != nil {
		return false
	}
	y, bad := b.natural()
	return bad == nil && reflect.DeepEqual(x, y)
}

// unreadable wraps the error of an input.
func (p *Plan) unreadable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("parameters of %s: %w", typeName(p.typ), err)
}
