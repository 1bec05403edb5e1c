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
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/mux"
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
	conns    connections
}

// Serve serves h until ctx ends or the process gets SIGTERM or an interrupt,
// then drains: health turns to 503, for a grace the listener stays open, then
// it closes and the calls under way may end. All four timeouts of the server
// are set, headers are limited to 16 KiB.
//
// It returns nil after a clean drain. Routes of a *mux.Router that hide one
// another ([CheckRoutes]), a busy port, calls cut off ([ErrDrain]),
// a second signal during the drain ([ErrForced]) and failures of the functions
// of [WithShutdown] are errors: a main function exits with a code other than 0
// on them. Nothing of the server runs on when Serve has returned, except
// handlers that do not heed the end of their context.
func Serve(ctx context.Context, h http.Handler, opts ...ServeOption) error {
	s := &server{
		logger: slog.Default(), maxConns: defaultMaxConns,
		write: writeTimeout, grace: defaultGrace, drain: defaultDrain,
	}
	for _, opt := range opts {
		if opt != nil {
			opt(s)
		}
	}
	if h == nil {
		return errors.New("cx: Serve needs a handler")
	}
	if r, ok := h.(*mux.Router); ok {
		if err := CheckRoutes(r); err != nil {
			return err
		}
	}
	if c := s.tls; c != nil && len(c.Certificates) == 0 && c.GetCertificate == nil && c.GetConfigForClient == nil {
		return errors.New("cx: the TLS configuration has no certificate")
	}
	if s.addr == "" {
		addr, err := defaultAddr()
		if err != nil {
			return err
		}
		s.addr = addr
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

func defaultAddr() (string, error) {
	port := os.Getenv("PORT")
	if port == "" {
		return "127.0.0.1:8080", nil
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("cx: the environment variable PORT is %.40q, want a number from 0 to 65535", port)
	}
	return ":" + port, nil
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

	more := 1 // signals that force the end
	select {
	case err := <-failed:
		err = fmt.Errorf("cx: serving on %s: %w", addr, err)
		return errors.Join(err, s.shutdown(srv, signals, more))
	case sig := <-signals:
		s.logger.LogAttrs(ctx, slog.LevelInfo, "draining", slog.String("signal", sig.String()))
	case <-ctx.Done():
		more = 2 // the first only joins the drain
		s.logger.LogAttrs(ctx, slog.LevelInfo, "draining", slog.String("cause", context.Cause(ctx).Error()))
	}
	err := s.shutdown(srv, signals, more)
	cut()
	if end := <-failed; !errors.Is(end, http.ErrServerClosed) && !errors.Is(end, net.ErrClosed) {
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
		ConnState:         s.conns.change,
		// OPTIONS * gets the router's 404, not an empty 200.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
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

// shutdown drains the server within its time, or until as many signals as
// given have come.
func (s *server) shutdown(srv *http.Server, signals <-chan os.Signal, more int) error {
	s.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), s.drain)
	defer cancel()
	forced := make(chan struct{})
	go func() {
		for ; more > 0; more-- {
			select {
			case <-signals:
			case <-ctx.Done():
				return
			}
		}
		close(forced)
		cancel()
	}()
	hooks := s.startHooks(ctx)

	err := s.drainCalls(ctx, srv)
	_ = srv.Close() // cuts off what is left
	for range s.hooks {
		select {
		case hookErr := <-hooks:
			err = errors.Join(err, hookErr)
		case <-ctx.Done():
			select { // one that ended just now still counts
			case hookErr := <-hooks:
				err = errors.Join(err, hookErr)
			default:
				err = errors.Join(err, errors.New("cx: a function of WithShutdown did not end in time"))
			}
		}
	}
	select {
	case <-forced:
		return errors.Join(ErrForced, err)
	default:
		return err
	}
}

// drainCalls lets the calls under way end. The listener is closed first and
// the server only when no connection holds a request, since the server drops
// requests that it reads after its own shutdown has begun.
func (s *server) drainCalls(ctx context.Context, srv *http.Server) error {
	select {
	case <-time.After(s.grace):
	case <-ctx.Done():
	}
	_ = s.listener.Close() // may have failed before
	s.conns.awaitIdle(ctx)
	if err := srv.Shutdown(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
		if errors.Is(err, context.Canceled) {
			return ErrDrain
		}
		return fmt.Errorf("%w after %v: %w", ErrDrain, s.drain, err)
	}
	return nil
}

// startHooks runs the user's functions beside one another.
func (s *server) startHooks(ctx context.Context) <-chan error {
	results := make(chan error, len(s.hooks))
	for _, hook := range s.hooks {
		go func() {
			err := runHook(ctx, hook)
			if err != nil {
				err = fmt.Errorf("cx: shutdown: %w", err)
			}
			results <- err
		}()
	}
	return results
}

// runHook makes a panic of the user's function an error, so that the calls
// under way are drained all the same.
func runHook(ctx context.Context, hook func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return hook(ctx)
}
