package webhookauth

import (
	"errors"
	"fmt"
	"slices"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/resource"
)

// ErrNoCredential is returned by [New] for a resource by which Dialogflow
// sends nothing that proves anything.
var ErrNoCredential = errors.New("webhookauth: Dialogflow sends no credential for this resource: " +
	"serviceAgentAuth is NONE and nothing else is set; configure one, or set Config.ClientCertificate")

// AuthorizationSource is one of the places that the Authorization header of a
// webhook can come from; package caller has the same type.
type AuthorizationSource = resource.AuthorizationSource

// The sources, in the order in which the first that is configured wins.
const (
	HeaderSource         = resource.Header         // a configured header, literal or secret
	BasicSource          = resource.Basic          // user name and password, or their secret
	OAuthSource          = resource.OAuth          // oauthConfig
	ServiceAccountSource = resource.ServiceAccount // serviceAccountAuthConfig
	ServiceAgentSource   = resource.ServiceAgent   // serviceAgentAuth, an ID token when it is not set
)

// Config tells [New] what a resource does not say. The zero value is enough
// only where the resource itself holds all secrets; else New returns a
// [*NeedsError] that names the fields.
//
// The configurations of single verifiers hold what only their user knows; what
// the resource says is filled in where it is left empty.
type Config struct {
	// Environment is that of the agent whose overrides apply; nil is none.
	Environment *cxpb.Environment
	// Secrets are the contents of secret versions, by the names that the
	// resource has for them (projects/P/secrets/S/versions/V): see
	// [Versions]. Package secretmanager opens them.
	Secrets map[string]auth.SecretSource
	// CredentialHeaders names those of the literal requestHeaders that are
	// secrets and must come as they are. Authorization and headers of secret
	// versions always are; other headers are not looked at, because nothing
	// tells a secret from a setting.
	CredentialHeaders []string
	// IDToken is for the service agent's ID token: ProjectNumbers, unless the
	// resource is named by number; Audiences, if Dialogflow names another URL
	// than the resource's; Keys, PlatformVerified.
	IDToken auth.IDTokenConfig
	// JWT is for OAuth tokens that are signed: Issuer, Audiences, Keys. The
	// client and the scopes are those of the resource; a list of scopes that
	// is empty and not nil asks for none.
	JWT *auth.JWTConfig
	// Introspection is for OAuth tokens that are opaque, in place of JWT:
	// Endpoint, Audiences, a credential of the service. Client and scopes are
	// filled in as for JWT.
	Introspection *auth.IntrospectionConfig
	// AccessToken is for the access tokens of a service account, or of the
	// service agent, whose e-mails are filled in: ClientIDs, Alone.
	AccessToken auth.GoogleAccessTokenConfig
	// ClientCertificate, if set, must pass as well: an auth.MTLS or
	// auth.ProxyMTLS. Dialogflow presents its certificate to every server that
	// asks for one, whatever the resource says.
	ClientCertificate auth.Verifier
	// AuthorizationOrder says which source wins where a resource configures
	// several. That of Dialogflow is not documented; the default is the order
	// of the constants, as in package caller.
	AuthorizationOrder []AuthorizationSource
	// AllowWeak accepts secrets shorter than auth.MinSecretBytes.
	AllowWeak bool
	// Observe counts the use of old secrets; nil counts nothing.
	Observe auth.Observer
}

// New returns the verifier that accepts what Dialogflow sends for the resource
// w and refuses everything else: put it into auth.Require. It reads w and
// keeps nothing of it.
//
// What is missing is a [*NeedsError] that names all of it, a resource without
// credentials is [ErrNoCredential], and one that cannot be verified, such as a
// secret that depends on the session, is an error that says why. Of two
// resources, before and after a change, take auth.Any.
func New(w *cxpb.Webhook, cfg Config) (auth.Verifier, error) {
	w = resource.Overridden(w, cfg.Environment)
	service := resource.Service(w)
	if service == nil {
		return nil, errors.New("webhookauth: the resource has neither a web service nor a service directory")
	}
	if len(cfg.AuthorizationOrder) == 0 {
		cfg.AuthorizationOrder = resource.DefaultOrder()
	}
	if err := resource.CheckOrder(cfg.AuthorizationOrder); err != nil {
		return nil, fmt.Errorf("webhookauth: %w", err)
	}
	b := &builder{cfg: cfg, name: w.GetName(), service: service}
	if err := b.build(); err != nil {
		return nil, err
	}
	if cfg.ClientCertificate != nil {
		b.verifiers = append(b.verifiers, cfg.ClientCertificate)
	}
	switch len(b.verifiers) {
	case 0:
		return nil, ErrNoCredential
	case 1:
		return b.verifiers[0], nil
	}
	return auth.All(b.verifiers...), nil
}

// Version is a secret version that a resource refers to.
type Version struct {
	// Name is its resource name, the key of [Config.Secrets].
	Name string
	// Format is what it holds.
	Format auth.SecretFormat
}

// Versions returns the secret versions that the verifier of w needs, in the
// order of their names; e may be nil. That of an OAuth client's secret is not
// among them: it never reaches the webhook.
func Versions(w *cxpb.Webhook, e *cxpb.Environment) []Version {
	s := resource.Service(resource.Overridden(w, e))
	var list []Version
	if name := s.GetSecretVersionForUsernamePassword(); name != "" {
		list = append(list, Version{name, auth.SecretUserPassword})
	}
	for _, name := range sortedNames(s.GetSecretVersionsForRequestHeaders()) {
		list = append(list, Version{s.GetSecretVersionsForRequestHeaders()[name].GetSecretVersion(), auth.SecretHeader})
	}
	slices.SortFunc(list, func(a, b Version) int { return compare(a, b) })
	return slices.Compact(list)
}
