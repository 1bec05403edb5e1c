package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/principal"
	"github.com/cxhook/cxhook/internal/status"
)

// requestID is the response header that ties a refusal to its log record.
const requestID = "X-Request-Id"

// maxLogText bounds the text of a cause in a log record, in bytes.
const maxLogText = 1024

// DefaultMaxUnverifiedBytes is how much memory bodies take that have arrived and
// are not verified yet where nothing is configured: 24 MiB.
const DefaultMaxUnverifiedBytes = 24 << 20

// budgetWait is how long a body waits for memory before it is refused.
const budgetWait = 50 * time.Millisecond

// Option changes how [Require] works.
type Option func(*guard)

// WithLogger makes [Require] log its refusals to l instead of slog.Default():
// one record for each, with reason, status, scheme, the peer's address and
// the id that the response carries as X-Request-Id.
func WithLogger(l *slog.Logger) Option {
	return func(g *guard) { g.logger = l }
}

// WithObserver makes [Require] report every decision to f, for metrics. f is
// called from many goroutines at once and must not block.
func WithObserver(f func(context.Context, Decision)) Option {
	return func(g *guard) { g.observe = f }
}

// WithMaxUnverifiedBytes sets how much memory the bodies may take that have
// arrived and are not verified yet, in bytes, for verifiers that read bodies.
// Those that are still arriving may take a quarter of it besides, or one body of
// the largest size. A value below 1 panics. The default is
// [DefaultMaxUnverifiedBytes], or the largest size of a body if that is more.
func WithMaxUnverifiedBytes(n int64) Option {
	if n < 1 {
		panic(fmt.Sprintf("auth: unverified bodies may take %d bytes, need at least 1", n))
	}
	return func(g *guard) { g.unverified = n }
}

// Decision is what [Require] decided about one request.
type Decision struct {
	// Identity is who was let in; it is nobody when Refusal is not nil.
	Identity Identity
	// Refusal says why the request was refused, or is nil.
	Refusal *Refusal
	// Duration is what the verification took.
	Duration time.Duration
}

type guard struct {
	verifier Verifier
	strip    []string
	body     int64 // limit of a body that the verifier reads, 0 if it reads none
	// unverified bounds such bodies together until they are verified.
	unverified int64
	budget     *httpio.Budget
	logger     *slog.Logger
	observe    func(context.Context, Decision)
	next       http.Handler
}

// Require returns a middleware that lets only those requests through to its
// handler that v passes; the handler finds who calls by [IdentityFrom]. All
// others are answered with the refusal's status and a fixed small JSON body,
// and the handler is not called. The body is read by verifiers of signatures
// alone, whose limit then holds for the handler as well. What all bodies take
// together until they are verified is bounded, see [WithMaxUnverifiedBytes],
// beside 16 KiB for each connection; those that find no room are answered 503.
//
// A nil verifier, a nil pointer to one, and one that proves too little to stand
// alone are mistakes of the program and panic.
func Require(v Verifier, opts ...Option) func(http.Handler) http.Handler {
	if absent(v) {
		panic("auth: Require of a nil verifier")
	}
	if why := weakness(v); why != "" {
		panic("auth: Require of a verifier that must not stand alone: " + why)
	}
	g := guard{verifier: v, body: bodyLimit(v), unverified: DefaultMaxUnverifiedBytes}
	if s, ok := v.(HeaderStripper); ok {
		g.strip = s.StripHeaders()
	}
	for _, opt := range opts {
		opt(&g)
	}
	if g.body > 0 {
		g.budget = httpio.NewBudget(max(g.unverified, g.body), g.body, budgetWait)
	}
	return func(next http.Handler) http.Handler {
		guarded := g
		guarded.next = next
		return &guarded
	}
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.body > 0 {
		r = httpio.Limit(w, r, g.body) // so that a body that is refused unread closes the connection
	}
	start := time.Now()
	id, refusal := g.verify(r)
	if g.observe != nil {
		g.observe(r.Context(), Decision{Identity: id, Refusal: refusal, Duration: time.Since(start)})
	}
	if refusal != nil {
		g.refuse(w, r, refusal)
		return
	}
	passed := r.WithContext(principal.NewContext(r.Context(), id))
	if len(g.strip) > 0 {
		passed.Header = without(r.Header, g.strip)
	}
	g.next.ServeHTTP(w, passed)
}

// verify asks the verifier. A body that it reads counts against the budget
// until it is verified; then it is a known caller's, and the handler's to count.
func (g *guard) verify(r *http.Request) (Identity, *Refusal) {
	if g.body > 0 {
		httpio.Charge(r, g.budget)
		defer httpio.Release(r)
	}
	return ask(g.verifier, r)
}

func (g *guard) refuse(w http.ResponseWriter, r *http.Request, f *Refusal) {
	code := status.Known(f.Status)
	id := w.Header().Get(requestID)
	if id == "" {
		id = rand.Text()
		w.Header().Set(requestID, id)
	}
	if code == http.StatusUnauthorized {
		for _, c := range f.Challenges {
			w.Header().Add("WWW-Authenticate", c)
		}
	}
	g.log(r, f, code, id)
	httpio.WriteError(w, code, publicText(code))
}

func (g *guard) log(r *http.Request, f *Refusal, code int, id string) {
	logger := g.logger
	if logger == nil {
		logger = slog.Default()
	}
	level := slog.LevelWarn
	if code >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("reason", string(f.Reason)),
		slog.Int("status", code),
		slog.String("scheme", f.Scheme),
		slog.String("request_id", id),
		slog.String("peer", r.RemoteAddr),
	}
	if f.Hint != "" {
		attrs = append(attrs, slog.String("hint", f.Hint))
	}
	if f.cause != nil {
		attrs = append(attrs, slog.String("cause", logText(f.cause)))
	}
	logger.LogAttrs(r.Context(), level, "request refused", attrs...)
}

// logText returns the text of err, cut to what a log record may hold.
func logText(err error) string {
	text := err.Error()
	return text[:min(len(text), maxLogText)]
}

// without returns a copy of h that lacks the named headers and their twins
// with underscores.
func without(h http.Header, names []string) http.Header {
	kept := make(http.Header, len(h))
next:
	for key, values := range h {
		plain := strings.ReplaceAll(key, "_", "-")
		for _, name := range names {
			if strings.EqualFold(plain, name) {
				continue next
			}
		}
		kept[key] = values
	}
	return kept
}
