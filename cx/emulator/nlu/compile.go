package nlu

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"
)

// Errors of a [Fault].
var (
	// ErrUnknownEntityType: a parameter or a composite entry names an entity
	// type that neither the agent nor Dialogflow has.
	ErrUnknownEntityType = errors.New("nlu: unknown entity type")
	// ErrUnknownParameter: a phrase is annotated with a parameter that the
	// intent does not declare. The part counts as plain words.
	ErrUnknownParameter = errors.New("nlu: unknown parameter")
	// ErrExpression: a regular expression that RE2 does not have, such as one
	// with lookaround or back references. It matches nothing.
	ErrExpression = errors.New("nlu: unsupported regular expression")
)

// Model matches and extracts for one agent. It is immutable and safe for
// concurrent use.
type Model struct {
	intents   map[string]*intent
	ordered   []*intent
	types     map[string]*entityType // by lower-case name without "@"
	languages map[string]*index      // by lower-case code
	fallback  string                 // default language
	past      bool
	faults    []Fault
}

var _ Matcher = (*Model)(nil)

// intent is a compiled intent.
type intent struct {
	name       string
	priority   int
	rank       int // place in the configuration
	fallback   bool
	parameters []Parameter
	digits     *regexp.Regexp
	said       map[*index][]saidPhrase // its phrases by language, if it has parameters
}

// parameter returns the place of a parameter, -1 if there is none.
func (in *intent) parameter(id string) int {
	for i := range in.parameters {
		if in.parameters[i].ID == id {
			return i
		}
	}
	return -1
}

// entityType is a compiled entity type with its recognisers by language.
type entityType struct {
	name      string
	languages map[string]recogniser
	digits    []digitEntry
}

// Compile builds a model. What is wrong in the configuration does not keep it
// from the rest; see [Model.Faults].
func Compile(c Config) *Model {
	m := &Model{
		intents:   make(map[string]*intent, len(c.Intents)),
		types:     make(map[string]*entityType, len(c.EntityTypes)),
		languages: map[string]*index{},
		fallback:  code(c.DefaultLanguage),
		past:      c.PastDates,
	}
	if m.fallback == "" {
		m.fallback = "en"
	}
	for i := range c.EntityTypes {
		name := typeName(c.EntityTypes[i].Name)
		m.types[name] = &entityType{name: name, languages: map[string]recogniser{}}
	}
	for i := range c.EntityTypes {
		m.compileType(&c.EntityTypes[i])
	}
	for i := range c.Intents {
		m.compileIntent(&c.Intents[i])
	}
	for _, ix := range m.languages {
		ix.finish()
	}
	return m
}

// Faults tells what of the configuration can never match, in its order.
func (m *Model) Faults() []Fault { return m.faults }

// Error tells the fault in one line.
func (f Fault) Error() string {
	where := "intent " + fmt.Sprintf("%q", f.Intent)
	if f.EntityType != "" {
		where = "entity type " + fmt.Sprintf("%q", f.EntityType)
	}
	return fmt.Sprintf("%v: %q in %s", f.Err, f.Text, where)
}

// Unwrap returns the kind of the fault.
func (f Fault) Unwrap() error { return f.Err }

func (m *Model) compileIntent(c *Intent) {
	in := &intent{
		name: c.Name, priority: c.Priority, rank: len(m.ordered),
		fallback: c.IsFallback || c.Priority < 0, parameters: c.Parameters,
	}
	if in.priority == 0 {
		in.priority = 500_000
	}
	m.intents[c.Name] = in
	m.ordered = append(m.ordered, in)
	for _, p := range c.Parameters {
		if m.recogniser(p.EntityType, m.fallback) == nil && !m.knows(p.EntityType) {
			m.faults = append(m.faults, Fault{Intent: c.Name, Text: p.EntityType, Err: ErrUnknownEntityType})
		}
	}
	if c.DTMFPattern != "" {
		re, err := digitPattern(c.DTMFPattern)
		if err != nil {
			m.faults = append(m.faults, Fault{Intent: c.Name, Text: c.DTMFPattern, Err: err})
		}
		in.digits = re
	}
	if in.fallback {
		return
	}
	for _, lang := range sortedKeys(c.Phrases) {
		ix := m.languages[code(lang)]
		if ix == nil {
			ix = newIndex()
			m.languages[code(lang)] = ix
		}
		for _, p := range c.Phrases[lang] {
			m.faults = append(m.faults, ix.add(in, p, code(lang))...)
		}
	}
}

// knows reports whether there is an entity type of that name in any language.
func (m *Model) knows(name string) bool {
	name = typeName(name)
	_, custom := m.types[name]
	_, system := systemEntities[name]
	return custom || system
}

// recogniser returns the recogniser of an entity type in a language, nil if
// there is none: that of the agent's type, with the system's if it extends it.
func (m *Model) recogniser(name, lang string) recogniser {
	name = typeName(name)
	var custom, system recogniser
	if t := m.types[name]; t != nil {
		custom, _ = forLanguage(t.languages, lang, m.fallback)
	}
	if f, ok := systemEntities[name]; ok {
		system = f
	}
	switch {
	case custom == nil && system == nil:
		return nil
	case custom == nil:
		return system
	case system == nil:
		return custom
	}
	return union{custom, system}
}

// union finds the values of several recognisers.
type union []recogniser

func (u union) at(s *scan, i int) []hit {
	var all []hit
	for _, r := range u {
		all = append(all, r.at(s, i)...)
	}
	sort.SliceStable(all, func(a, b int) bool { return all[a].to > all[b].to })
	return all
}

// begin starts the work on a text.
func (m *Model) begin(in Input) *scan {
	lang := code(in.Language)
	if lang == "" {
		lang = m.fallback
	}
	s := &scan{
		utterance: tokenise(clip(in.Text)), model: m, lang: lang,
		now: in.Now, region: strings.ToUpper(in.Region), dtmf: in.DTMF,
	}
	s.pack = packFor(lang)
	if s.now.IsZero() {
		s.now = time.Now().UTC()
	}
	if s.region == "" {
		s.region = regionOf(lang)
	}
	return s
}

// cancelled reports an error of the context.
func cancelled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("nlu: %w", err)
	}
	return nil
}

// forLanguage picks what serves a language: its own, its base language, a
// region of that, the default language, in this order.
func forLanguage[V any](by map[string]V, lang, fallback string) (V, bool) {
	if v, ok := by[lang]; ok {
		return v, true
	}
	base, _, _ := strings.Cut(lang, "-")
	if v, ok := by[base]; ok {
		return v, true
	}
	for _, l := range sortedKeys(by) {
		if b, _, _ := strings.Cut(l, "-"); b == base {
			return by[l], true
		}
	}
	v, ok := by[fallback]
	return v, ok
}

// code is the form of language codes that maps are keyed by.
func code(lang string) string { return strings.ReplaceAll(strings.ToLower(lang), "_", "-") }

// typeName is the form of entity type names that maps are keyed by.
func typeName(name string) string { return strings.ToLower(strings.TrimPrefix(name, "@")) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
