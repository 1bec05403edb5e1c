package events_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
)

// paid is a source of signed events whose ids and types are in the body.
func paid(t testing.TB) events.Source {
	s := must(t)(events.Stripe(events.SenderConfig{Secrets: auth.FixedSecrets(secret)}))
	s.Flows = []events.Flow{{Triggers: []string{"paid"}, Default: &events.Target{Handler: "book"}}}
	return s
}

func paidSite(t testing.TB, change func(*events.Config)) (*site, func(*http.Request, string)) {
	cfg := events.Config{Sources: []events.Source{paid(t)}, Handlers: map[string]events.HandlerFunc{"book": nothing}}
	if change != nil {
		change(&cfg)
	}
	return newSite(t, cfg), signer(t, auth.StripeSignature(), secret)
}

const paidBody = `{"id":"evt_1","type":"paid","canary":"payload-canary-77"}`

// sign makes an edit of a request that carries the body.
func signed(sign func(*http.Request, string), body string) func(*http.Request) {
	return func(r *http.Request) { sign(r, body) }
}

func TestEventIsRecordedAndAnswered(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, nil)
	a := s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody))
	if a.status != http.StatusOK || a.body != "ok" {
		t.Fatalf("answer = %d %q, want 200 ok; log %s", a.status, a.body, s.logs.text())
	}
	want := []events.Job{{ID: "evt_1", Handler: "book", Source: "stripe", Type: "paid", Payload: []byte(paidBody)}}
	if diff := cmp.Diff(want, s.tray.taken(), cmpopts.IgnoreFields(events.Job{}, "Received")); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if got := s.tray.taken()[0].Received; time.Since(got) > time.Hour || got.Location() != time.UTC {
		t.Errorf("received at %v", got)
	}
	records := s.logs.await(t, "event", 1)
	if len(records) != 1 || records[0]["outcome"] != "queued" || records[0]["event"] != "evt_1" || strings.Contains(s.logs.text(), "payload-canary") {
		t.Errorf("log = %s", s.logs.text())
	}
}

// Each request breaks the rule that its row names and all that come after it,
// so that the answer shows which was looked at first.
func TestOrderOfWork(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 1<<20+1)
	tests := []struct {
		name, method, path, body string
		sign                     bool
		contentType              string
		chunked                  bool
		status                   int
		reason                   string
	}{
		{"method before path", "GET", "/nowhere", "", false, "text/plain", false, 405, events.ReasonMethod},
		{"method of a good path", "PUT", "/webhook/stripe", large, false, "text/plain", false, 405, events.ReasonMethod},
		{"path before size", "POST", "/nowhere", large, false, "text/plain", false, 404, events.ReasonPath},
		{"path is exact", "POST", "/webhook/stripe/", paidBody, true, "application/json", false, 404, events.ReasonPath},
		{"no cleaned path", "POST", "/x/../webhook/stripe", paidBody, true, "application/json", false, 404, events.ReasonPath},
		{"no doubled slash", "POST", "//webhook/stripe", paidBody, true, "application/json", false, 404, events.ReasonPath},
		{"no encoded path", "POST", "/webhook/%73tripe", paidBody, true, "application/json", false, 404, events.ReasonPath},
		{"size before signature, declared", "POST", "/webhook/stripe", large, false, "text/plain", false, 413, events.ReasonTooLarge},
		{"size before signature, chunked", "POST", "/webhook/stripe", large, false, "text/plain", true, 413, events.ReasonTooLarge},
		{"signature before parse", "POST", "/webhook/stripe", "{", false, "text/plain", false, 401, string(auth.ReasonNoCredential)},
		{"content type after signature", "POST", "/webhook/stripe", "{", true, "text/plain", false, 415, events.ReasonContentType},
		{"parse", "POST", "/webhook/stripe", "{", true, "application/json", false, 400, events.ReasonMalformed},
		{"type", "POST", "/webhook/stripe", `{"id":"a","type":"unknown"}`, true, "application/json", false, 404, events.ReasonType},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, sign := paidSite(t, nil)
			var body io.Reader = strings.NewReader(tt.body)
			if tt.chunked {
				body = io.MultiReader(body) // hides the length
			}
			r, err := http.NewRequestWithContext(t.Context(), tt.method, s.URL+tt.path, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", tt.contentType)
			if tt.sign {
				sign(r, tt.body)
			}
			s.refused(t, s.send(t, r), tt.status, tt.reason, "payload-canary")
			good := s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody))
			if good.status != http.StatusOK {
				t.Errorf("the good event afterwards: %d %s", good.status, good.body)
			}
		})
	}
}

func TestBodiesThatAreNoEvents(t *testing.T) {
	t.Parallel()
	deep := func(n int) string {
		return `{"id":"d","type":"paid","a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	tests := []struct {
		name, body string
		status     int
	}{
		{"empty", "", 400}, {"blank", " ", 400}, {"null", "null", 400}, {"text", `"x"`, 400}, {"true", "true", 400},
		{"byte order mark", "\ufeff" + paidBody, 400},
		{"a name twice", `{"id":"a","id":"b","type":"paid"}`, 400},
		{"a name twice, escaped", `{"id":"a","\u0069d":"b","type":"paid"}`, 400},
		{"two documents", paidBody + paidBody, 400},
		{"comment", `{"id":"a","type":"paid"}//`, 400},
		{"invalid UTF-8", "{\"id\":\"a\",\"type\":\"paid\",\"x\":\"\xff\"}", 400},
		{"lone surrogate", `{"id":"a","type":"paid","x":"\ud800"}`, 400},
		{"63 deep below the object", deep(63), 200},
		{"64 deep below the object", deep(64), 400},
		{"3,334 deep, which a default decoder takes", deep(3334), 400},
		{"a million deep", deep(500_000), 400},
		{"300,000 small values", `{"id":"m","type":"paid","a":[` + strings.Repeat("{},", 300_000) + `{}]}`, 400},
		{"NUL in a text", `{"id":"n","type":"paid","x":"\u0000"}`, 200},
		{"number of many digits keeps them", `{"id":"g","type":"paid","x":9007199254740993.000000000000000001}`, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, sign := paidSite(t, nil)
			a := s.post(t, "/webhook/stripe", tt.body, signed(sign, tt.body))
			if tt.status != http.StatusOK {
				s.refused(t, a, tt.status, events.ReasonMalformed)
				return
			}
			jobs := s.tray.taken()
			if a.status != http.StatusOK || len(jobs) != 1 || string(jobs[0].Payload) != tt.body {
				t.Errorf("status %d, %d jobs", a.status, len(jobs))
			}
		})
	}
}

// A body that never ends, and one that is cut.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	s, _ := paidSite(t, func(cfg *events.Config) { cfg.BodyTime = 50 * time.Millisecond })
	for name, send := range map[string]string{
		"silence after two bytes":             "POST /webhook/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab",
		"broken chunk":                        "POST /webhook/stripe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"declared over the limit, never sent": "POST /webhook/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, send)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		got, err := io.ReadAll(conn)
		want := "HTTP/1.1 400"
		if strings.Contains(name, "over the limit") {
			want = "HTTP/1.1 413"
		}
		if err != nil || !strings.HasPrefix(string(got), want) || !strings.Contains(string(got), "Connection: close") {
			t.Errorf("%s: %q, %v, want %s and the end of the connection", name, got, err, want)
		}
	}
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, nil)
	for i := range 3 {
		if a := s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody)); a.status != http.StatusOK || a.body != "ok" {
			t.Fatalf("delivery %d: %d %q", i+1, a.status, a.body)
		}
	}
	other := strings.Replace(paidBody, "evt_1", "evt_2", 1)
	s.post(t, "/webhook/stripe", other, signed(sign, other))
	if jobs := s.tray.taken(); len(jobs) != 2 {
		t.Errorf("%d jobs of two events, one of which came three times", len(jobs))
	}
	s.logs.await(t, "event", 4)
	if f := s.receiver.Figures(); f.Duplicates() != 2 || f.Queued() != 2 || f.Received() != 4 {
		t.Errorf("figures: %d duplicates, %d queued, %d received", f.Duplicates(), f.Queued(), f.Received())
	}
}

// Check and mark are one step: of many at once one is recorded, and all are
// answered as it is.
func TestDuplicatesAtOnce(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, nil)
	entered := make(chan struct{})
	release := make(chan struct{})
	s.tray.fail = func() error { close(entered); <-release; return nil }
	var wg sync.WaitGroup
	var good atomic.Int64
	for range 50 {
		wg.Go(func() {
			if a := s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody)); a.status == http.StatusOK && a.body == "ok" {
				good.Add(1)
			}
		})
	}
	<-entered // a second publish would close it again and panic
	close(release)
	wg.Wait()
	if len(s.tray.taken()) != 1 || good.Load() != 50 {
		t.Errorf("%d jobs, %d of 50 answered 200", len(s.tray.taken()), good.Load())
	}
}

// An event whose record fails is not marked as taken: its repetition is taken.
func TestFailedRecordLosesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		err    error
		reason string
	}{
		{"queue at its high-water mark", fmt.Errorf("jetstream: %w", events.ErrFull), events.ReasonFull},
		{"queue closed", events.ErrClosed, events.ReasonClosed},
		{"disk full", errors.New("no space left on device"), events.ReasonRecord},
		{"unknown outcome", context.DeadlineExceeded, events.ReasonRecord},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, sign := paidSite(t, nil)
			s.tray.fail = func() error { return tt.err }
			s.refused(t, s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody)), http.StatusServiceUnavailable, tt.reason)
			s.tray.fail = nil
			if a := s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody)); a.status != http.StatusOK || len(s.tray.taken()) != 1 {
				t.Errorf("repetition: %d, %d jobs, want it taken", a.status, len(s.tray.taken()))
			}
		})
	}
}

// A body that is refused after its id was claimed gives the id back.
func TestRefusedEventGivesItsIDBack(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, nil)
	bad := `{"id":"evt_1","type":"unknown"}`
	s.refused(t, s.post(t, "/webhook/stripe", bad, signed(sign, bad)), http.StatusNotFound, events.ReasonType)
	if a := s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody)); a.status != http.StatusOK || len(s.tray.taken()) != 1 {
		t.Errorf("good event of the same id: %d, %d jobs", a.status, len(s.tray.taken()))
	}
}

// brokenStore is a store that is down, for Begin or only for Finish.
type brokenStore struct {
	once.Store
	begin, finish error
}

func (s brokenStore) Begin(ctx context.Context, key once.Key, lease time.Duration) (once.Record, error) {
	if s.begin != nil {
		return once.Record{}, s.begin
	}
	return s.Store.Begin(ctx, key, lease)
}

func (s brokenStore) Finish(ctx context.Context, key once.Key, revision uint64, result []byte) error {
	if s.finish != nil {
		return s.finish
	}
	return s.Store.Finish(ctx, key, revision, result)
}

func TestStoreOfIDsIsDown(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	t.Run("closed: 503", func(t *testing.T) {
		t.Parallel()
		s, sign := paidSite(t, func(cfg *events.Config) { cfg.Once = brokenStore{memoryStore(t), down, nil} })
		s.refused(t, s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody)), http.StatusServiceUnavailable, events.ReasonStore)
	})
	t.Run("open: taken, and counted", func(t *testing.T) {
		t.Parallel()
		s, sign := paidSite(t, func(cfg *events.Config) {
			cfg.Once = brokenStore{memoryStore(t), down, nil}
			cfg.Sources[0].OnceOpen = true
		})
		a := s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody))
		if a.status != http.StatusOK || len(s.tray.taken()) != 1 || !strings.Contains(scrape(t, s.receiver.Figures()), `cxhook_events_unchecked_total{source="stripe"} 1`) {
			t.Errorf("%d, %d jobs, %s", a.status, len(s.tray.taken()), scrape(t, s.receiver.Figures()))
		}
	})
	t.Run("down after the record: answered all the same", func(t *testing.T) {
		t.Parallel()
		s, sign := paidSite(t, func(cfg *events.Config) { cfg.Once = brokenStore{memoryStore(t), nil, down} })
		a := s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody))
		if a.status != http.StatusOK || len(s.tray.taken()) != 1 {
			t.Errorf("%d, %d jobs", a.status, len(s.tray.taken()))
		}
	})
}
