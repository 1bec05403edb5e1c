package flexible

import (
	"context"
	"net/http"

	"github.com/cxhook/cxhook/internal/repeat"
)

// Once lets calls that arrive more than once run once: a *once.Group of package
// cx/once.
type Once = repeat.Once

// WithOnce lets calls of the same name run once: the repeated call gets the
// answer of the first byte for byte, and waits for it, at most until its own
// deadline, when the first is still running. By default each call runs.
//
// Calls of flexible webhooks carry no id, so the function names them, by what
// the request was bound to: an order number, an Idempotency-Key header. It must
// take in all that tells two calls apart. A call without a name ("") runs
// always. Method, path and principal count beside the name, so that no caller
// gets the answer of another. The function's type must be that of the handler's
// input, or [NewHandler] panics.
//
// The handler runs on when its caller has gone away, until its deadline or for
// as long as the group's Limit says. Answers and refusals of the caller's
// mistakes (4xx) are kept; failures (5xx), panics and timeouts are passed to
// the calls that wait at the time, and the next one runs again. While the store
// is down a call is answered 503, or runs, as the group says.
func WithOnce[In any](o Once, name func(context.Context, In) string) Option {
	if repeat.Missing(o) || name == nil {
		panic("flexible: WithOnce needs a group and a function that names calls")
	}
	return func(opts *handlerOptions) { opts.endpoint.Once, opts.onceKey = o, name }
}

// keyByName is the name of the kind of keys; another composition needs another.
var keyByName = []byte("flexible name 1")

// Key names a call for [WithOnce].
func (s *server[In, Out]) Key(r *http.Request, in In, record *Call) (repeat.Key, bool) {
	name := s.name(r.Context(), in)
	if name == "" {
		return "", false
	}
	route := r.Method + " " + r.URL.EscapedPath()
	return repeat.NewKey(keyByName, []byte(route), []byte(record.Principal.Key()), []byte(name)), true
}
