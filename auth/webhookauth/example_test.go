package webhookauth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/webhookauth"
	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
)

// exported is the webhook as the console exports it.
const exported = `{
  "displayName": "orders",
  "genericWebService": {
    "uri": "https://orders.example.com/webhook",
    "serviceAgentAuth": "NONE",
    "secretVersionForUsernamePassword": "projects/my-project/secrets/hook/versions/3"
  }
}`

// One resource makes both sides: the service that verifies, and the caller
// that a test calls it by.
func Example() {
	w, err := flexible.LoadWebhook([]byte(exported))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = webhookauth.New(w, webhookauth.Config{})
	var missing *webhookauth.NeedsError
	if errors.As(err, &missing) {
		fmt.Println("need", missing.Fields[0].Field)
	}

	secrets := map[string]auth.SecretSource{ // of secretmanager.Open in a service
		"projects/my-project/secrets/hook/versions/3": auth.FixedSecrets("agent:4711-kettles-and-lamps"),
	}
	v, err := webhookauth.New(w, webhookauth.Config{Secrets: secrets})
	if err != nil {
		fmt.Println(err)
		return
	}
	guard := auth.Require(v, auth.WithLogger(slog.New(slog.DiscardHandler)))
	hooks := cx.NewMux()
	hooks.Handle("order-status", cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		id, _ := auth.IdentityFrom(ctx)
		return cx.Respond(cx.Textf("hello, %s", id.Subject))
	}))
	service := guard(cx.NewHTTPHandler(hooks))

	call(w, service, caller.WithSecretSources(secrets))
	call(w, service, caller.Unauthenticated())
	// Output:
	// need Secrets["projects/my-project/secrets/hook/versions/3"]
	// hello, agent
	// the agent raises webhook.error.rejected
}

func call(w *cxpb.Webhook, service http.Handler, opt caller.Option) {
	c, err := caller.New(w, caller.ToHandler(service), opt)
	if err != nil {
		fmt.Println(err)
		return
	}
	turn := &caller.Turn{Request: &cxpb.WebhookRequest{FulfillmentInfo: &cxpb.WebhookRequest_FulfillmentInfo{Tag: "order-status"}}}
	res, err := c.Call(context.Background(), turn)
	switch {
	case err != nil:
		fmt.Println(err)
	case res.Failure != nil:
		fmt.Println("the agent raises", res.Event())
	default:
		fmt.Println(res.Messages[0].GetText().GetText()[0])
	}
}
