package cx

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/principal"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// Limits of Dialogflow and of this package.
const (
	// MaxResponseBytes is the largest answer that Dialogflow accepts, in
	// bytes of encoded JSON: 64 KiB.
	MaxResponseBytes = endpoint.MaxResponseBytes
	// MaxTimeout is the longest timeout that a webhook can have.
	MaxTimeout = endpoint.MaxTimeout
	// DefaultTimeout is the timeout of a webhook that sets none.
	DefaultTimeout = endpoint.DefaultTimeout
	// DefaultMaxRequestBytes is the limit of a request body: 1 MiB.
	DefaultMaxRequestBytes = httpio.DefaultMaxRequestBytes
	// DefaultMaxDepth is the deepest nesting of a request body.
	DefaultMaxDepth = webhookjson.DefaultDepth
	// DefaultMaxElements is the most JSON values in a request body.
	DefaultMaxElements = webhookjson.DefaultElements
	// DefaultMaxBytesInUse is the most memory that the requests in flight
	// may take: 24 MiB.
	DefaultMaxBytesInUse = 24 << 20
	// DefaultMaxStuck is the number of handlers that may run on past their
	// deadline before further calls are refused.
	DefaultMaxStuck = 100
)

// bodyTimeout is how long a body may take to arrive: as long as Dialogflow's
// own default for the whole call.
const bodyTimeout = DefaultTimeout

// Call is the record of one call, for [WithObserver]. It is a struct without
// parameter values:
//
//	ID            string        // random; the log lines of the call repeat it
//	Tag           string        // empty if the call was refused before it was decoded
//	Session       string        // full resource name
//	ResponseID    string        // detectIntentResponseId, the same for a call and its retry
//	Principal     Identity      // zero without a verifier
//	Status        int           // of the answer; 0 if the connection was aborted
//	Reason        string        // one word, empty for a plain success
//	RequestBytes  int           // as read, or as declared where the body was refused
//	ResponseBytes int
//	Duration      time.Duration // until the answer was written
//	Err           error         // what failed; also where a fallback answered
//	Once          once.Outcome  // what WithOnce made of it: run, replayed, waited, conflict, unsaved; empty for a call without a key
//	Stuck         int           // handlers that run past their deadline now
//
// The reasons are: method, content-type, content-encoding, body-too-large,
// body-incomplete, malformed, overload, once (the store of [WithOnce] is down),
// tag, parameter, error (of the handler), panic, aborted, deadline, fallback
// (answered in place of a late handler), canceled (the caller hung up),
// response-invalid and response-too-large.
type Call = endpoint.Call

// Identity says who a verified caller is. It is a struct of loggable fields:
//
//	Scheme   string     // of the verifier, such as "basic" or "id-token"
//	Subject  string     // the caller's name within its issuer
//	Issuer   string     // who vouches for it; empty for shared secrets
//	Audience string     // of the credential, if it has one
//	Also     []Identity // what further verifiers proved
type Identity = principal.Identity

// Option configures [NewHTTPHandler]. An option with a value that makes no
// sense panics when it is made; of several of one kind the last counts.
type Option func(*options)

type options struct {
	deadline time.Duration
	fallback Handler
	limits   webhookjson.Limits
	onceKey  func(context.Context, Call) string
	endpoint endpoint.Config
}

func defaultOptions() *options {
	return &options{
		deadline: deadlineOf(DefaultTimeout),
		endpoint: endpoint.Config{
			Methods:         []string{"POST"},
			NeedsJSON:       true,
			MaxRequestBytes: DefaultMaxRequestBytes,
			MaxBytesInUse:   DefaultMaxBytesInUse,
			BodyTimeout:     bodyTimeout,
			MaxStuck:        DefaultMaxStuck,
		},
	}
}

// deadlineOf returns what a handler may take of a webhook's timeout.
func deadlineOf(timeout time.Duration) time.Duration { return endpoint.Deadline("cx", timeout) }

// WithTimeout tells the timeout that the webhook resource sets in Dialogflow,
// 5 s by default and at most 30 s. The handler's deadline is a tenth of it
// earlier, at most half a second, so that the answer arrives in time. At the
// deadline the handler's context ends and the answer is the fallback's (see
// [WithFallback]) or 503. Use [TimeLimit] for a single handler.
func WithTimeout(d time.Duration) Option {
	deadline := deadlineOf(d)
	return func(o *options) { o.deadline = deadline }
}

// WithFallback sets the handler that answers in place of one that did not
// finish in time, with status 200, for example with an apology. It has 100 ms,
// and runs while the late handler may still be running. When it fails too the
// answer is 503 or the status of its error.
func WithFallback(h Handler) Option {
	if isNil(h) {
		panic("cx: nil fallback")
	}
	return func(o *options) { o.fallback = h }
}

// WithMaxRequestBytes sets the limit of a request body, 1 MiB by default. A
// larger body is answered 400. There is no way to switch it off.
func WithMaxRequestBytes(n int64) Option {
	if n < 1 {
		panic(fmt.Sprintf("cx: request limit of %d bytes, need at least 1", n))
	}
	return func(o *options) { o.endpoint.MaxRequestBytes = n }
}

// WithMaxBytesInUse sets how much memory the requests in flight may take, 24
// MiB by default and at least the limit of one body. A request counts with its
// body and 300 bytes for each JSON value in it, from its arrival until its
// handler ends; a typical one of 4 KB with about 50 KB. A quarter as much
// again is for bodies over 16 KiB that are still arriving. A request that
// finds no room within 50 ms is answered 503.
func WithMaxBytesInUse(n int64) Option {
	if n < 1 {
		panic(fmt.Sprintf("cx: %d bytes in use, need at least 1", n))
	}
	return func(o *options) { o.endpoint.MaxBytesInUse = n }
}

// WithMaxElements sets the most JSON values that a request body may hold,
// 65,536 by default. A body with more is answered 400.
func WithMaxElements(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("cx: limit of %d elements, need at least 1", n))
	}
	return func(o *options) { o.limits.Elements = n }
}

// WithMaxStuck sets how many handlers may run on past their deadline, 100 by
// default, before further calls are answered 503 at once.
func WithMaxStuck(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("cx: limit of %d stuck handlers, need at least 1", n))
	}
	return func(o *options) { o.endpoint.MaxStuck = n }
}

// WithLogger sets the logger, slog.Default() by default. Every call is one
// line: Info for an answer of the handler, Warn for a refusal, Error for a
// failure. No line holds parameter values or credentials.
func WithLogger(l *slog.Logger) Option {
	if l == nil {
		panic("cx: nil logger")
	}
	return func(o *options) { o.endpoint.Logger = l }
}

// WithObserver sets a function that is called once for every call, after its
// answer was written and on its goroutine: the seam for metrics and traces. It
// must be safe for concurrent use. A panic in it is logged. Of several
// observers the last counts, as for every option.
func WithObserver(f func(context.Context, Call)) Option {
	if f == nil {
		panic("cx: nil observer")
	}
	return func(o *options) { o.endpoint.Observer = f }
}

// AllowMissingContentType accepts bodies that come without a content type.
// Dialogflow always sends application/json; other types are refused anyway.
func AllowMissingContentType() Option {
	return func(o *options) { o.endpoint.AllowNoType = true }
}
