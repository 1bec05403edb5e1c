package events_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
)

// A payment is verified, recorded, answered and booked once, although it comes
// twice.
func Example() {
	quiet := slog.New(slog.DiscardHandler)
	secrets := auth.FixedSecrets("whsec_0123456789abcdef")
	store, _ := once.NewMemory(once.MemoryConfig{})
	queue, _ := events.NewMemoryQueue(events.MemoryQueueConfig{Logger: quiet})
	stripe, _ := events.Stripe(events.SenderConfig{Secrets: secrets})

	book := func(ctx context.Context, d events.Delivery) error {
		_, err := events.Effect(ctx, store, d, "book", time.Minute, func(context.Context, once.Key) ([]byte, error) {
			fmt.Println("booked", d.ID)
			return nil, nil
		})
		return err
	}
	handlers := map[string]events.HandlerFunc{"payment_intent.succeeded": book}
	receiver, err := events.NewReceiver(events.Config{
		Sources: []events.Source{stripe}, Handlers: handlers, Queue: queue, Once: store, Logger: quiet,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	work, _ := events.NewWorkHandler(events.WorkConfig{Handlers: handlers, Logger: quiet})
	workers := events.StartWorkers(queue, work.Deliver)

	signer, _ := auth.NewSignatureSigner(auth.SignatureSignerConfig{Scheme: auth.StripeSignature(), Secret: auth.NewSecret("whsec_0123456789abcdef")})
	body := `{"id":"evt_1","type":"payment_intent.succeeded"}`
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/webhook/stripe", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		_ = signer.Sign(r, []byte(body))
		w := httptest.NewRecorder()
		receiver.ServeHTTP(w, r)
		answer, _ := io.ReadAll(w.Body)
		fmt.Println(w.Code, string(answer))
	}
	fmt.Println("lost:", workers.Shutdown(context.Background()))
	// Unordered output:
	// 200 ok
	// booked evt_1
	// 200 ok
	// lost: <nil>
}

// A pasted URL offers its values, nested ones by their paths.
func ExamplePropose() {
	picks, _ := events.Propose("https://shop.example/hook?query[0][a]=1&b[c]=2")
	for _, p := range picks {
		fmt.Println(p.From, p.Path, "as", p.Alias)
	}
	// Output:
	// query b.c as b_c
	// query query[0].a as query_0_a
}

// Every mistake of a file is told, with its line.
func ExampleReadConfig() {
	_, err := events.ReadConfig(context.Background(), "hooks.yaml", []byte(`events-webhook:
  secret_header: X-Hook-Secret
  secret_key: short
  flows: [{triger: [a]}]
rate: {per_second: fast}
`), events.FileOptions{})
	fmt.Println(err)
	// Output:
	// hooks.yaml:3: sources[0].secret_key: auth: secret 1 of 1 is 5 bytes long, need at least 16
	// hooks.yaml:4: sources[0].flows[0]: the key "triger" is unknown; there are branches, default, triggers
	// hooks.yaml:5: rate.per_second: is a text, need a number
}
