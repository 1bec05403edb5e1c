package cx

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"
)

// ServeOption configures [Serve]. An option with a value that makes no sense
// panics when it is made.
type ServeOption func(*server)

// WithAddr sets the TCP address to listen on, such as "127.0.0.1:8080". By
// default it is every interface at the port of the environment variable PORT,
// which Cloud Run sets, and 127.0.0.1:8080 where there is none.
func WithAddr(addr string) ServeOption {
	if addr == "" {
		panic("cx: empty address; name the host and the port, such as 127.0.0.1:8080")
	}
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

// WithShutdown adds a function that runs when the server ends for whatever
// reason, beside the calls that still run and beside other such functions, for
// example to flush a queue. Its context ends with the drain time, and so does
// Serve's patience. Its error, or panic, becomes part of Serve's error.
func WithShutdown(f func(context.Context) error) ServeOption {
	if f == nil {
		panic("cx: nil function")
	}
	return func(s *server) { s.hooks = append(s.hooks, f) }
}
