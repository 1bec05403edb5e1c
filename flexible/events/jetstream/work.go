package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/cxhook/cxhook/flexible/events"
)

const (
	// pullWait is how long a request for a job stays open at the server.
	pullWait = 30 * time.Second
	// pullHeartbeat is how often the server says meanwhile that it is there.
	pullHeartbeat = 5 * time.Second
	retryPause    = 250 * time.Millisecond
)

type handler = func(context.Context, events.Delivery) error

// Work hands jobs to handle, at most QueueConfig.Workers at a time over all
// Work calls of this Queue, until ctx ends or Close is called, and returns when
// the running ones have ended. While the server is away it waits for it.
func (q *Queue) Work(ctx context.Context, handle func(context.Context, events.Delivery) error) error {
	if err := q.enter(); err != nil {
		return err
	}
	defer q.active.Done()
	detached := context.WithoutCancel(ctx)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-q.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	w := &worker{Queue: q, handle: handle, detached: detached}
	defer w.jobs.Wait()
	group, working := errgroup.WithContext(ctx)
	group.Go(func() error {
		return w.pull(working, natsjs.ConsumerConfig{Durable: "free", FilterSubject: q.freeSubject(), MaxAckPending: -1}, w.takeFree)
	})
	group.Go(func() error { return w.audits(working) })
	for lane := range q.cfg.OrderLanes {
		group.Go(func() error {
			return w.pull(working, natsjs.ConsumerConfig{
				// One outstanding job, those in back-off included, is what keeps
				// the order over all instances.
				Durable: fmt.Sprintf("lane-%d", lane), FilterSubject: q.laneSubject(lane), MaxAckPending: 1,
			}, w.takeLane)
		})
	}
	return group.Wait()
}

// worker is one Work call.
type worker struct {
	*Queue
	handle   handler
	detached context.Context // with the values of Work's context, without its end
	jobs     sync.WaitGroup
}

// pull takes jobs from one consumer until ctx ends.
func (w *worker) pull(ctx context.Context, cfg natsjs.ConsumerConfig, take func(context.Context, natsjs.Consumer) error) error {
	cfg.AckPolicy = natsjs.AckExplicitPolicy
	cfg.AckWait = w.cfg.Lease
	cfg.MaxDeliver = -1 // the limit is kept by the worker: the server would let go of the job silently
	var consumer natsjs.Consumer
	complained := false
	for ctx.Err() == nil {
		var err error
		if consumer == nil {
			consumer, err = w.consumer(ctx, cfg)
		}
		if err == nil {
			err = take(ctx, consumer)
		}
		switch {
		case err == nil, errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
			complained = false
			continue
		case ctx.Err() != nil:
			return nil
		}
		if !complained { // once per outage
			w.cfg.Logger.WarnContext(ctx, "events: no jobs from the queue for now", "queue", w.cfg.Name, "consumer", cfg.Durable, "error", err)
			complained = true
		}
		if errors.Is(err, natsjs.ErrConsumerNotFound) || errors.Is(err, natsjs.ErrConsumerDeleted) || errors.Is(err, nats.ErrNoResponders) {
			consumer = nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryPause):
		}
	}
	return nil
}

func (w *worker) consumer(ctx context.Context, cfg natsjs.ConsumerConfig) (natsjs.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	return w.conn.JetStream().CreateOrUpdateConsumer(ctx, w.cfg.Name, cfg)
}

// next waits for one job.
func (w *worker) next(ctx context.Context, c natsjs.Consumer) (natsjs.Msg, error) {
	one, cancel := context.WithTimeout(ctx, pullWait)
	defer cancel()
	return c.Next(natsjs.FetchContext(one), natsjs.FetchHeartbeat(pullHeartbeat))
}

// takeLane runs the next job of a lane to its end.
func (w *worker) takeLane(ctx context.Context, c natsjs.Consumer) error {
	msg, err := w.next(ctx, c)
	if err != nil {
		return err
	}
	w.attend(ctx, msg, false)
	return nil
}

// takeFree waits for a job, then takes as many as there are free slots for,
// until none is left.
func (w *worker) takeFree(ctx context.Context, c natsjs.Consumer) error {
	msg, err := w.next(ctx, c)
	if err != nil {
		return err
	}
	w.jobs.Go(func() { w.attend(ctx, msg, false) })
	for {
		n := w.freeSlots(ctx)
		if n == 0 {
			return nil // ctx has ended
		}
		got, err := w.fetch(ctx, c, n)
		for range n - got {
			<-w.slots
		}
		if got == 0 || err != nil {
			return err
		}
	}
}

// freeSlots waits for a slot and takes all that are free.
func (w *worker) freeSlots(ctx context.Context) int {
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case w.slots <- struct{}{}:
		default:
			return n
		}
	}
}

// fetch starts up to n jobs that are there, each in a slot that is taken, and
// returns how many there were.
func (w *worker) fetch(ctx context.Context, c natsjs.Consumer, n int) (int, error) {
	batch, err := c.FetchNoWait(n)
	if err != nil {
		return 0, err
	}
	got := 0
	for msg := range batch.Messages() {
		got++
		w.jobs.Go(func() { w.attend(ctx, msg, true) })
	}
	return got, batch.Error()
}
