package auth

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/cxhook/cxhook/internal/jose"
)

// schemeIntrospection is the scheme of opaque access tokens.
const schemeIntrospection = "introspection"

// IntrospectionConfig configures [NewIntrospection].
type IntrospectionConfig struct {
	// Endpoint is the issuer's introspection endpoint. Only https is taken.
	// Required.
	Endpoint string
	// ClientID and ClientSecret are this service's own credential at the
	// endpoint, sent by HTTP basic. The current value of the secret is used.
	ClientID     string
	ClientSecret SecretSource
	// TokenSource yields this service's own access token for the endpoint, in
	// place of the above: see golang.org/x/oauth2/clientcredentials.
	TokenSource oauth2.TokenSource
	// Unauthenticated asks without a credential: for an endpoint that knows
	// this service by its network or by a certificate of Lookup.Client. One
	// of the three is required.
	Unauthenticated bool
	// Issuer is the iss that answers must have. Empty means that it is not
	// looked at, and that identities name the endpoint.
	Issuer string
	// Audiences lists what the aud of answers may name. Required unless
	// AnyAudience is set.
	Audiences []string
	// AnyAudience takes tokens that were made for other services too.
	AnyAudience bool
	// Clients lists the OAuth clients that may call. Required unless
	// AnyClient is set.
	Clients []string
	// AnyClient lets every client of the issuer in.
	AnyClient bool
	// Scopes lists the scopes that a token must all have.
	Scopes []string
	// AlsoSigned asks about signed tokens as well. By default they are
	// refused, since the endpoint of one issuer must not see the tokens of
	// another.
	AlsoSigned bool
	// Lookup bounds the questions.
	Lookup LookupConfig
}

// Introspection verifies opaque access tokens by asking the issuer that made
// them (RFC 7662). It proves what [JWT] does, and that the token was not
// revoked longer ago than the TTL. An issuer that is down makes calls with
// tokens that are not in the cache fail by 503.
//
// Good answers are kept by the SHA-256 of the token, never the token itself.
// Tokens go to the endpoint in the body of a POST; redirects are not followed.
type Introspection struct {
	cfg    IntrospectionConfig
	lookup *lookup
}

// NewIntrospection returns the verifier. Every field that is required and
// missing is an error.
func NewIntrospection(cfg IntrospectionConfig) (*Introspection, error) {
	switch {
	case len(cfg.Audiences) == 0 && !cfg.AnyAudience:
		return nil, errors.New("auth: introspection: no audience is configured; AnyAudience takes all")
	case len(cfg.Audiences) > 0 && cfg.AnyAudience:
		return nil, errors.New("auth: introspection: both Audiences and AnyAudience are set")
	case len(cfg.Clients) == 0 && !cfg.AnyClient:
		return nil, errors.New("auth: introspection: no clients are configured; AnyClient lets all in")
	case len(cfg.Clients) > 0 && cfg.AnyClient:
		return nil, errors.New("auth: introspection: both Clients and AnyClient are set")
	case slices.Contains(slices.Concat(cfg.Audiences, cfg.Clients, cfg.Scopes), ""):
		return nil, errors.New("auth: introspection: one of the audiences, clients or scopes is empty")
	}
	authorize, err := cfg.credential()
	if err != nil {
		return nil, err
	}
	l, err := newLookup(cfg.Lookup, schemeIntrospection, cfg.Endpoint, "token")
	if err != nil {
		return nil, err
	}
	v := &Introspection{cfg: cfg, lookup: l}
	l.authorize, l.judge = authorize, v.judge
	return v, nil
}

// credential returns what puts this service's own credential into a question.
func (cfg IntrospectionConfig) credential() (func(*http.Request) error, error) {
	basic := cfg.ClientID != "" || cfg.ClientSecret != nil
	given := 0
	for _, set := range []bool{basic, cfg.TokenSource != nil, cfg.Unauthenticated} {
		if set {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, errors.New("auth: introspection: need one of client id and secret, token source, and Unauthenticated")
	case cfg.Unauthenticated:
		return nil, nil
	case cfg.TokenSource != nil:
		return cfg.sendToken, nil
	case cfg.ClientID == "":
		return nil, errors.New("auth: introspection: no client id is configured")
	}
	if err := checkSecrets(cfg.ClientSecret, 1); err != nil {
		return nil, err
	}
	return cfg.sendBasic, nil
}

func (cfg IntrospectionConfig) sendToken(r *http.Request) error {
	token, err := cfg.TokenSource.Token()
	//backstop: a token that is missing cannot be sent, which panics and is contained
	if err != nil {
		return err
	}
	token.SetAuthHeader(r)
	return nil
}

// sendBasic encodes both parts as RFC 6749, section 2.3.1, asks for.
func (cfg IntrospectionConfig) sendBasic(r *http.Request) error {
	list, err := cfg.ClientSecret.Secrets()
	//backstop: a secret that is missing cannot be sent, which panics and is contained
	if err != nil || len(list) == 0 {
		return ErrSecretUnavailable
	}
	r.SetBasicAuth(url.QueryEscape(cfg.ClientID), url.QueryEscape(string(list[0].Bytes())))
	return nil
}

// Verify passes a request whose bearer token the issuer calls active.
func (v *Introspection) Verify(r *http.Request) (Identity, error) {
	token, f := authorization(r.Header, "Authorization", "Bearer")
	if f == nil && isSigned(token) && !v.cfg.AlsoSigned {
		f = unauthorized(ReasonTokenType)
	}
	if f != nil {
		return Identity{}, refuseAs(schemeIntrospection, f, challengeBearer)
	}
	id, f := v.lookup.find(r.Context(), token)
	if f != nil {
		return Identity{}, refuseAs(schemeIntrospection, f, challengeBearer)
	}
	return id, nil
}

// judge decides about an answer of the endpoint.
func (v *Introspection) judge(answer jose.Claims, now time.Time) (Identity, time.Time, *Refusal) {
	if active, _ := answer.Bool("active"); !active {
		return Identity{}, time.Time{}, unauthorized(ReasonInactive)
	}
	exp, ok := answer.Time("exp")
	switch {
	case !ok && answer.Has("exp"):
		return Identity{}, time.Time{}, unauthorized(ReasonClaims)
	case ok && !now.Before(exp):
		return Identity{}, time.Time{}, unauthorized(ReasonExpired)
	case answer.Has("cnf"):
		return Identity{}, time.Time{}, unauthorized(ReasonBoundToken)
	}
	if nbf, ok := answer.Time("nbf"); answer.Has("nbf") && (!ok || nbf.After(now.Add(DefaultLeeway))) {
		return Identity{}, time.Time{}, unauthorized(ReasonNotYetValid)
	}
	if iss, _ := answer.String("iss"); v.cfg.Issuer != "" && iss != v.cfg.Issuer {
		return Identity{}, time.Time{}, unauthorized(ReasonIssuer)
	}
	id, f := v.identity(answer)
	return id, exp, f
}

func (v *Introspection) identity(answer jose.Claims) (Identity, *Refusal) {
	rules := tokenRules{audiences: v.cfg.Audiences}
	aud, f := "", (*Refusal)(nil)
	if !v.cfg.AnyAudience {
		if aud, f = rules.audience(answer); f != nil {
			return Identity{}, f
		}
	}
	client, f := clientOf(answer, "", v.cfg.Clients)
	if f != nil {
		return Identity{}, f
	}
	if f := scopesOf(answer, "scope", false, v.cfg.Scopes); f != nil {
		return Identity{}, f
	}
	issuer := v.cfg.Issuer
	if issuer == "" {
		issuer = v.cfg.Endpoint
	}
	return Identity{Scheme: schemeIntrospection, Subject: client, Issuer: issuer, Audience: aud}, nil
}
