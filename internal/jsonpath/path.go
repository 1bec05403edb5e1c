package jsonpath

import (
	"maps"
	"slices"
)

// A Path is a JSONPath, ready for use.
type Path struct {
	segments []segment
	definite bool
}

// A segment selects from every value that the segments before it gave, and
// from all values below it when it is a descendant segment.
type segment struct {
	descendant bool
	selectors  []selector
}

type selectorKind uint8

const (
	byName selectorKind = iota
	byIndex
	byWildcard
	bySlice
	byFilter
)

type selector struct {
	kind   selectorKind
	name   string
	index  int
	slice  slice
	filter *test
}

// A slice is start:end:step; what was left out is nil, the step 1.
type slice struct {
	start, end *int
	step       int
}

// Definite says whether the path is of names and indexes only, and so selects
// at most one value.
func (p *Path) Definite() bool { return p.definite }

// Get returns the value of a definite path and whether it is there; or the
// list, never nil, of what any other path selects and whether that is not empty.
func (p *Path) Get(v any) (value any, found bool, err error) {
	if p.definite {
		value, found = p.single(v)
		return value, found, nil
	}
	list, err := p.Select(v)
	if err != nil {
		return nil, false, err
	}
	return list, len(list) > 0, nil
}

// Select returns all selected values, in the order of RFC 9535; an empty list
// if there are none.
func (p *Path) Select(v any) ([]any, error) {
	if p.definite {
		if value, found := p.single(v); found {
			return []any{value}, nil
		}
		return []any{}, nil
	}
	s := selection{root: v}
	out := s.query(p, v)
	if s.err != nil {
		return nil, s.err
	}
	if out == nil {
		out = []any{}
	}
	return out, nil
}

// single follows a definite path.
func (p *Path) single(v any) (any, bool) {
	for i := range p.segments {
		sel := &p.segments[i].selectors[0]
		ok := false
		if sel.kind == byName {
			object, _ := v.(map[string]any)
			v, ok = object[sel.name]
		} else {
			list, _ := v.([]any)
			v, ok = at(list, sel.index)
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}

// at returns an item; a negative index counts from the end.
func at(list []any, index int) (any, bool) {
	if index < 0 {
		index += len(list)
	}
	if index < 0 || index >= len(list) {
		return nil, false
	}
	return list[index], true
}

// A selection is one evaluation.
type selection struct {
	root  any
	steps int
	err   error
}

// step counts a value that is looked at; false means that there were too many.
func (s *selection) step() bool {
	s.steps++
	if s.steps > MaxSteps && s.err == nil {
		s.err = &LimitError{What: "steps", Have: s.steps, Max: MaxSteps}
	}
	return s.err == nil
}

func (s *selection) query(p *Path, v any) []any {
	values := []any{v}
	for i := range p.segments {
		seg := &p.segments[i]
		var next []any
		for _, value := range values {
			next = s.segment(next, seg, value)
			if s.err != nil {
				return nil
			}
		}
		values = next
	}
	return values
}

func (s *selection) segment(out []any, seg *segment, v any) []any {
	for i := range seg.selectors {
		out = s.selector(out, &seg.selectors[i], v)
	}
	if seg.descendant {
		s.children(v, func(child any) bool {
			out = s.segment(out, seg, child)
			return s.err == nil
		})
	}
	return out
}

// children calls f for each member or item, until it returns false.
func (s *selection) children(v any, f func(any) bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if !s.step() || !f(item) {
				return
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !s.step() || !f(v[k]) {
				return
			}
		}
	}
}

func (s *selection) selector(out []any, sel *selector, v any) []any {
	if !s.step() {
		return out
	}
	switch sel.kind {
	case byName:
		if object, ok := v.(map[string]any); ok {
			if value, ok := object[sel.name]; ok {
				out = s.add(out, value)
			}
		}
	case byIndex:
		if list, ok := v.([]any); ok {
			if value, ok := at(list, sel.index); ok {
				out = s.add(out, value)
			}
		}
	case byWildcard:
		s.children(v, func(child any) bool {
			out = s.add(out, child)
			return s.err == nil
		})
	case bySlice:
		if list, ok := v.([]any); ok {
			out = s.slice(out, sel.slice, list)
		}
	case byFilter:
		s.children(v, func(child any) bool {
			if sel.filter.holds(s, child) {
				out = s.add(out, child)
			}
			return s.err == nil
		})
	}
	return out
}

func (s *selection) add(out []any, v any) []any {
	if len(out) >= MaxResults {
		if s.err == nil {
			s.err = &LimitError{What: "results", Have: len(out) + 1, Max: MaxResults}
		}
		return out
	}
	return append(out, v)
}

func (s *selection) slice(out []any, c slice, list []any) []any {
	n := len(list)
	bound := func(p *int, missing, low, high int) int {
		if p == nil {
			return missing
		}
		i := *p
		if i < 0 {
			i += n
		}
		return min(max(i, low), high)
	}
	if c.step > 0 {
		start, end := bound(c.start, 0, 0, n), bound(c.end, n, 0, n)
		for i := start; i < end && s.step(); i += c.step {
			out = s.add(out, list[i])
		}
	} else if c.step < 0 {
		start, end := bound(c.start, n-1, -1, n-1), bound(c.end, -1, -1, n-1)
		for i := start; i > end && s.step(); i += c.step {
			out = s.add(out, list[i])
		}
	}
	return out
}
