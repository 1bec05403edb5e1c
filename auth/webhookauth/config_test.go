package webhookauth_test

import (
	"errors"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/webhookauth"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// TestNeeds holds New to naming all that a resource does not say, by the
// fields of Config.
func TestNeeds(t *testing.T) {
	t.Parallel()
	flexible := func(s *service) {
		s.WebhookType, s.ServiceAgentAuth = cxpb.Webhook_GenericWebService_FLEXIBLE, 0
		s.Uri = "https://webhook.test/orders/$session.params.order"
	}
	for _, tt := range []struct {
		name     string
		resource []change
		config   webhookauth.Config
		fields   []string
	}{
		{"ID token", []change{agent(0)}, webhookauth.Config{}, []string{"IDToken.ProjectNumbers"}},
		{"ID token for a URL that changes", []change{flexible}, webhookauth.Config{}, []string{"IDToken.ProjectNumbers", "IDToken.Audiences"}},
		{"secrets", []change{secretHeader("X-Key", secretB), func(s *service) { s.SecretVersionForUsernamePassword = secretA }},
			webhookauth.Config{}, []string{`Secrets["` + secretA + `"]`, `Secrets["` + secretB + `"]`}},
		{"OAuth", []change{oauth}, webhookauth.Config{}, []string{"JWT"}},
		{"OAuth, signed", []change{oauth}, webhookauth.Config{JWT: &auth.JWTConfig{}}, []string{"JWT.Issuer", "JWT.Audiences", "JWT.Keys"}},
		{"OAuth, opaque", []change{oauth}, webhookauth.Config{Introspection: &auth.IntrospectionConfig{}},
			[]string{"Introspection.Endpoint", "Introspection.Audiences", "Introspection.ClientID"}},
		{"service account", []change{serviceAccount(account)}, webhookauth.Config{}, []string{"AccessToken.ClientIDs"}},
		{"service agent's access token", []change{agent(cxpb.Webhook_GenericWebService_ACCESS_TOKEN)}, webhookauth.Config{},
			[]string{"IDToken.ProjectNumbers", "AccessToken.ClientIDs"}},
		{"a literal header that may be a secret", []change{literal("X-Api-Key", valueB)}, webhookauth.Config{}, []string{"CredentialHeaders"}},
	} {
		v, err := webhookauth.New(resource(tt.resource...), tt.config)
		var missing *webhookauth.NeedsError
		if v != nil || !errors.As(err, &missing) {
			t.Errorf("%s: %v, %v, want a NeedsError", tt.name, v, err)
			continue
		}
		var got []string
		for _, f := range missing.Fields {
			got = append(got, f.Field)
			if f.Why == "" || !strings.Contains(err.Error(), "Config."+f.Field) {
				t.Errorf("%s: %q does not explain %q", tt.name, err, f.Field)
			}
		}
		if diff := cmp.Diff(tt.fields, got); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", tt.name, diff)
		}
		if strings.Contains(err.Error(), valueB) {
			t.Errorf("%s: the error holds the value of a header", tt.name)
		}
	}
}

func TestUnusableResources(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		w          *cxpb.Webhook
		config     webhookauth.Config
	}{
		{"no service", "neither", &cxpb.Webhook{}, webhookauth.Config{}},
		{"nil", "neither", nil, webhookauth.Config{}},
		{"a secret that depends on the session", "depends on the conversation", resource(literal("Authorization", "Bearer $session.params.token-of-the-user")), webhookauth.Config{}},
		{"a system function for a secret", "depends on the conversation", resource(literal("Authorization", `Bearer $sys.func.RAND()-0123456789`)), webhookauth.Config{}},
		{"a header with a line end", "can be sent", resource(literal("Authorization", "Bearer 0123456789\n0123456789")), webhookauth.Config{}},
		{"a call of no function", "can be sent", resource(literal("Authorization", `Bearer $sys.func.CONCAT("canary","b")`)), webhookauth.Config{}},
		{"a weak header", "need at least", resource(literal("Authorization", "Bearer canary")), webhookauth.Config{}},
		{"a weak password", "need at least", resource(basic("agent", "canary")), webhookauth.Config{}},
		{"no user", "user:password", resource(basic("", "canary-password-of-nobody")), webhookauth.Config{}},
		{"a credential that is not sent", "does not send", resource(agent(0)), webhookauth.Config{CredentialHeaders: []string{"X-Key"}}},
		{"a header that Dialogflow does not send", "does not send", resource(secretHeader("user-agent", secretA)), webhookauth.Config{Secrets: secrets(valueA, valueB)}},
		{"both kinds of OAuth token", "both", resource(oauth), webhookauth.Config{JWT: &auth.JWTConfig{}, Introspection: &auth.IntrospectionConfig{}}},
		{"an unknown source", "unknown authorization source", resource(agent(0)), webhookauth.Config{AuthorizationOrder: []webhookauth.AuthorizationSource{9}}},
	} {
		v, err := webhookauth.New(tt.w, tt.config)
		if v != nil || err == nil || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, %v, want an error with %q", tt.name, v, err, tt.text)
		}
	}
	if _, err := webhookauth.New(resource(), webhookauth.Config{}); !errors.Is(err, webhookauth.ErrNoCredential) {
		t.Errorf("NONE: %v, want ErrNoCredential", err)
	}
	if _, err := webhookauth.New(resource(basic("agent", "short")), webhookauth.Config{AllowWeak: true}); err != nil {
		t.Errorf("a weak password that is allowed: %v", err)
	}
}

// TestDollarInAStandardURL: references are those of flexible webhooks alone.
func TestDollarInAStandardURL(t *testing.T) {
	t.Parallel()
	cfg := webhookauth.Config{IDToken: auth.IDTokenConfig{ProjectNumbers: []string{"1"}}}
	w := resource(agent(0), func(s *service) { s.Uri = "https://webhook.test/$session.params.order" })
	if _, err := webhookauth.New(w, cfg); err != nil {
		t.Errorf("a standard webhook's URL is taken for a template: %v", err)
	}
}

// TestWeakAlone has auth.Require refuse what proves too little.
func TestWeakAlone(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	cfg := accountConfig(cxtest.AccountID(account))(issuer)
	cfg.AccessToken.Alone = false
	panics := func(w *cxpb.Webhook, cfg webhookauth.Config) (panicked bool) {
		v, err := webhookauth.New(w, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { panicked = recover() != nil }()
		auth.Require(v)
		return false
	}
	if !panics(resource(serviceAccount(account)), cfg) {
		t.Error("an access token stands alone")
	}
	cfg.CredentialHeaders = []string{"X-Key"}
	if panics(resource(serviceAccount(account), literal("X-Key", valueB)), cfg) {
		t.Error("an access token with a header beside it is refused")
	}
}

// TestEverySetOfSources has caller and verifier agree on the source of the
// Authorization header, for every set of configured sources in two orders.
func TestEverySetOfSources(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	cfg := accountConfig(cxtest.AccountID(account))(issuer)
	cfg.IDToken = agentConfig(issuer)
	cfg.JWT = &auth.JWTConfig{Issuer: cxtest.IssuerURL, Audiences: []string{cxtest.OAuthAudience}, Keys: issuer.OAuthKeys(), Algorithms: []string{"ES256"}}
	all := []change{literal("Authorization", valueA), basic("agent", "password-of-the-agent"), oauth, serviceAccount(account), agent(0)}
	reverse := []webhookauth.AuthorizationSource{webhookauth.ServiceAgentSource, webhookauth.ServiceAccountSource,
		webhookauth.OAuthSource, webhookauth.BasicSource, webhookauth.HeaderSource}
	for set := 1; set < 1<<len(all); set++ {
		var changes []change
		for i, c := range all {
			if set>>i&1 == 1 {
				changes = append(changes, c)
			}
		}
		w := resource(changes...)
		cfg.AuthorizationOrder = nil
		s := newSite(t, issuer, nil, w, cfg)
		s.passes(t, w, s.options())
		cfg.AuthorizationOrder = reverse
		back := newSite(t, issuer, nil, w, cfg)
		back.passes(t, w, append(s.options(), caller.WithAuthorizationOrder(reverse...)))
		if len(changes) > 1 {
			back.rejects(t, w, s.options())
		}
	}
}

func TestFormsOfResource(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	inner := resource(agent(0)).GetGenericWebService()
	directory := &cxpb.Webhook{Webhook: &cxpb.Webhook_ServiceDirectory{ServiceDirectory: &cxpb.Webhook_ServiceDirectoryConfig{
		Service: "projects/p/locations/l/namespaces/n/services/s", GenericWebService: inner}}}
	named := resource(agent(0))
	named.Name = "projects/" + cxtest.ProjectNumber + "/locations/l/agents/a/webhooks/w"
	byID := resource(agent(0))
	byID.Name = "projects/my-project/locations/l/agents/a/webhooks/w"
	keys := auth.IDTokenConfig{Keys: issuer.GoogleKeys()}
	for name, tt := range map[string]struct {
		w   *cxpb.Webhook
		cfg auth.IDTokenConfig
	}{
		"service directory":                    {directory, agentConfig(issuer)},
		"the number in the resource's name":    {named, keys},
		"the id in the name, number is needed": {byID, agentConfig(issuer)},
	} {
		s := newSite(t, issuer, nil, tt.w, webhookauth.Config{IDToken: tt.cfg})
		t.Log(name)
		s.passes(t, tt.w, s.options())
	}
}

// TestEnvironment verifies as an environment overrides the resource.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	w := resource(literal("Authorization", valueA))
	o := resource(literal("Authorization", valueB))
	e := &cxpb.Environment{WebhookConfig: &cxpb.Environment_WebhookConfig{WebhookOverrides: []*cxpb.Webhook{o}}}
	s := newSite(t, issuer, nil, w, webhookauth.Config{Environment: e})
	s.passes(t, w, append(s.options(), caller.WithEnvironment(e)))
	s.rejects(t, w, s.options())
}

func TestVersions(t *testing.T) {
	t.Parallel()
	w := resource(secretHeader("X-Key", secretB), oauth, func(s *service) {
		s.SecretVersionForUsernamePassword = secretA
		s.OauthConfig.SecretVersionForClientSecret = "projects/p/secrets/client/versions/1"
	})
	want := []webhookauth.Version{{Name: secretA, Format: auth.SecretUserPassword}, {Name: secretB, Format: auth.SecretHeader}}
	if diff := cmp.Diff(want, webhookauth.Versions(w, nil)); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}
