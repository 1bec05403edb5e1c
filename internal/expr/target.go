package expr

import "strings"

// A Target is what a parameter preset sets.
type Target struct {
	Space string // Session, Flow or another space
	Name  string // the parameter, as written
	Path  []any  // the way into its value: names (string) and indexes (int); empty for the parameter itself
}

// ParseTarget reads the left side of a preset: a plain name, which is a
// session parameter and may hold dots; a reference, whose first field is the parameter and the rest the way into
// it; or NESTED_FIELD of a quoted reference and constant keys.
func ParseTarget(src string) (*Target, error) {
	if len(src) > MaxConditionBytes {
		return nil, &LimitError{What: "target bytes", Have: len(src), Max: MaxConditionBytes}
	}
	name := strings.TrimSpace(src)
	if name == "" {
		return nil, syntaxError(src, len(src), "a parameter")
	}
	if name[0] != '$' {
		return &Target{Space: Session, Name: name}, nil
	}
	e, end, err := readDollar(name, 0, 0)
	if err != nil {
		return nil, err
	}
	if e == nil || end < len(name) {
		return nil, syntaxError(name, end, "a reference and no more")
	}
	if call, ok := e.(*Call); ok {
		return nestedTarget(call)
	}
	return referenceTarget(e.(*Reference), src)
}

func referenceTarget(ref *Reference, src string) (*Target, error) {
	if len(ref.names) == 0 {
		return nil, syntaxError(src, len(src), "the name of a parameter")
	}
	t := &Target{Space: ref.space, Name: ref.names[0]}
	for _, s := range ref.steps[1:] {
		switch {
		case s.at != nil:
			return nil, syntaxError(src, ref.source, "indexes that are numbers")
		case s.field != "":
			t.Path = append(t.Path, s.field)
		default:
			t.Path = append(t.Path, s.index)
		}
	}
	return t, nil
}

func nestedTarget(call *Call) (*Target, error) {
	expected := `NESTED_FIELD("$reference", "key")`
	if call.name != "NESTED_FIELD" || len(call.args) < 2 {
		return nil, syntaxError(call.source, 0, expected)
	}
	ref, ok := call.args[0].(*Reference)
	if t, quoted := call.args[0].(*text); quoted {
		if p, single := t.Single(); single {
			ref, ok = p.ref, p.ref != nil
		}
	}
	if !ok {
		return nil, syntaxError(call.source, 0, expected)
	}
	target, err := referenceTarget(ref, call.source)
	if err != nil {
		return nil, err
	}
	for _, a := range call.args[1:] {
		key, ok := a.(*text)
		if !ok || !key.IsLiteral() {
			return nil, syntaxError(call.source, 0, "keys that are texts")
		}
		name, indexes, err := splitKey(key.src)
		if err != nil {
			return nil, syntaxError(call.source, 0, "keys such as a or c[0]")
		}
		if name != "" || len(indexes) == 0 {
			target.Path = append(target.Path, name)
		}
		for _, i := range indexes {
			target.Path = append(target.Path, i)
		}
	}
	return target, nil
}
