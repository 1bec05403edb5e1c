package flexible

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/param"
)

// NewHandler serves the calls of a flexible webhook: it binds the request to
// In, runs fn under its deadline and answers with the JSON of Out. It serves
// every method; the router decides which of them reach it.
//
// In is a struct, or a pointer to one, whose fields are tagged
// cx:"[source:]name[,required]". The sources are
//
//	body     a member of the JSON object that the body is; the default
//	query    a parameter of the URL's query
//	path     a variable of the route, of http.ServeMux or github.com/gorilla/mux
//	header   a header
//
// A field without a tag is a body member, named by its json tag or its Go
// name; the tag "-" leaves it alone. Names match exactly, else without regard
// to case. Values of the body keep their types: a text is not a number. Those
// of the URL and of headers are texts that become what the field is; lists and
// objects in them are JSON, as Dialogflow sends them, by the rules of bodies.
// What is missing, null or an empty text leaves its field zero, unless it is
// required; a header of an unset parameter may come as the reference itself,
// $session.params.x, which is a text like others. A value that does not fit is
// answered 400 with its name, and fn is not called.
//
// In may also be json.RawMessage, which is the whole body as it came (nil if
// there is none), or any other type that the body as a whole is bound to.
// Path variables come decoded, once. Of the gorilla routers only those with
// UseEncodedPath, as cx.NewRouter makes them, route values with a slash.
//
// Bodies must be JSON in UTF-8 of type application/json without repeated keys,
// at most 1 MiB long and [MaxDepth] levels deep. Answers over
// [MaxResponseBytes] and text in them that is no UTF-8 become 500. A panic of fn is logged with its stack and
// answered 500. Errors decide the status: see [Errorf]. Out may be
// json.RawMessage too.
//
// NewHandler does not authenticate: wrap it with a verifier of package auth. It
// panics if fn is nil, if In has a tag or a type that cannot be bound, or Out a
// field that JSON cannot hold.
func NewHandler[In, Out any](fn func(context.Context, In) (Out, error), opts ...Option) http.Handler {
	if fn == nil {
		panic("flexible: nil function")
	}
	if err := unencodable(reflect.TypeFor[Out](), map[reflect.Type]bool{}); err != nil {
		panic(fmt.Sprintf("flexible: NewHandler: the answer type: %v", err))
	}
	o := newHandlerOptions(opts)
	s := &server[In, Out]{fn: fn, options: o, bind: newBinder(reflect.TypeFor[In](), o.elements)}
	if o.fallback != nil {
		fallback, ok := o.fallback.(func(context.Context, In) (Out, error))
		if !ok {
			panic(fmt.Sprintf("flexible: the fallback is a %T, the handler's function is a %T", o.fallback, fn))
		}
		s.fallback = fallback
	}
	if o.onceKey != nil {
		name, ok := o.onceKey.(func(context.Context, In) string)
		if !ok {
			panic(fmt.Sprintf("flexible: WithOnce names calls by a %T, the handler's function is a %T", o.onceKey, fn))
		}
		s.name = name
	}
	return &handler[In, Out]{server: s, endpoint: endpoint.New(o.endpoint)}
}

type handler[In, Out any] struct {
	server   *server[In, Out]
	endpoint *endpoint.Endpoint
}

// ServeHTTP serves one call.
func (h *handler[In, Out]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	endpoint.Serve(h.endpoint, w, r, h.server)
}

// server is the flexible kind of webhook.
type server[In, Out any] struct {
	fn       func(context.Context, In) (Out, error)
	fallback func(context.Context, In) (Out, error)
	name     func(context.Context, In) string // of a call, for WithOnce
	options  *handlerOptions
	bind     *binder
}

// Decode binds the request.
func (s *server[In, Out]) Decode(r *http.Request, body []byte, _ *Call) (in In, terms endpoint.Terms, err error) {
	terms = endpoint.Terms{Deadline: s.options.deadline, Fallback: s.fallback != nil}
	body = bytes.Trim(body, blanks)
	if len(body) > 0 {
		if len(r.Header["Content-Type"]) == 0 && !s.options.noType {
			return in, terms, endpoint.Refuse(http.StatusBadRequest, endpoint.ReasonContentType,
				"the content type must be application/json in UTF-8", errors.New("a body without a content type"))
		}
		if err := checkJSON(body, MaxDepth, s.options.elements); err != nil {
			return in, terms, malformed("the body is not acceptable JSON", err)
		}
	}
	return in, terms, s.bind.bind(&in, r, body)
}

func malformed(public string, cause error) error {
	return endpoint.Refuse(http.StatusBadRequest, endpoint.ReasonMalformed, public, cause)
}

// Run calls the function and encodes what it answers.
func (s *server[In, Out]) Run(ctx context.Context, in In) (endpoint.Answer, error) {
	return answer(s.fn(ctx, in))
}

// Fallback does the same with the fallback.
func (s *server[In, Out]) Fallback(ctx context.Context, in In) (endpoint.Answer, error) {
	return answer(s.fallback(ctx, in))
}

func answer[Out any](out Out, err error) (a endpoint.Answer, _ error) {
	if err != nil {
		return a, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err = enc.Encode(out)
	if err == nil {
		err = checkText(reflect.ValueOf(&out).Elem(), b.Bytes())
	}
	if err != nil {
		return a, Errorf(http.StatusInternalServerError, "the response cannot be encoded").WithCause(err)
	}
	return endpoint.Answer{ContentType: "application/json", Body: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}, nil
}

// binder binds requests to one type.
type binder struct {
	raw     bool           // the body as it is
	plan    *param.Plan    // of a struct
	typ     reflect.Type   // that struct
	pointer bool           // the type is a pointer to it
	whole   *param.Decoder // of another type
	wanted  [4]bool        // the sources that are read
	path    []string       // names of path variables
}

func newBinder(t reflect.Type, elements int) *binder {
	rules := bindConfig()
	rules.JSONText = func(text []byte) error {
		if err := checkJSON(text, MaxDepth, elements); err != nil {
			return fmt.Errorf("the JSON is not acceptable: %w", err)
		}
		return nil
	}
	b := &binder{typ: t}
	if b.raw = t == reflect.TypeFor[json.RawMessage](); b.raw {
		return b
	}
	if t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
		b.pointer, b.typ = true, t.Elem()
	}
	var err error
	if b.typ.Kind() != reflect.Struct {
		if b.whole, err = param.NewDecoder(t, rules); err != nil {
			panic(fmt.Sprintf("flexible: NewHandler: %v", err))
		}
		return b
	}
	if b.plan, err = param.Compile(b.typ, rules); err != nil {
		panic(fmt.Sprintf("flexible: NewHandler: %v", err))
	}
	for _, f := range b.plan.Fields() {
		b.wanted[f.Source] = true
		if f.Source == fromPath {
			b.path = append(b.path, f.Name)
		}
	}
	return b
}

// bind sets what dst, a pointer to the binder's type, points to.
func (b *binder) bind(dst any, r *http.Request, body []byte) error {
	switch {
	case b.raw:
		if len(body) > 0 {
			*dst.(*json.RawMessage) = body
		}
		return nil
	case b.whole != nil:
		if len(body) == 0 {
			return nil
		}
		return b.whole.Decode(dst, param.JSON(body), "body", "")
	}
	in := request{r: r, path: b.path}
	if len(body) > 0 {
		in.body = param.JSON(body)
	}
	if b.wanted[fromBody] && len(body) > 0 && !in.body.IsObject() {
		return malformed("the body must be a JSON object", errors.New("the body is another JSON value"))
	}
	if b.wanted[fromQuery] {
		if err := in.parseQuery(); err != nil {
			return malformed("the query of the URL is malformed", err)
		}
	}
	if b.pointer {
		fresh := reflect.New(b.typ)
		reflect.ValueOf(dst).Elem().Set(fresh)
		dst = fresh.Interface()
	}
	return b.plan.Bind(dst, &in, nil)
}
