package flexible

import (
	"fmt"
	"reflect"
	"strings"
)

// The sources of request fields, as the cx tag names them.
const (
	sourceBody  = "body"
	sourceQuery = "query"
	sourcePath  = "path"
)

// requestField is one tagged field of a request type.
type requestField struct {
	source   string
	name     string // in the source
	param    string // what feeds it: a parameter name or a reference
	required bool
	field    string // in Go, with its type
	typ      reflect.Type
	inner    []requestField // of a struct whose fields come from several parameters
}

// requestFields returns the tagged fields of a request type.
func requestFields(t reflect.Type) ([]requestField, error) {
	t, ok := structOf(t)
	if !ok {
		return nil, fmt.Errorf("flexible: the request type is %s, want a struct", t)
	}
	return taggedFields(t, map[reflect.Type]bool{})
}

// taggedFields reads the tags of t; open holds the types around it.
func taggedFields(t reflect.Type, open map[reflect.Type]bool) ([]requestField, error) {
	if open[t] {
		return nil, fmt.Errorf("flexible: type %s holds itself and has fields tagged param", t)
	}
	open[t] = true
	defer delete(open, t)
	var fields []requestField
	seen := map[string]string{}
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, ok := sf.Tag.Lookup("cx")
		if !ok || tag == "-" {
			continue
		}
		f, err := parseField(t, sf, tag)
		if err != nil {
			return nil, err
		}
		if f.source != sourceBody && len(open) > 1 {
			return nil, fmt.Errorf("flexible: field %s: only a body has fields within a struct", f.field)
		}
		key := f.source + ":" + f.name
		if other, dup := seen[key]; dup {
			return nil, fmt.Errorf("flexible: %s and %s have the same name", other, f.field)
		}
		seen[key] = f.field
		if _, named := sf.Tag.Lookup("param"); !named && f.source == sourceBody {
			if inner, ok := structOf(sf.Type); ok && tagged(inner, "param", map[reflect.Type]bool{}) {
				if f.inner, err = taggedFields(inner, open); err != nil {
					return nil, err
				}
			}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func parseField(t reflect.Type, sf reflect.StructField, tag string) (requestField, error) {
	f := requestField{source: sourceBody, field: t.Name() + "." + sf.Name, typ: sf.Type}
	name, option, hasOption := strings.Cut(tag, ",")
	if source, rest, ok := strings.Cut(name, ":"); ok {
		f.source, name = source, rest
	}
	f.name, f.required = name, option == "required"
	switch {
	case !sf.IsExported():
		return f, fmt.Errorf("flexible: field %s is tagged but not exported", f.field)
	case f.source != sourceBody && f.source != sourceQuery && f.source != sourcePath:
		return f, fmt.Errorf("flexible: field %s: the source is %q, want body, query or path", f.field, f.source)
	case f.name == "":
		return f, fmt.Errorf("flexible: field %s: the tag has no name", f.field)
	case hasOption && !f.required:
		return f, fmt.Errorf("flexible: field %s: the tag has the option %q, want required", f.field, option)
	}
	f.param = name
	if param, ok := sf.Tag.Lookup("param"); ok {
		f.param = param
	}
	return f, nil
}
