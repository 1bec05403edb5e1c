package cx

import (
	"context"
	"fmt"
	"reflect"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/param"
)

// Typed makes a handler of a function that takes the parameters of the call
// as a struct. P is a struct type, or a pointer to one, whose fields carry cx
// tags: see [Bind] for their rules. Each call gets a fresh zero P; what has no
// value in the call stays zero.
//
// A parameter that is missing or unfit is a [*ParamError], answered 400: the
// function is not called.
//
// Integers of 2^53 and more, which the message cannot hold, are taken exactly
// from the JSON of the call (see [RawBody]). What a handler around this one
// has changed in the message counts as changed.
//
// Typed panics if fn is nil, if P is not a struct, if a tag is malformed, if
// a field has a type that cannot be bound, or if P has fields but no tag.
func Typed[P any](fn func(context.Context, P) (*cxpb.WebhookResponse, error)) Handler {
	if fn == nil {
		panic("cx: Typed: nil function")
	}
	t := reflect.TypeFor[P]()
	h := &typed[P]{fn: fn, pointer: t.Kind() == reflect.Pointer}
	if h.pointer {
		t = t.Elem()
	}
	plan, err := param.Compile(t, &bindConfig)
	if err != nil {
		panic(fmt.Sprintf("cx: Typed: %v", err))
	}
	h.typ, h.plan = t, plan
	return h
}

// bodyHandler is a handler that needs no message: the JSON of the call is
// enough. The JSON has been accepted by the decoder of requests.
type bodyHandler interface {
	Handler
	// serveBody finds the parameters in the body by itself.
	serveBody(ctx context.Context, body []byte) (*cxpb.WebhookResponse, error)
	// serveSpans is for a caller who knows where they are.
	serveSpans(ctx context.Context, s *spans) (*cxpb.WebhookResponse, error)
}

type typed[P any] struct {
	fn      func(context.Context, P) (*cxpb.WebhookResponse, error)
	plan    *param.Plan
	typ     reflect.Type // of the struct
	pointer bool         // P is a pointer to it
}

// ServeWebhook binds the parameters of the message and calls the function.
func (h *typed[P]) ServeWebhook(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	var exact param.Input
	if raw := RawBody(ctx); raw != nil {
		exact = body(raw)
	}
	return h.serve(ctx, message{req}, exact)
}

func (h *typed[P]) serveBody(ctx context.Context, raw []byte) (*cxpb.WebhookResponse, error) {
	return h.serve(ctx, body(raw), nil)
}

func (h *typed[P]) serveSpans(ctx context.Context, s *spans) (*cxpb.WebhookResponse, error) {
	return h.serve(ctx, s, nil)
}

func (h *typed[P]) serve(ctx context.Context, in, exact param.Input) (*cxpb.WebhookResponse, error) {
	p := new(P)
	dst := any(p)
	if h.pointer {
		v := reflect.New(h.typ)
		reflect.ValueOf(p).Elem().Set(v)
		dst = v.Interface()
	}
	if err := h.plan.Bind(dst, in, exact); err != nil {
		return nil, err
	}
	return h.fn(ctx, *p)
}
