package deferred

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/repeat"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// job is work that was claimed.
type job struct {
	key      once.Key
	revision uint64
	name     string
	work     cx.Handler
}

// result is what work came to.
type result struct {
	resp *cxpb.WebhookResponse
	err  error
}

// claim asks the store for the key until the call ends. A claim that comes
// later is given back, or the session would wait for work that nobody does.
func (a *Answers) claim(ctx context.Context, key once.Key, name string) (once.Record, error) {
	type answer struct {
		rec once.Record
		err error
	}
	answered := make(chan answer, 1)
	var decided atomic.Bool // by the first of both: the answer, the end of the call
	a.work.Go(func() {
		patience := a.cfg.Limit
		if deadline, ok := ctx.Deadline(); ok {
			patience = time.Until(deadline)
		}
		long, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience+margin)
		defer cancel()
		var got answer
		func() {
			defer func() {
				if v := recover(); v != nil {
					got.err = fmt.Errorf("deferred: the store panicked: %v", v)
				}
			}()
			got.rec, got.err = a.cfg.Store.Begin(long, key, a.cfg.Limit+margin)
		}()
		if decided.CompareAndSwap(false, true) {
			answered <- got
		} else if got.err == nil && got.rec.State == once.Claimed {
			a.free(job{key: key, revision: got.rec.Revision, name: name})
		}
	})
	select {
	case got := <-answered:
		return got.rec, got.err
	case <-ctx.Done():
	}
	if decided.CompareAndSwap(false, true) {
		return once.Record{}, ctx.Err()
	}
	got := <-answered
	return got.rec, got.err
}

// begin runs work, and answers with its result or, when it takes too long, with
// the interim answer. Either the call gets the result or the store does.
func (a *Answers) begin(ctx context.Context, req *cxpb.WebhookRequest, j job, interim cx.Handler) (*cxpb.WebhookResponse, error) {
	spare := proto.CloneOf(req) // the work may change its request
	answered := make(chan result, 1)
	var decided atomic.Bool // by the first of both: the end of the work, the end of patience
	a.work.Go(func() {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.Limit)
		defer cancel()
		r := run(own, req, j.work)
		if !decided.CompareAndSwap(false, true) {
			a.keep(own, j, r)
			return
		}
		a.free(j) // before the answer, after which the session may ask again
		answered <- r
	})
	patience := time.NewTimer(a.patience(ctx))
	defer patience.Stop()
	select {
	case r := <-answered:
		return r.resp, r.err
	case <-patience.C:
	case <-ctx.Done():
	}
	if !decided.CompareAndSwap(false, true) {
		r := <-answered
		return r.resp, r.err
	}
	return interim.ServeWebhook(ctx, spare)
}

// free gives up the claim of work whose result needs no store. What a store
// does not take at once it is offered in the background.
func (a *Answers) free(j job) {
	abandon := func(ctx context.Context) error { return a.cfg.Store.Abandon(ctx, j.key, j.revision, nil) }
	ctx, cancel := context.WithTimeout(context.Background(), once.DefaultStoreTimeout)
	defer cancel()
	if err := abandon(ctx); err != nil && !errors.Is(err, once.ErrLost) {
		a.work.Go(func() { a.settle(j, abandon) })
	}
}

// patience returns how long a call waits for its work.
func (a *Answers) patience(ctx context.Context) time.Duration {
	d := a.cfg.Limit
	if a.cfg.Patience > 0 {
		d = a.cfg.Patience
	}
	if deadline, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(deadline)-a.cfg.Reserve)
	}
	return d
}

// run calls a handler and turns its panic, or the end of its goroutine, into an
// error.
func run(ctx context.Context, req *cxpb.WebhookRequest, h cx.Handler) (r result) {
	done := make(chan struct{})
	go func() {
		returned := false
		defer func() {
			if !returned {
				r = result{err: fmt.Errorf("deferred: the work panicked: %v", recover())}
			}
			close(done)
		}()
		r.resp, r.err = h.ServeWebhook(ctx, req)
		returned = true
	}()
	<-done
	return r
}

// keep stores the result of work whose call has had its interim answer.
func (a *Answers) keep(ctx context.Context, j job, r result) {
	if r.err != nil {
		a.log(slog.LevelError, "deferred: late work failed", j.name, r.err)
		r.resp = nil
		if a.cfg.Failed != nil {
			r = run(context.WithoutCancel(ctx), nil, cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
				return a.cfg.Failed(ctx, r.err), nil
			}))
		}
		if r.resp == nil {
			a.free(j)
			return
		}
	}
	if r.resp == nil {
		r.resp = new(cxpb.WebhookResponse)
	}
	data, err := proto.Marshal(r.resp)
	if err != nil {
		a.log(slog.LevelError, "deferred: late answer cannot be kept", j.name, err)
		a.free(j)
		return
	}
	sealed := repeat.Seal(data)
	a.settle(j, func(ctx context.Context) error { return a.cfg.Store.Finish(ctx, j.key, j.revision, sealed) })
}

// settle offers the end of work to the store, for the time of the margin.
func (a *Answers) settle(j job, offer func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), margin)
	defer cancel()
	for {
		err := offer(ctx)
		if err == nil {
			return
		}
		wait := time.NewTimer(100 * time.Millisecond)
		select {
		case <-wait.C:
		case <-ctx.Done():
		}
		wait.Stop()
		if errors.Is(err, once.ErrLost) || ctx.Err() != nil {
			a.log(slog.LevelError, "deferred: late answer not kept", j.name, err)
			return
		}
	}
}

// fits reports whether two answers together are small enough for Dialogflow.
func fits(late, own *cxpb.WebhookResponse) bool {
	both := proto.CloneOf(late)
	proto.Merge(both, own)
	encoded, err := webhookjson.Append(nil, both)
	return err == nil && len(encoded) <= cx.MaxResponseBytes
}
