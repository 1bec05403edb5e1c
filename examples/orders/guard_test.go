package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/gorilla/mux"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

const (
	testSecret  = "Bearer of-a-long-enough-secret"
	testPair    = "agent:password-of-the-agent"
	testVersion = "projects/my-project/secrets/hook/versions/latest"
	testAccount = "caller@my-project.iam.gserviceaccount.com"
)

// onCloud is the environment of Cloud Run with further variables.
func onCloud(pairs ...string) func(string) string {
	env := map[string]string{"K_SERVICE": "orders", "PORT": "0"}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

type settings = cxpb.Webhook_GenericWebService

// sends is a resource of the desk.
func sends(changes ...func(*settings)) *cxpb.Webhook {
	s := &settings{Uri: cxtest.URI, ServiceAgentAuth: cxpb.Webhook_GenericWebService_NONE}
	for _, change := range changes {
		change(s)
	}
	return &cxpb.Webhook{Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: s}}
}

func sendsHeaders(pairs ...string) func(*settings) {
	return func(s *settings) {
		s.RequestHeaders = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			s.RequestHeaders[pairs[i]] = pairs[i+1]
		}
	}
}

func sendsBasic(user, password string) func(*settings) {
	return func(s *settings) { s.Username, s.Password = user, password }
}

func sendsOAuth(s *settings) { s.OauthConfig = cxtest.OAuth() }

func sendsIDToken(s *settings) {
	s.ServiceAgentAuth = cxpb.Webhook_GenericWebService_SERVICE_AGENT_AUTH_UNSPECIFIED
}

func sendsAccount(email string) func(*settings) {
	return func(s *settings) {
		s.ServiceAccountAuthConfig = &cxpb.Webhook_GenericWebService_ServiceAccountAuthConfig{ServiceAccount: email}
	}
}

// loadBalancer is what one of Google adds to a call with Dialogflow's
// certificate.
func loadBalancer(more ...string) []string {
	return append([]string{
		"X-Client-Cert-Present", "true", "X-Client-Cert-Chain-Verified", "true", "X-Client-Cert-Error", "",
		"X-Client-Cert-DNSName-SANs", "", "X-Client-Cert-Subject-DN", "MBUxEzARBgNVBAMTCkdvb2dsZSBMTEM=",
	}, more...)
}

// TestSchemes calls the desk by each scheme, from the resource that Dialogflow
// has to the environment that the desk has, and by a resource that differs in
// one thing.
func TestSchemes(t *testing.T) {
	t.Parallel()
	oauthEnv := []string{"WEBHOOK_OAUTH_ISSUER", cxtest.IssuerURL, "WEBHOOK_OAUTH_AUDIENCE", cxtest.OAuthAudience,
		"WEBHOOK_OAUTH_CLIENT", cxtest.OAuthClientID, "WEBHOOK_OAUTH_SCOPE", cxtest.OAuthScope}
	issuers := map[bool]*cxtest.Issuer{}
	for _, opaque := range []bool{false, true} {
		issuers[opaque] = cxtest.NewIssuer(t, cxtest.IssuerConfig{OpaqueTokens: opaque})
	}
	for _, tt := range []struct {
		name      string
		env       []string
		good, bad *cxpb.Webhook
		opaque    bool
		badToken  map[string]any // claims of an ID or OAuth token in the bad call
	}{
		{name: "header", env: []string{"WEBHOOK_AUTH", "header", "WEBHOOK_HEADER_VALUE", testSecret},
			good: sends(sendsHeaders("Authorization", testSecret)), bad: sends(sendsHeaders("Authorization", testSecret+"x"))},
		{name: "header of another name", env: []string{"WEBHOOK_AUTH", "header", "WEBHOOK_HEADER", "x-api-key", "WEBHOOK_HEADER_VALUE", testSecret},
			good: sends(sendsHeaders("X-Api-Key", testSecret)), bad: sends(sendsHeaders("Authorization", testSecret))},
		{name: "header in Secret Manager", env: []string{"WEBHOOK_AUTH", "header", "WEBHOOK_HEADER_VERSION", testVersion},
			good: sends(sendsHeaders("Authorization", testSecret)), bad: sends(sendsHeaders("Authorization", testPair))},
		{name: "basic", env: []string{"WEBHOOK_AUTH", "basic", "WEBHOOK_BASIC", testPair},
			good: sends(sendsBasic("agent", "password-of-the-agent")), bad: sends(sendsBasic("agent", "another-password"))},
		{name: "basic in Secret Manager", env: []string{"WEBHOOK_AUTH", "basic", "WEBHOOK_BASIC_VERSION", strings.Replace(testVersion, "hook", "pair", 1)},
			good: sends(sendsBasic("agent", "password-of-the-agent")), bad: sends(sendsBasic("another", "password-of-the-agent"))},
		{name: "ID token", env: []string{"WEBHOOK_AUTH", "id-token", "WEBHOOK_URL", "https://orders.example.com/webhook, " + cxtest.URI, "WEBHOOK_PROJECT_NUMBER", cxtest.ProjectNumber},
			good: sends(sendsIDToken), bad: sends(sendsIDToken, func(s *settings) { s.Uri = "https://other.example.com/webhook" })},
		{name: "ID token of another project", env: []string{"WEBHOOK_AUTH", "id-token", "WEBHOOK_URL", cxtest.URI, "WEBHOOK_PROJECT_NUMBER", cxtest.ProjectNumber},
			good: sends(sendsIDToken), bad: sends(sendsIDToken), badToken: map[string]any{"email": "service-1@gcp-sa-dialogflow.iam.gserviceaccount.com"}},
		{name: "OAuth", env: append([]string{"WEBHOOK_AUTH", "oauth", "WEBHOOK_OAUTH_KEYS", cxtest.KeysURL, "WEBHOOK_OAUTH_ALGORITHM", "ES256"}, oauthEnv...),
			good: sends(sendsOAuth), bad: sends(sendsIDToken)},
		{name: "OAuth, opaque", opaque: true, env: append([]string{"WEBHOOK_AUTH", "oauth-opaque", "WEBHOOK_OAUTH_INTROSPECTION", cxtest.IntrospectionURL,
			"WEBHOOK_OAUTH_OWN_ID", cxtest.OAuthClientID, "WEBHOOK_OAUTH_OWN_SECRET", cxtest.OAuthSecret}, oauthEnv...),
			good: sends(sendsOAuth), bad: sends(sendsIDToken)},
		{name: "access token and header", env: []string{"WEBHOOK_AUTH", "google-access-token, header", "WEBHOOK_ACCOUNT", testAccount,
			"WEBHOOK_ACCOUNT_ID", cxtest.AccountID(testAccount), "WEBHOOK_HEADER", "X-Api-Key", "WEBHOOK_HEADER_VALUE", testSecret},
			good: sends(sendsAccount(testAccount), sendsHeaders("X-Api-Key", testSecret)),
			bad:  sends(sendsAccount("other@my-project.iam.gserviceaccount.com"), sendsHeaders("X-Api-Key", testSecret))},
		{name: "client certificate and basic", env: []string{"WEBHOOK_AUTH", "client-cert,basic", "WEBHOOK_PROXY", "127.0.0.0/8", "WEBHOOK_PROXY_PLAIN", "true", "WEBHOOK_BASIC", testPair},
			good: sends(sendsHeaders(loadBalancer()...), sendsBasic("agent", "password-of-the-agent")),
			bad:  sends(sendsHeaders(loadBalancer("X-Client-Cert-Chain-Verified", "false")...), sendsBasic("agent", "password-of-the-agent"))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			issuer := issuers[tt.opaque]
			out := outside{client: issuer.Client(), secretManager: secretManager(t, map[string]string{"hook": testSecret, "pair": testPair})}
			h, err := newHandler(t.Context(), onCloud(tt.env...), out, &Hooks{Desk: NewDesk(), Now: func() time.Time { return day }})
			if err != nil {
				t.Fatal(err)
			}
			request := cxtest.Request("catalogue", cxtest.Param("category", ""))
			cxtest.NewWebhook(t, tt.good, caller.ToHandler(h), issuer.Options()...).Call(request)
			badly := issuer.Options()
			if tt.badToken != nil {
				badly = append(badly, caller.WithTokens(func(_ context.Context, r caller.TokenRequest) (string, error) {
					return issuer.IDToken(r.Audience, tt.badToken)
				}))
			}
			cxtest.NewWebhook(t, tt.bad, caller.ToHandler(h), badly...).Fails(request, caller.EventRejected)
			cxtest.New(t, h, caller.Unauthenticated()).Fails(request, caller.EventRejected)
		})
	}
}

// TestBadConfiguration has every mistake name its variables, and no value.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	const canary = "canary-value"
	for _, tt := range []struct {
		name string
		env  []string
		want []string // in the error
	}{
		{"nothing", nil, []string{"WEBHOOK_AUTH"}},
		{"an unknown scheme", []string{"WEBHOOK_AUTH", canary}, []string{"WEBHOOK_AUTH", "id-token"}},
		{"an empty entry", []string{"WEBHOOK_AUTH", "header,,"}, []string{"WEBHOOK_AUTH"}},
		{"header without a value", []string{"WEBHOOK_AUTH", "header"}, []string{"WEBHOOK_HEADER_VALUE", "WEBHOOK_HEADER_VERSION"}},
		{"header with two", []string{"WEBHOOK_AUTH", "header", "WEBHOOK_HEADER_VALUE", canary, "WEBHOOK_HEADER_VERSION", testVersion},
			[]string{"both", "WEBHOOK_HEADER_VALUE", "WEBHOOK_HEADER_VERSION"}},
		{"a short value", []string{"WEBHOOK_AUTH", "header", "WEBHOOK_HEADER_VALUE", canary}, []string{"WEBHOOK_HEADER_VALUE", "need at least"}},
		{"no header name", []string{"WEBHOOK_AUTH", "header", "WEBHOOK_HEADER", canary + "\n", "WEBHOOK_HEADER_VALUE", testSecret}, []string{"$WEBHOOK_HEADER\""}},
		{"no pair", []string{"WEBHOOK_AUTH", "basic", "WEBHOOK_BASIC", canary + "-long-enough"}, []string{"WEBHOOK_BASIC", "user:password"}},
		{"no version", []string{"WEBHOOK_AUTH", "basic", "WEBHOOK_BASIC_VERSION", canary}, []string{"$WEBHOOK_BASIC_VERSION"}},
		{"a version that is missing", []string{"WEBHOOK_AUTH", "basic", "WEBHOOK_BASIC_VERSION", "projects/my-project/secrets/" + canary + "/versions/1"},
			[]string{"WEBHOOK_BASIC_VERSION", "NotFound"}},
		{"ID token without values", []string{"WEBHOOK_AUTH", "id-token"}, []string{"WEBHOOK_URL is not set", "WEBHOOK_PROJECT_NUMBER is not set"}},
		{"a secret for a URL", []string{"WEBHOOK_AUTH", "id-token", "WEBHOOK_URL", canary, "WEBHOOK_PROJECT_NUMBER", "1"}, []string{"$WEBHOOK_URL"}},
		{"an id for a number", []string{"WEBHOOK_AUTH", "id-token", "WEBHOOK_URL", cxtest.URI, "WEBHOOK_PROJECT_NUMBER", canary}, []string{"$WEBHOOK_PROJECT_NUMBER"}},
		{"neither yes nor no", []string{"WEBHOOK_AUTH", "id-token", "WEBHOOK_URL", cxtest.URI, "WEBHOOK_PROJECT_NUMBER", "1", "WEBHOOK_PLATFORM_VERIFIED", canary},
			[]string{"WEBHOOK_PLATFORM_VERIFIED"}},
		{"OAuth without values", []string{"WEBHOOK_AUTH", "oauth"}, []string{"WEBHOOK_OAUTH_ISSUER", "WEBHOOK_OAUTH_AUDIENCE", "WEBHOOK_OAUTH_CLIENT"}},
		{"keys by plain http", []string{"WEBHOOK_AUTH", "oauth", "WEBHOOK_OAUTH_KEYS", "http://" + canary}, []string{"$WEBHOOK_OAUTH_KEYS"}},
		{"a shared key for OAuth", []string{"WEBHOOK_AUTH", "oauth", "WEBHOOK_OAUTH_KEYS", cxtest.KeysURL, "WEBHOOK_OAUTH_ISSUER", canary,
			"WEBHOOK_OAUTH_AUDIENCE", "a", "WEBHOOK_OAUTH_CLIENT", "c", "WEBHOOK_OAUTH_ALGORITHM", "HS256"}, []string{"$WEBHOOK_OAUTH_ALGORITHM"}},
		{"introspection without values", []string{"WEBHOOK_AUTH", "oauth-opaque"}, []string{"WEBHOOK_OAUTH_INTROSPECTION", "WEBHOOK_OAUTH_OWN_ID", "WEBHOOK_OAUTH_OWN_SECRET"}},
		{"access token alone", []string{"WEBHOOK_AUTH", "google-access-token", "WEBHOOK_ACCOUNT", testAccount, "WEBHOOK_ACCOUNT_ID", "1"}, []string{"WEBHOOK_AUTH", "another scheme"}},
		{"no range", []string{"WEBHOOK_AUTH", "client-cert", "WEBHOOK_PROXY", canary}, []string{"WEBHOOK_PROXY"}},
		{"the whole internet", []string{"WEBHOOK_AUTH", "client-cert", "WEBHOOK_PROXY", "0.0.0.0/0"}, []string{"$WEBHOOK_PROXY"}},
		{"a value of a scheme that is off", []string{"WEBHOOK_AUTH", "header", "WEBHOOK_HEADER_VALUE", testSecret, "WEBHOOK_BASIC", canary}, []string{"WEBHOOK_BASIC", "no scheme"}},
		{"a value without a scheme", []string{"WEBHOOK_BASIC", canary}, []string{"WEBHOOK_BASIC", "no scheme"}},
	} {
		_, err := guardFrom(t.Context(), onCloud(tt.env...), outside{client: noNetwork(t), secretManager: secretManager(t, nil)})
		if err == nil {
			t.Errorf("%s: no error", tt.name)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q, want one with %q", tt.name, err, want)
			}
		}
		for i := 1; i < len(tt.env); i += 2 {
			if v := tt.env[i]; len(v) > 10 && tt.env[i-1] != "WEBHOOK_AUTH" && strings.Contains(err.Error(), v) || strings.Contains(err.Error(), canary) {
				t.Errorf("%s: the error holds a value: %q", tt.name, err)
			}
		}
	}
}

// TestPlatformVerified: where Cloud Run checks tokens, one without a signature
// passes; elsewhere the desk does not start, since anyone could write it.
func TestPlatformVerified(t *testing.T) {
	t.Parallel()
	env := []string{"WEBHOOK_AUTH", "id-token", "WEBHOOK_URL", cxtest.URI, "WEBHOOK_PROJECT_NUMBER", cxtest.ProjectNumber, "WEBHOOK_PLATFORM_VERIFIED", "true"}
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	h, err := newHandler(t.Context(), onCloud(env...), outside{client: issuer.Client()}, &Hooks{Desk: NewDesk(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	unsigned := caller.WithTokens(func(_ context.Context, r caller.TokenRequest) (string, error) {
		token, err := issuer.IDToken(r.Audience, nil)
		return token[:strings.LastIndex(token, ".")+1] + "SIGNATURE_REMOVED_BY_GOOGLE", err
	})
	request := cxtest.Request("catalogue", cxtest.Param("category", ""))
	cxtest.NewWebhook(t, sends(sendsIDToken), caller.ToHandler(h), append(issuer.Options(), unsigned)...).Call(request)

	onCloudRun := onCloud(env...)
	elsewhere := func(name string) string {
		if name == "K_SERVICE" {
			return ""
		}
		return onCloudRun(name)
	}
	if _, err := guardFrom(t.Context(), elsewhere, outside{client: noNetwork(t)}); err == nil || !strings.Contains(err.Error(), "WEBHOOK_PLATFORM_VERIFIED") {
		t.Errorf("off Cloud Run: %v, want a refusal to start that names the variable", err)
	}
}

// TestEveryRouteIsGuarded walks through what the desk serves: nothing but the
// health check is open.
func TestEveryRouteIsGuarded(t *testing.T) {
	t.Parallel()
	h, err := newHandler(t.Context(), onCloud("WEBHOOK_AUTH", "basic", "WEBHOOK_BASIC", testPair), outside{client: noNetwork(t)}, &Hooks{Desk: NewDesk(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	guarded := 0
	err = h.(*mux.Router).Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil || path == "/health" {
			return err
		}
		path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "1")
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("{}")))
			switch w.Code {
			case http.StatusUnauthorized:
				guarded++
			case http.StatusNotFound: // no such method here
			default:
				t.Errorf("%s %s without a credential is %d", method, path, w.Code)
			}
		}
		return nil
	})
	if err != nil || guarded < 2 {
		t.Errorf("%d routes guarded: %v", guarded, err)
	}
}

// noNetwork fails a test that asks anybody.
func noNetwork(t *testing.T) *http.Client {
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("asked %s", r.URL.Host)
		return nil, errors.New("no network")
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestVariablesAreDocumented holds the list of variables to the code that reads
// them and to the package's documentation.
func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	code, err := os.ReadFile("guard.go")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range guardVariables() {
		if !regexp.MustCompile(`\b` + name + `\b`).Match(doc) {
			t.Errorf("doc.go does not tell of %s", name)
		}
	}
	for _, name := range regexp.MustCompile(`WEBHOOK_[A-Z_]+`).FindAllString(string(code)+string(doc), -1) {
		if !slices.Contains(guardVariables(), name) {
			t.Errorf("%s is not in the list of variables", name)
		}
	}
}
