package events

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Job is one recorded event on its way to its handler. Its JSON, made by
// encoding/json, reads back to the same value, every byte of Payload included;
// what is not such JSON, or of a later version of it, is an error to read.
type Job struct {
	// ID names the event within its source. It is the key of the duplicate
	// check and of effects (Effect): two jobs with the same Source and ID are
	// deliveries of one event.
	ID string
	// Handler is the name of the Go handler that works on the job.
	Handler string
	// Source is the name of the source that the event came by, Tenant and Type
	// are what its route and its content gave; both may be empty.
	Source, Tenant, Type string
	// Order groups jobs: those of the same non-empty Order run one after the
	// other, as they were recorded. Jobs without an order run side by side.
	Order string
	// Vars are the values that were picked by path.
	Vars map[string]json.RawMessage
	// Header holds the headers that were asked for, under lower-case names,
	// never a credential.
	Header map[string]string
	// Payload is the event as it arrived, or what a payload template made of it.
	Payload json.RawMessage
	// Received is when the receiver had read the event.
	Received time.Time
}

// Delivery is one attempt at a job. Its JSON is as exact as that of [Job].
type Delivery struct {
	Job
	// Attempt counts the deliveries of the job, this one included: from 1.
	Attempt int
}

// Stats counts the jobs of a queue.
type Stats struct {
	// Queued jobs wait for a worker, those in back-off included.
	Queued int `json:"queued"`
	// Running jobs are with a worker.
	Running int `json:"running"`
	// Dead jobs failed for good and wait for Retry.
	Dead int `json:"dead"`
	// Done counts the jobs that ended without an error since the queue was
	// opened by this process.
	Done uint64 `json:"done"`
}

// DeadJob is a job that failed for good.
type DeadJob struct {
	Job
	// DeadID names the dead letter for Retry. It is the queue's, and not the
	// job's ID: one event may have died more than once.
	DeadID string
	// Attempts is how often it was delivered, Reason the last failure, at most
	// 1 KiB of it.
	Attempts int
	Reason   string
	Died     time.Time
}

// Queue keeps jobs between the answer to an event and the work on it. All
// methods may be called at the same time from several goroutines.
type Queue interface {
	// Publish returns nil when the job is recorded as durably as the queue
	// promises. ErrFull, at the high-water mark, ErrTooLarge and ErrClosed mean
	// that it was not recorded; after any other error it may have been, so that consumers
	// must expect the event twice.
	Publish(ctx context.Context, job Job) error
	// Work hands jobs to handle until ctx ends, then lets the running ones end
	// and returns nil or what stopped it. A handle that returns nil is done with
	// its job; an error made by Permanent sends it to the dead letters at once,
	// any other error brings it again after a pause, up to the queue's limit of
	// deliveries. A panic of handle counts as an error. The context that handle
	// gets is not cancelled when ctx ends.
	Work(ctx context.Context, handle func(context.Context, Delivery) error) error
	// Stats counts the jobs.
	Stats(ctx context.Context) (Stats, error)
	// Dead lists at most limit dead letters, oldest first.
	Dead(ctx context.Context, limit int) ([]DeadJob, error)
	// Retry puts a dead letter back into the queue, with its attempts forgotten.
	// ErrNoDeadJob: none has that name.
	Retry(ctx context.Context, deadID string) error
	// Close stops accepting jobs and waits until the running ones have ended or
	// ctx ends. What a durable queue holds stays there; a queue that cannot keep
	// it works it off first. Work ends then, too.
	Close(ctx context.Context) error
}

var (
	// ErrFull says that a queue is at its high-water mark: the sender is
	// answered 503 and tries again.
	ErrFull = errors.New("events: queue is full")
	// ErrTooLarge says that a queue can never hold a job of that size: the sender
	// is answered 413, and need not try again.
	ErrTooLarge = errors.New("events: job is too large for the queue")
	// ErrClosed says that a queue no longer accepts jobs.
	ErrClosed = errors.New("events: queue is closed")
	// ErrNoDeadJob says that no dead letter has the name given to Retry.
	ErrNoDeadJob = errors.New("events: no such dead job")
)

// Permanent marks err as one that no further delivery can mend: the job goes to
// the dead letters at once. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error it wraps, came from Permanent.
// Implementations of Queue ask it.
func IsPermanent(err error) bool {
	var permanent *permanentError
	return errors.As(err, &permanent)
}

type permanentError struct{ cause error }

func (e *permanentError) Error() string { return e.cause.Error() }

func (e *permanentError) Unwrap() error { return e.cause }
