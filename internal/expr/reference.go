package expr

import "strings"

// An expression is what a value can be computed from.
type expression interface {
	eval(r *run) (any, error)
	write(b *strings.Builder)
}

// A Reference names a value, such as $session.params.user.name or $flow.zip[0].
type Reference struct {
	text   string   // as written
	space  string   // empty for a name outside the grammar, which is never set
	names  []string // candidates for the parameter's name, shortest first
	steps  []step   // all that follows the space; names[i] covers the first i+1
	source int      // offset in the text it was read from
}

// A step is one field or index of a reference.
type step struct {
	field string
	index int        // when field is empty and at is nil
	at    expression // an index that is an expression
}

// String returns the reference as written.
func (ref *Reference) String() string { return ref.text }

// Space returns where the value lives: Session, Flow, Intent, Page, Request,
// or the name of a custom scope. It is empty for names like $a.b, which
// conditions may hold and which are never set.
func (ref *Reference) Space() string { return ref.space }

// Name returns the longest name the reference can mean: all its fields up to
// the first index, with dots. It is empty for $session.params itself.
func (ref *Reference) Name() string {
	if len(ref.names) == 0 {
		return ""
	}
	return ref.names[len(ref.names)-1]
}

// Eval returns the value. It is nil without error for an explicit null, and
// ErrUnset when there is none.
func (ref *Reference) Eval(env *Env) (any, error) {
	r := newRun(env)
	return ref.eval(&r)
}

func (ref *Reference) write(b *strings.Builder) { b.WriteString(ref.text) }

func (ref *Reference) eval(r *run) (any, error) {
	scope := r.env.Scope
	if ref.space == "" || scope == nil {
		return nil, ErrUnset
	}
	if len(ref.names) == 0 {
		v, ok := scope.Value(ref.space, "")
		return walk(r, v, ok, ref.steps)
	}
	for i := len(ref.names) - 1; i >= 0; i-- {
		if v, ok := scope.Value(ref.space, ref.names[i]); ok {
			return walk(r, v, ok, ref.steps[i+1:])
		}
	}
	return nil, ErrUnset
}

func walk(r *run, v any, ok bool, steps []step) (any, error) {
	if !ok {
		return nil, ErrUnset
	}
	for i := range steps {
		s := &steps[i]
		if s.field != "" {
			object, _ := v.(map[string]any)
			if v, ok = object[s.field]; !ok {
				return nil, ErrUnset
			}
			continue
		}
		index, err := s.position(r)
		if err != nil {
			return nil, err
		}
		list, _ := v.([]any)
		if index < 0 || index >= len(list) {
			return nil, ErrUnset
		}
		v = list[index]
	}
	return v, nil
}

// position returns the index that a step means; -1 for none.
func (s *step) position(r *run) (int, error) {
	if s.at == nil {
		return s.index, nil
	}
	v, err := s.at.eval(r)
	if err != nil {
		return 0, err
	}
	n, ok := castNumber(v)
	if !ok || n != float64(int32(n)) {
		return -1, nil
	}
	return int(n), nil
}

// ReadReference reads the reference at offset at of src, which must be its
// dollar sign. It returns nil when none stands there. Known says that names
// outside the grammar do not count.
func readReference(src string, at, depth int, known bool) (ref *Reference, end int, err error) {
	i := nameEnd(src, at+1)
	space, i, whole := readSpace(src, at+1, i)
	if space == "" && (known || i == at+1) {
		return nil, at, nil
	}
	ref = &Reference{space: space, source: at}
	start := i + 1
	for onlyFields := true; ; {
		switch {
		case i+1 < len(src) && src[i] == '.' && isNameByte(src[i+1]) && src[i+1] != '-':
			from := i + 1
			i = nameEnd(src, from)
			ref.steps = append(ref.steps, step{field: src[from:i]})
			if onlyFields {
				ref.names = append(ref.names, src[start:i])
			}
		case i < len(src) && src[i] == '[':
			s, next, err := readIndex(src, i, depth)
			if err != nil {
				return nil, at, err
			}
			if next == i {
				return ref.finish(src, at, i, whole, known)
			}
			onlyFields, i = false, next
			ref.steps = append(ref.steps, s)
		default:
			return ref.finish(src, at, i, whole, known)
		}
		if len(ref.steps) > MaxPathSteps {
			return nil, at, &LimitError{What: "steps of a reference", Have: len(ref.steps), Max: MaxPathSteps}
		}
	}
}

// finish sets the text of a reference that ends at offset end, and refuses one that is a
// space without a name where that has no meaning.
func (ref *Reference) finish(src string, at, end int, whole, known bool) (*Reference, int, error) {
	if len(ref.steps) == 0 && !whole && known {
		return nil, at, nil
	}
	if len(ref.steps) == 0 && !whole {
		ref.space = ""
	}
	ref.text = src[at:end]
	return ref, end, nil
}

// readSpace recognises the space whose first word is src[from:i] and returns the offset
// after it. Whole says that the space can be named as a whole.
func readSpace(src string, from, i int) (space string, end int, whole bool) {
	word := src[from:i]
	switch word {
	case Flow, Request:
		return word, i, false
	case "", "sys":
		return "", i, false
	}
	const params = ".params"
	rest := src[i:]
	if !strings.HasPrefix(rest, params) || nameEnd(rest, len(params)) != len(params) {
		return "", i, false
	}
	known := word == Session || word == Intent || word == Page
	return word, i + len(params), known
}

// readIndex reads [12] or [$reference] or [$sys.func…]. It returns the same offset when
// there is no index.
func readIndex(src string, at, depth int) (step, int, error) {
	if n, end := fixedIndex(src, at); end > at {
		return step{index: n}, end, nil
	}
	if at+1 == len(src) || src[at+1] != '$' {
		return step{}, at, nil
	}
	e, end, err := readDollar(src, at+1, depth+1)
	if err != nil {
		return step{}, at, err
	}
	if e == nil || end == len(src) || src[end] != ']' {
		return step{}, at, nil
	}
	return step{at: e}, end + 1, nil
}

// fixedIndex reads [12]; the end is at when there is none.
func fixedIndex(src string, at int) (n, end int) {
	i := at + 1
	for i < len(src) && src[i] >= '0' && src[i] <= '9' {
		i++
	}
	const longest = 9
	if digits := i - at - 1; digits == 0 || digits > longest || i == len(src) || src[i] != ']' {
		return 0, at
	}
	for _, c := range src[at+1 : i] {
		n = n*10 + int(c-'0')
	}
	return n, i + 1
}

// nameEnd returns the end of the name that starts at i; hyphens at its end
// are left to the text.
func nameEnd(src string, i int) int {
	start := i
	for i < len(src) && isNameByte(src[i]) {
		i++
	}
	for i > start && src[i-1] == '-' {
		i--
	}
	return i
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}
