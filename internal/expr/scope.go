package expr

// The spaces that references name. A custom scope's space is its own name.
const (
	Session = "session" // $session.params.NAME
	Flow    = "flow"    // $flow.NAME
	Intent  = "intent"  // $intent.params.NAME, NAME.original, NAME.resolved
	Page    = "page"    // $page.params.NAME, status, NAME.status
	Request = "request" // $request.NAME
)

// A Scope supplies the values that references name. It is asked for the
// longest name first: $session.params.a.b asks for "a.b", then for "a", and
// takes field b of that. The name is as written; names are to be compared
// without regard to case. The empty name asks for everything of a space
// ($session.params alone). ok false means not set; nil and true, an explicit null.
type Scope interface {
	Value(space, name string) (value any, ok bool)
}

// ScopeFunc is a function that is a Scope.
type ScopeFunc func(space, name string) (any, bool)

// Value calls f.
func (f ScopeFunc) Value(space, name string) (any, bool) { return f(space, name) }

// Params is a Scope over maps, one for each space. A name that is not found
// as written is looked for without regard to case; of several, the first in
// byte order counts.
type Params map[string]map[string]any

// Value implements Scope.
func (p Params) Value(space, name string) (any, bool) {
	return Find(p[space], name)
}

// Find looks a parameter up: as written, else without regard to the case of
// its letters A to Z, which are all that names may have. Of several such names
// the first in byte order counts. The empty name gives the whole map, unless a
// parameter is named so. It may go through the whole map: see [Index].
func Find(params map[string]any, name string) (any, bool) {
	if v, ok := params[name]; ok {
		return v, true
	}
	if name == "" {
		return params, params != nil
	}
	found, value, folded := "", any(nil), Fold(name)
	for k, v := range params {
		if len(k) == len(name) && (found == "" || k < found) && Fold(k) == folded {
			found, value = k, v
		}
	}
	return value, found != ""
}

// An Index is [Find] for many names in one map. The first name that is not
// there as it is written costs a pass over the map, the others do not. The map
// must not change. An Index is not safe for concurrent use.
type Index struct {
	Params map[string]any
	Fold   func(string) string // gives the same for names that are one; nil: [Fold]

	names map[string]string // by folded name the first in byte order
}

// Find looks a parameter up, as the function [Find] does.
func (x *Index) Find(name string) (any, bool) {
	if v, ok := x.Params[name]; ok {
		return v, true
	}
	if name == "" {
		return x.Params, x.Params != nil
	}
	fold := x.Fold
	if fold == nil {
		fold = Fold
	}
	if x.names == nil {
		x.names = make(map[string]string, len(x.Params))
		for k := range x.Params {
			folded := fold(k)
			if other, dup := x.names[folded]; !dup || k < other {
				x.names[folded] = k
			}
		}
	}
	k, ok := x.names[fold(name)]
	if !ok {
		return nil, false
	}
	return x.Params[k], true
}

// Fold returns the name with its letters A to Z in lower case.
func Fold(name string) string {
	for i := range len(name) {
		if c := name[i]; c >= 'A' && c <= 'Z' {
			return lowerFrom(name, i)
		}
	}
	return name
}

func lowerFrom(name string, from int) string {
	b := []byte(name)
	for i := from; i < len(b); i++ {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
