package events_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/flexible/events"
)

func memoryQueue(t testing.TB, cfg events.MemoryQueueConfig) events.Queue {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	q, err := events.NewMemoryQueue(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func publish(t testing.TB, q events.Queue, jobs ...events.Job) {
	t.Helper()
	for _, j := range jobs {
		if err := q.Publish(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
}

// working runs a queue's Work until the returned function is called.
func working(t testing.TB, q events.Queue, handle func(context.Context, events.Delivery) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Work(ctx, handle) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Work: %v", err)
		}
	}
}

func stats(t testing.TB, q events.Queue) events.Stats {
	t.Helper()
	s, err := q.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ledger notes what handlers do, in order.
type ledger struct {
	mu    sync.Mutex
	lines []string
}

func (l *ledger) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *ledger) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, " ")
}

// Row 372: a poison job is tried with growing pauses up to its limit, dies, and
// holds up nobody.
func TestPoisonJobs(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"always an error": func() error { return errors.New("no") },
		"always a panic":  func() error { panic("poison") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := memoryQueue(t, events.MemoryQueueConfig{MaxDeliveries: 4, MinBackoff: time.Second, MaxBackoff: 3 * time.Second, Workers: 1})
				var log ledger
				var pauses []time.Duration
				last := time.Now()
				stop := working(t, q, func(_ context.Context, d events.Delivery) error {
					log.add("%s%d", d.ID, d.Attempt)
					if d.ID != "poison" {
						return nil
					}
					pauses = append(pauses, time.Since(last))
					last = time.Now()
					return fail()
				})
				publish(t, q, events.Job{ID: "poison"}, events.Job{ID: "a"}, events.Job{ID: "b"})
				synctest.Wait()
				if got, want := log.all(), "poison1 a1 b1"; got != want {
					t.Errorf("before any pause: %s, want %s", got, want)
				}
				time.Sleep(time.Hour) // of the bubble's time
				synctest.Wait()
				if got, want := log.all(), "poison1 a1 b1 poison2 poison3 poison4"; got != want {
					t.Errorf("deliveries: %s, want %s", got, want)
				}
				for i, most := range []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second} {
					if pauses[i] > most || pauses[i] < most/2 {
						t.Errorf("pause before delivery %d is %v, want %v to %v", i+1, pauses[i], most/2, most)
					}
				}
				if got, want := stats(t, q), (events.Stats{Dead: 1, Done: 2}); got != want {
					t.Errorf("stats %+v, want %+v", got, want)
				}
				stop()
			})
		})
	}
}

func TestPermanentFailureDiesAtOnceAndComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := memoryQueue(t, events.MemoryQueueConfig{})
		mended := false
		var log ledger
		stop := working(t, q, func(_ context.Context, d events.Delivery) error {
			log.add("%s%d", d.ID, d.Attempt)
			if mended {
				return nil
			}
			return fmt.Errorf("handler: %w", events.Permanent(errors.New("no such customer")))
		})
		job := fullJob()
		publish(t, q, job)
		synctest.Wait()
		dead, err := q.Dead(t.Context(), 10)
		if err != nil || len(dead) != 1 || dead[0].Attempts != 1 || dead[0].Reason != "handler: no such customer" || dead[0].Died.IsZero() {
			t.Fatalf("dead letters %+v, %v", dead, err)
		}
		if diff := cmp.Diff(job, dead[0].Job); diff != "" {
			t.Errorf("dead job (-want +got):\n%s", diff)
		}
		mended = true
		if err := q.Retry(t.Context(), dead[0].DeadID); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if err := q.Retry(t.Context(), dead[0].DeadID); !errors.Is(err, events.ErrNoDeadJob) {
			t.Errorf("second Retry: %v, want ErrNoDeadJob", err)
		}
		if got, want := stats(t, q), (events.Stats{Done: 1}); got != want || log.all() != "evt_11 evt_11" {
			t.Errorf("stats %+v, want %+v; deliveries %s", got, want, log.all())
		}
		stop()
	})
}

// Jobs of one order run one after the other as they were recorded, a failing
// one included; others do not wait for them.
func TestOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := memoryQueue(t, events.MemoryQueueConfig{Workers: 4, MinBackoff: time.Minute, MaxDeliveries: 2})
		var log, free ledger
		stop := working(t, q, func(_ context.Context, d events.Delivery) error {
			if d.Order == "" {
				free.add("%s", d.ID)
				return nil
			}
			log.add("+%s", d.ID)
			time.Sleep(time.Second)
			log.add("-%s", d.ID)
			if d.ID == "a2" {
				return errors.New("no")
			}
			return nil
		})
		for _, id := range []string{"a1", "a2", "a3", "a4"} {
			publish(t, q, events.Job{ID: id, Order: "a"})
		}
		publish(t, q, events.Job{ID: "f1"}, events.Job{ID: "f2"})
		synctest.Wait()
		if got := free.all(); got != "f1 f2" && got != "f2 f1" {
			t.Errorf("jobs without an order waited: %q", got)
		}
		time.Sleep(time.Hour)
		if got, want := log.all(), "+a1 -a1 +a2 -a2 +a2 -a2 +a3 -a3 +a4 -a4"; got != want {
			t.Errorf("order a: %s\nwant     %s", got, want)
		}
		publish(t, q, events.Job{ID: "a5", Order: "a"}) // the order is not stuck
		time.Sleep(time.Hour)
		if got := log.all(); !strings.HasSuffix(got, "-a4 +a5 -a5") {
			t.Errorf("a later job of the order: %s", got)
		}
		stop()
	})
}

func TestHighWaterMark(t *testing.T) {
	t.Parallel()
	q := memoryQueue(t, events.MemoryQueueConfig{MaxJobs: 3})
	publish(t, q, events.Job{ID: "1"}, events.Job{ID: "2", Order: "o"}, events.Job{ID: "3", Order: "o"})
	if err := q.Publish(t.Context(), events.Job{ID: "4"}); !errors.Is(err, events.ErrFull) {
		t.Errorf("fourth job: %v, want ErrFull", err)
	}
	q = memoryQueue(t, events.MemoryQueueConfig{MaxBytes: 10_000})
	publish(t, q, events.Job{ID: "1", Payload: make([]byte, 9000)})
	if err := q.Publish(t.Context(), events.Job{ID: "2", Payload: make([]byte, 9000)}); !errors.Is(err, events.ErrFull) {
		t.Errorf("job over the bytes: %v, want ErrFull", err)
	}
	if got := stats(t, q); got.Queued != 1 {
		t.Errorf("stats %+v", got)
	}
}

func TestDeadLettersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logs logBook
		q := memoryQueue(t, events.MemoryQueueConfig{MaxDead: 2, Workers: 1, Logger: logs.logger()})
		stop := working(t, q, func(context.Context, events.Delivery) error { return events.Permanent(errors.New("no")) })
		for i := range 3 {
			publish(t, q, events.Job{ID: fmt.Sprint("j", i)})
		}
		synctest.Wait()
		dead, _ := q.Dead(t.Context(), 10)
		if len(dead) != 2 || dead[0].ID != "j1" || dead[1].ID != "j2" {
			t.Errorf("dead letters %+v", dead)
		}
		if lost := logs.records(t, "dead job lost: there are too many"); len(lost) != 1 || lost[0]["event"] != "j0" {
			t.Errorf("log of the one that was dropped: %v", lost)
		}
		if one, _ := q.Dead(t.Context(), 1); len(one) != 1 || one[0].ID != "j1" {
			t.Errorf("the oldest: %+v", one)
		}
		stop()
	})
}

// A handler may do with its job what it likes: the next attempt, and the dead
// letter, have the job as it was recorded.
func TestDeliveriesDoNotShareMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := memoryQueue(t, events.MemoryQueueConfig{MaxDeliveries: 3})
		stop := working(t, q, func(_ context.Context, d events.Delivery) error {
			if diff := cmp.Diff(fullJob(), d.Job); diff != "" {
				t.Errorf("attempt %d (-want +got):\n%s", d.Attempt, diff)
			}
			d.Payload[0], d.Header["x-github-event"], d.Vars["amount"][0] = 'X', "X", 'X'
			return errors.New("again")
		})
		publish(t, q, fullJob())
		time.Sleep(time.Hour)
		dead, _ := q.Dead(t.Context(), 1)
		if diff := cmp.Diff(fullJob(), dead[0].Job); diff != "" {
			t.Errorf("dead letter (-want +got):\n%s", diff)
		}
		stop()
	})
}

func TestMemoryQueueConfigs(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]events.MemoryQueueConfig{
		"jobs": {MaxJobs: -1}, "bytes": {MaxBytes: -1}, "workers": {Workers: -1}, "deliveries": {MaxDeliveries: -1}, "dead": {MaxDead: -1},
		"back-off": {MinBackoff: -1}, "back-off that shrinks": {MinBackoff: time.Minute, MaxBackoff: time.Second},
	} {
		if _, err := events.NewMemoryQueue(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var logs logBook
	if _, err := events.NewMemoryQueue(events.MemoryQueueConfig{Logger: logs.logger()}); err != nil || !strings.Contains(logs.text(), "a crash or a kill loses what is queued") {
		t.Errorf("%v; the start does not say what a crash loses: %s", err, logs.text())
	}
}

// Every job that was accepted is done once, whatever is published and worked
// on side by side; jobs of one order in order.
func TestManyJobsAtOnce(t *testing.T) {
	t.Parallel()
	const publishers, each = 8, 100
	q := memoryQueue(t, events.MemoryQueueConfig{MaxJobs: publishers * each, MinBackoff: time.Microsecond, MaxBackoff: time.Millisecond, MaxDeliveries: 50})
	var mu sync.Mutex
	counts := make(map[string]int)
	orders := make(map[string][]int)
	workers := events.StartWorkers(q, func(_ context.Context, d events.Delivery) error {
		if d.Attempt == 1 && len(d.ID)%3 == 0 {
			return errors.New("again")
		}
		mu.Lock()
		defer mu.Unlock()
		counts[d.ID]++
		var n int
		if _, err := fmt.Sscanf(d.ID, d.Order+"-%d", &n); err != nil {
			t.Error(err)
		}
		orders[d.Order] = append(orders[d.Order], n)
		return nil
	})
	var wg sync.WaitGroup
	for p := range publishers {
		wg.Go(func() {
			for i := range each {
				publish(t, q, events.Job{ID: fmt.Sprintf("p%d-%d", p, i), Order: fmt.Sprint("p", p)})
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 6*patience)
	defer cancel()
	if err := workers.Shutdown(ctx); err != nil {
		t.Fatal(err) // the handlers may still write what is read below
	}
	for order, list := range orders {
		for i, n := range list {
			if i != n {
				t.Fatalf("order %s: job %d ran as number %d", order, n, i)
			}
		}
	}
	if len(counts) != publishers*each {
		t.Errorf("%d of %d jobs done", len(counts), publishers*each)
	}
	for id, n := range counts {
		if n != 1 {
			t.Errorf("job %s done %d times", id, n)
		}
	}
}
