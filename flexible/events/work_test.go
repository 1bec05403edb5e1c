package events_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

const (
	pushURL    = "https://work.example.com/jobs"
	pushPerson = "pusher@shop.iam.gserviceaccount.com"
)

// googleSigner signs in the place of Google.
var googleSigner = sync.OnceValue(func() *auth.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	s, err := auth.NewSigner(auth.SignerConfig{Key: key, KeyID: "1"})
	if err != nil {
		panic(err)
	}
	return s
})

// pushSite serves a WorkHandler that Google's ID tokens guard.
type pushSite struct {
	*httptest.Server
	token func(email, audience string) string
	logs  *logBook
}

func newPushSite(t testing.TB, cfg events.WorkConfig) *pushSite {
	t.Helper()
	google := googleSigner()
	keys, err := google.Keys()
	if err != nil {
		t.Fatal(err)
	}
	pushers, err := auth.NewIDToken(auth.IDTokenConfig{Audiences: []string{pushURL}, Emails: []string{pushPerson}, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	s := &pushSite{logs: &logBook{}, token: func(email, audience string) string {
		token, err := google.IDToken(email, audience, time.Now())
		if err != nil {
			t.Error(err)
		}
		return token
	}}
	cfg.Pushers, cfg.Logger = pushers, s.logs.logger()
	h, err := events.NewWorkHandler(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func (s *pushSite) push(t testing.TB, body string, edit func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/jobs", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	auth.SetBearer(r, s.token(pushPerson, pushURL))
	if edit != nil {
		edit(r)
	}
	return (&site{}).send(t, r)
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// wrapped is Pub/Sub's envelope, as its page shows it.
func wrapped(data string, attempt int) string {
	return fmt.Sprintf(`{"message":{"attributes":{"key":"value"},"data":%q,"messageId":"136969346945","message_id":"136969346945",
		"publishTime":"2026-11-28T12:00:00Z","publish_time":"2026-11-28T12:00:00Z","orderingKey":"k"},
		"subscription":"projects/shop/subscriptions/jobs","deliveryAttempt":%d}`, base64.StdEncoding.EncodeToString([]byte(data)), attempt)
}

func TestPushesOfBothForms(t *testing.T) {
	t.Parallel()
	job := fullJob()
	tests := []struct {
		name    string
		body    string
		edit    func(*http.Request)
		attempt int
	}{
		{"Cloud Tasks, first attempt", encoded(t, job), headers("X-CloudTasks-TaskRetryCount", "0", "X-CloudTasks-QueueName", "jobs"), 1},
		{"Cloud Tasks, third attempt", encoded(t, job), headers("X-CloudTasks-TaskRetryCount", "2"), 3},
		{"Pub/Sub without its envelope", encoded(t, job), nil, 1},
		{"Pub/Sub's envelope", wrapped(encoded(t, job), 0), nil, 1},
		{"Pub/Sub's envelope, counted", wrapped(encoded(t, job), 4), nil, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := make(chan events.Delivery, 1)
			s := newPushSite(t, events.WorkConfig{Handlers: map[string]events.HandlerFunc{"paid": func(ctx context.Context, d events.Delivery) error {
				if id, _ := auth.IdentityFrom(ctx); id.Subject == "" {
					t.Error("the handler does not see who pushed")
				}
				got <- d
				return nil
			}}})
			if a := s.push(t, tt.body, tt.edit); a.status != http.StatusNoContent {
				t.Fatalf("%d %s: %s", a.status, a.body, s.logs.text())
			}
			if diff := cmp.Diff(events.Delivery{Job: job, Attempt: tt.attempt}, <-got); diff != "" {
				t.Errorf("delivery (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPushesThatAreRefused(t *testing.T) {
	t.Parallel()
	good := encoded(t, fullJob())
	token := func(email, audience string) func(*pushSite) func(*http.Request) {
		return func(s *pushSite) func(*http.Request) {
			return func(r *http.Request) { auth.SetBearer(r, s.token(email, audience)) }
		}
	}
	same := func(*pushSite) func(*http.Request) { return nil }
	tests := []struct {
		name, body string
		edit       func(*pushSite) func(*http.Request)
		status     int
	}{
		{"no token", good, func(*pushSite) func(*http.Request) { return func(r *http.Request) { r.Header.Del("Authorization") } }, 401},
		{"token of another account", good, token("other@shop.iam.gserviceaccount.com", pushURL), 403},
		{"token for another service", good, token(pushPerson, "https://other.example.com/jobs"), 401},
		{"wrong method", good, func(*pushSite) func(*http.Request) { return func(r *http.Request) { r.Method = http.MethodPut } }, 405},
		{"no JSON", "x", same, 400},
		{"no job", "{}", same, 400},
		{"another version", strings.Replace(good, `"v":1`, `"v":2`, 1), same, 400},
		{"envelope without a subscription", strings.Replace(wrapped(good, 1), "subscription", "subscribed", 1), same, 400},
		{"envelope with bad base64", strings.Replace(wrapped(good, 1), `"data":"`, `"data":"!`, 1), same, 400},
		{"envelope of no job", wrapped("{}", 1), same, 400},
		{"too large", strings.Repeat(" ", 8<<20+1), same, 413},
		{"the mark of Deliver cannot be sent", good, func(*pushSite) func(*http.Request) {
			return func(r *http.Request) { r.Header.Del("Authorization"); r.Header.Set("X-In-Process", "1") }
		}, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newPushSite(t, events.WorkConfig{Handlers: map[string]events.HandlerFunc{"paid": func(context.Context, events.Delivery) error {
				t.Error("the handler was called")
				return nil
			}}})
			if a := s.push(t, tt.body, tt.edit(s)); a.status != tt.status {
				t.Errorf("%d %s, want %d", a.status, a.body, tt.status)
			}
			if len(s.logs.await(t, "push refused", 1)) != 1 {
				t.Errorf("log %s", s.logs.text())
			}
		})
	}
}

// Without a verifier nobody can push, and the queue's Work still can.
func TestWithoutPushersNobodyCanPush(t *testing.T) {
	t.Parallel()
	called := 0
	h, err := events.NewWorkHandler(events.WorkConfig{Logger: slog.New(slog.DiscardHandler), Handlers: map[string]events.HandlerFunc{"paid": func(context.Context, events.Delivery) error { called++; return nil }}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(encoded(t, fullJob()))))
	if w.Code != http.StatusUnauthorized || called != 0 {
		t.Errorf("push: %d, %d calls", w.Code, called)
	}
	if err := h.Deliver(t.Context(), events.Delivery{Job: fullJob(), Attempt: 1}); err != nil || called != 1 {
		t.Errorf("Deliver: %v, %d calls", err, called)
	}
}

func TestDeliverReturnsWhatTheHandlerSays(t *testing.T) {
	t.Parallel()
	cause := errors.New("no such customer")
	tests := []struct {
		name    string
		handler events.HandlerFunc
		job     string
		check   func(error) bool
	}{
		{"done", nothing, "paid", func(err error) bool { return err == nil }},
		{"failed", func(context.Context, events.Delivery) error { return cause }, "paid", func(err error) bool { return errors.Is(err, cause) && !events.IsPermanent(err) }},
		{"for good", func(context.Context, events.Delivery) error { return events.Permanent(cause) }, "paid", func(err error) bool { return errors.Is(err, cause) && events.IsPermanent(err) }},
		{"panic", func(context.Context, events.Delivery) error { panic("x") }, "paid", func(err error) bool { return err != nil && !events.IsPermanent(err) }},
		{"a handler that another version knows", nothing, "other", func(err error) bool { return err != nil && !events.IsPermanent(err) }},
		{"out of time", func(ctx context.Context, _ events.Delivery) error { <-ctx.Done(); return ctx.Err() }, "paid", func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, err := events.NewWorkHandler(events.WorkConfig{Logger: slog.New(slog.DiscardHandler), Time: 20 * time.Millisecond, Handlers: map[string]events.HandlerFunc{"paid": tt.handler}})
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Deliver(t.Context(), events.Delivery{Job: events.Job{Handler: tt.job}, Attempt: 1}); !tt.check(err) {
				t.Errorf("error %v, permanent %v", err, events.IsPermanent(err))
			}
		})
	}
}

// A pushed job that failed comes again, unless it failed for good or too often
// and somebody keeps it.
func TestPushedJobsThatFail(t *testing.T) {
	t.Parallel()
	fail := errors.New("down")
	tests := []struct {
		name    string
		failure error
		attempt int
		bury    error
		noBury  bool
		status  int
		buried  bool
	}{
		{"comes again", fail, 1, nil, false, 500, false},
		{"too often", fail, 3, nil, false, 204, true},
		{"for good", events.Permanent(fail), 1, nil, false, 204, true},
		{"cannot be kept", events.Permanent(fail), 1, errors.New("disk full"), false, 500, true},
		{"nobody keeps it", events.Permanent(fail), 9, nil, true, 500, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var buried []events.DeadJob
			cfg := events.WorkConfig{MaxDeliveries: 3, Handlers: map[string]events.HandlerFunc{"paid": func(context.Context, events.Delivery) error { return tt.failure }}}
			cfg.Bury = func(_ context.Context, d events.DeadJob) error { buried = append(buried, d); return tt.bury }
			if tt.noBury {
				cfg.Bury, cfg.MaxDeliveries = nil, 0
			}
			s := newPushSite(t, cfg)
			a := s.push(t, wrapped(encoded(t, fullJob()), tt.attempt), nil)
			if a.status != tt.status || (len(buried) == 1) != tt.buried || strings.Contains(a.body, "down") {
				t.Errorf("%d %s, buried %v", a.status, a.body, buried)
			}
			if tt.buried && (buried[0].Reason != "down" || buried[0].Attempts != tt.attempt || buried[0].ID != "evt_1") {
				t.Errorf("buried %+v", buried[0])
			}
		})
	}
}

// Row 375, for pushes: the work goes on when the queue hangs up.
func TestPushedWorkOutlastsItsConnection(t *testing.T) {
	t.Parallel()
	entered, gone, result := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	s := newPushSite(t, events.WorkConfig{Handlers: map[string]events.HandlerFunc{"paid": func(ctx context.Context, _ events.Delivery) error {
		close(entered)
		<-gone
		result <- ctx.Err()
		return nil
	}}})
	inner := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		go func() { <-r.Context().Done(); close(gone) }()
		inner.ServeHTTP(w, r)
	})
	ctx, hangUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(encoded(t, fullJob())))
	if err != nil {
		t.Fatal(err)
	}
	auth.SetBearer(r, s.token(pushPerson, pushURL))
	go func() { <-entered; hangUp() }()
	if resp, err := http.DefaultClient.Do(r); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if err := <-result; err != nil {
		t.Errorf("the handler's context ended: %v", err)
	}
}

func TestWorkConfigs(t *testing.T) {
	t.Parallel()
	handlers := map[string]events.HandlerFunc{"h": nothing}
	for name, cfg := range map[string]events.WorkConfig{
		"none": {}, "nil handler": {Handlers: map[string]events.HandlerFunc{"h": nil}}, "no name": {Handlers: map[string]events.HandlerFunc{"": nothing}},
		"time": {Handlers: handlers, Time: time.Hour}, "bytes": {Handlers: handlers, MaxBytes: -1}, "a limit and no grave": {Handlers: handlers, MaxDeliveries: 3},
	} {
		if _, err := events.NewWorkHandler(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
