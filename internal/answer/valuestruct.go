package answer

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"

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
	quoted    bool // the string option of either tag
}

// rule says which fields of a struct are written, and by which names.
type rule struct {
	typ reflect.Type
	// top: tags name sources, and untagged fields are left out. Otherwise the
	// json tag and the field's own name stand in for the tag.
	top bool
}

// structure encodes a struct.
func (e *encoder) structure(v reflect.Value, r rule, level int) (*structpb.Value, *Fault) {
	p := e.plan(r)
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
	switch {
	case speaks(v):
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

func (e *encoder) plan(r rule) *plan {
	if p := e.plans[r]; p != nil {
		return p
	}
	if e.plans == nil {
		e.plans = make(map[rule]*plan)
	}
	p := newPlan(r)
	e.plans[r] = p
	return p
}

// newPlan lists the fields of a struct type and of the structs embedded in it.
// Of several fields of one name the one least deep counts, as in Go; two at
// the same depth are a fault.
func newPlan(r rule) *plan {
	p := new(plan)
	leftOut, err := p.collect(r, nil, nil)
	switch {
	case err != nil:
		p.fault = fault("", fmt.Errorf("%w: %s: %w", ErrUnsupported, typeName(r.typ), err))
		return p
	case len(p.fields) == 0 && r.typ.NumField() > 0 && r.top:
		p.fault = fault("", Say(ErrUnsupported, "no field of %s has a cx tag for a session parameter: "+
			`tag the fields to set, such as cx:"size", or give a map; json tags name none here`, typeName(r.typ)))
		return p
	case len(p.fields) == 0 && r.typ.NumField() > 0 && !leftOut:
		p.fault = fault("", fmt.Errorf("%w: %s has no exported fields", ErrUnsupported, typeName(r.typ)))
		return p
	}
	slices.SortStableFunc(p.fields, func(a, b field) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)))
	})
	kept := p.fields[:0]
	for i, fd := range p.fields {
		if n := len(kept); n > 0 && kept[n-1].name == fd.name {
			if len(kept[n-1].index) == len(fd.index) {
				p.fault = fault("", fmt.Errorf("%w: two fields of %s are named %q", ErrConflict, typeName(r.typ), fd.name))
				return p
			}
			continue
		}
		kept = append(kept, p.fields[i])
	}
	p.fields = kept
	return p
}

// collect adds the fields of a struct, which is embedded by way of the given
// types, and reports whether tags leave out some.
func (p *plan) collect(r rule, index []int, outer []reflect.Type) (leftOut bool, _ error) {
	if slices.Contains(outer, r.typ) {
		return false, nil
	}
	outer = append(slices.Clip(outer), r.typ)
	for i := range r.typ.NumField() {
		sf := r.typ.Field(i)
		fd, err := fieldOf(sf, r.top)
		if err != nil {
			return false, fmt.Errorf("field %s: %w", sf.Name, err)
		}
		fd.index = append(slices.Clip(index), i)
		embedded := structOf(sf.Type)
		switch {
		case fd.leftOut:
			leftOut = true
		case sf.Anonymous && !fd.tagged && embedded != nil:
			below, err := p.collect(rule{embedded, r.top}, fd.index, outer)
			if err != nil {
				return false, err
			}
			leftOut = leftOut || below
		case r.top && !fd.tagged:
			leftOut = true
		case sf.IsExported():
			p.fields = append(p.fields, fd)
		}
	}
	return leftOut, nil
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

// typeName returns the name of a struct type. One without a name is not
// written out.
func typeName(t reflect.Type) string {
	if t.Name() == "" {
		return "the struct"
	}
	return t.String()
}
