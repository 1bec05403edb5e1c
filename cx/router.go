package cx

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/gorilla/mux"

	"github.com/cxhook/cxhook/internal/httpio"
)

// HealthPath is where [NewRouter] serves the health of the process.
const HealthPath = "/health"

// RouterOption configures [NewRouter].
type RouterOption func(*health)

// WithHealth contributes a field to the health answer: its name and a function
// that returns its value, any JSON value. An error makes the answer 503 and
// its text the value, so that the process gets no traffic until the check is
// well again. The function is called for every probe, from many goroutines.
// WithHealth panics on an empty name, on "status" and on a nil function.
func WithHealth(name string, check func(context.Context) (any, error)) RouterOption {
	if name == "" || name == "status" || check == nil {
		panic(fmt.Sprintf("cx: unfit health field %q", name))
	}
	return func(h *health) { h.checks = append(h.checks, healthCheck{name, check}) }
}

// NewRouter returns a router of github.com/gorilla/mux for webhook routes. It
// answers what it does not know, wrong methods included, with 404 and a JSON
// body: never with a redirect, 405 or a cleaned path, which Dialogflow does
// not understand and which let a request slip past rules for exact paths.
// Paths are matched as they were encoded. GET and HEAD of [HealthPath] answer
// 200 with {"status":"ok"}, and 503 with {"status":"draining"} once [Serve]
// is shutting down.
func NewRouter(opts ...RouterOption) *mux.Router {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	notFound := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		httpio.WriteError(w, http.StatusNotFound, "not found")
	})
	r.NotFoundHandler = notFound
	r.MethodNotAllowedHandler = notFound
	h := new(health)
	for _, opt := range opts {
		opt(h)
	}
	r.Handle(HealthPath, h).Methods(http.MethodGet, http.MethodHead)
	return r
}

type healthCheck struct {
	name  string
	check func(context.Context) (any, error)
}

type health struct{ checks []healthCheck }

// ServeHTTP answers a probe.
func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	code, state := http.StatusOK, "ok"
	fields := make(map[string]any, 1+len(h.checks))
	for _, c := range h.checks {
		value, err := c.check(r.Context())
		if err != nil {
			code, state, value = http.StatusServiceUnavailable, "unavailable", err.Error()
		}
		fields[c.name] = value
	}
	if draining(r.Context()) {
		code, state = http.StatusServiceUnavailable, "draining"
	}
	fields["status"] = state
	body, err := json.Marshal(fields)
	if err != nil {
		httpio.WriteError(w, http.StatusInternalServerError, "a health field is not JSON")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(body) // the prober asks again
}

type drainKey struct{}

// withDrain returns a context in which probes see the state of a server.
func withDrain(ctx context.Context, state *atomic.Bool) context.Context {
	return context.WithValue(ctx, drainKey{}, state)
}

func draining(ctx context.Context) bool {
	state, ok := ctx.Value(drainKey{}).(*atomic.Bool)
	return ok && state.Load()
}
