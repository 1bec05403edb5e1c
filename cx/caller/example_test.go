package caller_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
)

func Example() {
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "k" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{
			"fulfillmentResponse": {"messages": [{"text": {"text": ["Your order is on its way."]}}]},
			"sessionInfo": {"parameters": {"order-id": null, "status": "shipped"}}
		}`)
	})
	w := &cxpb.Webhook{Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{
		Uri:            "https://orders.example.com/webhook",
		RequestHeaders: map[string]string{"x-api-key": "k"},
	}}}
	c, err := caller.New(w, caller.ToHandler(service))
	if err != nil {
		log.Fatal(err)
	}
	req := &cxpb.WebhookRequest{
		FulfillmentInfo: &cxpb.WebhookRequest_FulfillmentInfo{Tag: "order-status"},
		SessionInfo:     &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"order-id": structpb.NewNumberValue(17)}},
	}

	res, err := c.Call(context.Background(), &caller.Turn{Request: req})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Messages[0].GetText().GetText()[0])
	fmt.Println(res.Session)

	res, err = c.Call(context.Background(), &caller.Turn{Request: req, Headers: map[string]string{"X-API-Key": "wrong"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Event(), res.StatusCode)
	// Output:
	// Your order is on its way.
	// map[status:shipped]
	// webhook.error.rejected 401
}

// The same caller for a flexible webhook: the resource defines the request and
// maps the answer.
func Example_flexible() {
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL, r.Header.Get("X-Trace"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"order": {"status": "shipped", "parcels": [{"code": "P1"}]}}`)
	})
	w, err := flexible.LoadWebhook([]byte(`{
		"displayName": "find-order",
		"genericWebService": {
			"uri": "https://orders.example.com/orders/$session.params.order-id?lang=$request.language",
			"webhookType": "FLEXIBLE",
			"httpMethod": "GET",
			"requestHeaders": {"X-Trace": "$sys.func.UPPER($flow.trace)"},
			"parameterMapping": {"status": "$.order.status", "$flow.parcel": "$.order.parcels[0].code", "note": "$.order.note"}
		},
		"timeout": "10s"
	}`))
	if err != nil {
		log.Fatal(err)
	}
	c, err := caller.New(w, caller.ToHandler(service))
	if err != nil {
		log.Fatal(err)
	}
	res, err := c.Call(context.Background(), &caller.Turn{Scopes: caller.Scopes{
		Session: map[string]any{"order-id": "A/17", "note": "call back"},
		Flow:    map[string]any{"trace": "t1"},
		Request: map[string]any{"language": "en"},
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Session, res.Flow)
	// Output:
	// GET /orders/A%2F17?lang=en T1
	// map[order-id:A/17 status:shipped] map[parcel:P1 trace:t1]
}

// A policy of one's own decides what is tried once more.
func ExampleWithRetry() {
	attempts := 0
	busy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		attempts++
		w.WriteHeader(http.StatusTooManyRequests)
	})
	w := &cxpb.Webhook{Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{
		Uri: "https://orders.example.com/webhook",
	}}}
	statuses := []int{http.StatusTooManyRequests}
	c, err := caller.New(w, caller.ToHandler(busy), caller.WithRetry(func(f *caller.Failure) bool {
		return f.Kind == caller.BadStatus && slices.Contains(statuses, f.StatusCode)
	}))
	if err != nil {
		log.Fatal(err)
	}
	res, err := c.Call(context.Background(), &caller.Turn{Request: &cxpb.WebhookRequest{}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Failure, attempts)
	// Output: caller: bad status 429 Too Many Requests 2
}
