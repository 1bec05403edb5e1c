package auth

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// DefaultTokenLifetime is how long the tokens of a [TokenEndpoint] are good
// where nothing is configured.
const DefaultTokenLifetime = time.Hour

// maxTokenRequest bounds the body of a token request, in bytes.
const maxTokenRequest = 16 << 10

// TokenClient is one OAuth client of a [TokenEndpoint].
type TokenClient struct {
	// ID and Secret are what is configured in Dialogflow as client id and
	// client secret. Both are required.
	ID     string
	Secret SecretSource
	// Scopes lists what the client may ask for; it gets all when it asks for
	// none.
	Scopes []string
}

// TokenEndpointConfig configures [NewTokenEndpoint].
type TokenEndpointConfig struct {
	// Issuer is the iss of tokens. Required.
	Issuer string
	// Audience is the aud of tokens: what the webhook's verifier expects.
	// Required.
	Audience string
	// Clients may get tokens. Required.
	Clients []TokenClient
	// Signer signs the tokens. Required unless Opaque is set.
	Signer *Signer
	// Opaque makes random tokens in place of signed ones, which are kept in
	// memory until they expire and are verified by [TokenEndpoint.Introspect].
	Opaque bool
	// Lifetime is how long tokens are good, at most DefaultMaxLifetime. The
	// default is DefaultTokenLifetime.
	Lifetime time.Duration
	// Now is the clock. The default is time.Now.
	Now func() time.Time
}

// TokenEndpoint is a small OAuth server for the client credentials grant
// (RFC 6749, section 4.4): for tests, and for users who have no issuer. Serve
// its handlers over https only:
//
//	mux.Handle("POST /token", endpoint)
//	mux.Handle("GET /keys", endpoint.Keys())
//	mux.Handle("POST /introspect", endpoint.Introspect())
//
// Clients prove themselves by HTTP basic or in the body. Tokens follow RFC
// 9068, or are opaque. It keeps no other state, so several instances may share
// one signer; opaque tokens are known to their own instance only.
type TokenEndpoint struct {
	cfg    TokenEndpointConfig
	tokens *opaqueTokens
	dummy  SecretSource // compared with when a client is unknown
}

// NewTokenEndpoint returns the server. Every field that is required and
// missing, weak secrets, and clients of one id are errors.
func NewTokenEndpoint(cfg TokenEndpointConfig) (*TokenEndpoint, error) {
	switch {
	case cfg.Issuer == "" || cfg.Audience == "":
		return nil, errors.New("auth: token endpoint: issuer and audience are required")
	case cfg.Signer == nil && !cfg.Opaque:
		return nil, errors.New("auth: token endpoint: need a signer, or Opaque")
	case cfg.Lifetime < 0 || cfg.Lifetime > DefaultMaxLifetime:
		return nil, fmt.Errorf("auth: token endpoint: lifetime is %v, need at most %v", cfg.Lifetime, DefaultMaxLifetime)
	case len(cfg.Clients) == 0:
		return nil, errors.New("auth: token endpoint: no clients are configured")
	}
	for i, c := range cfg.Clients {
		same := func(o TokenClient) bool { return o.ID == c.ID }
		if c.ID == "" || slices.ContainsFunc(cfg.Clients[:i], same) {
			return nil, fmt.Errorf("auth: token endpoint: client id %q is empty or used twice", c.ID)
		}
		if err := checkSecrets(c.Secret, MinSecretBytes); err != nil {
			return nil, fmt.Errorf("auth: token endpoint: client %q: %w", c.ID, err)
		}
	}
	if cfg.Lifetime == 0 {
		cfg.Lifetime = DefaultTokenLifetime
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &TokenEndpoint{cfg: cfg, tokens: newOpaqueTokens(), dummy: FixedSecrets(rand.Text())}, nil
}

// ServeHTTP answers token requests.
func (e *TokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client, problem := e.client(w, r)
	if problem != nil {
		problem.write(w)
		return
	}
	if grant := r.PostForm["grant_type"]; len(grant) != 1 || grant[0] != "client_credentials" {
		(&oauthProblem{http.StatusBadRequest, "unsupported_grant_type"}).write(w)
		return
	}
	scope, ok := grantedScope(client, r.PostForm["scope"])
	if !ok {
		(&oauthProblem{http.StatusBadRequest, "invalid_scope"}).write(w)
		return
	}
	token, err := e.issue(client.ID, scope)
	if err != nil {
		(&oauthProblem{http.StatusInternalServerError, "server_error"}).write(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(e.cfg.Lifetime.Seconds()), "scope": scope,
	})
}

// grantedScope returns the scopes that a client gets for those it asks for.
func grantedScope(c TokenClient, asked []string) (string, bool) {
	if len(asked) > 1 {
		return "", false
	}
	if len(asked) == 0 || asked[0] == "" {
		return strings.Join(c.Scopes, " "), true
	}
	for _, s := range strings.Split(asked[0], " ") {
		if !slices.Contains(c.Scopes, s) {
			return "", false
		}
	}
	return asked[0], true
}

// issue makes a token for a client.
func (e *TokenEndpoint) issue(client, scope string) (string, error) {
	now := e.cfg.Now()
	grant := grant{
		Issuer: e.cfg.Issuer, Audience: e.cfg.Audience, Subject: client, Client: client, Scope: scope,
		IssuedAt: now.Unix(), Expires: now.Add(e.cfg.Lifetime).Unix(), ID: rand.Text(),
	}
	if e.cfg.Opaque {
		return e.tokens.add(grant, now), nil
	}
	return e.cfg.Signer.Sign("at+jwt", grant)
}

// Keys returns the handler that publishes the signer's keys, together with
// those of the others: the keys of a rotation, for example.
func (e *TokenEndpoint) Keys(others ...*Signer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if e.cfg.Signer == nil {
			http.Error(w, "no keys", http.StatusNotFound)
			return
		}
		jwks, err := e.cfg.Signer.JWKS(others...)
		if err != nil {
			http.Error(w, "keys cannot be encoded", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", "public, max-age=600")
		_, _ = w.Write(jwks)
	})
}

// Introspect returns the handler of RFC 7662 for opaque tokens. Its callers
// prove themselves as the clients do.
func (e *TokenEndpoint) Introspect() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, problem := e.client(w, r); problem != nil {
			problem.write(w)
			return
		}
		g, ok := e.tokens.get(r.PostForm.Get("token"), e.cfg.Now())
		if !ok {
			writeJSON(w, http.StatusOK, map[string]bool{"active": false})
			return
		}
		writeJSON(w, http.StatusOK, struct {
			Active bool `json:"active"`
			grant
		}{true, g})
	})
}

// Revoke ends an opaque token before its time. It says nothing about tokens
// that are not known.
func (e *TokenEndpoint) Revoke(token string) { e.tokens.remove(token) }

// grant is what a token says.
type grant struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	Client   string `json:"client_id"`
	Scope    string `json:"scope,omitempty"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
}

// oauthProblem is an error answer of RFC 6749, section 5.2.
type oauthProblem struct {
	status int
	code   string
}

func (p *oauthProblem) write(w http.ResponseWriter) {
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
	}
	writeJSON(w, p.status, map[string]string{"error": p.code})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the peer may be gone
}

// client returns who asks, by HTTP basic or by the body, and leaves the parsed
// form in r. Both may be there if they say the same.
func (e *TokenEndpoint) client(w http.ResponseWriter, r *http.Request) (TokenClient, *oauthProblem) {
	bad := &oauthProblem{http.StatusBadRequest, "invalid_request"}
	refused := &oauthProblem{http.StatusUnauthorized, "invalid_client"}
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenRequest)
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		return TokenClient{}, bad
	}
	ids, secrets := r.PostForm["client_id"], r.PostForm["client_secret"]
	if len(ids) > 1 || len(secrets) > 1 {
		return TokenClient{}, bad
	}
	if user, password, ok := r.BasicAuth(); ok {
		id, err1 := url.QueryUnescape(user)
		secret, err2 := url.QueryUnescape(password)
		if err1 != nil || err2 != nil || (len(ids) == 1 && ids[0] != id) || (len(secrets) == 1 && secrets[0] != secret) {
			return TokenClient{}, bad
		}
		ids, secrets = []string{id}, []string{secret}
	}
	if len(ids) == 0 || len(secrets) == 0 {
		return TokenClient{}, refused
	}
	c := TokenClient{Secret: e.dummy}
	if i := slices.IndexFunc(e.cfg.Clients, func(c TokenClient) bool { return c.ID == ids[0] }); i >= 0 {
		c = e.cfg.Clients[i]
	}
	//backstop: nobody has the secret that unknown clients are compared with
	if _, _, err := matchSecret(c.Secret, []byte(secrets[0])); err != nil || c.ID == "" {
		return TokenClient{}, refused
	}
	return c, nil
}
