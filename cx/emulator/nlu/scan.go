package nlu

import (
	"sort"
	"time"
)

// maxSteps bounds the work on one text, whatever the patterns and composite
// entities: the count of words that are tried against a pattern or an entity.
// Dialogflow's own longest texts stay far below.
const maxSteps = 50_000

// hit is a value found in a text.
type hit struct {
	from, to   int // tokens
	start, end int // bytes of the text, which may go beyond the tokens: "$15"
	value      any
	confidence float64
}

// recogniser finds the values of an entity type. It is immutable.
type recogniser interface {
	// at returns the values that begin at a token, the longest first.
	at(s *scan, i int) []hit
}

// recogniserFunc is a function as recogniser.
type recogniserFunc func(s *scan, i int) []hit

func (f recogniserFunc) at(s *scan, i int) []hit { return f(s, i) }

// scan is the work on one text.
type scan struct {
	*utterance
	model  *Model
	pack   *languagePack
	lang   string // lower case
	now    time.Time
	region string
	dtmf   bool
	// assume lets entity types without a closed set of values, such as
	// names, take words that nothing speaks for.
	assume bool
	// unsaid keeps what phrases of this intent say without annotating it
	// from being a value; plain holds what is known of it. See intent.plain.
	unsaid *intent
	plain  map[string]bool
	asked  int // the parameter of it that is looked for

	steps int
	depth int // nesting of composite entities
	spans map[*regexpEntity][][2]int
	types map[string]recogniser // those of the entity types used so far
}

// recogniser returns that of an entity type in the language of the text, nil
// if there is none.
func (s *scan) recogniser(name string) recogniser {
	if r, ok := s.types[name]; ok {
		return r
	}
	if s.types == nil {
		s.types = map[string]recogniser{}
	}
	r := s.model.recogniser(name, s.lang)
	s.types[name] = r
	return r
}

// step counts one unit of work and reports whether there is some left.
func (s *scan) step() bool {
	s.steps++
	return s.steps <= maxSteps
}

// hit returns a value for the tokens from to to.
func (s *scan) hit(from, to int, value any) hit {
	return hit{
		from: from, to: to, value: value, confidence: 1,
		start: s.tokens[from].start, end: s.tokens[to-1].end,
	}
}

// one returns a value as the hits of a recogniser that finds one.
func (s *scan) one(from, to int, value any) []hit { return []hit{s.hit(from, to, value)} }

// original returns the text of a hit.
func (s *scan) original(h hit) string { return s.text[h.start:h.end] }

// longest returns the number of tokens of the longest phrase that begins at i
// and is in the table, at most max.
func longest[V any](s *scan, table map[string]V, i, maxWords int) (V, int) {
	for n := min(maxWords, len(s.tokens)-i); n > 0; n-- {
		if v, ok := table[s.phrase(i, i+n)]; ok {
			return v, n
		}
	}
	var none V
	return none, 0
}

// all returns the hits of a recogniser in the whole text that lie outside the
// taken tokens and do not overlap: longest first, then the first in the text.
func (s *scan) all(r recogniser, taken []bool) []hit {
	var found []hit
	for i := range s.tokens {
		if !s.step() {
			break
		}
		if taken == nil || !taken[i] {
			found = append(found, r.at(s, i)...)
		}
	}
	sort.SliceStable(found, func(a, b int) bool {
		x, y := found[a], found[b]
		if x.confidence != y.confidence {
			return x.confidence > y.confidence
		}
		return x.end-x.start > y.end-y.start
	})
	used := make([]bool, len(s.tokens))
	copy(used, taken)
	kept := found[:0:0]
	for _, h := range found {
		if !anyTaken(used, h.from, h.to) && !overlaps(kept, h) && !s.refuses(h) {
			kept = append(kept, h)
			take(used, h)
		}
	}
	sort.SliceStable(kept, func(a, b int) bool { return kept[a].from < kept[b].from })
	return kept
}

// best returns the first hit outside the taken tokens; of hits that overlap
// the longest, and a sure one before one that is assumed or misspelt.
func (s *scan) best(r recogniser, taken []bool) (hit, bool) {
	var best hit
	ok := false
	for i := range s.tokens {
		if !s.step() {
			break
		}
		if taken != nil && taken[i] {
			continue
		}
		for _, h := range r.at(s, i) {
			if taken != nil && anyTaken(taken, h.from, h.to) {
				continue
			}
			if (!ok || h.wins(&best)) && !s.refuses(h) {
				best, ok = h, true
			}
		}
	}
	return best, ok
}

// wins reports whether h is to be taken in the place of one that begins
// before it or with it.
func (h *hit) wins(other *hit) bool {
	if h.confidence != other.confidence {
		return h.confidence > other.confidence
	}
	return h.start < other.end && h.end-h.start > other.end-other.start
}

// whole returns the value that the tokens from to to are altogether.
func (s *scan) whole(r recogniser, from, to int) (hit, bool) {
	for _, h := range r.at(s, from) {
		if h.to == to {
			return h, true
		}
	}
	return hit{}, false
}

func anyTaken(taken []bool, from, to int) bool {
	for _, t := range taken[from:to] {
		if t {
			return true
		}
	}
	return false
}

// overlaps reports whether a hit shares a byte with others, such as the sign
// of two amounts.
func overlaps(others []hit, h hit) bool {
	for _, o := range others {
		if h.start < o.end && o.start < h.end {
			return true
		}
	}
	return false
}

func take(taken []bool, h hit) {
	for i := h.from; i < h.to; i++ {
		taken[i] = true
	}
}

// value returns a hit as the package delivers it.
func (s *scan) value(h hit) Value {
	return Value{Original: s.original(h), Resolved: h.value, Start: h.start, End: h.end, Confidence: h.confidence}
}
