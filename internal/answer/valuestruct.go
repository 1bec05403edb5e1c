package answer

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
)

// plan is how the fields of one struct type are written.
type plan struct {
	fields []field
	fault  *Fault // the type itself is at fault
}

// field is one field of a plan.
type field struct {
	name      string
	index     []int // as reflect's FieldByIndex
	tagged    bool  // a tag gives the name
	leftOut   bool  // a tag says that it is not written
	omitEmpty bool
	omitZero  bool
	quoted    bool // the json tag's string option
}

// structure encodes a struct.
func (e *encoder) structure(v reflect.Value, level int) (*structpb.Value, *Fault) {
	p := e.plan(v.Type())
	if p.fault != nil {
		return nil, p.fault
	}
	fields := make(map[string]*structpb.Value, len(p.fields))
	for i := range p.fields {
		fd := &p.fields[i]
		fv, err := v.FieldByIndexErr(fd.index)
		if err != nil { // below an embedded nil pointer
			continue
		}
		if fd.omitEmpty && isEmpty(fv) || fd.omitZero && isZero(fv) {
			continue
		}
		encode := e.element
		if fd.quoted {
			encode = e.quoted
		}
		item, f := encode(fv, level+1)
		if f != nil {
			return nil, f.In(Key(fd.name))
		}
		fields[fd.name] = item
	}
	return structpb.NewStructValue(&structpb.Struct{Fields: fields}), nil
}

// quoted encodes what the string option of a json tag is for, numbers and
// booleans, as the text of their JSON, and everything else as usual.
func (e *encoder) quoted(v reflect.Value, level int) (*structpb.Value, *Fault) {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	_, marshals := method(v, jsonMarshaler)
	_, speaks := method(v, textMarshaler)
	switch {
	case marshals, speaks:
	case v.CanInt():
		return structpb.NewStringValue(strconv.FormatInt(v.Int(), 10)), nil
	case v.CanUint():
		return structpb.NewStringValue(strconv.FormatUint(v.Uint(), 10)), nil
	case v.Kind() == reflect.Bool:
		return structpb.NewStringValue(strconv.FormatBool(v.Bool())), nil
	case v.CanFloat():
		if f := checkNumber(v.Float()); f != nil {
			return nil, f
		}
		return structpb.NewStringValue(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())), nil
	}
	return e.element(v, level)
}

func (e *encoder) plan(t reflect.Type) *plan {
	if p := e.plans[t]; p != nil {
		return p
	}
	if e.plans == nil {
		e.plans = make(map[reflect.Type]*plan)
	}
	p := newPlan(t)
	e.plans[t] = p
	return p
}

// newPlan lists the fields of a struct type and of the structs embedded in it.
// Of several fields of one name the one least deep counts, as in Go; two at
// the same depth are a fault.
func newPlan(t reflect.Type) *plan {
	p := new(plan)
	leftOut, err := p.collect(t, nil, nil)
	if err != nil {
		p.fault = fault("", fmt.Errorf("%w: %s: %w", ErrUnsupported, t, err))
		return p
	}
	if len(p.fields) == 0 && t.NumField() > 0 && !leftOut {
		p.fault = fault("", fmt.Errorf("%w: %s has no exported fields", ErrUnsupported, t))
		return p
	}
	slices.SortStableFunc(p.fields, func(a, b field) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)))
	})
	kept := p.fields[:0]
	for i, fd := range p.fields {
		if n := len(kept); n > 0 && kept[n-1].name == fd.name {
			if len(kept[n-1].index) == len(fd.index) {
				p.fault = fault("", fmt.Errorf("%w: two fields of %s are named %q", ErrConflict, t, fd.name))
				return p
			}
			continue
		}
		kept = append(kept, p.fields[i])
	}
	p.fields = kept
	return p
}

// collect adds the fields of t, which is embedded by way of the given types,
// and reports whether tags leave out some.
func (p *plan) collect(t reflect.Type, index []int, outer []reflect.Type) (leftOut bool, _ error) {
	if slices.Contains(outer, t) {
		return false, nil
	}
	outer = append(slices.Clip(outer), t)
	for i := range t.NumField() {
		sf := t.Field(i)
		fd, err := fieldOf(sf)
		if err != nil {
			return false, fmt.Errorf("field %s: %w", sf.Name, err)
		}
		fd.index = append(slices.Clip(index), i)
		embedded := structOf(sf.Type)
		switch {
		case fd.leftOut:
			leftOut = true
		case sf.Anonymous && !fd.tagged && embedded != nil:
			below, err := p.collect(embedded, fd.index, outer)
			if err != nil {
				return false, err
			}
			leftOut = leftOut || below
		case sf.IsExported():
			p.fields = append(p.fields, fd)
		}
	}
	return leftOut, nil
}

// fieldOf reads the tags of a field.
func fieldOf(sf reflect.StructField) (field, error) {
	fd := field{name: sf.Name}
	if tag, ok := sf.Tag.Lookup("cx"); ok {
		err := fd.readTag(tag, sf.Tag.Get("json"))
		return fd, err
	}
	tag, ok := sf.Tag.Lookup("json")
	if !ok {
		return fd, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	fd.leftOut = tag == "-"
	fd.rename(name)
	for option := range strings.SplitSeq(options, ",") {
		fd.omitEmpty = fd.omitEmpty || option == "omitempty"
		fd.omitZero = fd.omitZero || option == "omitzero"
		fd.quoted = fd.quoted || option == "string"
	}
	return fd, nil
}

// readTag reads the cx tag, [source:]name[,option]…. Without a name in it the
// json tag's holds.
func (fd *field) readTag(tag, jsonTag string) error {
	name, options, more := strings.Cut(tag, ",")
	source, rest, found := strings.Cut(name, ":")
	if found {
		name = rest
		fd.leftOut = source != "session"
	}
	fd.leftOut = fd.leftOut || tag == "-"
	if name == "" {
		name, _, _ = strings.Cut(jsonTag, ",")
	}
	fd.rename(name)
	if !more {
		return nil
	}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			fd.omitEmpty = true
		case "omitzero":
			fd.omitZero = true
		case "required":
		default:
			return fmt.Errorf("cx tag has the unknown option %q", option)
		}
	}
	return nil
}

func (fd *field) rename(name string) {
	if name != "" {
		fd.name, fd.tagged = name, true
	}
}

// structOf returns the struct type that t is or points to, or nil.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// isEmpty is the emptiness of encoding/json's omitempty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// isZero is the zeroness of encoding/json's omitzero.
func isZero(v reflect.Value) bool {
	type zeroer interface{ IsZero() bool }
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return true
	}
	if m, ok := method(v, reflect.TypeFor[zeroer]()); ok {
		return m.(zeroer).IsZero()
	}
	return v.IsZero()
}
