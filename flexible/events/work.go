package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/principal"
)

// Defaults of a [WorkConfig].
const (
	// DefaultWorkTime is how long one delivery may take, MaxWorkTime the most
	// that can be set.
	DefaultWorkTime = 30 * time.Second
	MaxWorkTime     = 30 * time.Minute
	// DefaultPushBytes bounds a pushed body: an event may grow in its envelope.
	DefaultPushBytes = 8 << 20
)

// WorkConfig configures a [WorkHandler]. Handlers must be set.
type WorkConfig struct {
	// Handlers are the functions that jobs name.
	Handlers map[string]HandlerFunc
	// Pushers verifies a push queue: an auth.IDToken for the accounts by which
	// Cloud Tasks or Pub/Sub push. Without it nobody can push, and jobs come by
	// Deliver alone.
	Pushers auth.Verifier
	// MaxBytes bounds a pushed body. The default is DefaultPushBytes.
	MaxBytes int64
	// Time is how long a handler may take. Keep it below the queue's own limit
	// for an answer. The default is DefaultWorkTime.
	Time time.Duration
	// Bury keeps a pushed job that failed for good, or at its delivery number
	// MaxDeliveries; the push is then acknowledged. Without it the push fails,
	// so that the push queue's own limit and dead letters decide.
	Bury          func(context.Context, DeadJob) error
	MaxDeliveries int
	// CredentialKeys lists keys of context values that handlers must not see,
	// beside those of net/http.
	CredentialKeys []any
	// Figures are counted where they are given.
	Figures *Figures
	// Logger gets one record for each delivery. The default is slog.Default().
	Logger *slog.Logger
}

// WorkHandler runs jobs: those that a push queue POSTs to it, and by [Deliver]
// those that a [Queue] hands to its Work. Both go the same way. It is safe for
// concurrent use.
//
// A push is the JSON of a [Job], as Cloud Tasks and Pub/Sub without an envelope
// send it, or Pub/Sub's envelope around it. It is answered 204 when the job is
// done, 400 when it is none, and 500 when it has to come again.
type WorkHandler struct{ cfg WorkConfig }

// NewWorkHandler returns a handler. No handlers, a nil one, and times and sizes
// that make no sense are errors.
func NewWorkHandler(cfg WorkConfig) (*WorkHandler, error) {
	if len(cfg.Handlers) == 0 {
		return nil, errors.New("events: there are no handlers to work on jobs")
	}
	for name, h := range cfg.Handlers {
		if h == nil || name == "" {
			return nil, fmt.Errorf("events: handler %q is nil, or without a name", name)
		}
	}
	if cfg.Time == 0 {
		cfg.Time = DefaultWorkTime
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = DefaultPushBytes
	}
	if cfg.Time < time.Millisecond || cfg.Time > MaxWorkTime || cfg.MaxBytes < 1 || cfg.MaxDeliveries < 0 {
		return nil, fmt.Errorf("events: work of %v, need 1ms to %v; pushes of %d bytes, need at least 1; at most %d deliveries, need 0 or more",
			cfg.Time, MaxWorkTime, cfg.MaxBytes, cfg.MaxDeliveries)
	}
	if cfg.MaxDeliveries > 0 && cfg.Bury == nil {
		return nil, errors.New("events: deliveries are limited, but nothing keeps the jobs that reach the limit")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Figures == nil {
		cfg.Figures = NewFigures()
	}
	if cfg.Pushers == nil && os.Getenv("K_SERVICE") != "" {
		cfg.Logger.Warn("nobody may push jobs, so they run beside requests: Cloud Run takes the processor away after the last answer unless billing is by instance")
	}
	return &WorkHandler{cfg}, nil
}

// inProcess marks a request that Deliver makes, and takes its outcome.
type inProcess struct {
	delivery Delivery
	err      error
}

type inProcessKey struct{}

// Deliver works on one delivery: it is what [Queue.Work] is given. The job goes
// through ServeHTTP, as a pushed one does, on a request that no connection
// carries.
func (h *WorkHandler) Deliver(ctx context.Context, d Delivery) error {
	in := &inProcess{delivery: d, err: errors.New("events: the job was not worked on")}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, inProcessKey{}, in), http.MethodPost, "/", http.NoBody)
	if err != nil {
		return err
	}
	h.ServeHTTP(discard{http.Header{}}, r)
	return in.err
}

// discard is the writer of a request that no connection carries.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// ServeHTTP works on one pushed job.
func (h *WorkHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if in, ok := r.Context().Value(inProcessKey{}).(*inProcess); ok {
		in.err = h.work(r.Context(), in.delivery)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	start := time.Now()
	id := requestIDOf(w)
	d, pusher, err := h.pushed(w, r)
	if err != nil {
		f := asRefusal(err)
		f.write(w)
		h.cfg.Figures.count(countRefused, "push", f.reason)
		attrs := []slog.Attr{slog.String("request_id", id), slog.String("reason", f.reason), slog.Int("status", f.status), slog.Duration("duration", time.Since(start))}
		if f.cause != nil {
			attrs = append(attrs, slog.String("cause", endpoint.Clean(f.cause.Error())))
		}
		h.cfg.Logger.LogAttrs(r.Context(), slog.LevelError, "push refused", attrs...)
		return
	}
	ctx := principal.NewContext(detach(r.Context(), h.cfg.CredentialKeys), pusher)
	if err := h.finish(ctx, d, h.work(ctx, d)); err != nil {
		httpio.WriteError(w, http.StatusInternalServerError, "the job failed")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// pushed reads a job off the wire.
func (h *WorkHandler) pushed(w http.ResponseWriter, r *http.Request) (d Delivery, pusher auth.Identity, err error) {
	if r.Method != http.MethodPost {
		return d, pusher, refuse(http.StatusMethodNotAllowed, ReasonMethod, "only POST is understood", nil)
	}
	if h.cfg.Pushers == nil {
		return d, pusher, refuse(http.StatusUnauthorized, string(auth.ReasonNoCredential), "no valid credential", errors.New("nobody may push"))
	}
	pusher, err = h.cfg.Pushers.Verify(r)
	if err == nil && pusher.IsZero() {
		err = auth.Refuse(http.StatusUnauthorized, auth.ReasonNobody, nil)
	}
	if err != nil {
		return d, pusher, unverified(err)
	}
	limited := httpio.Limit(w, r, h.cfg.MaxBytes)
	body, err := httpio.Bytes(limited)
	if err != nil {
		return d, pusher, unreadable(err)
	}
	d, err = readPush(body, r.Header)
	if err != nil {
		return d, pusher, refuse(http.StatusBadRequest, ReasonMalformed, "the body is no job", err)
	}
	return d, pusher, nil
}

// work runs the handler of a job, and logs how it ended.
func (h *WorkHandler) work(ctx context.Context, d Delivery) (err error) {
	start := time.Now()
	handler, known := h.cfg.Handlers[d.Handler]
	if !known { // another version of the program may know it
		err = fmt.Errorf("events: there is no handler %q", d.Handler)
	} else {
		ctx, cancel := context.WithTimeout(ctx, h.cfg.Time)
		defer cancel()
		err = h.call(ctx, handler, d)
	}
	label := d.Handler
	if !known {
		label = "unknown" // what a sender may have chosen is no label
	}
	level, outcome := slog.LevelInfo, "processed"
	if err != nil {
		level, outcome = slog.LevelWarn, "failed"
		h.cfg.Figures.count(countFailed, d.Source, label)
	} else {
		h.cfg.Figures.count(countProcessed, d.Source, label)
	}
	attrs := []slog.Attr{
		slog.String("outcome", outcome), slog.String("source", d.Source), slog.String("handler", endpoint.Clean(d.Handler)),
		slog.String("event", endpoint.Clean(d.ID)), slog.Int("attempt", d.Attempt), slog.Duration("duration", time.Since(start)),
	}
	if err != nil {
		attrs = append(attrs, slog.Bool("permanent", IsPermanent(err)), slog.String("error", endpoint.Clean(err.Error())))
	}
	h.cfg.Logger.LogAttrs(ctx, level, "job", attrs...)
	return err
}

// call makes an error of a panic.
func (h *WorkHandler) call(ctx context.Context, handler HandlerFunc, d Delivery) (err error) {
	defer func() {
		if v := recover(); v != nil {
			h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "handler of a job panicked",
				slog.String("handler", d.Handler), slog.String("event", endpoint.Clean(d.ID)), slog.String("stack", string(debug.Stack())))
			err = &panicError{text: strings.TrimSpace(fmt.Sprint(v))}
		}
	}()
	return handler(ctx, d)
}

// finish decides about a pushed job that failed.
func (h *WorkHandler) finish(ctx context.Context, d Delivery, failure error) error {
	over := h.cfg.MaxDeliveries > 0 && d.Attempt >= h.cfg.MaxDeliveries
	if failure == nil || h.cfg.Bury == nil || !IsPermanent(failure) && !over {
		return failure
	}
	dead := DeadJob{Job: d.Job, DeadID: d.Source + "/" + d.ID, Attempts: d.Attempt, Reason: endpoint.Clean(failure.Error()), Died: time.Now().UTC().Round(0)}
	if err := safely(func() error { return h.cfg.Bury(ctx, dead) }); err != nil {
		h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "job cannot be buried, it will come again", slog.String("error", endpoint.Clean(err.Error())))
		return failure
	}
	h.cfg.Figures.count(countDead, d.Source, d.Handler)
	return nil
}
