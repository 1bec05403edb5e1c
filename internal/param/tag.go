package param

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// level says which rules a struct's fields follow.
type level uint8

const (
	top    level = iota // tags name sources, untagged fields are left alone
	eager               // tags name sources, untagged fields are bound
	nested              // tags name no sources, untagged fields are bound
)

// tag is what a field says about its value.
type tag struct {
	source   int
	name     string
	required bool
	quoted   bool // a number or boolean may come as the text of its JSON
}

// parseTag reads [source:]name[,required][,string].
func parseTag(text string, lv level, c *Config) (t tag, err error) {
	name, options, more := strings.Cut(text, ",")
	if more {
		for option := range strings.SplitSeq(options, ",") {
			switch {
			case option == "required" && !t.required:
				t.required = true
			case option == "string" && !t.quoted:
				t.quoted = true
			default:
				return t, fmt.Errorf("unknown or repeated option %q, want required or string", option)
			}
		}
	}
	if lv != nested {
		t.source, t.name, err = ParseName(name, c.Sources)
		return t, err
	}
	if prefix, _, ok := strings.Cut(name, ":"); ok && slices.Contains(c.Sources, prefix) {
		return t, fmt.Errorf("name %q gives a source, which only the fields of the outermost struct have", name)
	}
	t.name = name
	return t, checkName(name, name)
}

// ParseName takes [source:]name apart. Without a source it is the first of
// sources.
func ParseName(text string, sources []string) (source int, name string, err error) {
	prefix, rest, ok := strings.Cut(text, ":")
	if !ok {
		return 0, text, checkName(text, text)
	}
	if source = slices.Index(sources, prefix); source < 0 {
		return 0, "", fmt.Errorf("unknown source %q, want one of %s", prefix, strings.Join(sources, ", "))
	}
	return source, rest, checkName(rest, text)
}

// checkName refuses names that nothing has. They are told with what is before
// them.
func checkName(name, text string) error {
	switch {
	case name == "":
		return fmt.Errorf("name %q is empty", text)
	case name != strings.TrimSpace(name):
		return fmt.Errorf("name %q has space around it", text)
	}
	return nil
}

// fieldTag decides whether and by what name a field is bound.
func fieldTag(f reflect.StructField, lv level, c *Config) (t tag, bound bool, err error) {
	text, ok := f.Tag.Lookup(c.Tag)
	switch {
	case text == "-":
		return t, false, nil
	case ok && !f.IsExported():
		return t, false, fmt.Errorf("the field is not exported, but has a tag")
	case ok:
		t, err = parseTag(text, lv, c)
		if err == nil && t.quoted && !quotable(f.Type) {
			err = fmt.Errorf("the option string is for numbers and booleans, not for %s", typeName(f.Type))
		}
		t.quoted = t.quoted || jsonString(f)
		return t, err == nil, err
	case lv == top || !f.IsExported():
		return t, false, nil
	}
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch name {
	case "-":
		return t, false, nil
	case "":
		name = f.Name
	}
	return tag{name: name, quoted: jsonString(f)}, true, nil
}

// jsonString reports whether the json tag of a field has the option string and
// the type is one that it is for. What is written that way can be read again.
func jsonString(f reflect.StructField) bool {
	_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return quotable(f.Type) && slices.Contains(strings.Split(options, ","), "string")
}

// quotable reports whether t, or what it points to, is a number or a boolean
// without a reading of its own.
func quotable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == typeNumber {
		return true
	}
	if special(t) != nil {
		return false
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

// typeName returns the name of a type for faults of the program. Structs
// without a name are not written out.
func typeName(t reflect.Type) string {
	if t == nil || t.Name() != "" {
		return fmt.Sprint(t)
	}
	switch t.Kind() {
	case reflect.Struct:
		return "struct{…}"
	case reflect.Pointer:
		return "*" + typeName(t.Elem())
	case reflect.Slice:
		return "[]" + typeName(t.Elem())
	case reflect.Map:
		return "map[" + typeName(t.Key()) + "]" + typeName(t.Elem())
	}
	return t.String()
}
