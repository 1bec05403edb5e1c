package caller

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// ClientAuthentication says where a token request carries the client's id and
// secret.
type ClientAuthentication uint8

// Where the credentials go. Which of them Dialogflow does is not documented.
const (
	// BasicAndBody sends them in both places, so that an endpoint that reads
	// either is content. It is the default.
	BasicAndBody ClientAuthentication = iota
	// BasicOnly sends them by HTTP basic, escaped as RFC 6749 asks for.
	BasicOnly
	// BodyOnly sends them as client_id and client_secret of the form.
	BodyOnly
)

// OAuthConfig configures [WithOAuth]. The zero value may be used.
type OAuthConfig struct {
	// Credentials says where id and secret go.
	Credentials ClientAuthentication
	// Client sends the token requests; its redirect policy and cookie jar are
	// not used. The default holds to the rules of the caller: https to public
	// addresses, unless [AllowLocal] is given.
	Client *http.Client
}

// WithOAuth fetches the token of a resource with an oauthConfig from its token
// endpoint, by the client credentials grant: a POST of a form with grant_type
// and the scopes joined by blanks, to the endpoint with the query that it has.
// The headers of the webhook are never part of it. The token is sent as
// Authorization: Bearer, whatever its token_type. It is kept for all calls of
// the caller until ten seconds before its expires_in is over, and for one call
// only where the endpoint does not say.
//
// A secret version for the client's secret is fetched by [WithSecrets]. The
// timeout of the resource bounds the token request as well. What goes wrong is
// a failure of the kind [NoCredentials] around a [*TokenError].
//
// With it, [WithTokens] is not asked for [OAuthSource].
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook;
// the form of the request and the timeout are assumptions.
func WithOAuth(cfg OAuthConfig) Option {
	return func(c *config) error {
		if cfg.Credentials > BodyOnly {
			return fmt.Errorf("caller: unknown client authentication %d", cfg.Credentials)
		}
		c.oauth = &cfg
		return nil
	}
}

// TokenError is a token that its endpoint did not give. It holds nothing of
// the answer but a known error code.
type TokenError struct {
	// Kind is Timeout, Unreachable, Forbidden, Broken, BadStatus for an error
	// that the endpoint tells, or BadAnswer for one that holds no token.
	Kind Kind
	// StatusCode is that of the answer, 0 if none came.
	StatusCode int
	// Code is the error code of RFC 6749, such as invalid_client, empty for
	// others.
	Code string

	err error
}

// Error says what happened, without anything that the endpoint may choose.
func (e *TokenError) Error() string {
	text := "caller: token endpoint: " + e.Kind.String()
	if e.StatusCode != 0 {
		text += fmt.Sprintf(" %d", e.StatusCode)
	}
	if e.Code != "" {
		text += ": " + e.Code
	}
	if e.err != nil {
		text += ": " + e.err.Error()
	}
	return text
}

// Unwrap returns the error underneath, if there is one that may be shown.
func (e *TokenError) Unwrap() error { return e.err }

// oauthTokens fetches and keeps the token of one webhook.
type oauthTokens struct {
	caller *Caller
	conf   clientcredentials.Config // without the secret
	client *http.Client

	turn  chan struct{} // held by who looks at the token
	token *oauth2.Token
}

// newOAuth returns nil for a resource or options that have no use for it.
func (c *Caller) newOAuth() (*oauthTokens, error) {
	o := c.service.GetOauthConfig()
	if o == nil || c.cfg.oauth == nil || c.cfg.unauthenticated {
		return nil, nil
	}
	u, err := absoluteURL(o.GetTokenEndpoint())
	switch {
	case err != nil: // its text repeats the query, which may hold a secret
		return nil, errors.New("caller: tokenEndpoint is not an absolute https URL")
	case u.Scheme != "https" && !c.cfg.allowLocal:
		return nil, fmt.Errorf("caller: tokenEndpoint at host %q: the scheme is %q, need https or AllowLocal", u.Host, u.Scheme)
	case o.GetClientId() == "":
		return nil, errors.New("caller: oauthConfig has no client id")
	case o.GetSecretVersionForClientSecret() != "" && c.cfg.secrets == nil:
		return nil, errors.New("caller: the client secret is a secret version: need WithSecrets or Unauthenticated")
	}
	t := &oauthTokens{caller: c, turn: make(chan struct{}, 1), conf: clientcredentials.Config{
		ClientID: o.GetClientId(), TokenURL: u.String(), Scopes: o.GetScopes(), AuthStyle: oauth2.AuthStyleInHeader,
	}}
	if c.cfg.oauth.Credentials == BodyOnly {
		t.conf.AuthStyle = oauth2.AuthStyleInParams
	}
	if t.client, err = c.tokenClient(u); err != nil {
		return nil, err
	}
	return t, nil
}

// tokenClient returns a client that follows no redirects, since they would
// carry the secret elsewhere, and keeps no connections or cookies.
func (c *Caller) tokenClient(u *url.URL) (*http.Client, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if given := c.cfg.oauth.Client; given != nil {
		client.Transport = given.Transport
		return client, nil
	}
	secure, err := tlsConfig(u.Hostname(), nil, nil)
	if err != nil {
		return nil, err
	}
	cfg := c.cfg
	cfg.keepAlive = false
	client.Transport = newTransport(&cfg, ToResource(), &dialer{plain: u.Scheme == "http", allowLocal: cfg.allowLocal, tls: secure})
	return client, nil
}

// header returns the value of the Authorization header.
func (t *oauthTokens) header(ctx context.Context) (string, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if !t.token.Valid() {
		token, err := t.fetch(ctx)
		if err != nil {
			return "", err
		}
		if token.Expiry.IsZero() {
			return "Bearer " + token.AccessToken, nil
		}
		t.token = token
	}
	return "Bearer " + t.token.AccessToken, nil
}

func (t *oauthTokens) fetch(ctx context.Context) (*oauth2.Token, error) {
	o := t.caller.service.GetOauthConfig()
	secret := o.GetClientSecret()
	if version := o.GetSecretVersionForClientSecret(); version != "" {
		var err error
		if secret, err = t.caller.secret(ctx, version); err != nil {
			return nil, err
		}
	}
	conf := t.conf
	conf.ClientSecret = secret
	if t.caller.cfg.oauth.Credentials == BasicAndBody {
		conf.EndpointParams = url.Values{"client_id": {conf.ClientID}, "client_secret": {secret}}
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, t.client), t.caller.timeout)
	defer cancel()
	token, err := conf.Token(ctx)
	switch {
	case err != nil:
		return nil, tokenError(ctx, err)
	case !httpguts.ValidHeaderFieldValue("Bearer " + token.AccessToken):
		return nil, &TokenError{Kind: BadAnswer}
	}
	return token, nil
}

// tokenError classifies what package oauth2 reports, whose text repeats the
// answer and the URL.
func tokenError(ctx context.Context, err error) error {
	var answer *oauth2.RetrieveError
	var connect *connectError
	var address *addressError
	var dial *net.OpError
	var wire *url.Error
	switch {
	case errors.As(err, &answer):
		return answeredError(answer)
	case errors.As(err, &address):
		return &TokenError{Kind: Forbidden, err: address}
	case ctx.Err() != nil:
		return &TokenError{Kind: Timeout, err: ctx.Err()}
	case errors.As(err, &connect):
		return &TokenError{Kind: Unreachable, err: connect}
	case errors.As(err, &dial) && dial.Op == "dial":
		return &TokenError{Kind: Unreachable, err: dial}
	case errors.As(err, &wire):
		return &TokenError{Kind: Broken, err: wire.Err}
	}
	return &TokenError{Kind: BadAnswer}
}

func answeredError(answer *oauth2.RetrieveError) *TokenError {
	e := &TokenError{Kind: BadStatus, StatusCode: answer.Response.StatusCode}
	known := []string{
		"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
		"unsupported_grant_type", "invalid_scope", "server_error", "temporarily_unavailable",
	}
	if slices.Contains(known, answer.ErrorCode) {
		e.Code = answer.ErrorCode
	}
	return e
}
