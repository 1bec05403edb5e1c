package auth_test

import (
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"golang.org/x/oauth2"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
	"github.com/cxhook/cxhook/internal/status"
)

// TestTypedNilErrorsRefuse: a verifier that returns a nil pointer as its error
// has not passed the request, and whatever identity stands beside it is
// nobody's.
func TestTypedNilErrorsRefuse(t *testing.T) {
	t.Parallel()
	if (*auth.Refusal)(nil).Error() == "" {
		t.Error("a nil refusal has no text")
	}
	for name, err := range map[string]error{
		"refusal":           (*auth.Refusal)(nil),
		"wrapped refusal":   errors.Join((*auth.Refusal)(nil)),
		"error of a status": (*status.Error)(nil),
	} {
		for kind, v := range map[string]auth.Verifier{
			"alone":  verdict{pass("a").Identity, err},
			"in All": auth.All(pass("b"), verdict{pass("a").Identity, err}),
			"in Any": auth.Any(verdict{pass("a").Identity, err}, fail(401, "unclassified")),
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				site := refusal.New(t, refusal.Config{Guard: guardBy(v)})
				site.Refused(t, refusal.Want{Status: http.StatusUnauthorized, Reason: "unclassified"}, nil)
			})
		}
	}
}

// TestTypedNilVerifiersPanic: a constructor's error that was not looked at
// leaves a nil pointer, which is a mistake of the program as much as nil.
func TestTypedNilVerifiersPanic(t *testing.T) {
	t.Parallel()
	var absent *auth.IDToken
	var noFunc auth.VerifierFunc
	for name, f := range map[string]func(){
		"Require of a nil pointer":    func() { auth.Require(absent) },
		"Require of a nil function":   func() { auth.Require(noFunc) },
		"All with a nil pointer":      func() { auth.All(pass("a"), absent) },
		"Any with a nil pointer":      func() { auth.Any(pass("a"), absent) },
		"Any with a nil function":     func() { auth.Any(pass("a"), noFunc) },
		"Require of a nil weak one":   func() { auth.Require((*auth.MTLS)(nil)) },
		"All with a nil one of weak":  func() { auth.All(pass("a"), (*auth.ProxyMTLS)(nil)) },
		"All with a nil Google token": func() { auth.All(pass("a"), (*auth.GoogleAccessToken)(nil)) },
	} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok {
					t.Errorf("%s does not panic with a text of its own (%q)", name, text)
				}
			}()
			f()
		}()
	}
}

// panicking stands for a part of the program that the verifiers call.
type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("transport") }
func (panicking) Token() (*oauth2.Token, error)                   { panic("token source") }

// TestPanicsOfPartsAnswer503: keys and lookups are fetched on goroutines that
// no server guards, so a panic there would end the process.
func TestPanicsOfPartsAnswer503(t *testing.T) {
	t.Parallel()
	c := &clock{}
	s := newSigner(t, "k1", "RS256", rsaKey())
	client := &http.Client{Transport: panicking{}}
	observe := func(auth.Event) { panic("observer") }
	keys := func(cfg auth.KeySetConfig) auth.Verifier {
		cfg.Logger = slog.New(slog.DiscardHandler)
		set, err := auth.NewKeySet(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(set.Close)
		return newJWT(t, jwtConfig(set))
	}
	introspection := func(change func(*auth.IntrospectionConfig)) auth.Verifier {
		cfg := introspectionConfig(newLookupServer(t, answerWith(http.StatusOK, marshal(t, active()))), c)
		change(&cfg)
		return newIntrospection(t, cfg)
	}
	token := bearer(sign(t, s, goodClaims()))
	published := newKeyServer(t, s)
	for _, tt := range []struct {
		name string
		v    auth.Verifier
		edit func(*http.Request)
	}{
		{"transport of keys", keys(auth.KeySetConfig{URL: "https://issuer.example/keys", Client: client, Now: fixedClock}), token},
		{"observer of keys", keys(auth.KeySetConfig{
			URL: published.srv.URL, Client: published.srv.Client(), Now: fixedClock, Observe: observe,
		}), token},
		{"transport of lookups", introspection(func(cfg *auth.IntrospectionConfig) { cfg.Lookup.Client = client }), bearer(opaque)},
		{"observer of lookups", introspection(func(cfg *auth.IntrospectionConfig) { cfg.Lookup.Observe = observe }), bearer(opaque)},
		{"token source", introspection(func(cfg *auth.IntrospectionConfig) {
			cfg.ClientID, cfg.ClientSecret, cfg.TokenSource = "", nil, panicking{}
		}), bearer(opaque)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			site := refusal.New(t, refusal.Config{Guard: guardBy(tt.v)})
			for range 2 { // nothing may be left locked or under way
				site.Refused(t, refusal.Want{Status: http.StatusServiceUnavailable, Reason: "dependency_unavailable", AnyChallenge: true}, tt.edit)
			}
		})
	}
}

// TestUnverifiedEmailIsNoSubject: with AnyEmail whoever calls is told apart
// by what Google vouches for, and an e-mail that it has not verified is no
// such thing.
func TestUnverifiedEmailIsNoSubject(t *testing.T) {
	t.Parallel()
	site, s := idTokenSite(t, func(cfg *auth.IDTokenConfig) { cfg.ProjectNumbers, cfg.AnyEmail = nil, true })
	for _, tt := range []struct {
		name   string
		change claims
		want   string
	}{
		{"verified", claims{"email": "a@example.com"}, "a@example.com"},
		{"not verified", claims{"email": "a@example.com", "email_verified": false, "sub": "42"}, "42"},
		{"verified by a text", claims{"email": "a@example.com", "email_verified": "true", "sub": "42"}, "42"},
		{"no word of it", claims{"email": "a@example.com", "email_verified": nil, "sub": "42"}, "42"},
		{"no e-mail", claims{"email": nil, "sub": "42"}, "42"},
	} {
		if id, _ := site.Accepted(t, bearer(sign(t, s, googleClaims().with(tt.change)))); id.Subject != tt.want {
			t.Errorf("%s: subject %q, want %q", tt.name, id.Subject, tt.want)
		}
	}
	for name, change := range map[string]claims{
		"nothing to go by": {"email": "a@example.com", "email_verified": false, "sub": nil},
		"sub is a number":  {"email_verified": false, "sub": 42},
	} {
		t.Run(name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: 401, Reason: "malformed_claims", AnyChallenge: true}, bearer(sign(t, s, googleClaims().with(change))))
		})
	}
}

// TestForwardedURIsHideNothing: Envoy writes the URIs of a certificate as they
// are, so that one with a semicolon in it looks like further keys. What stands
// behind a URI is not taken for a name unless the certificate itself is sent.
func TestForwardedURIsHideNothing(t *testing.T) {
	t.Parallel()
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(proxyVerifier(t, proxyConfig(auth.EnvoyXFCC))), Good: set(auth.XFCCHeader, xfccGood),
	})
	for _, value := range []string{
		`Hash=00;Subject="CN=Evil LLC";URI=https://evil.example/;DNS=*.dialogflow.com`,
		`Hash=00;URI=https://evil.example/;Subject="CN=Google LLC"`,
		`Hash=00;URI=https://evil.example/?a=b;dns=*.dialogflow.com`,
		`Hash=00;URI="https://evil.example/";URI=x;DNS=*.dialogflow.com`,
		`Hash=00;Subject="CN=Evil LLC";URI=https://evil.example/,Subject="CN=Google LLC";URI=`,
	} {
		t.Run(value, func(t *testing.T) {
			f := site.Refused(t, refusal.Want{Status: 401, Reason: "malformed_credential"}, set(auth.XFCCHeader, value))
			_ = f
		})
	}
	for _, value := range []string{
		`Hash=00;Subject="CN=x";URI=;DNS=*.dialogflow.com`,              // Envoy names the key where there is no URI
		`Hash=00;Subject="CN=Google LLC";URI=spiffe://mesh/x`,           // nothing behind it
		`By=spiffe://mesh/hook;Hash=00;Subject="CN=Google LLC";DNS=x.y`, // the proxy's own
	} {
		site.Accepted(t, set(auth.XFCCHeader, value))
	}
}
