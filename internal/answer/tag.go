package answer

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// fieldOf reads the tags of a field: its name from the cx tag, else from the
// json tag, else its own; its options from the json tag.
func fieldOf(sf reflect.StructField, top bool) (field, error) {
	fd := field{name: sf.Name}
	jsonTag, _ := sf.Tag.Lookup("json")
	name, options, _ := strings.Cut(jsonTag, ",")
	for option := range strings.SplitSeq(options, ",") {
		fd.omitEmpty = fd.omitEmpty || option == "omitempty"
		fd.omitZero = fd.omitZero || option == "omitzero"
		fd.quoted = fd.quoted || option == "string"
	}
	if tag, ok := sf.Tag.Lookup("cx"); ok {
		if tag != "-" && !sf.IsExported() {
			return fd, fmt.Errorf("it is not exported, but has a tag")
		}
		return fd, fd.readTag(tag, top)
	}
	if top {
		return fd, nil
	}
	fd.leftOut = jsonTag == "-"
	if name != "" {
		fd.name, fd.tagged = name, true
	}
	return fd, nil
}

// readTag reads the cx tag, [source:]name[,required][,string], by the grammar
// of the binder. Fields of structs inside of values have no source.
func (fd *field) readTag(tag string, top bool) error {
	if tag == "-" {
		fd.leftOut = true
		return nil
	}
	name, options, more := strings.Cut(tag, ",")
	if more {
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "required":
			case "string":
				fd.quoted = true
			default:
				return fmt.Errorf("cx tag has the unknown option %q, want required or string; omitempty belongs into the json tag", option)
			}
		}
	}
	if source, rest, ok := strings.Cut(name, ":"); ok {
		known := slices.Contains([]string{"session", "intent", "intent-original", "form", "payload"}, source)
		switch {
		case top && !known:
			return fmt.Errorf("cx tag has the unknown source %q", source)
		case top:
			fd.leftOut = source != "session"
			name = rest
		case known:
			return fmt.Errorf("cx tag %q gives a source, which only the fields of the outermost struct have", name)
		}
	}
	switch {
	case name == "":
		return fmt.Errorf("cx tag %q has an empty name", tag)
	case name != strings.TrimSpace(name):
		return fmt.Errorf("cx tag has the name %q, which has space around it", name)
	}
	fd.name, fd.tagged = name, true
	return nil
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
