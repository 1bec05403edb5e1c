package auth_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
	"github.com/cxhook/cxhook/internal/status"
)

// TestTypedNilErrorsRefuse: a verifier that returns a nil pointer as its error
// has not passed the request, and whatever identity stands beside it is
// nobody's.
func TestTypedNilErrorsRefuse(t *testing.T) {
	t.Parallel()
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
