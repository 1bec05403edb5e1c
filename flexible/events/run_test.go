package events_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/flexible/events"
)

const basicPair = "flow:canary-password-0123"

func triggerSite(t testing.TB, cfg events.TriggerConfig, change func(*events.Config)) *site {
	t.Helper()
	cfg.Name, cfg.Path = "order", "/api/order"
	if !cfg.Unverified {
		cfg.Credentials = auth.FixedSecrets(basicPair)
	}
	c := events.Config{Sources: []events.Source{must(t)(events.WorkflowTrigger(cfg))}, Handlers: map[string]events.HandlerFunc{"ship": nothing}}
	if change != nil {
		change(&c)
	}
	return newSite(t, c)
}

func basic(r *http.Request) { r.SetBasicAuth("flow", "canary-password-0123") }

func TestTriggerStatuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, contentType, body string
		edit                            func(*http.Request)
		status                          int
		reason                          string
	}{
		{"wrong method", "PUT", "application/json", "{}", basic, 405, events.ReasonMethod},
		{"no credentials", "POST", "application/json", "{}", func(*http.Request) {}, 401, string(auth.ReasonNoCredential)},
		{"wrong password", "POST", "application/json", "{}", func(r *http.Request) { r.SetBasicAuth("flow", "x") }, 401, string(auth.ReasonMismatch)},
		{"not JSON by type", "POST", "text/plain", "{}", basic, 415, events.ReasonContentType},
		{"no type", "POST", "", "{}", basic, 415, events.ReasonContentType},
		{"another charset", "POST", "application/json; charset=latin1", "{}", basic, 415, events.ReasonContentType},
		{"not JSON by content", "POST", "application/json", "{", basic, 400, events.ReasonMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := triggerSite(t, events.TriggerConfig{Handler: "ship"}, nil)
			r, err := http.NewRequestWithContext(t.Context(), tt.method, s.URL+"/api/order", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
			tt.edit(r)
			a := s.send(t, r)
			if challenge := a.header.Get("WWW-Authenticate"); (challenge != "") != (a.status == 401) {
				t.Errorf("challenge %q with %d", challenge, a.status)
			}
			if allow := a.header.Get("Allow"); (allow == "POST") != (a.status == 405) {
				t.Errorf("Allow %q with %d", allow, a.status)
			}
			s.refused(t, a, tt.status, tt.reason, "canary-password")
		})
	}
}

func TestTriggerPicksVariables(t *testing.T) {
	t.Parallel()
	picks := []events.Pick{
		{From: events.FromHeader, Path: "X-Shop", Alias: "shop"},
		{From: events.FromQuery, Path: "query[0].a", Alias: "first"},
		{From: events.FromQuery, Path: "b.c"},
		{From: events.FromBody, Path: "items[*].sku", Alias: "skus"},
		{From: events.FromBody, Path: "$.total", Alias: "total"},
		{From: events.FromBody, Path: "$.missing", Alias: "missing"},
	}
	reply := &events.Reply{Status: http.StatusAccepted, Header: map[string]string{"X-Flow": "7", "Content-Type": "application/json"}, Body: `{"queued":true}`}
	s := triggerSite(t, events.TriggerConfig{Handler: "ship", Picks: picks, Reply: reply}, nil)
	a := s.post(t, "/api/order?query[0][a]=1&b[c]=%C3%A9", `{"items":[{"sku":"a<b"},{"sku":"c"}],"total":1.50}`, func(r *http.Request) {
		basic(r)
		r.Header.Set("X-Shop", "north")
	})
	if a.status != http.StatusAccepted || a.body != `{"queued":true}` || a.header.Get("X-Flow") != "7" {
		t.Fatalf("%d %q %v: %s", a.status, a.body, a.header, s.logs.text())
	}
	want := map[string]json.RawMessage{
		"shop": json.RawMessage(`"north"`), "first": json.RawMessage(`"1"`), "b.c": json.RawMessage(`"é"`),
		"skus": json.RawMessage(`["a<b","c"]`), "total": json.RawMessage(`1.50`),
	}
	if diff := cmp.Diff(want, s.tray.taken()[0].Vars); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

func TestTriggerDefaultAnswer(t *testing.T) {
	t.Parallel()
	s := triggerSite(t, events.TriggerConfig{Handler: "ship"}, nil)
	if a := s.post(t, "/api/order", `{}`, basic); a.status != http.StatusOK || a.body != "ok" {
		t.Errorf("%d %q, want 200 ok", a.status, a.body)
	}
}

// The answer leaves although the handler is stuck.
func TestAnswerDoesNotWaitForTheHandler(t *testing.T) {
	t.Parallel()
	release, entered := make(chan struct{}), make(chan struct{})
	handlers := map[string]events.HandlerFunc{"ship": func(context.Context, events.Delivery) error { close(entered); <-release; return nil }}
	quiet := (&logBook{}).logger()
	queue := startedQueue(t, events.MemoryQueueConfig{Logger: quiet}, events.WorkConfig{Handlers: handlers, Logger: quiet})
	s := triggerSite(t, events.TriggerConfig{Handler: "ship"}, func(c *events.Config) { c.Queue, c.Handlers = queue, handlers })
	if a := s.post(t, "/api/order", `{}`, basic); a.status != http.StatusOK {
		t.Errorf("%d", a.status)
	}
	<-entered
	close(release)
}

func runSite(t testing.TB, run events.RunFunc, limit time.Duration, change func(*events.Config)) *site {
	return triggerSite(t, events.TriggerConfig{Run: "work", RunLimit: limit}, func(c *events.Config) {
		c.Runs = map[string]events.RunFunc{"work": run}
		if change != nil {
			change(c)
		}
	})
}

func TestSynchronousRuns(t *testing.T) {
	t.Parallel()
	returns := func(reply *events.Reply, err error) events.RunFunc {
		return func(context.Context, events.Delivery) (*events.Reply, error) { return reply, err }
	}
	tests := []struct {
		name         string
		run          events.RunFunc
		status       int
		body, reason string
	}{
		{"its own answer", returns(&events.Reply{Status: 201, Body: "made"}, nil), 201, "made", ""},
		{"its own failure", returns(&events.Reply{Status: 422, Body: "no stock"}, nil), 422, "no stock", ""},
		{"no answer", returns(nil, nil), 200, "", ""},
		{"an error", returns(nil, errors.New("canary-cause")), 500, "", events.ReasonRun},
		{"an error with a status", returns(nil, flexible.Errorf(404, "no order")), 404, `{"error":{"status":404,"message":"no order"}}`, ""},
		{"an error of a dependency", returns(nil, flexible.Errorf(503, "stock is down")), 503, "", events.ReasonRun},
		{"a panic", func(context.Context, events.Delivery) (*events.Reply, error) { panic("canary-panic") }, 500, "", events.ReasonPanic},
		{"a status that is none", returns(&events.Reply{Status: 302}, nil), 500, "", events.ReasonRun},
		{"a header that is none", returns(&events.Reply{Header: map[string]string{"X": "a\r\nb: c"}}, nil), 500, "", events.ReasonRun},
		{"outlasts the limit", func(ctx context.Context, _ events.Delivery) (*events.Reply, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, 408, "", events.ReasonDeadline},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limit := 10 * time.Second
			if tt.status == http.StatusRequestTimeout {
				limit = 20 * time.Millisecond
			}
			s := runSite(t, tt.run, limit, nil)
			a := s.post(t, "/api/order", `{}`, basic)
			if tt.reason != "" {
				if strings.Contains(a.body, "canary") {
					t.Errorf("the cause is told: %s", a.body)
				}
				if tt.reason == events.ReasonPanic { // its stack is a record of its own
					s.logs.await(t, "run of an event panicked", 1)
				}
				s.refused(t, a, tt.status, tt.reason)
				return
			}
			if a.status != tt.status || a.body != tt.body {
				t.Errorf("%d %q, want %d %q", a.status, a.body, tt.status, tt.body)
			}
		})
	}
}

// A run that ignores its limit is left behind, and there may be only so many.
func TestStuckRunsAreBounded(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	run := func(context.Context, events.Delivery) (*events.Reply, error) { <-release; return nil, nil } //nolint:nilnil // no answer
	s := runSite(t, run, 20*time.Millisecond, func(c *events.Config) { c.MaxRuns = 1 })
	if a := s.post(t, "/api/order", `{}`, basic); a.status != http.StatusRequestTimeout {
		t.Errorf("first: %d, want 408", a.status)
	}
	s.logs.await(t, "event", 1)
	s.logs.reset()
	s.refused(t, s.post(t, "/api/order", `{}`, basic), http.StatusServiceUnavailable, events.ReasonOverload)
	close(release)
}

type valueKey string

// Row 375: a run does not end with the request, keeps the values of its
// context, and does not see those that hold credentials.
func TestRunIsDetachedFromItsRequest(t *testing.T) {
	t.Parallel()
	started, gone, result := make(chan struct{}), make(chan struct{}), make(chan []any, 1)
	run := func(ctx context.Context, _ events.Delivery) (*events.Reply, error) {
		close(started)
		<-gone
		id, _ := auth.IdentityFrom(ctx)
		deadline, bounded := ctx.Deadline()
		result <- []any{ctx.Err(), id.Subject, ctx.Value(valueKey("trace")), ctx.Value(valueKey("token")), ctx.Value(http.ServerContextKey), bounded && time.Until(deadline) > 0}
		return nil, nil //nolint:nilnil // no answer
	}
	s := runSite(t, run, 10*time.Second, func(c *events.Config) { c.CredentialKeys = []any{valueKey("token")} })
	ended := make(chan struct{})
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(context.WithValue(r.Context(), valueKey("trace"), "t1"), valueKey("token"), secret)
		go func() { <-r.Context().Done(); close(gone) }()
		s.receiver.ServeHTTP(w, r.WithContext(ctx))
		close(ended)
	})
	ctx, hangUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/api/order", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	basic(r)
	go func() { <-started; hangUp() }()
	if resp, err := http.DefaultClient.Do(r); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		t.Error("the caller did not hang up")
	}
	if diff := cmp.Diff([]any{nil, "flow", "t1", nil, nil, true}, <-result); diff != "" {
		t.Errorf("error, subject, trace, token, server, bounded (-want +got):\n%s", diff)
	}
	<-ended
}

// Row 343: the answer that is kept is the one that was sent, byte by byte, also
// where it is no text.
func TestKeptAnswerIsTheSameBytes(t *testing.T) {
	t.Parallel()
	const image = "\x89PNG\r\n\x00\xff<&>"
	var runs atomic.Int64
	run := func(context.Context, events.Delivery) (*events.Reply, error) {
		runs.Add(1)
		return &events.Reply{Body: image, Header: map[string]string{"Content-Type": "image/png"}}, nil
	}
	s := runSite(t, run, time.Second, func(c *events.Config) { c.Sources[0].ID = "event.payload.id" })
	for i := range 2 {
		if a := s.post(t, "/api/order", `{"id":"a"}`, basic); a.body != image || a.header.Get("Content-Type") != "image/png" {
			t.Errorf("answer %d is %q %v, want %q", i+1, a.body, a.header, image)
		}
	}
	if runs.Load() != 1 {
		t.Errorf("%d runs, want 1", runs.Load())
	}
}

// A synchronous run is checked for duplicates too: its answer is given again,
// failures release the id.
func TestRunsOnce(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	run := func(context.Context, events.Delivery) (*events.Reply, error) {
		n := runs.Add(1)
		if n == 1 {
			return nil, errors.New("down")
		}
		if n == 2 {
			return &events.Reply{Status: 500}, nil
		}
		return &events.Reply{Status: 422, Body: strings.Repeat("x", int(n)), Header: map[string]string{"X-Run": "yes"}}, nil
	}
	s := runSite(t, run, time.Second, func(c *events.Config) { c.Sources[0].ID = "event.payload.id" })
	for i, want := range []int{500, 500, 422, 422, 422} {
		a := s.post(t, "/api/order", `{"id":"a"}`, basic)
		if a.status != want || want == 422 && (a.body != "xxx" || a.header.Get("X-Run") != "yes") {
			t.Errorf("call %d: %d %q %v, want %d", i+1, a.status, a.body, a.header, want)
		}
	}
	if runs.Load() != 3 {
		t.Errorf("%d runs, want 3", runs.Load())
	}
}
