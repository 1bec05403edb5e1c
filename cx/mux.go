package cx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// MaxTagBytes is the longest tag that a [Mux] accepts.
const MaxTagBytes = 1024

// Mux routes calls to handlers by fulfillmentInfo.tag. It is a [Handler]
// itself: registered in another mux, under a tag or as its fallback, it looks
// up the same tag again.
//
// A call whose tag nobody handles is answered 404, a call without a tag 400,
// unless there is a fallback; a tag with control characters, invalid UTF-8 or
// more than [MaxTagBytes] is always answered 400. Tags are compared byte by
// byte.
//
// Register everything before the first call: registration is not safe while
// calls are served, serving is safe from many goroutines.
type Mux struct {
	handlers map[string]Handler
	fallback Handler
	raw      bool // a handler needs no message
	muxes    []*Mux
}

// NewMux returns an empty mux.
func NewMux() *Mux { return &Mux{handlers: make(map[string]Handler)} }

// Handle registers the handler of a tag. It panics if the tag is empty,
// malformed or taken, or if the handler is nil or a mux that m is registered
// in.
func (m *Mux) Handle(tag string, h Handler) {
	switch {
	case tag == "":
		panic("cx: empty tag registered")
	case badTag(tag) != nil:
		panic(fmt.Sprintf("cx: malformed tag %.100q registered: %v", tag, badTag(tag)))
	case isNil(h):
		panic(fmt.Sprintf("cx: nil handler registered for tag %q", tag))
	case m.handlers[tag] != nil:
		panic(fmt.Sprintf("cx: tag %q registered twice", tag))
	}
	m.note(h)
	m.handlers[tag] = h
}

// note remembers what the way of a call depends on, and panics on a mux that
// leads back to m: a tag that nobody handles would go round for ever.
func (m *Mux) note(h Handler) {
	if t, ok := h.(*timed); ok {
		h = t.handler
	}
	next, ok := h.(*Mux)
	if !ok {
		m.raw = m.raw || takesRaw(h)
		return
	}
	if next.leadsTo(m) {
		panic("cx: mux registered in itself")
	}
	m.muxes = append(m.muxes, next)
}

// leadsTo reports whether other is m or is registered below it.
func (m *Mux) leadsTo(other *Mux) bool {
	return m == other || slices.ContainsFunc(m.muxes, func(next *Mux) bool { return next.leadsTo(other) })
}

func (m *Mux) takesRaw() bool {
	return m.raw || slices.ContainsFunc(m.muxes, (*Mux).takesRaw)
}

// HandleFunc registers a function as the handler of a tag.
func (m *Mux) HandleFunc(tag string, f func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error)) {
	if f == nil {
		panic(fmt.Sprintf("cx: nil handler registered for tag %q", tag))
	}
	m.Handle(tag, HandlerFunc(f))
}

// Fallback registers the handler of the calls that have no tag or one that
// nobody handles. It panics if the handler is nil or a mux that m is
// registered in, or if there is a fallback already.
func (m *Mux) Fallback(h Handler) {
	if isNil(h) {
		panic("cx: nil fallback registered")
	}
	if m.fallback != nil {
		panic("cx: fallback registered twice")
	}
	m.note(h)
	m.fallback = h
}

// Tags returns the registered tags in order, with those of a mux that is the
// fallback.
func (m *Mux) Tags() []string {
	tags := make([]string, 0, len(m.handlers))
	for tag := range m.handlers {
		tags = append(tags, tag)
	}
	if next, ok := m.fallback.(*Mux); ok {
		tags = append(tags, next.Tags()...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// ServeWebhook calls the handler of the request's tag.
func (m *Mux) ServeWebhook(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	h, err := m.route(req.GetFulfillmentInfo().GetTag())
	if err != nil {
		return nil, err
	}
	return h.ServeWebhook(ctx, req)
}

// route returns the handler of a tag, looking through nested muxes.
func (m *Mux) route(tag string) (Handler, error) {
	if err := badTag(tag); err != nil {
		return nil, Errorf(http.StatusBadRequest, "malformed fulfillmentInfo.tag: %v", err)
	}
	h := m.handlers[tag]
	if h == nil {
		h = m.fallback
	}
	switch next, ok := h.(*Mux); {
	case ok:
		return next.route(tag)
	case h != nil:
		return h, nil
	case tag == "":
		return nil, Errorf(http.StatusBadRequest, "the request has no fulfillmentInfo.tag")
	}
	return nil, Errorf(http.StatusNotFound, "no handler for this tag").WithCause(fmt.Errorf("cx: no handler for tag %q", tag))
}

// badTag says what is wrong with a tag, nil if nothing. The text is fit for the
// caller.
func badTag(tag string) error {
	switch {
	case len(tag) > MaxTagBytes:
		return fmt.Errorf("it has %d bytes, at most %d are accepted", len(tag), MaxTagBytes)
	case !utf8.ValidString(tag):
		return errors.New("it is not UTF-8")
	case strings.ContainsFunc(tag, unicode.IsControl):
		return errors.New("it has a control character")
	}
	return nil
}

// isNil reports whether a handler is nil, also inside the interface for the
// kinds that are registered by mistake.
func isNil(h Handler) bool {
	switch h := h.(type) {
	case nil:
		return true
	case HandlerFunc:
		return h == nil
	case *Mux:
		return h == nil
	}
	return false
}
