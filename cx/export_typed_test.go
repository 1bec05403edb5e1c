package cx

import (
	"context"
	"reflect"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/param"
)

// ServeSpans calls a handler of Typed with the parts of a call.
func ServeSpans(ctx context.Context, h Handler, session, intent, form, payload []byte) (*cxpb.WebhookResponse, error) {
	return h.(bodyHandler).serveSpans(ctx, &spans{session: session, intent: intent, form: form, payload: payload})
}

// BindBody is Bind with the JSON of a call in place of the message.
func BindBody(raw []byte, dst any) error {
	plan, err := param.Compile(reflect.TypeOf(dst).Elem(), &bindConfig)
	if err != nil {
		return err
	}
	return plan.Bind(dst, body(raw), nil)
}
