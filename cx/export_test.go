package cx

import (
	"context"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// ServeBody calls a handler of Typed with the JSON of a call alone.
func ServeBody(ctx context.Context, h Handler, body []byte) (*cxpb.WebhookResponse, error) {
	return h.(bodyHandler).serveBody(ctx, body)
}

// WithRawBody returns the context of a call that came as body.
func WithRawBody(ctx context.Context, body []byte) context.Context {
	return withCall(ctx, &call{raw: body})
}

// WithWriteTimeout shortens the server's write timeout of 40 s for a test.
func WithWriteTimeout(d time.Duration) ServeOption {
	return func(s *server) { s.write = d }
}
