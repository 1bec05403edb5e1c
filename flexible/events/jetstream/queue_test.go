package jetstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
)

func TestJobArrivesAsItWas(t *testing.T) {
	t.Parallel()
	q := newQueue(t, embedded(t), quick())
	want := events.Job{
		ID: "evt_1", Handler: "paid", Source: "stripe", Tenant: "acme", Type: "payment_intent.succeeded", Order: "cus_1",
		Vars:    map[string]json.RawMessage{"amount": json.RawMessage("12345678901234567890.10")},
		Header:  map[string]string{"x-github-event": "push"},
		Payload: json.RawMessage("{ \"a\" : 1e2,\n\"b\":\"<&>\" }"), Received: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
	}
	publish(t, q, want)
	got := make(chan events.Delivery, 1)
	work(t, q, func(_ context.Context, d events.Delivery) error { got <- d; return nil })
	if diff := cmp.Diff(events.Delivery{Job: want, Attempt: 1}, receive(t, got, "job")); diff != "" {
		t.Errorf("delivery (-want +got):\n%s", diff)
	}
	eventually(t, "the queue is empty", func() bool { return stats(t, q) == events.Stats{Done: 1} })
}

func TestPublishRefuses(t *testing.T) {
	t.Parallel()
	q := newQueue(t, embedded(t), quick())
	if err := q.Publish(t.Context(), events.Job{ID: "a\xff"}); err == nil {
		t.Error("a job is recorded that cannot be read back")
	}
	large := job(1)
	large.Payload = json.RawMessage(`"` + strings.Repeat("x", 9<<20) + `"`)
	if err := q.Publish(t.Context(), large); err == nil || errors.Is(err, events.ErrFull) {
		t.Errorf("Publish of 9 MiB = %v, want an error that is not ErrFull: no retry helps", err)
	}
	if got := stats(t, q).Queued; got != 0 {
		t.Errorf("%d jobs recorded, want 0", got)
	}
}

// The outcome of a Publish may be unknown to its sender, who repeats it.
func TestRepeatedPublishIsRecordedOnce(t *testing.T) {
	t.Parallel()
	q := newQueue(t, embedded(t), quick())
	other := job(1)
	other.Handler = "ship"
	unnamed := job(2)
	unnamed.ID = ""
	publish(t, q, job(1), job(1), other, other, unnamed, unnamed)
	// Two handlers' jobs, and two jobs that nothing tells apart.
	if got := stats(t, q).Queued; got != 4 {
		t.Errorf("%d jobs recorded, want 4", got)
	}
}

// Also among jobs that are sent together, of which the limit takes some.
func TestFullQueueRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.MaxQueued = 100
	q := newQueue(t, embedded(t), cfg)
	var taken, full atomic.Int64
	var wg sync.WaitGroup
	for n := range 300 {
		wg.Go(func() {
			switch err := q.Publish(t.Context(), job(n)); {
			case err == nil:
				taken.Add(1)
			case errors.Is(err, events.ErrFull):
				full.Add(1)
			default:
				t.Errorf("Publish = %v, want ErrFull", err)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 100 || full.Load() != 200 || stats(t, q).Queued != 100 {
		t.Fatalf("%d taken, %d refused, %d queued, want 100, 200, 100", taken.Load(), full.Load(), stats(t, q).Queued)
	}
	work(t, q, func(context.Context, events.Delivery) error { return nil })
	eventually(t, "the queue is empty", func() bool { return stats(t, q).Queued == 0 })
	publish(t, q, job(1000))
}

func TestBytesAreLimitedToo(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.MaxBytes = 10 << 10
	q := newQueue(t, embedded(t), cfg)
	large := job(1)
	large.Payload = json.RawMessage(`"` + strings.Repeat("x", 6<<10) + `"`)
	publish(t, q, large)
	large.ID = "second"
	if err := q.Publish(t.Context(), large); !errors.Is(err, events.ErrFull) {
		t.Errorf("Publish = %v, want ErrFull: 12 KiB do not go into 10", err)
	}
}

// The store's own limit is a full queue as well, not a fault.
func TestStoreLimitIsAFullQueue(t *testing.T) {
	t.Parallel()
	conn := open(t, jetstream.Config{Dir: t.TempDir() + "/store", MaxStore: 64 << 10, LoseOnPowerCut: true})
	cfg := quick()
	cfg.MaxBytes = 32 << 10
	q := newQueue(t, conn, cfg)
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		large := job(n)
		large.Payload = json.RawMessage(`"` + strings.Repeat("x", 4<<10) + `"`)
		err = q.Publish(t.Context(), large)
	}
	if !errors.Is(err, events.ErrFull) {
		t.Errorf("Publish = %v, want ErrFull", err)
	}
}

func TestManyWritersAreAllRecorded(t *testing.T) {
	t.Parallel()
	q := newQueue(t, embedded(t), quick())
	const writers, each = 64, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				j := job(w*each + n)
				if n%7 == 3 {
					j = job(w*each + n - 1) // a repetition in the midst of a batch
				}
				if err := q.Publish(t.Context(), j); err != nil {
					t.Errorf("Publish = %v", err)
				}
			}
		})
	}
	wg.Wait()
	want := 0
	for n := range each {
		if n%7 != 3 {
			want += writers
		}
	}
	seen := make(map[string]int)
	var mu sync.Mutex
	work(t, q, func(_ context.Context, d events.Delivery) error {
		mu.Lock()
		defer mu.Unlock()
		seen[d.ID]++
		return nil
	})
	eventually(t, "the queue is empty", func() bool { return stats(t, q) == events.Stats{Done: uint64(want)} })
	if len(seen) != want {
		t.Errorf("%d jobs ran, want %d", len(seen), want)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s ran %d times, want once", id, n)
		}
	}
}

func TestCloseWaitsForTheRunningJob(t *testing.T) {
	t.Parallel()
	q := newQueue(t, embedded(t), quick())
	started, release := make(chan context.Context, 1), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- q.Work(ctx, func(ctx context.Context, _ events.Delivery) error {
			started <- ctx
			<-release
			return nil
		})
	}()
	publish(t, q, job(1))
	inner := receive(t, started, "job")
	cancel()
	short, done := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer done()
	if err := q.Close(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close = %v with a job running, want its context's error", err)
	}
	if err := inner.Err(); err != nil {
		t.Errorf("the job's context has ended with Work's: %v", err)
	}
	if err := q.Publish(t.Context(), job(2)); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Publish = %v after Close, want ErrClosed", err)
	}
	if err := q.Work(t.Context(), nil); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Work = %v after Close, want ErrClosed", err)
	}
	close(release)
	if err := receive(t, ended, "end of Work"); err != nil {
		t.Errorf("Work = %v", err)
	}
	if err := q.Close(t.Context()); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// Close alone ends Work, so that a program needs no order among the two.
func TestCloseEndsWork(t *testing.T) {
	t.Parallel()
	q := newQueue(t, embedded(t), quick())
	ran := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- q.Work(t.Context(), func(context.Context, events.Delivery) error { ran <- struct{}{}; return nil })
	}()
	publish(t, q, job(1))
	receive(t, ran, "job")
	shut(t, q)
	if err := receive(t, ended, "end of Work"); err != nil {
		t.Errorf("Work = %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	for name, cfg := range map[string]jetstream.QueueConfig{
		"subject wildcard as a name": {Name: ">"},
		"dot in the name":            {Name: "a.b"},
		"negative limit":             {MaxQueued: -1},
		"bytes below one job":        {MaxBytes: 1},
		"no dead letter":             {MaxDead: -1},
		"no worker":                  {Workers: -1},
		"too many lanes":             {OrderLanes: 257},
		"lease below a heartbeat":    {Lease: time.Millisecond},
		"no attempt":                 {Attempts: -1},
		"negative time limit":        {JobTimeout: -1},
		"back-off that shrinks":      {MinBackoff: time.Minute, MaxBackoff: time.Second},
	} {
		if _, err := jetstream.NewQueue(t.Context(), conn, cfg); err == nil {
			t.Errorf("%s: %+v is accepted", name, cfg)
		}
	}
}

// A later job could pass an earlier one of its order that waits in another lane.
func TestLanesChangeOnlyWhileEmpty(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	q := newQueue(t, conn, quick())
	ordered := job(1)
	ordered.Order = "cus_1"
	publish(t, q, ordered)
	shut(t, q)
	cfg := quick()
	cfg.OrderLanes = 5
	if _, err := jetstream.NewQueue(t.Context(), conn, cfg); err == nil || !strings.Contains(err.Error(), "16") || !strings.Contains(err.Error(), "5") {
		t.Fatalf("NewQueue = %v, want an error with both numbers", err)
	}
	q = newQueue(t, conn, quick())
	stop := work(t, q, func(context.Context, events.Delivery) error { return nil })
	eventually(t, "the queue is empty", func() bool { return stats(t, q).Done == 1 })
	stop()
	newQueue(t, conn, cfg)
}
