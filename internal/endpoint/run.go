package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/status"
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

// task runs a job on a goroutine of its own, so that the caller can be
// answered at the deadline whatever the job does.
type task struct {
	state atomic.Int32
	done  chan struct{}
	out   outcome // once done
}

// job is what a task runs.
type job interface {
	do(ctx context.Context) (Answer, error)
	// late is called when do has ended after it was given up.
	late(err error)
}

// errAborted is the outcome of a handler that panicked with
// http.ErrAbortHandler: the connection is cut. The same error returned is an
// error like any other.
var errAborted = errors.New("the handler aborted the connection")

func (t *task) start(ctx context.Context, j job) {
	t.done = make(chan struct{})
	go t.run(ctx, j)
}

func (t *task) run(ctx context.Context, j job) {
	var out outcome
	returned := false
	defer func() {
		if !returned {
			out.err = recovered(recover())
		}
		if t.state.CompareAndSwap(running, finished) {
			t.out = out
			close(t.done)
		} else {
			j.late(out.err)
		}
	}()
	growStack(&out)
	out.answer, out.err = j.do(ctx)
	if out.err != nil {
		_ = out.err.Error() // a typed nil panics here, where that is caught
		_, _ = status.Of(out.err)
	}
	returned = true
}

// growStack makes the goroutine's stack as large as most calls need while
// there is hardly anything on it that has to be moved. To grow step by step,
// below a handler and a codec, takes a few microseconds.
//
//go:noinline
func growStack(out *outcome) {
	var room [8 << 10]byte
	out.answer.Status = int(room[len(out.answer.Body)])
}

func recovered(v any) error {
	if err, ok := v.(error); ok && err == http.ErrAbortHandler { //nolint:errorlint // net/http compares the panic value itself
		return errAborted
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

// wait returns the outcome, or false when ctx ended first.
func (t *task) wait(ctx context.Context) (outcome, bool) {
	select {
	case <-t.done:
		return t.out, true
	case <-ctx.Done():
		if t.state.CompareAndSwap(running, abandoned) {
			return outcome{}, false
		}
		<-t.done
		return t.out, true
	}
}

// overdue counts a task that was given up among the stuck handlers, from its
// deadline until it ends: one whose caller hung up has its time left.
type overdue struct {
	e     *Endpoint
	mu    sync.Mutex
	timer *time.Timer
	state int // 0 nothing yet, 1 counted, 2 ended
}

func (o *overdue) begin(deadline time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if left := time.Until(deadline); left > 0 && o.state == 0 {
		o.timer = time.AfterFunc(left, o.count)
		return
	}
	o.countLocked()
}

func (o *overdue) count() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.countLocked()
}

func (o *overdue) countLocked() {
	if o.state == 0 {
		o.state = 1
		o.e.stuck.Add(1)
	}
}

func (o *overdue) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.timer != nil {
		o.timer.Stop()
	}
	if o.state == 1 {
		o.e.stuck.Add(-1)
	}
	o.state = 2
}

// flight is one run of a service, or of its fallback.
type flight[In any] struct {
	task
	overdue
	r        *http.Request
	s        Service[In]
	in       In
	fallback bool
	record   Call // a copy, because the late report must not race with the call's own
}

func (f *flight[In]) do(ctx context.Context) (Answer, error) {
	if f.fallback {
		return f.s.Fallback(ctx, f.in)
	}
	return f.s.Run(ctx, f.in)
}

func (f *flight[In]) late(err error) {
	f.end()
	if !f.fallback {
		httpio.Release(f.r)
	}
	f.e.safely("logger of a webhook panicked", f.record.ID, func() { f.e.reportLate(&f.record, err) })
}

// run runs the service until the call's deadline.
func run[In any](e *Endpoint, r *http.Request, s Service[In], in In, terms Terms, call *Call, deadline time.Time) (a Answer, held bool, err error) {
	ctx, cancel := context.WithDeadline(r.Context(), deadline)
	defer cancel()
	f := &flight[In]{overdue: overdue{e: e}, r: r, s: s, in: in, record: *call}
	ok := true
	if ctx.Err() == nil { // reading the body may have taken all of it
		f.start(ctx, f)
		var out outcome
		if out, ok = f.wait(ctx); !ok {
			f.begin(deadline)
		}
		// A handler that heeds its context may return its error just before
		// this goroutine sees the context end: that is no answer of its own.
		heeded := out.err != nil && ctx.Err() != nil && !ownFailure(out.err)
		if ok && !heeded {
			return out.answer, false, e.checked(&out, &f.record)
		}
	}
	switch {
	case !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return a, !ok, Refuse(http.StatusServiceUnavailable, ReasonCanceled, "the caller went away", context.Cause(ctx))
	case !terms.Fallback:
		return a, !ok, tooLate(terms.Deadline)
	}
	a, err = fallback(e, f, terms)
	if err == nil {
		call.Reason, call.Err = ReasonFallback, tooLate(terms.Deadline)
	}
	return a, !ok, err
}

// ownFailure reports whether an error is a fault of the handler whenever it
// comes.
func ownFailure(err error) bool {
	var p *PanicError
	return errors.As(err, &p) || errors.Is(err, errAborted)
}

func tooLate(deadline time.Duration) error {
	return Refuse(http.StatusServiceUnavailable, ReasonDeadline, "the webhook did not finish in time",
		fmt.Errorf("the handler ran past its deadline of %v", deadline))
}

// fallback runs the fallback in the little time that is left.
func fallback[In any](e *Endpoint, of *flight[In], terms Terms) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(of.r.Context()), fallbackTime)
	defer cancel()
	f := &flight[In]{overdue: overdue{e: e}, r: of.r, s: of.s, in: of.in, fallback: true, record: of.record}
	f.start(ctx, f)
	out, ok := f.wait(ctx)
	if !ok {
		f.begin(time.Now())
	}
	if !ok || ctx.Err() != nil && out.err != nil && !ownFailure(out.err) {
		return Answer{}, tooLate(terms.Deadline)
	}
	return out.answer, e.checked(&out, &f.record)
}

// checked turns an outcome into the error of the call: a panic is logged with
// its stack, an answer over the limit is refused.
func (e *Endpoint) checked(out *outcome, record *Call) error {
	if out.err == nil && len(out.answer.Body) <= MaxResponseBytes {
		return nil
	}
	var p *PanicError
	switch {
	case errors.As(out.err, &p):
		e.safely("logger of a webhook panicked", record.ID, func() { e.reportPanic(record, p, "webhook handler panicked") })
		return &Refusal{Reason: ReasonPanic, Err: errPanic}
	case errors.Is(out.err, errAborted):
		return &Refusal{Reason: ReasonAborted, Err: out.err}
	case out.err != nil:
		return out.err
	case len(out.answer.Body) > MaxResponseBytes:
		return TooLarge(len(out.answer.Body), "")
	}
	return nil
}

// errPanic stands for a panic in the record of its call; the panic itself has
// a line of its own, with its stack.
var errPanic = errors.New("the handler panicked")

// TooLarge refuses an answer of n bytes; the breakdown goes to the log.
func TooLarge(n int, breakdown string) *Refusal {
	err := fmt.Errorf("response is %d bytes, Dialogflow accepts %d", n, MaxResponseBytes)
	if breakdown != "" {
		err = fmt.Errorf("%w: %s", err, breakdown)
	}
	return Refuse(http.StatusInternalServerError, ReasonTooLarge, "the response is too large", err)
}
