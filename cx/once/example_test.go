package once_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
)

type repeated struct{ hooks *cx.Mux }

func (s repeated) handler() (http.Handler, *once.Group, error) {
	store, err := once.NewMemory(once.MemoryConfig{}) // or jetstream.New, for several instances
	if err != nil {
		return nil, nil, err
	}
	group, err := once.New(once.Config{Store: store, Limit: 9 * time.Second})
	if err != nil {
		return nil, nil, err
	}
	return cx.NewHTTPHandler(s.hooks, cx.WithOnce(group)), group, nil
}

// The order is placed once, although Dialogflow sends the call twice.
func Example() {
	hooks := cx.NewMux()
	orders := 0
	hooks.HandleFunc("place-order", func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		orders++
		return cx.Respond(cx.Textf("That is order %d.", orders))
	})
	handler, group, err := repeated{hooks}.handler()
	if err != nil {
		fmt.Println(err)
		return
	}

	const call = `{"detectIntentResponseId": "7c1a", "fulfillmentInfo": {"tag": "place-order"}}`
	for range 2 {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(call))
		r.Header.Set("Content-Type", "application/json")
		handler.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		fmt.Println(string(body))
	}
	fmt.Printf("%d run, %d replayed\n", group.Stats().Ran, group.Stats().Replayed)
	// Output:
	// {"fulfillmentResponse":{"messages":[{"text":{"text":["That is order 1."]}}]}}
	// {"fulfillmentResponse":{"messages":[{"text":{"text":["That is order 1."]}}]}}
	// 1 run, 1 replayed
}

// Do runs any function once for a key.
func ExampleGroup_Do() {
	store, err := once.NewMemory(once.MemoryConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	group, err := once.New(once.Config{Store: store})
	if err != nil {
		fmt.Println(err)
		return
	}
	charge := func(context.Context) ([]byte, error) {
		fmt.Println("charging")
		return []byte("receipt 1"), nil
	}
	key := once.NewKey([]byte("charge"), []byte("invoice-17"))
	for range 2 {
		receipt, outcome, err := group.Do(context.Background(), key, charge)
		fmt.Println(string(receipt), outcome, err)
	}
	// Output:
	// charging
	// receipt 1 run <nil>
	// receipt 1 replayed <nil>
}
