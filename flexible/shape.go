package flexible

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// wireField is one JSON field of a Go struct, as encoding/json sees it.
type wireField struct {
	name  string // in JSON
	typ   reflect.Type
	tag   reflect.StructTag
	field string // in Go
	index []int
	depth int
	named bool // by a tag
}

// wireFields returns the JSON fields of a struct type in their order: those
// of embedded structs too, the shallowest of a name, and of several equally
// deep the one that a tag names, or none.
func wireFields(t reflect.Type) []wireField {
	all := collectFields(t, nil, nil, map[reflect.Type]bool{})
	best := map[string][]wireField{}
	for _, f := range all {
		old := best[f.name]
		switch {
		case len(old) == 0 || beats(f, old[0]):
			best[f.name] = []wireField{f}
		case !beats(old[0], f):
			best[f.name] = append(old, f)
		}
	}
	var kept []wireField
	for _, f := range all {
		if b := best[f.name]; len(b) == 1 && b[0].field == f.field && b[0].depth == f.depth {
			kept = append(kept, f)
		}
	}
	return kept
}

func beats(a, b wireField) bool {
	return a.depth < b.depth || (a.depth == b.depth && a.named && !b.named)
}

func collectFields(t reflect.Type, index []int, out []wireField, open map[reflect.Type]bool) []wireField {
	if open[t] {
		return out
	}
	open[t] = true
	defer delete(open, t)
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		at := append(slices.Clip(index), i)
		inner := deref(f.Type)
		if f.Anonymous && name == "" && inner.Kind() == reflect.Struct {
			out = collectFields(inner, at, out, open)
			continue
		}
		if !f.IsExported() || tag == "-" {
			continue
		}
		w := wireField{name: f.Name, typ: f.Type, tag: f.Tag, field: f.Name, index: at, depth: len(index)}
		if name != "" {
			w.name, w.named = name, true
		}
		if slices.Contains(strings.Split(options, ","), "string") && isScalar(inner) {
			w.typ = reflect.TypeFor[string]()
		}
		out = append(out, w)
	}
	return out
}

// isScalar reports whether the option string of a json tag changes t.
func isScalar(t reflect.Type) bool {
	k := t.Kind()
	return k >= reflect.Bool && k <= reflect.Float64 || k == reflect.String
}

// unencodable returns why no value of t is JSON, or nil; open holds the types
// around.
func unencodable(t reflect.Type, open map[reflect.Type]bool) error {
	t = deref(t)
	if open[t] || implements(t, jsonMarshaler) || implements(t, textMarshaler) {
		return nil
	}
	open[t] = true
	defer delete(open, t)
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("%v has no JSON", t)
	case reflect.Slice, reflect.Array:
		return unencodable(t.Elem(), open)
	case reflect.Map:
		k := t.Key()
		if k.Kind() != reflect.String && (k.Kind() < reflect.Int || k.Kind() > reflect.Uintptr) && !k.Implements(textMarshaler) {
			return fmt.Errorf("%v has no JSON: a key of JSON is a text", t)
		}
		return unencodable(t.Elem(), open)
	case reflect.Struct:
		for _, f := range wireFields(t) {
			if err := unencodable(f.typ, open); err != nil {
				return fmt.Errorf("field %s: %w", f.field, err)
			}
		}
	}
	return nil
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func implements(t, iface reflect.Type) bool {
	return t.Implements(iface) || reflect.PointerTo(t).Implements(iface)
}

// structOf returns the struct type behind t if its JSON is that of its
// fields.
func structOf(t reflect.Type) (reflect.Type, bool) {
	t = deref(t)
	return t, t.Kind() == reflect.Struct && !implements(t, jsonMarshaler) && !implements(t, textMarshaler)
}

// tagged reports whether t or a struct within it has a field with the param
// tag; open holds the types around.
func tagged(t reflect.Type, open map[reflect.Type]bool) bool {
	t = deref(t)
	if t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		return tagged(t.Elem(), open)
	}
	t, ok := structOf(t)
	if !ok || open[t] {
		return false
	}
	open[t] = true
	defer delete(open, t)
	for i := range t.NumField() {
		f := t.Field(i)
		if _, has := f.Tag.Lookup("param"); has || tagged(f.Type, open) {
			return true
		}
	}
	return false
}
