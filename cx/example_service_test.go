package cx_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/cxtest"
)

type order struct {
	Size  string `cx:"size,required"` // a session parameter; intent:, form: and payload: are the other sources
	Count int64  `cx:"count"`
}

func confirm(_ context.Context, in order) (*cxpb.WebhookResponse, error) {
	return cx.Respond(
		cx.Textf("%d shirts in %s, on their way.", in.Count, in.Size),
		cx.SetParam("cancel-period", 2),
		cx.ClearParam("draft"), // an explicit null: the only way to make the session forget
	)
}

func serve(ctx context.Context, guard func(http.Handler) http.Handler) error {
	hooks := cx.NewMux() // routes on fulfillmentInfo.tag
	hooks.Handle("confirm-order", cx.Typed(confirm))
	r := cx.NewRouter() // a gorilla/mux router without redirects, with /health
	r.Handle("/webhook", guard(cx.NewHTTPHandler(hooks))).Methods("POST")
	return cx.Serve(ctx, r) // PORT, timeouts, drain on SIGTERM
}

// A whole service, stopped as soon as it runs.
func ExampleServe() {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	open := func(h http.Handler) http.Handler { return h } // for the example only
	fmt.Println(serve(ctx, open))
	// Output: <nil>
}

func TestServiceOfTheReadme(t *testing.T) {
	t.Parallel()
	hooks := cx.NewMux()
	hooks.Handle("confirm-order", cx.Typed(confirm))
	sorry := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return cx.Respond(cx.Text("That takes longer than usual, I am sorry."))
	})
	service :=
		cx.NewHTTPHandler(hooks, cx.WithTimeout(10*time.Second), cx.WithFallback(sorry))
	a := cxtest.New(t, service).Call(cxtest.Request("confirm-order",
		cxtest.Param("size", "XL"), cxtest.Param("count", 3), cxtest.Param("draft", true)))
	a.WantTexts("3 shirts in XL, on their way.")
	a.WantParams(map[string]any{"cancel-period": 2, "draft": nil})
}

// The status of an error decides which event the agent raises.
func ExampleErrorf() {
	find := func(id string) (*cxpb.WebhookResponse, error) {
		err := fmt.Errorf("row %s is missing", id)
		return nil, cx.Errorf(http.StatusNotFound, "no order %q", id).WithCause(err)
	}
	_, err := find("17")
	fmt.Println(err)
	// Output: no order "17": row 17 is missing
}

// Handlers are found by the fulfillment's tag.
func ExampleMux() {
	hooks := cx.NewMux()
	hooks.HandleFunc("greet", func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return cx.Respond(cx.Textf("Hello in %s.", req.GetLanguageCode()))
	})
	resp, err := hooks.ServeWebhook(context.Background(), &cxpb.WebhookRequest{
		FulfillmentInfo: &cxpb.WebhookRequest_FulfillmentInfo{Tag: "greet"}, LanguageCode: "en",
	})
	fmt.Println(hooks.Tags(), resp.GetFulfillmentResponse().GetMessages()[0].GetText().GetText(), err)
	// Output: [greet] [Hello in en.] <nil>
}
