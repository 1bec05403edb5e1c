package emulator

import (
	"maps"
	"slices"
	"strings"

	"github.com/cxhook/cxhook/internal/expr"
)

// lookup finds a parameter without regard to case.
func lookup(params map[string]any, name string) (any, bool) {
	if v, ok := params[name]; ok {
		return v, true
	}
	if key, ok := keyOf(params, name); ok {
		return params[key], true
	}
	return nil, false
}

// keyOf returns the spelling under which a parameter is kept.
func keyOf(params map[string]any, name string) (string, bool) {
	if _, ok := params[name]; ok {
		return name, true
	}
	for k := range params {
		if len(k) == len(name) && strings.EqualFold(k, name) {
			return k, true
		}
	}
	return name, false
}

// assign sets a parameter; nil forgets it.
func assign(params map[string]any, name string, v any) {
	key, _ := keyOf(params, name)
	if v == nil {
		delete(params, key)
		return
	}
	params[key] = v
}

// scoped takes the scope off a parameter's name: forms may fill parameters of
// the flow, named "$flow.x", and those of the session by either name.
func scoped(name string) (bare string, flow bool) {
	if bare, ok := strings.CutPrefix(name, "$flow."); ok {
		return bare, true
	}
	return strings.TrimPrefix(name, "$session.params."), false
}

// value returns what a parameter of the session or the flow holds.
func (f *frame) value(name string, session map[string]any) (any, bool) {
	bare, flow := scoped(name)
	if flow {
		return lookup(f.vars, bare)
	}
	return lookup(session, bare)
}

// set gives a parameter of the session or the flow a value; nil forgets it.
func (s *Session) set(name string, v any) {
	bare, flow := scoped(name)
	if flow {
		assign(s.at.vars, bare, v)
		return
	}
	assign(s.params, bare, v)
}

// assignTarget sets what the left side of a preset names.
func assignTarget(params map[string]any, t *expr.Target, v any) {
	if len(t.Path) == 0 {
		assign(params, t.Name, v)
		return
	}
	old, _ := lookup(params, t.Name)
	assign(params, t.Name, withPath(old, t.Path, v))
}

// withPath returns a copy of v with the value at the path replaced; nil
// removes a field. What the path needs and v does not have is made.
func withPath(v any, path []any, value any) any {
	if len(path) == 0 {
		return value
	}
	switch key := path[0].(type) {
	case string:
		old, _ := v.(map[string]any)
		m := maps.Clone(old)
		if m == nil {
			m = make(map[string]any)
		}
		if inner := withPath(m[key], path[1:], value); inner == nil {
			delete(m, key)
		} else {
			m[key] = inner
		}
		return m
	case int:
		old, _ := v.([]any)
		list := slices.Clone(old)
		if key < 0 || key > len(list) {
			return v
		}
		if key == len(list) {
			list = append(list, nil)
		}
		list[key] = withPath(list[key], path[1:], value)
		return list
	}
	return v
}
