package main

import (
	"context"
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
	if err := run(context.Background(), os.Getenv, auth.DialogflowClientCerts()); err != nil {
		slog.Error("mtls", "error", err)
		os.Exit(1)
	}
}

// run serves until the process is told to end, to clients with a certificate
// by one of the rules.
func run(ctx context.Context, getenv func(string) string, rules []auth.ClientCertRule, opts ...cx.ServeOption) error {
	server, err := auth.NewCertificateFiles(auth.CertificateFilesConfig{CertFile: getenv("TLS_CERT"), KeyFile: getenv("TLS_KEY")})
	if err != nil {
		return fmt.Errorf("mtls: TLS_CERT or TLS_KEY: %w", err)
	}
	certificate, err := auth.NewMTLS(auth.MTLSConfig{
		Rules:    rules,
		Optional: true, // so that health checks need none
	})
	if err != nil {
		return err
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Credentials: auth.FixedSecrets(getenv("WEBHOOK_BASIC"))})
	if err != nil {
		return fmt.Errorf("mtls: WEBHOOK_BASIC: %w", err)
	}
	guard := auth.Require(auth.All(basic, certificate))
	hooks := cx.NewMux()
	hooks.Fallback(cx.HandlerFunc(greet))
	r := cx.NewRouter()
	r.Handle("/webhook", guard(cx.NewHTTPHandler(hooks))).Methods(http.MethodPost)
	return cx.Serve(ctx, r, append([]cx.ServeOption{
		cx.WithAddr(addr(getenv)),
		cx.WithTLS(certificate.TLSConfig(server.GetCertificate)),
		cx.WithStarted(func(a net.Addr) { fmt.Printf("The webhook answers POST https://%s/webhook; Ctrl-C ends it.\n", a) }),
	}, opts...)...)
}

func addr(getenv func(string) string) string {
	if port := getenv("PORT"); port != "" {
		return ":" + port
	}
	return ":8443"
}

// greet says who calls: the identity of the first verifier, with that of the
// certificate in Also.
func greet(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	id, _ := auth.IdentityFrom(ctx)
	return cx.Respond(cx.Textf("Hello, %s with %s.", id.Subject, id.Also[0].Subject))
}
