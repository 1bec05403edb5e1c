package jetstream_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/once"
	oncejs "github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

// instance is a receiver and its worker, as in one process of several.
type instance struct {
	url   string
	queue *jetstream.Queue
}

// startInstance starts all parts on a store that only cfg tells apart.
func startInstance(t *testing.T, cfg jetstream.Config, sink string) *instance {
	t.Helper()
	conn := open(t, cfg)
	store, err := oncejs.New(t.Context(), conn, oncejs.StoreConfig{Age: time.Hour, Bytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	qcfg := quick()
	qcfg.MaxBytes, qcfg.Lease, qcfg.Attempts = 64<<20, 5*time.Second, 1000
	q := newQueue(t, conn, qcfg)
	receiver, worker, err := childReceiver(childConfig{Sink: sink}, q, store)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(receiver)
	t.Cleanup(srv.Close)
	work(t, q, worker.Deliver)
	return &instance{url: srv.URL, queue: q}
}

// The growth path: the same code runs on a directory, and on a cluster by URL,
// with two instances and a server that is killed in the midst of it. Every event
// is sent to both instances until both have said 200: one of them records it,
// one worker has the effect, and none is lost.
func TestGrowth(t *testing.T) {
	t.Parallel()
	const count = 60
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		effects := newSink()
		srv := httptest.NewServer(effects)
		t.Cleanup(srv.Close)
		one := startInstance(t, jetstream.Config{Dir: t.TempDir() + "/store"}, srv.URL)
		sendAll(t, count, func(int) {}, one)
		checkGrown(t, effects, count, one)
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		cluster := clustertest.Start(t)
		effects := newSink()
		srv := httptest.NewServer(effects)
		t.Cleanup(srv.Close)
		one := startInstance(t, jetstream.Config{URL: cluster.URL()}, srv.URL)
		two := startInstance(t, jetstream.Config{URL: cluster.URL()}, srv.URL)
		probe := open(t, jetstream.Config{URL: cluster.URL()})
		victim := -1
		sendAll(t, count, func(n int) {
			switch n {
			case count / 3:
				if victim = cluster.Leader(t.Context(), probe.JetStream(), "events"); victim < 0 {
					t.Error("the queue has no leader")
					victim = 0
				}
				cluster.Kill(victim)
			case 2 * count / 3:
				cluster.Restart(victim)
			}
		}, one, two)
		checkGrown(t, effects, count, one, two)
	})
}

// sendAll sends events one after the other to all instances at once, until each
// has said 200. Before each event it calls at.
func sendAll(t *testing.T, count int, at func(n int), to ...*instance) {
	t.Helper()
	for n := range count {
		at(n)
		var wg sync.WaitGroup
		for _, i := range to {
			wg.Go(func() {
				for end := time.Now().Add(within); ; {
					status, err := post(t.Context(), http.DefaultClient, i.url, eventID(n))
					if err == nil && status == http.StatusOK {
						return
					}
					if err != nil || status != http.StatusServiceUnavailable || time.Now().After(end) {
						t.Errorf("event %d: status %d, %v, want 503 or in the end 200", n, status, err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
}

func checkGrown(t *testing.T, effects *sink, count int, instances ...*instance) {
	t.Helper()
	eventually(t, "the queue is empty", func() bool {
		s, err := instances[0].queue.Stats(t.Context())
		return err == nil && s.Queued == 0 && !slices.ContainsFunc(instances, func(i *instance) bool {
			s, err := i.queue.Stats(t.Context())
			return err != nil || s.Running > 0
		})
	})
	done := uint64(0)
	for _, i := range instances {
		s := stats(t, i.queue)
		done += s.Done
		if s.Dead > 0 {
			t.Errorf("%d jobs are dead", s.Dead)
		}
	}
	effects.mu.Lock()
	defer effects.mu.Unlock()
	for n := range count {
		if got := effects.effects[eventID(n)]; got != 1 {
			t.Errorf("event %d had its effect %d times, want once", n, got)
		}
	}
	asked := 0
	for _, n := range effects.keys {
		asked += n
	}
	t.Logf("%d events to %d instances: %d jobs done, %d effects, asked for %d times", count, len(instances), done, len(effects.effects), asked)
}

// Two instances take one job each at a time from the same queue; the effect of
// a job that both get, since the first one's lease ran out, happens once.
func TestEffectHappensOnceForTwoDeliveries(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	cfg := quick()
	cfg.Lease, cfg.JobTimeout, cfg.Workers = time.Second, time.Millisecond, 1
	first, second := newQueue(t, conn, cfg), newQueue(t, conn, cfg)
	store, err := oncejs.New(t.Context(), conn, oncejs.StoreConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	ran := 0
	ends := make(chan int, 16)
	handle := func(ctx context.Context, d events.Delivery) error {
		ctx = context.WithoutCancel(ctx) // goes on beyond its time
		_, err := events.Effect(ctx, store, d, "charge", time.Minute, func(context.Context, once.Key) ([]byte, error) {
			mu.Lock()
			ran++
			mu.Unlock()
			time.Sleep(2500 * time.Millisecond) // over two leases
			return fmt.Append(nil, "charged"), nil
		})
		ends <- d.Attempt
		return err
	}
	work(t, first, handle)
	work(t, second, handle)
	publish(t, first, job(1))
	if a, b := receive(t, ends, "end of a delivery"), receive(t, ends, "end of another"); a == b {
		t.Errorf("attempts %d and %d, want two", a, b)
	}
	mu.Lock()
	defer mu.Unlock()
	if ran != 1 {
		t.Errorf("the effect happened %d times, want once", ran)
	}
}
