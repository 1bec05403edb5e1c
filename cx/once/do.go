package once

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/cxhook/cxhook/internal/repeat"
)

// DefaultLimit is how long [Group.Do] lets a function run whose context has no
// deadline, if [Config.Limit] is not longer.
const DefaultLimit = 30 * time.Second

// ErrFailed is wrapped by the error of a call of [Group.Do] that waited for a
// run which failed, with the text of that run's error.
var ErrFailed = errors.New("once: the run that this call waited for failed")

// maxFailureText bounds the text of a failure that is kept for those that
// wait, in bytes.
const maxFailureText = 1024

// PanicError is the error of [Group.Do] for a function that panicked or ended
// its goroutine.
type PanicError struct {
	Value any    // what it panicked with, nil after runtime.Goexit
	Stack []byte // of the panic
}

// Error says what happened, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("once: the function panicked: %v", e.Value) }

// Do returns what run returns, of one run for all calls with the key. A result
// is kept; an error releases the key, and the calls that wait for the run get
// [ErrFailed] with its text, cut at 1 KiB.
//
// Run is called on a goroutine of its own, with the values of ctx and the
// deadline of ctx (see [Config.Limit]), but goes on when ctx is canceled. Do
// returns the error of ctx as soon as that is over; a run that has not begun by
// then does not begin. Nobody may change the bytes of a result.
func (g *Group) Do(ctx context.Context, key Key, run func(context.Context) ([]byte, error)) ([]byte, Outcome, error) {
	limit := DefaultLimit
	if deadline, ok := ctx.Deadline(); ok {
		limit = time.Until(deadline)
	}
	var got []byte
	var failure error
	ticket, err := g.Enter(ctx, key, limit, func(data []byte) (err error) {
		got, failure, err = openResult(data)
		return err
	})
	switch {
	case err != nil:
		return nil, ticket.Outcome, err
	case ticket.Settle == nil:
		return got, ticket.Outcome, failure
	case ctx.Err() != nil: // the store has taken all of the time
		return nil, ticket.Settle(nil, false), ctx.Err()
	}
	ended := make(chan end, 1)
	go runOnce(ctx, ticket, run, ended)
	select {
	case e := <-ended:
		return e.result, e.outcome, e.err
	case <-ctx.Done():
		return nil, ticket.Outcome, ctx.Err()
	}
}

// end is what a run came to.
type end struct {
	result  []byte
	err     error
	outcome Outcome
}

// runOnce runs the function of a winner and settles its claim, also when it
// panics or ends the goroutine.
func runOnce(ctx context.Context, ticket repeat.Ticket, run func(context.Context) ([]byte, error), ended chan<- end) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ticket.Limit)
	defer cancel()
	var e end
	var sealed []byte
	returned := false
	defer func() {
		if !returned {
			e = end{err: &PanicError{Value: recover(), Stack: debug.Stack()}}
			sealed = sealResult(nil, e.err)
		}
		e.outcome = ticket.Settle(sealed, e.err == nil)
		ended <- e
	}()
	e.result, e.err = run(ctx)
	sealed = sealResult(e.result, e.err) // the text of a typed nil panics
	returned = true
}

// Kinds of data that [Group.Do] keeps.
const (
	kindResult  = 'r'
	kindFailure = 'f'
)

func sealResult(result []byte, err error) []byte {
	if err == nil {
		return append([]byte{kindResult}, result...)
	}
	text := err.Error()
	return append([]byte{kindFailure}, text[:min(len(text), maxFailureText)]...)
}

func openResult(data []byte) (result []byte, failure, err error) {
	switch {
	case len(data) > 0 && data[0] == kindResult:
		return data[1:], nil, nil
	case len(data) > 0 && data[0] == kindFailure:
		return nil, fmt.Errorf("%w: %s", ErrFailed, data[1:]), nil
	}
	return nil, nil, repeat.ErrUnreadable
}
