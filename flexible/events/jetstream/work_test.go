package jetstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/flexible/events"
)

// Case 372: a job that always fails is set aside after N attempts, and does not
// hold up the others.
func TestPoisonIsBuried(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused by the shop")
	tests := []struct {
		name, reason string
		fail         func() error
		attempts     int
	}{
		{"fails", "what fails may succeed the next time", func() error { return refused }, 4},
		{"panics", "a handler's panic must not end the process", func() error { panic("no such row") }, 4},
		{"permanent", "no further delivery can mend it", func() error { return events.Permanent(refused) }, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := quick()
			cfg.Attempts = 4
			var log lines
			cfg.Logger = log.logger()
			q := newQueue(t, embedded(t), cfg)
			var attempts []int
			var mu sync.Mutex
			var others atomic.Int64
			poison := job(1)
			work(t, q, func(_ context.Context, d events.Delivery) error {
				if d.ID != poison.ID {
					others.Add(1)
					return nil
				}
				mu.Lock()
				attempts = append(attempts, d.Attempt)
				mu.Unlock()
				return test.fail()
			})
			publish(t, q, poison)
			for n := range 20 {
				publish(t, q, job(100+n))
			}
			eventually(t, "the job is dead", func() bool { return stats(t, q).Dead == 1 })
			eventually(t, "the others are done", func() bool { return stats(t, q).Queued == 0 && others.Load() == 20 })
			want := []int{1, 2, 3, 4}[:test.attempts]
			if !slices.Equal(attempts, want) {
				t.Errorf("attempts %v, want %v: %s", attempts, want, test.reason)
			}
			dead, err := q.Dead(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			if len(dead) != 1 || dead[0].ID != poison.ID || dead[0].Attempts != test.attempts || dead[0].Reason == "" || dead[0].Died.IsZero() {
				t.Errorf("dead letters %+v, want %s after %d attempts", dead, poison.ID, test.attempts)
			}
			if !strings.Contains(log.String(), "job is dead") {
				t.Errorf("no alarm in the log:\n%s", &log)
			}
		})
	}
}

func TestPauseBetweenAttemptsGrows(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.Attempts, cfg.MinBackoff, cfg.MaxBackoff = 4, 40*time.Millisecond, 100*time.Millisecond
	q := newQueue(t, embedded(t), cfg)
	var times []time.Time
	work(t, q, func(context.Context, events.Delivery) error {
		times = append(times, time.Now())
		return errors.New("no")
	})
	publish(t, q, job(1))
	eventually(t, "the job is dead", func() bool { return stats(t, q).Dead == 1 })
	// At least half of 40, 80 and 100 ms: the other half is random.
	for i, least := range []time.Duration{20, 40, 50} {
		if got := times[i+1].Sub(times[i]); got < least*time.Millisecond {
			t.Errorf("pause %d = %v, want at least %v", i+1, got, least*time.Millisecond)
		}
	}
}

func TestRetryPutsADeadLetterBack(t *testing.T) {
	t.Parallel()
	q := newQueue(t, embedded(t), quick())
	var mended atomic.Bool
	got := make(chan events.Delivery, 8)
	work(t, q, func(_ context.Context, d events.Delivery) error {
		if !mended.Load() {
			return events.Permanent(errors.New("not yet"))
		}
		got <- d
		return nil
	})
	publish(t, q, job(1), job(2), job(3))
	eventually(t, "three are dead", func() bool { return stats(t, q).Dead == 3 })
	dead, err := q.Dead(t.Context(), 2)
	if err != nil || len(dead) != 2 {
		t.Fatalf("Dead(2) = %d letters, %v", len(dead), err)
	}
	if dead[1].Died.Before(dead[0].Died) {
		t.Error("the oldest is not first")
	}
	mended.Store(true)
	var wg sync.WaitGroup
	for range 4 { // two operators, each with a double click
		wg.Go(func() {
			if err := q.Retry(t.Context(), dead[1].DeadID); err != nil && !errors.Is(err, events.ErrNoDeadJob) {
				t.Errorf("Retry = %v", err)
			}
		})
	}
	wg.Wait()
	if d := receive(t, got, "job"); d.ID != dead[1].ID || d.Attempt != 1 {
		t.Errorf("%s runs as attempt %d, want %s as 1", d.ID, d.Attempt, dead[1].ID)
	}
	eventually(t, "one is done, two are dead", func() bool { return stats(t, q) == events.Stats{Dead: 2, Done: 1} })
	for _, id := range []string{dead[1].DeadID, "", ">", "*", "1-1", "a.b", "events"} {
		if err := q.Retry(t.Context(), id); !errors.Is(err, events.ErrNoDeadJob) {
			t.Errorf("Retry(%q) = %v, want ErrNoDeadJob", id, err)
		}
	}
}

// Case 373: what cannot be decoded is kept, as it is, and is no obstacle.
func TestUndecodableRecordIsADeadLetter(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	q := newQueue(t, conn, quick())
	records := []string{"", "{", `{"v":2,"id":"from a later version"}`, "\xff\xfe"}
	for _, text := range records {
		if _, err := conn.JetStream().Publish(t.Context(), "events.free", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	ran := make(chan string, 1)
	work(t, q, func(_ context.Context, d events.Delivery) error { ran <- d.ID; return nil })
	publish(t, q, job(1))
	receive(t, ran, "good job")
	eventually(t, "the others are dead", func() bool { return stats(t, q) == events.Stats{Dead: len(records), Done: 1} })
	stream, err := conn.JetStream().Stream(t.Context(), "events-dead")
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for seq := range len(records) {
		letter, err := stream.GetMsg(t.Context(), uint64(seq+1))
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, string(letter.Data))
	}
	slices.Sort(kept)
	slices.Sort(records)
	if !slices.Equal(kept, records) {
		t.Errorf("kept %q, want %q", kept, records)
	}
	dead, err := q.Dead(t.Context(), 10)
	if err != nil || len(dead) != len(records) {
		t.Fatalf("Dead = %d letters, %v", len(dead), err)
	}
	for _, d := range dead {
		if _, err := json.Marshal(d); err != nil || !json.Valid(d.Payload) {
			t.Errorf("the letter %q cannot be shown: %v", d.Payload, err)
		}
	}
}

// A job that ends its process every time never returns an error; its
// deliveries count.
func TestJobThatKillsItsWorkerIsBuried(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	cfg := quick()
	cfg.Attempts = 3
	q := newQueue(t, conn, cfg)
	// The consumer is made by the first Work.
	stop := work(t, q, func(context.Context, events.Delivery) error { return nil })
	publish(t, q, job(0))
	eventually(t, "the first job is done", func() bool { return stats(t, q).Done == 1 })
	stop()
	publish(t, q, job(1))
	consumer, err := conn.JetStream().Consumer(t.Context(), "events", "free")
	if err != nil {
		t.Fatal(err)
	}
	for range cfg.Attempts {
		msg, err := consumer.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := msg.Nak(); err != nil { // in place of waiting for the lease
			t.Fatal(err)
		}
	}
	var ran atomic.Int64
	work(t, q, func(context.Context, events.Delivery) error { ran.Add(1); return nil })
	eventually(t, "the job is dead", func() bool { return stats(t, q).Dead == 1 })
	if ran.Load() != 0 {
		t.Errorf("the job ran %d times after %d deliveries, want 0", ran.Load(), cfg.Attempts)
	}
}

// The letter of a message that is buried twice, because its end was not
// recorded, is one letter.
func TestDeadLetterIsWrittenOnce(t *testing.T) {
	t.Parallel()
	conn := embedded(t)
	newQueue(t, conn, quick())
	for range 2 {
		if _, err := conn.JetStream().Publish(t.Context(), "events-dead.1-1", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	stream, err := conn.JetStream().Stream(t.Context(), "events-dead")
	if err != nil {
		t.Fatal(err)
	}
	if got := stream.CachedInfo().State.Msgs; got != 1 {
		t.Errorf("%d letters, want 1", got)
	}
	if d := stream.CachedInfo().Config.Discard; d != natsjs.DiscardNew {
		t.Errorf("dead letters discard %v, want new ones: an old one must not vanish", d)
	}
}

// A job never leaves the queue without a letter, also when letters are at their
// limit.
func TestFullDeadLettersKeepTheJobQueued(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.MaxDead = 1
	var log lines
	cfg.Logger = log.logger()
	q := newQueue(t, embedded(t), cfg)
	work(t, q, func(context.Context, events.Delivery) error { return events.Permanent(errors.New("no")) })
	publish(t, q, job(1), job(2))
	eventually(t, "the second is tried", func() bool { return strings.Contains(log.String(), "no dead letter could be written") })
	if s := stats(t, q); s.Dead != 1 || s.Queued+s.Running != 1 {
		t.Errorf("%+v, want one dead and one queued", s)
	}
	dead, err := q.Dead(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Retry(t.Context(), dead[0].DeadID); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a letter has its place again", func() bool { s := stats(t, q); return s.Dead == 1 && s.Queued+s.Running == 1 })
}

func TestWorkersAreLimited(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.Workers = 3
	q := newQueue(t, embedded(t), cfg)
	for n := range 60 {
		j := job(n)
		if n%2 == 0 {
			j.Order = fmt.Sprint(n)
		}
		publish(t, q, j)
	}
	var now, most atomic.Int64
	work(t, q, func(context.Context, events.Delivery) error {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(time.Millisecond) // the work
		return nil
	})
	eventually(t, "all are done", func() bool { return stats(t, q) == events.Stats{Done: 60} })
	if most.Load() > 3 {
		t.Errorf("%d jobs ran at a time, want 3 at most", most.Load())
	}
}
