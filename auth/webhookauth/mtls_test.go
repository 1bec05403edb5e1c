package webhookauth_test

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/webhookauth"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// TestClientCertificates calls over TLS sockets: a resource that sends nothing
// beside the certificate, and one that sends a password with it.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	issuer, stranger := cxtest.NewIssuer(t, cxtest.IssuerConfig{}), cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	for _, tt := range []struct {
		name   string
		change []change
		opts   []caller.Option
		event  string // empty for one that passes
	}{
		{"certificate alone", nil, issuer.Options(), ""},
		{"certificate and password", []change{basic("agent", "password-of-the-agent")}, issuer.Options(), ""},
		{"no certificate", nil, nil, caller.EventRejected},
		{"certificate of another authority", nil, stranger.Options(), caller.EventError},
		{"a server's certificate", nil, []caller.Option{caller.WithClientCertificate(issuer.ServerCertificate("Google LLC"))}, caller.EventError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := auth.NewMTLS(auth.MTLSConfig{Rules: issuer.ClientCertRules(), Optional: true, Alone: true})
			if err != nil {
				t.Fatal(err)
			}
			w := resource(tt.change...)
			v, err := webhookauth.New(w, webhookauth.Config{ClientCertificate: m})
			if err != nil {
				t.Fatal(err)
			}
			quiet := slog.New(slog.DiscardHandler)
			srv := httptest.NewUnstartedServer(auth.Require(v, auth.WithLogger(quiet))(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte("{}"))
			})))
			cert := issuer.ServerCertificate("127.0.0.1")
			srv.TLS = m.TLSConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil })
			srv.Config.ErrorLog = slog.NewLogLogger(quiet.Handler(), slog.LevelError)
			srv.StartTLS()
			t.Cleanup(srv.Close)
			w.GetGenericWebService().Uri = srv.URL + "/webhook"
			w.GetGenericWebService().AllowedCaCerts = [][]byte{issuer.Root().Raw}
			c := cxtest.NewWebhook(t, w, caller.ToResource(), append(tt.opts, caller.AllowLocal(), caller.WithRetry(nil))...)
			if req := cxtest.Request("order-status"); tt.event == "" {
				c.Call(req)
			} else {
				c.Fails(req, tt.event)
			}
			if len(tt.change) == 0 {
				return
			}
			other := resource(basic("agent", "another-password"))
			other.GetGenericWebService().Uri = srv.URL + "/webhook"
			other.GetGenericWebService().AllowedCaCerts = [][]byte{issuer.Root().Raw}
			cxtest.NewWebhook(t, other, caller.ToResource(), append(tt.opts, caller.AllowLocal())...).Fails(&cxpb.WebhookRequest{}, caller.EventRejected)
		})
	}
}
