package cx

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// call is what a context knows about the call that it belongs to.
type call struct {
	raw    []byte // the request's body as it came
	limits webhookjson.Limits
	logger *slog.Logger
	id     string

	once    sync.Once
	request *cxpb.WebhookRequest
	err     error
}

// message returns the request as a message, which it decodes on first use. A
// body that was accepted before is decoded without an error.
func (c *call) message() (*cxpb.WebhookRequest, error) {
	c.once.Do(func() {
		c.request = new(cxpb.WebhookRequest)
		c.err = webhookjson.Decode(c.raw, c.request, c.limits)
	})
	return c.request, c.err
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// RawBody returns the JSON of the webhook request that ctx belongs to, as it
// came over the wire, or nil outside of a call. It holds what the protobuf
// message cannot: integers beyond 2^53 and fields that the message does not
// know. The caller must not change it.
func RawBody(ctx context.Context) json.RawMessage {
	if c := callFrom(ctx); c != nil {
		return c.raw
	}
	return nil
}

// RequestFrom returns the webhook request that ctx belongs to, or nil outside
// of a call: for handlers of [Typed] that need more than their parameters, such
// as the session, the language or the page. It is the message that a plain
// [Handler] gets, not a copy.
func RequestFrom(ctx context.Context) *cxpb.WebhookRequest {
	c := callFrom(ctx)
	if c == nil || c.raw == nil {
		return nil
	}
	req, err := c.message()
	if err != nil {
		return nil
	}
	return req
}

// Go runs f on a goroutine of its own that cannot take the process down: a
// panic is logged with its stack and otherwise lost. The context keeps the
// values of ctx but not its end, because the answer of the call does not wait
// for f. Bound what f does by a timeout of its own, and mind that a platform
// such as Cloud Run may withdraw the processor after the answer.
func Go(ctx context.Context, f func(context.Context)) {
	logger, id := slog.Default(), ""
	if c := callFrom(ctx); c != nil {
		logger, id = c.logger, c.id
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				logger.LogAttrs(ctx, slog.LevelError, "goroutine of a webhook handler panicked",
					slog.String("call", id), slog.String("error", endpoint.Clean(fmt.Sprint(v))),
					slog.String("stack", string(debug.Stack())))
			}
		}()
		f(ctx)
	}()
}
