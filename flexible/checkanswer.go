package flexible

import (
	"fmt"
	"reflect"
	"time"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

// answer compares what is taken from the answer with Out.
func (c *checker) answer(t reflect.Type) {
	if err := unencodable(t, map[reflect.Type]bool{}); err != nil {
		c.failf("", -1, "the answer type: %w", err)
	}
	f := follower{root: t}
	for _, m := range c.w.mappings {
		field := fmt.Sprintf("parameterMapping[%q]", m.target)
		if err := f.follow(t, m.path.path.Steps(), producible); err != nil {
			c.failf(field, -1, "the answer type does not produce %s: %w", m.path, err)
		}
	}
}

// follower walks paths through the type of an answer.
type follower struct{ root reflect.Type }

// follow walks a path through a type and asks end about the type where it ends,
// unless that is known only when there is a value.
func (f *follower) follow(t reflect.Type, steps []jsonpath.Step, end func(reflect.Type) error) error {
	t = deref(t)
	isTime := t == reflect.TypeFor[time.Time]()
	if t.Kind() == reflect.Interface || (implements(t, jsonMarshaler) && !isTime) {
		return nil
	}
	if len(steps) == 0 {
		return end(t)
	}
	if implements(t, textMarshaler) {
		return fmt.Errorf("%v is a string", t)
	}
	s := steps[0]
	if s.Kind == jsonpath.StepWithin {
		return nil // anything may be found somewhere
	}
	switch t.Kind() {
	case reflect.Struct:
		return f.structure(t, s, steps[1:], end)
	case reflect.Map:
		if s.Kind == jsonpath.StepName || s.Kind == jsonpath.StepAny {
			return f.within(t.Elem(), s, steps[1:], end)
		}
		return fmt.Errorf("%v is an object, the path wants a list", t)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
			return fmt.Errorf("%v is a string", t)
		}
		if s.Kind == jsonpath.StepName {
			return fmt.Errorf("%v is a list, the path wants its field %q", t, s.Name)
		}
		return f.within(t.Elem(), s, steps[1:], end)
	}
	return fmt.Errorf("%v has nothing within", t)
}

// within goes on with a value that step s may select, if the filters of s can
// test it.
func (f *follower) within(t reflect.Type, s jsonpath.Step, rest []jsonpath.Step, end func(reflect.Type) error) error {
	for i := range s.Asks {
		ask := &s.Asks[i]
		from := t
		if ask.Root {
			from = f.root
		}
		mayEqual := func(t reflect.Type) error {
			if ask.Literally && !compares(t, ask.Literal) {
				return fmt.Errorf("%v is never equal to the %T in the path", t, ask.Literal)
			}
			return nil
		}
		if err := f.follow(from, ask.Steps, mayEqual); err != nil {
			return fmt.Errorf("a filter asks in vain: %w", err)
		}
	}
	return f.follow(t, rest, end)
}

func (f *follower) structure(t reflect.Type, s jsonpath.Step, rest []jsonpath.Step, end func(reflect.Type) error) error {
	var last error
	switch s.Kind {
	case jsonpath.StepIndex, jsonpath.StepItems:
		return fmt.Errorf("%v is an object, the path wants a list", t)
	case jsonpath.StepAny:
		last = fmt.Errorf("%v has no fields", t)
	case jsonpath.StepName:
		last = fmt.Errorf("%v has no field %q", t, s.Name)
	}
	for _, field := range wireFields(t) {
		if s.Kind == jsonpath.StepName && field.name != s.Name {
			continue
		}
		if last = f.within(field.typ, s, rest, end); last == nil {
			return nil
		}
	}
	return last
}

// compares reports whether the JSON of a t can be of the kind of a literal.
func compares(t reflect.Type, literal any) bool {
	k := t.Kind()
	text := implements(t, textMarshaler) || k == reflect.String || k == reflect.Slice && t.Elem().Kind() == reflect.Uint8
	switch literal.(type) {
	case string:
		return text
	case bool:
		return k == reflect.Bool && !text
	case float64:
		return k >= reflect.Int && k <= reflect.Float64 && !text
	}
	return true // what is null depends on the value
}

// producible refuses types that JSON has no value for.
func producible(t reflect.Type) error { return unencodable(t, map[reflect.Type]bool{}) }
