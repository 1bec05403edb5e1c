package nlu

// Extract finds the value of an entity type in a text: the first, and the
// longest that begins there or overlaps it. Where nothing in the text is surely a value, an
// entity type without a closed set of values, such as names, takes what is
// likely one.
func (m *Model) Extract(in Input, entityType string) (Value, bool) {
	s := m.begin(in)
	r := m.recogniser(entityType, s.lang)
	if in.DTMF {
		return m.extractDigits(in.Text, entityType)
	}
	if r == nil {
		return Value{}, false
	}
	h, ok := s.prompted(r, nil)
	if !ok {
		return Value{}, false
	}
	return s.value(h), true
}

// prompted finds the value that the user was asked for.
func (s *scan) prompted(r recogniser, taken []bool) (hit, bool) {
	s.assume = false
	if h, ok := s.best(r, taken); ok {
		return h, true
	}
	s.assume = true
	defer func() { s.assume = false }()
	return s.best(r, taken)
}

// ExtractAll finds every value of an entity type in a text, in its order.
// They do not overlap: the longer wins. Nothing is assumed.
func (m *Model) ExtractAll(in Input, entityType string) []Value {
	s := m.begin(in)
	r := m.recogniser(entityType, s.lang)
	if r == nil || in.DTMF {
		return nil
	}
	hits := s.all(r, nil)
	values := make([]Value, len(hits))
	for i, h := range hits {
		values[i] = s.value(h)
	}
	return values
}

// Fill finds the values of several parameters in a text, none of which share
// a word. The first parameter is the one that was prompted: it chooses first,
// and it alone takes what is only assumed, as by @sys.any. A list takes all
// values. Parameters without a value are not in the result, which is never
// nil.
func (m *Model) Fill(in Input, parameters []Parameter) map[string]Value {
	if in.DTMF {
		values := map[string]Value{}
		if len(parameters) > 0 {
			p := parameters[0]
			if v, ok := m.extractDigits(in.Text, p.EntityType); ok {
				values[p.ID] = listed(p, v)
			}
		}
		return values
	}
	s := m.begin(in)
	return s.fill(parameters, make([]bool, len(s.tokens)), true)
}

// fill finds the values of parameters outside the taken tokens.
func (s *scan) fill(parameters []Parameter, taken []bool, prompted bool) map[string]Value {
	values := map[string]Value{}
	for k, p := range parameters {
		r := s.recogniser(p.EntityType)
		if r == nil {
			continue
		}
		if s.unsaid != nil {
			s.asked, s.plain = s.unsaid.parameter(p.ID), nil
		}
		if p.IsList {
			if hits := s.all(r, taken); len(hits) > 0 {
				values[p.ID] = s.list(hits, taken)
				continue
			}
		}
		var h hit
		var ok bool
		if k == 0 && prompted {
			h, ok = s.prompted(r, taken)
		} else {
			h, ok = s.best(r, taken)
		}
		if ok {
			take(taken, h)
			values[p.ID] = listed(p, s.value(h))
		}
	}
	return values
}

func (s *scan) list(hits []hit, taken []bool) Value {
	var v Value
	for i, h := range hits {
		take(taken, h)
		if i == 0 {
			v = s.value(h)
			v.Resolved = []any{v.Resolved}
			continue
		}
		v = appendValue(s.text, v, s.value(h))
	}
	return v
}

// listed makes the value of a list parameter a list.
func listed(p Parameter, v Value) Value {
	if _, is := v.Resolved.([]any); p.IsList && !is {
		v.Resolved = []any{v.Resolved}
	}
	return v
}

// extractDigits finds the value of key presses: the entry whose pattern they
// fit, or the digits for entity types of numbers.
func (m *Model) extractDigits(digits, entityType string) (Value, bool) {
	name := typeName(entityType)
	v := Value{Original: digits, End: len(digits), Confidence: 1}
	if t := m.types[name]; t != nil {
		for _, e := range t.digits {
			if e.pattern.MatchString(digits) {
				v.Resolved = e.value
				return v, true
			}
		}
	}
	s := m.begin(Input{Text: digits, Language: m.fallback})
	r := m.recogniser(name, s.lang)
	if r == nil || len(s.tokens) == 0 {
		return Value{}, false
	}
	h, ok := s.whole(r, 0, len(s.tokens))
	if !ok {
		return Value{}, false
	}
	v.Resolved = h.value
	return v, true
}
