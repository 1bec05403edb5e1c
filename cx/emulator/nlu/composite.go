package nlu

import (
	"regexp"
	"strings"
)

// maxDepth bounds entries of entries: a type that refers to itself finds
// nothing beyond.
const maxDepth = 6

// composite is an entry with parts of other entity types.
type composite struct {
	parts []compositePart
	entry string
	list  bool
}

// compositePart is a word or a part of another entity type.
type compositePart struct {
	word  string
	typ   string
	alias string
	plain bool // has no alias of its own
}

var reference = regexp.MustCompile(`(?:^|\s)@([\p{L}\p{N}_.-]*[\p{L}\p{N}_-])(?::([\p{L}\p{N}_.-]*[\p{L}\p{N}_-]))?`)

// parts splits an entry into words and references. Names that are no entity
// type leave the entry a plain text; the first is returned.
func (m *Model) parts(entry string) (parts []compositePart, composed bool, unknown string) {
	at := 0
	for _, r := range reference.FindAllStringSubmatchIndex(entry, -1) {
		name := entry[r[2]:r[3]]
		if !m.knows(name) {
			unknown = "@" + name
			return nil, false, unknown
		}
		parts = append(parts, literalParts(entry[at:r[0]])...)
		part := compositePart{typ: typeName(name), alias: name, plain: true}
		if r[4] >= 0 {
			part.alias, part.plain = entry[r[4]:r[5]], false
		}
		parts = append(parts, part)
		at = r[1]
		composed = true
	}
	return append(parts, literalParts(entry[at:])...), composed, ""
}

func literalParts(text string) []compositePart {
	u := tokenise(text)
	parts := make([]compositePart, len(u.tokens))
	for i := range u.tokens {
		parts[i].word = u.word(i)
	}
	return parts
}

// at returns the longest value of the entry that begins at a token.
func (c *composite) at(s *scan, i int) (hit, bool) {
	if s.depth >= maxDepth {
		return hit{}, false
	}
	s.depth++
	defer func() { s.depth-- }()
	found := make([]hit, 0, len(c.parts))
	if !c.match(s, 0, i, &found) {
		return hit{}, false
	}
	h := s.hit(i, c.end(found, i), nil)
	for _, f := range found {
		h.start, h.end = min(h.start, f.start), max(h.end, f.end)
		h.confidence = min(h.confidence, f.confidence)
	}
	h.value = c.value(s, h, found)
	return h, true
}

// match matches the parts from k on at token i, longest values first.
func (c *composite) match(s *scan, k, i int, found *[]hit) bool {
	if k == len(c.parts) {
		return true
	}
	if i >= len(s.tokens) || !s.step() {
		return false
	}
	p := c.parts[k]
	if p.typ == "" {
		if s.word(i) != p.word {
			return false
		}
		*found = append(*found, s.hit(i, i+1, nil))
		if c.match(s, k+1, i+1, found) {
			return true
		}
		*found = (*found)[:len(*found)-1]
		return false
	}
	r := s.recogniser(p.typ)
	if r == nil {
		return false
	}
	for _, h := range r.at(s, i) {
		*found = append(*found, h)
		if c.match(s, k+1, h.to, found) {
			return true
		}
		*found = (*found)[:len(*found)-1]
	}
	return false
}

func (c *composite) end(found []hit, i int) int {
	if len(found) == 0 {
		return i
	}
	return found[len(found)-1].to
}

// value gives the value of an entry: see the package documentation.
func (c *composite) value(s *scan, h hit, found []hit) any {
	if !c.list {
		return c.entry
	}
	if len(c.parts) == 1 && c.parts[0].plain {
		return found[0].value
	}
	object := map[string]any{"original": strings.TrimSpace(s.original(h))}
	for k, p := range c.parts {
		if p.typ == "" {
			continue
		}
		switch have := object[p.alias].(type) {
		case nil:
			object[p.alias] = found[k].value
		case repeated:
			object[p.alias] = append(have, found[k].value)
		default:
			object[p.alias] = repeated{have, found[k].value}
		}
	}
	for name, v := range object {
		if list, ok := v.(repeated); ok {
			object[name] = []any(list)
		}
	}
	return object
}

// repeated collects the values of an alias that occurs several times.
type repeated []any
