package auth_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// answering is a transport that gives every question the same answer.
type answering struct {
	status int
	header http.Header
	body   string
	asked  int
}

func (a *answering) RoundTrip(*http.Request) (*http.Response, error) {
	a.asked++
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

// FuzzIntrospectionAnswer takes any answer of an issuer: a token passes only by
// one that is good by encoding/json's reading as well, and no error repeats it.
func FuzzIntrospectionAnswer(f *testing.F) {
	f.Add(200, "application/json", "", marshal(f, active()))
	f.Add(200, "application/json; charset=utf-8", "", `{"active":true}`)
	f.Add(200, "application/json", "", `{"active":false,"active":true}`)
	f.Add(200, "text/html", "", "<html></html>")
	f.Add(429, "", "120", "")
	f.Add(503, "", "Fri, 31 Dec 9999 23:59:59 GMT", "")
	f.Fuzz(func(t *testing.T, status int, kind, retryAfter, body string) {
		transport := &answering{status, http.Header{"Content-Type": {kind}, "Retry-After": {retryAfter}}, body, 0}
		v := newIntrospection(t, auth.IntrospectionConfig{
			Endpoint: "https://issuer.example", Unauthenticated: true, Issuer: testIssuer,
			Audiences: []string{testAudience}, Clients: []string{testClient}, Scopes: []string{"write"},
			Lookup: auth.LookupConfig{Client: &http.Client{Transport: transport}, Now: fixedClock},
		})
		id, err := verifyHeader(v, "Bearer "+opaque)
		if err != nil {
			if len(body) > 30 && strings.Contains(err.Error(), body[:30]) {
				t.Errorf("error %q repeats the answer", err)
			}
			if again, _ := verifyHeader(v, "Bearer "+opaque); !again.IsZero() {
				t.Errorf("passed by the second look as %+v", again)
			}
			return
		}
		lax := unmarshal(t, []byte(body))
		scope, _ := lax["scope"].(string)
		switch {
		case status != http.StatusOK, lax["active"] != true, lax["iss"] != testIssuer:
			t.Errorf("passed by status %d and %s", status, body)
		case lax["aud"] != testAudience && !holds(lax["aud"], testAudience), !slices.Contains(strings.Split(scope, " "), "write"):
			t.Errorf("passed for another audience or scope by %s", body)
		case id.Subject != testClient:
			t.Errorf("passed as %q", id.Subject)
		}
		if exp, ok := lax["exp"].(float64); ok && int64(exp) < base.Unix() {
			t.Errorf("passed with exp %v", exp)
		}
	})
}

// FuzzKeyAnswer takes any headers beside good keys: they are fresh for a minute
// at least and for a day at most.
func FuzzKeyAnswer(f *testing.F) {
	for _, cc := range []string{"", "max-age=3600", "max-age=0", "no-store", "max-age=1000000000000", `max-age="60", max-age=-1`, "public,,=", "MAX-AGE=5"} {
		f.Add(cc, "")
		f.Add(cc, "-5")
		f.Add(cc, "99999999999999999999")
	}
	s := newSigner(f, "k1", "RS256", rsaKey())
	jwks, err := s.JWKS()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cacheControl, age string) {
		c := &clock{}
		transport := &answering{http.StatusOK, http.Header{"Cache-Control": {cacheControl}, "Age": {age}}, string(jwks), 0}
		keys, err := auth.NewKeySet(auth.KeySetConfig{URL: "https://issuer.example/keys", Client: &http.Client{Transport: transport}, Now: c.now})
		if err != nil {
			t.Fatal(err)
		}
		defer keys.Close()
		cfg := jwtConfig(keys)
		cfg.Now = c.now
		v := newJWT(t, cfg)
		fetches := func(after time.Duration) int {
			c.advance(after)
			now := c.now().Unix()
			token := sign(t, s, goodClaims().with(claims{"iat": now, "exp": now + 60}))
			if _, err := verifyHeader(v, "Bearer "+token); err != nil {
				t.Fatal(err)
			}
			return transport.asked
		}
		if n := fetches(0); n != 1 {
			t.Errorf("%d fetches for the first token", n)
		}
		if n := fetches(44 * time.Second); n != 1 { // three quarters of a minute, when it is fetched ahead, are 45
			t.Errorf("Cache-Control %q, Age %q: fetched again within a minute", cacheControl, age)
		}
		if n := fetches(auth.MaxKeyAge); n != 2 {
			t.Errorf("Cache-Control %q, Age %q: %d fetches after a day, want 2", cacheControl, age, n)
		}
	})
}

// FuzzTokenRequest holds that a token endpoint gives tokens for the client's
// own secret alone.
func FuzzTokenRequest(f *testing.F) {
	e, err := auth.NewTokenEndpoint(auth.TokenEndpointConfig{
		Issuer: testIssuer, Audience: testAudience, Opaque: true,
		Clients: []auth.TokenClient{{ID: "client", Secret: auth.FixedSecrets(secretNew), Scopes: []string{"a", "b"}}},
	})
	if err != nil {
		f.Fatal(err)
	}
	const form = "application/x-www-form-urlencoded"
	f.Add("", form, "grant_type=client_credentials&client_id=client&client_secret="+secretNew)
	f.Add("Basic "+base64Of("client:"+secretNew), form, "grant_type=client_credentials&scope=a+b")
	f.Add("Basic "+base64Of("client:wrong"), form, "grant_type=client_credentials&client_id=client&client_secret="+secretNew)
	f.Add("Basic Og==", form, "grant_type=client_credentials")
	f.Add("", "multipart/form-data; boundary=x", "--x\r\n")
	f.Fuzz(func(t *testing.T, authorization, kind, body string) {
		r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(body))
		r.Header = http.Header{"Authorization": {authorization}, "Content-Type": {kind}}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		var answer struct {
			Token string `json:"access_token"`
			Error string `json:"error"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || (answer.Token == "") == (answer.Error == "") {
			t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
		}
		_, password, _ := r.BasicAuth()
		if answer.Token != "" && (w.Code != http.StatusOK || !strings.Contains(body+password, secretNew) && !bytes.Contains([]byte(body+password), []byte("%"))) {
			t.Errorf("a token for %q and %q", authorization, body)
		}
		if strings.Contains(w.Body.String(), secretNew) {
			t.Errorf("the answer shows the secret: %s", w.Body)
		}
	})
}
