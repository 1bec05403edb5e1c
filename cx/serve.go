package cx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/netutil"
)

// Timeouts and limits of the server that [Serve] runs.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	// writeTimeout leaves the longest handler its time and a slow reader 10 s.
	writeTimeout = MaxTimeout + 10*time.Second
	// idleTimeout is longer than the 600 s for which Google's load balancers
	// keep a connection, so that they never send into a closing one.
	idleTimeout    = 620 * time.Second
	maxHeaderBytes = 16 << 10

	defaultMaxConns = 4096
	defaultGrace    = time.Second
	defaultDrain    = 8 * time.Second
)

// Errors of [Serve].
var (
	// ErrForced reports that a second signal stopped the server before its
	// calls had ended.
	ErrForced = errors.New("cx: stopped at once by a second signal")
	// ErrDrain reports calls that were cut off at the end of the drain time.
	ErrDrain = errors.New("cx: calls cut off at shutdown")
)

// ServeOption configures [Serve]. An option with a value that makes no sense
// panics when it is made.
type ServeOption func(*server)

type server struct {
	addr     string
	listener net.Listener
	tls      *tls.Config
	logger   *slog.Logger
	maxConns int
	write    time.Duration
	grace    time.Duration
	drain    time.Duration
	started  func(net.Addr)
	hooks    []func(context.Context) error
	draining atomic.Bool
}

// WithAddr sets the TCP address to listen on, such as "127.0.0.1:8080". By
// default it is every interface at the port of the environment variable PORT,
// which Cloud Run sets, and 127.0.0.1:8080 where there is none.
func WithAddr(addr string) ServeOption {
	return func(s *server) { s.addr = addr }
}

// WithListener serves on a listener that is open already. Serve closes it.
func WithListener(l net.Listener) ServeOption {
	if l == nil {
		panic("cx: nil listener")
	}
	return func(s *server) { s.listener = l }
}

// WithTLS serves HTTPS, for example by the configuration of auth.TLSConfig.
func WithTLS(c *tls.Config) ServeOption {
	if c == nil {
		panic("cx: nil TLS configuration")
	}
	return func(s *server) { s.tls = c }
}

// WithServerLogger sets the logger of the server's own lines, slog.Default()
// by default.
func WithServerLogger(l *slog.Logger) ServeOption {
	if l == nil {
		panic("cx: nil logger")
	}
	return func(s *server) { s.logger = l }
}

// WithMaxConns sets how many connections may be open, 4,096 by default;
// further ones wait in the operating system's queue.
func WithMaxConns(n int) ServeOption {
	if n < 1 {
		panic(fmt.Sprintf("cx: limit of %d connections, need at least 1", n))
	}
	return func(s *server) { s.maxConns = n }
}

// WithDrain sets the two times of a shutdown: for the grace the server goes on
// accepting calls although its health says that it is draining, 1 s by
// default; after the total, 8 s by default, what still runs is cut off. Cloud
// Run kills the process 10 s after the signal.
func WithDrain(grace, total time.Duration) ServeOption {
	if grace < 0 || total < grace {
		panic(fmt.Sprintf("cx: drain of %v within %v, need 0 or more and not more than the total", grace, total))
	}
	return func(s *server) { s.grace, s.drain = grace, total }
}

// WithStarted sets a function that is told the address once the server
// accepts connections.
func WithStarted(f func(net.Addr)) ServeOption {
	if f == nil {
		panic("cx: nil function")
	}
	return func(s *server) { s.started = f }
}

// WithShutdown adds a function that runs when the shutdown begins, beside the
// calls that still run, for example to flush a queue. Its context ends with
// the drain time. Its error becomes part of Serve's.
func WithShutdown(f func(context.Context) error) ServeOption {
	if f == nil {
		panic("cx: nil function")
	}
	return func(s *server) { s.hooks = append(s.hooks, f) }
}

// Serve serves h until ctx ends or the process gets SIGTERM or an interrupt,
// then drains: health turns to 503, for a grace the listener stays open, then
// it closes and the calls under way may end. All four timeouts of the server
// are set, headers are limited to 16 KiB.
//
// It returns nil after a clean drain. A busy port, calls cut off ([ErrDrain]),
// a second signal ([ErrForced]) and failures of the functions of [WithShutdown]
// are errors: a main function exits with a code other than 0 on them. Nothing
// of the server runs on when Serve has returned, except handlers that do not
// heed the end of their context.
func Serve(ctx context.Context, h http.Handler, opts ...ServeOption) error {
	s := &server{
		addr: defaultAddr(), logger: slog.Default(), maxConns: defaultMaxConns,
		write: writeTimeout, grace: defaultGrace, drain: defaultDrain,
	}
	for _, opt := range opts {
		opt(s)
	}
	if h == nil {
		return errors.New("cx: Serve needs a handler")
	}
	if c := s.tls; c != nil && len(c.Certificates) == 0 && c.GetCertificate == nil && c.GetConfigForClient == nil {
		return errors.New("cx: the TLS configuration has no certificate")
	}
	if s.listener == nil {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
		if err != nil {
			return fmt.Errorf("cx: cannot listen on %s: %w", s.addr, err)
		}
		s.listener = l
	}
	return s.run(ctx, h)
}

func defaultAddr() string {
	if port := os.Getenv("PORT"); port != "" {
		return ":" + port
	}
	return "127.0.0.1:8080"
}

func (s *server) run(ctx context.Context, h http.Handler) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)

	calls, cut := context.WithCancel(withDrain(context.WithoutCancel(ctx), &s.draining))
	defer cut()
	srv := s.httpServer(calls, h)
	addr := s.listener.Addr()
	listener := netutil.LimitListener(s.listener, s.maxConns)
	failed := make(chan error, 1)
	go func() {
		if s.tls != nil {
			failed <- srv.ServeTLS(listener, "", "")
		} else {
			failed <- srv.Serve(listener)
		}
	}()
	s.logger.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("address", addr.String()))
	if s.started != nil {
		s.started(addr)
	}

	select {
	case err := <-failed:
		_ = srv.Close() // what matters is why it failed
		return fmt.Errorf("cx: serving on %s: %w", addr, err)
	case sig := <-signals:
		s.logger.LogAttrs(ctx, slog.LevelInfo, "draining", slog.String("signal", sig.String()))
	case <-ctx.Done():
		s.logger.LogAttrs(ctx, slog.LevelInfo, "draining", slog.String("cause", context.Cause(ctx).Error()))
	}
	err := s.shutdown(srv, signals)
	cut()
	if end := <-failed; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("cx: serving on %s: %w", addr, end))
	}
	return err
}

func (s *server) httpServer(calls context.Context, h http.Handler) *http.Server {
	var config *tls.Config
	if s.tls != nil {
		config = s.tls.Clone()
	}
	return &http.Server{
		Handler:           s.closing(h),
		TLSConfig:         config,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      s.write,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes - 4096, // net/http adds as much again
		BaseContext:       func(net.Listener) context.Context { return calls },
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

// closing has the last answers of a draining server close their connections.
func (s *server) closing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// shutdown drains the server within its time.
func (s *server) shutdown(srv *http.Server, signals <-chan os.Signal) error {
	s.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), s.drain)
	defer cancel()
	hooks := make(chan error, 1)
	go func() { hooks <- s.runHooks(ctx) }()

	drained := make(chan error, 1)
	go func() {
		select {
		case <-time.After(s.grace):
		case <-ctx.Done():
		}
		drained <- srv.Shutdown(ctx)
	}()

	var err error
	select {
	case err = <-drained:
		if err != nil {
			err = fmt.Errorf("%w after %v: %w", ErrDrain, s.drain, err)
		}
	case <-signals:
		cancel()
		err = errors.Join(ErrForced, <-drained)
	}
	_ = srv.Close() // cuts off what Shutdown left
	return errors.Join(err, <-hooks)
}

func (s *server) runHooks(ctx context.Context) error {
	var all []error
	for _, hook := range s.hooks {
		if err := hook(ctx); err != nil {
			all = append(all, fmt.Errorf("cx: shutdown: %w", err))
		}
	}
	return errors.Join(all...)
}
