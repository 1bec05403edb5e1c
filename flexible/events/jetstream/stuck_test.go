package jetstream_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
)

// A letter of a queue that had more lanes goes into one that is still served:
// its old one has nobody who works on it.
func TestRetryAfterLanesWereTakenAway(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	cfg := quick()
	before := newQueue(t, conn, cfg)
	const jobs = 4 // in lanes over the first, but for one in sixteen
	stop := work(t, before, func(context.Context, events.Delivery) error { return events.Permanent(errors.New("no")) })
	for n := range jobs {
		j := job(n)
		j.Order = j.ID
		publish(t, before, j)
	}
	eventually(t, "all are dead", func() bool { s := stats(t, before); return s.Dead == jobs && s.Queued+s.Running == 0 })
	stop()
	shut(t, before)

	cfg.OrderLanes = 1
	after := newQueue(t, conn, cfg)
	dead, err := after.Dead(t.Context(), jobs)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dead {
		if err := after.Retry(t.Context(), d.DeadID); err != nil {
			t.Fatal(err)
		}
	}
	work(t, after, func(context.Context, events.Delivery) error { return nil })
	eventually(t, "all are done", func() bool { return stats(t, after).Done == jobs })
}

// The time for which a job's lease is renewed begins with the job, however long
// it has waited for a worker before.
func TestJobThatWaitedKeepsItsLease(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	cfg := quick()
	cfg.Workers, cfg.Lease, cfg.JobTimeout = 1, time.Second, 4*time.Second
	first, second := newQueue(t, conn, cfg), newQueue(t, conn, cfg)
	started := make(chan string, 3)
	var runs atomic.Int64
	stop := work(t, first, func(ctx context.Context, _ events.Delivery) error {
		runs.Add(1)
		started <- "first"
		time.Sleep(3500 * time.Millisecond) // the work, within its time
		return nil
	})
	publish(t, first, job(1))
	receive(t, started, "first job")
	publish(t, first, job(2)) // waits in the first instance
	receive(t, started, "second job")
	work(t, second, func(context.Context, events.Delivery) error {
		runs.Add(1)
		started <- "second"
		return nil
	})
	eventually(t, "both are done", func() bool { return stats(t, first).Done+stats(t, second).Done >= 2 })
	stop()
	if runs.Load() != 2 {
		t.Errorf("2 jobs ran %d times", runs.Load())
	}
}

// A handler that ends its goroutine fails, and its lane goes on.
func TestHandlerThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	q := newQueue(t, embedded(t), quick())
	work(t, q, func(_ context.Context, d events.Delivery) error {
		if d.Attempt == 1 {
			runtime.Goexit()
		}
		return nil
	})
	ordered := job(1)
	ordered.Order = "cus_1"
	publish(t, q, ordered, job(2))
	eventually(t, "both are done", func() bool { return stats(t, q).Done == 2 })
}

// A job that the server takes in no message says so, and spoils no other.
func TestJobOverTheServersLimit(t *testing.T) {
	t.Parallel()
	q := newQueue(t, flushing(t), quick())
	large := job(0)
	large.Payload = []byte(`"` + strings.Repeat("x", 9<<20) + `"`)
	ended := make(chan error, 64)
	for n := range cap(ended) {
		j := job(n + 1)
		if n%16 == 8 {
			j.Payload = large.Payload
		}
		go func() {
			err := q.Publish(t.Context(), j)
			if errors.Is(err, events.ErrTooLarge) == (len(j.Payload) > 1<<20) {
				err = nil
			}
			ended <- err
		}()
	}
	for range cap(ended) {
		if err := receive(t, ended, "end of a Publish"); err != nil {
			t.Error(err)
		}
	}
}
