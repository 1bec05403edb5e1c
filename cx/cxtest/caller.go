package cxtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/internal/answer"
)

// URI is that of the webhook that [New] calls: handlers see its host and path.
const URI = "https://webhook.test/webhook"

// Caller is a caller.Caller that reports to a test: the one of [New], also when
// a subtest calls it, unless [Caller.In] binds it to that. It is safe for
// concurrent use as far as testing.TB is: what ends the test must be called
// from the goroutine of the test.
type Caller struct {
	tb testing.TB
	c  *caller.Caller
}

// New returns a caller of h as a standard webhook at [URI] with the default
// timeout. It and its answers report to tb.
func New(tb testing.TB, h http.Handler, opts ...caller.Option) *Caller {
	tb.Helper()
	w := &cxpb.Webhook{Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{Uri: URI}}}
	return NewWebhook(tb, w, caller.ToHandler(h), opts...)
}

// NewWebhook returns a caller of the webhook that w describes. It and its
// answers report to tb, at whose end it is closed.
func NewWebhook(tb testing.TB, w *cxpb.Webhook, target caller.Target, opts ...caller.Option) *Caller {
	tb.Helper()
	c, err := caller.New(w, target, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return &Caller{tb: tb, c: c}
}

// In returns the caller bound to another test, such as a subtest: calls end
// with its context, failures are its failures. The caller of [New] stays as it
// is.
//
//	t.Run("late", func(t *testing.T) { c.In(t).Call(req).WantTexts("…") })
func (c *Caller) In(tb testing.TB) *Caller { return &Caller{tb: tb, c: c.c} }

// Call calls the webhook with req. A failed call ends the test; [Caller.Fails]
// expects one. Warnings of the call are logged.
func (c *Caller) Call(req *cxpb.WebhookRequest) *Answer {
	c.tb.Helper()
	return c.Turn(&caller.Turn{Request: req})
}

// Turn is [Caller.Call] with all that a turn may hold: headers, scopes. It ends
// the test as well if the call fails.
func (c *Caller) Turn(t *caller.Turn) *Answer {
	c.tb.Helper()
	a := c.call(t)
	if a.Failure != nil {
		c.tb.Fatalf("the call failed, the agent raises %s: %v\n%s", a.Event(), a.Failure, a.describe())
	}
	return a
}

// Fails calls the webhook with req and ends the test unless the call fails
// with the event. The failure itself is the field Failure of the answer.
func (c *Caller) Fails(req *cxpb.WebhookRequest, event string) *Answer {
	c.tb.Helper()
	return c.FailsTurn(&caller.Turn{Request: req}, event)
}

// FailsTurn is [Caller.Fails] with all that a turn may hold, as for credentials
// that are wrong:
//
//	c.FailsTurn(&caller.Turn{Request: req, Headers: map[string]string{"X-Key": "old"}}, caller.EventRejected)
func (c *Caller) FailsTurn(t *caller.Turn, event string) *Answer {
	c.tb.Helper()
	a := c.call(t)
	switch {
	case a.Failure == nil:
		c.tb.Fatalf("the call succeeded, want the event %s\n%s", event, a.describe())
	case a.Event() != event:
		c.tb.Fatalf("the agent raises %s (%v), want %s\n%s", a.Event(), a.Failure, event, a.describe())
	}
	return a
}

func (c *Caller) call(t *caller.Turn) *Answer {
	c.tb.Helper()
	res, err := c.c.Call(c.tb.Context(), t)
	if err != nil {
		c.tb.Fatal(err)
	}
	for _, warning := range res.Warnings {
		c.tb.Logf("warning: %s", warning)
	}
	queued := 0
	if t.Request != nil && res.Response.GetFulfillmentResponse().GetMergeBehavior() != cxpb.WebhookResponse_FulfillmentResponse_REPLACE {
		queued = len(t.Request.GetMessages())
	}
	return &Answer{Result: res, tb: c.tb, queued: queued}
}

// Answer is what a call led to, with checks that report to the test and let it
// go on.
type Answer struct {
	*caller.Result
	tb     testing.TB
	queued int // messages that were there before
}

// describe shows the answer as it came.
func (a *Answer) describe() string {
	return fmt.Sprintf("request:\n%s\nanswer: status %d\n%s", a.Sent, a.StatusCode, a.Body)
}

// WantTexts checks the text messages that the webhook sent, in their order.
// Of a message with several variants the first counts.
func (a *Answer) WantTexts(want ...string) {
	a.tb.Helper()
	var got []string
	for _, m := range a.Messages[a.queued:] {
		if variants := m.GetText().GetText(); len(variants) > 0 {
			got = append(got, variants[0])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		a.tb.Errorf("texts (-want +got):\n%s", diff)
	}
}

// WantParams checks session parameters after the call by name. The wanted
// values may be of any type that marshals to JSON; nil means that there is no
// such parameter. Parameters that are not named are not checked. A value that
// no parameter can have, such as an integer that a double changes, ends the
// test.
func (a *Answer) WantParams(want map[string]any) {
	a.tb.Helper()
	wanted, got := map[string]any{}, map[string]any{}
	for name, value := range want {
		v, err := toValue("parameter", name, value)
		if err != nil {
			a.tb.Fatal(err)
		}
		if plain := v.AsInterface(); plain != nil {
			wanted[name] = plain
		}
		if value, ok := find(a.Session, name); ok && value != nil {
			got[name] = value
		}
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		a.tb.Errorf("session parameters (-want +got):\n%s", diff)
	}
}

// find looks a parameter up by name, without regard to case.
func find(params map[string]any, name string) (any, bool) {
	if v, ok := params[name]; ok {
		return v, true
	}
	for known, v := range params {
		if strings.EqualFold(known, name) {
			return v, true
		}
	}
	return nil, false
}

// WantInvalid checks which form parameters are to be collected again.
func (a *Answer) WantInvalid(names ...string) {
	a.tb.Helper()
	if diff := cmp.Diff(names, a.Invalidated); diff != "" {
		a.tb.Errorf("invalidated form parameters (-want +got):\n%s", diff)
	}
}

// WantTarget checks the page or flow that the answer leads to, by the end of
// its name: a whole name, or its last part such as END_SESSION. The empty
// target means that there is none. A target that is not the full name of a page
// or of a flow is never the wanted one.
func (a *Answer) WantTarget(want string) {
	a.tb.Helper()
	got := a.TargetPage + a.TargetFlow
	if got != "" && !answer.PageName(a.TargetPage) && !answer.FlowName(a.TargetFlow) {
		a.tb.Errorf("target %q is not a full resource name (projects/…/agents/…/flows/…/pages/…), want %q", got, want)
		return
	}
	if got != want && (want == "" || !strings.HasSuffix(got, "/"+want)) {
		a.tb.Errorf("target %q, want %q", got, want)
	}
}

// WantResponse checks the whole answer of a standard webhook against the JSON
// of a WebhookResponse.
func (a *Answer) WantResponse(want string) {
	a.tb.Helper()
	resp := &cxpb.WebhookResponse{}
	if err := protojson.Unmarshal([]byte(want), resp); err != nil {
		a.tb.Fatalf("the wanted response: %v", err)
	}
	if diff := cmp.Diff(resp, a.Response, protocmp.Transform()); diff != "" {
		a.tb.Errorf("response (-want +got):\n%s", diff)
	}
}
