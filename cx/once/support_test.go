package once_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/inproc"
	"github.com/cxhook/cxhook/internal/principal"
)

// logs collects JSON log lines.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

// lines returns the records with the given message.
func (l *logs) lines(t *testing.T, msg string) (list []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.buf.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if record["msg"] == msg {
			list = append(list, record)
		}
	}
	return list
}

// service is a route under test, served by net/http in the fake time of a
// bubble.
type service struct {
	client  *http.Client
	handler http.Handler
	runs    atomic.Int64 // of the handler
	log     logs

	mu   sync.Mutex // guards seen
	seen []cx.Call
}

// newGroup returns a group over the store.
func newGroup(t testing.TB, cfg once.Config) *once.Group {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	g, err := once.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// newService serves h by a group over the store of cfg, by default a new
// memory store.
func newService(t testing.TB, cfg once.Config, h cx.Handler, opts ...cx.Option) (*service, *once.Group) {
	t.Helper()
	s := new(service)
	if cfg.Store == nil {
		cfg.Store = newMemory(t, once.MemoryConfig{})
	}
	cfg.Logger = s.log.logger()
	g := newGroup(t, cfg)
	s.serve(append([]cx.Option{cx.WithOnce(g)}, opts...), h)
	return s, g
}

// serve sets up a service without a group of its own.
func (s *service) serve(opts []cx.Option, h cx.Handler) {
	counted := cx.HandlerFunc(func(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		s.runs.Add(1)
		return h.ServeWebhook(ctx, req)
	})
	s.route(opts, counted)
}

// route is serve without a count of the runs.
func (s *service) route(opts []cx.Option, h cx.Handler) {
	opts = append([]cx.Option{cx.WithLogger(s.log.logger()), cx.WithObserver(func(_ context.Context, c cx.Call) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, c)
	})}, opts...)
	webhook := cx.NewHTTPHandler(h, opts...)
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if who := r.Header.Get("X-Principal"); who != "" { // stands for auth.Require
			r = r.WithContext(principal.NewContext(r.Context(), principal.Identity{Scheme: "test", Subject: who}))
		}
		webhook.ServeHTTP(w, r)
	})
	l := inproc.New(s.handler, s.log.logger())
	s.client = &http.Client{Transport: &http.Transport{DialContext: l.Dial, DisableKeepAlives: true}}
}

// calls returns what the observer was told, once all that goes on by itself
// has ended: the observer is called after the answer has left.
func (s *service) calls() []cx.Call {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]cx.Call(nil), s.seen...)
}

// outcomes counts the outcomes of the calls so far.
func (s *service) outcomes() map[once.Outcome]int {
	n := make(map[once.Outcome]int)
	for _, c := range s.calls() {
		n[c.Once]++
	}
	return n
}

// reply is an answer, and when it came.
type reply struct {
	status int
	header http.Header
	body   string
	took   time.Duration
	err    error
}

func (s *service) send(ctx context.Context, path, who, body string) (r reply) {
	start := time.Now()
	defer func() { r.took = time.Since(start) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://service"+path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Principal", who)
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	return reply{status: resp.StatusCode, header: resp.Header, body: string(text), err: err}
}

func (s *service) post(t *testing.T, body string) reply {
	t.Helper()
	r := s.send(t.Context(), "/webhook", "", body)
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r
}

// together sends the body n times at once.
func (s *service) together(t *testing.T, n int, body string) []reply {
	t.Helper()
	replies := make([]reply, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { replies[i] = s.send(t.Context(), "/webhook", "", body) })
	}
	all.Wait()
	return replies
}

const session = "projects/p/locations/l/agents/a/sessions/s"

// turn returns a call of the turn with the given response id.
func turn(id string) string {
	return fmt.Sprintf(`{"detectIntentResponseId":%q,"fulfillmentInfo":{"tag":"t"},"sessionInfo":{"session":%q,"parameters":{"a":1,"b":"x"}},"text":"hi"}`, id, session)
}

func say(text string) *cxpb.WebhookResponse {
	resp, err := cx.Respond(cx.Text(text))
	if err != nil {
		panic(err)
	}
	return resp
}

// slowly answers after d with the number of the run and the time, whatever
// becomes of its context.
func slowly(d time.Duration) cx.Handler {
	var n atomic.Int64
	return cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		i := n.Add(1)
		time.Sleep(d)
		return say(fmt.Sprintf("run %d at %v", i, time.Now().UTC())), nil
	})
}

// heeding answers after d, or fails when its context ends before.
func heeding(d time.Duration) cx.Handler {
	return cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		select {
		case <-time.After(d):
			return say("in time"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
}
