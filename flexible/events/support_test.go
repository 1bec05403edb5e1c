package events_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/internal/refusal"
)

func TestMain(m *testing.M) { os.Exit(refusal.Main(m)) }

// patience bounds what a test waits for. It finds hangs and measures nothing.
const patience = 20 * time.Second

// logBook collects log records.
type logBook struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	return l.buf.Write(p)
}

func (l *logBook) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *logBook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logBook) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}

// records returns the log records with a message.
func (l *logBook) records(t testing.TB, message string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(l.text()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if record["msg"] == message {
			list = append(list, record)
		}
	}
	return list
}

// await returns the records with a message once there are n: an answer leaves
// before its record is written.
func (l *logBook) await(t testing.TB, message string, n int) []map[string]any {
	t.Helper()
	for {
		l.mu.Lock()
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()
		if list := l.records(t, message); len(list) >= n {
			return list
		}
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatalf("no %d records %q in %s", n, message, l.text())
		}
	}
}

// tray is a queue that keeps what is published, or fails as it is told.
type tray struct {
	mu   sync.Mutex
	jobs []events.Job
	fail func() error
}

func (q *tray) Publish(_ context.Context, job events.Job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		if err := q.fail(); err != nil {
			return err
		}
	}
	q.jobs = append(q.jobs, job)
	return nil
}

func (q *tray) taken() []events.Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]events.Job(nil), q.jobs...)
}

func (q *tray) Work(ctx context.Context, _ func(context.Context, events.Delivery) error) error {
	<-ctx.Done()
	return nil
}

func (q *tray) Stats(context.Context) (events.Stats, error) {
	return events.Stats{Queued: len(q.taken())}, nil
}
func (q *tray) Dead(context.Context, int) ([]events.DeadJob, error) { return nil, nil }
func (q *tray) Retry(context.Context, string) error                 { return events.ErrNoDeadJob }
func (q *tray) Close(context.Context) error                         { return nil }

// site is a receiver on a real socket.
type site struct {
	*httptest.Server
	receiver *events.Receiver
	tray     *tray
	logs     *logBook
}

// nothing is a handler for names that only have to be there.
func nothing(context.Context, events.Delivery) error { return nil }

// newSite serves a configuration, with a tray and a memory store where it has
// none of its own.
func newSite(t testing.TB, cfg events.Config) *site {
	t.Helper()
	s := &site{tray: &tray{}, logs: &logBook{}}
	if cfg.Queue == nil {
		cfg.Queue = s.tray
	}
	if cfg.Once == nil {
		cfg.Once = memoryStore(t)
	}
	if cfg.Logger == nil {
		cfg.Logger = s.logs.logger()
	}
	receiver, err := events.NewReceiver(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.receiver = receiver
	s.logs.reset()
	s.Server = httptest.NewServer(receiver)
	t.Cleanup(s.Close)
	return s
}

func memoryStore(t testing.TB) *once.Memory {
	t.Helper()
	store, err := once.NewMemory(once.MemoryConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// post sends a body of JSON, changed by edit.
func (s *site) post(t testing.TB, path, body string, edit func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if edit != nil {
		edit(r)
	}
	return s.send(t, r)
}

func (s *site) send(t testing.TB, r *http.Request) answer {
	t.Helper()
	c := &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer c.CloseIdleConnections()
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

// headers sets headers.
func headers(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

// secret is a secret of good length, and a canary: nothing may show it.
const secret = "canary-secret-0123456789"

// signer makes the signatures of a scheme.
func signer(t testing.TB, scheme auth.SignatureScheme, key string) func(*http.Request, string) {
	t.Helper()
	s, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{Scheme: scheme, Secret: auth.NewSecret(key)})
	if err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request, body string) {
		if err := s.Sign(r, []byte(body)); err != nil {
			t.Error(err)
		}
	}
}

// must makes a source whose constructor cannot fail here.
func must(t testing.TB) func(events.Source, error) events.Source {
	return func(s events.Source, err error) events.Source {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// refused asserts what holds for every refusal: the status and the reason, one
// record with the id that the answer carries, the fixed small body, nothing
// secret anywhere, and nothing in the queue.
func (s *site) refused(t testing.TB, a answer, status int, reason string, canaries ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status = %d, want %d; body %s; log %s", a.status, status, a.body, s.logs.text())
	}
	var shape struct {
		Error *struct {
			Status  int
			Message string
		}
	}
	if err := json.Unmarshal([]byte(a.body), &shape); err != nil || shape.Error == nil || shape.Error.Status != status || shape.Error.Message == "" ||
		len(a.body) > 1024 || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("body = %q (%s), want the fixed error shape", a.body, a.header.Get("Content-Type"))
	}
	if (status == http.StatusServiceUnavailable) != (a.header.Get("Retry-After") != "") {
		t.Errorf("Retry-After = %q with status %d", a.header.Get("Retry-After"), status)
	}
	records := s.logs.await(t, "event", 1)
	if len(records) != 1 || records[0]["reason"] != reason || records[0]["request_id"] != a.header.Get("X-Request-Id") || records[0]["request_id"] == "" {
		t.Errorf("log = %v, want one record with reason %q and id %q", records, reason, a.header.Get("X-Request-Id"))
	}
	for _, c := range append(canaries, secret) {
		if strings.Contains(a.body, c) || strings.Contains(s.logs.text(), c) {
			t.Errorf("%q shows in the answer %q or in the log %s", c, a.body, s.logs.text())
		}
	}
	if jobs := s.tray.taken(); len(jobs) != 0 {
		t.Errorf("a refused event left %d jobs", len(jobs))
	}
	s.logs.reset()
}

// fromPeer sends a good worker event from an address.
func fromPeer(t testing.TB, r *events.Receiver, peer string) int {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/events/webhook/acme/push", strings.NewReader("{}"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Secret", secret)
	req.RemoteAddr = peer
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Code
}
