package webhookauth

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/internal/resource"
)

// builder makes the verifiers of one resource.
type builder struct {
	cfg       Config
	name      string
	service   *cxpb.Webhook_GenericWebService
	needs     needs
	verifiers []auth.Verifier
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func compare(a, b Version) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Format, b.Format))
}

// build makes the verifier of the Authorization header first, since the first
// one's identity is that of the caller.
func (b *builder) build() error {
	source, ok := resource.Authorization(b.service, b.cfg.AuthorizationOrder)
	if ok {
		if err := b.authorization(source); err != nil {
			return err
		}
	}
	if err := b.headers(); err != nil {
		return err
	}
	if !ok && len(b.verifiers) == 0 && len(b.needs) == 0 && len(b.literals()) > 0 {
		b.needs.add("CredentialHeaders", "which of the literal headers %s are secrets", strings.Join(b.literals(), ", "))
	}
	return b.needs.err()
}

// add keeps a verifier that a constructor has made, or its error. Once
// something is missing no verifier is made any more, only asked for.
func (b *builder) add(what string, construct func() (auth.Verifier, error)) error {
	if len(b.needs) > 0 {
		return nil
	}
	v, err := construct()
	if err != nil {
		return fmt.Errorf("webhookauth: %s: %w", what, err)
	}
	b.verifiers = append(b.verifiers, v)
	return nil
}

func (b *builder) authorization(source AuthorizationSource) error {
	switch source {
	case HeaderSource:
		return b.header("Authorization")
	case BasicSource:
		return b.basic()
	case OAuthSource:
		return b.oauth()
	case ServiceAccountSource:
		return b.accessToken("the access token of a service account", []string{b.service.GetServiceAccountAuthConfig().GetServiceAccount()})
	}
	if b.service.GetServiceAgentAuth() == cxpb.Webhook_GenericWebService_ACCESS_TOKEN {
		return b.accessToken("the access token of the service agent", b.agents())
	}
	return b.idToken()
}

// secret returns the source of a secret version.
func (b *builder) secret(version string) auth.SecretSource {
	src := b.cfg.Secrets[version]
	if src == nil {
		b.needs.add(fmt.Sprintf("Secrets[%q]", version), "the content of the secret version")
	}
	return src
}

// literals returns the names of the literal headers that only the user can
// tell to be secrets.
func (b *builder) literals() []string {
	var list []string
	for _, name := range sortedNames(b.service.GetRequestHeaders()) {
		name = resource.CanonicalHeader(name)
		if _, secret := resource.Lookup(b.service.GetSecretVersionsForRequestHeaders(), name); !secret && name != "Authorization" {
			list = append(list, name)
		}
	}
	return list
}

// headers makes the verifiers of headers other than Authorization.
func (b *builder) headers() error {
	var names []string
	for name := range b.service.GetSecretVersionsForRequestHeaders() {
		names = append(names, resource.CanonicalHeader(name))
	}
	for _, name := range b.cfg.CredentialHeaders {
		name = resource.CanonicalHeader(name)
		if _, ok := resource.Lookup(b.service.GetRequestHeaders(), name); !ok && !slices.Contains(names, name) {
			return fmt.Errorf("webhookauth: Config.CredentialHeaders names %q, which the resource does not send", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name == "Authorization" {
			continue // by its source
		}
		if err := b.header(name); err != nil {
			return err
		}
	}
	return nil
}

// header makes the verifier of one configured header, whose secret version
// wins over a literal value.
func (b *builder) header(name string) error {
	if resource.ForbiddenHeader(name) {
		return fmt.Errorf("webhookauth: Dialogflow does not send header %q", name)
	}
	var src auth.SecretSource
	if v, ok := resource.Lookup(b.service.GetSecretVersionsForRequestHeaders(), name); ok {
		src = b.secret(v.GetSecretVersion())
	} else {
		value, _ := resource.Lookup(b.service.GetRequestHeaders(), name)
		t, err := flexible.ParseHeader(value)
		if err != nil {
			return fmt.Errorf("webhookauth: the value of header %q is not one that can be sent", name)
		}
		if len(t.References()) > 0 {
			return fmt.Errorf("webhookauth: the value of header %q depends on the conversation, so it proves nothing", name)
		}
		text, err := t.Append(nil, nil)
		//backstop: a template without references that was parsed can be sent
		if err != nil {
			return fmt.Errorf("webhookauth: the value of header %q is not one that can be sent", name)
		}
		src = auth.FixedSecrets(string(text))
	}
	return b.add("header "+name, func() (auth.Verifier, error) {
		return auth.NewHeader(auth.HeaderConfig{Name: name, Secrets: src, AllowWeak: b.cfg.AllowWeak, Observe: b.cfg.Observe})
	})
}

func (b *builder) basic() error {
	var src auth.SecretSource
	if version := b.service.GetSecretVersionForUsernamePassword(); version != "" {
		src = b.secret(version)
	} else {
		src = auth.FixedSecrets(b.service.GetUsername() + ":" + b.service.GetPassword())
	}
	return b.add("basic credentials", func() (auth.Verifier, error) {
		return auth.NewBasic(auth.BasicConfig{Credentials: src, AllowWeak: b.cfg.AllowWeak, Observe: b.cfg.Observe})
	})
}

// agents returns the service agents of the projects whose agent calls.
func (b *builder) agents() []string {
	var list []string
	for _, number := range b.projects() {
		list = append(list, auth.DialogflowServiceAgent(number))
	}
	return list
}

// projects returns the numbers of the projects: the configured ones, or the
// one in the name of the resource if that is a number and not an id.
func (b *builder) projects() []string {
	cfg := b.cfg.IDToken
	if len(cfg.ProjectNumbers) > 0 {
		return cfg.ProjectNumbers
	}
	rest, _ := strings.CutPrefix(b.name, "projects/")
	number, _, found := strings.Cut(rest, "/")
	if found && number != "" && strings.Trim(number, "0123456789") == "" {
		return []string{number}
	}
	b.needs.add("IDToken.ProjectNumbers", "the number of the agent's project, as gcloud projects describe shows it")
	return nil
}

func (b *builder) idToken() error {
	cfg := b.cfg.IDToken
	if len(cfg.Emails) == 0 && !cfg.AnyEmail {
		cfg.ProjectNumbers = b.projects()
	}
	if len(cfg.Audiences) == 0 {
		audience := resource.Audience(b.service)
		if u, err := url.Parse(audience); err != nil || u.Host == "" || b.hasReference(audience) {
			b.needs.add("IDToken.Audiences", "the URL that Dialogflow names: the resource has none that is fixed")
		}
		cfg.Audiences = []string{audience}
	}
	return b.add("the service agent's ID token", func() (auth.Verifier, error) { return auth.NewIDToken(cfg) })
}

// hasReference reports whether a URL of a flexible webhook changes with the
// conversation.
func (b *builder) hasReference(audience string) bool {
	if b.service.GetWebhookType() != cxpb.Webhook_GenericWebService_FLEXIBLE {
		return false
	}
	t, err := flexible.ParseURL(audience)
	return err != nil || len(t.References()) > 0
}

func (b *builder) accessToken(what string, emails []string) error {
	cfg := b.cfg.AccessToken
	if len(cfg.Emails) == 0 {
		cfg.Emails = emails
	}
	if len(cfg.ClientIDs) == 0 {
		b.needs.add("AccessToken.ClientIDs", "the numeric id of %s, its unique id in IAM", strings.Join(cfg.Emails, ", "))
	}
	return b.add(what, func() (auth.Verifier, error) { return auth.NewGoogleAccessToken(cfg) })
}

// oauth verifies what the issuer gives to the client of the resource.
func (b *builder) oauth() error {
	client, scopes := b.service.GetOauthConfig().GetClientId(), b.service.GetOauthConfig().GetScopes()
	switch {
	case b.cfg.JWT != nil && b.cfg.Introspection != nil:
		return errors.New("webhookauth: both Config.JWT and Config.Introspection are set")
	case b.cfg.JWT != nil:
		cfg := *b.cfg.JWT
		b.needJWT(cfg)
		if len(cfg.Clients) == 0 && !cfg.AnyClient {
			cfg.Clients = []string{client}
		}
		if cfg.Scopes == nil {
			cfg.Scopes = scopes
		}
		return b.add("the OAuth token", func() (auth.Verifier, error) { return auth.NewJWT(cfg) })
	case b.cfg.Introspection != nil:
		cfg := *b.cfg.Introspection
		b.needIntrospection(cfg)
		if len(cfg.Clients) == 0 && !cfg.AnyClient {
			cfg.Clients = []string{client}
		}
		if cfg.Scopes == nil {
			cfg.Scopes = scopes
		}
		return b.add("the OAuth token", func() (auth.Verifier, error) { return auth.NewIntrospection(cfg) })
	}
	b.needs.add("JWT", "who issues the tokens, if they are signed; or Config.Introspection, if they are opaque")
	return nil
}

func (b *builder) needJWT(cfg auth.JWTConfig) {
	if cfg.Issuer == "" {
		b.needs.add("JWT.Issuer", "the iss of the issuer's tokens")
	}
	if len(cfg.Audiences) == 0 {
		b.needs.add("JWT.Audiences", "the aud of the tokens that the issuer gives this client")
	}
	if cfg.Keys == nil {
		b.needs.add("JWT.Keys", "the issuer's keys, such as those of auth.DiscoverKeys")
	}
}

func (b *builder) needIntrospection(cfg auth.IntrospectionConfig) {
	if cfg.Endpoint == "" {
		b.needs.add("Introspection.Endpoint", "where the issuer tells about its tokens")
	}
	if len(cfg.Audiences) == 0 && !cfg.AnyAudience {
		b.needs.add("Introspection.Audiences", "the aud of the tokens that the issuer gives this client")
	}
	if cfg.ClientID == "" && cfg.ClientSecret == nil && cfg.TokenSource == nil && !cfg.Unauthenticated {
		b.needs.add("Introspection.ClientID", "this service's own credential at the endpoint")
	}
}
