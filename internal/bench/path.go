package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx"
)

const (
	hookPath     = "/webhook"
	secretHeader = "X-Api-Key" //nolint:gosec // the name of a header
	secret       = "key-of-the-benchmark-0a1b2c3d4e5f"
	issuer       = "https://issuer.example.com"
	audience     = "https://hooks.example.com/webhook"
	oauthClient  = "dialogflow-client"
)

func staticGuard() (func(http.Handler) http.Handler, error) {
	v, err := auth.NewHeader(auth.HeaderConfig{Name: secretHeader, Secrets: auth.FixedSecrets(secret)})
	if err != nil {
		return nil, err
	}
	return auth.Require(v), nil
}

// tokenGuard returns a guard by signed tokens, and the header of a good one.
func tokenGuard() (guard func(http.Handler) http.Handler, header string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, "", err
	}
	signer, err := auth.NewSigner(auth.SignerConfig{Key: key, KeyID: "k1"})
	if err != nil {
		return nil, "", err
	}
	keys, err := signer.Keys()
	if err != nil {
		return nil, "", err
	}
	now := time.Now()
	token, err := signer.Sign("JWT", map[string]any{
		"iss": issuer, "aud": audience, "client_id": oauthClient, "sub": oauthClient, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		return nil, "", err
	}
	v, err := auth.NewJWT(auth.JWTConfig{Issuer: issuer, Audiences: []string{audience}, Clients: []string{oauthClient}, Keys: keys})
	if err != nil {
		return nil, "", err
	}
	return auth.Require(v), "Bearer " + token, nil
}

var done = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

// wrappers returns what may stand around the webhook's handler, alone: what
// each adds to a call of a handler that does nothing.
func wrappers() ([]contender, error) {
	router := cx.NewRouter()
	router.Handle(hookPath, done).Methods(http.MethodPost)
	static, err := staticGuard()
	if err != nil {
		return nil, err
	}
	token, bearer, err := tokenGuard()
	if err != nil {
		return nil, err
	}
	e := exchange{want: 0}
	withToken := exchange{header: http.Header{"Authorization": {bearer}}}
	return []contender{
		{"nothing", e.through(done)},
		{"router", e.through(router)},
		{"auth, static secret", e.through(static(done))},
		{"auth, signed token", withToken.through(token(done))},
	}, nil
}

// frameworks returns the endpoint with next to nothing to decode and encode,
// and with what can be switched on.
func frameworks() ([]contender, error) {
	hook := func(opts ...cx.Option) http.Handler {
		return cx.NewHTTPHandler(cx.Typed(func(context.Context, struct {
			Missing string `cx:"missing"`
		}) (*cxpb.WebhookResponse, error) {
			return nil, nil
		}), opts...)
	}
	e := exchange{body: []byte("{}"), want: http.StatusOK}
	calls := 0
	return []contender{
		{"nothing", (&exchange{body: e.body}).through(done)},
		{"endpoint", e.through(hook(cx.WithLogger(quiet)))},
		{"endpoint, observer", e.through(hook(cx.WithLogger(quiet), cx.WithObserver(func(context.Context, cx.Call) { calls++ })))},
		{"endpoint, log", e.through(hook(cx.WithLogger(logs())))},
	}, nil
}
