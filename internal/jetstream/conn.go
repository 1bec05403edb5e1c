package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
)

const (
	connectLimit  = 5 * time.Second
	reconnectWait = 100 * time.Millisecond
	drainLimit    = 5 * time.Second
)

// Conn is an open JetStream. It is safe for concurrent use.
type Conn struct {
	cfg    Config
	nc     *nats.Conn
	js     natsjs.JetStream
	engine *engine // nil with a URL
	gone   chan struct{}

	mu   sync.Mutex
	lost chan struct{} // closed and replaced whenever the connection is lost

	once   sync.Once
	closed chan struct{}
	err    error
}

// Open starts the embedded server or connects to the cluster, and returns when
// JetStream answers. It fails with ErrConfig, ErrDir, ErrInUse, ErrStore,
// ErrConnect or ErrNotEnabled.
func Open(ctx context.Context, cfg Config) (*Conn, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.MaxMemory == 0 {
		cfg.MaxMemory = defaultMaxMemory
	}
	cfg.warnOnCloudRun()
	c := &Conn{cfg: cfg, gone: make(chan struct{}), lost: make(chan struct{}), closed: make(chan struct{})}
	if cfg.Dir != "" {
		var err error
		if c.engine, err = startEngine(cfg); err != nil {
			return nil, err
		}
	}
	if err := c.connect(ctx); err != nil {
		if c.engine != nil {
			err = errors.Join(err, c.engine.close())
		}
		return nil, err
	}
	if err := c.ready(ctx); err != nil {
		return nil, errors.Join(err, c.Close(context.WithoutCancel(ctx)))
	}
	return c, nil
}

func (c *Conn) connect(ctx context.Context) error {
	limit := connectLimit
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end))
	}
	log := c.cfg.Logger
	url, name := c.cfg.URL, "the embedded server"
	opts := []nats.Option{
		nats.Name("cxhook"),
		nats.Timeout(limit),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.DrainTimeout(drainLimit),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("jetstream: connected again", "server", name) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("jetstream: connection", "server", name, "error", err)
		}),
	}
	if c.engine != nil {
		opts = append(opts, nats.InProcessServer(c.engine))
	} else {
		name, _ = hosts(url)
		opts = append(opts, c.cfg.Options...)
	}
	// Last, so that no option of the user's takes their place.
	opts = append(opts,
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			c.disconnected()
			if err != nil {
				log.Warn("jetstream: connection lost", "server", name, "error", err)
			}
		}),
		nats.ReconnectBufSize(-1), // what cannot be sent now fails now; its caller says 503
		nats.ClosedHandler(func(*nats.Conn) { close(c.gone) }))
	nc, err := dial(ctx, url, opts)
	if err != nil {
		return fmt.Errorf("%w to %s: %w", ErrConnect, name, err)
	}
	c.nc = nc
	if c.js, err = natsjs.New(nc); err != nil {
		nc.Close()
		return fmt.Errorf("jetstream: %w", err)
	}
	return nil
}

// dial is nats.Connect that ends with the context.
func dial(ctx context.Context, url string, opts []nats.Option) (*nats.Conn, error) {
	type result struct {
		nc  *nats.Conn
		err error
	}
	got := make(chan result, 1)
	go func() {
		nc, err := nats.Connect(url, opts...)
		got <- result{nc, err}
	}()
	select {
	case r := <-got:
		return r.nc, r.err
	case <-ctx.Done():
		go func() {
			if r := <-got; r.nc != nil {
				r.nc.Close()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// ready asks JetStream for the account, which a cluster without a leader does
// not answer.
func (c *Conn) ready(ctx context.Context) error {
	err := Settle(ctx, func(ctx context.Context) error {
		_, err := c.js.AccountInfo(ctx)
		return err
	})
	if errors.Is(err, natsjs.ErrJetStreamNotEnabled) || errors.Is(err, natsjs.ErrJetStreamNotEnabledForAccount) {
		return fmt.Errorf("%w: %w", ErrNotEnabled, err)
	}
	if err != nil {
		return fmt.Errorf("jetstream: no answer from JetStream: %w", err)
	}
	return nil
}

// JetStream returns the client. Streams and buckets are made with EnsureStream
// and EnsureKeyValue, which know the number of copies.
func (c *Conn) JetStream() natsjs.JetStream { return c.js }

// NATS returns the connection under the client.
func (c *Conn) NATS() *nats.Conn { return c.nc }

// Lost returns a channel that is closed when the connection is lost the next
// time. A request that waits for its answer then waits in vain.
func (c *Conn) Lost() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}

func (c *Conn) disconnected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.lost)
	c.lost = make(chan struct{})
}

// Embedded reports whether the store is this process's own.
func (c *Conn) Embedded() bool { return c.engine != nil }

// Close lets messages on their way arrive, closes the connection, stops the
// embedded server and unlocks its directory. It returns when that is done or
// with the context's error when that takes longer, and goes on then. Later
// calls wait for the first and return the same.
func (c *Conn) Close(ctx context.Context) error {
	c.once.Do(func() { go c.shut() })
	select {
	case <-c.closed:
		return c.err
	case <-ctx.Done():
		return fmt.Errorf("jetstream: not closed in time: %w", context.Cause(ctx))
	}
}

func (c *Conn) shut() {
	defer close(c.closed)
	if c.nc.Drain() != nil { // not connected at the moment: nothing is on its way
		c.nc.Close()
	}
	<-c.gone
	if c.engine != nil {
		c.err = c.engine.close()
	}
}
