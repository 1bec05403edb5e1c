package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx"
)

func main() {
	if err := run(context.Background(), os.Getenv, nil); err != nil {
		slog.Error("idtoken", "error", err)
		os.Exit(1)
	}
}

// run serves until the process is told to end. Google's keys are fetched by
// client, nil for the usual one.
func run(ctx context.Context, getenv func(string) string, client *http.Client, opts ...cx.ServeOption) error {
	keys, err := auth.NewKeySet(auth.KeySetConfig{URL: auth.GoogleKeysURL, Client: client})
	if err != nil {
		return err
	}
	defer keys.Close()
	guard, err := newGuard(getenv("WEBHOOK_URL"), getenv("WEBHOOK_PROJECT_NUMBER"), keys)
	if err != nil {
		return err
	}
	if err := keys.Refresh(ctx); err != nil {
		slog.Warn("Google's keys are fetched with the first call", "error", err)
	}
	hooks := cx.NewMux()
	hooks.Fallback(cx.HandlerFunc(greet))
	r := cx.NewRouter()
	r.Handle("/webhook", guard(cx.NewHTTPHandler(hooks))).Methods(http.MethodPost)
	started := cx.WithStarted(func(a net.Addr) { fmt.Printf("The webhook answers at %s/webhook; Ctrl-C ends it.\n", a) })
	return cx.Serve(ctx, r, append([]cx.ServeOption{started}, opts...)...)
}

// newGuard lets in the agents of one project.
func newGuard(url, projectNumber string, keys *auth.KeySet) (func(http.Handler) http.Handler, error) {
	if url == "" || projectNumber == "" {
		return nil, errors.New("idtoken: WEBHOOK_URL and WEBHOOK_PROJECT_NUMBER must be set")
	}
	v, err := auth.NewIDToken(auth.IDTokenConfig{
		Audiences:      []string{url},           // as it stands in the console
		ProjectNumbers: []string{projectNumber}, // whose agents may call
		Keys:           keys,                    // Google's, fetched and kept
	})
	if err != nil {
		return nil, fmt.Errorf("idtoken: WEBHOOK_URL or WEBHOOK_PROJECT_NUMBER: %w", err)
	}
	return auth.Require(v), nil
}

// greet says who calls, which handlers may ask for.
func greet(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	id, _ := auth.IdentityFrom(ctx)
	return cx.Respond(cx.Textf("Hello, %s.", id.Subject))
}
