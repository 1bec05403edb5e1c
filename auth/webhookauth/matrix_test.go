package webhookauth_test

import (
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/webhookauth"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// deviation is one thing that the calling side does otherwise than the
// resource of the verifying side says.
type deviation struct {
	name     string
	resource []change                    // of the caller's resource
	secrets  [2]string                   // contents of the versions
	token    func(*site) (string, error) // in place of the right one
	options  func(*site) []caller.Option // in place of all options
	verifier func(*webhookauth.Config)   // of the verifying side
}

// kind is one kind of resource.
type kind struct {
	name       string
	resource   []change
	config     func(*cxtest.Issuer) webhookauth.Config
	opaque     bool
	deviations []deviation
}

func missing() deviation {
	return deviation{name: "missing", resource: []change{func(s *service) {
		*s = service{Uri: s.Uri, ServiceAgentAuth: none}
	}}}
}

func otherSecrets(a, b string) deviation {
	return deviation{name: "other secret", secrets: [2]string{a, b}}
}

// staleOAuth is the token that the endpoint gave two hours ago.
func idToken(claims map[string]any) func(*site) (string, error) {
	return func(s *site) (string, error) { return s.issuer.IDToken(cxtest.URI, claims) }
}

func oauthToken(claims map[string]any) func(*site) (string, error) {
	return func(s *site) (string, error) { return s.issuer.OAuthToken(claims) }
}

func accessToken(email string) func(*site) (string, error) {
	return func(s *site) (string, error) { return s.issuer.AccessToken(email), nil }
}

// at mints a token at another time.
func at(offset time.Duration, mint func(*site) (string, error)) func(*site) (string, error) {
	return func(s *site) (token string, err error) {
		s.clock.at(offset, func() { token, err = mint(s) })
		return token, err
	}
}

func kinds() []kind {
	secretConfig := func(*cxtest.Issuer) webhookauth.Config {
		return webhookauth.Config{Secrets: secrets(valueA, valueB)}
	}
	plain := func(*cxtest.Issuer) webhookauth.Config { return webhookauth.Config{} }
	return append([]kind{
		{name: "Authorization header", resource: []change{literal("authorization", valueA)}, config: plain, deviations: []deviation{
			missing(),
			{name: "other secret", resource: []change{literal("authorization", valueA+"x")}},
			{name: "an ID token in its place", resource: []change{func(s *service) { s.RequestHeaders = nil; s.ServiceAgentAuth = 0 }}},
		}},
		{name: "secret header", resource: []change{secretHeader("x-hook-key", secretB)}, config: secretConfig, deviations: []deviation{
			missing(), otherSecrets(valueA, valueB+"x"),
			{name: "another header", resource: []change{secretHeader("x-hook-keys", secretB)}},
		}},
		{name: "secret Authorization wins over the literal one",
			resource: []change{literal("Authorization", "Bearer of-earlier-days"), secretHeader("authorization", secretA)}, config: secretConfig, deviations: []deviation{
				missing(), otherSecrets(valueB, valueB),
				{name: "the literal one", resource: []change{func(s *service) { s.SecretVersionsForRequestHeaders = nil }}},
			}},
		{name: "literal header named as credential", resource: []change{literal("X-Api-Key", valueB), literal("X-Tenant", "acme")},
			config: func(*cxtest.Issuer) webhookauth.Config {
				return webhookauth.Config{CredentialHeaders: []string{"x-api-key"}}
			},
			deviations: []deviation{missing(), {name: "other secret", resource: []change{literal("X-Api-Key", valueA)}}}},
		{name: "basic", resource: []change{basic("agent", "password-of-the-agent")}, config: plain, deviations: []deviation{
			missing(),
			{name: "other password", resource: []change{basic("agent", "password-of-the-agenT")}},
			{name: "other user", resource: []change{basic("Agent", "password-of-the-agent")}},
		}},
		{name: "basic of a secret, which wins over the fields",
			resource: []change{basic("old", "password-of-earlier-days"), func(s *service) { s.SecretVersionForUsernamePassword = secretA }},
			config: func(*cxtest.Issuer) webhookauth.Config {
				return webhookauth.Config{Secrets: secrets("Bearer:a-long-enough-secret", valueB)}
			},
			deviations: []deviation{
				missing(), otherSecrets("Bearer:a-long-enough-secreT", valueB),
				{name: "the fields", resource: []change{func(s *service) { s.SecretVersionForUsernamePassword = "" }}},
			}},
		{name: "secret header beside the ID token", resource: []change{agent(0), secretHeader("X-Hook-Key", secretB)},
			config: func(i *cxtest.Issuer) webhookauth.Config {
				return webhookauth.Config{Secrets: secrets(valueA, valueB), IDToken: agentConfig(i)}
			},
			deviations: []deviation{
				missing(), otherSecrets(valueA, valueA),
				{name: "no header", resource: []change{func(s *service) { s.SecretVersionsForRequestHeaders = nil }}},
				{name: "no ID token", resource: []change{agent(none)}},
			}},
	}, tokenKinds()...)
}

func agentConfig(i *cxtest.Issuer) auth.IDTokenConfig {
	return auth.IDTokenConfig{ProjectNumbers: []string{cxtest.ProjectNumber}, Keys: i.GoogleKeys()}
}

func accountConfig(ids ...string) func(*cxtest.Issuer) webhookauth.Config {
	return func(i *cxtest.Issuer) webhookauth.Config {
		return webhookauth.Config{
			IDToken:     auth.IDTokenConfig{ProjectNumbers: []string{cxtest.ProjectNumber}},
			AccessToken: auth.GoogleAccessTokenConfig{ClientIDs: ids, Alone: true, Lookup: auth.LookupConfig{Client: i.Client()}},
		}
	}
}

func tokenKinds() []kind {
	agentOnly := func(i *cxtest.Issuer) webhookauth.Config { return webhookauth.Config{IDToken: agentConfig(i)} }
	idTokens := []deviation{
		missing(),
		{name: "other audience", resource: []change{func(s *service) { s.Uri = "https://webhook.test/other" }}},
		{name: "other project", token: idToken(map[string]any{"email": auth.DialogflowServiceAgent("123456789013")})},
		{name: "unverified e-mail", token: idToken(map[string]any{"email_verified": false})},
		{name: "other issuer", token: idToken(map[string]any{"iss": "https://accounts.example.com"})},
		{name: "expired", token: at(-2*time.Hour, idToken(nil))},
		{name: "not yet good", token: at(2*time.Hour, idToken(nil))},
		{name: "other key", token: oauthToken(map[string]any{"iss": "https://accounts.google.com", "aud": cxtest.URI})},
		{name: "an access token in its place", resource: []change{agent(cxpb.Webhook_GenericWebService_ACCESS_TOKEN)}},
	}
	accessTokens := []deviation{
		missing(),
		{name: "other account", token: accessToken("other@my-project.iam.gserviceaccount.com")},
		{name: "expired", token: at(-2*time.Hour, accessToken(account))},
		{name: "unknown token", token: func(*site) (string, error) { return "ya29.c.unknown", nil }},
		{name: "an ID token in its place", token: idToken(nil)},
		{name: "other id of the account", verifier: func(c *webhookauth.Config) { c.AccessToken.ClientIDs = []string{"1"} }},
	}
	agentMail := auth.DialogflowServiceAgent(cxtest.ProjectNumber)
	return append([]kind{
		{name: "service agent, unspecified", resource: []change{agent(0)}, config: agentOnly, deviations: idTokens},
		{name: "service agent, ID token", resource: []change{agent(cxpb.Webhook_GenericWebService_ID_TOKEN)}, config: agentOnly, deviations: idTokens},
		{name: "service agent, flexible", resource: []change{agent(0), func(s *service) {
			s.WebhookType, s.HttpMethod = cxpb.Webhook_GenericWebService_FLEXIBLE, cxpb.Webhook_GenericWebService_POST
			s.Uri, s.RequestBody = cxtest.URI+"?tag=$session.params.tag", `{"a":1}`
		}}, config: agentOnly, deviations: idTokens},
		{name: "service agent, access token", resource: []change{agent(cxpb.Webhook_GenericWebService_ACCESS_TOKEN)},
			config: accountConfig(cxtest.AccountID(agentMail)), deviations: append(accessTokens,
				deviation{name: "other project", token: accessToken(auth.DialogflowServiceAgent("123456789013"))})},
		{name: "service account", resource: []change{serviceAccount(account)}, config: accountConfig(cxtest.AccountID(account)), deviations: accessTokens},
	}, oauthKinds()...)
}

func oauthKinds() []kind {
	return []kind{
		{name: "OAuth, signed", resource: []change{oauth}, config: func(i *cxtest.Issuer) webhookauth.Config {
			return webhookauth.Config{JWT: &auth.JWTConfig{
				Issuer: cxtest.IssuerURL, Audiences: []string{cxtest.OAuthAudience}, Keys: i.OAuthKeys(), Algorithms: []string{"ES256"},
			}}
		}, deviations: []deviation{
			missing(),
			{name: "other audience", token: oauthToken(map[string]any{"aud": "https://other.test"})},
			{name: "other issuer", token: oauthToken(map[string]any{"iss": "https://other.test"})},
			{name: "other client", token: oauthToken(map[string]any{"client_id": "other", "sub": "other"})},
			{name: "other scope", token: oauthToken(map[string]any{"scope": "other"})},
			{name: "expired", token: at(-2*time.Hour, oauthToken(nil))},
			{name: "an ID token in its place", token: idToken(nil)},
		}},
		{name: "OAuth, opaque", opaque: true, resource: []change{oauth}, config: func(i *cxtest.Issuer) webhookauth.Config {
			return webhookauth.Config{Introspection: &auth.IntrospectionConfig{
				Endpoint: cxtest.IntrospectionURL, Audiences: []string{cxtest.OAuthAudience},
				ClientID: cxtest.OAuthClientID, ClientSecret: auth.FixedSecrets(cxtest.OAuthSecret),
				Lookup: auth.LookupConfig{Client: i.Client()},
			}}
		}, deviations: []deviation{
			missing(),
			{name: "unknown token", token: func(*site) (string, error) { return "never-given-out", nil }},
			{name: "a signed token in its place", token: oauthToken(nil)},
			{name: "other audience", verifier: func(c *webhookauth.Config) { c.Introspection.Audiences = []string{"https://other.test"} }},
			{name: "other client", verifier: func(c *webhookauth.Config) { c.Introspection.Clients = []string{"other"} }},
			{name: "other scope", verifier: func(c *webhookauth.Config) { c.Introspection.Scopes = []string{"other"} }},
			{name: "expired", verifier: func(c *webhookauth.Config) {
				c.Introspection.Lookup.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
			}},
		}},
	}
}

// TestBothSides calls a service behind the verifier of each kind of resource:
// what the resource makes Dialogflow send passes, each single deviation is
// refused, and what is right still passes afterwards.
func TestBothSides(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			now := &clock{}
			issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{OpaqueTokens: k.opaque, Now: now.now})
			w := resource(k.resource...)
			good := newSite(t, issuer, now, w, k.config(issuer))
			opts := good.options()
			if k.name == "basic of a secret, which wins over the fields" {
				opts = append(opts, withSecrets("Bearer:a-long-enough-secret", valueB))
			}
			good.passes(t, w, opts)
			for _, d := range k.deviations {
				t.Run(d.name, func(t *testing.T) {
					s := good
					if d.verifier != nil {
						cfg := k.config(issuer)
						d.verifier(&cfg)
						s = newSite(t, issuer, now, w, cfg)
					}
					sent := opts
					switch {
					case d.token != nil:
						token, err := d.token(s)
						if err != nil {
							t.Fatal(err)
						}
						sent = sending(token)
					case d.secrets[0] != "":
						sent = append(opts[:len(opts):len(opts)], withSecrets(d.secrets[0], d.secrets[1]))
					}
					s.rejects(t, resource(append(k.resource[:len(k.resource):len(k.resource)], d.resource...)...), sent)
				})
			}
			good.passes(t, w, opts)
		})
	}
}
