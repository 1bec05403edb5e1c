package events

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cxhook/cxhook/internal/endpoint"
)

// Work implements Queue.
func (q *memoryQueue) Work(ctx context.Context, handle func(context.Context, Delivery) error) error {
	var wg sync.WaitGroup
	for range q.cfg.Workers {
		wg.Go(func() {
			for ctx.Err() == nil && q.cut.Err() == nil {
				select {
				case <-ctx.Done():
				case <-q.cut.Done():
				case <-q.drained:
					return
				case <-q.tokens:
					q.deliver(ctx, handle)
				}
			}
		})
	}
	wg.Wait()
	return nil
}

// deliver tries the next job.
func (q *memoryQueue) deliver(ctx context.Context, handle func(context.Context, Delivery) error) {
	q.mu.Lock()
	j := q.ready[0]
	q.ready[0] = nil
	q.ready = q.ready[1:]
	q.queued--
	q.running++
	j.attempts++
	q.mu.Unlock()

	// The end of Work or of a connection does not cut the job off; the end of
	// Close's patience does.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(q.cut, cancel)()
	err := safely(func() error { return handle(ctx, Delivery{Job: cloneJob(j.Job), Attempt: j.attempts}) })
	q.end(j, err)
}

// safely makes an error of a panic, and of a goroutine that ends itself.
func safely(f func() error) (err error) {
	done := make(chan error, 1)
	go func() {
		err := errors.New("events: the handler ended its goroutine")
		defer func() {
			if v := recover(); v != nil {
				err = &panicError{text: fmt.Sprint(v)}
			}
			done <- err
		}()
		err = f()
	}()
	return <-done
}

// panicError is the failure of a handler that panicked.
type panicError struct{ text string }

func (e *panicError) Error() string { return "events: the handler panicked: " + endpoint.Clean(e.text) }

// end decides what becomes of a job that was tried.
func (q *memoryQueue) end(j *memoryJob, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	switch {
	case err == nil:
		q.done++
	case IsPermanent(err), j.attempts >= q.cfg.MaxDeliveries, q.cut.Err() != nil:
		q.bury(j, err)
	default:
		q.queued++
		q.backoff[j] = time.AfterFunc(q.pause(j.attempts), func() { q.again(j) })
		return
	}
	q.bytes -= j.size
	if j.Order != "" {
		q.nextOf(j.Order)
	}
	q.checkDrained()
}

func (q *memoryQueue) pause(attempts int) time.Duration {
	if q.closed { // there is little time left
		attempts = 1
	}
	d := q.cfg.MaxBackoff
	if shift := attempts - 1; shift < 30 && q.cfg.MinBackoff<<shift < d && q.cfg.MinBackoff<<shift > 0 {
		d = q.cfg.MinBackoff << shift
	}
	return d - time.Duration(rand.Int64N(int64(d)/2+1))
}

// again makes a job ready whose pause is over, unless Close was first.
func (q *memoryQueue) again(j *memoryJob) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, waits := q.backoff[j]; waits {
		delete(q.backoff, j)
		q.push(j)
	}
}

// nextOf makes the next job of an order ready.
func (q *memoryQueue) nextOf(order string) {
	behind := q.waiting[order]
	if len(behind) == 0 {
		delete(q.waiting, order)
		return
	}
	q.waiting[order] = behind[1:]
	q.push(behind[0])
}

func (q *memoryQueue) checkDrained() {
	if !q.closed || q.queued+q.running > 0 {
		return
	}
	select {
	case <-q.drained:
	default:
		close(q.drained)
	}
}
