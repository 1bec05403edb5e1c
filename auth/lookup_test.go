package auth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

const opaque = "opaque-token-0a1b2c3d4e5f"

// lookupServer stands for an issuer that is asked about tokens.
type lookupServer struct {
	srv   *httptest.Server
	asked atomic.Int64

	mu     sync.Mutex
	answer http.HandlerFunc
	last   *http.Request
	form   url.Values
}

func newLookupServer(t testing.TB, answer http.HandlerFunc) *lookupServer {
	t.Helper()
	s := &lookupServer{answer: answer}
	s.srv = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		if err := r.ParseForm(); err != nil {
			t.Errorf("form: %v", err)
		}
		s.mu.Lock()
		s.last, s.form = r, r.PostForm
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.srv.Close)
	return s
}

func (s *lookupServer) set(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

func (s *lookupServer) lookup(c *clock) auth.LookupConfig {
	return auth.LookupConfig{Client: s.srv.Client(), Now: c.now}
}

// active is an answer that is good for the tests' configuration.
func active() claims {
	return claims{
		"active": true, "iss": testIssuer, "aud": testAudience, "client_id": testClient, "scope": "read write",
		"exp": base.Add(time.Hour).Unix(),
	}
}

func introspectionConfig(s *lookupServer, c *clock) auth.IntrospectionConfig {
	return auth.IntrospectionConfig{
		Endpoint: s.srv.URL + "/introspect", ClientID: "me:&", ClientSecret: auth.FixedSecrets(secretNew + "+&="),
		Issuer: testIssuer, Audiences: []string{testAudience}, Clients: []string{testClient}, Scopes: []string{"write"},
		Lookup: s.lookup(c),
	}
}

func newIntrospection(t testing.TB, cfg auth.IntrospectionConfig) *auth.Introspection {
	t.Helper()
	v, err := auth.NewIntrospection(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// verify returns the reason of the refusal of a token, "" when it passes.
func verify(v auth.Verifier, token string) string {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	auth.SetBearer(r, token)
	_, err := v.Verify(r)
	return reasonOf(err)
}

func TestIntrospectionAnswers(t *testing.T) {
	t.Parallel()
	json := func(change claims) http.HandlerFunc { return answerWith(200, marshal(t, active().with(change))) }
	text := func(s string) http.HandlerFunc { return answerWith(200, s) }
	elsewhere := newLookupServer(t, json(nil))
	tests := []struct {
		name   string
		answer http.HandlerFunc
		status int
		reason string
	}{
		{"good", json(nil), 200, ""},
		{"no exp", json(claims{"exp": nil}), 200, ""},
		{"not active", json(claims{"active": false}), 401, "inactive"},
		{"not active alone", text(`{"active":false}`), 401, "inactive"},
		{"active missing", json(claims{"active": nil}), 401, "inactive"},
		{"active as text", json(claims{"active": "true"}), 401, "inactive"},
		{"active 1", json(claims{"active": 1}), 401, "inactive"},
		{"active null", json(claims{"active": jsonNull}), 401, "inactive"},
		{"Active", json(claims{"active": nil, "Active": true}), 401, "inactive"},
		{"exp in the past", json(claims{"exp": base.Unix() - 1}), 401, "expired"},
		{"exp now", json(claims{"exp": base.Unix()}), 401, "expired"},
		{"exp as text", json(claims{"exp": "1900000000"}), 401, "malformed_claims"},
		{"nbf in the future", json(claims{"nbf": base.Unix() + 60}), 401, "not_yet_valid"},
		{"nbf as text", json(claims{"nbf": "0"}), 401, "not_yet_valid"},
		{"other aud", json(claims{"aud": "x"}), 401, "wrong_audience"},
		{"no aud", json(claims{"aud": nil}), 401, "wrong_audience"},
		{"other iss", json(claims{"iss": "x"}), 401, "wrong_issuer"},
		{"no iss", json(claims{"iss": nil}), 401, "wrong_issuer"},
		{"scope lacking", json(claims{"scope": "read"}), 403, "missing_scope"},
		{"other client", json(claims{"client_id": "x"}), 403, "wrong_client"},
		{"bound to a key", json(claims{"cnf": map[string]any{}}), 401, "bound_token"},
		{"active twice", text(`{"active":false,"active":true}`), 401, "malformed_claims"},
		{"401 to us", answerWith(401, `{"error":"invalid_client"}`), 503, "dependency_unavailable"},
		{"403 to us", answerWith(403, ``), 503, "dependency_unavailable"},
		{"400 to us", answerWith(400, `{}`), 503, "dependency_unavailable"},
		{"429", answerWith(429, `{}`), 503, "dependency_unavailable"},
		{"500", answerWith(500, `{}`), 503, "dependency_unavailable"},
		{"HTML", answerWith(200, `<html>`, "Content-Type", "text/html"), 503, "dependency_unavailable"},
		{"HTML called JSON", text(`<html>`), 503, "dependency_unavailable"},
		{"JSON called HTML", answerWith(200, `{"active":true}`, "Content-Type", "text/html"), 503, "dependency_unavailable"},
		{"empty", text(``), 503, "dependency_unavailable"},
		{"cut", text(`{"active":true`), 503, "dependency_unavailable"},
		{"list", text(`[{"active":true}]`), 503, "dependency_unavailable"},
		{"long", text(`{"x":"` + strings.Repeat("x", 64<<10) + `","active":true}`), 503, "dependency_unavailable"},
		{"redirect", answerWith(307, ``, "Location", elsewhere.srv.URL), 503, "dependency_unavailable"},
		{"signed answer", answerWith(200, `eyJ.eyJ.x`, "Content-Type", "application/token-introspection+jwt"), 503, "dependency_unavailable"},
		{"reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 503, "dependency_unavailable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newLookupServer(t, tt.answer)
			site := refusal.New(t, refusal.Config{
				Guard:    guardBy(newIntrospection(t, introspectionConfig(s, &clock{}))),
				Canaries: []string{secretNew, opaque},
			})
			if tt.reason != "" {
				site.Refused(t, refusal.Want{Status: tt.status, Reason: tt.reason, AnyChallenge: true}, bearer(opaque))
				return
			}
			if id, _ := site.Accepted(t, bearer(opaque)); id.Scheme != "introspection" || id.Subject != testClient || id.Issuer != testIssuer {
				t.Errorf("identity = %+v", id)
			}
		})
	}
	if n := elsewhere.asked.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

// What goes out, and how.
func TestIntrospectionQuestion(t *testing.T) {
	t.Parallel()
	s := newLookupServer(t, answerWith(200, marshal(t, active())))
	v := newIntrospection(t, introspectionConfig(s, &clock{}))
	const token = "a+b/c-d_e.f~g=="
	if got := verify(v, token); got != "" {
		t.Fatal(got)
	}
	if s.last.Method != http.MethodPost || s.last.URL.String() != "/introspect" {
		t.Errorf("asked by %s %s", s.last.Method, s.last.URL)
	}
	if s.form.Get("token") != token || len(s.form) != 1 {
		t.Errorf("form = %v, want the token alone", s.form)
	}
	user, password, _ := s.last.BasicAuth()
	if user != url.QueryEscape("me:&") || password != url.QueryEscape(secretNew+"+&=") {
		t.Errorf("our credential arrives as %q and %q", user, password)
	}
	for _, bad := range []string{"a&b", "a%00b", "a b", "a\x00b", "ü", "=="} {
		if got := verify(v, bad); got != "malformed_credential" {
			t.Errorf("token %q: %q, want malformed_credential", bad, got)
		}
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

// A signed token is not shown to the endpoint of another issuer.
func TestSignedTokensAreNotShown(t *testing.T) {
	t.Parallel()
	s := newLookupServer(t, answerWith(200, marshal(t, active())))
	signer := newSigner(t, "k1", "RS256", rsaKey())
	signed := newJWT(t, jwtConfig(keysOf(t, signer)))
	cfg := introspectionConfig(s, &clock{})
	either := auth.Any(signed, newIntrospection(t, cfg))
	if got := verify(either, sign(t, signer, goodClaims())); got != "" {
		t.Errorf("good signed token: %s", got)
	}
	if got := verify(either, sign(t, signer, goodClaims().with(claims{"exp": base.Unix() - 3600, "iat": base.Unix() - 7200}))); got == "" {
		t.Error("expired signed token passed")
	}
	for name, token := range map[string]string{
		"another order of names": raw(t, rsaKey(), `{"typ":"JWT","alg":"RS256"}`, "{}"),
		"spaces in the header":   raw(t, rsaKey(), "{ \n \"alg\": \"RS256\"}", "{}"),
		"a space before it":      raw(t, rsaKey(), "  {\"alg\":\"RS256\"}", "{}"),
		"encrypted":              raw(t, rsaKey(), `{"alg":"dir","enc":"A128GCM"}`, "{}") + ".YQ.YQ",
		"signature missing":      b64(`{"alg":"none"}`) + "." + b64("{}"),
	} {
		if got := verify(newIntrospection(t, cfg), token); got != "token_type" {
			t.Errorf("%s: %q, want token_type", name, got)
		}
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("asked %d times about signed tokens", n)
	}
	if got := verify(either, opaque); got != "" {
		t.Errorf("opaque token: %s", got)
	}
	if got := verify(either, b64(`{"alg":"none"}`)); got != "" { // opaque to anybody
		t.Errorf("an object alone: %s", got)
	}
	if got := verify(either, strings.Repeat("x", 8<<10+1)); got != "malformed_credential" {
		t.Errorf("token over 8 KiB: %q, want malformed_credential", got)
	}
	if n := s.asked.Load(); n != 2 {
		t.Errorf("asked %d times, want twice, about the opaque tokens", n)
	}
	cfg.AlsoSigned = true
	if got := verify(newIntrospection(t, cfg), sign(t, signer, goodClaims())); got != "" {
		t.Errorf("signed token, said so: %s", got)
	}
}

func TestIntrospectionConfigIsRefused(t *testing.T) {
	t.Parallel()
	s := newLookupServer(t, nil)
	tests := []struct {
		name   string
		change func(*auth.IntrospectionConfig)
		ok     bool
	}{
		{"good", func(*auth.IntrospectionConfig) {}, true},
		{"zero", func(c *auth.IntrospectionConfig) { *c = auth.IntrospectionConfig{} }, false},
		{"http", func(c *auth.IntrospectionConfig) { c.Endpoint = "http://x/" }, false},
		{"no endpoint", func(c *auth.IntrospectionConfig) { c.Endpoint = "" }, false},
		{"no credential", func(c *auth.IntrospectionConfig) { c.ClientID, c.ClientSecret = "", nil }, false},
		{"no credential, said so", func(c *auth.IntrospectionConfig) { c.ClientID, c.ClientSecret, c.Unauthenticated = "", nil, true }, true},
		{"two credentials", func(c *auth.IntrospectionConfig) { c.Unauthenticated = true }, false},
		{"id without a secret", func(c *auth.IntrospectionConfig) { c.ClientSecret = nil }, false},
		{"secret without an id", func(c *auth.IntrospectionConfig) { c.ClientID = "" }, false},
		{"empty secret", func(c *auth.IntrospectionConfig) { c.ClientSecret = auth.FixedSecrets("") }, false},
		{"no audience", func(c *auth.IntrospectionConfig) { c.Audiences = nil }, false},
		{"any audience", func(c *auth.IntrospectionConfig) { c.Audiences, c.AnyAudience = nil, true }, true},
		{"audience and any", func(c *auth.IntrospectionConfig) { c.AnyAudience = true }, false},
		{"empty audience", func(c *auth.IntrospectionConfig) { c.Audiences = []string{""} }, false},
		{"no client", func(c *auth.IntrospectionConfig) { c.Clients = nil }, false},
		{"any client", func(c *auth.IntrospectionConfig) { c.Clients, c.AnyClient = nil, true }, true},
		{"client and any", func(c *auth.IntrospectionConfig) { c.AnyClient = true }, false},
		{"TTL of an hour", func(c *auth.IntrospectionConfig) { c.Lookup.TTL = time.Hour }, false},
		{"negative TTL", func(c *auth.IntrospectionConfig) { c.Lookup.TTL = -1 }, false},
		{"negative timeout", func(c *auth.IntrospectionConfig) { c.Lookup.Timeout = -1 }, false},
		{"negative rate", func(c *auth.IntrospectionConfig) { c.Lookup.Rate = -1 }, false},
	}
	for _, tt := range tests {
		cfg := introspectionConfig(s, &clock{})
		tt.change(&cfg)
		v, err := auth.NewIntrospection(cfg)
		if (err == nil) != tt.ok || (v != nil) != tt.ok {
			t.Errorf("%s: NewIntrospection = %v, %v, want ok %v", tt.name, v, err, tt.ok)
		}
	}
}
