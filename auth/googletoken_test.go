package auth_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

const (
	callerEmail = "caller@my-project.iam.gserviceaccount.com"
	callerID    = "112233445566778899001"
	googleToken = "ya29.c.b0Aaekm1K0123456789abcdef"
)

// tokenInfo is a good answer in the form whose values are all texts.
func tokenInfo() claims {
	return claims{
		"azp": callerID, "aud": callerID, "scope": "https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email",
		"exp": "1900000000", "expires_in": "3599", "email": callerEmail, "email_verified": "true", "access_type": "online",
	}
}

func googleTokenConfig(s *lookupServer, c *clock) auth.GoogleAccessTokenConfig {
	return auth.GoogleAccessTokenConfig{
		Emails: []string{callerEmail}, ClientIDs: []string{callerID}, Scopes: []string{"https://www.googleapis.com/auth/cloud-platform"},
		Alone: true, Endpoint: s.srv.URL, Logger: slog.New(slog.DiscardHandler), Lookup: s.lookup(c),
	}
}

func newGoogleToken(t testing.TB, cfg auth.GoogleAccessTokenConfig) *auth.GoogleAccessToken {
	t.Helper()
	v, err := auth.NewGoogleAccessToken(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGoogleAccessToken(t *testing.T) {
	t.Parallel()
	json := func(change claims) http.HandlerFunc { return answerWith(200, marshal(t, tokenInfo().with(change))) }
	tests := []struct {
		name   string
		answer http.HandlerFunc
		status int
		reason string
	}{
		{"good", json(nil), 200, ""},
		{"good, in the other form", json(claims{"expires_in": 3599, "email_verified": nil, "verified_email": true}), 200, ""},
		{"not verified", json(claims{"email_verified": "false"}), 403, "wrong_email"},
		{"verified missing", json(claims{"email_verified": nil}), 403, "wrong_email"},
		{"verified 1", json(claims{"email_verified": 1}), 403, "wrong_email"},
		{"other azp", json(claims{"azp": "1"}), 403, "wrong_client"},
		{"no azp", json(claims{"azp": nil}), 403, "wrong_client"},
		{"scope lacking", json(claims{"scope": "openid"}), 403, "missing_scope"},
		{"expires in 0", json(claims{"expires_in": "0"}), 401, "expired"},
		{"expires in -1", json(claims{"expires_in": "-1"}), 401, "malformed_claims"},
		{"expiry missing", json(claims{"expires_in": nil}), 401, "malformed_claims"},
		{"expiry absurd", json(claims{"expires_in": "99999999999"}), 200, ""},
		{"no e-mail", json(claims{"email": nil, "email_verified": nil}), 403, "wrong_email"},
		{"an ordinary user", json(claims{"email": "someone@gmail.com"}), 403, "wrong_email"},
		{"another project's agent", json(claims{"email": serviceAgent}), 403, "wrong_email"},
		{"upper case", json(claims{"email": strings.ToUpper(callerEmail)}), 403, "wrong_email"},
		{"expired or unknown", answerWith(400, `{"error":"invalid_token"}`), 401, "inactive"},
		{"down", answerWith(500, ``), 503, "dependency_unavailable"},
		{"e-mail twice", answerWith(200, `{"email":"x","email":"`+callerEmail+`"}`), 401, "malformed_claims"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newLookupServer(t, tt.answer)
			site := refusal.New(t, refusal.Config{Guard: guardBy(newGoogleToken(t, googleTokenConfig(s, &clock{})))})
			if tt.reason != "" {
				site.Refused(t, refusal.Want{Status: tt.status, Reason: tt.reason, AnyChallenge: true}, bearer(googleToken))
			} else if id, _ := site.Accepted(t, bearer(googleToken)); id.Subject != callerEmail {
				t.Errorf("identity = %+v", id)
			}
			if s.form.Get("access_token") != googleToken || s.last.URL.RawQuery != "" {
				t.Errorf("asked by form %v and query %q, want the token in the form", s.form, s.last.URL.RawQuery)
			}
		})
	}
}

// The log says what is missing.
func TestMissingEmailHint(t *testing.T) {
	t.Parallel()
	s := newLookupServer(t, answerWith(200, marshal(t, tokenInfo().with(claims{"email": nil}))))
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	auth.SetBearer(r, googleToken)
	_, err := newGoogleToken(t, googleTokenConfig(s, &clock{})).Verify(r)
	if err == nil || !strings.Contains(err.Error(), "userinfo.email") {
		t.Errorf("error = %v, want a hint at the scope", err)
	}
}

// Other kinds of tokens never go to Google.
func TestSignedTokensDoNotGoToGoogle(t *testing.T) {
	t.Parallel()
	s := newLookupServer(t, answerWith(200, marshal(t, tokenInfo())))
	v := newGoogleToken(t, googleTokenConfig(s, &clock{}))
	if got := verify(v, sign(t, newSigner(t, "g1", "RS256", rsaKey()), googleClaims())); got != "token_type" {
		t.Errorf("ID token: %q, want token_type", got)
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("Google was asked %d times", n)
	}
}

// Weak alone.
func TestGoogleAccessTokenIsWeakAlone(t *testing.T) {
	t.Parallel()
	s := newLookupServer(t, nil)
	var log bytes.Buffer
	cfg := googleTokenConfig(s, &clock{})
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	cfg.Alone = false
	weak := newGoogleToken(t, cfg)
	if log.Len() > 0 {
		t.Errorf("warned without need: %s", &log)
	}
	strong := newHeader(t, auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(secretNew)})
	tests := []struct {
		name   string
		v      auth.Verifier
		panics bool
	}{
		{"alone", weak, true},
		{"one of Any", auth.Any(strong, weak), true},
		{"All of weak ones", auth.All(weak, weak), true},
		{"All with a strong one", auth.All(weak, strong), false},
		{"Any of strong and All", auth.Any(strong, auth.All(strong, weak)), false},
	}
	for _, tt := range tests {
		func() {
			defer func() {
				if got := recover() != nil; got != tt.panics {
					t.Errorf("%s: Require panics %v, want %v", tt.name, got, tt.panics)
				}
			}()
			auth.Require(tt.v)
		}()
	}
	cfg.Alone = true
	auth.Require(newGoogleToken(t, cfg))
	if !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("no warning: %s", &log)
	}
}

func TestGoogleAccessTokenConfigIsRefused(t *testing.T) {
	t.Parallel()
	s := newLookupServer(t, nil)
	tests := []struct {
		name   string
		change func(*auth.GoogleAccessTokenConfig)
		ok     bool
	}{
		{"good", func(*auth.GoogleAccessTokenConfig) {}, true},
		{"Google's endpoint by default", func(c *auth.GoogleAccessTokenConfig) { c.Endpoint = "" }, true},
		{"zero", func(c *auth.GoogleAccessTokenConfig) { *c = auth.GoogleAccessTokenConfig{} }, false},
		{"no e-mail", func(c *auth.GoogleAccessTokenConfig) { c.Emails = nil }, false},
		{"no client id", func(c *auth.GoogleAccessTokenConfig) { c.ClientIDs = nil }, false},
		{"empty client id", func(c *auth.GoogleAccessTokenConfig) { c.ClientIDs = []string{""} }, false},
		{"http", func(c *auth.GoogleAccessTokenConfig) { c.Endpoint = "http://x/" }, false},
		{"TTL of an hour", func(c *auth.GoogleAccessTokenConfig) { c.Lookup.TTL = 1 << 50 }, false},
	}
	for _, tt := range tests {
		cfg := googleTokenConfig(s, &clock{})
		tt.change(&cfg)
		v, err := auth.NewGoogleAccessToken(cfg)
		if (err == nil) != tt.ok || (v != nil) != tt.ok {
			t.Errorf("%s: NewGoogleAccessToken = %v, %v, want ok %v", tt.name, v, err, tt.ok)
		}
	}
}
