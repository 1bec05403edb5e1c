package main

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// serve runs the program over TLS, as whatever stands before it would, and
// returns the webhook's resource.
func serve(t *testing.T, issuer *cxtest.Issuer, project string) *cxpb.Webhook {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "https://" + listener.Addr().String() + "/webhook"
	env := map[string]string{"WEBHOOK_URL": url, "WEBHOOK_PROJECT_NUMBER": project}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		secure := &tls.Config{Certificates: []tls.Certificate{issuer.ServerCertificate("127.0.0.1")}, MinVersion: tls.VersionTLS12}
		done <- run(ctx, func(name string) string { return env[name] }, issuer.Client(),
			cx.WithListener(listener), cx.WithTLS(secure), cx.WithDrain(0, cx.DefaultTimeout))
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return &cxpb.Webhook{Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{
		Uri: url, AllowedCaCerts: [][]byte{issuer.Root().Raw},
	}}}
}

func TestAgentsOfTheProject(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	w := serve(t, issuer, cxtest.ProjectNumber)
	call := func(opts ...caller.Option) *cxtest.Caller {
		return cxtest.NewWebhook(t, w, caller.ToResource(), append(opts, caller.AllowLocal())...)
	}
	call(issuer.Options()...).Call(cxtest.Request("any")).WantTexts("Hello, " + issuer.ServiceAgent() + ".")
	call(caller.Unauthenticated()).Fails(cxtest.Request("any"), caller.EventRejected)
	for name, changes := range map[string]map[string]any{
		"another project":  {"email": "service-1@gcp-sa-dialogflow.iam.gserviceaccount.com"},
		"another audience": {"aud": "https://other.example.com/webhook"},
		"expired":          {"exp": 1},
	} {
		t.Log(name)
		call(caller.WithTokens(func(_ context.Context, r caller.TokenRequest) (string, error) {
			return issuer.IDToken(r.Audience, changes)
		})).Fails(cxtest.Request("any"), caller.EventRejected)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	for _, env := range []map[string]string{
		nil,
		{"WEBHOOK_URL": "https://hook.example.com/webhook"},
		{"WEBHOOK_URL": "hook.example.com", "WEBHOOK_PROJECT_NUMBER": "1"},
		{"WEBHOOK_URL": "https://hook.example.com/webhook", "WEBHOOK_PROJECT_NUMBER": "my-project"},
	} {
		if err := run(t.Context(), func(name string) string { return env[name] }, nil); err == nil || !strings.Contains(err.Error(), "WEBHOOK_") {
			t.Errorf("%v: %v, want an error that names the variables", env, err)
		}
	}
}
