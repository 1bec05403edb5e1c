package events_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
)

// Row 371: a job that is delivered again has its effect once.
func TestEffectHappensOnce(t *testing.T) {
	t.Parallel()
	store := memoryStore(t)
	var effects atomic.Int64
	keys := make(map[once.Key]bool)
	handle := func(ctx context.Context, d events.Delivery) error {
		got, err := events.Effect(ctx, store, d, "charge", time.Minute, func(_ context.Context, key once.Key) ([]byte, error) {
			effects.Add(1)
			keys[key] = true
			return []byte("receipt 7"), nil
		})
		if string(got) != "receipt 7" {
			t.Errorf("result %q", got)
		}
		if d.Attempt < 3 {
			return errors.New("the process dies between the effect and the acknowledgement")
		}
		return err
	}
	synctest.Test(t, func(t *testing.T) {
		q := memoryQueue(t, events.MemoryQueueConfig{})
		stop := working(t, q, handle)
		publish(t, q, events.Job{Source: "s", ID: "e1"}, events.Job{Source: "s", ID: "e1"})
		time.Sleep(time.Hour)
		if got := stats(t, q); got.Done != 2 || effects.Load() != 1 || len(keys) != 1 {
			t.Errorf("stats %+v, %d effects, %d keys", got, effects.Load(), len(keys))
		}
		stop()
	})
}

func TestEffectsAreTold(t *testing.T) {
	t.Parallel()
	store := memoryStore(t)
	n := 0
	for _, d := range []events.Delivery{
		{Job: events.Job{Source: "s", ID: "e1"}}, {Job: events.Job{Source: "s", ID: "e2"}},
		{Job: events.Job{Source: "t", ID: "e1"}}, {Job: events.Job{Source: "s", Tenant: "x", ID: "e1"}},
	} {
		for _, name := range []string{"charge", "mail"} {
			if _, err := events.Effect(t.Context(), store, d, name, time.Minute, func(context.Context, once.Key) ([]byte, error) { n++; return nil, nil }); err != nil {
				t.Error(err)
			}
		}
	}
	if n != 8 {
		t.Errorf("%d effects of 4 events with 2 each", n)
	}
}

func TestEffectThatFailsRunsAgain(t *testing.T) {
	t.Parallel()
	store := memoryStore(t)
	d := events.Delivery{Job: events.Job{Source: "s", ID: "e1"}}
	fail := errors.New("declined")
	run := func(err error) func(context.Context, once.Key) ([]byte, error) {
		return func(context.Context, once.Key) ([]byte, error) { return []byte("x"), err }
	}
	if _, err := events.Effect(t.Context(), store, d, "charge", time.Minute, run(fail)); !errors.Is(err, fail) {
		t.Errorf("error %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = events.Effect(t.Context(), store, d, "charge", time.Minute, func(context.Context, once.Key) ([]byte, error) { panic("x") })
	}()
	if got, err := events.Effect(t.Context(), store, d, "charge", time.Minute, run(nil)); err != nil || string(got) != "x" {
		t.Errorf("after a failure and a panic: %q, %v", got, err)
	}
}

// Deliveries of one event at once: one runs, the others wait for its result.
func TestEffectsAtOnce(t *testing.T) {
	t.Parallel()
	store := memoryStore(t)
	d := events.Delivery{Job: events.Job{Source: "s", ID: "e1"}}
	var effects atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			got, err := events.Effect(t.Context(), store, d, "charge", time.Minute, func(context.Context, once.Key) ([]byte, error) {
				effects.Add(1)
				return []byte("x"), nil
			})
			if err != nil || string(got) != "x" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if effects.Load() != 1 {
		t.Errorf("%d effects", effects.Load())
	}
}

func TestEffectAndABrokenStore(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	d := events.Delivery{Job: events.Job{Source: "s", ID: "e1"}}
	ran := false
	run := func(context.Context, once.Key) ([]byte, error) { ran = true; return []byte("x"), nil }
	if _, err := events.Effect(t.Context(), brokenStore{memoryStore(t), down, nil}, d, "charge", time.Minute, run); !errors.Is(err, down) || ran {
		t.Errorf("down before: %v, ran %v", err, ran)
	}
	got, err := events.Effect(t.Context(), brokenStore{memoryStore(t), nil, down}, d, "charge", time.Minute, run)
	if !errors.Is(err, events.ErrUnsaved) || !errors.Is(err, down) || string(got) != "x" {
		t.Errorf("down after: %q, %v", got, err)
	}
	if _, err := events.Effect(t.Context(), nil, d, "charge", time.Minute, run); err == nil {
		t.Error("an effect without a store")
	}
}
