// Package oncetest holds what every store of package once must do, for the
// tests of the stores.
package oncetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/once"
)

// Lease is a lease that outlasts a test, Short one that a test sees the end of.
const (
	Lease = time.Minute
	Short = time.Second
)

// Case is one duty of a store.
type Case struct {
	Name string
	// Test uses a store that holds nothing of the case's keys.
	Test func(t *testing.T, s once.Store)
}

// Cases returns the duties. They use leases of [Short] and wait for their end,
// so that a store of the process is best tested in a bubble of synctest.
func Cases() []Case {
	return []Case{
		{"the first claims, the second finds it running", running},
		{"a result is kept as it was", kept},
		{"an abandoned key can be claimed again", abandoned},
		{"a lease that ran out can be claimed, and fences", fenced},
		{"a lease ends in its time", leaseEnds},
		{"a result that cannot be read can be taken out", takenOut},
		{"waiters get the result", waitersGetResult},
		{"waiters get the failure", waitersGetFailure},
		{"waiters find the key free", waitersFindFree},
		{"waiting ends with the context", waitEnds},
		{"waiting for a claim that is over", waitForFormer},
		{"one of many wins", oneWins},
	}
}

// Key returns a key of its own for a test.
func Key(t *testing.T, i int) once.Key {
	return once.NewKey([]byte(t.Name()), fmt.Append(nil, i))
}

func begin(t *testing.T, s once.Store, key once.Key, lease time.Duration, want once.State) once.Record {
	t.Helper()
	rec, err := s.Begin(t.Context(), key, lease)
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	if rec.State != want {
		t.Fatalf("Begin: %v, want %v", rec.State, want)
	}
	return rec
}

func finish(t *testing.T, s once.Store, key once.Key, revision uint64, result string) {
	t.Helper()
	if err := s.Finish(t.Context(), key, revision, []byte(result)); err != nil {
		t.Fatalf("Finish: %v", err)
	}
}

func lost(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, once.ErrLost) {
		t.Errorf("%s: %v, want %v", what, err, once.ErrLost)
	}
}

func running(t *testing.T, s once.Store) {
	claim := begin(t, s, Key(t, 1), Lease, once.Claimed)
	other := begin(t, s, Key(t, 1), Lease, once.Running)
	if claim.Revision == 0 || other.Revision != claim.Revision {
		t.Errorf("claimed at %d, running at %d, want the same and not 0", claim.Revision, other.Revision)
	}
	begin(t, s, Key(t, 2), Lease, once.Claimed)
}

func kept(t *testing.T, s once.Store) {
	for i, result := range []string{"result", "", "\x00\xff\n", string(make([]byte, 65536+64))} {
		key := Key(t, i)
		claim := begin(t, s, key, Lease, once.Claimed)
		finish(t, s, key, claim.Revision, result)
		for range 2 { // also after a second offer, which is lost or known
			if rec := begin(t, s, key, Lease, once.Done); string(rec.Result) != result || rec.Revision != claim.Revision {
				t.Errorf("kept %d bytes at %d, want %d at %d", len(rec.Result), rec.Revision, len(result), claim.Revision)
			}
			if err := s.Finish(t.Context(), key, claim.Revision, []byte("second")); err != nil && !errors.Is(err, once.ErrLost) {
				t.Errorf("second Finish: %v", err)
			}
		}
	}
}

func abandoned(t *testing.T, s once.Store) {
	for i, failure := range [][]byte{nil, []byte("failed")} {
		key := Key(t, i)
		claim := begin(t, s, key, Lease, once.Claimed)
		if err := s.Abandon(t.Context(), key, claim.Revision, failure); err != nil {
			t.Fatalf("Abandon: %v", err)
		}
		lost(t, "second Abandon", s.Abandon(t.Context(), key, claim.Revision, failure))
		lost(t, "Finish of an abandoned claim", s.Finish(t.Context(), key, claim.Revision, nil))
		again := begin(t, s, key, Lease, once.Claimed)
		if again.Revision <= claim.Revision {
			t.Errorf("claimed again at %d, want more than %d", again.Revision, claim.Revision)
		}
		finish(t, s, key, again.Revision, "second")
	}
}

// claimAgain claims a key once its lease has run out.
func claimAgain(t *testing.T, s once.Store, key once.Key, lease time.Duration) once.Record {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		rec, err := s.Begin(t.Context(), key, lease)
		switch {
		case err != nil:
			t.Fatalf("Begin: %v", err)
		case rec.State == once.Claimed:
			return rec
		case rec.State != once.Running:
			t.Fatalf("Begin: %v, want running or claimed", rec.State)
		case time.Now().After(end):
			t.Fatalf("a lease of %v has not run out after 20 s", Short)
		}
		ctx, cancel := context.WithTimeout(t.Context(), Short)
		_, _ = s.Wait(ctx, key, rec.Revision) // either way it is asked again
		cancel()
	}
}

func fenced(t *testing.T, s once.Store) {
	key := Key(t, 1)
	late := begin(t, s, key, Short, once.Claimed)
	current := claimAgain(t, s, key, Lease)
	if current.Revision <= late.Revision {
		t.Errorf("revision %d after %d", current.Revision, late.Revision)
	}
	lost(t, "Finish of the late winner", s.Finish(t.Context(), key, late.Revision, []byte("late")))
	lost(t, "Abandon of the late winner", s.Abandon(t.Context(), key, late.Revision, []byte("late")))
	begin(t, s, key, Lease, once.Running)
	finish(t, s, key, current.Revision, "current")
	lost(t, "Finish of the late winner, after the result", s.Finish(t.Context(), key, late.Revision, []byte("late")))
	if rec := begin(t, s, key, Lease, once.Done); string(rec.Result) != "current" {
		t.Errorf("kept %q, want that of the current claim", rec.Result)
	}
}

func leaseEnds(t *testing.T, s once.Store) {
	key := Key(t, 1)
	start := time.Now()
	late := begin(t, s, key, Short, once.Claimed)
	rec, err := s.Wait(t.Context(), key, late.Revision)
	if err != nil || rec.State != once.Free {
		t.Fatalf("Wait for the end of the lease: %v, %v, want free", rec.State, err)
	}
	took := time.Since(start)
	t.Logf("a lease of %v ended after %v", Short, took)
	if took < Short || took > Short+5*time.Second {
		t.Errorf("a lease of %v ended after %v", Short, took)
	}
	begin(t, s, key, Lease, once.Claimed)
	lost(t, "Finish after the lease", s.Finish(t.Context(), key, late.Revision, []byte("late")))
}

func takenOut(t *testing.T, s once.Store) {
	key := Key(t, 1)
	claim := begin(t, s, key, Lease, once.Claimed)
	finish(t, s, key, claim.Revision, "garbage")
	rec := begin(t, s, key, Lease, once.Done)
	if err := s.Abandon(t.Context(), key, rec.Revision, nil); err != nil {
		t.Fatalf("Abandon of a result: %v", err)
	}
	lost(t, "second Abandon of a result", s.Abandon(t.Context(), key, rec.Revision, nil))
	begin(t, s, key, Lease, once.Claimed)
}

// wait starts n waiters and returns what they get.
func wait(t *testing.T, s once.Store, key once.Key, revision uint64, n int) <-chan once.Record {
	got := make(chan once.Record, n)
	for range n {
		go func() {
			rec, err := s.Wait(t.Context(), key, revision)
			if err != nil {
				t.Errorf("Wait: %v", err)
			}
			got <- rec
		}()
	}
	return got
}

func waitersGetResult(t *testing.T, s once.Store) {
	key := Key(t, 1)
	claim := begin(t, s, key, Lease, once.Claimed)
	got := wait(t, s, key, claim.Revision, 10)
	finish(t, s, key, claim.Revision, "result")
	for range 10 {
		if rec := <-got; rec.State != once.Done || string(rec.Result) != "result" {
			t.Errorf("a waiter got %v %q, want the result", rec.State, rec.Result)
		}
	}
}

func waitersGetFailure(t *testing.T, s once.Store) {
	key := Key(t, 1)
	claim := begin(t, s, key, Lease, once.Claimed)
	got := wait(t, s, key, claim.Revision, 10)
	if err := s.Abandon(t.Context(), key, claim.Revision, []byte("failure")); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if rec := <-got; rec.State != once.Failed || string(rec.Result) != "failure" {
			t.Errorf("a waiter got %v %q, want the failure", rec.State, rec.Result)
		}
	}
	begin(t, s, key, Lease, once.Claimed)
}

func waitersFindFree(t *testing.T, s once.Store) {
	key := Key(t, 1)
	claim := begin(t, s, key, Lease, once.Claimed)
	got := wait(t, s, key, claim.Revision, 1)
	if err := s.Abandon(t.Context(), key, claim.Revision, nil); err != nil {
		t.Fatal(err)
	}
	if rec := <-got; rec.State != once.Free {
		t.Errorf("after an Abandon without a failure: %v, want free", rec.State)
	}

	claim = begin(t, s, key, Short, once.Claimed)
	if rec := <-wait(t, s, key, claim.Revision, 1); rec.State != once.Free {
		t.Errorf("after the end of the lease: %v, want free", rec.State)
	}
}

func waitEnds(t *testing.T, s once.Store) {
	claim := begin(t, s, Key(t, 1), Lease, once.Claimed)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Wait(ctx, Key(t, 1), claim.Revision); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait: %v, want the error of its context", err)
	}
}

func waitForFormer(t *testing.T, s once.Store) {
	key := Key(t, 1)
	former := begin(t, s, key, Lease, once.Claimed)
	if err := s.Abandon(t.Context(), key, former.Revision, nil); err != nil {
		t.Fatal(err)
	}
	begin(t, s, key, Lease, once.Claimed)
	if rec, err := s.Wait(t.Context(), key, former.Revision); err != nil || rec.State != once.Free {
		t.Errorf("Wait for a former claim: %v, %v, want free", rec.State, err)
	}
}

func oneWins(t *testing.T, s once.Store) {
	const rounds, racers = 20, 8
	for i := range rounds {
		var won atomic.Int64
		var all sync.WaitGroup
		for range racers {
			all.Go(func() {
				rec, err := s.Begin(t.Context(), Key(t, i), Lease)
				if err != nil {
					t.Errorf("Begin: %v", err)
				}
				if rec.State == once.Claimed {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if n := won.Load(); n != 1 {
			t.Errorf("round %d: %d winners, want 1", i, n)
		}
	}
}
