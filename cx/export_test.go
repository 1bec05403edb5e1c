package cx

import (
	"context"
	"reflect"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/internal/param"
)

// ServeBody calls a handler of Typed with the JSON of a call alone.
func ServeBody(ctx context.Context, h Handler, body []byte) (*cxpb.WebhookResponse, error) {
	raw, err := (&call{raw: body}).scanned()
	if err != nil {
		return nil, err
	}
	return h.(rawHandler).serveRaw(ctx, raw)
}

// BindBody is Bind with the JSON of a call in place of the message.
func BindBody(body []byte, dst any) error {
	plan, err := param.Compile(reflect.TypeOf(dst).Elem(), &bindConfig)
	if err != nil {
		return err
	}
	raw, err := (&call{raw: body}).scanned()
	if err != nil {
		return err
	}
	return plan.Bind(dst, rawInput{raw}, nil)
}

// WithRawBody returns the context of a call that came as body.
func WithRawBody(ctx context.Context, body []byte) context.Context {
	return withCall(ctx, &call{raw: body})
}

// WithWriteTimeout shortens the server's write timeout of 40 s for a test.
func WithWriteTimeout(d time.Duration) ServeOption {
	return func(s *server) { s.write = d }
}
