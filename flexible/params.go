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

// Env is what [Webhook.RequestIn] reads: a [Scope], and the clock, time zone
// and randomness of the system functions in header values. The zero value
// knows no parameters and uses the system's clock in UTC.
type Env = expr.Env

// ErrUnset reports a reference to a parameter that is unset or null.
var ErrUnset = expr.ErrUnset

// Params is a [Scope] over one map with the keys of a parameterMapping: x is
// the session parameter x, $flow.x the flow parameter x, and the names of
// other scopes are written as they are referred to, such as
// $intent.params.size.original or $request.webhook_status_code.
type Params map[string]any

// Value implements [Scope]. A name is looked up as it is written, then
// without regard to case.
func (p Params) Value(space, name string) (any, bool) {
	prefix := prefixOf(space)
	if name == "" {
		return p.all(prefix)
	}
	key := prefix + name
	if v, ok := p[key]; ok {
		return v, true
	}
	found, value := "", any(nil)
	for k, v := range p {
		if len(k) == len(key) && strings.EqualFold(k, key) && (found == "" || k < found) {
			found, value = k, v
		}
	}
	return value, found != ""
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
