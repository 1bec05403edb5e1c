package cx_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"google.golang.org/protobuf/encoding/protojson"
)

// fourKB returns the JSON of a call of about 4 KB: parameters of every kind,
// queued messages, a form and a payload, as Dialogflow prints them.
func fourKB(tb testing.TB) []byte {
	tb.Helper()
	params := map[string]any{
		"order-id": "A-10442", "count": 3, "price": 19.5, "express": true, "draft": nil,
		"when":    map[string]any{"year": 2026, "month": 11, "day": 22},
		"contact": map[string]any{"name": "Ada Example", "original": "ada example"},
	}
	for i := range 16 {
		params[fmt.Sprintf("extra-%02d", i)] = map[string]any{"label": strings.Repeat("x", 20), "rank": i, "tags": []string{"a", "b"}}
	}
	var messages []any
	for i := range 6 {
		text := fmt.Sprintf("Message %d says \u003cb\u003esomething\u003c/b\u003e of medium length to the end-user.", i)
		messages = append(messages, map[string]any{
			"text": map[string]any{"text": []string{text}, "redactedText": []string{text}}, "responseType": "HANDLER_PROMPT", "source": "VIRTUAL_AGENT",
		})
	}
	body, err := json.MarshalIndent(map[string]any{
		"detectIntentResponseId": "00000000-0000-0000-0000-000000000001",
		"pageInfo": map[string]any{"displayName": "Confirm", "formInfo": map[string]any{"parameterInfo": []any{
			map[string]any{"displayName": "size", "required": true, "state": "FILLED", "value": "M"},
		}}},
		"sessionInfo":     map[string]any{"session": "projects/p/locations/global/agents/a/sessions/s", "parameters": params},
		"fulfillmentInfo": map[string]any{"tag": "confirm-order"},
		"messages":        messages,
		"text":            "yes please",
		"languageCode":    "en",
	}, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

type fiveParams struct {
	ID      string  `cx:"order-id,required"`
	Count   int64   `cx:"count,required"`
	Price   float64 `cx:"price"`
	Express bool    `cx:"express"`
	When    cx.Date `cx:"when"`
}

func BenchmarkTyped(b *testing.B) {
	body := fourKB(b)
	var req cxpb.WebhookRequest
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, &req); err != nil {
		b.Fatal(err)
	}
	var last fiveParams
	h := cx.Typed(func(_ context.Context, in fiveParams) (*cxpb.WebhookResponse, error) {
		last = in
		return nil, nil
	})
	ctx := b.Context()
	b.Run("body", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if _, err := cx.ServeBody(ctx, h, body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("message", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := h.ServeWebhook(ctx, &req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Bind", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := cx.Bind(&req, &last); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Param", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := cx.Param[int64](&req, "count"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("protojson decode alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var req cxpb.WebhookRequest
			if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, &req); err != nil {
				b.Fatal(err)
			}
		}
	})
	if last.ID != "A-10442" || last.Count != 3 || last.When.Year != 2026 {
		b.Fatalf("bound %+v", last)
	}
}
