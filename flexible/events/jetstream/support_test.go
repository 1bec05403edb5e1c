package jetstream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

// within bounds every wait: generous, because machines are busy.
const within = 60 * time.Second

func TestMain(m *testing.M) {
	clustertest.RunNode()
	runChild()
	os.Exit(m.Run())
}

// lines keeps log lines, for many goroutines.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// embedded opens a store in a directory of its own. It does not flush to the
// device, unless a test is about that: the device is shared with other tests.
func embedded(t testing.TB) *jetstream.Conn {
	t.Helper()
	return open(t, jetstream.Config{Dir: filepath.Join(t.TempDir(), "store"), LoseOnPowerCut: true})
}

func open(t testing.TB, cfg jetstream.Config) *jetstream.Conn {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	conn, err := jetstream.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, conn) })
	return conn
}

type closer interface{ Close(context.Context) error }

func shut(t testing.TB, c closer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), within)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
}

// quick has pauses that a test can wait for.
func quick() jetstream.QueueConfig {
	return jetstream.QueueConfig{MinBackoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
}

func newQueue(t testing.TB, conn *jetstream.Conn, cfg jetstream.QueueConfig) *jetstream.Queue {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	q, err := jetstream.NewQueue(t.Context(), conn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, q) })
	return q
}

func job(n int) events.Job {
	return events.Job{
		ID: fmt.Sprintf("evt_%d", n), Handler: "paid", Source: "shop",
		Payload: json.RawMessage(fmt.Sprintf(`{"n": %d}`, n)), Received: time.Unix(int64(n), 0).UTC(),
	}
}

func publish(t testing.TB, q events.Queue, jobs ...events.Job) {
	t.Helper()
	for _, j := range jobs {
		if err := q.Publish(t.Context(), j); err != nil {
			t.Fatalf("Publish(%q) = %v", j.ID, err)
		}
	}
}

// work runs Work until the test ends or the returned function is called, which
// returns when Work has.
func work(t testing.TB, q events.Queue, handle func(context.Context, events.Delivery) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- q.Work(ctx, handle) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("Work = %v", err)
				}
			case <-time.After(within):
				t.Error("Work did not end")
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// receive waits for a value.
func receive[T any](t testing.TB, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(within):
		t.Fatalf("no %s within %v", what, within)
		panic("not reached")
	}
}

// eventually asks until the answer is yes.
func eventually(t testing.TB, what string, ask func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(within)
	for !ask() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not within %v: %s", within, what)
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
