// Package refusal holds what every refusal of the library has in common, as
// one helper for tests: a real server on loopback with a guarded handler, and
// the assertions that hold whatever the reason of the refusal is.
//
// For each refused request it asserts that the handler was not called; that
// the body is the fixed error shape, at most 1 KiB of JSON, and repeats
// nothing of the request; that there is exactly one log record, with the
// reason, the status and the id that the response carries, and that it
// repeats nothing secret of the request; that the status is one that
// Dialogflow knows; that the answer came within a generous bound; and that a
// good request on a fresh connection passes afterwards. [Main] looks for
// goroutines left behind.
package refusal

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/principal"
)

// patience bounds one exchange. It is generous: it finds hangs, it measures
// nothing.
const patience = 30 * time.Second

// minCanary is the length from which a piece of a request counts as one that
// must not be repeated; shorter ones occur by chance.
const minCanary = 8

// Middleware puts a guard before a handler, as auth.Require does.
type Middleware = func(http.Handler) http.Handler

// Site is a server whose handler is guarded. Its assertions count calls and
// log records, so each site serves one test at a time; parallel tests make one
// each.
type Site struct {
	srv     *httptest.Server
	good    func(*http.Request)
	statics []string
	body    string

	mu     sync.Mutex
	calls  int
	seen   principal.Identity
	header http.Header
	got    string
	logs   bytes.Buffer
}

// Config says how a [Site] is made.
type Config struct {
	// Guard makes the middleware under test; its log must go to the logger.
	Guard func(*slog.Logger) Middleware
	// Good turns a plain POST into one that passes. Nil leaves out the
	// request that follows each refusal.
	Good func(*http.Request)
	// Canaries are configured secrets, which neither bodies nor logs may hold.
	Canaries []string
	// Body is what requests carry; empty means a small JSON object.
	Body string
	// TLS, when set, makes the site serve https with this configuration.
	TLS *tls.Config
	// Wrap, when set, changes the server's configuration before its start.
	Wrap func(*http.Server)
}

// New starts a site, which is closed when the test ends.
func New(tb testing.TB, cfg Config) *Site {
	tb.Helper()
	s := &Site{good: cfg.Good, statics: cfg.Canaries, body: cfg.Body}
	if s.body == "" {
		s.body = `{"fulfillmentInfo":{"tag":"t"}}`
	}
	logger := slog.New(slog.NewJSONHandler(&lockedWriter{s}, nil))
	s.srv = httptest.NewUnstartedServer(cfg.Guard(logger)(http.HandlerFunc(s.handle)))
	s.srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	if cfg.Wrap != nil {
		cfg.Wrap(s.srv.Config)
	}
	if cfg.TLS != nil {
		s.srv.TLS = cfg.TLS
		s.srv.StartTLS()
	} else {
		s.srv.Start()
	}
	tb.Cleanup(s.srv.Close)
	return s
}

// URL returns the address of the site, without a path.
func (s *Site) URL() string { return s.srv.URL }

// Server returns the server beneath, for tests that speak to its socket.
func (s *Site) Server() *httptest.Server { return s.srv }

func (s *Site) handle(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	id, _ := principal.FromContext(r.Context())
	s.mu.Lock()
	s.calls++
	s.seen, s.header, s.got = id, r.Header.Clone(), string(body)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, "{}")
}

type lockedWriter struct{ s *Site }

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.logs.Write(p)
}

// state takes what was recorded since the last call.
func (s *Site) state() (calls int, logs string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls, logs = s.calls, s.logs.String()
	s.calls = 0
	s.logs.Reset()
	return calls, logs
}

// Client returns a client of the site with connections of its own, which are
// closed when the test ends. It follows no redirects.
func (s *Site) Client(tb testing.TB) *http.Client {
	transport := s.srv.Client().Transport.(*http.Transport).Clone()
	tb.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Request returns a plain POST to the site's webhook path, changed by edit.
func (s *Site) Request(tb testing.TB, edit func(*http.Request)) *http.Request {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, s.srv.URL+"/webhook", strings.NewReader(s.body))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if edit != nil {
		edit(r)
	}
	return r
}

// Accepted asserts that the request made by edit reaches the handler, and
// returns whom the handler saw and with which headers.
func (s *Site) Accepted(tb testing.TB, edit func(*http.Request)) (principal.Identity, http.Header) {
	tb.Helper()
	s.state()
	resp, body := s.do(tb, s.Client(tb), s.Request(tb, edit)) //nolint:bodyclose // do closes it
	calls, logs := s.state()
	if resp.StatusCode != http.StatusOK || calls != 1 {
		tb.Fatalf("status = %d, body %s, handler called %d times, want 200 and once; log: %s", resp.StatusCode, body, calls, logs)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.IsZero() {
		tb.Errorf("the handler saw nobody")
	}
	if s.got != s.body {
		tb.Errorf("the handler read body %q, want %q", s.got, s.body)
	}
	return s.seen, s.header
}

func (s *Site) do(tb testing.TB, c *http.Client, r *http.Request) (*http.Response, []byte) {
	tb.Helper()
	resp, err := c.Do(r)
	if err != nil {
		tb.Fatalf("request: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatalf("body: %v", err)
	}
	return resp, body
}
