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
}

// parseTag reads [source:]name[,required].
func parseTag(text string, lv level, c *Config) (t tag, err error) {
	name, options, more := strings.Cut(text, ",")
	if more {
		for option := range strings.SplitSeq(options, ",") {
			if option != "required" || t.required {
				return t, fmt.Errorf("unknown or repeated option %q, want required", option)
			}
			t.required = true
		}
	}
	if lv == nested {
		t.name = name
	} else if t.source, t.name, err = ParseName(name, c.Sources); err != nil {
		return t, err
	}
	if t.name == "" || t.name != strings.TrimSpace(t.name) {
		return t, fmt.Errorf("name %q is empty or has space around it", t.name)
	}
	return t, nil
}

// ParseName takes [source:]name apart. Without a source it is the first of
// sources.
func ParseName(text string, sources []string) (source int, name string, err error) {
	prefix, rest, ok := strings.Cut(text, ":")
	if !ok {
		return 0, text, nil
	}
	if source = slices.Index(sources, prefix); source < 0 {
		return 0, "", fmt.Errorf("unknown source %q, want one of %s", prefix, strings.Join(sources, ", "))
	}
	return source, rest, nil
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
	return tag{name: name}, true, nil
}
