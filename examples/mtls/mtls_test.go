package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
	"github.com/cxhook/cxhook/internal/certs"
)

const password = "password-of-the-agent"

// environment writes the server's certificate to files.
func environment(t *testing.T, issuer *cxtest.Issuer) map[string]string {
	t.Helper()
	chain, key, err := certs.PEM(issuer.ServerCertificate("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := map[string]string{"TLS_CERT": filepath.Join(dir, "server.pem"), "TLS_KEY": filepath.Join(dir, "server.key"), "WEBHOOK_BASIC": "agent:" + password}
	for name, data := range map[string][]byte{env["TLS_CERT"]: chain, env["TLS_KEY"]: key} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return env
}

// serve runs the program and returns its address.
func serve(t *testing.T, issuer *cxtest.Issuer) string {
	t.Helper()
	env := environment(t, issuer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, func(name string) string { return env[name] }, issuer.ClientCertRules(),
			cx.WithListener(listener), cx.WithDrain(0, cx.DefaultTimeout))
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return "https://" + listener.Addr().String()
}

func TestCertificateAndPassword(t *testing.T) {
	t.Parallel()
	issuer, stranger := cxtest.NewIssuer(t, cxtest.IssuerConfig{}), cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	base := serve(t, issuer)
	call := func(password string, opts ...caller.Option) *cxtest.Caller {
		w := &cxpb.Webhook{Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{
			Uri: base + "/webhook", Username: "agent", Password: password, AllowedCaCerts: [][]byte{issuer.Root().Raw},
		}}}
		return cxtest.NewWebhook(t, w, caller.ToResource(), append(opts, caller.AllowLocal())...)
	}
	request := cxtest.Request("any")
	good := caller.WithClientCertificate(issuer.Certificate())
	call(password, good).Call(request).WantTexts("Hello, agent with CN=Google LLC.")
	call("another-long-password", good).Fails(request, caller.EventRejected)
	call("", good).Fails(request, caller.EventRejected)
	call(password).Fails(request, caller.EventRejected)
	call(password, caller.WithClientCertificate(issuer.ServerCertificate("Google LLC"))).Fails(request, caller.EventError)
	call(password, caller.WithClientCertificate(stranger.Certificate())).Fails(request, caller.EventError)
	call(password, good).Call(request)
}

func TestHealthNeedsNoCertificate(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	roots := x509.NewCertPool()
	roots.AddCert(issuer.Root())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Get(serve(t, issuer) + "/health")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("health is %d, want 200", resp.StatusCode)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	for name, value := range map[string]string{"TLS_CERT": "", "TLS_KEY": "missing.key", "WEBHOOK_BASIC": "agent:short"} {
		env := environment(t, issuer)
		env[name] = value
		err := run(t.Context(), func(name string) string { return env[name] }, issuer.ClientCertRules())
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "short") {
			t.Errorf("%s: %v, want an error that names it and not its value", name, err)
		}
	}
}
