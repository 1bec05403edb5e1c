package nlu

// index holds the training phrases of all intents in one language: a table
// of the literal phrases, and a trie of the annotated ones, whose edges are
// words and entity types. Words and nodes are numbers, so that a hundred
// thousand phrases stay small.
type index struct {
	literals map[string][]literal // by key
	words    map[string]int32
	edges    map[edge]int32
	slots    map[int32][]slotEdge
	ends     map[int32][]int32 // patterns that end at a node
	patterns []pattern
	nodes    int32
	types    map[string]int32
}

type edge struct{ node, word int32 }

type slotEdge struct {
	typ    string
	typeID int32
	child  int32
}

// literal is a training phrase with the places of its annotated parts.
type literal struct {
	intent *intent
	parts  []annotation
}

// annotation is an annotated part: bytes of the key.
type annotation struct {
	parameter int
	from, to  int
}

// pattern is a training phrase with annotated parts.
type pattern struct {
	intent     *intent
	parameters []int // of the slots, in order
	words      int   // literal ones
}

func newIndex() *index {
	return &index{
		literals: map[string][]literal{}, words: map[string]int32{}, edges: map[edge]int32{},
		slots: map[int32][]slotEdge{}, ends: map[int32][]int32{}, types: map[string]int32{}, nodes: 1,
	}
}

// finish drops what only adding needs.
func (ix *index) finish() { ix.types = nil }

// add takes a training phrase of an intent.
func (ix *index) add(in *intent, p Phrase, lang string) []Fault {
	var faults []Fault
	text := ""
	var marks []partMark
	for _, part := range p {
		mark := partMark{start: len(text), end: len(text) + len(part.Text), parameter: -1}
		text += part.Text
		if part.Parameter == "" {
			continue
		}
		mark.parameter = in.parameter(part.Parameter)
		if mark.parameter < 0 {
			faults = append(faults, Fault{Intent: in.name, Language: lang, Text: part.Text, Err: ErrUnknownParameter})
			continue
		}
		marks = append(marks, mark)
	}
	u := tokenise(text)
	if u.key == "" {
		return faults
	}
	notes := annotations(u, marks)
	ix.addLiteral(in, u, notes)
	if len(notes) > 0 {
		ix.addPattern(in, u, notes)
	}
	return faults
}

// partMark is an annotated part of a phrase: bytes of the text.
type partMark struct{ start, end, parameter int }

// tokenNote is an annotated run of tokens.
type tokenNote struct{ from, to, parameter int }

func annotations(u *utterance, marks []partMark) []tokenNote {
	var notes []tokenNote
	i := 0
	for _, m := range marks {
		for i < len(u.tokens) && u.tokens[i].start < m.start {
			i++
		}
		from := i
		for i < len(u.tokens) && u.tokens[i].start < m.end {
			i++
		}
		if i > from {
			notes = append(notes, tokenNote{from, i, m.parameter})
		}
	}
	return notes
}

func (ix *index) addLiteral(in *intent, u *utterance, notes []tokenNote) {
	for _, l := range ix.literals[u.key] {
		if l.intent == in {
			return
		}
	}
	l := literal{intent: in}
	for _, n := range notes {
		l.parts = append(l.parts, annotation{n.parameter, u.tokens[n.from].from, u.tokens[n.to-1].to})
	}
	ix.literals[u.key] = append(ix.literals[u.key], l)
	in.remember(ix, u.key, l.parts)
}

func (ix *index) addPattern(in *intent, u *utterance, notes []tokenNote) {
	p := pattern{intent: in}
	node := int32(0)
	for i := 0; i < len(u.tokens); {
		if len(notes) > 0 && notes[0].from == i {
			node = ix.slot(node, in.parameters[notes[0].parameter].EntityType)
			p.parameters = append(p.parameters, notes[0].parameter)
			i = notes[0].to
			notes = notes[1:]
			continue
		}
		limit := len(u.tokens)
		if len(notes) > 0 {
			limit = notes[0].from
		}
		to := u.joined(i, limit)
		node = ix.literal(node, u.phrase(i, to))
		p.words++
		i = to
	}
	id := int32(len(ix.patterns))
	for _, known := range ix.ends[node] {
		if have := ix.patterns[known]; have.intent == in && sameParameters(have.parameters, p.parameters) {
			return
		}
	}
	ix.patterns = append(ix.patterns, p)
	ix.ends[node] = append(ix.ends[node], id)
}

func sameParameters(a, b []int) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// joined returns the end of the word at i with what apostrophes join to it.
func (u *utterance) joined(i, limit int) int {
	to := i + 1
	for to < limit && u.tokens[to].gap == gapApostrophe {
		to++
	}
	return to
}

func (ix *index) literal(node int32, word string) int32 {
	id, ok := ix.words[word]
	if !ok {
		id = int32(len(ix.words))
		ix.words[word] = id
	}
	e := edge{node, id}
	child, ok := ix.edges[e]
	if !ok {
		child = ix.nodes
		ix.nodes++
		ix.edges[e] = child
	}
	return child
}

func (ix *index) slot(node int32, typ string) int32 {
	typ = typeName(typ)
	for _, e := range ix.slots[node] {
		if e.typ == typ {
			return e.child
		}
	}
	id, ok := ix.types[typ]
	if !ok {
		id = int32(len(ix.types))
		ix.types[typ] = id
	}
	child := ix.nodes
	ix.nodes++
	ix.slots[node] = append(ix.slots[node], slotEdge{typ, id, child})
	return child
}

// walk finds the patterns that a text fits from its first to its last word.
type walk struct {
	*scan
	ix      *index
	seen    map[edge]bool // node and token, visited
	found   map[edge][]hit
	stack   []hit
	respond func(p *pattern, hits []hit)
}

// from goes on at a node with the tokens from i on. The first way to a node
// and a token is the only one that is followed: it has the longest values.
func (w *walk) from(node int32, i int) {
	at := edge{node, int32(i)}
	if w.seen[at] || !w.step() {
		return
	}
	w.seen[at] = true
	if i == len(w.tokens) {
		for _, id := range w.ix.ends[node] {
			w.respond(&w.ix.patterns[id], w.stack)
		}
		return
	}
	w.word(node, i, i+1)
	if to := w.joined(i, len(w.tokens)); to > i+1 {
		w.word(node, i, to)
	}
	for _, e := range w.ix.slots[node] {
		for _, h := range w.hits(e, i) {
			w.stack = append(w.stack, h)
			w.from(e.child, h.to)
			w.stack = w.stack[:len(w.stack)-1]
		}
	}
}

func (w *walk) word(node int32, i, to int) {
	id, ok := w.ix.words[w.phrase(i, to)]
	if !ok {
		return
	}
	if child, ok := w.ix.edges[edge{node, id}]; ok {
		w.from(child, to)
	}
}

func (w *walk) hits(e slotEdge, i int) []hit {
	key := edge{e.typeID, int32(i)}
	if hits, ok := w.found[key]; ok {
		return hits
	}
	var hits []hit
	if r := w.recogniser(e.typ); r != nil {
		hits = r.at(w.scan, i)
	}
	w.found[key] = hits
	return hits
}
