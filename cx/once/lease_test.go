package once_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
)

// A winner that is gone (its process was killed) holds the key until its lease
// ends: not longer than the deadline and the margin.
func TestDeadWinnersLeaseRunsOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// Both instances share the store; the first one's handler never ends,
		// as that of a dead process.
		store := newMemory(t, once.MemoryConfig{})
		dead, _ := newService(t, once.Config{Store: store}, slowly(24*time.Hour))
		alive, _ := newService(t, once.Config{Store: store}, slowly(0))
		go dead.send(t.Context(), "/webhook", "", turn("r"))
		time.Sleep(time.Second)
		retry := alive.post(t, turn("r"))
		if retry.status != 503 || retry.took != 4500*time.Millisecond {
			t.Errorf("while the lease lasts: %d after %v, want 503 at the deadline", retry.status, retry.took)
		}
		// The lease: 4.5 s of the handler and 2 s of margin, 5.5 s gone.
		retry = alive.post(t, turn("r"))
		if retry.status != 200 || retry.took != time.Second {
			t.Errorf("then: %d after %v, want 200 after the last second of the lease", retry.status, retry.took)
		}
		if n := alive.runs.Load(); n != 1 {
			t.Errorf("%d runs, want 1", n)
		}
		time.Sleep(25 * time.Hour)
	})
}

// unfenced is a store as it must not be: it takes the result of whoever comes.
type unfenced struct {
	once.Store
	mu      sync.Mutex
	results map[once.Key][]byte
}

func (u *unfenced) Begin(ctx context.Context, key once.Key, lease time.Duration) (once.Record, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if r, ok := u.results[key]; ok {
		return once.Record{State: once.Done, Result: r}, nil
	}
	return u.Store.Begin(ctx, key, lease)
}

func (u *unfenced) Finish(_ context.Context, key once.Key, _ uint64, result []byte) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.results[key] = result
	return nil
}

// A winner that comes back after its lease does not overwrite the newer
// result. Control: over a store without fences it does.
func TestLateWinnerIsFenced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		store func(*once.Memory) once.Store
		kept  string
		first once.Outcome
	}{
		{"fenced", func(m *once.Memory) once.Store { return m }, "run 2", once.Conflict},
		{"control: unfenced", func(m *once.Memory) once.Store { return &unfenced{Store: m, results: make(map[once.Key][]byte)} }, "run 1", once.Ran},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			var n atomic.Int64
			h := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
				i := n.Add(1)
				if i == 1 {
					time.Sleep(10 * time.Second) // stopped: deaf to its deadline of 4.5 s
				}
				return say(fmt.Sprint("run ", i)), nil
			})
			s, _ := newService(t, once.Config{Store: tt.store(newMemory(t, once.MemoryConfig{}))}, h)
			go s.send(t.Context(), "/webhook", "", turn("r"))
			time.Sleep(7 * time.Second) // the lease lasted 6.5 s
			if r := s.post(t, turn("r")); !strings.Contains(r.body, "run 2") {
				t.Errorf("after the lease: %d %q, want the second run", r.status, r.body)
			}
			time.Sleep(5 * time.Second)
			if r := s.post(t, turn("r")); !strings.Contains(r.body, tt.kept) {
				t.Errorf("kept: %q, want %s", r.body, tt.kept)
			}
			late := s.log.lines(t, "webhook handler ended after its deadline")
			if len(late) != 1 || late[0]["once"] != string(tt.first) {
				t.Errorf("log of the late winner = %v, want %q", late, tt.first)
			}
		})
	}
}

// A caller that hangs up does not end the run, whose answer is there for the
// next call.
func TestRunSurvivesItsConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newService(t, once.Config{}, heeding(3*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if r := s.send(ctx, "/webhook", "", turn("r")); r.err == nil {
			t.Fatal("the caller did not hang up")
		}
		if err := g.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := s.post(t, turn("r")); r.status != http.StatusOK || r.took != 0 || s.runs.Load() != 1 {
			t.Errorf("answered %d after %v and %d runs, want 200 at once after one", r.status, r.took, s.runs.Load())
		}
		if c := s.calls()[0]; c.Reason != "canceled" || c.Once != once.Ran {
			t.Errorf("observed %q %q, want canceled, run", c.Reason, c.Once)
		}
		if lines := s.log.lines(t, "webhook handler ended after its call"); len(lines) != 1 || lines[0]["level"] != "INFO" {
			t.Errorf("log = %v, want one line of level INFO", lines)
		}
	})
}

func TestDrainEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newService(t, once.Config{}, slowly(time.Hour))
		go s.send(t.Context(), "/webhook", "", turn("r"))
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		start := time.Now()
		if err := g.Drain(ctx); err == nil || time.Since(start) != 8*time.Second {
			t.Errorf("Drain: %v after %v, want an error after 8 s", err, time.Since(start))
		}
		time.Sleep(time.Hour)
		if err := g.Drain(t.Context()); err != nil {
			t.Errorf("Drain without a run: %v", err)
		}
	})
}

// Where the slots for handlers are taken, a new call is refused at once, while
// one that waits for a run needs no slot.
func TestWaitersTakeNoSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := newService(t, once.Config{Limit: 9 * time.Second, Margin: time.Minute}, slowly(20*time.Second), cx.WithMaxStuck(1))
		go s.send(t.Context(), "/webhook", "", turn("r"))
		time.Sleep(19 * time.Second) // past the limit of its run: stuck
		replies := make(chan reply, 50)
		for range cap(replies) {
			go func() { replies <- s.send(t.Context(), "/webhook", "", turn("r")) }()
		}
		synctest.Wait()
		fresh := s.post(t, turn("other"))
		if fresh.status != http.StatusServiceUnavailable || fresh.took > 10*time.Millisecond || fresh.header.Get("Retry-After") == "" {
			t.Errorf("new call: %d after %v, headers %v, want 503 at once with Retry-After", fresh.status, fresh.took, fresh.header)
		}
		for range cap(replies) {
			if r := <-replies; r.status != http.StatusOK || r.took != time.Second {
				t.Errorf("waiting call: %d after %v, want 200 after 1 s", r.status, r.took)
			}
		}
		// The refused call left no claim behind.
		if r := s.send(t.Context(), "/webhook", "", turn("other")); r.err != nil || r.took != 4500*time.Millisecond {
			t.Errorf("refused call, again: %v after %v, want it to run to its deadline", r.err, r.took)
		}
		if n := s.runs.Load(); n != 2 {
			t.Errorf("%d runs, want 2", n)
		}
		time.Sleep(time.Minute)
	})
}

// Ten thousand calls of 2,000 turns from 32 clients, some slow, some failing,
// some hung up: each turn that was answered 200 ran once, and has one answer.
func TestMixedCalls(t *testing.T) {
	t.Parallel()
	const turns, calls, clients = 2000, 10_000, 32
	var runs sync.Map
	h := cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		id := req.GetDetectIntentResponseId()
		n, _ := runs.LoadOrStore(id, new(atomic.Int64))
		i := n.(*atomic.Int64).Add(1)
		switch {
		case strings.HasSuffix(id, "7") && i == 1:
			return nil, cx.Errorf(http.StatusServiceUnavailable, "not now")
		case strings.HasSuffix(id, "3"):
			time.Sleep(time.Millisecond)
		}
		return say(fmt.Sprintf("%s, run %d", id, i)), nil
	})
	s, _ := newService(t, once.Config{}, h)
	var answers sync.Map
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(c)))
			for range calls / clients {
				id := fmt.Sprint(r.IntN(turns))
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+r.IntN(40))*time.Millisecond)
				got := s.send(ctx, "/webhook", "", turn(id))
				cancel()
				if got.err != nil || got.status != http.StatusOK {
					continue
				}
				if first, known := answers.LoadOrStore(id, got.body); known && first != got.body {
					t.Errorf("turn %s has two answers: %q, %q", id, first, got.body)
				}
			}
		})
	}
	all.Wait()
	n := 0
	runs.Range(func(id, count any) bool {
		n++
		want := int64(1)
		if strings.HasSuffix(id.(string), "7") {
			want = 2
		}
		if have := count.(*atomic.Int64).Load(); have > want {
			t.Errorf("turn %s ran %d times, want at most %d", id, have, want)
		}
		return true
	})
	t.Logf("%d turns ran", n)
}
