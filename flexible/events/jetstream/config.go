package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/cxhook/cxhook/internal/jetstream"
)

// Config says where JetStream is: a directory of this process or a cluster.
// It is the same type for every store in JetStream.
type Config = jetstream.Config

// Conn is an open JetStream, which stores and queues share: a directory can be
// opened once.
type Conn = jetstream.Conn

// Open starts the embedded server or connects to the cluster, and returns when
// it answers. Close ends it; the queues on it come first.
func Open(ctx context.Context, cfg Config) (*Conn, error) {
	return jetstream.Open(ctx, cfg)
}

// QueueConfig configures a Queue. The zero value has the defaults named here.
type QueueConfig struct {
	// Name names the queue within the store: letters, digits, - and _. The
	// default is "events". Instances with the same name share the jobs.
	Name string
	// MaxQueued is how many jobs wait and run at most; 100,000 by default.
	MaxQueued int64
	// MaxBytes is how many bytes they take at most; 1 GiB by default.
	MaxBytes int64
	// MaxDead is how many dead letters are kept; 100,000 by default. At that
	// mark jobs that should die stay queued, with MaxBackoff between attempts
	// to set them aside, and every attempt is logged as an error.
	MaxDead int64
	// Workers is how many jobs this instance runs at a time; 16 by default.
	Workers int
	// OrderLanes is how many jobs with an Order run at a time over all
	// instances; 16 by default, 256 at most.
	OrderLanes int
	// Lease is how long a worker may be silent before its job goes to another,
	// by the server's clock; 30 seconds by default, one second at least. A
	// running job renews it three times per lease.
	Lease time.Duration
	// JobTimeout is how long a job may run; 10 minutes by default. Its context
	// ends then, and the lease is renewed no more.
	JobTimeout time.Duration
	// Attempts is how often a job is delivered at most; 10 by default.
	Attempts int
	// MinBackoff and MaxBackoff bound the pause after a failure; one second and
	// five minutes by default.
	MinBackoff, MaxBackoff time.Duration
	// Logger gets what becomes of failing jobs, without their content. The
	// default is slog.Default().
	Logger *slog.Logger
}

const (
	maxLanes = 256
	minLease = time.Second
	maxTime  = 7 * 24 * time.Hour
)

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// withDefaults returns the configuration that is meant, or what is wrong.
func (c QueueConfig) withDefaults() (QueueConfig, error) {
	if c.Name == "" {
		c.Name = "events"
	}
	if !queueName.MatchString(c.Name) {
		return c, fmt.Errorf("events/jetstream: queue name %q, want 1 to 64 letters, digits, - and _", c.Name)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	err := errors.Join(
		setting("MaxQueued", &c.MaxQueued, 100_000, 1, 1<<40),
		setting("MaxBytes", &c.MaxBytes, 1<<30, 1<<10, 1<<50),
		setting("MaxDead", &c.MaxDead, 100_000, 1, 1<<40),
		setting("Workers", &c.Workers, 16, 1, 1<<16),
		setting("OrderLanes", &c.OrderLanes, 16, 1, maxLanes),
		setting("Attempts", &c.Attempts, 10, 1, 1<<20),
		setting("Lease", &c.Lease, 30*time.Second, minLease, maxTime),
		setting("JobTimeout", &c.JobTimeout, 10*time.Minute, time.Millisecond, maxTime),
		setting("MinBackoff", &c.MinBackoff, time.Second, time.Millisecond, maxTime),
		setting("MaxBackoff", &c.MaxBackoff, 5*time.Minute, time.Millisecond, maxTime),
	)
	if err == nil && c.MaxBackoff < c.MinBackoff {
		err = fmt.Errorf("events/jetstream: MaxBackoff = %v is below MinBackoff = %v", c.MaxBackoff, c.MinBackoff)
	}
	return c, err
}

// setting puts the preset in the place of zero and checks the bounds.
func setting[T int | int64 | time.Duration](name string, value *T, preset, low, high T) error {
	if *value == 0 {
		*value = preset
	}
	if *value < low || *value > high {
		return fmt.Errorf("events/jetstream: %s = %v, want %v to %v", name, *value, low, high)
	}
	return nil
}
