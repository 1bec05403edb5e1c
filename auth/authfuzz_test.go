package auth_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

// verifyHeader returns the identity of a request whose Authorization header is
// as given.
func verifyHeader(v auth.Verifier, value string) (auth.Identity, error) {
	r := &http.Request{Method: http.MethodPost, Header: http.Header{"Authorization": {value}}}
	return v.Verify(r)
}

// FuzzBasic holds that no header panics, and that one passes if and only if it
// is the scheme, a blank, and the one encoding of the credential.
func FuzzBasic(f *testing.F) {
	v, err := auth.NewBasic(auth.BasicConfig{Credentials: auth.FixedSecrets(basicPair)})
	if err != nil {
		f.Fatal(err)
	}
	good := base64Of(basicPair)
	for _, s := range []string{
		"Basic " + good, "basic " + good, "BASIC  " + good, "Basic " + strings.TrimRight(good, "="), "Basic\t" + good,
		"Basic Og==", "Basic dTq=", "Basic " + good + ", Bearer x", "Bearer " + good, "", "Basic", "Basic \x00", "Ba\u017fic " + good,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		id, err := verifyHeader(v, value)
		want := len(value) > 6 && strings.EqualFold(value[:6], "Basic ") && value[6:] == good
		if (err == nil) != want {
			t.Errorf("%q: error %v, want a pass %v", value, err, want)
		}
		if err == nil && id.Subject != basicUser {
			t.Errorf("%q: identity %+v", value, id)
		}
		if err != nil && strings.Contains(err.Error(), "colons-8d31") {
			t.Errorf("error %q shows the password", err)
		}
	})
}

// FuzzBearer holds that no header panics, and that one passes only if it is
// the scheme, a blank, and the token that was signed.
func FuzzBearer(f *testing.F) {
	s := newSigner(f, "k1", "RS256", rsaKey())
	v := newJWT(f, jwtConfig(keysOf(f, s)))
	good := sign(f, s, goodClaims())
	for _, value := range []string{
		"Bearer " + good, "bearer " + good, "Bearer " + good + "=", "Bearer " + good + " " + good, "Bearer\t" + good, good, "Bearer ...", "Bearer",
		"Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer " + strings.Repeat(".", 9000),
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		_, err := verifyHeader(v, value)
		want := len(value) > 7 && strings.EqualFold(value[:7], "Bearer ") && value[7:] == good
		if (err == nil) != want {
			t.Errorf("%q: error %v, want a pass %v", value, err, want)
		}
	})
}

// FuzzIDTokenClaims takes whatever claims come as if they were signed: none may
// pass whose audience, account or time is not good by encoding/json's reading
// as well, and no error may repeat them.
func FuzzIDTokenClaims(f *testing.F) {
	cfg := idTokenConfig(keysOf(f, newSigner(f, "g1", "RS256", rsaKey())))
	cfg.PlatformVerified = true // in place of signing each input, which is slow
	v := newIDToken(f, cfg)
	f.Add(marshal(f, googleClaims()))
	f.Add(marshal(f, googleClaims().with(claims{"email": "x@y.z"})))
	f.Add(`{"iss":"accounts.google.com","iss":"x"}`)
	f.Add(`{"exp":1e300}`)
	f.Fuzz(func(t *testing.T, payload string) {
		token := b64(`{"alg":"RS256","kid":"g1"}`) + "." + b64(payload) + ".SIGNATURE_REMOVED_BY_GOOGLE"
		id, err := verifyHeader(v, "Bearer "+token)
		if err != nil {
			if len(payload) > 40 && strings.Contains(err.Error(), payload[:40]) {
				t.Errorf("error %q repeats the claims", err)
			}
			return
		}
		lax := decodeLax(t, token)
		if lax["aud"] != testAudience && !holds(lax["aud"], testAudience) {
			t.Errorf("passed with audience %v", lax["aud"])
		}
		if lax["email"] != id.Subject || lax["email_verified"] != true {
			t.Errorf("passed as %q with e-mail %v, verified %v", id.Subject, lax["email"], lax["email_verified"])
		}
		if exp, ok := lax["exp"].(float64); !ok || int64(exp) < base.Unix()-30 {
			t.Errorf("passed with exp %v", lax["exp"])
		}
	})
}

func holds(list any, want string) bool {
	items, _ := list.([]any)
	for _, item := range items {
		if item == want {
			return true
		}
	}
	return false
}

func decodeLax(t *testing.T, token string) map[string]any {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return unmarshal(t, payload)
}
