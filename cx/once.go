package cx

import (
	"context"
	"net/http"
	"sync"

	"github.com/cxhook/cxhook/internal/repeat"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// Once lets calls that arrive more than once run once: a *once.Group of package
// cx/once.
type Once = repeat.Once

// WithOnce lets a call that Dialogflow repeats run once. The repeated call gets
// the answer of the first byte for byte: it waits for it, at most until its own
// deadline, when the first is still running. By default each call runs.
//
// A call is a repetition if it equals a former one in route (path and query),
// principal, session, detectIntentResponseId, tag, page and body, whatever the
// blanks, the order of members and the escapes in the body. A call without a
// detectIntentResponseId runs always. [WithOnceKey] names calls in another way.
//
// The handler runs on when its caller has gone away, until its deadline or for
// as long as the group's Limit says. Answers and refusals of the caller's
// mistakes (4xx) are kept; failures (5xx), panics and timeouts are passed to
// the calls that wait at the time, and the next one runs again. What is
// different in each answer, such as the time of day, is that of the first run.
//
// While the store is down a call is answered 503, or runs, as the group says.
func WithOnce(o Once) Option {
	if repeat.Missing(o) {
		panic("cx: nil once")
	}
	return func(opts *options) { opts.endpoint.Once = o }
}

// WithOnceKey sets the function that names calls for [WithOnce]: calls of the
// same name are repetitions, one without a name ("") runs always. Tag, session
// and response id are in the record of the call; its context knows the request
// ([RequestFrom], [RawBody]). Route and principal always count beside the name,
// so that no caller gets the answer of another.
//
// For example, handlers that only read need no check:
//
//	cx.WithOnceKey(func(_ context.Context, c cx.Call) string {
//		if c.Tag == "place-order" {
//			return c.ResponseID
//		}
//		return ""
//	})
func WithOnceKey(f func(ctx context.Context, c Call) string) Option {
	if f == nil {
		panic("cx: nil function for the keys of calls")
	}
	return func(o *options) { o.onceKey = f }
}

// Names of the kinds of keys; another composition needs another name.
var (
	keyOfCall = []byte("cx call 1")
	keyByName = []byte("cx name 1")
)

// maxPooled is the largest buffer that is kept for the next call.
const maxPooled = 64 << 10

var canonicalBodies = sync.Pool{New: func() any { return new([]byte) }}

// Key names a call for [WithOnce].
func (s *service) Key(r *http.Request, in *incoming, record *Call) (repeat.Key, bool) {
	route := []byte(r.URL.EscapedPath() + "?" + r.URL.RawQuery)
	principal := []byte(record.Principal.Key())
	if s.options.onceKey != nil {
		name := s.options.onceKey(withCall(r.Context(), &in.call), *record)
		if name == "" {
			return "", false
		}
		return repeat.NewKey(keyByName, route, principal, []byte(name)), true
	}
	if record.ResponseID == "" {
		return "", false
	}
	body := canonicalBodies.Get().(*[]byte)
	*body = webhookjson.AppendCanonical((*body)[:0], in.call.raw)
	key := repeat.NewKey(keyOfCall, route, principal,
		[]byte(record.Session), []byte(record.ResponseID), []byte(record.Tag), []byte(in.call.page()), *body)
	if cap(*body) <= maxPooled {
		canonicalBodies.Put(body)
	}
	return key, true
}

// page returns the resource name of the page that a decoded call comes from.
func (c *call) page() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scan != nil {
		return c.scan.Page()
	}
	return c.request.GetPageInfo().GetCurrentPage()
}
