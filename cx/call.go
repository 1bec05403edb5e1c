package cx

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

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

	answers *atomic.Int64 // the size of the endpoint's last answer, or nil

	mu      sync.Mutex // guards what is made on first use
	request *cxpb.WebhookRequest
	scan    *webhookjson.Raw
}

// message returns the request as a message, which it decodes on first use.
// What scanned has accepted decodes without an error.
func (c *call) message() (*cxpb.WebhookRequest, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.request == nil {
		req := new(cxpb.WebhookRequest)
		if err := webhookjson.Decode(c.raw, req, c.limits); err != nil {
			return nil, err
		}
		c.request = req
	}
	return c.request, nil
}

// scanned returns the request without a message, which it scans on first use.
// What message has accepted scans without an error.
func (c *call) scanned() (*webhookjson.Raw, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.scan == nil {
		scan := new(webhookjson.Raw)
		if err := scan.Scan(c.raw, c.limits); err != nil {
			return nil, err
		}
		c.scan = scan
	}
	return c.scan, nil
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
				stack := string(debug.Stack())
				defer func() { _ = recover() }() // of the logger
				logger.LogAttrs(ctx, slog.LevelError, "goroutine of a webhook handler panicked",
					slog.String("call", id), slog.String("error", endpoint.Clean(fmt.Sprint(v))), slog.String("stack", stack))
			}
		}()
		f(ctx)
	}()
}
