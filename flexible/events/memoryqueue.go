package events

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
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
// Close works off what is queued, within its context: jobs in back-off are
// tried again at once, and those that fail meanwhile after MinBackoff.
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
