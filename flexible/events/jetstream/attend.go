package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/flexible/events"
)

// attend brings one message to an end: done, back into the queue, or dead. The
// lease is renewed from the start, also while it waits for a slot.
func (w *worker) attend(ctx context.Context, msg natsjs.Msg, hasSlot bool) {
	if !hasSlot {
		waited := w.renew(w.detached, msg)
		select {
		case w.slots <- struct{}{}:
			waited()
		case <-ctx.Done(): // another instance has it at once
			waited()
			_ = msg.Nak() // without it the lease runs out
			return
		}
	}
	defer func() { <-w.slots }()
	limited, cancel := context.WithTimeout(w.detached, w.cfg.JobTimeout+w.cfg.Lease) // from now, however long it has waited
	defer cancel()
	stop := w.renew(limited, msg)
	defer stop()
	w.running.Add(1)
	defer w.running.Add(-1)

	meta, err := msg.Metadata()
	if err != nil {
		w.cfg.Logger.Error("events: a message of the queue is none of JetStream's", "queue", w.cfg.Name, "error", err)
		return
	}
	job := w.log(meta)
	attempt := int(meta.NumDelivered)
	if attempt > w.cfg.Attempts {
		w.bury(msg, meta, job, fmt.Sprintf("delivered %d times without an answer of its worker", attempt-1))
		return
	}
	var delivery events.Delivery
	if err := json.Unmarshal(msg.Data(), &delivery.Job); err != nil {
		w.bury(msg, meta, job, "record cannot be read: "+err.Error())
		return
	}
	delivery.Attempt = attempt
	err = w.run(delivery)
	switch {
	case err == nil:
		w.settle(job, "done", func(ctx context.Context) error { return msg.DoubleAck(ctx) })
		w.done.Add(1)
	case events.IsPermanent(err) || attempt >= w.cfg.Attempts:
		w.bury(msg, meta, job, err.Error())
	default:
		pause := w.backoff(attempt)
		job.Warn("events: job failed and comes again", "attempt", attempt, "pause", pause, "error", err)
		stop()
		w.settle(job, "back", func(context.Context) error { return msg.NakWithDelay(pause) })
	}
}

// run calls the handler with a context of its own.
func (w *worker) run(d events.Delivery) error {
	ctx, cancel := context.WithTimeout(w.detached, w.cfg.JobTimeout)
	defer cancel()
	ended := make(chan error, 1)
	go func() { // one that the handler may end, as runtime.Goexit does, without its lane
		err := errGoexit
		defer func() {
			if r := recover(); r != nil {
				w.cfg.Logger.Error("events: handler panicked", "queue", w.cfg.Name, "handler", d.Handler, "panic", r, "stack", string(debug.Stack()))
				err = fmt.Errorf("handler panicked: %v", r)
			}
			ended <- err
		}()
		err = w.handle(ctx, d)
	}()
	return <-ended
}

var errGoexit = errors.New("handler ended its goroutine")

// renew renews the lease of a message three times per lease, until ctx ends.
// The returned function ends that too; calling it again does nothing.
func (w *worker) renew(ctx context.Context, msg natsjs.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(w.cfg.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = msg.InProgress() // while the server is away the lease may run out: another instance works
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// settle tells the server how a job ended, again for as long as its lease may
// hold: after that the job comes again anyway.
func (w *worker) settle(job logger, end string, tell func(context.Context) error) {
	ctx, cancel := context.WithTimeout(w.detached, w.cfg.Lease)
	defer cancel()
	for {
		one, done := context.WithTimeout(ctx, requestLimit)
		err := tell(one)
		done()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			job.Error("events: the queue was not told how a job ended; it comes again", "end", end, "error", err)
			return
		case <-time.After(retryPause):
		}
	}
}

// backoff doubles with every attempt; half of it is random, so that jobs which
// failed together do not come again together.
func (w *worker) backoff(attempt int) time.Duration {
	pause := w.cfg.MaxBackoff
	if shift := attempt - 1; shift < 32 {
		pause = min(pause, w.cfg.MinBackoff<<shift)
	}
	if pause <= 0 { // the shift went over the top
		pause = w.cfg.MaxBackoff
	}
	return pause/2 + rand.N(pause/2+1)
}
