package auth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cxhook/cxhook/internal/jose"
)

// schemeJWT is the scheme of access tokens that are signed tokens.
const schemeJWT = "jwt"

// challengeBearer is sent with every 401 of a bearer scheme.
const challengeBearer = `Bearer realm="webhook"` //nolint:gosec // G101 takes the name of a scheme for a credential

// DefaultMaxLifetime bounds the life of access tokens where nothing is
// configured.
const DefaultMaxLifetime = 24 * time.Hour

// JWTConfig configures [NewJWT].
type JWTConfig struct {
	// Issuer is the iss that tokens must have, letter by letter. Required.
	Issuer string
	// Audiences lists what the aud of tokens may name; one of it is enough.
	// Required.
	Audiences []string
	// Keys are the issuer's. Required.
	Keys *KeySet
	// Clients lists the OAuth clients that may call, such as the client id
	// that is configured in Dialogflow. Required unless AnyClient is set.
	Clients []string
	// AnyClient lets every client of the issuer in that gets a token for the
	// audience.
	AnyClient bool
	// ClientClaim names the claim that holds the client. By default client_id
	// and azp both count and must both be good when both are there; sub is
	// looked at when neither is.
	ClientClaim string
	// Scopes lists the scopes that a token must all have.
	Scopes []string
	// ScopeClaim names the claim that holds them, separated by blanks. The
	// default is "scope".
	ScopeClaim string
	// ScopeLists takes a list of strings in place of a text as well.
	ScopeLists bool
	// Algorithms lists the accepted signatures, such as "RS256", "PS256",
	// "ES256" or "EdDSA". The default is RS256 alone. HMACs are not taken:
	// who verifies them could make tokens.
	Algorithms []string
	// RequireType demands the typ of RFC 9068, at+jwt, which keeps other
	// tokens of the issuer apart. Set it when the issuer sends it.
	RequireType bool
	// IgnoreHeaders lists header names of the issuer's tokens, beyond alg,
	// kid, typ, x5t and x5t#S256, that may occur.
	IgnoreHeaders []string
	// Leeway is how far clocks may differ: see [DefaultLeeway], [NoLeeway].
	Leeway time.Duration
	// MaxLifetime bounds the time from iat, or from now when the token does
	// not say, to exp. The default is DefaultMaxLifetime.
	MaxLifetime time.Duration
	// Now is the clock. The default is time.Now.
	Now func() time.Time
}

// JWT verifies the access tokens that Dialogflow fetches from an OAuth issuer
// by the client credentials grant, when they are signed tokens. It proves that
// the issuer gave the token, to an accepted client, for this audience; whoever
// sees one request can repeat it until the token expires.
//
// Tokens are at most 8 KiB long. Those that are bound to a key (cnf), and ID
// tokens (with nonce, at_hash or c_hash, or whose token_use is not access),
// are refused. Verified tokens are not cached: see the benchmarks.
type JWT struct {
	cfg   JWTConfig
	rules tokenRules
}

// NewJWT returns the verifier. Every field that is required and missing, an
// algorithm that is unknown or symmetric, and a leeway over [MaxLeeway] is an
// error.
func NewJWT(cfg JWTConfig) (*JWT, error) {
	switch {
	case cfg.Issuer == "":
		return nil, errors.New("auth: jwt: no issuer is configured")
	case !cfg.Keys.made():
		return nil, errors.New("auth: jwt: no keys are configured, or none that a constructor has made")
	case len(cfg.Clients) == 0 && !cfg.AnyClient:
		return nil, errors.New("auth: jwt: no clients are configured; AnyClient lets all in")
	case len(cfg.Clients) > 0 && cfg.AnyClient:
		return nil, errors.New("auth: jwt: both Clients and AnyClient are set")
	}
	for name, list := range map[string][]string{"audiences": cfg.Audiences, "clients": cfg.Clients, "scopes": cfg.Scopes} {
		if slices.Contains(list, "") {
			return nil, fmt.Errorf("auth: jwt: one of the %s is empty", name)
		}
	}
	if len(cfg.Audiences) == 0 {
		return nil, errors.New("auth: jwt: no audience is configured")
	}
	rules, err := cfg.rules()
	if err != nil {
		return nil, err
	}
	if cfg.ScopeClaim == "" {
		cfg.ScopeClaim = "scope"
	}
	return &JWT{cfg: cfg, rules: rules}, nil
}

func (cfg JWTConfig) rules() (tokenRules, error) {
	policy := jose.Policy{Algorithms: []jose.Algorithm{jose.RS256}, IgnoreHeaders: cfg.IgnoreHeaders}
	if len(cfg.Algorithms) > 0 {
		policy.Algorithms = nil
	}
	for _, name := range cfg.Algorithms {
		alg := jose.Algorithm(name)
		if alg.Symmetric() {
			return tokenRules{}, fmt.Errorf("auth: jwt: algorithm %q needs a shared secret", name)
		}
		policy.Algorithms = append(policy.Algorithms, alg)
	}
	if err := policy.Check(); err != nil {
		return tokenRules{}, fmt.Errorf("auth: jwt: %w", err)
	}
	leeway, err := leewayOf(cfg.Leeway)
	if err != nil {
		return tokenRules{}, err
	}
	life := cfg.MaxLifetime
	if life < 0 {
		return tokenRules{}, errors.New("auth: jwt: negative lifetime")
	}
	if life == 0 {
		life = DefaultMaxLifetime
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	return tokenRules{
		policy: policy, keys: cfg.Keys, issuers: []string{cfg.Issuer}, audiences: cfg.Audiences,
		leeway: leeway, maxLifetime: life, now: now,
	}, nil
}

// Verify passes a request whose bearer token is good.
func (j *JWT) Verify(r *http.Request) (Identity, error) {
	compact, f := authorization(r.Header, "Authorization", "Bearer")
	if f != nil {
		return Identity{}, refuseAs(schemeJWT, f, challengeBearer)
	}
	id, f := j.verify(r, compact)
	if f != nil {
		return Identity{}, refuseAs(schemeJWT, f, challengeBearer)
	}
	return id, nil
}

func (j *JWT) verify(r *http.Request, compact string) (Identity, *Refusal) {
	tok, claims, f := j.rules.parse(compact)
	if f != nil {
		return Identity{}, f
	}
	if f := j.rules.verifySignature(r.Context(), tok); f != nil {
		return Identity{}, f
	}
	if f := j.kind(tok, claims); f != nil {
		return Identity{}, f
	}
	aud, f := j.rules.audience(claims)
	if f != nil {
		return Identity{}, f
	}
	if f := j.rules.times(claims); f != nil {
		return Identity{}, f
	}
	client, f := clientOf(claims, j.cfg.ClientClaim, j.cfg.Clients)
	if f != nil {
		return Identity{}, f
	}
	if f := scopesOf(claims, j.cfg.ScopeClaim, j.cfg.ScopeLists, j.cfg.Scopes); f != nil {
		return Identity{}, f
	}
	return Identity{Scheme: schemeJWT, Subject: client, Issuer: j.cfg.Issuer, Audience: aud}, nil
}

// kind refuses what is not a plain access token.
func (j *JWT) kind(tok *jose.Token, claims jose.Claims) *Refusal {
	typ := strings.TrimPrefix(strings.ToLower(tok.Type), "application/")
	switch {
	case typ != "at+jwt" && (j.cfg.RequireType || (typ != "" && typ != "jwt")):
		return unauthorized(ReasonTokenType)
	case claims.Has("nonce"), claims.Has("at_hash"), claims.Has("c_hash"):
		return unauthorized(ReasonTokenType)
	case claims.Has("cnf"):
		return unauthorized(ReasonBoundToken)
	}
	if use, ok := claims.String("token_use"); claims.Has("token_use") && (!ok || use != "access") {
		return unauthorized(ReasonTokenType)
	}
	return nil
}

// clientOf returns the client of a token, which must be one of clients unless
// that is empty.
func clientOf(claims jose.Claims, claim string, clients []string) (string, *Refusal) {
	names := []string{"client_id", "azp"}
	if claim != "" {
		names = []string{claim}
	} else if !claims.Has("client_id") && !claims.Has("azp") {
		names = []string{"sub"}
	}
	client := ""
	for _, name := range names {
		value, ok := claims.String(name)
		switch {
		case !ok && claims.Has(name):
			return "", unauthorized(ReasonClaims)
		case ok && len(clients) > 0 && !slices.Contains(clients, value):
			return "", forbidden(ReasonClient)
		case client == "":
			client = value
		}
	}
	if client == "" && len(clients) > 0 {
		return "", forbidden(ReasonClient)
	}
	return client, nil
}

// scopesOf refuses claims that lack one of the needed scopes.
func scopesOf(claims jose.Claims, claim string, lists bool, need []string) *Refusal {
	if len(need) == 0 {
		return nil
	}
	var have []string
	if s, ok := claims.String(claim); ok {
		have = strings.Split(s, " ")
	} else if lists {
		have, _ = claims.Strings(claim)
	}
	for _, scope := range need {
		if !slices.Contains(have, scope) {
			return forbidden(ReasonScope)
		}
	}
	return nil
}
