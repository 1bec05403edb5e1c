package deferred_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/deferred"
)

// A server drains while its last calls still begin and end work. The test runs
// alone, since it takes all processors, and others wait for stores.
func TestDrainWhileWorkBegins(t *testing.T) {
	b := newBench(t, deferred.Config{})
	h := b.work(0)
	var drains sync.WaitGroup
	for range 8 {
		drains.Go(func() {
			for b.runs.Load() < 2000 {
				if err := b.Drain(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	req := &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Session: sessions + "s"}}
	for range 2000 {
		if _, err := h.ServeWebhook(t.Context(), req); err != nil {
			t.Error(err)
		}
	}
	drains.Wait()
}

func TestDrainGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, deferred.Config{})
		ask(t, b.work(10*time.Second), "s", "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Drain: %v, want the end of its context", err)
		}
		if err := b.Drain(t.Context()); err != nil {
			t.Errorf("Drain: %v, want that it waits for the work", err)
		}
	})
}

// far is a store that has made a claim some time before it is known here.
type far struct{ *once.Memory }

func (f far) Begin(ctx context.Context, key once.Key, lease time.Duration) (once.Record, error) {
	rec, err := f.Memory.Begin(ctx, key, lease)
	select {
	case <-time.After(100 * time.Millisecond):
		return rec, err
	case <-ctx.Done():
		return once.Record{}, ctx.Err()
	}
}

// A caller that hangs up while its claim is on the way leaves none behind: no
// work was begun, and the session's next call begins it.
func TestHangUpBeforeTheClaim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, err := once.NewMemory(once.MemoryConfig{})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, deferred.Config{Store: far{m}})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		req := &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Session: sessions + "s"}}
		if _, err := b.work(0).ServeWebhook(ctx, req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("answered %v, want the end of the call", err)
		}
		time.Sleep(time.Second)
		text, _ := ask(t, b.work(time.Second), "s", "")
		want(t, "next call", text, "quote 1")
	})
}
