package cx_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
)

// patience is a webhook timeout that ends a test soon, in which a handler that
// does nothing is well in time even on a busy machine.
const patience = 500 * time.Millisecond

// deaf is a handler that goes on past its deadline until release is closed.
func deaf(release <-chan struct{}) cx.Handler {
	return cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		if req.GetFulfillmentInfo().GetTag() != "ping" {
			<-release
		}
		return say("too late"), nil
	})
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	apology := named("sorry")
	slowly := cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	tests := []struct {
		name     string
		handler  func(release <-chan struct{}) cx.Handler
		opts     []cx.Option
		status   int
		text     string
		reason   string
		lateLine bool
	}{
		{"heeding handler", func(<-chan struct{}) cx.Handler { return slowly }, nil, 503, "", "deadline", false},
		{"heeding handler, fallback", func(<-chan struct{}) cx.Handler { return slowly }, []cx.Option{cx.WithFallback(apology)}, 200, "sorry", "fallback", false},
		{"deaf handler", deaf, nil, 503, "", "deadline", true},
		{"deaf handler, fallback", deaf, []cx.Option{cx.WithFallback(apology)}, 200, "sorry", "fallback", true},
		{"fallback fails", deaf, []cx.Option{cx.WithFallback(cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			return nil, errors.New("no")
		}))}, 500, "", "error", true},
		{"fallback panics", deaf, []cx.Option{cx.WithFallback(cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			panic("no")
		}))}, 500, "", "panic", true},
		{"fallback is deaf too", deaf, []cx.Option{cx.WithFallback(cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}))}, 503, "", "deadline", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			k := newHook(t, tt.handler(release), append([]cx.Option{cx.WithTimeout(patience)}, tt.opts...)...)
			begin := time.Now()
			got := k.post(t, requestBody("t"))
			t.Logf("answered %v after %v", got.status, time.Since(begin))
			if tt.status == 200 {
				if text := answered(t, got).GetFulfillmentResponse().GetMessages()[0].GetText().GetText()[0]; text != tt.text {
					t.Errorf("text = %q, want %q", text, tt.text)
				}
			} else {
				checkErrorBody(t, got)
			}
			call := <-k.seen
			if got.status != tt.status || call.Reason != tt.reason {
				t.Errorf("answer = %d, reason %q, want %d %q", got.status, call.Reason, tt.status, tt.reason)
			}
			if call.Err == nil {
				t.Error("the observer is told of no error")
			}
			close(release)
			if tt.lateLine {
				k.log.await(t, "webhook handler ended after its deadline")
			}
		})
	}
}

func TestAnswerJustInTime(t *testing.T) {
	t.Parallel()
	k := newHook(t, cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > 29500*time.Millisecond || left < 25*time.Second {
			t.Errorf("deadline in %v, want 29.5 s or a little less", left)
		}
		return say("in time"), nil
	}), cx.WithTimeout(cx.MaxTimeout))
	answered(t, k.post(t, requestBody("t")))
}

func TestStuckHandlersAreCountedAndCapped(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	k := newHook(t, deaf(release), cx.WithTimeout(patience), cx.WithMaxStuck(2))
	for i := 1; i <= 2; i++ {
		if got := k.post(t, requestBody("t")); got.status != http.StatusServiceUnavailable {
			t.Fatalf("deaf handler is answered %d, want 503", got.status)
		}
		if call := <-k.seen; call.Stuck != i {
			t.Errorf("observer is told of %d stuck handlers, want %d", call.Stuck, i)
		}
	}
	calls := k.calls.Load()
	got := k.post(t, requestBody("ping"))
	if call := <-k.seen; got.status != http.StatusServiceUnavailable || call.Reason != "overload" || k.calls.Load() != calls {
		t.Errorf("call beyond the cap: status %d, reason %q, handler called %d times more", got.status, call.Reason, k.calls.Load()-calls)
	}
	close(release)
	k.log.await(t, "webhook handler ended after its deadline")
	if got := k.post(t, requestBody("ping")); got.status != http.StatusOK {
		t.Errorf("after a stuck handler ended: status %d, want 200", got.status)
	}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func()
	}{
		{"panic", func() { panic("boom") }},
		{"panic with an error", func() { panic(errors.New("boom")) }},
		{"panic with nil", func() { panic(nil) }},
		{"end of the goroutine", runtime.Goexit},
		{"nil dereference", func() { var m *cx.Mux; m.Tags() }},
	}
	for _, tt := range tests {
		for _, late := range []bool{false, true} {
			name := tt.name
			if late {
				name += ", after the deadline"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				release := make(chan struct{})
				opts := []cx.Option{cx.WithTimeout(cx.MaxTimeout)}
				if late {
					opts = []cx.Option{cx.WithTimeout(patience)}
				}
				k := newHook(t, cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
					if late {
						<-release
					}
					blowUpHere(tt.do)
					return nil, nil
				}), opts...)
				got := k.post(t, requestBody("t"))
				checkErrorBody(t, got)
				want, msg := http.StatusInternalServerError, "webhook handler panicked"
				if late {
					want, msg = http.StatusServiceUnavailable, "webhook handler panicked after its deadline"
				}
				if got.status != want {
					t.Errorf("status = %d, want %d", got.status, want)
				}
				close(release)
				line := k.log.await(t, msg)
				call := <-k.seen
				if stack, _ := line["stack"].(string); !strings.Contains(stack, "blowUpHere") || line["call"] != call.ID {
					t.Errorf("log line of the panic = %v, want the handler's own stack and the call's id %s", line, call.ID)
				}
			})
		}
	}
}

//go:noinline
func blowUpHere(f func()) { f() }

func TestAbortIsSilent(t *testing.T) {
	t.Parallel()
	k := newHook(t, cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		panic(http.ErrAbortHandler)
	}))
	resp, err := k.Client().Do(k.request(t, requestBody("t")))
	if err == nil {
		resp.Body.Close()
		t.Errorf("aborted call is answered %d, want a cut connection", resp.StatusCode)
	}
	if call := <-k.seen; call.Reason != "aborted" || call.Status != 0 {
		t.Errorf("observed %d %q, want 0 aborted", call.Status, call.Reason)
	}
}

func TestTimeLimitOfOneHandler(t *testing.T) {
	t.Parallel()
	deadline := func(want time.Duration) cx.Handler {
		return cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			d, _ := ctx.Deadline()
			if left := time.Until(d); left > want || left < want-2*time.Second {
				t.Errorf("deadline in %v, want nearly %v", left, want)
			}
			return nil, nil
		})
	}
	release := make(chan struct{})
	m := cx.NewMux()
	m.Handle("usual", deadline(4500*time.Millisecond))
	m.Handle("long", cx.TimeLimit(deadline(19500*time.Millisecond), 20*time.Second, nil))
	m.Handle("short", cx.TimeLimit(deaf(release), patience, named("own apology")))
	m.Handle("short, endpoint's apology", cx.TimeLimit(deaf(release), patience, nil))
	k := newHook(t, m, cx.WithFallback(named("endpoint's apology")))
	for tag, want := range map[string]string{"usual": "", "long": "", "short": "own apology", "short, endpoint's apology": "endpoint's apology"} {
		resp := answered(t, k.post(t, requestBody(tag)))
		if want != "" {
			if got := resp.GetFulfillmentResponse().GetMessages()[0].GetText().GetText()[0]; got != want {
				t.Errorf("tag %q is answered %q, want %q", tag, got, want)
			}
		}
	}
	close(release)
	_, err := cx.TimeLimit(cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}), 10*time.Millisecond, nil).ServeWebhook(t.Context(), tagged("t"))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("called directly: error %v, want the deadline", err)
	}
}

// Errors of the user's own are met with care, in time and late.
type ownError struct{ text string }

func (e *ownError) Error() string { return e.text } // panics on nil

func TestErrorsThatPanic(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		release := make(chan struct{})
		k := newHook(t, cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			if req.GetFulfillmentInfo().GetTag() == "ping" {
				return nil, nil
			}
			if late {
				<-release
			}
			return nil, (*ownError)(nil)
		}), cx.WithTimeout(patience))
		got := k.post(t, requestBody("t"))
		close(release)
		msg, status := "webhook handler panicked", http.StatusInternalServerError
		if late {
			msg, status = "webhook handler panicked after its deadline", http.StatusServiceUnavailable
		}
		if got.status != status {
			t.Errorf("late %v: status %d, want %d", late, got.status, status)
		}
		k.log.await(t, msg)
		answered(t, k.post(t, requestBody("ping")))
	}
}

// A handler that notices the end of its time is late, whatever it returns.
func TestAnyErrorAtTheDeadlineIsLate(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"plain": errors.New("rpc error: deadline exceeded"), "canceled": context.Canceled, "chosen": cx.Errorf(404, "x")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newHook(t, cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
				<-ctx.Done()
				return nil, err
			}), cx.WithTimeout(20*time.Millisecond), cx.WithFallback(named("sorry")))
			for range 30 {
				answered(t, k.post(t, requestBody("t")))
			}
		})
	}
}

// The fallback has a request of its own: the late handler may be changing the
// first.
func TestFallbackSharesNothingWithTheLateHandler(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	requests := make(chan *cxpb.WebhookRequest, 2)
	slow := cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		requests <- req
		<-release
		return nil, nil
	})
	k := newHook(t, slow, cx.WithTimeout(patience), cx.WithFallback(cx.HandlerFunc(func(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		if cx.RequestFrom(ctx) != req {
			t.Error("RequestFrom is another request than the fallback's")
		}
		requests <- req
		return nil, nil
	})))
	answered(t, k.post(t, requestBody("t")))
	close(release)
	if a, b := <-requests, <-requests; a == b {
		t.Error("the fallback got the late handler's request")
	}
}

// What a stuck handler holds stays counted.
func TestStuckHandlersHoldTheirMemory(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	const size = 100 << 10
	k := newHook(t, deaf(release), cx.WithTimeout(patience), cx.WithMaxRequestBytes(size), cx.WithMaxBytesInUse(size))
	body := func(tag string) string { return requestBody(tag) + strings.Repeat(" ", size-len(requestBody(tag))) }
	if got := k.post(t, body("t")); got.status != http.StatusServiceUnavailable {
		t.Fatalf("deaf handler is answered %d, want 503", got.status)
	}
	<-k.seen
	got := k.post(t, body("ping"))
	if call := <-k.seen; got.status != http.StatusServiceUnavailable || call.Reason != "overload" {
		t.Errorf("call beside the stuck one: %d %q, want 503 overload", got.status, call.Reason)
	}
	close(release)
	k.log.await(t, "webhook handler ended after its deadline")
	answered(t, k.post(t, body("ping")))
}

// Callers who hang up do not make handlers stuck before their time is over.
func TestHangUpsAreNotStuck(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	k := newHook(t, deaf(release), cx.WithTimeout(cx.MaxTimeout), cx.WithMaxStuck(1))
	ctx, hangUp := context.WithCancel(t.Context())
	go func() {
		for k.calls.Load() == 0 {
			runtime.Gosched()
		}
		hangUp()
	}()
	if resp, err := k.Client().Do(k.request(t, requestBody("t")).WithContext(ctx)); err == nil {
		resp.Body.Close()
		t.Fatal("the call was answered")
	}
	if call := <-k.seen; call.Reason != "canceled" || call.Stuck != 0 {
		t.Errorf("observed %q with %d stuck, want canceled with 0", call.Reason, call.Stuck)
	}
	answered(t, k.post(t, requestBody("ping")))
	close(release)
}

// The time that the body takes is part of the call's.
func TestSlowBodyTakesFromTheDeadline(t *testing.T) {
	t.Parallel()
	k := newHook(t, cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		t.Error("the handler ran after the call's deadline")
		return nil, nil
	}), cx.WithTimeout(patience))
	got := k.raw(t, "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{", false)
	if got.status != http.StatusBadRequest {
		t.Errorf("status = %d, want 400 within the deadline", got.status)
	}
	if call := <-k.seen; call.Duration > 10*patience {
		t.Errorf("the call took %v, its deadline is %v", call.Duration, patience)
	}
}

// Only a panic with http.ErrAbortHandler cuts the connection.
func TestReturnedAbortIsAnError(t *testing.T) {
	t.Parallel()
	k := newHook(t, cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return nil, cx.Errorf(http.StatusServiceUnavailable, "later").WithCause(http.ErrAbortHandler)
	}))
	if got := k.post(t, requestBody("t")); got.status != http.StatusServiceUnavailable {
		t.Errorf("status = %d, want 503", got.status)
	}
}

// The answer does not wait for the observer.
func TestSlowObserver(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	k := newHook(t, echo, cx.WithObserver(func(context.Context, cx.Call) { <-release }))
	answered(t, k.post(t, requestBody("t")))
	close(release)
}

// What a user's observer does wrong does not take the answer with it.
func TestObserverThatPanics(t *testing.T) {
	t.Parallel()
	k := newHook(t, echo, cx.WithObserver(func(context.Context, cx.Call) { panic("boom") }), nil)
	answered(t, k.post(t, requestBody("t")))
}

func TestGoSurvivesAPanic(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	k := newHook(t, cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		cx.Go(ctx, func(ctx context.Context) {
			<-release
			if ctx.Err() != nil {
				t.Errorf("context ended with the call: %v", ctx.Err())
			}
			panic("boom")
		})
		return nil, nil
	}))
	answered(t, k.post(t, requestBody("t")))
	close(release)
	line := k.log.await(t, "goroutine of a webhook handler panicked")
	if call := <-k.seen; line["call"] != call.ID {
		t.Errorf("the line lacks the call's id: %s", k.log)
	}
}

func TestUnfitOptionsPanic(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(){
		"no time":           func() { cx.WithTimeout(0) },
		"too much time":     func() { cx.WithTimeout(cx.MaxTimeout + 1) },
		"no time limit":     func() { cx.TimeLimit(echo, -1, nil) },
		"limit of nothing":  func() { cx.TimeLimit(nil, time.Second, nil) },
		"no body":           func() { cx.WithMaxRequestBytes(0) },
		"negative body":     func() { cx.WithMaxRequestBytes(-1) },
		"no bytes in use":   func() { cx.WithMaxBytesInUse(0) },
		"no elements":       func() { cx.WithMaxElements(0) },
		"no stuck handlers": func() { cx.WithMaxStuck(0) },
		"nil logger":        func() { cx.WithLogger(nil) },
		"nil observer":      func() { cx.WithObserver(nil) },
		"nil fallback":      func() { cx.WithFallback(nil) },
		"nil router logger": func() { cx.WithRouterLogger(nil) },
		"empty address":     func() { cx.WithAddr("") },
		"health field named status": func() {
			cx.WithHealth("status", func(context.Context) (any, error) { return nil, nil })
		},
		"health field twice": func() {
			f := func(context.Context) (any, error) { return nil, nil }
			cx.NewRouter(cx.WithHealth("a", f), cx.WithHealth("a", f))
		},
		"nil handler": func() { cx.NewHTTPHandler(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
