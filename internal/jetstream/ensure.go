package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
)

// A cluster that lost a server elects new leaders within seconds; meanwhile
// requests find nobody to answer.
const (
	settleLimit   = 30 * time.Second
	settleRequest = 2 * time.Second
	settlePause   = 100 * time.Millisecond
)

// EnsureStream makes the stream, or brings one that exists to the given
// configuration. Replicas of cfg is set here; see Config.Replicas. It waits for
// a cluster that is electing, at most 30 seconds.
func (c *Conn) EnsureStream(ctx context.Context, cfg natsjs.StreamConfig) (natsjs.Stream, error) {
	var stream natsjs.Stream
	err := c.ensure(ctx, cfg.Name, func(ctx context.Context, replicas int) (err error) {
		cfg.Replicas = replicas
		stream, err = c.js.CreateOrUpdateStream(ctx, cfg)
		return err
	})
	return stream, err
}

// EnsureKeyValue makes the bucket, or brings one that exists to the given
// configuration. Replicas of cfg is set here; see Config.Replicas. It waits for
// a cluster that is electing, at most 30 seconds.
func (c *Conn) EnsureKeyValue(ctx context.Context, cfg natsjs.KeyValueConfig) (natsjs.KeyValue, error) {
	var kv natsjs.KeyValue
	err := c.ensure(ctx, "KV_"+cfg.Bucket, func(ctx context.Context, replicas int) (err error) {
		cfg.Replicas = replicas
		kv, err = c.js.CreateOrUpdateKeyValue(ctx, cfg)
		return err
	})
	return kv, err
}

func (c *Conn) ensure(ctx context.Context, stream string, write func(context.Context, int) error) error {
	have := 0
	err := Settle(ctx, func(ctx context.Context) error {
		old, err := c.js.Stream(ctx, stream)
		if errors.Is(err, natsjs.ErrStreamNotFound) {
			return nil
		}
		if err == nil {
			have = old.CachedInfo().Config.Replicas
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("jetstream: stream %q: %w", stream, err)
	}
	replicas := c.replicas(have)
	err = Settle(ctx, func(ctx context.Context) error { return write(ctx, replicas) })
	if err != nil {
		return fmt.Errorf("jetstream: stream %q with %d replicas: %w", stream, replicas, err)
	}
	return nil
}

// Settle repeats a request for as long as nobody is there to answer it, at most
// 30 seconds.
func Settle(ctx context.Context, request func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	for {
		one, done := context.WithTimeout(ctx, settleRequest)
		err := request(one)
		done()
		if err == nil || ctx.Err() != nil || !unsettled(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(settlePause):
		}
	}
}

// noLeader is JetStream's code for "system temporarily unavailable".
const noLeader natsjs.ErrorCode = 10008

func unsettled(err error) bool {
	var api *natsjs.APIError
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, nats.ErrReconnectBufExceeded) || // the connection is being made again
		errors.As(err, &api) && api.ErrorCode == noLeader
}

// replicas returns the number of copies for a stream that has some already, or
// none. A cluster that lacks a server at the moment must not cost a stream its
// copies, so the number of servers is not asked.
func (c *Conn) replicas(have int) int {
	switch {
	case c.cfg.Replicas > 0:
		return c.cfg.Replicas
	case have > 0:
		return have
	case c.engine == nil && c.nc.ConnectedClusterName() != "":
		return clusterReplicas
	}
	return 1
}
