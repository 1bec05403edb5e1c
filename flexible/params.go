package flexible

import (
	"strings"

	"github.com/cxhook/cxhook/internal/expr"
)

// Scope supplies the values that references name, one at a time:
// $session.params.size asks for ("session", "size"), $flow.size for ("flow",
// "size"), $request.language for ("request", "language"), and $vip.params.tier,
// of a custom scope, for ("vip", "tier"). A name with dots is asked for whole
// first and then shorter. The empty name asks for all parameters of the scope.
// ok is false for what is not set.
type Scope = expr.Scope

// Env is what [Webhook.RequestIn] reads: a [Scope], and the clock, time zone,
// randomness and telephone numbers of the system functions in header values.
// The zero value knows no parameters and uses the system's clock in UTC.
//
// Without Env.Phone the functions TO_PHONE_NUMBER and IS_PHONE_NUMBER fail: the
// tables of the world's numbers take 3 MB, which a service that only answers
// calls does not need. caller.PhoneNumbers of package cx/caller has them.
//
// Env.OnCall is told of each call of a system function, failed or not, and
// Env.OnUnset of each reference, as it is written, whose parameter is unset or
// null. Both are called while a template is rendered, on its goroutine.
type Env = expr.Env

// CallResult is one call of a system function: its text and its name, and its
// value or why it has none.
type CallResult = expr.CallResult

// FuncError says why a system function gave no value. Its text may hold a part
// of the value that it was given.
type FuncError = expr.FuncError

// PhonePlan knows the telephone numbers of the world, for the functions
// TO_PHONE_NUMBER and IS_PHONE_NUMBER. A region is upper-case, such as "US". It
// must be safe for concurrent use.
type PhonePlan = expr.PhonePlan

// PhoneNumber is a number in the parts that TO_PHONE_NUMBER gives.
type PhoneNumber = expr.PhoneNumber

// ErrUnset reports a reference to a parameter that is unset or null.
var ErrUnset = expr.ErrUnset

// Params is a [Scope] over one map with the keys of a parameterMapping: x is
// the session parameter x, $flow.x the flow parameter x, and the names of
// other scopes are written as they are referred to, such as
// $intent.params.size.original or $request.webhook_status_code.
type Params map[string]any

// Value implements [Scope]. A name is looked up as it is written, then
// without regard to the case of its letters A to Z.
func (p Params) Value(space, name string) (any, bool) {
	prefix := prefixOf(space)
	if name == "" {
		return p.all(prefix)
	}
	return expr.Find(p, prefix+name)
}

// lookup is the Scope of Params during one rendering: it goes through the map
// once for names and once for each scope that is asked for whole, however many
// references ask.
type lookup struct {
	index expr.Index
	whole map[string]any // what p.all returned, by prefix
}

// inOneRendering returns an env whose lookups share what they find out.
func inOneRendering(env *Env) *Env {
	if env == nil {
		return nil
	}
	p, ok := env.Scope.(Params)
	if !ok {
		return env
	}
	own := *env
	own.Scope = &lookup{index: expr.Index{Params: p}}
	return &own
}

// Value implements [Scope].
func (l *lookup) Value(space, name string) (any, bool) {
	prefix := prefixOf(space)
	if name != "" {
		return l.index.Find(prefix + name)
	}
	all, known := l.whole[prefix]
	if !known {
		if l.whole == nil {
			l.whole = map[string]any{}
		}
		all, _ = Params(l.index.Params).all(prefix)
		l.whole[prefix] = all
	}
	return all, len(all.(map[string]any)) > 0
}

// all returns the parameters whose keys begin with prefix; without a prefix
// those of the session.
func (p Params) all(prefix string) (any, bool) {
	all := map[string]any{}
	for k, v := range p {
		switch {
		case prefix == "" && !strings.HasPrefix(k, "$"):
			all[k] = v
		case prefix != "" && len(k) > len(prefix) && strings.EqualFold(k[:len(prefix)], prefix):
			all[k[len(prefix):]] = v
		}
	}
	return all, len(all) > 0
}

// prefixOf returns what stands before the name in keys of the scope's
// parameters.
func prefixOf(space string) string {
	switch space {
	case expr.Session:
		return ""
	case expr.Flow:
		return "$flow."
	case expr.Request:
		return "$request."
	}
	return "$" + space + ".params."
}
