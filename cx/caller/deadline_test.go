package caller_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/cx/caller"
)

// slow answers after a time, or notes when its context ended before.
func slow(after time.Duration, ended *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-time.After(after):
			jsonAnswer("{}")(w, r)
		case <-r.Context().Done():
			ended.Add(1)
		}
	}
}

func TestTimeoutIsPerAttempt(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	tests := []struct {
		name     string
		timeout  time.Duration // 0 for none in the resource
		after    time.Duration
		opts     []caller.Option
		event    string
		attempts int
		latency  time.Duration
	}{
		{"just in time", 5 * time.Second, 5*time.Second - ms, nil, "", 1, 5*time.Second - ms},
		{"just too late", 5 * time.Second, 5*time.Second + ms, nil, caller.EventTimeout, 2, 10 * time.Second},
		{"default is 5 s", 0, 6 * time.Second, nil, caller.EventTimeout, 2, 10 * time.Second},
		{"longest", 30 * time.Second, 31 * time.Second, nil, caller.EventTimeout, 2, 60 * time.Second},
		{"no retry", 0, 6 * time.Second, []caller.Option{caller.WithRetry(nil)}, caller.EventTimeout, 1, 5 * time.Second},
		{"pause before the retry", 0, 6 * time.Second, []caller.Option{caller.WithRetryDelay(2 * time.Second)}, caller.EventTimeout, 2, 12 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := resource()
				if tt.timeout != 0 {
					w = withTimeout(w, tt.timeout)
				}
				var ended atomic.Int32
				res := call(t, newCaller(t, w, caller.ToHandler(slow(tt.after, &ended)), tt.opts...), turn(t))
				synctest.Wait()
				if res.Event() != tt.event || len(res.Attempts) != tt.attempts || res.Latency != tt.latency {
					t.Errorf("event %q after %d attempts and %v, want %q, %d, %v",
						res.Event(), len(res.Attempts), res.Latency, tt.event, tt.attempts, tt.latency)
				}
				if res.Failure == nil {
					return
				}
				if res.Failure.Kind != caller.Timeout || res.StatusCode != 0 {
					t.Errorf("failure %v, status %d; want a timeout without status", res.Failure, res.StatusCode)
				}
				if int(ended.Load()) != tt.attempts {
					t.Errorf("%d of %d handlers saw their context end", ended.Load(), tt.attempts)
				}
			})
		})
	}
}

func TestSecondAttemptHasItsOwnTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			wait := 4 * time.Second
			if calls.Add(1) == 1 {
				wait = time.Minute
			}
			select {
			case <-time.After(wait):
				jsonAnswer("{}")(w, r)
			case <-r.Context().Done():
			}
		})
		res := call(t, newCaller(t, resource(), caller.ToHandler(h)), turn(t))
		if res.Failure != nil || res.Latency != 9*time.Second {
			t.Errorf("failure %v after %v, want an answer after 9s", res.Failure, res.Latency)
		}
	})
}

// A body that comes in drips is cut by the same deadline.
func TestSlowBodyIsATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(time.Second)
			}
		})
		res := call(t, newCaller(t, resource(), caller.ToHandler(h)), turn(t))
		checkFailure(t, "drips", res, caller.Timeout, caller.EventTimeout)
		if res.Latency != 10*time.Second || res.StatusCode != 200 {
			t.Errorf("latency %v, status %d; want 10s and 200", res.Latency, res.StatusCode)
		}
		time.Sleep(2 * time.Second) // lets the last handler see the end
	})
}

func TestEndOfTheCallersContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("the user hung up")
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		c := newCaller(t, resource(), caller.ToHandler(slow(time.Minute, &ended)), caller.WithRetryDelay(time.Second))
		for _, after := range []time.Duration{0, 2 * time.Second, 5*time.Second + 500*time.Millisecond, 7 * time.Second} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), after, reason)
			start := time.Now()
			res, err := c.Call(ctx, turn(t))
			cancel()
			if res != nil || !errors.Is(err, reason) || time.Since(start) != after {
				t.Errorf("after %v: result %v, error %v after %v", after, res, err, time.Since(start))
			}
			synctest.Wait()
		}
		if ended.Load() != 4 {
			t.Errorf("%d handlers saw their context end, want 4", ended.Load())
		}
	})
}

// The same over a real socket, with a generous bound.
func TestTimeoutOverASocket(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-release:
			t.Error("the attempt's deadline did not reach the handler")
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(release) })
	c := overSocket(t, withTimeout(resource(), 50*time.Millisecond), h)
	res := call(t, c, turn(t))
	checkFailure(t, "socket", res, caller.Timeout, caller.EventTimeout)
	if len(res.Attempts) != 2 {
		t.Errorf("%d attempts, want 2", len(res.Attempts))
	}
}
