package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
)

// maxRefundCents is what the desk refunds by itself; a person decides on more.
const maxRefundCents = 10000

// Hooks are the handlers of the desk.
type Hooks struct {
	Desk *Desk
	Now  func() time.Time
}

// Mux returns the handlers by tag.
func (h *Hooks) Mux() *cx.Mux {
	m := cx.NewMux()
	m.Handle("order-status", cx.Typed(h.status))
	m.Handle("reschedule-delivery", cx.Typed(h.reschedule))
	m.Handle("refund", cx.Typed(h.refund))
	m.Handle("catalogue", cx.Typed(h.catalogue))
	m.Handle("archived-order", cx.Typed(h.archived))
	return m
}

// order finds an order of the customer, or fails as a trial number says.
func (h *Hooks) order(number string) (Order, error) {
	if err := trial(number); err != nil {
		return Order{}, err
	}
	return h.Desk.Order(number)
}

type statusIn struct {
	Number string `cx:"order_number,required"`
}

func (h *Hooks) status(_ context.Context, in statusIn) (*cxpb.WebhookResponse, error) {
	o, err := h.order(in.Number)
	if err != nil {
		return askAgain(in.Number, err)
	}
	return cx.Respond(
		cx.TextVariants(
			fmt.Sprintf("Your %s is %s.", o.Item, o.State),
			fmt.Sprintf("Order %s, the %s, is %s.", o.Number, o.Item, o.State),
		),
		cx.SetParams(map[string]any{"order_state": o.State, "order_item": o.Item}),
		cx.ClearParam("order_problem"),
	)
}

// askAgain makes the agent's form ask for the order number once more. A
// number that nobody knows is no failure of the webhook.
func askAgain(number string, err error) (*cxpb.WebhookResponse, error) {
	if e, ok := errors.AsType[*cx.Error](err); ok {
		return nil, e // its status is on purpose
	}
	if !errors.Is(err, ErrUnknownOrder) {
		return nil, cx.Errorf(http.StatusServiceUnavailable, "the order desk is closed").WithCause(err)
	}
	return cx.Respond(
		cx.Textf("I cannot find an order %s.", number),
		cx.InvalidateFormParam("order_number"),
		cx.SetParam("order_problem", "unknown"),
	)
}

type rescheduleIn struct {
	Number string  `cx:"order_number,required"`
	Day    cx.Date `cx:"delivery_day,required"`
}

func (h *Hooks) reschedule(_ context.Context, in rescheduleIn) (*cxpb.WebhookResponse, error) {
	o, err := h.order(in.Number)
	if err != nil {
		return askAgain(in.Number, err)
	}
	if o.State == "delivered" {
		return cx.Respond(
			cx.Textf("Your %s was delivered already.", o.Item),
			cx.SetParam("order_problem", "delivered"),
		)
	}
	day := in.Day.In(time.UTC)
	if problem := h.unfit(day); problem != "" {
		return cx.Respond(
			cx.Text(problem),
			cx.InvalidateFormParam("delivery_day"),
		)
	}
	if err := h.Desk.Reschedule(o.Number, day); err != nil {
		return nil, err
	}
	return cx.Respond(
		cx.Textf("Your %s comes on %s.", o.Item, day.Format("Monday, 2 January 2006")),
		cx.SetParam("delivery_text", day.Format("2 January 2006")),
		cx.ClearParam("order_problem"),
	)
}

// unfit says why nothing can be delivered on a day.
func (h *Hooks) unfit(day time.Time) string {
	switch {
	case day.Before(h.Now()):
		return "That day is over. Which day suits you?"
	case day.Weekday() == time.Sunday:
		return "We do not deliver on Sundays. Which other day suits you?"
	}
	return ""
}

type refundIn struct {
	Number string `cx:"order_number,required"`
	Reason string `cx:"refund_reason"`
}

func (h *Hooks) refund(_ context.Context, in refundIn) (*cxpb.WebhookResponse, error) {
	o, err := h.order(in.Number)
	if err != nil {
		return askAgain(in.Number, err)
	}
	if o.PaidCents > maxRefundCents {
		return cx.Respond(
			cx.Text("A colleague has to look at this. I am putting you through."),
			cx.LiveAgentHandoff(map[string]any{"queue": "refunds", "order": o.Number, "reason": in.Reason}),
		)
	}
	cents, err := h.Desk.Refund(o.Number)
	if err != nil {
		return nil, err
	}
	return cx.Respond(
		cx.Textf("I have refunded %s for your %s.", euros(cents), o.Item),
		cx.SetParam("refund_cents", cents),
		cx.ConversationSuccess(map[string]any{"refund": o.Number}),
	)
}

type catalogueIn struct {
	Category string `cx:"category"`
}

func (h *Hooks) catalogue(_ context.Context, in catalogueIn) (*cxpb.WebhookResponse, error) {
	products := h.Desk.Products(in.Category)
	if len(products) == 0 {
		return cx.Respond(cx.Textf("We have nothing in %s. We have kitchen and office goods.", in.Category))
	}
	cards := make([]any, 0, len(products))
	for _, p := range products {
		cards = append(cards, map[string]any{"type": "info", "title": p.Name, "subtitle": euros(p.Cents), "metadata": map[string]any{"code": p.Code}})
	}
	return cx.Respond(
		cx.Textf("Here is what we have, %d articles.", len(products)),
		cx.CustomPayload(map[string]any{"richContent": []any{cards}}),
	)
}

func euros(cents int64) string { return fmt.Sprintf("€%d.%02d", cents/100, cents%100) }
