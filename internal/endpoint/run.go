package endpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/cxhook/cxhook/internal/httpio"
)

// fallbackTime is what a fallback may take: it runs when the time is up, out
// of the margin that the deadline leaves.
const fallbackTime = 100 * time.Millisecond

// PanicError is the failure of a handler that panicked or ended its goroutine.
type PanicError struct {
	Value any    // what it panicked with, nil after runtime.Goexit
	Stack []byte // of the panic
}

// Error says what happened, without the stack.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return "the handler ended its goroutine"
	}
	return fmt.Sprintf("the handler panicked: %v", e.Value)
}

// States of a task, which its goroutine and the one that waits race for.
const (
	running int32 = iota
	finished
	abandoned
)

type outcome struct {
	answer Answer
	err    error
}

// task runs a function on a goroutine of its own, so that the caller can be
// answered at the deadline whatever the function does.
type task struct {
	state atomic.Int32
	done  chan outcome
}

func start(ctx context.Context, f func(context.Context) (Answer, error), late func(error)) *task {
	t := &task{done: make(chan outcome, 1)}
	go func() {
		var out outcome
		returned := false
		defer func() {
			if !returned {
				out.err = recovered(recover())
			}
			if t.state.CompareAndSwap(running, finished) {
				t.done <- out
			} else {
				late(out.err)
			}
		}()
		out.answer, out.err = f(ctx)
		returned = true
	}()
	return t
}

func recovered(v any) error {
	if err, ok := v.(error); ok && err == http.ErrAbortHandler { //nolint:errorlint // net/http compares the panic value itself
		return http.ErrAbortHandler
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

// wait returns the outcome, or false when ctx ended first.
func (t *task) wait(ctx context.Context) (outcome, bool) {
	select {
	case out := <-t.done:
		return out, true
	case <-ctx.Done():
		if t.state.CompareAndSwap(running, abandoned) {
			return outcome{}, false
		}
		return <-t.done, true
	}
}

// run runs the service under the call's deadline.
func run[In any](e *Endpoint, r *http.Request, s Service[In], in In, terms Terms, call *Call) (a Answer, held bool, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), terms.Deadline)
	defer cancel()
	record := *call // the late report must not race with the call's own
	t := start(ctx, func(ctx context.Context) (Answer, error) { return s.Run(ctx, in) }, func(err error) {
		e.stuck.Add(-1)
		httpio.Release(r)
		e.reportLate(&record, err)
	})
	out, ok := t.wait(ctx)
	if !ok {
		e.stuck.Add(1)
	}
	timeUp := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case ok && !(timeUp && errors.Is(out.err, context.DeadlineExceeded)):
		return out.answer, false, e.checked(&out, &record)
	case !timeUp:
		return a, !ok, Refuse(http.StatusServiceUnavailable, ReasonCanceled, "the caller went away", context.Cause(ctx))
	case !terms.Fallback:
		return a, !ok, tooLate(terms.Deadline)
	}
	a, err = e.fallback(r, terms, &record, func(ctx context.Context) (Answer, error) { return s.Fallback(ctx, in) })
	if err == nil {
		call.Reason = ReasonFallback
	}
	return a, !ok, err
}

func tooLate(deadline time.Duration) error {
	return Refuse(http.StatusServiceUnavailable, ReasonDeadline, "the webhook did not finish in time",
		fmt.Errorf("the handler ran past its deadline of %v", deadline))
}

// fallback runs the fallback in the little time that is left.
func (e *Endpoint) fallback(r *http.Request, terms Terms, record *Call, f func(context.Context) (Answer, error)) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), fallbackTime)
	defer cancel()
	t := start(ctx, f, func(err error) {
		e.stuck.Add(-1)
		e.reportLate(record, err)
	})
	out, ok := t.wait(ctx)
	if !ok {
		e.stuck.Add(1)
	}
	if !ok || ctx.Err() != nil && errors.Is(out.err, context.DeadlineExceeded) {
		return Answer{}, tooLate(terms.Deadline)
	}
	return out.answer, e.checked(&out, record)
}

// checked turns an outcome into the error of the call: a panic is logged with
// its stack, an answer over the limit is refused.
func (e *Endpoint) checked(out *outcome, record *Call) error {
	var p *PanicError
	switch {
	case errors.As(out.err, &p):
		e.reportPanic(record, p, "webhook handler panicked")
		return &Refusal{Reason: ReasonPanic, Err: p}
	case errors.Is(out.err, http.ErrAbortHandler):
		return &Refusal{Reason: ReasonAborted, Err: out.err}
	case out.err != nil:
		return out.err
	case len(out.answer.Body) > MaxResponseBytes:
		return TooLarge(len(out.answer.Body), "")
	}
	return nil
}

// TooLarge refuses an answer of n bytes; the breakdown goes to the log.
func TooLarge(n int, breakdown string) *Refusal {
	err := fmt.Errorf("response is %d bytes, Dialogflow accepts %d", n, MaxResponseBytes)
	if breakdown != "" {
		err = fmt.Errorf("%w: %s", err, breakdown)
	}
	return Refuse(http.StatusInternalServerError, ReasonTooLarge, "the response is too large", err)
}

// reportLate logs the end of a handler that was given up before.
func (e *Endpoint) reportLate(record *Call, err error) {
	var p *PanicError
	if errors.As(err, &p) {
		e.reportPanic(record, p, "webhook handler panicked after its deadline")
		return
	}
	attrs := []slog.Attr{slog.String("call", record.ID), slog.String("tag", Clean(record.Tag)), slog.Int("stuck_handlers", int(e.stuck.Load()))}
	if err != nil {
		attrs = append(attrs, slog.String("error", Clean(err.Error())))
	}
	e.cfg.Logger.LogAttrs(context.Background(), slog.LevelWarn, "webhook handler ended after its deadline", attrs...)
}

func (e *Endpoint) reportPanic(record *Call, p *PanicError, msg string) {
	e.cfg.Logger.LogAttrs(context.Background(), slog.LevelError, msg,
		slog.String("call", record.ID), slog.String("tag", Clean(record.Tag)),
		slog.String("error", Clean(p.Error())), slog.String("stack", string(p.Stack)))
}
