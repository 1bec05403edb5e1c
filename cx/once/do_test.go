package once_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/oncetest"
)

func TestDo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t, once.Config{Store: newMemory(t, once.MemoryConfig{})})
		runs := 0
		run := func(context.Context) ([]byte, error) {
			runs++
			time.Sleep(time.Second)
			return fmt.Append(nil, "run ", runs), nil
		}
		type got struct {
			result  []byte
			outcome once.Outcome
			err     error
		}
		all := make(chan got, 3)
		for range cap(all) {
			go func() {
				var r got
				r.result, r.outcome, r.err = g.Do(t.Context(), oncetest.Key(t, 1), run)
				all <- r
			}()
		}
		n := make(map[once.Outcome]int)
		for range cap(all) {
			r := <-all
			n[r.outcome]++
			if r.err != nil || string(r.result) != "run 1" {
				t.Errorf("%q, %v, want the result of the one run", r.result, r.err)
			}
		}
		result, outcome, err := g.Do(t.Context(), oncetest.Key(t, 1), run)
		if n[once.Ran] != 1 || n[once.Waited] != 2 || outcome != once.Replayed || err != nil || !bytes.Equal(result, []byte("run 1")) {
			t.Errorf("outcomes %v, then %v %q %v", n, outcome, result, err)
		}
	})
}

func TestDoFailures(t *testing.T) {
	t.Parallel()
	own := errors.New("out of shirts")
	for _, tt := range []struct {
		name  string
		run   func()
		err   error
		panic bool
	}{
		{"error", func() {}, own, false},
		{"panic", func() { panic("boom") }, nil, true},
		{"end of the goroutine", runtime.Goexit, nil, true},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			g := newGroup(t, once.Config{Store: newMemory(t, once.MemoryConfig{})})
			run := func(context.Context) ([]byte, error) {
				time.Sleep(time.Second)
				tt.run()
				return nil, tt.err
			}
			waiter := make(chan error)
			go func() {
				time.Sleep(time.Millisecond)
				_, outcome, err := g.Do(t.Context(), oncetest.Key(t, 1), run)
				if outcome != once.Waited {
					t.Errorf("outcome of the one that waits: %q", outcome)
				}
				waiter <- err
			}()
			_, outcome, err := g.Do(t.Context(), oncetest.Key(t, 1), run)
			var panicked *once.PanicError
			if outcome != once.Ran || errors.As(err, &panicked) != tt.panic || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("winner: %q, %v", outcome, err)
			}
			if tt.panic && !strings.Contains(string(panicked.Stack), "goroutine") {
				t.Error("no stack")
			}
			if werr := <-waiter; !errors.Is(werr, once.ErrFailed) || !strings.Contains(werr.Error(), err.Error()) {
				t.Errorf("the one that waited: %v, want %v with %v", werr, once.ErrFailed, err)
			}
			if _, outcome, _ := g.Do(t.Context(), oncetest.Key(t, 1), func(context.Context) ([]byte, error) { return nil, nil }); outcome != once.Ran {
				t.Errorf("later: %q, want run", outcome)
			}
		})
	}
}

// Do returns at the end of its context; the run has the context's deadline but
// not its cancellation, and goes on.
func TestDoOfACallerThatLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t, once.Config{Store: newMemory(t, once.MemoryConfig{})})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		time.AfterFunc(time.Second, cancel)
		run := func(ctx context.Context) ([]byte, error) {
			if end, ok := ctx.Deadline(); !ok || time.Until(end) != time.Minute {
				t.Errorf("the run has %v, want a minute", time.Until(end))
			}
			select {
			case <-time.After(10 * time.Second):
				return []byte("done"), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if _, outcome, err := g.Do(ctx, oncetest.Key(t, 1), run); !errors.Is(err, context.Canceled) || outcome != once.Ran {
			t.Errorf("Do: %q, %v, want run, canceled", outcome, err)
		}
		if result, outcome, err := g.Do(t.Context(), oncetest.Key(t, 1), run); string(result) != "done" || outcome != once.Waited || err != nil {
			t.Errorf("second Do: %q, %q, %v, want the result of the first", result, outcome, err)
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	m := newMemory(t, once.MemoryConfig{})
	for _, cfg := range []once.Config{
		{}, {Store: m, WhenDown: 2}, {Store: m, WhenDown: -1}, {Store: m, Limit: -1}, {Store: m, Margin: -1}, {Store: m, StoreTimeout: -1},
	} {
		if _, err := once.New(cfg); err == nil {
			t.Errorf("New(%+v) succeeds", cfg)
		}
	}
}
