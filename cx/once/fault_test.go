package once_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
)

// faulty is a store that fails as its hook says, which sees the name of each
// question. It hides that the store behind it is local.
type faulty struct {
	once.Store
	hook   func(ctx context.Context, question string) error
	change func(*once.Record) // of Begin
}

func (f *faulty) Begin(ctx context.Context, key once.Key, lease time.Duration) (once.Record, error) {
	if err := f.hook(ctx, "begin"); err != nil {
		return once.Record{}, err
	}
	rec, err := f.Store.Begin(ctx, key, lease)
	if f.change != nil {
		f.change(&rec)
	}
	return rec, err
}

func (f *faulty) Finish(ctx context.Context, key once.Key, revision uint64, result []byte) error {
	if err := f.hook(ctx, "finish"); err != nil {
		return err
	}
	return f.Store.Finish(ctx, key, revision, result)
}

func (f *faulty) Abandon(ctx context.Context, key once.Key, revision uint64, failure []byte) error {
	if err := f.hook(ctx, "abandon"); err != nil {
		return err
	}
	return f.Store.Abandon(ctx, key, revision, failure)
}

func (f *faulty) Wait(ctx context.Context, key once.Key, revision uint64) (once.Record, error) {
	if err := f.hook(ctx, "wait"); err != nil {
		return once.Record{}, err
	}
	return f.Store.Wait(ctx, key, revision)
}

var errRefused = errors.New("connection refused")

// during fails the questions that are listed.
func during(err error, questions ...string) func(context.Context, string) error {
	return func(_ context.Context, q string) error {
		if strings.Contains(strings.Join(questions, " "), q) {
			return err
		}
		return nil
	}
}

// latency makes each question take d, as far as its context lasts.
func latency(d time.Duration) func(context.Context, string) error {
	return func(ctx context.Context, _ string) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// everyThird resets each third connection.
func everyThird() func(context.Context, string) error {
	var n atomic.Int64
	return func(context.Context, string) error {
		if n.Add(1)%3 == 0 {
			return errors.New("connection reset")
		}
		return nil
	}
}

func TestStoreDownBeforeTheRun(t *testing.T) {
	t.Parallel()
	faults := []struct {
		name  string
		hook  func(context.Context, string) error
		wrong bool          // the answers are of no known kind
		added time.Duration // latency
	}{
		{"refused", during(errRefused, "begin"), false, 0},
		{"5 s latency", latency(5 * time.Second), false, once.DefaultStoreTimeout},
		{"hangs whatever its context says", func(context.Context, string) error { time.Sleep(time.Minute); return nil }, false, once.DefaultStoreTimeout},
		{"answers of no known kind", during(nil), true, 0},
		{"full", during(once.ErrFull, "begin"), false, 0},
		{"panics", func(context.Context, string) error { panic("store") }, false, 0},
	}
	for _, policy := range []once.Policy{once.Refuse, once.RunAnyway} {
		for _, f := range faults {
			bubble(t, fmt.Sprintf("%s/policy %d", f.name, policy), func(t *testing.T) {
				store := &faulty{Store: newMemory(t, once.MemoryConfig{}), hook: f.hook}
				if f.wrong {
					store.change = func(r *once.Record) { r.State = 17 }
				}
				s, g := newService(t, once.Config{Store: store, WhenDown: policy}, slowly(0))
				r := s.post(t, turn("r"))
				want, runs, outcome, reason := http.StatusServiceUnavailable, int64(0), once.Outcome(""), "once"
				if policy == once.RunAnyway {
					want, runs, outcome, reason = http.StatusOK, 1, once.Unsaved, ""
				}
				if r.status != want || s.runs.Load() != runs {
					t.Errorf("answered %d after %d runs, want %d and %d", r.status, s.runs.Load(), want, runs)
				}
				if r.took > f.added {
					t.Errorf("answered after %v, want at most %v", r.took, f.added)
				}
				time.Sleep(10 * time.Minute) // what goes on in the background ends
				if c := s.calls()[0]; c.Once != outcome || c.Reason != reason {
					t.Errorf("observed %q %q, want %q %q", c.Once, c.Reason, outcome, reason)
				}
				st := g.Stats()
				if st.StoreFailures == 0 || len(s.log.lines(t, "once: the store failed")) == 0 {
					t.Errorf("stats = %+v and no line, want failures of the store", st)
				}
				if policy == once.RunAnyway && st.Unsaved != 1 {
					t.Errorf("%d unsaved, want 1", st.Unsaved)
				}
			})
		}
	}
}

// A store that resets each third question costs some calls on a route that
// rather refuses, and none on one that runs anyway.
func TestStoreResetsEachThirdQuestion(t *testing.T) {
	t.Parallel()
	for _, policy := range []once.Policy{once.Refuse, once.RunAnyway} {
		bubble(t, fmt.Sprintf("policy %d", policy), func(t *testing.T) {
			store := &faulty{Store: newMemory(t, once.MemoryConfig{}), hook: everyThird()}
			s, _ := newService(t, once.Config{Store: store, WhenDown: policy}, slowly(0))
			status := make(map[int]int)
			for i := range 60 {
				r := s.post(t, turn(fmt.Sprint(i)))
				status[r.status]++
				if r.took > once.DefaultStoreTimeout {
					t.Errorf("answered after %v, want at most %v", r.took, once.DefaultStoreTimeout)
				}
			}
			t.Logf("answers: %v", status)
			if policy == once.RunAnyway && status[200] != 60 || policy == once.Refuse && (status[503] == 0 || status[200] == 0 || status[200]+status[503] != 60) {
				t.Errorf("answers: %v", status)
			}
		})
	}
}

// A claim that the store grants after nobody waits for it any more is given
// back.
func TestLateClaimIsGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var slow atomic.Bool
		store := &faulty{Store: newMemory(t, once.MemoryConfig{}), hook: func(ctx context.Context, q string) error {
			if slow.Load() {
				return latency(time.Second)(ctx, q)
			}
			return nil
		}}
		s, _ := newService(t, once.Config{Store: store}, slowly(0))
		slow.Store(true)
		if r := s.post(t, turn("r")); r.status != http.StatusServiceUnavailable {
			t.Fatalf("answered %d, want 503", r.status)
		}
		time.Sleep(2 * time.Second)
		slow.Store(false)
		if r := s.post(t, turn("r")); r.status != http.StatusOK || r.took != 0 {
			t.Errorf("answered %d after %v, want 200 at once", r.status, r.took)
		}
	})
}

func TestStoreDownAfterTheRun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		hook func(context.Context, string) error
		took time.Duration
	}{
		{"refused", during(errRefused, "finish"), once.DefaultStoreTimeout},
		{"full", during(once.ErrFull, "finish"), once.DefaultStoreTimeout},
		{"hangs", func(_ context.Context, q string) error {
			if q == "finish" {
				time.Sleep(time.Minute)
			}
			return nil
		}, once.DefaultStoreTimeout},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			s, g := newService(t, once.Config{Store: &faulty{Store: newMemory(t, once.MemoryConfig{}), hook: tt.hook}}, slowly(time.Second))
			r := s.post(t, turn("r"))
			if r.status != http.StatusOK || r.took > time.Second+tt.took {
				t.Errorf("answered %d after %v, want 200 after at most %v", r.status, r.took, time.Second+tt.took)
			}
			if c := s.calls()[0]; c.Once != once.Unsaved {
				t.Errorf("observed %q, want unsaved", c.Once)
			}
			if lines := s.log.lines(t, "webhook call"); lines[0]["once"] != "unsaved" {
				t.Errorf("log = %v, want unsaved", lines)
			}
			if lines := s.log.lines(t, "once: the store failed"); len(lines) != 1 || lines[0]["question"] != "finish" {
				t.Errorf("log = %v, want one line about finish", lines)
			}
			if st := g.Stats(); st.Unsaved != 1 || st.Ran != 0 {
				t.Errorf("stats = %+v", st)
			}
			time.Sleep(2 * time.Minute) // what goes on in the background ends
			synctest.Wait()
		})
	}
}

// A store that comes back while the lease lasts is offered the result again.
func TestResultIsOfferedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		store := &faulty{Store: newMemory(t, once.MemoryConfig{}), hook: func(context.Context, string) error {
			if down.Load() {
				return errRefused
			}
			return nil
		}}
		s, g := newService(t, once.Config{Store: store}, cx.HandlerFunc(slowly(time.Second).ServeWebhook))
		first := make(chan reply)
		go func() { first <- s.send(t.Context(), "/webhook", "", turn("r")) }()
		time.Sleep(500 * time.Millisecond)
		down.Store(true)
		answer := <-first
		time.Sleep(time.Second)
		down.Store(false)
		if err := g.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		same(t, answer, s.post(t, turn("r")))
		if n := s.runs.Load(); n != 1 {
			t.Errorf("handler ran %d times, want once", n)
		}
	})
}

// A store whose waiting breaks is asked again: the duplicate gets its answer.
func TestBrokenWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		store := &faulty{Store: newMemory(t, once.MemoryConfig{}), hook: func(_ context.Context, q string) error {
			if q == "wait" && n.Add(1) < 4 {
				return errors.New("connection reset")
			}
			return nil
		}}
		s, _ := newService(t, once.Config{Store: store}, slowly(time.Second))
		replies := s.together(t, 2, turn("r"))
		same(t, replies[0], replies[1])
		if n := s.runs.Load(); n != 1 || replies[0].status != http.StatusOK {
			t.Errorf("%d after %d runs, want 200 after one", replies[0].status, n)
		}
	})
}

func TestUnreadableResultsAreIgnored(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"a flipped bit", func(b []byte) []byte { b[len(b)-3] ^= 4; return b }},
		{"a flipped bit in the checksum", func(b []byte) []byte { b[5] ^= 1; return b }},
		{"an older version", func(b []byte) []byte { b[3]--; return b }},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }},
		{"empty", func([]byte) []byte { return nil }},
		{"something else", func([]byte) []byte { return []byte(`{"fulfillmentResponse":{}}`) }},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			var bad atomic.Bool
			store := &faulty{Store: newMemory(t, once.MemoryConfig{}), hook: during(nil), change: func(r *once.Record) {
				if r.State == once.Done && bad.CompareAndSwap(true, false) {
					r.Result = tt.damage(append([]byte(nil), r.Result...))
				}
			}}
			s, g := newService(t, once.Config{Store: store}, slowly(0))
			s.post(t, turn("r"))
			bad.Store(true)
			second := s.post(t, turn("r"))
			if n := s.runs.Load(); second.status != http.StatusOK || n != 2 {
				t.Errorf("answered %d after %d runs, want 200 after 2", second.status, n)
			}
			same(t, second, s.post(t, turn("r")))
			if st := g.Stats(); st.Unreadable != 1 || st.Ran != 2 || st.Replayed != 1 {
				t.Errorf("stats = %+v, want 1 unreadable", st)
			}
			if lines := s.log.lines(t, "once: kept result ignored"); len(lines) != 1 {
				t.Errorf("%d lines about it, want 1", len(lines))
			}
		})
	}
}
