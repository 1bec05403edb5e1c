package auth_test

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

const (
	testIssuer   = "https://issuer.example.com"
	testAudience = "https://hooks.example.com/webhook"
	testClient   = "dialogflow-client-7f3a"
	bearerAsk    = `Bearer realm="webhook"`
)

// goodClaims are those of a plain access token for the tests' configuration.
func goodClaims() claims {
	return claims{
		"iss": testIssuer, "aud": testAudience, "client_id": testClient, "scope": "read write", "sub": testClient,
		"iat": base.Unix(), "exp": base.Add(time.Hour).Unix(),
	}
}

func jwtConfig(keys *auth.KeySet) auth.JWTConfig {
	return auth.JWTConfig{
		Issuer: testIssuer, Audiences: []string{testAudience}, Clients: []string{testClient}, Scopes: []string{"write"},
		Keys: keys, Now: fixedClock,
	}
}

func newJWT(t testing.TB, cfg auth.JWTConfig) *auth.JWT {
	t.Helper()
	v, err := auth.NewJWT(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// jwtSite is a site that is guarded by a verifier of the tests' issuer.
func jwtSite(t *testing.T, change func(*auth.JWTConfig)) (*refusal.Site, *auth.Signer) {
	t.Helper()
	s := newSigner(t, "k1", "RS256", rsaKey())
	cfg := jwtConfig(keysOf(t, s))
	if change != nil {
		change(&cfg)
	}
	good := bearer(sign(t, s, goodClaims()))
	return refusal.New(t, refusal.Config{Guard: guardBy(newJWT(t, cfg)), Good: good}), s
}

func TestJWTClaims(t *testing.T) {
	t.Parallel()
	unix := func(d time.Duration) int64 { return base.Add(d).Unix() }
	tests := []struct {
		name   string
		change claims
		status int
		reason string
	}{
		{"good", nil, 200, ""},
		{"aud list with ours", claims{"aud": []string{"x", testAudience}}, 200, ""},
		{"aud list without ours", claims{"aud": []string{"x", "y"}}, 401, "wrong_audience"},
		{"aud empty list", claims{"aud": []string{}}, 401, "wrong_audience"},
		{"aud list with a number", claims{"aud": []any{testAudience, 1}}, 401, "wrong_audience"},
		{"aud object", claims{"aud": map[string]any{"x": testAudience}}, 401, "wrong_audience"},
		{"aud null", claims{"aud": jsonNull}, 401, "wrong_audience"},
		{"aud missing", claims{"aud": nil}, 401, "wrong_audience"},
		{"trailing slash", claims{"aud": testAudience + "/"}, 401, "wrong_audience"},
		{"other case", claims{"aud": strings.ToUpper(testAudience)}, 401, "wrong_audience"},
		{"port", claims{"aud": "https://hooks.example.com:443/webhook"}, 401, "wrong_audience"},
		{"AUD for aud", claims{"aud": nil, "AUD": testAudience}, 401, "wrong_audience"},
		{"Aud beside a wrong aud", claims{"aud": "x", "Aud": testAudience}, 401, "wrong_audience"},
		{"iss of another", claims{"iss": "https://other.example.com"}, 401, "wrong_issuer"},
		{"iss missing", claims{"iss": nil}, 401, "wrong_issuer"},
		{"iss with our prefix", claims{"iss": testIssuer + ".evil.com"}, 401, "wrong_issuer"},
		{"iss trailing slash", claims{"iss": testIssuer + "/"}, 401, "wrong_issuer"},
		{"iss other case", claims{"iss": "https://Issuer.example.com"}, 401, "wrong_issuer"},
		{"iss list", claims{"iss": []string{testIssuer}}, 401, "wrong_issuer"},
		{"exp missing", claims{"exp": nil}, 401, "malformed_claims"},
		{"exp now", claims{"exp": unix(0)}, 200, ""},
		{"exp at the leeway", claims{"iat": unix(-time.Hour), "exp": unix(-auth.DefaultLeeway)}, 200, ""},
		{"exp past the leeway", claims{"iat": unix(-time.Hour), "exp": unix(-auth.DefaultLeeway - time.Second)}, 401, "expired"},
		{"exp text", claims{"exp": "1900000000"}, 401, "malformed_claims"},
		{"exp null", claims{"exp": jsonNull}, 401, "malformed_claims"},
		{"exp true", claims{"exp": true}, 401, "malformed_claims"},
		{"exp list", claims{"exp": []int64{unix(time.Hour)}}, 401, "malformed_claims"},
		{"exp negative", claims{"exp": -1}, 401, "malformed_claims"},
		{"exp huge", claims{"exp": jsonText("1e308")}, 401, "malformed_claims"},
		{"exp NaN as text", claims{"exp": "NaN"}, 401, "malformed_claims"},
		{"exp of 40 digits", claims{"exp": jsonText(strings.Repeat("9", 40))}, 401, "malformed_claims"},
		{"exp with a fraction", claims{"exp": float64(unix(time.Hour)) + 0.9}, 200, ""},
		{"nbf within the leeway", claims{"nbf": unix(auth.DefaultLeeway)}, 200, ""},
		{"nbf beyond the leeway", claims{"nbf": unix(auth.DefaultLeeway + time.Second)}, 401, "not_yet_valid"},
		{"nbf text", claims{"nbf": "1"}, 401, "malformed_claims"},
		{"iat in an hour", claims{"iat": unix(time.Hour), "exp": unix(2 * time.Hour)}, 401, "not_yet_valid"},
		{"iat after exp", claims{"iat": unix(20 * time.Second), "exp": unix(10 * time.Second)}, 401, "malformed_claims"},
		{"iat text", claims{"iat": "1"}, 401, "malformed_claims"},
		{"iat missing", claims{"iat": nil}, 200, ""},
		{"life of a day and a second", claims{"exp": unix(24*time.Hour + time.Second)}, 401, "lifetime_too_long"},
		{"life of a day and a second from now", claims{"iat": nil, "exp": unix(24*time.Hour + time.Second)}, 401, "lifetime_too_long"},
		{"ID token by nonce", claims{"nonce": "n", "scope": nil}, 401, "token_type"},
		{"ID token by at_hash", claims{"at_hash": "h", "scope": nil}, 401, "token_type"},
		{"ID token by c_hash", claims{"c_hash": "h"}, 401, "token_type"},
		{"ID token by token_use", claims{"token_use": "id"}, 401, "token_type"},
		{"token_use no text", claims{"token_use": []string{"access"}}, 401, "token_type"},
		{"access token by token_use", claims{"token_use": "access"}, 200, ""},
		{"scope missing", claims{"scope": nil}, 403, "missing_scope"},
		{"scope of a longer name", claims{"scope": "read writeX"}, 403, "missing_scope"},
		{"scope list", claims{"scope": []string{"read", "write"}}, 403, "missing_scope"},
		{"other client_id", claims{"client_id": "other"}, 403, "wrong_client"},
		{"other azp beside", claims{"azp": "other"}, 403, "wrong_client"},
		{"azp alone", claims{"client_id": nil, "azp": testClient, "sub": "x"}, 200, ""},
		{"sub alone", claims{"client_id": nil}, 200, ""},
		{"other sub alone", claims{"client_id": nil, "sub": "other"}, 403, "wrong_client"},
		{"no client at all", claims{"client_id": nil, "sub": nil}, 403, "wrong_client"},
		{"client_id list", claims{"client_id": []string{testClient}}, 401, "malformed_claims"},
		{"bound to a key", claims{"cnf": map[string]any{"jkt": "x"}}, 401, "bound_token"},
	}
	site, s := jwtSite(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			edit := bearer(sign(t, s, goodClaims().with(tt.change)))
			if tt.reason != "" {
				want := refusal.Want{Status: tt.status, Reason: tt.reason}
				if tt.status == 401 {
					want.Challenge = bearerAsk
				}
				site.Refused(t, want, edit)
				return
			}
			if id, _ := site.Accepted(t, edit); id.Subject != testClient || id.Issuer != testIssuer || id.Audience != testAudience {
				t.Errorf("identity = %+v", id)
			}
		})
	}
}

// jsonText stands in claims for JSON that Go's encoder does not write.
type jsonText string

// MarshalJSON returns the text as it is.
func (j jsonText) MarshalJSON() ([]byte, error) { return []byte(j), nil }

const jsonNull = jsonText("null")

func TestJWTOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		cfg    func(*auth.JWTConfig)
		typ    string
		change claims
		reason string
	}{
		{"scope list, said so", func(c *auth.JWTConfig) { c.ScopeLists = true }, "", claims{"scope": []string{"read", "write"}}, ""},
		{"scope list without ours", func(c *auth.JWTConfig) { c.ScopeLists = true }, "", claims{"scope": []string{"read write"}}, "missing_scope"},
		{"scope in another claim", func(c *auth.JWTConfig) { c.ScopeClaim = "scp" }, "", claims{"scope": nil, "scp": "write"}, ""},
		{"scope in the usual claim, another named", func(c *auth.JWTConfig) { c.ScopeClaim = "scp" }, "", nil, "missing_scope"},
		{"no scopes asked for", func(c *auth.JWTConfig) { c.Scopes = nil }, "", claims{"scope": nil}, ""},
		{"client in another claim", func(c *auth.JWTConfig) { c.ClientClaim = "appid" }, "", claims{"client_id": nil, "sub": "x", "appid": testClient}, ""},
		{"client missing in the named claim", func(c *auth.JWTConfig) { c.ClientClaim = "appid" }, "", nil, "wrong_client"},
		{"any client", func(c *auth.JWTConfig) { c.Clients, c.AnyClient = nil, true }, "", claims{"client_id": "whoever"}, ""},
		{"any client, of no kind", func(c *auth.JWTConfig) { c.Clients, c.AnyClient = nil, true }, "", claims{"client_id": 7}, "malformed_claims"},
		{"RFC 9068 type asked for and there", func(c *auth.JWTConfig) { c.RequireType = true }, "at+jwt", nil, ""},
		{"the same in long", func(c *auth.JWTConfig) { c.RequireType = true }, "application/AT+JWT", nil, ""},
		{"RFC 9068 type asked for, JWT there", func(c *auth.JWTConfig) { c.RequireType = true }, "JWT", nil, "token_type"},
		{"RFC 9068 type asked for, none there", func(c *auth.JWTConfig) { c.RequireType = true }, "none", nil, "token_type"},
		{"RFC 9068 type not asked for", nil, "at+jwt", nil, ""},
		{"type of another kind of token", nil, "logout+jwt", nil, "token_type"},
		{"no leeway", func(c *auth.JWTConfig) { c.Leeway = auth.NoLeeway }, "", claims{"iat": base.Unix() - 60, "exp": base.Unix() - 1}, "expired"},
		{"a minute of leeway", func(c *auth.JWTConfig) { c.Leeway = time.Minute }, "", claims{"iat": base.Unix() - 60, "exp": base.Unix() - 60}, ""},
		{"shorter life", func(c *auth.JWTConfig) { c.MaxLifetime = 30 * time.Minute }, "", nil, "lifetime_too_long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSigner(t, "k1", "RS256", rsaKey())
			cfg := jwtConfig(keysOf(t, s))
			if tt.cfg != nil {
				tt.cfg(&cfg)
			}
			typ := cmp.Or(tt.typ, "JWT")
			if tt.typ == "none" {
				typ = ""
			}
			token, err := s.Sign(typ, goodClaims().with(tt.change))
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			auth.SetBearer(r, token)
			_, err = newJWT(t, cfg).Verify(r)
			if got := reasonOf(err); got != tt.reason {
				t.Errorf("reason = %q (%v), want %q", got, err, tt.reason)
			}
		})
	}
}

// reasonOf returns the reason of a refusal, "" for none.
func reasonOf(err error) string {
	var f *auth.Refusal
	if errors.As(err, &f) {
		return string(f.Reason)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// Many calls with one token at the same time.
func TestJWTInParallel(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "k1", "RS256", rsaKey())
	v := newJWT(t, jwtConfig(keysOf(t, s)))
	token := sign(t, s, goodClaims())
	var wg sync.WaitGroup
	var failed atomic.Int64
	for range 1000 {
		wg.Go(func() {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(nil))
			auth.SetBearer(r, token)
			if _, err := v.Verify(r); err != nil {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of 1000 calls were refused", n)
	}
}

func TestJWTConfigIsRefused(t *testing.T) {
	t.Parallel()
	keys := keysOf(t, newSigner(t, "k1", "RS256", rsaKey()))
	tests := []struct {
		name   string
		change func(*auth.JWTConfig)
		ok     bool
	}{
		{"good", func(*auth.JWTConfig) {}, true},
		{"zero", func(c *auth.JWTConfig) { *c = auth.JWTConfig{} }, false},
		{"no issuer", func(c *auth.JWTConfig) { c.Issuer = "" }, false},
		{"no audience", func(c *auth.JWTConfig) { c.Audiences = nil }, false},
		{"empty audience", func(c *auth.JWTConfig) { c.Audiences = []string{""} }, false},
		{"no keys", func(c *auth.JWTConfig) { c.Keys = nil }, false},
		{"keys that no constructor has made", func(c *auth.JWTConfig) { c.Keys = &auth.KeySet{} }, false},
		{"no client", func(c *auth.JWTConfig) { c.Clients = nil }, false},
		{"empty client", func(c *auth.JWTConfig) { c.Clients = []string{""} }, false},
		{"clients and any client", func(c *auth.JWTConfig) { c.AnyClient = true }, false},
		{"empty scope", func(c *auth.JWTConfig) { c.Scopes = []string{""} }, false},
		{"none", func(c *auth.JWTConfig) { c.Algorithms = []string{"none"} }, false},
		{"HMAC", func(c *auth.JWTConfig) { c.Algorithms = []string{"HS256"} }, false},
		{"HMAC beside RSA", func(c *auth.JWTConfig) { c.Algorithms = []string{"RS256", "HS256"} }, false},
		{"crit ignored", func(c *auth.JWTConfig) { c.IgnoreHeaders = []string{"crit"} }, false},
		{"two minutes of leeway", func(c *auth.JWTConfig) { c.Leeway = 2 * time.Minute }, false},
		{"negative leeway", func(c *auth.JWTConfig) { c.Leeway = -time.Second }, false},
		{"negative life", func(c *auth.JWTConfig) { c.MaxLifetime = -time.Second }, false},
	}
	for _, tt := range tests {
		cfg := jwtConfig(keys)
		tt.change(&cfg)
		v, err := auth.NewJWT(cfg)
		if (err == nil) != tt.ok || (v != nil) != tt.ok {
			t.Errorf("%s: NewJWT = %v, %v, want ok %v", tt.name, v, err, tt.ok)
		}
	}
}
