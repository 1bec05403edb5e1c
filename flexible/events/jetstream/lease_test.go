package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
)

// Case 376: two instances on one queue. A running job stays with its instance
// for as long as it renews its lease, several times over.
func TestLongJobStaysWithItsInstance(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	cfg := quick()
	cfg.Lease = 3 * time.Second
	first, second := newQueue(t, conn, cfg), newQueue(t, conn, cfg)
	var runs atomic.Int64
	long := func(ctx context.Context, _ events.Delivery) error {
		runs.Add(1)
		time.Sleep(7 * time.Second) // the work, over two leases
		return nil
	}
	work(t, first, long)
	work(t, second, long)
	publish(t, first, job(1))
	ordered := job(2)
	ordered.Order = "cus_1"
	publish(t, first, ordered)
	eventually(t, "both are done", func() bool { return stats(t, first).Done+stats(t, second).Done == 2 })
	if runs.Load() != 2 {
		t.Errorf("2 jobs ran %d times, want 2", runs.Load())
	}
}

// The control: a lease that is not renewed, because the time for the job is
// over, gives the job to the other instance.
func TestSilentJobGoesToAnotherInstance(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	cfg := quick()
	cfg.Lease, cfg.JobTimeout = time.Second, time.Millisecond
	first, second := newQueue(t, conn, cfg), newQueue(t, conn, cfg)
	release := make(chan struct{})
	started := make(chan context.Context, 1)
	stop := work(t, first, func(ctx context.Context, _ events.Delivery) error {
		started <- ctx
		<-release
		return nil
	})
	publish(t, first, job(1))
	inner := receive(t, started, "job")
	receive(t, inner.Done(), "end of the job's time")
	got := make(chan events.Delivery, 1)
	work(t, second, func(_ context.Context, d events.Delivery) error { got <- d; return nil })
	if d := receive(t, got, "job at the other instance"); d.Attempt < 2 {
		t.Errorf("attempt %d, want a later one than the first", d.Attempt)
	}
	close(release)
	stop()
}

// A job that waits in an instance which stops is with another at once, long
// before its lease ends.
func TestStoppedInstanceGivesJobsBack(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	cfg := quick()
	cfg.Workers, cfg.Lease = 1, 10*time.Minute
	first, second := newQueue(t, conn, cfg), newQueue(t, conn, cfg)
	release, started := make(chan struct{}), make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- first.Work(ctx, func(context.Context, events.Delivery) error { started <- struct{}{}; <-release; return nil })
	}()
	publish(t, first, job(0))
	receive(t, started, "first job")
	publish(t, first, job(1), job(2), job(3))
	cancel()
	got := make(chan string, 3)
	work(t, second, func(_ context.Context, d events.Delivery) error { got <- d.ID; return nil })
	for range 3 {
		receive(t, got, "job that the stopped instance did not start")
	}
	close(release)
	if err := receive(t, ended, "end of Work"); err != nil {
		t.Error(err)
	}
}

// Jobs of one order run as they were recorded, one at a time, over two
// instances and through failures.
func TestOrderHolds(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	cfg := quick()
	cfg.Attempts, cfg.OrderLanes = 1000, 4
	first, second := newQueue(t, conn, cfg), newQueue(t, conn, cfg)
	const orders, each = 8, 25
	var mu sync.Mutex
	done := make(map[string][]string)
	running := make(map[string]int)
	handle := func(_ context.Context, d events.Delivery) error {
		mu.Lock()
		running[d.Order]++
		if running[d.Order] > 1 {
			t.Errorf("two jobs of %s run at a time", d.Order)
		}
		mu.Unlock()
		runtime.Gosched()
		mu.Lock()
		defer mu.Unlock()
		running[d.Order]--
		if rand.N(4) == 0 {
			return errors.New("try again")
		}
		done[d.Order] = append(done[d.Order], d.ID)
		return nil
	}
	work(t, first, handle)
	work(t, second, handle)
	want := make(map[string][]string)
	for n := range each {
		for o := range orders {
			j := job(n*orders + o)
			j.Order = fmt.Sprintf("cus_%d", o)
			publish(t, []events.Queue{first, second}[rand.N(2)], j)
			want[j.Order] = append(want[j.Order], j.ID)
		}
	}
	eventually(t, "all are done", func() bool { return stats(t, first).Done+stats(t, second).Done == orders*each })
	for order, ids := range want {
		if !slices.Equal(done[order], ids) {
			t.Errorf("%s ran as %v, want %v", order, done[order], ids)
		}
	}
	if a, b := stats(t, first).Done, stats(t, second).Done; a == 0 || b == 0 {
		t.Errorf("instances did %d and %d jobs, want both some", a, b)
	}
}

// Case 379: what was queued before a restart is drained without being loaded
// as a whole. Not parallel: the heap is measured.
func TestRestartDrainsInBoundedMemory(t *testing.T) {
	jobs := 5_000
	if os.Getenv("CXHOOK_LONG") != "" {
		jobs = 100_000 // 1.6 GB
	}
	dir := t.TempDir() + "/store"
	var log lines
	conn := open(t, jetstream.Config{Dir: dir, LoseOnPowerCut: true, Logger: log.logger()})
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(log.String())
		}
	})
	cfg := quick()
	cfg.MaxBytes = 4 << 30
	q := newQueue(t, conn, cfg)
	var wg sync.WaitGroup
	begin := time.Now()
	for w := range 64 {
		wg.Go(func() {
			for n := w; n < jobs; n += 64 {
				j := job(n)
				j.Payload = fmt.Appendf(nil, `{"n":%d,"text":"%016000d"}`, n, n)
				if err := q.Publish(t.Context(), j); err != nil {
					t.Errorf("Publish = %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d jobs of 16 KiB recorded in %v", jobs, time.Since(begin))
	shut(t, q)
	shut(t, conn)

	before := heap()
	conn = open(t, jetstream.Config{Dir: dir, LoseOnPowerCut: true})
	q = newQueue(t, conn, cfg)
	var done atomic.Int64
	begin = time.Now()
	work(t, q, func(context.Context, events.Delivery) error { done.Add(1); return nil })
	var most uint64
	for s := stats(t, q); s.Queued+s.Running > 0; s = stats(t, q) {
		most = max(most, heap())
		if time.Since(begin) > 4*within {
			t.Fatalf("%d of %d done after %v", done.Load(), jobs, time.Since(begin))
		}
	}
	t.Logf("drained in %v, heap %d MiB more at most", time.Since(begin), (most-before)>>20)
	if done.Load() < int64(jobs) {
		t.Errorf("%d jobs ran, want %d", done.Load(), jobs)
	}
	// At least 80 MB are queued. The server keeps the ids of two minutes for its
	// duplicate check, and a few blocks of 8 MB.
	if grown := int64(most) - int64(before); grown > 48<<20 {
		t.Errorf("the heap grew by %d MiB, want 48 at most", grown>>20)
	}
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
