package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/oauth2/clientcredentials"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
)

//go:embed contact.json
var resource []byte

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run starts the stand-in, calls it as Dialogflow would for the telephone
// number of the arguments, and prints the session's parameters.
func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: salesforce PHONE, for example +15550123")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	srv := &http.Server{
		Handler: &StandIn{
			ClientID: "dialogflow", ClientSecret: "a-secret-of-the-example",
			Contacts: []Contact{{"003AA000001", "Ada Byron", "+15550123"}, {"003AA000002", "Alan Turing", "+15550124"}},
		},
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() { _ = srv.Serve(listener) }() // ends with Close
	defer func() { _ = srv.Close() }()

	result, err := lookUp(ctx, "http://"+listener.Addr().String(), args[0])
	if err != nil {
		return err
	}
	out, err := json.MarshalIndent(result.Session, "", "  ")
	if err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	fmt.Println(string(out))
	return nil
}

// lookUp calls the webhook at another address than its resource names.
func lookUp(ctx context.Context, base, phone string) (*caller.Result, error) {
	w, err := flexible.LoadWebhook(resource)
	if err != nil {
		return nil, err
	}
	c, err := caller.New(w, caller.ToURL(base), caller.AllowLocal(), caller.WithTokens(tokens(base)))
	if err != nil {
		return nil, err
	}
	result, err := c.Call(ctx, &caller.Turn{Scopes: caller.Scopes{Session: map[string]any{"phone": phone}}})
	switch {
	case err != nil:
		return nil, err
	case result.Failure != nil:
		return nil, fmt.Errorf("salesforce: the agent would raise %s: %w", result.Event(), result.Failure)
	}
	return result, nil
}

// tokens fetches what the resource's oauthConfig describes, from the same path
// of another host.
func tokens(base string) func(context.Context, caller.TokenRequest) (string, error) {
	return func(ctx context.Context, r caller.TokenRequest) (string, error) {
		endpoint, err := url.Parse(r.OAuth.GetTokenEndpoint())
		if err != nil {
			return "", fmt.Errorf("salesforce: token endpoint: %w", err)
		}
		config := clientcredentials.Config{
			ClientID: r.OAuth.GetClientId(), ClientSecret: r.OAuth.GetClientSecret(),
			TokenURL: base + endpoint.RequestURI(), Scopes: r.OAuth.GetScopes(),
		}
		token, err := config.Token(ctx)
		if err != nil {
			return "", fmt.Errorf("salesforce: %w", err)
		}
		return token.AccessToken, nil
	}
}
