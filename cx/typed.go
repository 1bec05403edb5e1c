package cx

import (
	"context"
	"fmt"
	"reflect"
	"runtime"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/param"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// Typed makes a handler of a function that takes the parameters of the call
// as a struct. P is a struct type, or a pointer to one, whose fields carry cx
// tags: see [Bind] for their rules. Each call gets a fresh zero P; what has no
// value in the call stays zero. For other defaults see [TypedWith].
//
// A parameter that is missing or unfit is a [*ParamError], answered 400: the
// function is not called.
//
// Integers of 2^53 and more, which the message cannot hold, are taken exactly
// from the JSON of the call (see [RawBody]). What a handler around this one
// has changed in the message counts as changed.
//
// Typed panics if fn is nil, if P is not a struct, if a tag is malformed or
// that of a nested field names a source, if a field has a type that cannot be
// bound, if two fields bind the same parameter, or if P has fields but no tag.
func Typed[P any](fn func(context.Context, P) (*cxpb.WebhookResponse, error)) Handler {
	var zero P
	return newTyped("Typed", zero, fn)
}

// TypedWith is [Typed] with defaults: each call starts from a copy of them, and
// what has no value in the call, or null, keeps its default. The option
// required refuses a missing value all the same.
//
// The copy is shallow: the lists, maps and pointers in the defaults are shared
// by all calls. The binder replaces them and never writes into them, and fn
// must not either. If P is a pointer, the struct that it points to is copied;
// a nil pointer means zero values.
//
// TypedWith panics as Typed does.
func TypedWith[P any](defaults P, fn func(context.Context, P) (*cxpb.WebhookResponse, error)) Handler {
	return newTyped("TypedWith", defaults, fn)
}

func newTyped[P any](kind string, defaults P, fn func(context.Context, P) (*cxpb.WebhookResponse, error)) Handler {
	if fn == nil {
		panic("cx: " + kind + ": nil function")
	}
	t := reflect.TypeFor[P]()
	h := &typed[P]{fn: fn, defaults: defaults, pointer: t.Kind() == reflect.Pointer}
	if h.pointer {
		t = t.Elem()
		fresh := reflect.New(t)
		if d := reflect.ValueOf(defaults); !d.IsNil() {
			fresh.Elem().Set(d.Elem()) // what the caller does to its own is not seen
		}
		reflect.ValueOf(&h.defaults).Elem().Set(fresh)
	}
	plan, err := param.Compile(t, &bindConfig)
	if err != nil {
		panic(fmt.Sprintf("cx: %s: %v (handler %s)", kind, err, funcName(fn)))
	}
	h.typ, h.plan = t, plan
	return h
}

// funcName returns the name of a function, main.order or main.main.func1.
func funcName(fn any) string {
	if f := runtime.FuncForPC(reflect.ValueOf(fn).Pointer()); f != nil {
		return f.Name()
	}
	return "func"
}

// rawHandler is a handler that needs no message: the scanned JSON of the call
// is enough.
type rawHandler interface {
	Handler
	serveRaw(ctx context.Context, raw *webhookjson.Raw) (*cxpb.WebhookResponse, error)
}

type typed[P any] struct {
	fn       func(context.Context, P) (*cxpb.WebhookResponse, error)
	defaults P
	plan     *param.Plan
	typ      reflect.Type // of the struct
	pointer  bool         // P is a pointer to it
}

// ServeWebhook binds the parameters of the message and calls the function.
func (h *typed[P]) ServeWebhook(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	var exact param.Input
	if c := callFrom(ctx); c != nil && c.raw != nil {
		exact = exactInput{c}
	}
	return h.serve(ctx, message{req}, exact)
}

func (h *typed[P]) serveRaw(ctx context.Context, raw *webhookjson.Raw) (*cxpb.WebhookResponse, error) {
	return h.serve(ctx, rawInput{raw}, nil)
}

func (h *typed[P]) serve(ctx context.Context, in, exact param.Input) (*cxpb.WebhookResponse, error) {
	p := new(P)
	*p = h.defaults
	dst := any(p)
	if h.pointer {
		v := reflect.New(h.typ)
		v.Elem().Set(reflect.ValueOf(h.defaults).Elem())
		reflect.ValueOf(p).Elem().Set(v)
		dst = v.Interface()
	}
	if err := h.plan.Bind(dst, in, exact); err != nil {
		return nil, err
	}
	return h.fn(ctx, *p)
}
