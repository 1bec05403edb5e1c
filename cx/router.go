package cx

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/httpio"
)

// HealthPath is where [NewRouter] serves the health of the process.
const HealthPath = "/health"

// RouterOption configures [NewRouter]. An option with a value that makes no
// sense panics when the router is made.
type RouterOption func(*routing)

type routing struct {
	health health
	logger *slog.Logger
}

// WithHealth contributes a field to the health answer: its name and a function
// that returns its value, any JSON value. An error makes the answer 503 and
// the value "unavailable", so that the process gets no traffic until the check
// is well again; its text goes to the log alone, since health is open to
// everyone.
//
// The function is called for every probe, from many goroutines. Its context
// ends after a second; a check that does not heed that holds up the probe. A
// panic counts as an error. An empty name, the name "status", a name that is
// there already and a nil function panic.
func WithHealth(name string, check func(context.Context) (any, error)) RouterOption {
	if name == "" || name == "status" || check == nil {
		panic(fmt.Sprintf("cx: unfit health field %q", name))
	}
	return func(c *routing) {
		for _, other := range c.health.checks {
			if other.name == name {
				panic(fmt.Sprintf("cx: health field %q registered twice", name))
			}
		}
		c.health.checks = append(c.health.checks, healthCheck{name, check})
	}
}

// WithHealthStatus sets the word by which the health answer says that the
// process is well, "ok" by default, for probes that look for another, such as
// "healthy". An empty word, "unavailable" and "draining" panic.
func WithHealthStatus(word string) RouterOption {
	if word == "" || word == "unavailable" || word == "draining" {
		panic(fmt.Sprintf("cx: unfit health status %q", word))
	}
	return func(c *routing) { c.health.word = word }
}

// WithRouterLogger sets the logger of requests that no route takes,
// slog.Default() by default: one line of level Warn for each, with method and
// path, so that a mistyped URL in the console can be found.
func WithRouterLogger(l *slog.Logger) RouterOption {
	if l == nil {
		panic("cx: nil logger")
	}
	return func(c *routing) { c.logger = l }
}

// NewRouter returns a router of github.com/gorilla/mux for webhook routes. It
// answers what it does not know, wrong methods included, with 404 and a JSON
// body: never with a redirect, 405 or a cleaned path, which Dialogflow does
// not understand and which let a request slip past rules for exact paths.
// Paths are matched as they were encoded. GET and HEAD of [HealthPath] answer
// 200 with {"status":"ok"} and the fields of [WithHealth], and 503 with
// {"status":"draining"} once [Serve] is shutting down. Routes are taken in the
// order of their registration: see [CheckRoutes].
func NewRouter(opts ...RouterOption) *mux.Router {
	c := &routing{logger: slog.Default()}
	c.health.routing, c.health.word = c, "ok"
	for _, opt := range opts {
		if opt != nil {
			opt(c)
		}
	}
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.NotFoundHandler = http.HandlerFunc(c.notFound)
	r.MethodNotAllowedHandler = r.NotFoundHandler
	r.Handle(HealthPath, &c.health).Methods(http.MethodGet, http.MethodHead)
	return r
}

func (c *routing) notFound(w http.ResponseWriter, r *http.Request) {
	c.logger.LogAttrs(r.Context(), slog.LevelWarn, "no route",
		slog.String("method", endpoint.Clean(r.Method)), slog.String("path", endpoint.Clean(r.URL.EscapedPath())))
	httpio.WriteError(w, http.StatusNotFound, "not found")
}

type healthCheck struct {
	name  string
	check func(context.Context) (any, error)
}

// run makes a panic of the user's function an error.
func (c healthCheck) run(ctx context.Context) (value any, err error) {
	defer func() {
		if v := recover(); v != nil {
			value, err = nil, fmt.Errorf("the check panicked: %v", v)
		}
	}()
	return c.check(ctx)
}

// healthTime bounds the context of a check.
const healthTime = time.Second

type health struct {
	routing *routing
	word    string // the status when all is well
	checks  []healthCheck
}

// ServeHTTP answers a probe.
func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTime)
	defer cancel()
	code, state := http.StatusOK, h.word
	fields := make(map[string]any, 1+len(h.checks))
	for _, c := range h.checks {
		value, err := c.run(ctx)
		if err != nil {
			h.routing.logger.LogAttrs(ctx, slog.LevelWarn, "health check failed",
				slog.String("check", c.name), slog.String("error", endpoint.Clean(err.Error())))
			code, state, value = http.StatusServiceUnavailable, "unavailable", "unavailable"
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
