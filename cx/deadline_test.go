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
			if call := <-k.seen; got.status != tt.status || call.Reason != tt.reason {
				t.Errorf("answer = %d, reason %q, want %d %q", got.status, call.Reason, tt.status, tt.reason)
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
		if left := time.Until(deadline); !ok || left > 27*time.Second+time.Second/2 && left < 29*time.Second {
			t.Errorf("deadline in %v, want 29.5 s", left)
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
		"nil handler":       func() { cx.NewHTTPHandler(nil) },
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
