package expr

import (
	"maps"
	"slices"
)

func sortedKeys(m map[string]any) []string {
	return slices.Sorted(maps.Keys(m))
}

// A Value is a JSON value whose strings are templates: a preset, a payload,
// the metadata of a handoff. It is read once and evaluated often.
type Value struct {
	constant any // when nothing in it is to be evaluated
	template *Template
	items    []*Value
	fields   map[string]*Value
}

// ParseValue reads a value. Keys of objects are plain; they are never
// evaluated. The only error is a *LimitError.
func ParseValue(v any) (*Value, error) {
	return parseValue(v, 0)
}

func parseValue(v any, depth int) (*Value, error) {
	if depth > MaxDepth {
		return nil, &LimitError{What: "depth", Have: depth, Max: MaxDepth}
	}
	switch v := v.(type) {
	case string:
		t, err := ParseTemplate(v)
		if err != nil {
			return nil, err
		}
		if len(t.problems) == 0 && t.IsLiteral() {
			return &Value{constant: v}, nil
		}
		return &Value{template: t}, nil
	case []any:
		return parseList(v, depth)
	case map[string]any:
		return parseObject(v, depth)
	}
	return &Value{constant: v}, nil
}

func parseList(list []any, depth int) (*Value, error) {
	out, plain := &Value{items: make([]*Value, len(list))}, true
	for i, item := range list {
		v, err := parseValue(item, depth+1)
		if err != nil {
			return nil, err
		}
		out.items[i], plain = v, plain && v.plain()
	}
	if plain {
		return &Value{constant: list}, nil
	}
	return out, nil
}

func parseObject(object map[string]any, depth int) (*Value, error) {
	out, plain := &Value{fields: make(map[string]*Value, len(object))}, true
	for k, field := range object {
		v, err := parseValue(field, depth+1)
		if err != nil {
			return nil, err
		}
		out.fields[k], plain = v, plain && v.plain()
	}
	if plain {
		return &Value{constant: object}, nil
	}
	return out, nil
}

func (v *Value) plain() bool {
	return v.template == nil && v.items == nil && v.fields == nil
}

// Eval returns the value with every template in it evaluated by
// [Template.Value]. Parts without references are shared with the value that was read, not copied.
func (v *Value) Eval(env *Env, missing Missing) (any, error) {
	r := newRun(env)
	return v.eval(&r, missing)
}

func (v *Value) eval(r *run, missing Missing) (any, error) {
	switch {
	case v.template != nil:
		return v.template.value(r, missing)
	case v.items != nil:
		out := make([]any, len(v.items))
		for i, item := range v.items {
			value, err := item.eval(r, missing)
			if err != nil {
				return nil, err
			}
			out[i] = value
		}
		return out, r.spend(len(out))
	case v.fields != nil:
		out := make(map[string]any, len(v.fields))
		for _, k := range slices.Sorted(maps.Keys(v.fields)) { // in order: calls are reported as they run
			value, err := v.fields[k].eval(r, missing)
			if err != nil {
				return nil, err
			}
			out[k] = value
		}
		return out, r.spend(len(out))
	}
	return v.constant, nil
}

// Problems returns those of all templates in the value, in the order of their keys.
func (v *Value) Problems() []*SyntaxError {
	switch {
	case v.template != nil:
		return v.template.Problems()
	case v.items != nil:
		var all []*SyntaxError
		for _, item := range v.items {
			all = append(all, item.Problems()...)
		}
		return all
	}
	var all []*SyntaxError
	for _, k := range slices.Sorted(maps.Keys(v.fields)) {
		all = append(all, v.fields[k].Problems()...)
	}
	return all
}
