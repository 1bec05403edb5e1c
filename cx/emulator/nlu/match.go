package nlu

import (
	"context"
	"slices"
)

// Match matches a text to the intents in scope by literal phrases and
// patterns; see the package documentation for the order. The only error is
// that of the context.
func (m *Model) Match(ctx context.Context, in Input, scope []string) (Match, error) {
	if err := cancelled(ctx); err != nil {
		return Match{}, err
	}
	s := m.begin(in)
	if in.DTMF {
		return m.matchDigits(in.Text, scope), nil
	}
	c, ok := m.choose(s, func(in *intent) int { return slices.Index(scope, in.name) })
	if !ok {
		return Match{}, nil
	}
	kind := Pattern
	if c.shape == spelled {
		kind = Literal
	}
	return Match{Kind: kind, Intent: c.intent.name, Confidence: c.confidence, Parameters: s.complete(&c)}, nil
}

// Parameters extracts the parameters of an intent from a text that is known
// to mean it: those of its phrase if it is one, else what Fill finds. It
// returns nil for an unknown intent.
func (m *Model) Parameters(in Input, name string) map[string]Value {
	want := m.intents[name]
	if want == nil || len(want.parameters) == 0 || in.DTMF {
		return nil
	}
	s := m.begin(in)
	c, ok := m.choose(s, func(in *intent) int {
		if in == want {
			return 0
		}
		return -1
	})
	if !ok {
		c = candidate{intent: want}
	}
	return s.complete(&c)
}

// complete returns the values of a phrase and those of the intent's other
// parameters in the words that are left, nil if there are none. Recorded
// turns have values of both: a phrase need not annotate what it holds.
func (s *scan) complete(c *candidate) map[string]Value {
	if len(c.intent.parameters) == 0 {
		return nil
	}
	values := c.values(s)
	taken := make([]bool, len(s.tokens))
	var rest []Parameter
	for _, p := range c.intent.parameters {
		if v, ok := values[p.ID]; ok {
			s.takeSpan(taken, v)
			continue
		}
		rest = append(rest, p)
	}
	s.assume = false
	s.unsaid, s.plain = c.intent, nil
	for id, v := range s.fill(rest, taken, false) {
		values[id] = v
	}
	s.unsaid = nil
	if len(values) == 0 {
		return nil
	}
	return values
}

// takeSpan marks the tokens of a value as taken.
func (s *scan) takeSpan(taken []bool, v Value) {
	for i := range s.tokens {
		if s.tokens[i].start < v.End && s.tokens[i].end > v.Start {
			taken[i] = true
		}
	}
}

// candidate is a phrase that fits a text.
type candidate struct {
	intent     *intent
	shape      shape
	words      int
	confidence float64
	parameters []int
	hits       []hit
	place      int // in the scope
}

// shape orders phrases by how much of the text they spell out.
type shape int

const (
	bare    shape = iota // annotated parts alone
	mixed                // words and annotated parts
	spelled              // every word
)

// better reports whether c wins over other; see the package documentation.
func (c *candidate) better(other *candidate) bool {
	switch {
	case c.shape != other.shape:
		return c.shape > other.shape
	case c.intent.priority != other.intent.priority:
		return c.intent.priority > other.intent.priority
	case c.words != other.words:
		return c.words > other.words
	case len(c.hits) != len(other.hits):
		return len(c.hits) < len(other.hits)
	case c.confidence != other.confidence:
		return c.confidence > other.confidence
	}
	return c.place < other.place
}

// choose finds the best phrase of the intents with a place in the scope.
func (m *Model) choose(s *scan, place func(*intent) int) (candidate, bool) {
	var best candidate
	ok := false
	consider := func(c candidate) {
		if c.place = place(c.intent); c.place < 0 {
			return
		}
		if !ok || c.better(&best) {
			c.hits = slices.Clone(c.hits)
			best, ok = c, true
		}
	}
	ix, has := forLanguage(m.languages, s.lang, m.fallback)
	if !has {
		return best, false
	}
	s.assume = true
	for _, l := range ix.literals[s.key] {
		c := candidate{intent: l.intent, shape: spelled, confidence: 1}
		for _, part := range l.parts {
			c.add(s, part)
		}
		consider(c)
	}
	if ok || len(s.tokens) == 0 || len(ix.patterns) == 0 {
		return best, ok
	}
	w := walk{scan: s, ix: ix, seen: map[edge]bool{}, found: map[edge][]hit{}}
	w.respond = func(p *pattern, hits []hit) {
		c := candidate{intent: p.intent, shape: mixed, words: p.words, confidence: 1, parameters: p.parameters, hits: hits}
		for _, h := range hits {
			c.confidence = min(c.confidence, h.confidence)
		}
		if p.words == 0 {
			c.shape = bare
			if c.confidence <= assumed {
				return
			}
		}
		consider(c)
	}
	w.from(0, 0)
	return best, ok
}

// add takes an annotated part of a literal phrase: the value that its words
// are, or else the longest that they hold.
func (c *candidate) add(s *scan, part annotation) {
	from, to := s.tokensOf(part)
	r := s.recogniser(c.intent.parameters[part.parameter].EntityType)
	if r == nil || from >= to {
		return
	}
	h, ok := s.whole(r, from, to)
	if !ok {
		outside := make([]bool, len(s.tokens))
		for i := range outside {
			outside[i] = i < from || i >= to
		}
		if h, ok = s.best(r, outside); !ok {
			return
		}
	}
	c.hits = append(c.hits, h)
	c.parameters = append(c.parameters, part.parameter)
}

// tokensOf returns the tokens of a part of the key.
func (s *scan) tokensOf(part annotation) (from, to int) {
	for from < len(s.tokens) && s.tokens[from].to <= part.from {
		from++
	}
	to = from
	for to < len(s.tokens) && s.tokens[to].from < part.to {
		to++
	}
	return from, to
}

// values returns the parameters of a candidate: of one that is no list, the
// first value.
func (c *candidate) values(s *scan) map[string]Value {
	if len(c.hits) == 0 {
		return map[string]Value{}
	}
	values := make(map[string]Value, len(c.hits))
	for k, h := range c.hits {
		p := c.intent.parameters[c.parameters[k]]
		v := s.value(h)
		have, ok := values[p.ID]
		switch {
		case p.IsList && ok:
			values[p.ID] = appendValue(s.text, have, v)
		case p.IsList:
			v.Resolved = []any{v.Resolved}
			values[p.ID] = v
		case !ok:
			values[p.ID] = v
		}
	}
	return values
}

// appendValue adds a value to a list.
func appendValue(text string, list, v Value) Value {
	list.Resolved = append(list.Resolved.([]any), v.Resolved)
	list.Start, list.End = min(list.Start, v.Start), max(list.End, v.End)
	list.Original = text[list.Start:list.End]
	list.Confidence = min(list.Confidence, v.Confidence)
	return list
}

// matchDigits finds the first intent in scope whose pattern the key presses
// fit, by priority.
func (m *Model) matchDigits(digits string, scope []string) Match {
	var best *intent
	for _, name := range scope {
		in := m.intents[name]
		if in == nil || in.fallback || in.digits == nil || !in.digits.MatchString(digits) {
			continue
		}
		if best == nil || in.priority > best.priority {
			best = in
		}
	}
	if best == nil {
		return Match{}
	}
	return Match{Kind: Digits, Intent: best.name, Confidence: 1}
}
