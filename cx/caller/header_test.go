package caller_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/caller"
)

type service = cxpb.Webhook_GenericWebService

// received returns the headers that a resource and a turn lead to, without
// those of every call, and the result.
func received(t *testing.T, change func(*service), headers map[string]string, opts ...caller.Option) (http.Header, *caller.Result) {
	t.Helper()
	var got http.Header
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got = r.Header
		jsonAnswer("{}")(w, r)
	})
	c := newCaller(t, resource(change), caller.ToHandler(h), opts...)
	tn := turn(t)
	tn.Headers = headers
	res := call(t, c, tn)
	for name, value := range map[string]string{"User-Agent": "Google-Dialogflow", "Accept-Encoding": "gzip, deflate, br", "Connection": "close", "Content-Length": got.Get("Content-Length")} {
		if got.Get(name) != value && res.Failure == nil {
			t.Errorf("header %s is %q, want %q", name, got.Get(name), value)
		}
		got.Del(name)
	}
	return got, res
}

func TestConfiguredAndTurnHeaders(t *testing.T) {
	t.Parallel()
	base := func(more map[string]string) http.Header {
		h := http.Header{"Accept": {"*/*"}, "Content-Type": {"application/json"}}
		for k, v := range more {
			h.Set(k, v)
		}
		return h
	}
	all := map[string]string{}
	for _, name := range strings.Fields("Host content-length CONNECTION From User-Agent Accept-Encoding If-Modified-Since If-None-Match X-Forwarded-For Transfer-Encoding Upgrade Expect") {
		all[name] = "x"
	}
	tests := []struct {
		name             string
		configured, turn map[string]string
		want             http.Header
		warnings         int
	}{
		{"configured", map[string]string{"x-api-key": "k", "content-type": "application/vnd.x+json"}, nil,
			base(map[string]string{"X-Api-Key": "k", "Content-Type": "application/vnd.x+json"}), 0},
		{"the turn overrides, whatever the case", map[string]string{"X-Brand": "a", "X-Keep": "1"}, map[string]string{"x-BRAND": "b"},
			base(map[string]string{"X-Brand": "b", "X-Keep": "1"}), 0},
		{"forbidden in the turn", nil, all, base(nil), len(all)},
		{"forbidden in the resource", all, nil, base(nil), len(all)},
		{"not a header name", map[string]string{"a b": "c", "": "d", "übung": "e"}, nil, base(nil), 3},
		{"control characters in the value", nil, map[string]string{"X-A": "a\r\nX-B: b", "X-C": "\x00"}, base(nil), 2},
		{"a dollar is no reference", map[string]string{"Conversation": "$conversation", "Price": "$5"}, nil,
			base(map[string]string{"Conversation": "$conversation", "Price": "$5"}), 0},
		{"blanks around", map[string]string{" X-A ": " a b "}, nil, base(map[string]string{"X-A": "a b"}), 0},
	}
	for _, tt := range tests {
		got, res := received(t, func(s *service) { s.RequestHeaders = tt.configured }, tt.turn)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: headers (-want +got):\n%s", tt.name, diff)
		}
		if len(res.Warnings) != tt.warnings {
			t.Errorf("%s: warnings %q, want %d", tt.name, res.Warnings, tt.warnings)
		}
	}
}

func TestAuthorization(t *testing.T) {
	t.Parallel()
	basic := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	secrets := caller.WithSecrets(func(_ context.Context, version string) ([]byte, error) {
		return []byte("content of " + version + ":x"), nil
	})
	var asked caller.TokenRequest
	tokens := caller.WithTokens(func(_ context.Context, r caller.TokenRequest) (string, error) {
		asked = r
		return "tok", nil
	})
	password := func(s *service) {
		s.Username, s.Password = "u", "p:q"
	}
	header := func(s *service) { s.RequestHeaders = map[string]string{"authorization": "Key k"} }
	oauth := func(s *service) {
		s.OauthConfig = &cxpb.Webhook_GenericWebService_OAuthConfig{ClientId: "c", TokenEndpoint: "https://t.example.com/"}
	}
	account := func(s *service) {
		s.ServiceAccountAuthConfig = &cxpb.Webhook_GenericWebService_ServiceAccountAuthConfig{ServiceAccount: "a@example.com"}
	}
	secretHeader := func(s *service) {
		s.SecretVersionsForRequestHeaders = map[string]*cxpb.Webhook_GenericWebService_SecretVersionHeaderValue{
			"Authorization": {SecretVersion: "v1"}, "x-key": {SecretVersion: "v2"}}
		s.RequestHeaders = map[string]string{"X-Key": "literal"}
	}
	both := func(fs ...func(*service)) func(*service) {
		return func(s *service) {
			for _, f := range fs {
				f(s)
			}
		}
	}
	tests := []struct {
		name   string
		change func(*service)
		turn   map[string]string
		opts   []caller.Option
		want   string
		source caller.AuthorizationSource
	}{
		{"none without a token source", func(*service) {}, nil, nil, "", 0},
		{"service agent by default", func(s *service) { s.Uri = hookURI + "?a=b" }, nil, []caller.Option{tokens}, "Bearer tok", caller.ServiceAgentSource},
		{"service agent switched off", func(s *service) { s.ServiceAgentAuth = cxpb.Webhook_GenericWebService_NONE }, nil, []caller.Option{tokens}, "", 0},
		{"password", password, nil, []caller.Option{tokens}, basic("u:p:q"), 0},
		{"secret wins over password", both(password, func(s *service) { s.SecretVersionForUsernamePassword = "v" }), nil, []caller.Option{secrets}, basic("content of v:x"), 0},
		{"secret left out", both(password, func(s *service) { s.SecretVersionForUsernamePassword = "v" }), nil, []caller.Option{caller.Unauthenticated()}, basic("u:p:q"), 0},
		{"OAuth", oauth, nil, []caller.Option{tokens}, "Bearer tok", caller.OAuthSource},
		{"OAuth left out", oauth, nil, []caller.Option{caller.Unauthenticated(), tokens}, "", 0},
		{"service account", account, nil, []caller.Option{tokens}, "Bearer tok", caller.ServiceAccountSource},
		{"a configured header comes first", both(header, password, oauth), nil, []caller.Option{tokens}, "Key k", 0},
		{"another order", both(header, password, oauth), nil, []caller.Option{tokens, caller.WithAuthorizationOrder(caller.OAuthSource, caller.HeaderSource)}, "Bearer tok", caller.OAuthSource},
		{"a header that is left out of the order", header, nil, []caller.Option{caller.WithAuthorizationOrder(caller.BasicSource)}, "", 0},
		{"the turn overrides all", both(header, password), map[string]string{"Authorization": "T"}, nil, "T", 0},
		{"secret header", secretHeader, nil, []caller.Option{secrets}, "content of v1:x", 0},
	}
	for _, tt := range tests {
		asked = caller.TokenRequest{}
		got, res := received(t, tt.change, tt.turn, tt.opts...)
		if res.Failure != nil || got.Get("Authorization") != tt.want {
			t.Errorf("%s: Authorization %q, failure %v; want %q", tt.name, got.Get("Authorization"), res.Failure, tt.want)
		}
		if asked.Source != tt.source {
			t.Errorf("%s: asked for a token of %d, want %d", tt.name, asked.Source, tt.source)
		}
		if tt.source == caller.ServiceAgentSource && asked.Audience != hookURI {
			t.Errorf("%s: audience %q, want %q", tt.name, asked.Audience, hookURI)
		}
		if tt.name == "secret header" && got.Get("X-Key") != "content of v2:x" {
			t.Errorf("X-Key is %q, want the secret", got.Get("X-Key"))
		}
	}
}

func TestCredentialsThatCannotBeHad(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	fails := caller.WithTokens(func(context.Context, caller.TokenRequest) (string, error) { return "", down })
	secret := func(content string) caller.Option {
		return caller.WithSecrets(func(context.Context, string) ([]byte, error) { return []byte(content), nil })
	}
	basic := func(s *service) { s.SecretVersionForUsernamePassword = "v" }
	tests := []struct {
		name   string
		change func(*service)
		opt    caller.Option
	}{
		{"token", func(*service) {}, fails},
		{"secret", basic, caller.WithSecrets(func(context.Context, string) ([]byte, error) { return nil, down })},
		{"secret that ends in a newline", basic, secret("user:password\n")},
		{"secret without a colon", basic, secret("password")},
	}
	for _, tt := range tests {
		c := newCaller(t, resource(tt.change), caller.ToHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Errorf("%s: the handler was called", tt.name)
		})), tt.opt)
		res := call(t, c, turn(t))
		checkFailure(t, tt.name, res, caller.NoCredentials, caller.EventError)
		if len(res.Attempts) != 0 || strings.Contains(res.Failure.Error(), "password\n") {
			t.Errorf("%s: %d attempts, failure %q", tt.name, len(res.Attempts), res.Failure)
		}
	}
}

func TestCredentialsWithoutASource(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*service){
		"WithSecrets": func(s *service) { s.SecretVersionForUsernamePassword = "v" },
		"WithTokens":  func(s *service) { s.OauthConfig = &cxpb.Webhook_GenericWebService_OAuthConfig{} },
	} {
		_, err := caller.New(resource(change), caller.ToHandler(http.NotFoundHandler()))
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "Unauthenticated") {
			t.Errorf("error %v, want one that names %s", err, name)
		}
	}
}
