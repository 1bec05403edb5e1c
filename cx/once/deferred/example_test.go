package deferred_test

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/deferred"
)

// A quote takes longer than a call may. The session is told so, and gets the
// quote at a later call, once.
func Example() {
	store, err := once.NewMemory(once.MemoryConfig{}) // or that of cx/once/jetstream
	if err != nil {
		fmt.Println(err)
		return
	}
	late, err := deferred.New(deferred.Config{Store: store, Patience: 10 * time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	quote := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		time.Sleep(200 * time.Millisecond)
		return cx.Respond(cx.Text("It is 17 euros."))
	})
	hooks := cx.NewMux()
	hooks.Handle("quote", late.Handle("quote", quote, saying("I am asking for the price.")))
	hooks.Handle("quote-ready", late.Collect("quote", saying("No price yet.")))

	call := func(tag string) {
		resp, err := hooks.ServeWebhook(context.Background(), &cxpb.WebhookRequest{
			FulfillmentInfo: &cxpb.WebhookRequest_FulfillmentInfo{Tag: tag},
			SessionInfo:     &cxpb.SessionInfo{Session: "projects/p/locations/l/agents/a/sessions/s"},
		})
		fmt.Println(texts(resp), err)
	}
	call("quote")
	call("quote-ready")
	if err := late.Drain(context.Background()); err != nil { // some time passes
		fmt.Println(err)
	}
	call("quote-ready")
	call("quote-ready")
	// Output:
	// I am asking for the price. <nil>
	// No price yet. <nil>
	// It is 17 euros. <nil>
	// No price yet. <nil>
}
