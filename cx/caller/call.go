package caller

import (
	"context"
	"errors"
	"net/http"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/flexible"
)

// Close drops the connections that [WithKeepAlive] keeps. A caller may be used
// again afterwards.
func (c *Caller) Close() { c.transport.CloseIdleConnections() }

// Call calls the webhook as Dialogflow would at this point of the
// conversation. A failed webhook is a result with a [Failure]. An error means
// that no result came about: the webhook is disabled ([ErrDisabled]), the turn
// cannot be sent, or ctx was over first.
func (c *Caller) Call(ctx context.Context, t *Turn) (*Result, error) {
	switch {
	case t == nil:
		return nil, errors.New("caller: nil turn")
	case c.disabled:
		return nil, ErrDisabled
	}
	res := before(t)
	env := c.cfg.functions
	env.Scope = newScope(t)
	out, err := c.protocol.outgoing(ctx, t, &env)
	var render *renderError
	switch {
	case errors.As(err, &render):
		res.Failure = c.fail(Unrenderable, 0, err)
		return res, nil
	case err != nil:
		return nil, err
	}
	res.Method, res.URL, res.Sent = out.method, out.url.String(), out.body
	res.Warnings = append(res.Warnings, out.warnings...)
	start := time.Now()
	res.Failure, err = c.run(ctx, t, &env, out, res)
	res.Latency = time.Since(start)
	if err != nil {
		return nil, err
	}
	return res, nil
}

// before returns the conversation as the turn has it.
func before(t *Turn) *Result {
	res := &Result{
		Session: t.session(),
		Flow:    cloneMap(t.Scopes.Flow),
		Payload: &structpb.Struct{},
	}
	if page := t.Request.GetPageInfo(); page != nil {
		res.Page = proto.CloneOf(page)
	}
	for _, m := range t.Request.GetMessages() {
		res.Messages = append(res.Messages, proto.CloneOf(m))
	}
	return res
}

// run makes the attempts of a call and applies the answer.
func (c *Caller) run(ctx context.Context, t *Turn, env *flexible.Env, out *outgoing, res *Result) (*Failure, error) {
	hs, err := c.headers(ctx, t, env, out.body != nil)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if render := (*renderError)(nil); errors.As(err, &render) {
			return c.fail(Unrenderable, 0, err), nil
		}
		return c.fail(NoCredentials, 0, err), nil
	}
	res.Warnings = append(res.Warnings, hs.warnings...)
	for n := 1; ; n++ {
		failure := c.try(ctx, out, hs.header, res)
		if ctx.Err() != nil && failure != nil {
			return nil, context.Cause(ctx)
		}
		if failure == nil || n == 2 || c.cfg.retry == nil || !c.cfg.retry(failure) {
			return failure, nil
		}
		if err := sleep(ctx, c.cfg.retryDelay); err != nil {
			return nil, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// try makes one attempt and records it.
func (c *Caller) try(ctx context.Context, out *outgoing, h http.Header, res *Result) *Failure {
	start := time.Now()
	res.StatusCode, res.Header, res.Body = 0, nil, nil
	failure := c.exchange(ctx, out, h, res)
	if failure == nil {
		if err := c.protocol.incoming(res); err != nil {
			failure = c.fail(BadAnswer, res.StatusCode, err)
		}
	}
	res.Attempts = append(res.Attempts, Attempt{StatusCode: res.StatusCode, Latency: time.Since(start), Failure: failure})
	return failure
}
