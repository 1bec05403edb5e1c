package auth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

// Rows 111 and 112.
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
		{"111: another issuer", oidc, `{"issuer":"https://other.example.com","jwks_uri":"KEYS"}`, nil, false},
		{"111: trailing slash", oidc, `{"issuer":"ISSUER/","jwks_uri":"KEYS"}`, nil, false},
		{"111: no issuer", oidc, `{"jwks_uri":"KEYS"}`, nil, false},
		{"111: issuer twice", oidc, `{"issuer":"x","issuer":"ISSUER","jwks_uri":"KEYS"}`, nil, false},
		{"112: keys by http", oidc, `{"issuer":"ISSUER","jwks_uri":"http://127.0.0.1/keys"}`, nil, false},
		{"112: keys elsewhere", oidc, `{"issuer":"ISSUER","jwks_uri":"https://keys.example.com/keys"}`, nil, false},
		{"112: keys elsewhere, said so", oidc, `{"issuer":"ISSUER","jwks_uri":"https://keys.example.com/keys"}`, []string{"keys.example.com"}, true},
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
	for _, issuer := range []string{"", "http://issuer.example.com", "issuer.example.com"} {
		if _, err := auth.DiscoverKeys(t.Context(), issuer, auth.KeySetConfig{}); err == nil {
			t.Errorf("DiscoverKeys of %q = nil error", issuer)
		}
	}
}
