package endpoint

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/repeat"
)

// job is one decoded call on its way to its answer, and the run of its
// handler.
type job[In any] struct {
	task
	overdue
	e        *Endpoint
	r        *http.Request
	service  Service[In]
	in       In
	terms    Terms
	call     *Call
	deadline time.Time     // of the call
	record   Call          // a copy, because the late report must not race with the call's own
	ticket   repeat.Ticket // of a run whose outcome is asked for
	ends     time.Time     // what the run has: the call's deadline, or the ticket's limit
	cancel   func()        // of a run whose time is not the call's
}

// answer returns the answer or the error, and whether a handler that was given
// up still holds the request's share of memory.
func (j *job[In]) answer() (a Answer, held bool, err error) {
	ctx, cancel := context.WithDeadline(j.r.Context(), j.deadline)
	defer cancel()
	if j.e.cfg.Once != nil {
		key, keyed, err := j.key()
		if err != nil {
			return a, false, err
		}
		if keyed {
			return j.once(ctx, key)
		}
	}
	if err := j.e.overloaded(); err != nil {
		return a, false, err
	}
	if ctx.Err() != nil { // reading the body may have taken all of the time
		return j.late(ctx, false)
	}
	return j.run(ctx, ctx, j.deadline)
}

// key asks the service for the call's key; the user's function for it may
// panic.
func (j *job[In]) key() (key repeat.Key, keyed bool, err error) {
	returned := false
	defer func() {
		if !returned {
			out := outcome{err: recovered(recover())}
			err = j.e.checked(&out, j.call)
		}
	}()
	key, keyed = j.service.Key(j.r, j.in, j.call)
	returned = true
	return key, keyed, nil
}

// once runs a call with a key, or answers it with what another call with that
// key came to.
func (j *job[In]) once(ctx context.Context, key repeat.Key) (a Answer, held bool, err error) {
	var k kept
	ticket, err := j.e.cfg.Once.Enter(ctx, key, time.Until(j.deadline), k.parse)
	j.call.Once = ticket.Outcome
	switch {
	case err != nil && ctx.Err() != nil:
		return j.late(ctx, false)
	case err != nil:
		return a, false, Refuse(http.StatusServiceUnavailable, ReasonOnce, "the webhook is unavailable", err)
	case ticket.Settle == nil:
		return k.answer, false, k.err()
	}
	if err := j.e.overloaded(); err != nil {
		ticket.Settle(nil, false)
		return a, false, err
	}
	if ctx.Err() != nil {
		ticket.Settle(nil, false)
		return j.late(ctx, false)
	}
	// The run has a context of its own: it goes on when the caller has given
	// up, and its result is there for the repeated call.
	j.ticket = ticket
	ends := time.Now().Add(ticket.Limit)
	own, cancel := context.WithDeadline(context.WithoutCancel(j.r.Context()), ends) //nolint:gosec // settle calls it, at the end of the run
	j.cancel = cancel
	return j.run(ctx, own, ends)
}

// run runs the service, for as long as on lasts, until ctx, the call's, ends.
func (j *job[In]) run(ctx, on context.Context, ends time.Time) (a Answer, held bool, err error) {
	j.record, j.ends, j.overdue.e = *j.call, ends, j.e
	j.start(on, j)
	out, ok := j.wait(ctx)
	if !ok {
		j.begin(ends)
		return j.late(ctx, true)
	}
	if j.ticket.Settle != nil {
		j.call.Once = out.once
	}
	// A handler that heeds its context may return its error just before this
	// goroutine sees the context end: that is no answer of its own.
	if out.heeded() {
		return j.late(ctx, false)
	}
	return out.answer, false, j.e.checked(&out, &j.record)
}

func (j *job[In]) do(ctx context.Context) (Answer, error) { return j.service.Run(ctx, j.in) }

// settle keeps the outcome for repeated calls.
func (j *job[In]) settle(out *outcome) {
	if j.ticket.Settle == nil {
		return
	}
	defer j.cancel()
	out.once = repeat.Unsaved
	const panicked = "the check for repeated calls panicked"
	var data []byte
	var lasts bool
	j.e.safely(panicked, j.record.ID, func() { // the error's methods are the user's
		k := keep(out, j.ticket.Limit)
		data, lasts = k.append(nil), k.lasts()
	})
	j.e.safely(panicked, j.record.ID, func() { out.once = j.ticket.Settle(data, lasts) })
}

func (j *job[In]) afterwards(out *outcome) {
	j.end()
	httpio.Release(j.r)
	j.e.safely("logger of a webhook panicked", j.record.ID, func() { j.e.reportLate(&j.record, out, j.ends) })
}

// heeded reports whether an outcome is no more than the handler's reaction to
// the end of its context.
func (out *outcome) heeded() bool { return out.ended && out.err != nil && !ownFailure(out.err) }

// late answers a call whose context has ended before its handler.
func (j *job[In]) late(ctx context.Context, held bool) (a Answer, _ bool, err error) {
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return a, held, Refuse(http.StatusServiceUnavailable, ReasonCanceled, "the caller went away", context.Cause(ctx))
	case !j.terms.Fallback:
		return a, held, tooLate(j.terms.Deadline)
	}
	if a, err = j.fallback(); err == nil {
		j.call.Reason, j.call.Err = ReasonFallback, tooLate(j.terms.Deadline)
	}
	return a, held, err
}

// fallbackTime is what a fallback may take: it runs when the time is up, out
// of the margin that the deadline leaves.
const fallbackTime = 100 * time.Millisecond

// rescue is the run of a fallback.
type rescue[In any] struct {
	task
	overdue
	j      *job[In]
	record Call
}

// fallback runs the fallback in the little time that is left.
func (j *job[In]) fallback() (Answer, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.r.Context()), fallbackTime)
	defer cancel()
	f := &rescue[In]{overdue: overdue{e: j.e}, j: j, record: *j.call}
	f.start(ctx, f)
	out, ok := f.wait(ctx)
	if !ok {
		f.begin(time.Now())
	}
	if !ok || ctx.Err() != nil && out.err != nil && !ownFailure(out.err) {
		return Answer{}, tooLate(j.terms.Deadline)
	}
	return out.answer, j.e.checked(&out, &f.record)
}

func (f *rescue[In]) do(ctx context.Context) (Answer, error) {
	return f.j.service.Fallback(ctx, f.j.in)
}

func (*rescue[In]) settle(*outcome) {}

func (f *rescue[In]) afterwards(out *outcome) {
	f.end()
	f.e.safely("logger of a webhook panicked", f.record.ID, func() { f.e.reportLate(&f.record, out, time.Time{}) })
}
