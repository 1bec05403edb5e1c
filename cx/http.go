package cx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"

	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// NewHTTPHandler serves h as a standard webhook over HTTP: it decodes the
// request, runs the handler under its deadline and encodes the answer.
//
// Only POST requests with a JSON body are served, any other method is
// answered 404. Bodies are limited in size, depth (64) and number of values;
// what is not a webhook request is answered 400. Answers over
// [MaxResponseBytes] and answers that no JSON can hold become 500, with the
// size of each part in the log. A handler's panic is logged with its stack and
// answered 500. The statuses are those that Dialogflow knows: 200, 400, 401,
// 403, 404, 500, 503, each failure with a body
//
//	{"error":{"status":404,"message":"no order 17"}}
//
// NewHTTPHandler does not authenticate: wrap it with a verifier of package
// auth. It panics if h is nil.
func NewHTTPHandler(h Handler, opts ...Option) http.Handler {
	if isNil(h) {
		panic("cx: nil handler")
	}
	o := defaultOptions()
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	if o.endpoint.Logger == nil {
		o.endpoint.Logger = slog.Default()
	}
	// The time for the body is part of the call's.
	o.endpoint.BodyTimeout = min(o.endpoint.BodyTimeout, o.deadline)
	return &httpHandler{
		service:  service{handler: h, options: o},
		endpoint: endpoint.New(o.endpoint),
	}
}

type httpHandler struct {
	service  service
	endpoint *endpoint.Endpoint
}

// ServeHTTP serves one call.
func (h *httpHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	endpoint.Serve(h.endpoint, w, r, &h.service)
}

// incoming is one decoded call.
type incoming struct {
	call     call
	handler  Handler
	fallback Handler
}

// service is the standard kind of webhook.
type service struct {
	handler Handler
	options *options
	answers atomic.Int64 // bytes of the last one
}

// Decode reads the request and finds its handler and the terms of that.
func (s *service) Decode(_ *http.Request, body []byte, record *Call) (*incoming, endpoint.Terms, error) {
	in := &incoming{fallback: s.options.fallback}
	in.call = call{raw: body, limits: s.options.limits, logger: s.options.endpoint.Logger, id: record.ID, answers: &s.answers}
	terms := endpoint.Terms{Deadline: s.options.deadline}
	if err := s.read(&in.call, record); err != nil {
		return nil, terms, endpoint.Refuse(http.StatusBadRequest, endpoint.ReasonMalformed, "the body is not a webhook request", err)
	}

	in.handler = s.handler
	if m, ok := in.handler.(*Mux); ok {
		h, err := m.route(record.Tag)
		if err != nil {
			return nil, terms, &endpoint.Refusal{Reason: endpoint.ReasonTag, Err: err}
		}
		in.handler = h
	}
	if t, ok := in.handler.(*timed); ok {
		in.handler, terms.Deadline = t.handler, t.deadline
		if t.fallback != nil {
			in.fallback = t.fallback
		}
	}
	terms.Fallback = in.fallback != nil
	if _, ok := in.handler.(rawHandler); !ok {
		if _, err := in.call.message(); err != nil { // here, so that the handler has all of its time
			return nil, terms, err
		}
	}
	return in, terms, nil
}

// read decodes the body, or only scans it where a handler may do with that.
func (s *service) read(c *call, record *Call) error {
	if !takesRaw(s.handler) {
		req, err := c.message()
		if err != nil {
			return err
		}
		record.Tag, record.Session, record.ResponseID = req.GetFulfillmentInfo().GetTag(), req.GetSessionInfo().GetSession(), req.GetDetectIntentResponseId()
		return nil
	}
	raw, err := c.scanned()
	if err != nil {
		return err
	}
	record.Tag, record.Session, record.ResponseID = raw.Tag(), raw.Session(), raw.ResponseID()
	return nil
}

// takesRaw reports whether calls of h may end in a handler that needs no
// message.
func takesRaw(h Handler) bool {
	switch h := h.(type) {
	case *Mux:
		return h.takesRaw()
	case *timed:
		return takesRaw(h.handler)
	case rawHandler:
		return true
	}
	return false
}

// Run calls the handler and encodes what it answers.
func (s *service) Run(ctx context.Context, in *incoming) (endpoint.Answer, error) {
	return in.call.serve(ctx, in.handler)
}

// Fallback does the same with the fallback. It is a call of its own, since the
// late handler may be changing the message of the first.
func (s *service) Fallback(ctx context.Context, in *incoming) (endpoint.Answer, error) {
	c := &call{raw: in.call.raw, limits: in.call.limits, logger: in.call.logger, id: in.call.id, answers: &s.answers}
	return c.serve(ctx, in.fallback)
}

// serve calls a handler and encodes what it answers.
func (c *call) serve(ctx context.Context, h Handler) (endpoint.Answer, error) {
	if r, ok := h.(rawHandler); ok {
		raw, err := c.scanned()
		if err != nil {
			return endpoint.Answer{}, err
		}
		resp, err := r.serveRaw(withCall(ctx, c), raw)
		return c.encoded(ctx, resp, err)
	}
	req, err := c.message()
	if err != nil {
		return endpoint.Answer{}, err
	}
	resp, err := h.ServeWebhook(withCall(ctx, c), req)
	return c.encoded(ctx, resp, err)
}

// encoded turns what a handler returned into the answer of the call.
func (c *call) encoded(ctx context.Context, resp *cxpb.WebhookResponse, err error) (a endpoint.Answer, _ error) {
	if err != nil {
		var param *ParamError
		if errors.As(err, &param) {
			err = &endpoint.Refusal{Reason: endpoint.ReasonParameter, Err: err}
		}
		return a, err
	}
	a.ContentType = "application/json"
	if resp == nil {
		a.Body = []byte("{}")
		return a, nil
	}
	if err := c.check(ctx, resp); err != nil {
		return a, endpoint.Refuse(http.StatusInternalServerError, endpoint.ReasonInvalid, "the response is not valid", err)
	}
	if a.Body, err = webhookjson.Append(make([]byte, 0, c.room()), resp); err != nil {
		return a, endpoint.Refuse(http.StatusInternalServerError, endpoint.ReasonInvalid, "the response cannot be encoded", err)
	}
	if c.answers != nil {
		c.answers.Store(int64(len(a.Body)))
	}
	if len(a.Body) > MaxResponseBytes {
		return a, endpoint.TooLarge(len(a.Body), breakdown(resp))
	}
	return a, nil
}

// leastRoom is how much room an answer gets where nothing is known about it.
const leastRoom = 512

// room returns how much room the answer gets: somewhat more than the last one
// of the endpoint needed.
func (c *call) room() int {
	if c.answers == nil {
		return leastRoom
	}
	last := int(c.answers.Load())
	return min(max(last+last/8, leastRoom), MaxResponseBytes)
}

// breakdown tells how many bytes each part of a response takes.
func breakdown(resp *cxpb.WebhookResponse) string {
	parts := []struct {
		name string
		only *cxpb.WebhookResponse
	}{
		{"messages", &cxpb.WebhookResponse{FulfillmentResponse: resp.GetFulfillmentResponse()}},
		{"parameters", &cxpb.WebhookResponse{SessionInfo: resp.GetSessionInfo()}},
		{"page", &cxpb.WebhookResponse{PageInfo: resp.GetPageInfo()}},
		{"payload", &cxpb.WebhookResponse{Payload: resp.GetPayload()}},
	}
	var b strings.Builder
	for _, p := range parts {
		if proto.Size(p.only) == 0 {
			continue
		}
		encoded, err := webhookjson.Append(nil, p.only)
		if err != nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %d", p.name, len(encoded)-len("{}"))
	}
	return b.String()
}

// TimeLimit gives one handler a timeout of its own, of the same meaning and
// bounds as [WithTimeout], where webhooks of different timeouts share an
// endpoint. The fallback may be nil: then the endpoint's own stands in. A
// handler below a [Mux] may have a longer time than its endpoint; called in
// any other way its context ends at the deadline, and it must heed that.
func TimeLimit(h Handler, timeout time.Duration, fallback Handler) Handler {
	if isNil(h) {
		panic("cx: nil handler")
	}
	return &timed{handler: h, deadline: deadlineOf(timeout), fallback: fallback}
}

type timed struct {
	handler  Handler
	deadline time.Duration
	fallback Handler
}

// ServeWebhook calls the handler with the deadline in its context.
func (t *timed) ServeWebhook(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, t.deadline)
	defer cancel()
	return t.handler.ServeWebhook(ctx, req)
}
