package flexible

import (
	"fmt"
	"reflect"
	"time"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

// answer compares what is taken from the answer with Out.
func (c *checker) answer(t reflect.Type) {
	for _, m := range c.w.mappings {
		field := fmt.Sprintf("parameterMapping[%q]", m.target)
		if err := follow(t, m.path.path.Steps()); err != nil {
			c.failf(field, -1, "the answer type does not produce %s: %w", m.path, err)
		}
	}
}

// follow walks a path through a type.
func follow(t reflect.Type, steps []jsonpath.Step) error {
	t = deref(t)
	isTime := t == reflect.TypeFor[time.Time]()
	if t.Kind() == reflect.Interface || (implements(t, jsonMarshaler) && !isTime) {
		return nil
	}
	if len(steps) == 0 {
		return producible(t)
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
		return followStruct(t, s, steps[1:])
	case reflect.Map:
		if s.Kind == jsonpath.StepName || s.Kind == jsonpath.StepAny {
			return follow(t.Elem(), steps[1:])
		}
		return fmt.Errorf("%v is an object, the path wants a list", t)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
			return fmt.Errorf("%v is a string", t)
		}
		if s.Kind == jsonpath.StepName {
			return fmt.Errorf("%v is a list, the path wants its field %q", t, s.Name)
		}
		return follow(t.Elem(), steps[1:])
	}
	return fmt.Errorf("%v has nothing within", t)
}

func followStruct(t reflect.Type, s jsonpath.Step, rest []jsonpath.Step) error {
	var last error
	switch s.Kind {
	case jsonpath.StepIndex, jsonpath.StepItems:
		return fmt.Errorf("%v is an object, the path wants a list", t)
	case jsonpath.StepAny:
		last = fmt.Errorf("%v has no fields", t)
	case jsonpath.StepName:
		last = fmt.Errorf("%v has no field %q", t, s.Name)
	}
	for _, f := range wireFields(t) {
		if s.Kind == jsonpath.StepName && f.name != s.Name {
			continue
		}
		if last = follow(f.typ, rest); last == nil {
			return nil
		}
	}
	return last
}

// producible refuses types that JSON has no value for.
func producible(t reflect.Type) error {
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("%v has no JSON", t)
	}
	return nil
}
