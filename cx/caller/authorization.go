package caller

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/internal/resource"
)

// AuthorizationSource is one of the places that an Authorization header can
// come from.
type AuthorizationSource = resource.AuthorizationSource

// The sources, in the order in which the first that is configured wins.
const (
	// HeaderSource is a configured header of that name, literal or secret.
	HeaderSource = resource.Header
	// BasicSource is the user name and password of the resource, or their
	// secret, which wins over the two deprecated fields.
	BasicSource = resource.Basic
	// OAuthSource is the client credentials flow of oauthConfig.
	OAuthSource = resource.OAuth
	// ServiceAccountSource is the access token of
	// serviceAccountAuthConfig.
	ServiceAccountSource = resource.ServiceAccount
	// ServiceAgentSource is the token of Dialogflow's own service agent:
	// an ID token, also when serviceAgentAuth is not set.
	ServiceAgentSource = resource.ServiceAgent
)

// TokenRequest says which token is wanted.
type TokenRequest struct {
	// Source is OAuthSource, ServiceAccountSource or ServiceAgentSource.
	Source AuthorizationSource
	// Audience is what an ID token is for: the URI of the resource without
	// its query, wherever the call goes.
	Audience string
	// AccessToken says that the service agent's access token is configured,
	// which Dialogflow no longer supports, instead of its ID token.
	AccessToken bool
	// OAuth is the configuration of the client credentials flow.
	OAuth *cxpb.Webhook_GenericWebService_OAuthConfig
	// ServiceAccount is the e-mail address of the account.
	ServiceAccount string
}

// WithSecrets supplies the content of secret versions
// (projects/P/secrets/S/versions/V) that the resource refers to. A secret of a
// header is its whole value, that of basic credentials is user:password, and
// neither ends in a newline. It is called once per call and secret; a failure
// fails the call without sending anything.
func WithSecrets(fetch func(ctx context.Context, version string) ([]byte, error)) Option {
	return flag(func(c *config) { c.secrets = fetch })
}

// WithTokens supplies the tokens that Dialogflow would fetch or mint. The
// function returns the bare token, which is sent as Authorization: Bearer; an
// empty one sends nothing. It is called at most once per call, so it should
// keep tokens until they expire. Without it the service agent's token is not
// sent, and a resource that needs another token is refused by [New], except
// that [WithOAuth] fetches those of oauthConfig.
func WithTokens(fetch func(ctx context.Context, r TokenRequest) (token string, err error)) Option {
	return flag(func(c *config) { c.tokens = fetch })
}

// Unauthenticated sends none of what the resource would need [WithSecrets] or
// [WithTokens] for. It is for services that are called behind their guard.
func Unauthenticated() Option { return flag(func(c *config) { c.unauthenticated = true }) }

// WithAuthorizationOrder sets which source wins when a resource configures
// several; those left out are not used. The order of Dialogflow is not
// documented. The default is that of the constants.
func WithAuthorizationOrder(order ...AuthorizationSource) Option {
	return func(c *config) error {
		if err := resource.CheckOrder(order); err != nil {
			return fmt.Errorf("caller: %w", err)
		}
		c.authOrder = slices.Clone(order)
		return nil
	}
}

// checkCredentials refuses a resource that asks for what no option supplies.
func checkCredentials(ws *cxpb.Webhook_GenericWebService, cfg *config) error {
	if cfg.unauthenticated {
		return nil
	}
	secret := ws.GetSecretVersionForUsernamePassword() != "" || len(ws.GetSecretVersionsForRequestHeaders()) > 0
	if secret && cfg.secrets == nil {
		return errors.New("caller: the resource refers to secret versions: need WithSecrets or Unauthenticated")
	}
	if ws.GetOauthConfig() != nil && cfg.tokens == nil && cfg.oauth == nil {
		return errors.New("caller: the resource authenticates by an OAuth token: need WithOAuth, WithTokens or Unauthenticated")
	}
	if ws.GetServiceAccountAuthConfig().GetServiceAccount() != "" && cfg.tokens == nil {
		return errors.New("caller: the resource authenticates by the token of a service account: need WithTokens or Unauthenticated")
	}
	return nil
}

// authorization returns the value of the Authorization header by the first
// configured source, and false if none is. The configured header itself is
// already in h and stays there or is removed.
func (c *Caller) authorization(ctx context.Context, h http.Header) error {
	configured := h.Get("Authorization") != ""
	for _, source := range c.cfg.authOrder {
		if source == HeaderSource {
			if configured {
				return nil
			}
			continue
		}
		value, err := c.authorizationFrom(ctx, source)
		if err != nil {
			return err
		}
		if value != "" {
			h.Set("Authorization", value)
			return nil
		}
	}
	h.Del("Authorization")
	return nil
}

func (c *Caller) authorizationFrom(ctx context.Context, source AuthorizationSource) (string, error) {
	r := TokenRequest{Source: source}
	switch source {
	case BasicSource:
		return c.basic(ctx)
	case OAuthSource:
		r.OAuth = c.service.GetOauthConfig()
		if r.OAuth == nil {
			return "", nil
		}
		if c.oauth != nil {
			return c.oauth.header(ctx)
		}
	case ServiceAccountSource:
		r.ServiceAccount = c.service.GetServiceAccountAuthConfig().GetServiceAccount()
		if r.ServiceAccount == "" {
			return "", nil
		}
	case ServiceAgentSource:
		kind := c.service.GetServiceAgentAuth()
		if kind == cxpb.Webhook_GenericWebService_NONE {
			return "", nil
		}
		r.AccessToken = kind == cxpb.Webhook_GenericWebService_ACCESS_TOKEN
		r.Audience = resource.Audience(c.service)
	}
	if c.cfg.tokens == nil || c.cfg.unauthenticated {
		return "", nil
	}
	token, err := c.cfg.tokens(ctx, r)
	if err != nil || token == "" {
		return "", err
	}
	return "Bearer " + token, nil
}

// basic returns the header of basic credentials.
func (c *Caller) basic(ctx context.Context) (string, error) {
	if version := c.service.GetSecretVersionForUsernamePassword(); version != "" && !c.cfg.unauthenticated {
		pair, err := c.secret(ctx, version)
		if err != nil {
			return "", err
		}
		if !strings.Contains(pair, ":") {
			return "", fmt.Errorf("caller: secret %q is not of the form user:password", version)
		}
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)), nil
	}
	user, password := c.service.GetUsername(), c.service.GetPassword()
	if user == "" && password == "" {
		return "", nil
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)), nil
}

// secret fetches a secret that becomes part of a header.
func (c *Caller) secret(ctx context.Context, version string) (string, error) {
	b, err := c.cfg.secrets(ctx, version)
	if err != nil {
		return "", fmt.Errorf("caller: secret %q: %w", version, err)
	}
	if strings.ContainsAny(string(b), "\r\n") {
		return "", fmt.Errorf("caller: secret %q holds a line break", version)
	}
	return string(b), nil
}
