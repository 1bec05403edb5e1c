package webhookauth_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/webhookauth"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

const (
	none    = cxpb.Webhook_GenericWebService_NONE
	secretA = "projects/p/secrets/a/versions/1"
	secretB = "projects/p/secrets/b/versions/latest"
	account = "caller@my-project.iam.gserviceaccount.com"

	valueA = "Bearer a-long-enough-secret"
	valueB = "another-long-enough-one"
)

type (
	service = cxpb.Webhook_GenericWebService
	change  = func(*service)
)

// resource returns a standard webhook that sends nothing, with the changes.
func resource(changes ...change) *cxpb.Webhook {
	s := &service{Uri: cxtest.URI + "?v=1", ServiceAgentAuth: none}
	for _, f := range changes {
		f(s)
	}
	return &cxpb.Webhook{DisplayName: "orders", Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: s}}
}

func literal(name, value string) change {
	return func(s *service) {
		if s.RequestHeaders == nil {
			s.RequestHeaders = map[string]string{}
		}
		s.RequestHeaders[name] = value
	}
}

func secretHeader(name, version string) change {
	return func(s *service) {
		s.SecretVersionsForRequestHeaders = map[string]*cxpb.Webhook_GenericWebService_SecretVersionHeaderValue{name: {SecretVersion: version}}
	}
}

func basic(user, password string) change {
	return func(s *service) { s.Username, s.Password = user, password }
}

func oauth(s *service) { s.OauthConfig = cxtest.OAuth() }

func agent(kind cxpb.Webhook_GenericWebService_ServiceAgentAuth) change {
	return func(s *service) { s.ServiceAgentAuth = kind }
}

func serviceAccount(email string) change {
	return func(s *service) {
		s.ServiceAccountAuthConfig = &cxpb.Webhook_GenericWebService_ServiceAccountAuthConfig{ServiceAccount: email}
	}
}

// secrets are the contents of the two versions, which both sides read.
func secrets(a, b string) map[string]auth.SecretSource {
	return map[string]auth.SecretSource{secretA: auth.FixedSecrets(a), secretB: auth.FixedSecrets(b)}
}

// clock is the issuer's, ahead of or behind the real one.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// at runs f at another time.
func (c *clock) at(offset time.Duration, f func()) {
	c.offset.Store(int64(offset))
	defer c.offset.Store(0)
	f()
}

// site is a service behind the verifier of a resource.
type site struct {
	issuer  *cxtest.Issuer
	clock   *clock
	calls   atomic.Int64
	handler http.Handler
	reason  atomic.Value // of the last decision
}

func newSite(t *testing.T, issuer *cxtest.Issuer, clock *clock, w *cxpb.Webhook, cfg webhookauth.Config) *site {
	t.Helper()
	v, err := webhookauth.New(w, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{issuer: issuer, clock: clock}
	s.handler = auth.Require(v, auth.WithLogger(slog.New(slog.DiscardHandler)), auth.WithObserver(func(_ context.Context, d auth.Decision) {
		if d.Refusal != nil {
			s.reason.Store(d.Refusal.Reason)
		}
	}))(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.calls.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
	}))
	return s
}

// options are those of a caller that proves itself as it should.
func (s *site) options() []caller.Option {
	return append(s.issuer.Options(), withSecrets(valueA, valueB))
}

func withSecrets(a, b string) caller.Option { return caller.WithSecretSources(secrets(a, b)) }

// sending is a caller that has this token, whatever is asked for.
func sending(token string) []caller.Option {
	return []caller.Option{withSecrets(valueA, valueB), caller.WithTokens(func(context.Context, caller.TokenRequest) (string, error) { return token, nil })}
}

func (s *site) passes(t *testing.T, w *cxpb.Webhook, opts []caller.Option) {
	t.Helper()
	before := s.calls.Load()
	cxtest.NewWebhook(t, w, caller.ToHandler(s.handler), opts...).Turn(&caller.Turn{Request: cxtest.Request("order-status")})
	if s.calls.Load() != before+1 {
		t.Error("the handler was not called")
	}
}

// rejects returns why.
func (s *site) rejects(t *testing.T, w *cxpb.Webhook, opts []caller.Option) auth.Reason {
	t.Helper()
	before := s.calls.Load()
	cxtest.NewWebhook(t, w, caller.ToHandler(s.handler), opts...).Fails(cxtest.Request("order-status"), caller.EventRejected)
	if s.calls.Load() != before {
		t.Error("the handler was called")
	}
	reason, _ := s.reason.Load().(auth.Reason)
	return reason
}
