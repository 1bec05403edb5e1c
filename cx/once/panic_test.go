package once_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/oncetest"
)

// picky is an error whose Is expects errors of its own type alone.
type picky struct{ code int }

func (picky) Error() string { return "picky" }

func (p picky) Is(target error) bool { return target.(picky).code == p.code } //nolint:forcetypeassert // what is tested

// vain is one that takes itself for every other.
type vain struct{}

func (vain) Error() string { return "vain" }

func (vain) Is(error) bool { return true }

// What the methods of a handler's error say or do changes neither the status
// nor that the call is answered at all.
func TestErrorsWithMethodsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		status int
	}{
		"a cause that panics":      {cx.Errorf(http.StatusBadRequest, "no").WithCause(picky{1}), http.StatusBadRequest},
		"an error that panics":     {picky{1}, http.StatusInternalServerError},
		"a cause that is anything": {cx.Errorf(http.StatusServiceUnavailable, "no").WithCause(vain{}), http.StatusServiceUnavailable},
	} {
		bubble(t, name, func(t *testing.T) {
			h := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) { return nil, tt.err })
			s, g := newService(t, once.Config{}, h)
			for range 2 {
				if r := s.send(t.Context(), "/webhook", "", turn("r1")); r.err != nil || r.status != tt.status {
					t.Errorf("answered %d %q, %v, want %d", r.status, r.body, r.err, tt.status)
				}
			}
			idle(t, g)
		})
	}
}

// idle fails if a run is in progress.
func idle(t *testing.T, g *once.Group) {
	t.Helper()
	synctest.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Drain(ctx); err != nil {
		t.Errorf("Drain: %v, want no run in progress", err)
	}
}

// moody is an error whose Is panics from its nth question on.
type moody struct{ left *int }

func (moody) Error() string { return "moody" }

func (m moody) Is(error) bool {
	if *m.left--; *m.left < 0 {
		panic("enough")
	}
	return false
}

// Wherever the methods of an error panic, its key is released.
func TestPanicsOfErrorsReleaseTheirKeys(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		bubble(t, fmt.Sprintf("from question %d on", n), func(t *testing.T) {
			h := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
				return nil, moody{&[]int{n}[0]}
			})
			s, g := newService(t, once.Config{}, h)
			for range 2 {
				s.send(t.Context(), "/webhook", "", turn("r1"))
			}
			if n := s.runs.Load(); n != 2 {
				t.Errorf("%d runs, want 2: a failure releases the key", n)
			}
			idle(t, g)
		})
	}
}

// voiced is an error whose text cannot be had of a nil pointer.
type voiced struct{ text string }

func (v *voiced) Error() string { return v.text }

func TestDoOfAnErrorWithoutText(t *testing.T) {
	t.Parallel()
	g := newGroup(t, once.Config{Store: newMemory(t, once.MemoryConfig{})})
	_, outcome, err := g.Do(t.Context(), oncetest.Key(t, 1), func(context.Context) ([]byte, error) {
		var nothing *voiced
		return nil, nothing
	})
	if outcome != once.Ran || err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("Do: %q, %v, want the panic of the error's text", outcome, err)
	}
	if result, outcome, err := g.Do(t.Context(), oncetest.Key(t, 1), func(context.Context) ([]byte, error) { return []byte("x"), nil }); outcome != once.Ran || string(result) != "x" || err != nil {
		t.Errorf("the next call: %q, %q, %v, want a run", result, outcome, err)
	}
}

// The run of a caller that has gone away before it begins is not begun.
func TestDoOfACallerThatHasLeft(t *testing.T) {
	t.Parallel()
	g := newGroup(t, once.Config{Store: newMemory(t, once.MemoryConfig{})})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	overdue, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	for _, ctx := range []context.Context{canceled, overdue} {
		var runs atomic.Int64
		_, _, err := g.Do(ctx, oncetest.Key(t, 1), func(context.Context) ([]byte, error) { runs.Add(1); return nil, nil })
		if drained := g.Drain(t.Context()); drained != nil || !errors.Is(err, ctx.Err()) || runs.Load() != 0 {
			t.Errorf("Do: %v after %d runs, want %v and none", err, runs.Load(), ctx.Err())
		}
	}
	if _, outcome, err := g.Do(t.Context(), oncetest.Key(t, 1), func(context.Context) ([]byte, error) { return nil, nil }); outcome != once.Ran || err != nil {
		t.Errorf("the next call: %q, %v, want a run", outcome, err)
	}
}

// Without a check for repeated calls too, a handler that ends within its time
// was given up by its caller.
func TestLateReportWithoutOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(service)
		s.serve(nil, slowly(2*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s.send(ctx, "/webhook", "", turn("r1"))
		time.Sleep(10 * time.Second)
		if lines := s.log.lines(t, "webhook handler ended after its call"); len(lines) != 1 || lines[0]["level"] != "INFO" {
			t.Errorf("logged %v, want one line of level INFO", lines)
		}
	})
}

// A function for keys that ends its goroutine leaves no memory charged.
func TestKeyFunctionThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		leave := true
		s, _ := newService(t, once.Config{}, slowly(0), cx.WithMaxBytesInUse(1<<20), cx.WithMaxRequestBytes(1<<20),
			cx.WithOnceKey(func(context.Context, cx.Call) string {
				if leave {
					runtime.Goexit()
				}
				return "k"
			}))
		large := strings.Replace(turn("r1"), `"text":"hi"`, `"text":"`+strings.Repeat("x", 600<<10)+`"`, 1)
		if r := s.send(t.Context(), "/webhook", "", large); r.err == nil {
			t.Fatalf("answered %d, want no answer", r.status)
		}
		leave = false
		if r := s.post(t, large); r.status != http.StatusOK {
			t.Errorf("the next call: %d %q, want 200", r.status, r.body)
		}
	})
}
