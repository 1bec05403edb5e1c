package endpoint

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/repeat"
)

// job is one decoded call on its way to its answer.
type job[In any] struct {
	e        *Endpoint
	r        *http.Request
	service  Service[In]
	in       In
	terms    Terms
	call     *Call
	deadline time.Time // of the call
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
	return j.run(ctx, attempt{ctx: ctx, deadline: j.deadline})
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
	end := time.Now().Add(ticket.Limit)
	own, cancel := context.WithDeadline(context.WithoutCancel(j.r.Context()), end)
	return j.run(ctx, attempt{ctx: own, deadline: end, settle: func(out *outcome) {
		defer cancel()
		out.once = repeat.Unsaved
		j.e.safely("the check for repeated calls panicked", j.call.ID, func() {
			k := keep(out, ticket.Limit)
			out.once = ticket.Settle(k.append(nil), k.lasts())
		})
	}})
}

// attempt is on what terms a handler runs: of its call, or of its own.
type attempt struct {
	ctx      context.Context
	deadline time.Time
	settle   func(*outcome) // nil if nobody asks for the result
}

// run runs the service until ctx, the call's, ends.
func (j *job[In]) run(ctx context.Context, on attempt) (a Answer, held bool, err error) {
	e, record := j.e, *j.call // the late report must not race with the call's own
	var own time.Time         // end of a time that is not the call's
	if on.settle != nil {
		own = on.deadline
	}
	late := &overdue{e: e}
	t := start(on.ctx, func(ctx context.Context) (Answer, error) { return j.service.Run(ctx, j.in) }, on.settle, func(out *outcome) {
		late.end()
		httpio.Release(j.r)
		e.safely("logger of a webhook panicked", record.ID, func() { e.reportLate(&record, out, own) })
	})
	out, ok := t.wait(ctx)
	if !ok {
		late.begin(on.deadline)
		return j.late(ctx, true)
	}
	if on.settle != nil {
		j.call.Once = out.once
	}
	// A handler that heeds its context may return its error just before this
	// goroutine sees the context end: that is no answer of its own.
	if out.heeded() {
		return j.late(ctx, false)
	}
	return out.answer, false, e.checked(&out, &record)
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
	record := *j.call
	a, err = j.e.fallback(j.r, j.terms, &record, func(ctx context.Context) (Answer, error) { return j.service.Fallback(ctx, j.in) })
	if err == nil {
		j.call.Reason, j.call.Err = ReasonFallback, tooLate(j.terms.Deadline)
	}
	return a, held, err
}
