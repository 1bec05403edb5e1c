// Package endpoint is the way of one webhook call over HTTP, shared by
// standard and flexible webhooks: it reads the body within its limits, runs
// the handler under a deadline, checks the size of the answer before the first
// byte leaves, and records the call.
//
// The order is: method, content type, size, bytes in flight, decode, handler,
// answer. No answer but the ones that the package writes leaves the process.
package endpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/principal"
	"github.com/cxhook/cxhook/internal/repeat"
	"github.com/cxhook/cxhook/internal/status"
)

// MaxResponseBytes is the largest answer that Dialogflow accepts.
const MaxResponseBytes = 64 << 10

// Config says how an endpoint treats its calls. All fields but Methods,
// Once and Observer must be set.
type Config struct {
	Methods         []string      // accepted methods; empty accepts all
	NeedsJSON       bool          // refuse bodies of another content type
	AllowNoType     bool          // accept a body without a content type
	MaxRequestBytes int64         // of the body
	MaxBytesInUse   int64         // of all requests in flight together
	BodyTimeout     time.Duration // for the body to arrive
	MaxStuck        int           // handlers past their deadline before calls are refused
	Once            repeat.Once   // lets repeated calls run once; nil lets each run
	Logger          *slog.Logger
	Observer        func(context.Context, Call)
}

// Answer is an encoded answer.
type Answer struct {
	Status      int // 200 if zero
	ContentType string
	Body        []byte
}

// Terms are the terms of one decoded call.
type Terms struct {
	Deadline time.Duration // for the handler and the encoding of its answer
	Fallback bool          // whether Service.Fallback answers at the deadline
}

// Service is what is served: decode, run, encode. Its methods are called from
// many goroutines at once.
type Service[In any] interface {
	// Decode reads the request and fills in what it knows of the call.
	Decode(r *http.Request, body []byte, call *Call) (In, Terms, error)
	// Key names a decoded call for Config.Once; not ok means that it runs
	// however often it comes. It is called with Once alone.
	Key(r *http.Request, in In, call *Call) (key repeat.Key, ok bool)
	// Run answers the call.
	Run(ctx context.Context, in In) (Answer, error)
	// Fallback answers a call whose Run did not end in time.
	Fallback(ctx context.Context, in In) (Answer, error)
}

// Endpoint holds what the calls of one route share.
type Endpoint struct {
	cfg    Config
	budget *httpio.Budget
	stuck  atomic.Int64
}

// budgetWait is how long a call waits for memory before it is refused.
const budgetWait = 50 * time.Millisecond

// New returns an endpoint.
func New(cfg Config) *Endpoint {
	return &Endpoint{cfg: cfg, budget: httpio.NewBudget(max(cfg.MaxBytesInUse, cfg.MaxRequestBytes), cfg.MaxRequestBytes, budgetWait)}
}

// Refusal is an error of the framework itself: a status for the caller and a
// reason for the record.
type Refusal struct {
	Reason string
	Err    error // a *status.Error decides status and public text
}

// Error returns the text of the underlying error.
func (e *Refusal) Error() string { return e.Err.Error() }

// Unwrap returns the underlying error.
func (e *Refusal) Unwrap() error { return e.Err }

// Refuse returns a refusal with a status, a public text and a cause.
func Refuse(code int, reason, public string, cause error) *Refusal {
	e := status.Errorf(code, "%s", public)
	if cause != nil {
		e = e.WithCause(cause)
	}
	return &Refusal{Reason: reason, Err: e}
}

// Serve answers one request by s.
func Serve[In any](e *Endpoint, w http.ResponseWriter, r *http.Request, s Service[In]) {
	start := time.Now()
	call := &Call{ID: newID()}
	call.Principal, _ = principal.FromContext(r.Context())
	r = httpio.Limit(w, r, e.cfg.MaxRequestBytes)
	httpio.Charge(r, e.budget)

	returned := false
	defer func() {
		if !returned {
			httpio.Release(r) // a function for keys may end its goroutine
		}
	}()
	answer, held, err := serve(e, w, r, s, call, start)
	returned = true
	if !held {
		httpio.Release(r)
	}
	refusal, _ := err.(*Refusal) //nolint:errorlint // see errAborted
	aborted := refusal != nil && refusal.Reason == ReasonAborted
	if !aborted {
		e.write(w, &answer, err, call)
		_ = http.NewResponseController(w).Flush() // the answer does not wait for the observer
	}
	e.safely("observer or logger of a webhook panicked", call.ID, func() { e.record(r.Context(), call, err, start) })
	if aborted {
		panic(http.ErrAbortHandler)
	}
}

// serve returns the answer or the error, and whether a stuck handler still
// holds the request's share of memory.
func serve[In any](e *Endpoint, w http.ResponseWriter, r *http.Request, s Service[In], call *Call, start time.Time) (a Answer, held bool, err error) {
	if err := e.admit(r); err != nil {
		return a, false, err
	}
	body, err := e.read(w, r)
	call.RequestBytes = len(body)
	if err != nil {
		call.RequestBytes = int(max(r.ContentLength, 0)) // as declared
		return a, false, err
	}
	in, terms, err := s.Decode(r, body, call)
	if err != nil {
		return a, false, err
	}
	j := &job[In]{e: e, r: r, service: s, in: in, terms: terms, call: call, deadline: start.Add(terms.Deadline)}
	return j.answer()
}

// overloaded returns the refusal of a further handler, nil while there may be
// one.
func (e *Endpoint) overloaded() error {
	if n := e.stuck.Load(); n >= int64(e.cfg.MaxStuck) {
		return Refuse(http.StatusServiceUnavailable, ReasonOverload, "overloaded",
			fmt.Errorf("%d handlers run past their deadline, the limit is %d", n, e.cfg.MaxStuck))
	}
	return nil
}

func newID() string {
	return strconv.FormatUint(rand.Uint64()|1<<63, 16)
}

// admit checks what can be known before the body is read.
func (e *Endpoint) admit(r *http.Request) error {
	if len(e.cfg.Methods) > 0 && !slices.Contains(e.cfg.Methods, r.Method) {
		return Refuse(http.StatusNotFound, ReasonMethod, "not found", fmt.Errorf("method %q", Clean(r.Method)))
	}
	for _, v := range r.Header["Content-Encoding"] {
		if v != "" && !strings.EqualFold(v, "identity") {
			return Refuse(http.StatusBadRequest, ReasonContentEncoding, "content encodings are not accepted", fmt.Errorf("content encoding %q", Clean(v)))
		}
	}
	if e.cfg.NeedsJSON {
		return e.admitType(r.Header["Content-Type"])
	}
	return nil
}

func (e *Endpoint) admitType(types []string) error {
	if len(types) == 0 && e.cfg.AllowNoType {
		return nil
	}
	if len(types) == 1 {
		if types[0] == "application/json" {
			return nil
		}
		kind, params, err := mime.ParseMediaType(types[0])
		charset, given := params["charset"]
		if err == nil && kind == "application/json" && (!given || strings.EqualFold(charset, "utf-8")) {
			return nil
		}
	}
	return Refuse(http.StatusBadRequest, ReasonContentType, "the content type must be application/json in UTF-8", fmt.Errorf("content types %q", types))
}

// read takes the body off the wire. Without a deadline of its own a slow
// sender would be bounded by the server's configuration alone. The server
// lifts the deadline at the end of the body.
func (e *Endpoint) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(e.cfg.BodyTimeout)) // test writers have none
	body, err := httpio.Bytes(r)
	if err == nil {
		return body, nil
	}
	var large *httpio.TooLargeError
	switch {
	case errors.As(err, &large):
		return nil, Refuse(http.StatusBadRequest, ReasonBodyTooLarge, fmt.Sprintf("the request body has more than %d bytes", large.Limit), err)
	case errors.Is(err, httpio.ErrOverload):
		return nil, Refuse(http.StatusServiceUnavailable, ReasonOverload, "overloaded", err)
	default:
		return nil, Refuse(http.StatusBadRequest, ReasonBodyIncomplete, "the request body is incomplete", err)
	}
}

// write sends the answer or the error body and notes what was sent.
func (e *Endpoint) write(w http.ResponseWriter, a *Answer, err error, call *Call) {
	if err != nil {
		var public string
		call.Status, public = status.Of(err)
		call.ResponseBytes = len(httpio.ErrorBody(call.Status, public))
		if reasonOf(err) == ReasonOverload {
			w.Header().Set("Retry-After", "1") // a second, after which a handler may have ended
		}
		httpio.WriteError(w, call.Status, public)
		return
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	call.Status, call.ResponseBytes = a.Status, len(a.Body)
	h := w.Header()
	values := [...]string{strconv.Itoa(len(a.Body)), a.ContentType}
	h["Content-Length"] = values[:1:1]
	if a.ContentType != "" {
		h["Content-Type"] = values[1:]
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a peer that is gone shows in its own next call
}

// record writes the log line of the call and hands it to the observer.
func (e *Endpoint) record(ctx context.Context, call *Call, err error, start time.Time) {
	call.Duration = time.Since(start)
	if err != nil {
		call.Err = err
	}
	call.Stuck = int(e.stuck.Load())
	if call.Reason == "" && err != nil {
		call.Reason = reasonOf(err)
	}
	level := slog.LevelInfo
	switch {
	case call.Status >= 500 || call.Status == 0:
		level = slog.LevelError
	case call.Status >= 400 || call.Reason == ReasonFallback:
		level = slog.LevelWarn
	}
	if e.cfg.Logger.Enabled(ctx, level) {
		e.cfg.Logger.LogAttrs(ctx, level, "webhook call", call.attrs()...)
	}
	if e.cfg.Observer != nil {
		e.cfg.Observer(ctx, *call)
	}
}

// safely calls a function that runs the user's code, such as loggers,
// observers and the methods of errors, in a place where a panic would take an
// answer or the process with it.
func (e *Endpoint) safely(what, id string, f func()) {
	defer func() {
		if recover() == nil {
			return
		}
		stack := debug.Stack()
		defer func() { _ = recover() }() // the default logger may be the one that panics
		slog.Default().LogAttrs(context.Background(), slog.LevelError, what,
			slog.String("call", id), slog.String("stack", string(stack)))
	}()
	f()
}
