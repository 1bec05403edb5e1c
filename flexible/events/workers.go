package events

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// restartPause is how long workers wait after the queue has stopped them.
const restartPause = time.Second

// Workers is a queue's Work in the background, for programs that serve events
// and work on them in one process.
type Workers struct {
	queue  Queue
	cancel context.CancelFunc
	ended  chan struct{}
	once   sync.Once
	err    error
}

// StartWorkers hands the jobs of a queue to handle, which is usually
// WorkHandler.Deliver, until Shutdown. When the queue stops them they are
// started again after a second.
func StartWorkers(q Queue, handle func(context.Context, Delivery) error) *Workers {
	ctx, cancel := context.WithCancel(context.Background())
	w := &Workers{queue: q, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		for {
			err := q.Work(ctx, handle)
			if err == nil || ctx.Err() != nil {
				return
			}
			slog.Default().LogAttrs(ctx, slog.LevelError, "workers stopped by their queue, starting them again", slog.String("error", err.Error()))
			select {
			case <-ctx.Done():
				return
			case <-time.After(restartPause):
			}
		}
	}()
	return w
}

// Shutdown closes the queue, which works off what it could not keep, and waits
// for the workers. It is what cx.WithShutdown takes. Called again it returns
// what it returned before.
func (w *Workers) Shutdown(ctx context.Context) error {
	w.once.Do(func() {
		w.err = w.queue.Close(ctx)
		w.cancel()
		select {
		case <-w.ended:
		case <-ctx.Done():
			w.err = errors.Join(w.err, errors.New("events: workers did not end in time"))
		}
	})
	return w.err
}
