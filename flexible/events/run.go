package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/status"
)

// runEnd is how a synchronous run ended.
type runEnd struct {
	reply *Reply
	err   error
}

// run answers an event by the run's own reply, within the source's limit. The
// run goes on when the sender hangs up, so that its claim is ended by what it
// did.
func (r *Receiver) run(ctx context.Context, e *Event, t *target) (*Reply, error) {
	job, err := e.job(t)
	if err != nil {
		return nil, err
	}
	if n := r.runs.Add(1); n > int64(r.cfg.MaxRuns) {
		r.runs.Add(-1)
		return nil, refuse(http.StatusServiceUnavailable, ReasonOverload, "overloaded", fmt.Errorf("%d runs are under way, the limit is %d", n-1, r.cfg.MaxRuns))
	}
	ctx, cancel := context.WithTimeout(detach(ctx, r.cfg.CredentialKeys), e.src.cfg.RunLimit)
	ended := make(chan runEnd, 1)
	go func() {
		defer cancel()
		defer r.runs.Add(-1)
		end := runEnd{err: errors.New("the run ended its goroutine")}
		defer func() { ended <- end }()
		defer func() {
			if v := recover(); v != nil {
				r.cfg.Logger.LogAttrs(context.Background(), slog.LevelError, "run of an event panicked",
					slog.String("source", e.Source), slog.String("run", t.run), slog.String("stack", string(debug.Stack())))
				end.err = refuse(http.StatusInternalServerError, ReasonPanic, "internal error", fmt.Errorf("the run panicked: %s", endpoint.Clean(fmt.Sprint(v))))
			}
		}()
		end.reply, end.err = t.runFunc(ctx, Delivery{Job: job, Attempt: 1})
	}()
	select {
	case end := <-ended:
		return r.runReply(e, t, end, ctx.Err())
	case <-ctx.Done():
		select { // one that ended just now still counts
		case end := <-ended:
			return r.runReply(e, t, end, ctx.Err())
		default:
		}
		r.cfg.Figures.count(countFailed, e.Source, t.run)
		return nil, refuse(http.StatusRequestTimeout, ReasonDeadline, "the run did not end in time", fmt.Errorf("the run outlasts %v", e.src.cfg.RunLimit))
	}
}

// runReply makes the answer of a run that has ended.
func (r *Receiver) runReply(e *Event, t *target, end runEnd, late error) (*Reply, error) {
	if end.err == nil && end.reply != nil {
		if err := end.reply.checkRun(); err != nil {
			end.err = fmt.Errorf("the reply of run %q: %w", t.run, err)
		}
	}
	if end.err == nil {
		r.cfg.Figures.count(countProcessed, e.Source, t.run)
		if end.reply == nil {
			return &Reply{Status: http.StatusOK}, nil
		}
		return end.reply, nil
	}
	r.cfg.Figures.count(countFailed, e.Source, t.run)
	var f *refusal
	var public *status.Error
	switch {
	case errors.As(end.err, &f):
		return nil, f
	case errors.Is(late, context.DeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, ReasonDeadline, "the run did not end in time", end.err)
	case errors.As(end.err, &public) && public.Status()/100 == 4:
		// An answer like any other: the same event gets it again.
		body := string(httpio.ErrorBody(public.Status(), public.Public()))
		return &Reply{Status: public.Status(), Header: map[string]string{"Content-Type": "application/json"}, Body: body}, nil
	case errors.As(end.err, &public) && public.Status()/100 == 5:
		return nil, refuse(public.Status(), ReasonRun, public.Public(), end.err)
	}
	return nil, refuse(http.StatusInternalServerError, ReasonRun, "internal error", end.err)
}
