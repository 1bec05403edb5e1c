package answer

import (
	"fmt"
	"reflect"
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

// readTag reads the cx tag, [source:]name[,required], by the grammar of the
// binder. Fields of structs inside of values have no source.
func (fd *field) readTag(tag string, top bool) error {
	if tag == "-" {
		fd.leftOut = true
		return nil
	}
	name, option, more := strings.Cut(tag, ",")
	if more && option != "required" {
		return fmt.Errorf("cx tag has the unknown option %q, want required; omitempty belongs into the json tag", option)
	}
	if source, rest, ok := strings.Cut(name, ":"); ok && top {
		switch source {
		case "session":
		case "intent", "intent-original", "form", "payload":
			fd.leftOut = true
		default:
			return fmt.Errorf("cx tag has the unknown source %q", source)
		}
		name = rest
	}
	if name == "" || name != strings.TrimSpace(name) {
		return fmt.Errorf("cx tag has the name %q, which is empty or has space around it", name)
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
