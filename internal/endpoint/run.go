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

	"github.com/cxhook/cxhook/internal/repeat"
	"github.com/cxhook/cxhook/internal/status"
)

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
	ended  bool           // the context had ended when the function did
	once   repeat.Outcome // set by settle
}

// task runs a runner on a goroutine of its own, so that the caller can be
// answered at the deadline whatever the runner does.
type task struct {
	state atomic.Int32
	done  chan struct{}
	out   outcome // once done
}

// runner is what a task runs.
type runner interface {
	do(ctx context.Context) (Answer, error)
	// settle sees the outcome before anybody else.
	settle(out *outcome)
	// afterwards gets the outcome of a task that was given up.
	afterwards(out *outcome)
}

// errAborted is the outcome of a handler that panicked with
// http.ErrAbortHandler: the connection is cut. The same error returned is an
// error like any other. It and a [*PanicError] are never wrapped in an outcome,
// and are looked for without the methods of errors, which are the user's.
var errAborted = errors.New("the handler aborted the connection")

func (t *task) start(ctx context.Context, r runner) {
	t.done = make(chan struct{})
	go t.run(ctx, r)
}

func (t *task) run(ctx context.Context, r runner) {
	var out outcome
	returned := false
	defer func() {
		if !returned {
			out.err = recovered(recover())
		}
		out.ended = ctx.Err() != nil
		r.settle(&out)
		if t.state.CompareAndSwap(running, finished) {
			t.out = out
			close(t.done)
		} else {
			r.afterwards(&out)
		}
	}()
	growStack(&out)
	out.answer, out.err = r.do(ctx)
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

// ownFailure reports whether an error is a fault of the handler whenever it
// comes.
func ownFailure(err error) bool { return panicOf(err) != nil || err == errAborted } //nolint:errorlint // see errAborted

// panicOf returns the panic that is the outcome, nil if it is none.
func panicOf(err error) *PanicError {
	p, _ := err.(*PanicError) //nolint:errorlint // see errAborted
	return p
}

func tooLate(deadline time.Duration) error {
	return Refuse(http.StatusServiceUnavailable, ReasonDeadline, "the webhook did not finish in time",
		fmt.Errorf("the handler ran past its deadline of %v", deadline))
}

// checked turns an outcome into the error of the call. A panic is logged with
// its stack.
func (e *Endpoint) checked(out *outcome, record *Call) error {
	if out.err == nil && len(out.answer.Body) <= MaxResponseBytes {
		return nil
	}
	if p := panicOf(out.err); p != nil {
		e.safely("logger of a webhook panicked", record.ID, func() { e.reportPanic(record, p, "webhook handler panicked") })
	}
	return out.failure()
}

// failure returns the error that answers an outcome: for a panic without what
// it was about, and for an answer over the limit too.
func (out *outcome) failure() error {
	switch {
	case panicOf(out.err) != nil:
		return &Refusal{Reason: ReasonPanic, Err: errPanic}
	case out.err == errAborted: //nolint:errorlint // see errAborted
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

func reasonOf(err error) string {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal.Reason
	}
	return ReasonError
}
