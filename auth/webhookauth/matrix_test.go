package webhookauth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/webhookauth"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// deviation is one thing that the calling side does otherwise than the
// resource of the verifying side says.
type deviation struct {
	name     string
	reason   auth.Reason                 // why it is refused
	resource []change                    // of the caller's resource
	secrets  [2]string                   // contents of the versions
	token    func(*site) (string, error) // in place of the right one
	verifier func(*webhookauth.Config)   // of the verifying side
}

// kind is one kind of resource.
type kind struct {
	name       string
	resource   []change
	config     func(*cxtest.Issuer) webhookauth.Config
	pair       string // content of the first version, where it is not valueA
	opaque     bool
	deviations []deviation
}

func missing() deviation {
	return deviation{name: "missing", reason: auth.ReasonNoCredential, resource: []change{func(s *service) {
		*s = service{Uri: s.Uri, ServiceAgentAuth: none}
	}}}
}

func otherSecrets(a, b string) deviation {
	return deviation{name: "other secret", reason: auth.ReasonMismatch, secrets: [2]string{a, b}}
}

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
			{name: "other secret", reason: auth.ReasonMismatch, resource: []change{literal("authorization", valueA+"x")}},
			{name: "an ID token in its place", reason: auth.ReasonMismatch, resource: []change{func(s *service) { s.RequestHeaders = nil; s.ServiceAgentAuth = 0 }}},
		}},
		{name: "secret header", resource: []change{secretHeader("x-hook-key", secretB)}, config: secretConfig, deviations: []deviation{
			missing(), otherSecrets(valueA, valueB+"x"),
			{name: "another header", reason: auth.ReasonNoCredential, resource: []change{secretHeader("x-hook-keys", secretB)}},
		}},
		{name: "secret Authorization wins over the literal one",
			resource: []change{literal("Authorization", "Bearer of-earlier-days"), secretHeader("authorization", secretA)}, config: secretConfig, deviations: []deviation{
				missing(), otherSecrets(valueB, valueB),
				{name: "the literal one", reason: auth.ReasonMismatch, resource: []change{func(s *service) { s.SecretVersionsForRequestHeaders = nil }}},
			}},
		{name: "literal header named as credential", resource: []change{literal("X-Api-Key", valueB), literal("X-Tenant", "acme")},
			config: func(*cxtest.Issuer) webhookauth.Config {
				return webhookauth.Config{CredentialHeaders: []string{"x-api-key"}}
			},
			deviations: []deviation{missing(), {name: "other secret", reason: auth.ReasonMismatch, resource: []change{literal("X-Api-Key", valueA)}}}},
		{name: "basic", resource: []change{basic("agent", "password-of-the-agent")}, config: plain, deviations: []deviation{
			missing(),
			{name: "other password", reason: auth.ReasonMismatch, resource: []change{basic("agent", "password-of-the-agenT")}},
			{name: "other user", reason: auth.ReasonMismatch, resource: []change{basic("Agent", "password-of-the-agent")}},
		}},
		{name: "basic of a secret, which wins over the fields", pair: "agent:a-long-enough-secret",
			resource: []change{basic("old", "password-of-earlier-days"), func(s *service) { s.SecretVersionForUsernamePassword = secretA }},
			config: func(*cxtest.Issuer) webhookauth.Config {
				return webhookauth.Config{Secrets: secrets("agent:a-long-enough-secret", valueB)}
			},
			deviations: []deviation{
				missing(), otherSecrets("agent:a-long-enough-secreT", valueB),
				{name: "the fields", reason: auth.ReasonMismatch, resource: []change{func(s *service) { s.SecretVersionForUsernamePassword = "" }}},
			}},
		{name: "secret header beside the ID token", resource: []change{agent(0), secretHeader("X-Hook-Key", secretB)},
			config: func(i *cxtest.Issuer) webhookauth.Config {
				return webhookauth.Config{Secrets: secrets(valueA, valueB), IDToken: agentConfig(i)}
			},
			deviations: []deviation{
				missing(), otherSecrets(valueA, valueA),
				{name: "no header", reason: auth.ReasonNoCredential, resource: []change{func(s *service) { s.SecretVersionsForRequestHeaders = nil }}},
				{name: "no ID token", reason: auth.ReasonNoCredential, resource: []change{agent(none)}},
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

// foreignKey signs tokens under the key id of the issuer by a key of its own.
var foreignKey = sync.OnceValue(func() *auth.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	signer, err := auth.NewSigner(auth.SignerConfig{Key: key, KeyID: "google-1"})
	if err != nil {
		panic(err)
	}
	return signer
})

func tokenKinds() []kind {
	agentOnly := func(i *cxtest.Issuer) webhookauth.Config { return webhookauth.Config{IDToken: agentConfig(i)} }
	idTokens := []deviation{
		missing(),
		{name: "other audience", reason: "wrong_audience", resource: []change{func(s *service) { s.Uri = "https://webhook.test/other" }}},
		{name: "other project", reason: "wrong_email", token: idToken(map[string]any{"email": auth.DialogflowServiceAgent("123456789013")})},
		{name: "unverified e-mail", reason: "wrong_email", token: idToken(map[string]any{"email_verified": false})},
		{name: "other issuer", reason: "wrong_issuer", token: idToken(map[string]any{"iss": "https://accounts.example.com"})},
		{name: "expired", reason: "expired", token: at(-2*time.Hour, idToken(nil))},
		{name: "not yet good", reason: "not_yet_valid", token: at(2*time.Hour, idToken(nil))},
		{name: "other key", reason: "bad_signature", token: func(s *site) (string, error) {
			return foreignKey().IDToken(s.issuer.ServiceAgent(), cxtest.URI, time.Now())
		}},
		{name: "other algorithm", reason: "token_algorithm", token: oauthToken(map[string]any{"iss": "https://accounts.google.com", "aud": cxtest.URI})},
		{name: "an access token in its place", reason: auth.ReasonMalformed, resource: []change{agent(cxpb.Webhook_GenericWebService_ACCESS_TOKEN)}},
	}
	accessTokens := []deviation{
		missing(),
		{name: "other account", reason: "wrong_email", token: accessToken("other@my-project.iam.gserviceaccount.com")},
		{name: "expired", reason: "inactive", token: at(-2*time.Hour, accessToken(account))},
		{name: "unknown token", reason: "inactive", token: func(*site) (string, error) { return "ya29.c.unknown", nil }},
		{name: "an ID token in its place", reason: "token_type", token: idToken(nil)},
		{name: "other id of the account", reason: "wrong_client", verifier: func(c *webhookauth.Config) { c.AccessToken.ClientIDs = []string{"1"} }},
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
				deviation{name: "other project", reason: "wrong_email", token: accessToken(auth.DialogflowServiceAgent("123456789013"))})},
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
			{name: "other audience", reason: "wrong_audience", token: oauthToken(map[string]any{"aud": "https://other.test"})},
			{name: "other issuer", reason: "wrong_issuer", token: oauthToken(map[string]any{"iss": "https://other.test"})},
			{name: "other client", reason: "wrong_client", token: oauthToken(map[string]any{"client_id": "other", "sub": "other"})},
			{name: "other scope", reason: "missing_scope", token: oauthToken(map[string]any{"scope": "other"})},
			{name: "expired", reason: "expired", token: at(-2*time.Hour, oauthToken(nil))},
			{name: "an ID token in its place", reason: "token_algorithm", token: idToken(nil)},
		}},
		{name: "OAuth, opaque", opaque: true, resource: []change{oauth}, config: func(i *cxtest.Issuer) webhookauth.Config {
			return webhookauth.Config{Introspection: &auth.IntrospectionConfig{
				Endpoint: cxtest.IntrospectionURL, Audiences: []string{cxtest.OAuthAudience},
				ClientID: cxtest.OAuthClientID, ClientSecret: auth.FixedSecrets(cxtest.OAuthSecret),
				Lookup: auth.LookupConfig{Client: i.Client()},
			}}
		}, deviations: []deviation{
			missing(),
			{name: "unknown token", reason: "inactive", token: func(*site) (string, error) { return "never-given-out", nil }},
			{name: "a signed token in its place", reason: "token_type", token: oauthToken(nil)},
			{name: "other audience", reason: "wrong_audience", verifier: func(c *webhookauth.Config) { c.Introspection.Audiences = []string{"https://other.test"} }},
			{name: "other client", reason: "wrong_client", verifier: func(c *webhookauth.Config) { c.Introspection.Clients = []string{"other"} }},
			{name: "other scope", reason: "missing_scope", verifier: func(c *webhookauth.Config) { c.Introspection.Scopes = []string{"other"} }},
			{name: "expired", reason: "expired", verifier: func(c *webhookauth.Config) {
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
			if k.pair != "" {
				opts = append(opts, withSecrets(k.pair, valueB))
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
					reason := s.rejects(t, resource(append(k.resource[:len(k.resource):len(k.resource)], d.resource...)...), sent)
					if reason != d.reason {
						t.Errorf("the reason is %q, want %q", reason, d.reason)
					}
				})
			}
			good.passes(t, w, opts)
		})
	}
}
