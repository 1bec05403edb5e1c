package once_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/once"
)

// bubble runs a test in fake time.
func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, f)
	})
}

// same holds what is true of two answers to repetitions.
func same(t *testing.T, a, b reply) {
	t.Helper()
	if a.err != nil || b.err != nil {
		t.Fatalf("answers: %v, %v", a.err, b.err)
	}
	if a.status != b.status || a.body != b.body {
		t.Errorf("answers differ: %d %q, %d %q", a.status, a.body, b.status, b.body)
	}
	if d := cmp.Diff(a.header, b.header); d != "" {
		t.Errorf("headers differ (-first +second):\n%s", d)
	}
}

func TestRepeatIsReplayed(t *testing.T) {
	t.Parallel()
	notFound := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return nil, cx.Errorf(http.StatusNotFound, "no order 17").WithCause(errors.New("secret"))
	})
	nothing := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) { return nil, nil })
	for name, h := range map[string]cx.Handler{"answer with the time in it": slowly(0), "404": notFound, "empty answer": nothing} {
		bubble(t, name, func(t *testing.T) {
			s, _ := newService(t, once.Config{}, h)
			first := s.post(t, turn("r"))
			time.Sleep(time.Minute)
			second := s.post(t, turn("r"))
			same(t, first, second)
			if n := s.runs.Load(); n != 1 {
				t.Errorf("handler ran %d times, want once", n)
			}
			if d := cmp.Diff(map[once.Outcome]int{once.Ran: 1, once.Replayed: 1}, s.outcomes()); d != "" {
				t.Errorf("outcomes (-want +have):\n%s", d)
			}
			if lines := s.log.lines(t, "webhook call"); len(lines) != 2 || lines[0]["once"] != "run" || lines[1]["once"] != "replayed" || lines[0]["reason"] != lines[1]["reason"] {
				t.Errorf("log = %v, want a run and a replay", lines)
			}
		})
	}
}

// Without the option each call runs.
func TestEachRunsWithoutOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(service)
		s.serve(nil, slowly(0))
		s.post(t, turn("r"))
		s.post(t, turn("r"))
		if n := s.runs.Load(); n != 2 {
			t.Errorf("handler ran %d times, want 2", n)
		}
		if c := s.calls()[1]; c.Once != "" {
			t.Errorf("outcome %q without a check", c.Once)
		}
	})
}

func TestDuplicatesAtOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 100} {
		bubble(t, fmt.Sprint(n), func(t *testing.T) {
			s, _ := newService(t, once.Config{}, slowly(time.Second))
			replies := s.together(t, n, turn("r"))
			for _, r := range replies[1:] {
				same(t, replies[0], r)
				if r.status != http.StatusOK || r.took < time.Second || r.took > 1100*time.Millisecond {
					t.Errorf("answered %d after %v, want 200 after 1 s", r.status, r.took)
				}
			}
			if runs := s.runs.Load(); runs != 1 {
				t.Errorf("handler ran %d times, want once", runs)
			}
			if d := cmp.Diff(map[once.Outcome]int{once.Ran: 1, once.Waited: n - 1}, s.outcomes()); d != "" {
				t.Errorf("outcomes (-want +have):\n%s", d)
			}
		})
	}
}

// A duplicate waits no longer than its own deadline, and then gets what every
// call gets then: 503, or the fallback.
func TestDuplicateIsAnsweredAtItsOwnDeadline(t *testing.T) {
	t.Parallel()
	for _, fallback := range []bool{false, true} {
		bubble(t, fmt.Sprintf("fallback %v", fallback), func(t *testing.T) {
			var opts []cx.Option
			want := http.StatusServiceUnavailable
			if fallback {
				opts, want = append(opts, cx.WithFallback(slowly(0))), http.StatusOK
			}
			s, _ := newService(t, once.Config{Limit: 9 * time.Second}, slowly(8*time.Second), opts...)
			first := make(chan reply)
			go func() { first <- s.send(t.Context(), "/webhook", "", turn("r")) }()
			time.Sleep(2 * time.Second)
			second := s.post(t, turn("r")) // from 2 s to 6.5 s
			for _, r := range []reply{<-first, second} {
				if r.status != want || r.took != 4500*time.Millisecond {
					t.Errorf("answered %d after %v, want %d after 4.5 s", r.status, r.took, want)
				}
			}
			time.Sleep(2 * time.Second)
			if third := s.post(t, turn("r")); third.status != http.StatusOK || third.took != 0 || !strings.Contains(third.body, "run 1") {
				t.Errorf("later: %d %q after %v, want the answer of the run", third.status, third.body, third.took)
			}
			if n := s.runs.Load(); n != 1 {
				t.Errorf("handler ran %d times, want once", n)
			}
		})
	}
}

// newCaller calls the service as Dialogflow does, with a timeout of 5 s.
func newCaller(t *testing.T, s *service) *caller.Caller {
	t.Helper()
	w := &cxpb.Webhook{
		Timeout: durationpb.New(5 * time.Second),
		Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{Uri: "https://service/webhook"}},
	}
	c, err := caller.New(w, caller.ToHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.handler.ServeHTTP(w, r)
	})))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func theTurn(t *testing.T, id string) *caller.Turn {
	t.Helper()
	return &caller.Turn{Request: &cxpb.WebhookRequest{
		DetectIntentResponseId: id,
		FulfillmentInfo:        &cxpb.WebhookRequest_FulfillmentInfo{Tag: "t"},
		SessionInfo:            &cxpb.SessionInfo{Session: session},
	}}
}

// The handler takes 6 s. Dialogflow gives an attempt 5 s and tries again: the
// second attempt gets what the first began.
func TestRetryGetsTheResultOfTheFirstAttempt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		cfg      once.Config
		timeout  time.Duration // as told to the service
		first    caller.Kind
		attempt2 time.Duration // how long it takes
	}{
		{"the first attempt times out", once.Config{}, 10 * time.Second, caller.Timeout, time.Second},
		{"the first attempt is answered 503 at its deadline", once.Config{Limit: 9 * time.Second}, 5 * time.Second, caller.BadStatus, 1500 * time.Millisecond},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			s, _ := newService(t, tt.cfg, heeding(6*time.Second), cx.WithTimeout(tt.timeout))
			res, err := newCaller(t, s).Call(t.Context(), theTurn(t, "r"))
			if err != nil {
				t.Fatal(err)
			}
			if res.Failure != nil || len(res.Attempts) != 2 || res.Latency != 6*time.Second {
				t.Fatalf("failure %v after %d attempts and %v, want an answer to the second after 6 s", res.Failure, len(res.Attempts), res.Latency)
			}
			if a := res.Attempts; a[0].Failure.Kind != tt.first || a[1].Latency != tt.attempt2 {
				t.Errorf("attempts %v after %v, and then %v; want %v, then %v", a[0].Failure, a[0].Latency, a[1].Latency, tt.first, tt.attempt2)
			}
			if n := s.runs.Load(); n != 1 {
				t.Errorf("handler ran %d times, want once", n)
			}
			if d := cmp.Diff(map[once.Outcome]int{once.Ran: 1, once.Waited: 1}, s.outcomes()); d != "" {
				t.Errorf("outcomes (-want +have):\n%s", d)
			}
		})
	}
}

// The same without the check: the handler runs for each attempt, in vain.
func TestRetryRunsAgainWithoutOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(service)
		s.serve([]cx.Option{cx.WithTimeout(10 * time.Second)}, heeding(6*time.Second))
		res, err := newCaller(t, s).Call(t.Context(), theTurn(t, "r"))
		if err != nil {
			t.Fatal(err)
		}
		if n := s.runs.Load(); res.Failure == nil || n != 2 {
			t.Errorf("failure %v after %d runs, want a timeout after 2", res.Failure, n)
		}
	})
}

// Failures are passed on to those that wait, once, and release the key.
func TestFailuresReleaseTheKey(t *testing.T) {
	t.Parallel()
	fail := func(f func() error) cx.Handler {
		return cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			time.Sleep(time.Second)
			return nil, f()
		})
	}
	large, err := cx.Respond(cx.Text(strings.Repeat("x", cx.MaxResponseBytes)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		handler cx.Handler
		status  int // 0: the connection is cut
		reason  string
	}{
		{"500", fail(func() error { return errors.New("no") }), 500, "error"},
		{"503", fail(func() error { return cx.Errorf(503, "closed for lunch") }), 503, "error"},
		{"panic", fail(func() error { panic("no") }), 500, "panic"},
		{"abort", fail(func() error { panic(http.ErrAbortHandler) }), 0, "aborted"},
		{"too large", cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			time.Sleep(time.Second)
			return large, nil
		}), 500, "response-too-large"},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			s, g := newService(t, once.Config{}, tt.handler)
			replies := s.together(t, 3, turn("r"))
			for _, r := range replies {
				if tt.status == 0 {
					if r.err == nil {
						t.Errorf("answered %d, want a cut connection", r.status)
					}
					continue
				}
				same(t, replies[0], r)
				if r.status != tt.status || r.took != time.Second {
					t.Errorf("answered %d after %v, want %d after 1 s", r.status, r.took, tt.status)
				}
			}
			for _, c := range s.calls() {
				if c.Reason != tt.reason {
					t.Errorf("observed %q %q, want %q", c.Once, c.Reason, tt.reason)
				}
			}
			if n := s.runs.Load(); n != 1 {
				t.Errorf("handler ran %d times, want once", n)
			}
			_ = s.send(t.Context(), "/webhook", "", turn("r"))
			if n := s.runs.Load(); n != 2 {
				t.Errorf("handler ran %d times after a later call, want twice", n)
			}
			synctest.Wait()
			if st := g.Stats(); st.Ran != 2 || st.Waited != 2 || st.Replayed != 0 {
				t.Errorf("stats = %+v", st)
			}
		})
	}
}

// A handler that heeds its deadline releases the key then, and the call that
// waits is told of a timeout.
func TestTimeoutReleasesTheKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := newService(t, once.Config{}, heeding(20*time.Second))
		first := make(chan reply)
		go func() { first <- s.send(t.Context(), "/webhook", "", turn("r")) }()
		time.Sleep(time.Second)
		second := s.post(t, turn("r")) // its own time ends at 5.5 s
		if r := <-first; r.status != 503 || r.took != 4500*time.Millisecond {
			t.Errorf("first: %d after %v, want 503 after 4.5 s", r.status, r.took)
		}
		if second.status != 503 || second.took != 3500*time.Millisecond {
			t.Errorf("second: %d after %v, want 503 after 3.5 s", second.status, second.took)
		}
		s.post(t, turn("r"))
		if n := s.runs.Load(); n != 2 {
			t.Errorf("handler ran %d times, want again after the timeout", n)
		}
	})
}
