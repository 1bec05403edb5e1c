package nlu

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode"
)

// compileType compiles an entity type for each of its languages.
func (m *Model) compileType(c *EntityType) {
	t := m.types[typeName(c.Name)]
	for _, lang := range sortedKeys(c.Entities) {
		entries := c.Entities[lang]
		fault := func(text string, err error) {
			m.faults = append(m.faults, Fault{EntityType: c.Name, Language: lang, Text: text, Err: err})
		}
		for _, e := range entries {
			if e.DTMFPattern == "" {
				continue
			}
			re, err := digitPattern(e.DTMFPattern)
			if err != nil {
				fault(e.DTMFPattern, err)
				continue
			}
			t.digits = append(t.digits, digitEntry{re, e.Value})
		}
		if c.Kind == Regexp {
			t.languages[code(lang)] = compileExpressions(entries, fault)
			continue
		}
		t.languages[code(lang)] = m.compileEntries(c, lang, fault)
	}
}

// digitEntry is an entry that key presses choose.
type digitEntry struct {
	pattern *regexp.Regexp
	value   string
}

func digitPattern(expr string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(`^(?:` + expr + `)$`)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrExpression, err)
	}
	return re, nil
}

// entryTable is a map or list entity type in one language.
type entryTable struct {
	values   map[string]string // normalised synonym to value
	maxWords int
	excluded map[string]bool
	exclMax  int
	parts    []composite
	fuzzy    *fuzzyTable // nil unless the type is fuzzy
	expand   bool
}

func (m *Model) compileEntries(c *EntityType, lang string, fault func(string, error)) *entryTable {
	t := &entryTable{values: map[string]string{}, excluded: map[string]bool{}, expand: c.Expand}
	if c.Fuzzy {
		t.fuzzy = &fuzzyTable{}
	}
	for _, e := range c.Entities[lang] {
		synonyms := e.Synonyms
		if c.Kind == List || len(synonyms) == 0 {
			synonyms = []string{e.Value}
		}
		for _, synonym := range synonyms {
			parts, composed, unknown := m.parts(synonym)
			if unknown != "" {
				fault(unknown, ErrUnknownEntityType)
			}
			if composed {
				t.parts = append(t.parts, composite{parts: parts, entry: e.Value, list: c.Kind == List})
				continue
			}
			t.add(synonym, e.Value)
		}
	}
	for _, phrase := range c.Excluded[lang] {
		u := tokenise(phrase)
		if u.key == "" {
			continue
		}
		t.excluded[u.key] = true
		t.exclMax = max(t.exclMax, len(u.tokens))
	}
	return t
}

func (t *entryTable) add(synonym, value string) {
	u := tokenise(synonym)
	if len(u.tokens) == 0 {
		return
	}
	t.values[u.key] = value
	// One more word, as apostrophes divide what they may also be left out of.
	t.maxWords = max(t.maxWords, len(u.tokens)+1)
	if t.fuzzy != nil {
		t.fuzzy.add(u.key, value)
	}
}

func (t *entryTable) at(s *scan, i int) []hit {
	var hits []hit
	for n := min(t.maxWords, len(s.tokens)-i); n > 0; n-- {
		if !s.step() {
			return hits
		}
		if v, ok := t.values[s.phrase(i, i+n)]; ok && !t.isExcluded(s, i, i+n) {
			hits = append(hits, s.hit(i, i+n, v))
		}
	}
	if len(hits) == 0 && s.pack.plurals {
		hits = t.plural(s, i)
	}
	for k := range t.parts {
		if h, ok := t.parts[k].at(s, i); ok && !t.isExcluded(s, h.from, h.to) {
			hits = append(hits, h)
		}
	}
	if t.fuzzy != nil {
		hits = append(hits, t.misspelt(s, i, hits)...)
	}
	if t.expand && s.assume && len(hits) == 0 {
		hits = expansions(s, i)
	}
	sort.SliceStable(hits, func(a, b int) bool { return hits[a].to > hits[b].to })
	return hits
}

// pluralConfidence is the confidence of a value in another number than listed.
const pluralConfidence = 0.95

// plural finds an entry by the plural of its last word, or the singular.
func (t *entryTable) plural(s *scan, i int) []hit {
	for n := min(t.maxWords, len(s.tokens)-i); n > 0; n-- {
		phrase := s.phrase(i, i+n)
		for _, other := range otherNumber(phrase) {
			if v, ok := t.values[other]; ok && !t.isExcluded(s, i, i+n) {
				h := s.hit(i, i+n, v)
				h.confidence = pluralConfidence
				return []hit{h}
			}
		}
	}
	return nil
}

// otherNumber returns what may be the singular or the plural of an English
// phrase of at least four letters.
func otherNumber(phrase string) []string {
	if len(phrase) < 4 || !isASCIILetter(phrase[len(phrase)-1]) {
		return nil
	}
	forms := []string{phrase + "s"}
	if cut, ok := strings.CutSuffix(phrase, "s"); ok && !strings.HasSuffix(cut, "s") {
		forms = append(forms, cut)
	}
	if cut, ok := strings.CutSuffix(phrase, "ies"); ok {
		forms = append(forms, cut+"y")
	} else if cut, ok := strings.CutSuffix(phrase, "es"); ok {
		forms = append(forms, cut)
	}
	return forms
}

func isASCIILetter(b byte) bool { return b >= 'a' && b <= 'z' }

// isExcluded reports whether the tokens lie inside an excluded phrase.
func (t *entryTable) isExcluded(s *scan, from, to int) bool {
	if len(t.excluded) == 0 {
		return false
	}
	for n := to - from; n <= t.exclMax; n++ {
		for a := max(0, to-n); a <= from && a+n <= len(s.tokens); a++ {
			if t.excluded[s.phrase(a, a+n)] {
				return true
			}
		}
	}
	return false
}

// maxExpansion is the number of words that automatic expansion takes.
const maxExpansion = 3

// expansions are the values that automatic expansion assumes at i: up to
// three words that are no digits, as written.
func expansions(s *scan, i int) []hit {
	var hits []hit
	for n := min(maxExpansion, len(s.tokens)-i); n > 0; n-- {
		if s.tokens[i].digits || !s.contiguous(i, i+n) || s.pack.isFunction(s, i, i+n) {
			continue
		}
		h := s.hit(i, i+n, s.raw(i, i+n))
		h.confidence = assumed
		hits = append(hits, h)
	}
	return hits
}

// assumed is the confidence of a value that only its place speaks for, and
// openEnded that of one whose beginning is sure and whose end is not.
const (
	assumed   = 0.5
	openEnded = 0.6
)

// Assumed reports whether the value, or where it ends, is only likely: what was
// asked for, of an entity type without a closed set of values.
func (v Value) Assumed() bool { return v.Confidence <= openEnded }

// regexpEntity is a regexp entity type: the texts that one of the expressions
// finds, at the bounds of words.
type regexpEntity struct{ expressions []*regexp.Regexp }

func compileExpressions(entries []Entity, fault func(string, error)) *regexpEntity {
	t := &regexpEntity{}
	for _, e := range entries {
		expressions := e.Synonyms
		if len(expressions) == 0 {
			expressions = []string{e.Value}
		}
		for _, x := range expressions {
			re, err := regexp.Compile(x)
			if err != nil {
				fault(x, fmt.Errorf("%w: %w", ErrExpression, err))
				continue
			}
			re.Longest()
			t.expressions = append(t.expressions, re)
		}
	}
	return t
}

func (t *regexpEntity) at(s *scan, i int) []hit {
	var hits []hit
	for _, span := range t.found(s) {
		if s.tokenAt(span[0]) != i {
			continue
		}
		to := s.tokenAt(span[1]-1) + 1
		if to <= i || !s.atBounds(i, to, span) {
			continue
		}
		h := s.hit(i, to, s.text[span[0]:span[1]])
		h.start, h.end = span[0], span[1]
		hits = append(hits, h)
	}
	sort.SliceStable(hits, func(a, b int) bool { return hits[a].end > hits[b].end })
	return hits
}

// found returns what the expressions find in the text, computed once.
func (t *regexpEntity) found(s *scan) [][2]int {
	if spans, ok := s.spans[t]; ok {
		return spans
	}
	spans := [][2]int{}
	for _, re := range t.expressions {
		for _, m := range re.FindAllStringIndex(strings.TrimRightFunc(s.text, unicode.IsSpace), -1) {
			if m[1] > m[0] {
				spans = append(spans, [2]int{m[0], m[1]})
			}
		}
	}
	if s.spans == nil {
		s.spans = map[*regexpEntity][][2]int{}
	}
	s.spans[t] = spans
	return spans
}

// atBounds reports whether a span of the text covers the tokens from to to
// whole and cuts no word.
func (s *scan) atBounds(from, to int, span [2]int) bool {
	if to > len(s.tokens) || span[0] > s.tokens[from].start || span[1] < s.tokens[to-1].end {
		return false
	}
	if from > 0 && s.tokens[from].gap == gapNone && span[0] == s.tokens[from].start {
		return false
	}
	return to == len(s.tokens) || s.tokens[to].gap != gapNone || span[1] > s.tokens[to-1].end
}
