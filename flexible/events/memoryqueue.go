package events

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cxhook/cxhook/internal/endpoint"
)

// Defaults of a [MemoryQueueConfig].
const (
	DefaultQueueJobs     = 10_000
	DefaultQueueBytes    = 64 << 20
	DefaultQueueWorkers  = 8
	DefaultMaxDeliveries = 5
	DefaultMinBackoff    = time.Second
	DefaultMaxBackoff    = 5 * time.Minute
	DefaultMaxDead       = 1000
)

// jobOverhead is what a queued job counts for beside its texts.
const jobOverhead = 512

// MemoryQueueConfig configures [NewMemoryQueue]. The zero value has the
// defaults above.
type MemoryQueueConfig struct {
	// MaxJobs and MaxBytes are the high-water mark: jobs that are queued or
	// running, and about what they hold.
	MaxJobs  int
	MaxBytes int64
	// Workers is how many jobs one Work runs side by side.
	Workers int
	// MaxDeliveries is how often a job is tried.
	MaxDeliveries int
	// MinBackoff is the pause after the first failure; it doubles up to
	// MaxBackoff. A random part of up to a half is taken off each.
	MinBackoff, MaxBackoff time.Duration
	// MaxDead bounds the dead letters, which also hold no more than MaxBytes; the
	// oldest is dropped for a new one, with a log line.
	MaxDead int
	// Logger gets the jobs that die or are lost. The default is slog.Default().
	Logger *slog.Logger
}

func (cfg *MemoryQueueConfig) setDefaults() error {
	set := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	set(&cfg.MaxJobs, DefaultQueueJobs)
	set(&cfg.Workers, DefaultQueueWorkers)
	set(&cfg.MaxDeliveries, DefaultMaxDeliveries)
	set(&cfg.MaxDead, DefaultMaxDead)
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = DefaultQueueBytes
	}
	if cfg.MinBackoff == 0 {
		cfg.MinBackoff = DefaultMinBackoff
	}
	if cfg.MaxBackoff == 0 {
		cfg.MaxBackoff = max(DefaultMaxBackoff, cfg.MinBackoff)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.MaxJobs < 1 || cfg.MaxBytes < 1 || cfg.Workers < 1 || cfg.MaxDeliveries < 1 || cfg.MaxDead < 1 {
		return fmt.Errorf("events: memory queue of %d jobs, %d bytes, %d workers, %d deliveries and %d dead letters, need each at least 1",
			cfg.MaxJobs, cfg.MaxBytes, cfg.Workers, cfg.MaxDeliveries, cfg.MaxDead)
	}
	if cfg.MinBackoff < 0 || cfg.MaxBackoff < cfg.MinBackoff {
		return fmt.Errorf("events: memory queue with a back-off of %v to %v", cfg.MinBackoff, cfg.MaxBackoff)
	}
	return nil
}

// memoryQueue is the queue of one process.
type memoryQueue struct {
	cfg     MemoryQueueConfig
	tokens  chan struct{} // one for each ready job
	drained chan struct{} // closed when a closed queue is empty
	cut     context.Context
	cutNow  context.CancelFunc

	mu      sync.Mutex // guards what follows
	ready   []*memoryJob
	waiting map[string][]*memoryJob // behind the first of their order
	backoff map[*memoryJob]*time.Timer
	queued  int
	running int
	done    uint64
	bytes   int64
	dead    []DeadJob
	deadSum int64
	deadSeq uint64
	lost    int
	closed  bool
}

type memoryJob struct {
	Job
	size     int64
	attempts int
}

// NewMemoryQueue returns a queue in the memory of this process. Publish returns
// when the job is in memory: a crash, a kill or the end of the instance loses
// every job that has not ended, although its event was answered, and the dead
// letters too. It logs a warning that says so. It is for trials, and for events
// that may be lost.
//
// Close works off what is queued, within its context; jobs in back-off get one
// more try at once.
func NewMemoryQueue(cfg MemoryQueueConfig) (Queue, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	cfg.Logger.Warn("the queue of events is in memory: a crash or a kill loses what is queued, although it was answered")
	cut, cutNow := context.WithCancel(context.Background())
	return &memoryQueue{
		cfg: cfg, tokens: make(chan struct{}, cfg.MaxJobs), drained: make(chan struct{}), cut: cut, cutNow: cutNow,
		waiting: make(map[string][]*memoryJob), backoff: make(map[*memoryJob]*time.Timer),
	}, nil
}

// PerInstance reports that the queue belongs to one process.
func (q *memoryQueue) PerInstance() bool { return true }

// Publish implements Queue. The job must not be changed afterwards.
func (q *memoryQueue) Publish(ctx context.Context, job Job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.admit(&memoryJob{Job: job, size: jobSize(&job)})
}

func jobSize(j *Job) int64 {
	n := jobOverhead + len(j.ID) + len(j.Order) + len(j.Type) + len(j.Payload)
	for name, value := range j.Vars {
		n += len(name) + len(value)
	}
	for name, value := range j.Header {
		n += len(name) + len(value)
	}
	return int64(n)
}

func (q *memoryQueue) admit(j *memoryJob) error {
	switch {
	case q.closed:
		return ErrClosed
	case q.queued+q.running >= q.cfg.MaxJobs, q.bytes+j.size > q.cfg.MaxBytes:
		return ErrFull
	}
	q.queued++
	q.bytes += j.size
	if j.Order != "" {
		behind, taken := q.waiting[j.Order]
		if taken {
			q.waiting[j.Order] = append(behind, j)
			return nil
		}
		q.waiting[j.Order] = nil
	}
	q.push(j)
	return nil
}

// push makes a job ready.
func (q *memoryQueue) push(j *memoryJob) {
	q.ready = append(q.ready, j)
	q.tokens <- struct{}{} // never blocks: there are at most MaxJobs jobs
}

// Work implements Queue.
func (q *memoryQueue) Work(ctx context.Context, handle func(context.Context, Delivery) error) error {
	var wg sync.WaitGroup
	for range q.cfg.Workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				select {
				case <-ctx.Done():
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
		err := fmt.Errorf("events: the handler ended its goroutine")
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
	case IsPermanent(err), j.attempts >= q.cfg.MaxDeliveries, q.closed:
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
