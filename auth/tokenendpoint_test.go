package auth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

// issuerServer serves a token endpoint as a user would.
type issuerServer struct {
	*httptest.Server
	endpoint *auth.TokenEndpoint
}

func newIssuer(t *testing.T, change func(*auth.TokenEndpointConfig)) issuerServer {
	t.Helper()
	cfg := auth.TokenEndpointConfig{
		Issuer: testIssuer, Audience: testAudience, Signer: newSigner(t, "k1", "RS256", rsaKey()), Now: fixedClock,
		Clients: []auth.TokenClient{
			{ID: testClient, Secret: auth.FixedSecrets(secretNew, secretOld), Scopes: []string{"read", "write"}},
			{ID: "resource server", Secret: auth.FixedSecrets("resource:&=+ secret")},
		},
	}
	if change != nil {
		change(&cfg)
	}
	e, err := auth.NewTokenEndpoint(cfg)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/token", e)
	mux.Handle("GET /keys", e.Keys())
	mux.Handle("/introspect", e.Introspect())
	srv := httptest.NewTLSServer(mux)
	t.Cleanup(srv.Close)
	return issuerServer{srv, e}
}

// token fetches a token as Dialogflow does.
func (s issuerServer) token(t *testing.T, style oauth2.AuthStyle) string {
	t.Helper()
	cfg := clientcredentials.Config{
		ClientID: testClient, ClientSecret: secretOld, TokenURL: s.URL + "/token", Scopes: []string{"write"}, AuthStyle: style,
	}
	tok, err := cfg.Token(context.WithValue(t.Context(), oauth2.HTTPClient, s.Client()))
	if err != nil {
		t.Fatal(err)
	}
	if tok.TokenType != "Bearer" {
		t.Errorf("token type = %q", tok.TokenType)
	}
	return tok.AccessToken
}

// The whole way of a signed token: fetched, sent, verified by fetched keys.
func TestSignedTokenFromEndpointToVerifier(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, nil)
	keys, err := auth.NewKeySet(auth.KeySetConfig{URL: s.URL + "/keys", Client: s.Client()})
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	if err := keys.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg := jwtConfig(keys)
	cfg.RequireType = true
	site := refusal.New(t, refusal.Config{Guard: guardBy(newJWT(t, cfg))})
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		if id, _ := site.Accepted(t, bearer(s.token(t, style))); id.Subject != testClient {
			t.Errorf("identity = %+v", id)
		}
	}
}

// The whole way of an opaque token, to its revocation.
func TestOpaqueTokenFromEndpointToVerifier(t *testing.T) {
	t.Parallel()
	c := &clock{}
	s := newIssuer(t, func(cfg *auth.TokenEndpointConfig) { cfg.Opaque, cfg.Signer, cfg.Now = true, nil, c.now })
	cfg := auth.IntrospectionConfig{
		Endpoint: s.URL + "/introspect", ClientID: "resource server", ClientSecret: auth.FixedSecrets("resource:&=+ secret"),
		Issuer: testIssuer, Audiences: []string{testAudience}, Clients: []string{testClient}, Scopes: []string{"write"},
		Lookup: auth.LookupConfig{Client: s.Client(), Now: c.now},
	}
	v := newIntrospection(t, cfg)
	token := s.token(t, oauth2.AuthStyleInHeader)
	if got := verify(v, token); got != "" {
		t.Fatal(got)
	}
	s.endpoint.Revoke(token)
	c.advance(auth.DefaultLookupTTL)
	if got := verify(v, token); got != "inactive" {
		t.Errorf("revoked token: %q, want inactive", got)
	}
	another := s.token(t, oauth2.AuthStyleInHeader)
	c.advance(auth.DefaultTokenLifetime)
	if got := verify(v, another); got != "inactive" {
		t.Errorf("expired token: %q, want inactive", got)
	}

	cfg.ClientSecret = auth.FixedSecrets("a-wrong-client-secret")
	if got := verify(newIntrospection(t, cfg), token); got != "dependency_unavailable" {
		t.Errorf("by a wrong credential of ours: %q, want dependency_unavailable", got)
	}
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})
	cfg.ClientID, cfg.ClientSecret, cfg.TokenSource = "", nil, source
	if got := verify(newIntrospection(t, cfg), token); got != "dependency_unavailable" {
		t.Errorf("by a token of ours that the endpoint does not know: %q, want dependency_unavailable", got)
	}
}

func TestTokenEndpointRefusals(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, nil)
	form := func(pairs ...string) url.Values {
		v := url.Values{"grant_type": {"client_credentials"}, "client_id": {testClient}, "client_secret": {secretNew}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
			if pairs[i+1] == "" {
				v.Del(pairs[i])
			}
		}
		return v
	}
	twice := func(name, value string) url.Values {
		v := form()
		v.Add(name, value)
		return v
	}
	tests := []struct {
		name   string
		form   url.Values
		edit   func(*http.Request)
		status int
		code   string
	}{
		{"good", form(), nil, 200, ""},
		{"no grant type", form("grant_type", ""), nil, 400, "unsupported_grant_type"},
		{"password grant", form("grant_type", "password"), nil, 400, "unsupported_grant_type"},
		{"grant type twice", twice("grant_type", "client_credentials"), nil, 400, "unsupported_grant_type"},
		{"grant type in the query alone", form("grant_type", ""), func(r *http.Request) { r.URL.RawQuery = "grant_type=client_credentials" }, 400, "unsupported_grant_type"},
		{"wrong secret", form("client_secret", "wrong-wrong-wrong"), nil, 401, "invalid_client"},
		{"unknown client", form("client_id", "x"), nil, 401, "invalid_client"},
		{"another client's secret", form("client_id", "resource server"), nil, 401, "invalid_client"},
		{"no client", form("client_id", ""), nil, 401, "invalid_client"},
		{"no secret", form("client_secret", ""), nil, 401, "invalid_client"},
		{"client twice", twice("client_id", testClient), nil, 400, "invalid_request"},
		{"secret twice", twice("client_secret", secretNew), nil, 400, "invalid_request"},
		{"secrets of header and body differ", form("client_secret", secretOld), func(r *http.Request) { r.SetBasicAuth(testClient, secretNew) }, 400, "invalid_request"},
		{"secret of the header not encoded", form("client_secret", ""), func(r *http.Request) { r.SetBasicAuth(testClient, "%zz") }, 400, "invalid_request"},
		{"id of the header not encoded", form("client_id", "", "client_secret", ""), func(r *http.Request) { r.SetBasicAuth("%zz", secretNew) }, 400, "invalid_request"},
		{"header and body differ", form(), func(r *http.Request) { r.SetBasicAuth("x", secretNew) }, 400, "invalid_request"},
		{"header and body agree", form(), func(r *http.Request) { r.SetBasicAuth(testClient, secretNew) }, 200, ""},
		{"header not encoded", form(), func(r *http.Request) { r.SetBasicAuth("%zz", secretNew) }, 400, "invalid_request"},
		{"foreign scope", form("scope", "read admin"), nil, 400, "invalid_scope"},
		{"scope asked for twice", url.Values{"grant_type": {"client_credentials"}, "client_id": {testClient}, "client_secret": {secretNew}, "scope": {"read", "read"}}, nil, 400, "invalid_scope"},
		{"GET", form(), func(r *http.Request) { r.Method = http.MethodGet }, 400, "invalid_request"},
		{"huge body", form("x", strings.Repeat("x", 17<<10)), nil, 400, "invalid_request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/token", strings.NewReader(tt.form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if tt.edit != nil {
				tt.edit(r)
			}
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var answer struct {
				Error string `json:"error"`
				Token string `json:"access_token"`
				Scope string `json:"scope"`
			}
			if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || answer.Error != tt.code || (answer.Token != "") != (tt.status == 200) {
				t.Errorf("answer = %d %q, want %d %q", resp.StatusCode, answer.Error, tt.status, tt.code)
			}
			if resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control = %q, want no-store", resp.Header.Get("Cache-Control"))
			}
		})
	}
}

func TestTokenEndpointConfigIsRefused(t *testing.T) {
	t.Parallel()
	client := auth.TokenClient{ID: "a", Secret: auth.FixedSecrets(secretNew)}
	good := auth.TokenEndpointConfig{
		Issuer: testIssuer, Audience: testAudience, Signer: newSigner(t, "k1", "RS256", rsaKey()), Clients: []auth.TokenClient{client},
	}
	tests := []struct {
		name   string
		change func(*auth.TokenEndpointConfig)
		ok     bool
	}{
		{"good", func(*auth.TokenEndpointConfig) {}, true},
		{"zero", func(c *auth.TokenEndpointConfig) { *c = auth.TokenEndpointConfig{} }, false},
		{"no issuer", func(c *auth.TokenEndpointConfig) { c.Issuer = "" }, false},
		{"no audience", func(c *auth.TokenEndpointConfig) { c.Audience = "" }, false},
		{"no signer", func(c *auth.TokenEndpointConfig) { c.Signer = nil }, false},
		{"no clients", func(c *auth.TokenEndpointConfig) { c.Clients = nil }, false},
		{"no id", func(c *auth.TokenEndpointConfig) { c.Clients = []auth.TokenClient{{Secret: client.Secret}} }, false},
		{"no secret", func(c *auth.TokenEndpointConfig) { c.Clients = []auth.TokenClient{{ID: "a"}} }, false},
		{"weak secret", func(c *auth.TokenEndpointConfig) {
			c.Clients = []auth.TokenClient{{ID: "a", Secret: auth.FixedSecrets("short")}}
		}, false},
		{"one id twice", func(c *auth.TokenEndpointConfig) { c.Clients = []auth.TokenClient{client, client} }, false},
		{"negative life", func(c *auth.TokenEndpointConfig) { c.Lifetime = -time.Hour }, false},
		{"life of two days", func(c *auth.TokenEndpointConfig) { c.Lifetime = 48 * time.Hour }, false},
	}
	for _, tt := range tests {
		cfg := good
		tt.change(&cfg)
		e, err := auth.NewTokenEndpoint(cfg)
		if (err == nil) != tt.ok || (e != nil) != tt.ok {
			t.Errorf("%s: NewTokenEndpoint = %v, %v, want ok %v", tt.name, e, err, tt.ok)
		}
	}
	if token, err := newSigner(t, "k1", "RS256", rsaKey()).Sign("", func() {}); err == nil {
		t.Errorf("Sign of claims that are no JSON = %q", token)
	}
	signers := map[string]auth.SignerConfig{
		"zero": {}, "no key": {KeyID: "k"}, "no id": {Key: rsaKey()}, "key of another kind": {Key: rsaKey(), KeyID: "k", Algorithm: "ES256"},
		"HMAC": {Key: rsaKey(), KeyID: "k", Algorithm: "HS256"}, "unknown": {Key: rsaKey(), KeyID: "k", Algorithm: "XS1"},
	}
	for name, cfg := range signers {
		if _, err := auth.NewSigner(cfg); err == nil {
			t.Errorf("NewSigner of %s = nil error", name)
		}
	}
}
