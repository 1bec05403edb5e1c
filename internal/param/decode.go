package param

import (
	"fmt"
	"reflect"
)

// Decoder reads single values into one Go type by the rules of nested fields.
// It is safe for concurrent use.
type Decoder struct {
	typ  reflect.Type
	node *node
}

// NewDecoder makes the decoder of a type. It fails on types that cannot be
// bound. Sources and Untagged of the config do not matter.
func NewDecoder(t reflect.Type, config *Config) (*Decoder, error) {
	c := compiler{config: config, nodes: make(map[reflect.Type]*node)}
	n, err := c.node(t)
	if err != nil {
		return nil, err
	}
	return &Decoder{typ: t, node: n}, nil
}

// Decode sets what dst points to. Null leaves it as it is. A value that does
// not fit is an [*Error] with the source and the name given, which are for
// its text only; a dst that does not fit the decoder is an error of another
// type.
func (d *Decoder) Decode(dst any, v Value, source, name string) error {
	ptr := reflect.ValueOf(dst)
	if ptr.Kind() != reflect.Pointer || ptr.IsNil() || ptr.Type().Elem() != d.typ {
		return fmt.Errorf("want a pointer to %s, have %s", typeName(d.typ), typeName(reflect.TypeOf(dst)))
	}
	if bad := d.node.set(v, ptr.Elem()); bad != nil {
		return &Error{Source: source, Name: name + bad.path, Err: bad}
	}
	return nil
}

// Lookup returns the value of a name in a source of an input, by the rules of
// names. One that is not there is null. The error is an [*Error], with the
// source's name given for its text, or the input's own.
func Lookup(in Input, source int, sourceName, name string) (Value, error) {
	var o object
	o.addProbes(name, 0, source)
	found := make([]candidate, len(o.probes))
	finder, ok := in.(Finder)
	if ok {
		found[0].value, ok = finder.Find(source, name)
		if ok && !found[0].value.absent() {
			return found[0].value, nil
		}
		found[0] = candidate{}
	}
	err := in.Range(Only(source), func(source int, n string, m Value) {
		o.offer(found, source, n, m)
	})
	if err != nil {
		return Value{}, err
	}
	v, _, bad := o.resolve(found, 0, 0)
	if bad != nil {
		return Value{}, &Error{Source: sourceName, Name: name, Err: bad}
	}
	return v, nil
}
