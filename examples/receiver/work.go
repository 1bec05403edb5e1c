package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/flexible/events"
)

// work is what the service does with events. A real one would build, book and
// ship; this one logs.
type work struct {
	effects once.Store
}

// handlers work on events after they were answered.
func (w *work) handlers() map[string]events.HandlerFunc {
	handlers := map[string]events.HandlerFunc{
		"build": w.build, "book": w.book, "note": w.note, "ship": w.ship,
	}
	maps.Copy(handlers, events.ChatHandlers{MessageIn: w.messageIn, DeviceConnected: w.device, DeviceDisconnected: w.device}.Handlers())
	return handlers
}

// runs answer events while the sender waits.
func (w *work) runs() map[string]events.RunFunc {
	return map[string]events.RunFunc{"quote": w.quote}
}

func (w *work) note(ctx context.Context, d events.Delivery) error {
	slog.InfoContext(ctx, "noted", "tenant", d.Tenant, "type", d.Type)
	return nil
}

func (w *work) build(ctx context.Context, d events.Delivery) error {
	var push struct{ Ref, Tenant string }
	if err := json.Unmarshal(d.Payload, &push); err != nil {
		return events.Permanent(err)
	}
	slog.InfoContext(ctx, "building", "ref", push.Ref, "tenant", push.Tenant)
	return nil
}

// book books a payment once, however often its event is delivered. The key
// goes to the system that books, so that it too knows a repetition.
func (w *work) book(ctx context.Context, d events.Delivery) error {
	receipt, err := events.Effect(ctx, w.effects, d, "book", time.Minute, func(_ context.Context, key once.Key) ([]byte, error) {
		return []byte("receipt-" + key[:8]), nil
	})
	if err != nil {
		return err
	}
	slog.InfoContext(ctx, "booked", "receipt", string(receipt))
	return nil
}

func (w *work) ship(ctx context.Context, d events.Delivery) error {
	var skus []string
	if err := json.Unmarshal(d.Vars["skus"], &skus); err != nil {
		return events.Permanent(fmt.Errorf("skus: %w", err))
	}
	slog.InfoContext(ctx, "shipping", "parcels", len(skus), "shop", string(d.Vars["shop"]), "channel", string(d.Vars["channel"]))
	return nil
}

func (w *work) quote(_ context.Context, d events.Delivery) (*events.Reply, error) {
	var grams int
	if err := json.Unmarshal(d.Vars["grams"], &grams); err != nil || grams <= 0 {
		return nil, flexible.Errorf(http.StatusUnprocessableEntity, "grams must be a whole number above 0")
	}
	return &events.Reply{
		Header: map[string]string{"Content-Type": "application/json"},
		Body:   fmt.Sprintf(`{"cents":%d}`, 300+grams/2),
	}, nil
}

func (w *work) messageIn(ctx context.Context, e events.ChatEvent) error {
	slog.InfoContext(ctx, "message", "conversation", string(e.ConversationID), "need_human", e.NeedHuman)
	return nil
}

func (w *work) device(ctx context.Context, e events.ChatEvent) error {
	device := ""
	if e.Device != nil { // the platform may send none
		device = string(e.Device.ID)
	}
	slog.InfoContext(ctx, "device", "event", e.Event, "device", device)
	return nil
}
