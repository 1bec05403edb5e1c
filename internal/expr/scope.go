package expr

import "strings"

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

// Find looks a parameter up: as written, else without regard to case. The
// empty name gives the whole map, unless a parameter is named so.
func Find(params map[string]any, name string) (any, bool) {
	if v, ok := params[name]; ok {
		return v, true
	}
	if name == "" {
		return params, params != nil
	}
	found, value := "", any(nil)
	for k, v := range params {
		if len(k) == len(name) && strings.EqualFold(k, name) && (found == "" || k < found) {
			found, value = k, v
		}
	}
	return value, found != ""
}
