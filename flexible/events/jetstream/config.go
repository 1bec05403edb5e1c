package jetstream

import (
	"context"
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
	for _, n := range []struct {
		name      string
		value     *int64
		preset    int64
		low, high int64
	}{
		{"MaxQueued", &c.MaxQueued, 100_000, 1, 1 << 40},
		{"MaxBytes", &c.MaxBytes, 1 << 30, 1 << 10, 1 << 50},
		{"MaxDead", &c.MaxDead, 100_000, 1, 1 << 40},
	} {
		if *n.value == 0 {
			*n.value = n.preset
		}
		if *n.value < n.low || *n.value > n.high {
			return c, fmt.Errorf("events/jetstream: %s = %d, want %d to %d", n.name, *n.value, n.low, n.high)
		}
	}
	for _, n := range []struct {
		name         string
		value        *int
		preset, high int
	}{
		{"Workers", &c.Workers, 16, 1 << 16},
		{"OrderLanes", &c.OrderLanes, 16, maxLanes},
		{"Attempts", &c.Attempts, 10, 1 << 20},
	} {
		if *n.value == 0 {
			*n.value = n.preset
		}
		if *n.value < 1 || *n.value > n.high {
			return c, fmt.Errorf("events/jetstream: %s = %d, want 1 to %d", n.name, *n.value, n.high)
		}
	}
	for _, d := range []struct {
		name        string
		value       *time.Duration
		preset, low time.Duration
	}{
		{"Lease", &c.Lease, 30 * time.Second, minLease},
		{"JobTimeout", &c.JobTimeout, 10 * time.Minute, time.Millisecond},
		{"MinBackoff", &c.MinBackoff, time.Second, time.Millisecond},
		{"MaxBackoff", &c.MaxBackoff, 5 * time.Minute, time.Millisecond},
	} {
		if *d.value == 0 {
			*d.value = d.preset
		}
		if *d.value < d.low {
			return c, fmt.Errorf("events/jetstream: %s = %v, want at least %v", d.name, *d.value, d.low)
		}
	}
	if c.MaxBackoff < c.MinBackoff {
		return c, fmt.Errorf("events/jetstream: MaxBackoff = %v is below MinBackoff = %v", c.MaxBackoff, c.MinBackoff)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}
