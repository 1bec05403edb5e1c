package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

const (
	projectNumber = "123456789012"
	serviceAgent  = "service-123456789012@gcp-sa-dialogflow.iam.gserviceaccount.com"
	googleIssuer  = "https://accounts.google.com"
)

// googleClaims are those of a token of Dialogflow's service agent.
func googleClaims() claims {
	return claims{
		"iss": googleIssuer, "aud": testAudience, "azp": "112233445566778899001", "sub": "112233445566778899001",
		"email": serviceAgent, "email_verified": true, "iat": base.Unix(), "exp": base.Add(time.Hour).Unix(),
	}
}

func idTokenConfig(keys *auth.KeySet) auth.IDTokenConfig {
	return auth.IDTokenConfig{
		Audiences: []string{testAudience + "?env=prod"}, ProjectNumbers: []string{projectNumber, "77"}, Keys: keys, Now: fixedClock,
	}
}

func newIDToken(t testing.TB, cfg auth.IDTokenConfig) *auth.IDToken {
	t.Helper()
	v, err := auth.NewIDToken(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func idTokenSite(t *testing.T, change func(*auth.IDTokenConfig)) (*refusal.Site, *auth.Signer) {
	t.Helper()
	s := newSigner(t, "g1", "RS256", rsaKey())
	cfg := idTokenConfig(keysOf(t, s))
	if change != nil {
		change(&cfg)
	}
	site := refusal.New(t, refusal.Config{Guard: guardBy(newIDToken(t, cfg)), Good: bearer(sign(t, s, googleClaims()))})
	return site, s
}

func TestIDTokenClaims(t *testing.T) {
	t.Parallel()
	unix := func(d time.Duration) int64 { return base.Add(d).Unix() }
	const agent = "@gcp-sa-dialogflow.iam.gserviceaccount.com"
	tests := []struct {
		name   string
		change claims
		status int
		reason string
	}{
		{"good", nil, 200, ""},
		{"issuer without a scheme", claims{"iss": "accounts.google.com"}, 200, ""},
		{"issuer with a slash", claims{"iss": googleIssuer + "/"}, 401, "wrong_issuer"},
		{"issuer of http", claims{"iss": "http://accounts.google.com"}, 401, "wrong_issuer"},
		{"IAP", claims{"iss": "https://cloud.google.com/iap"}, 401, "wrong_issuer"},
		{"no issuer", claims{"iss": nil}, 401, "wrong_issuer"},
		{"domain goes on", claims{"email": serviceAgent + ".evil.com"}, 403, "wrong_email"},
		{"another domain", claims{"email": "x" + agent + "@evil.com"}, 403, "wrong_email"},
		{"upper case", claims{"email": strings.ToUpper(serviceAgent)}, 403, "wrong_email"},
		{"blank in front", claims{"email": " " + serviceAgent}, 403, "wrong_email"},
		{"homoglyph", claims{"email": strings.Replace(serviceAgent, "a", "а", 1)}, 403, "wrong_email"},
		{"longer number", claims{"email": "service-1234567890123" + agent}, 403, "wrong_email"},
		{"shorter number", claims{"email": "service-12345678901" + agent}, 403, "wrong_email"},
		{"zero in front", claims{"email": "service-0123456789012" + agent}, 403, "wrong_email"},
		{"another customer's agent", claims{"email": "service-999" + agent}, 403, "wrong_email"},
		{"another service agent", claims{"email": "service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"}, 403, "wrong_email"},
		{"a user's service account", claims{"email": "hook@my-project.iam.gserviceaccount.com"}, 403, "wrong_email"},
		{"gmail", claims{"email": "someone@gmail.com"}, 403, "wrong_email"},
		{"not verified", claims{"email_verified": false}, 403, "wrong_email"},
		{"verified missing", claims{"email_verified": nil}, 403, "wrong_email"},
		{"verified as text", claims{"email_verified": "true"}, 403, "wrong_email"},
		{"no e-mail", claims{"email": nil, "email_verified": nil}, 403, "wrong_email"},
		{"e-mail a list", claims{"email": []string{serviceAgent}}, 403, "wrong_email"},
		{"query", claims{"aud": testAudience + "?env=prod"}, 401, "wrong_audience"},
		{"fragment", claims{"aud": testAudience + "#a"}, 401, "wrong_audience"},
		{"trailing slash", claims{"aud": testAudience + "/"}, 401, "wrong_audience"},
		{"other path", claims{"aud": "https://hooks.example.com/other"}, 401, "wrong_audience"},
		{"http", claims{"aud": "http://hooks.example.com/webhook"}, 401, "wrong_audience"},
		{"port", claims{"aud": "https://hooks.example.com:443/webhook"}, 401, "wrong_audience"},
		{"upper-case host", claims{"aud": "https://HOOKS.example.com/webhook"}, 401, "wrong_audience"},
		{"no path", claims{"aud": "https://hooks.example.com"}, 401, "wrong_audience"},
		{"expired within the leeway", claims{"iat": unix(-time.Hour), "exp": unix(-time.Second)}, 200, ""},
		{"expired", claims{"iat": unix(-time.Hour), "exp": unix(-31 * time.Second)}, 401, "expired"},
		{"65 minutes", claims{"exp": unix(65 * time.Minute)}, 200, ""},
		{"65 minutes and a second", claims{"exp": unix(65*time.Minute + time.Second)}, 401, "lifetime_too_long"},
		{"no iat", claims{"iat": nil}, 401, "malformed_claims"},
		{"Firebase", claims{"iss": "https://securetoken.google.com/my-project", "aud": "my-project"}, 401, "wrong_issuer"},
		{"another listed project", claims{"email": "service-77" + agent}, 200, ""},
	}
	site, s := idTokenSite(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := googleClaims().with(tt.change)
			edit := bearer(sign(t, s, c))
			if tt.reason != "" {
				want := refusal.Want{Status: tt.status, Reason: tt.reason, AnyChallenge: true}
				site.Refused(t, want, edit)
				return
			}
			if id, _ := site.Accepted(t, edit); id.Subject != c["email"] || id.Issuer != googleIssuer || id.Audience != testAudience {
				t.Errorf("identity = %+v", id)
			}
		})
	}
}

// The audience never comes from the request.
func TestAudienceIsNotTheHost(t *testing.T) {
	t.Parallel()
	site, s := idTokenSite(t, nil)
	site.Refused(t, refusal.Want{Status: 401, Reason: "wrong_audience", Challenge: bearerAsk}, func(r *http.Request) {
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		bearer(sign(t, s, googleClaims().with(claims{"aud": "https://evil.example/webhook"})))(r)
	})
}

func TestIDTokenForm(t *testing.T) {
	t.Parallel()
	site, s := idTokenSite(t, nil)
	payload := marshal(t, googleClaims())
	es := newSigner(t, "g1", "ES256", p256Key())
	iap := sign(t, es, googleClaims().with(claims{"iss": "https://cloud.google.com/iap"}))
	esParts := strings.Split(sign(t, es, googleClaims()), ".")
	tests := []struct {
		name, token, reason string
	}{
		{"ES256 with a signature of 5 bytes", esParts[0] + "." + esParts[1] + "." + b64("12345"), "token_algorithm"},
		{"IAP's assertion", iap, "token_algorithm"},
		{"ES256 with zeros behind", esParts[0] + "." + esParts[1] + "." + esParts[2] + "AAAA", "token_algorithm"},
		{"crit", raw(t, rsaKey(), `{"alg":"RS256","kid":"g1","crit":["x"],"x":1}`, payload), "token_header"},
		{"RS256 with a signature of 5 bytes", strings.Join(append(strings.Split(sign(t, s, googleClaims()), ".")[:2], b64("12345")), "."), "bad_signature"},
		{"another signer", sign(t, newSigner(t, "g1", "RS256", otherRSA()), googleClaims()), "bad_signature"},
		{"signature removed", withoutSignature(t, s, googleClaims()), "signature_removed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: 401, Reason: tt.reason, Challenge: bearerAsk}, bearer(tt.token))
		})
	}
}

// withoutSignature is a token as Cloud Run hands it on.
func withoutSignature(t *testing.T, s *auth.Signer, c claims) string {
	t.Helper()
	token := sign(t, s, c)
	return token[:strings.LastIndexByte(token, '.')+1] + "SIGNATURE_REMOVED_BY_GOOGLE"
}

// The mode that trusts the platform, its checks, and its danger.
func TestPlatformVerified(t *testing.T) {
	t.Parallel()
	const serverless = "X-Serverless-Authorization"
	site, s := idTokenSite(t, func(c *auth.IDTokenConfig) { c.PlatformVerified = true })
	removed := func(change claims) string { return withoutSignature(t, s, googleClaims().with(change)) }
	forged := b64(`{"alg":"RS256","kid":"x"}`) + "." + b64(marshal(t, googleClaims())) + ".SIGNATURE_REMOVED_BY_GOOGLE"
	passes := map[string]func(*http.Request){
		"signature removed":                      bearer(removed(nil)),
		"in the serverless header":               setHeader(serverless, "Bearer "+removed(nil)),
		"serverless header wins over bad other":  func(r *http.Request) { bearer("x.y.z")(r); setHeader(serverless, "Bearer "+removed(nil))(r) },
		"signature kept":                         bearer(sign(t, s, googleClaims())),
		"forged by hand: the danger of the mode": bearer(forged),
	}
	for name, edit := range passes {
		t.Run(name, func(t *testing.T) { site.Accepted(t, edit) })
	}
	refusals := []struct {
		name   string
		edit   func(*http.Request)
		status int
		reason string
	}{
		{"issuer", bearer(removed(claims{"iss": "x"})), 401, "wrong_issuer"},
		{"audience", bearer(removed(claims{"aud": "x"})), 401, "wrong_audience"},
		{"expired", bearer(removed(claims{"iat": base.Unix() - 4000, "exp": base.Unix() - 400})), 401, "expired"},
		{"e-mail", bearer(removed(claims{"email": "x@y.z"})), 403, "wrong_email"},
		{"signature of another", bearer(sign(t, newSigner(t, "g1", "RS256", otherRSA()), googleClaims())), 401, "bad_signature"},
		{"other text for a signature", bearer(strings.Replace(removed(nil), "REMOVED", "removed", 1)), 401, "bad_signature"},
		{"bad serverless header wins", func(r *http.Request) { bearer(removed(nil))(r); setHeader(serverless, "Bearer x")(r) }, 401, "malformed_credential"},
		{"serverless header twice", setHeader(serverless, "Bearer "+removed(nil), "Bearer "+removed(nil)), 401, "duplicate_header"},
		{"no header", nil, 401, "no_credential"},
	}
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: tt.status, Reason: tt.reason, AnyChallenge: true}, tt.edit)
		})
	}
}

// By default the log names the option, and the serverless header
// means nothing.
func TestPlatformVerifiedIsOff(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "g1", "RS256", rsaKey())
	v := newIDToken(t, idTokenConfig(keysOf(t, s)))
	r, err := http.NewRequest(http.MethodPost, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	auth.SetBearer(r, withoutSignature(t, s, googleClaims()))
	if _, err := v.Verify(r); err == nil || !strings.Contains(err.Error(), "PlatformVerified") {
		t.Errorf("error = %v, want one that names the option", err)
	}
	r.Header = http.Header{"X-Serverless-Authorization": {"Bearer " + sign(t, s, googleClaims())}}
	if _, err := v.Verify(r); reasonOf(err) != "no_credential" {
		t.Errorf("reason = %q, want no_credential", reasonOf(err))
	}
}

func TestIDTokenAccounts(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "g1", "RS256", rsaKey())
	verify := func(change func(*auth.IDTokenConfig), email string) (auth.Identity, string) {
		cfg := idTokenConfig(keysOf(t, s))
		change(&cfg)
		r, err := http.NewRequest(http.MethodPost, "http://x/", nil)
		if err != nil {
			t.Fatal(err)
		}
		token, err := s.IDToken(email, testAudience+"?env=prod", base)
		if err != nil {
			t.Fatal(err)
		}
		auth.SetBearer(r, token)
		id, err := newIDToken(t, cfg).Verify(r)
		return id, reasonOf(err)
	}
	queue := func(c *auth.IDTokenConfig) {
		c.Emails, c.ProjectNumbers = []string{"queue@p.iam.gserviceaccount.com"}, nil
	}
	if _, reason := verify(queue, "queue@p.iam.gserviceaccount.com"); reason != "" {
		t.Errorf("listed e-mail: reason = %q", reason)
	}
	if _, reason := verify(queue, serviceAgent); reason != "wrong_email" {
		t.Errorf("agent that is not listed: reason = %q, want wrong_email", reason)
	}
	anyone := func(c *auth.IDTokenConfig) { c.AnyEmail, c.ProjectNumbers = true, nil }
	if id, reason := verify(anyone, "who@ever.example"); reason != "" || id.Subject != "who@ever.example" {
		t.Errorf("AnyEmail: reason = %q, identity %+v", reason, id)
	}
}

func TestIDTokenConfigIsRefused(t *testing.T) {
	t.Parallel()
	keys := keysOf(t, newSigner(t, "g1", "RS256", rsaKey()))
	tests := []struct {
		name   string
		change func(*auth.IDTokenConfig)
		ok     bool
	}{
		{"good", func(*auth.IDTokenConfig) {}, true},
		{"Google's keys by default", func(c *auth.IDTokenConfig) { c.Keys = nil }, true},
		{"keys that no constructor has made", func(c *auth.IDTokenConfig) { c.Keys = &auth.KeySet{} }, false},
		{"zero", func(c *auth.IDTokenConfig) { *c = auth.IDTokenConfig{} }, false},
		{"no audience", func(c *auth.IDTokenConfig) { c.Audiences = nil }, false},
		{"empty audience", func(c *auth.IDTokenConfig) { c.Audiences = []string{""} }, false},
		{"audience no URL", func(c *auth.IDTokenConfig) { c.Audiences = []string{"webhook"} }, false},
		{"audience that cannot be parsed", func(c *auth.IDTokenConfig) { c.Audiences = []string{"https://hook.example/%zz"} }, false},
		{"audience of another scheme", func(c *auth.IDTokenConfig) { c.Audiences = []string{"ftp://hook.example/"} }, false},
		{"audience without a host", func(c *auth.IDTokenConfig) { c.Audiences = []string{"https:///webhook"} }, false},
		{"audience with a fragment", func(c *auth.IDTokenConfig) { c.Audiences = []string{testAudience + "#a"} }, false},
		{"audience with user information", func(c *auth.IDTokenConfig) { c.Audiences = []string{"https://u:p@x/"} }, false},
		{"no account", func(c *auth.IDTokenConfig) { c.ProjectNumbers = nil }, false},
		{"project id for its number", func(c *auth.IDTokenConfig) { c.ProjectNumbers = []string{"my-project"} }, false},
		{"empty number", func(c *auth.IDTokenConfig) { c.ProjectNumbers = []string{""} }, false},
		{"zero in front of the number", func(c *auth.IDTokenConfig) { c.ProjectNumbers = []string{"0123"} }, false},
		{"e-mail without a domain", func(c *auth.IDTokenConfig) { c.Emails = []string{"x"} }, false},
		{"number of 21 digits", func(c *auth.IDTokenConfig) { c.ProjectNumbers = []string{strings.Repeat("1", 21)} }, false},
		{"e-mail without a name", func(c *auth.IDTokenConfig) { c.Emails = []string{"@x"} }, false},
		{"e-mail with nothing behind", func(c *auth.IDTokenConfig) { c.Emails = []string{"x@"} }, false},
		{"e-mail with a star", func(c *auth.IDTokenConfig) { c.Emails = []string{"*@x"} }, false},
		{"accounts and AnyEmail", func(c *auth.IDTokenConfig) { c.AnyEmail = true }, false},
		{"leeway over a minute", func(c *auth.IDTokenConfig) { c.Leeway = 61 * time.Second }, false},
	}
	for _, tt := range tests {
		cfg := idTokenConfig(keys)
		tt.change(&cfg)
		v, err := auth.NewIDToken(cfg)
		if (err == nil) != tt.ok || (v != nil) != tt.ok {
			t.Errorf("%s: NewIDToken = %v, %v, want ok %v", tt.name, v, err, tt.ok)
		}
	}
}
