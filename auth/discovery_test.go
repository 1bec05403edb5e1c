package auth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

func TestDiscoverKeys(t *testing.T) {
	t.Parallel()
	const oidc, rfc8414 = "/tenant/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/tenant"
	tests := []struct {
		name     string
		path     string
		document string // ISSUER and KEYS stand for the good values
		hosts    []string
		ok       bool
	}{
		{"OpenID Connect", oidc, `{"issuer":"ISSUER","jwks_uri":"KEYS"}`, nil, true},
		{"RFC 8414", rfc8414, `{"issuer":"ISSUER","jwks_uri":"KEYS"}`, nil, true},
		{"neither", "/other", `{"issuer":"ISSUER","jwks_uri":"KEYS"}`, nil, false},
		{"another issuer", oidc, `{"issuer":"https://other.example.com","jwks_uri":"KEYS"}`, nil, false},
		{"trailing slash", oidc, `{"issuer":"ISSUER/","jwks_uri":"KEYS"}`, nil, false},
		{"no issuer", oidc, `{"jwks_uri":"KEYS"}`, nil, false},
		{"issuer twice", oidc, `{"issuer":"x","issuer":"ISSUER","jwks_uri":"KEYS"}`, nil, false},
		{"keys by http", oidc, `{"issuer":"ISSUER","jwks_uri":"http://127.0.0.1/keys"}`, nil, false},
		{"keys elsewhere", oidc, `{"issuer":"ISSUER","jwks_uri":"https://keys.example.com/keys"}`, nil, false},
		{"keys elsewhere, said so", oidc, `{"issuer":"ISSUER","jwks_uri":"https://keys.example.com/keys"}`, []string{"keys.example.com"}, true},
		{"no keys", oidc, `{"issuer":"ISSUER"}`, nil, false},
		{"HTML", oidc, `<html>`, nil, false},
		{"too long", oidc, `{"x":"` + strings.Repeat("x", 256<<10) + `","issuer":"ISSUER","jwks_uri":"KEYS"}`, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var srv *httptest.Server
			srv = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != tt.path {
					http.NotFound(w, r)
					return
				}
				issuer := srv.URL + "/tenant"
				_, _ = io.WriteString(w, strings.NewReplacer("ISSUER", issuer, "KEYS", issuer+"/keys").Replace(tt.document))
			}))
			defer srv.Close()
			keys, err := auth.DiscoverKeys(t.Context(), srv.URL+"/tenant", auth.KeySetConfig{Client: srv.Client()}, tt.hosts...)
			if (err == nil) != tt.ok || (keys != nil) != tt.ok {
				t.Errorf("DiscoverKeys = %v, %v, want ok %v", keys, err, tt.ok)
			}
		})
	}
}

// oneDocument serves a document that is good for its own URL at every path.
func oneDocument(status int, start func(http.Handler) *httptest.Server) *httptest.Server {
	var srv *httptest.Server
	srv = start(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		keys := strings.Replace(srv.URL, "http:", "https:", 1) + "/keys"
		_, _ = io.WriteString(w, `{"issuer":"`+srv.URL+`","jwks_uri":"`+keys+`"}`)
	}))
	return srv
}

func TestDiscoveryFailures(t *testing.T) {
	t.Parallel()
	plain := oneDocument(200, httptest.NewServer)
	defer plain.Close()
	good := oneDocument(200, httptest.NewTLSServer)
	defer good.Close()
	failing := oneDocument(500, httptest.NewTLSServer)
	defer failing.Close()
	gone := oneDocument(200, httptest.NewTLSServer)
	gone.Close()
	tests := []struct {
		name, issuer string
		client       *http.Client
		ok           bool
	}{
		{"good", good.URL, good.Client(), true},
		{"http", plain.URL, plain.Client(), false},
		{"status 500", failing.URL, failing.Client(), false},
		{"server gone", gone.URL, gone.Client(), false},
		{"certificate unknown", good.URL, nil, false},
		{"no issuer", "", nil, false},
		{"no URL", "issuer.example.com", nil, false},
	}
	for _, tt := range tests {
		if _, err := auth.DiscoverKeys(t.Context(), tt.issuer, auth.KeySetConfig{Client: tt.client}); (err == nil) != tt.ok {
			t.Errorf("%s: DiscoverKeys error = %v, want ok %v", tt.name, err, tt.ok)
		}
	}
}
