package flexible

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/httpio"
)

// Limits of [NewHandler].
const (
	// DefaultMaxRequestBytes is the limit of a request body: 1 MiB.
	DefaultMaxRequestBytes = httpio.DefaultMaxRequestBytes
	// DefaultMaxBytesInUse is the most memory that the requests in flight
	// may take: 24 MiB.
	DefaultMaxBytesInUse = 24 << 20
	// DefaultMaxElements is the most JSON values in a request body.
	DefaultMaxElements = 1 << 16
	// DefaultMaxStuck is the number of handlers that may run on past their
	// deadline before further calls are refused.
	DefaultMaxStuck = 100
	// MaxDepth is the deepest nesting of a request body.
	MaxDepth = 64
)

// bodyTimeout is how long a body may take to arrive.
const bodyTimeout = DefaultTimeout

// Call is the record of one call, for [WithObserver]. Tag and Session are
// empty: flexible webhooks send neither. It holds no parameter values.
type Call = endpoint.Call

// Option configures [NewHandler]. An option with a value that makes no sense
// panics when it is made.
type Option func(*handlerOptions)

type handlerOptions struct {
	deadline time.Duration
	elements int
	noType   bool
	fallback any
	onceKey  any
	endpoint endpoint.Config
}

func newHandlerOptions(opts []Option) *handlerOptions {
	o := &handlerOptions{
		deadline: endpoint.Deadline("flexible", DefaultTimeout),
		elements: DefaultMaxElements,
		endpoint: endpoint.Config{
			NeedsJSON:       true,
			AllowNoType:     true, // a call without a body has none
			MaxRequestBytes: DefaultMaxRequestBytes,
			MaxBytesInUse:   DefaultMaxBytesInUse,
			BodyTimeout:     bodyTimeout,
			MaxStuck:        DefaultMaxStuck,
		},
	}
	for _, opt := range opts {
		opt(o)
	}
	if o.endpoint.Logger == nil {
		o.endpoint.Logger = slog.Default()
	}
	return o
}

// WithTimeout tells the timeout that the webhook resource sets, 5 s by
// default and at most 30 s. The handler's deadline is a tenth of it earlier, at
// most half a second, so that the answer arrives in time. At the deadline the
// handler's context ends and the answer is the fallback's (see [WithFallback])
// or 503.
func WithTimeout(d time.Duration) Option {
	deadline := endpoint.Deadline("flexible", d)
	return func(o *handlerOptions) { o.deadline = deadline }
}

// WithFallback sets the function that answers in place of one that did not
// finish in time, with status 200. It has 100 ms, and runs while the late
// function may still be running; it shares the request with that. Its types
// must be those of the handler's function, or [NewHandler] panics.
func WithFallback[In, Out any](fn func(context.Context, In) (Out, error)) Option {
	if fn == nil {
		panic("flexible: nil fallback")
	}
	return func(o *handlerOptions) { o.fallback = fn }
}

// WithMaxRequestBytes sets the limit of a request body, 1 MiB by default. A
// larger body is answered 400. There is no way to switch it off.
func WithMaxRequestBytes(n int64) Option {
	atLeastOne("request limit", n)
	return func(o *handlerOptions) { o.endpoint.MaxRequestBytes = n }
}

// WithMaxBytesInUse sets how much memory the requests in flight may take, 24
// MiB by default and at least the limit of one body. A request counts with its
// body and 300 bytes for each JSON value in it, from its arrival until its
// handler ends. A quarter as much again is for bodies over 16 KiB that are
// still arriving. A request that finds no room within 50 ms is answered 503.
func WithMaxBytesInUse(n int64) Option {
	atLeastOne("bytes in use", n)
	return func(o *handlerOptions) { o.endpoint.MaxBytesInUse = n }
}

// WithMaxElements sets the most JSON values that a request body may hold,
// 65,536 by default. A body with more is answered 400.
func WithMaxElements(n int) Option {
	atLeastOne("limit of elements", int64(n))
	return func(o *handlerOptions) { o.elements = n }
}

// WithMaxStuck sets how many handlers may run on past their deadline, 100 by
// default, before further calls are answered 503 at once.
func WithMaxStuck(n int) Option {
	atLeastOne("limit of stuck handlers", int64(n))
	return func(o *handlerOptions) { o.endpoint.MaxStuck = n }
}

func atLeastOne(what string, n int64) {
	if n < 1 {
		panic(fmt.Sprintf("flexible: %s of %d, need at least 1", what, n))
	}
}

// WithLogger sets the logger, slog.Default() by default. Every call is one
// line: Info for an answer of the handler, Warn for a refusal, Error for a
// failure. No line holds parameter values or credentials.
func WithLogger(l *slog.Logger) Option {
	if l == nil {
		panic("flexible: nil logger")
	}
	return func(o *handlerOptions) { o.endpoint.Logger = l }
}

// WithObserver sets a function that is called once for every call, after its
// answer was written and on its goroutine: the seam for metrics and traces. It
// must be safe for concurrent use.
func WithObserver(f func(context.Context, Call)) Option {
	if f == nil {
		panic("flexible: nil observer")
	}
	return func(o *handlerOptions) { o.endpoint.Observer = f }
}

// AllowMissingContentType accepts bodies that come without a content type.
// Dialogflow always sends application/json; other types are refused anyway.
func AllowMissingContentType() Option {
	return func(o *handlerOptions) { o.noType = true }
}
