package caller_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/caller"
)

// tokenServer answers token requests and keeps them.
type tokenServer struct {
	mu     sync.Mutex
	asked  []*http.Request // with their forms parsed
	answer http.HandlerFunc
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	s.asked = append(s.asked, r)
	s.mu.Unlock()
	s.answer(w, r)
}

func (s *tokenServer) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// inMemory is a transport to the server without a socket.
func (s *tokenServer) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	s.ServeHTTP(rec, r)
	return rec.Result(), nil
}

func (s *tokenServer) client() *http.Client { return &http.Client{Transport: s} }

func tokenAnswer(status int, fields map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(fields)
	}
}

func withOAuth(endpoint string) func(*service) {
	return func(s *service) {
		s.OauthConfig = &cxpb.Webhook_GenericWebService_OAuthConfig{
			ClientId: "agent:1", ClientSecret: "s/ecret+of the client", TokenEndpoint: endpoint, Scopes: []string{"orders.read", "orders.write"},
		}
	}
}

// bearing answers with the Authorization header that it got.
func bearing(w http.ResponseWriter, r *http.Request) {
	jsonAnswer(`{"sessionInfo":{"parameters":{"auth":"`+r.Header.Get("Authorization")+`"}}}`)(w, r)
}

func TestTokenRequest(t *testing.T) {
	t.Parallel()
	const escaped = "agent%3A1:s%2Fecret%2Bof+the+client"
	for _, tt := range []struct {
		name        string
		credentials caller.ClientAuthentication
		basic, body bool
	}{
		{"both by default", 0, true, true},
		{"basic", caller.BasicOnly, true, false},
		{"body", caller.BodyOnly, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := &tokenServer{answer: tokenAnswer(200, map[string]any{"access_token": "tok", "token_type": "BearerToken", "expires_in": 3600})}
			headers := func(s *service) { s.RequestHeaders = map[string]string{"X-Key": "of the webhook"} }
			c := newCaller(t, resource(withOAuth("https://issuer.example.com/token?grant_type=client_credentials&tenant=a%20b"), headers),
				caller.ToHandler(http.HandlerFunc(bearing)), caller.WithOAuth(caller.OAuthConfig{Credentials: tt.credentials, Client: server.client()}))
			for range 3 {
				if res := call(t, c, turn(t)); res.Session["auth"] != "Bearer tok" {
					t.Fatalf("the webhook saw %v, want the token; %v", res.Session["auth"], res.Failure)
				}
			}
			asked := server.requests()
			if len(asked) != 1 {
				t.Fatalf("%d token requests for three calls, want 1", len(asked))
			}
			r := asked[0]
			want := url.Values{"grant_type": {"client_credentials"}, "scope": {"orders.read orders.write"}}
			if tt.body {
				want.Set("client_id", "agent:1")
				want.Set("client_secret", "s/ecret+of the client")
			}
			if diff := cmp.Diff(want, r.PostForm); diff != "" {
				t.Errorf("form (-want +got):\n%s", diff)
			}
			user, password, ok := r.BasicAuth()
			if ok != tt.basic || ok && user+":"+password != escaped {
				t.Errorf("basic credentials %q:%q, %t", user, password, ok)
			}
			if got := r.URL.RawQuery; got != "grant_type=client_credentials&tenant=a%20b" {
				t.Errorf("query %q, want that of the endpoint", got)
			}
			if r.Header.Get("X-Key") != "" || r.Header.Get("User-Agent") == "Google-Dialogflow" {
				t.Errorf("headers of the webhook in the token request: %v", r.Header)
			}
			if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
				t.Errorf("%s of type %q, want the POST of a form", r.Method, r.Header.Get("Content-Type"))
			}
		})
	}
}

// TestTokensExpire uses the endpoint of package auth, whose tokens last.
func TestTokensExpire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		fields map[string]any
		pause  time.Duration
		want   int
	}{
		{"kept while good", map[string]any{"access_token": "t", "expires_in": 3600}, 59 * time.Minute, 1},
		{"fetched again after its time", map[string]any{"access_token": "t", "expires_in": 3600}, time.Hour, 2},
		{"fetched again ten seconds ahead", map[string]any{"access_token": "t", "expires_in": 3600}, time.Hour - 5*time.Second, 2},
		{"a text for a number", map[string]any{"access_token": "t", "expires_in": "3600"}, time.Hour, 2},
		{"fetched each time without a time", map[string]any{"access_token": "t"}, 0, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &tokenServer{answer: tokenAnswer(200, tt.fields)}
				c := newCaller(t, resource(withOAuth("https://issuer.example.com/token")), caller.ToHandler(http.HandlerFunc(bearing)),
					caller.WithOAuth(caller.OAuthConfig{Client: server.client()}))
				call(t, c, turn(t))
				time.Sleep(tt.pause)
				call(t, c, turn(t))
				if got := len(server.requests()); got != tt.want {
					t.Errorf("%d token requests, want %d", got, tt.want)
				}
			})
		})
	}
}

func TestConcurrentCallsFetchOneToken(t *testing.T) {
	t.Parallel()
	server := &tokenServer{answer: tokenAnswer(200, map[string]any{"access_token": "t", "expires_in": 3600})}
	c := newCaller(t, resource(withOAuth("https://issuer.example.com/token")), caller.ToHandler(http.HandlerFunc(bearing)),
		caller.WithOAuth(caller.OAuthConfig{Client: server.client()}))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { call(t, c, turn(t)) })
	}
	wg.Wait()
	if got := len(server.requests()); got != 1 {
		t.Errorf("%d token requests for 50 calls at once, want 1", got)
	}
}

func TestTokenFailures(t *testing.T) {
	t.Parallel()
	const canary = "canary-in-the-answer"
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example.com/"+canary, http.StatusTemporaryRedirect)
	}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   caller.TokenError
	}{
		{"refused client", tokenAnswer(401, map[string]any{"error": "invalid_client", "error_description": canary}), caller.TokenError{Kind: caller.BadStatus, StatusCode: 401, Code: "invalid_client"}},
		{"a code of its own", tokenAnswer(400, map[string]any{"error": canary}), caller.TokenError{Kind: caller.BadStatus, StatusCode: 400}},
		{"an error with 200", tokenAnswer(200, map[string]any{"error": "invalid_scope"}), caller.TokenError{Kind: caller.BadStatus, StatusCode: 200, Code: "invalid_scope"}},
		{"down", tokenAnswer(503, nil), caller.TokenError{Kind: caller.BadStatus, StatusCode: 503}},
		{"a redirect, which is not followed", redirect, caller.TokenError{Kind: caller.BadStatus, StatusCode: 307}},
		{"no token", tokenAnswer(200, map[string]any{"token": canary}), caller.TokenError{Kind: caller.BadAnswer}},
		{"no JSON", answering(200, "application/json", canary), caller.TokenError{Kind: caller.BadAnswer}},
		{"a token with a line end", tokenAnswer(200, map[string]any{"access_token": canary + "\r\nX-A: b", "expires_in": 60}), caller.TokenError{Kind: caller.BadAnswer}},
		{"too late", hang, caller.TokenError{Kind: caller.Timeout}},
		{"cut off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, caller.TokenError{Kind: caller.Broken}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewTLSServer(&tokenServer{answer: tt.answer})
			t.Cleanup(srv.Close)
			w := withTimeout(resource(withOAuth(srv.URL+"/token?key="+canary)), 2*time.Second)
			if tt.want.Kind == caller.Timeout {
				w = withTimeout(w, 50*time.Millisecond)
			}
			c := newCaller(t, w, caller.ToHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the webhook was called") })),
				caller.WithOAuth(caller.OAuthConfig{Client: srv.Client()}))
			res := call(t, c, turn(t))
			checkFailure(t, tt.name, res, caller.NoCredentials, caller.EventError)
			var got *caller.TokenError
			if !errors.As(res.Failure, &got) {
				t.Fatalf("failure %v, want a TokenError", res.Failure)
			}
			if got.Kind != tt.want.Kind || got.StatusCode != tt.want.StatusCode || got.Code != tt.want.Code {
				t.Errorf("got %v %d %q, want %v %d %q", got.Kind, got.StatusCode, got.Code, tt.want.Kind, tt.want.StatusCode, tt.want.Code)
			}
			if text := res.Failure.Error(); strings.Contains(text, canary) || strings.Contains(text, "s/ecret") {
				t.Errorf("the failure repeats the answer, the URL or the secret: %q", text)
			}
		})
	}
}

// TestTokenEndpointAddresses holds the built-in client to the rules of the
// caller.
func TestTokenEndpointAddresses(t *testing.T) {
	t.Parallel()
	server := &tokenServer{answer: tokenAnswer(200, map[string]any{"access_token": "tok", "expires_in": 60})}
	plain := httptest.NewServer(server)
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(server)
	t.Cleanup(secure.Close)
	gone := httptest.NewServer(server)
	gone.Close()
	to := caller.ToHandler(http.HandlerFunc(bearing))
	for _, tt := range []struct {
		name, endpoint string
		kind           caller.Kind
		opts           []caller.Option
	}{
		{"a local one", secure.URL, caller.Forbidden, nil},
		{"a local one by plain http, permitted", plain.URL, 0, []caller.Option{caller.AllowLocal()}},
		{"an unknown authority", secure.URL, caller.Unreachable, []caller.Option{caller.AllowLocal()}},
		{"nobody there", gone.URL, caller.Unreachable, []caller.Option{caller.AllowLocal()}},
	} {
		c := newCaller(t, resource(withOAuth(tt.endpoint)), to, append(tt.opts, caller.WithOAuth(caller.OAuthConfig{}))...)
		res := call(t, c, turn(t))
		var got *caller.TokenError
		switch {
		case tt.kind == 0 && res.Failure != nil:
			t.Errorf("%s: %v", tt.name, res.Failure)
		case tt.kind != 0 && (!errors.As(res.Failure, &got) || got.Kind != tt.kind):
			t.Errorf("%s: %v, want %v", tt.name, res.Failure, tt.kind)
		}
	}
	for name, change := range map[string]func(*service){
		"need https":   withOAuth("http://issuer.example.com/token"),
		"absolute":     withOAuth("/token?key=canary-key"),
		"no client id": func(s *service) { withOAuth("https://i.example.com")(s); s.OauthConfig.ClientId = "" },
		"WithSecrets": func(s *service) {
			withOAuth("https://i.example.com")(s)
			s.OauthConfig.SecretVersionForClientSecret = "projects/p/secrets/s/versions/1"
		},
	} {
		_, err := caller.New(resource(change), to, caller.WithOAuth(caller.OAuthConfig{}))
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "canary") {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}

func TestClientSecretOfASource(t *testing.T) {
	t.Parallel()
	const version = "projects/p/secrets/client/versions/latest"
	server := &tokenServer{answer: tokenAnswer(200, map[string]any{"access_token": "tok", "expires_in": 60})}
	w := resource(withOAuth("https://issuer.example.com/token"), func(s *service) { s.OauthConfig.SecretVersionForClientSecret = version })
	oauth := caller.WithOAuth(caller.OAuthConfig{Client: server.client()})
	to := caller.ToHandler(http.HandlerFunc(bearing))
	good := caller.WithSecretSources(map[string]auth.SecretSource{version: auth.FixedSecrets("the current value", "an old value")})
	if res := call(t, newCaller(t, w, to, oauth, good), turn(t)); res.Failure != nil {
		t.Fatal(res.Failure)
	}
	if got := server.requests()[0].PostForm.Get("client_secret"); got != "the current value" {
		t.Errorf("client secret %q, want that of the secret version, which wins", got)
	}
	for name, src := range map[string]map[string]auth.SecretSource{
		"no source": nil, "no value": {version: auth.FixedSecrets()}, "a line end": {version: auth.FixedSecrets("value\n")},
	} {
		res := call(t, newCaller(t, w, to, oauth, caller.WithSecretSources(src)), turn(t))
		checkFailure(t, name, res, caller.NoCredentials, caller.EventError)
	}
}
