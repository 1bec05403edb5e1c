package param

import "reflect"

// Field is what a struct binds from one value, for those who describe a
// source or compare one with the struct.
type Field struct {
	Source   int // its place in [Config.Sources]; 0 below the top
	Name     string
	Required bool
	Go       reflect.StructField
	Shape    Shape
}

// Shape is what a Go type reads.
type Shape struct {
	n      *node
	quoted bool // strings are taken for what is in them
}

// Fields returns the fields of the plan in the order of the struct.
func (p *Plan) Fields() []Field { return p.object.list(p.typ) }

// Shape returns what the decoder reads.
func (d *Decoder) Shape() Shape { return Shape{n: d.node} }

func (o *object) list(t reflect.Type) []Field {
	fields := make([]Field, len(o.fields))
	for i, f := range o.fields {
		fields[i] = Field{
			Source: f.source, Name: f.name, Required: f.required,
			Go: t.FieldByIndex(f.index), Shape: Shape{f.node, f.quoted},
		}
	}
	return fields
}

// target returns the node behind pointers.
func (s Shape) target() *node {
	n := s.n
	for n.elem != nil && n.typ.Kind() == reflect.Pointer {
		n = n.elem
	}
	return n
}

// Fields returns the fields of a struct that is read member by member, and
// whether the type is one.
func (s Shape) Fields() ([]Field, bool) {
	n := s.target()
	if n.object == nil {
		return nil, false
	}
	return n.object.list(n.typ), true
}

// Elem returns what the elements of a list or the members of a map are read
// into, and whether the type is one of these.
func (s Shape) Elem() (Shape, bool) {
	n := s.target()
	return Shape{n: n.elem}, n.elem != nil
}

// Bind says why the field cannot be bound from v, or nil. That it must have a
// value is part of it.
func (f *Field) Bind(v Value) error {
	if err := f.Shape.Bind(v); err != nil {
		return err
	}
	if f.Required && v.untext(f.Shape.n).absent() {
		return missingFault()
	}
	return nil
}

// Bind says why the type cannot be bound from v, or nil.
func (s Shape) Bind(v Value) error {
	var bad *fault
	if s.quoted {
		v, bad = v.unquoted()
	}
	if bad == nil {
		bad = s.n.set(v, reflect.New(s.n.typ).Elem())
	}
	if bad == nil {
		return nil
	}
	return bad
}

// Reads reports whether the type reads values of the kind of v. Whether it
// reads v itself may depend on more, such as the range of a number.
func (s Shape) Reads(v Value) bool {
	n, k := s.target(), v.kind()
	if k == kindNull || n.reader != nil || s.quoted && k == kindString {
		return true
	}
	switch n.typ {
	case typeTime, reflect.PointerTo(typeLocation):
		return k == kindString
	case typeDuration:
		return k == kindString || k == kindObject
	case typeNumber:
		return k == kindNumber
	case typeRaw:
		return true
	}
	switch pointer := reflect.PointerTo(n.typ); {
	case pointer.Implements(typeJSONUnmarshaler):
		return true
	case pointer.Implements(typeTextUnmarshaler):
		return k == kindString
	}
	switch n.typ.Kind() {
	case reflect.Interface:
		return true
	case reflect.String:
		return k == kindString
	case reflect.Bool:
		return k == kindBool
	case reflect.Slice:
		return k == kindList
	case reflect.Struct, reflect.Map:
		return k == kindObject
	}
	return k == kindNumber
}
