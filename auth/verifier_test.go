package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
	"github.com/cxhook/cxhook/internal/status"
)

// verdict is a verifier of a known answer.
type verdict struct {
	auth.Identity
	err error
}

func (v verdict) Verify(*http.Request) (auth.Identity, error) { return v.Identity, v.err }

func pass(subject string) verdict {
	return verdict{Identity: auth.Identity{Scheme: "test", Subject: subject}}
}

func fail(code int, reason auth.Reason) verdict { return verdict{err: auth.Refuse(code, reason, nil)} }

// guardBy makes the middleware under test of v.
func guardBy(v auth.Verifier) func(*slog.Logger) refusal.Middleware {
	return func(l *slog.Logger) refusal.Middleware { return auth.Require(v, auth.WithLogger(l)) }
}

// TestMatrix goes through every combination of three verifiers that pass,
// refuse by 400, 401 or 403, or are unavailable.
func TestMatrix(t *testing.T) {
	t.Parallel()
	states := map[int]verdict{
		200: pass("a"),
		400: fail(400, auth.ReasonMalformed),
		401: fail(401, auth.ReasonMismatch),
		403: fail(403, auth.ReasonMismatch),
		503: fail(503, auth.ReasonUnavailable),
	}
	codes := []int{200, 400, 401, 403, 503}
	for _, a := range codes {
		for _, b := range codes {
			for _, c := range codes {
				three := []int{a, b, c}
				vs := []auth.Verifier{states[a], states[b], states[c]}
				if got, want := answer(t, auth.Any(vs...)), wantAny(three); got != want {
					t.Errorf("Any of %v answers %d, want %d", three, got, want)
				}
				if got, want := answer(t, auth.All(vs...)), wantAll(three); got != want {
					t.Errorf("All of %v answers %d, want %d", three, got, want)
				}
			}
		}
	}
}

// wantAny: one pass is enough; else an outage shows; else the caller is known
// but not allowed; else the request is odd; else the caller is unknown.
func wantAny(codes []int) int {
	for _, want := range []int{200, 503, 403, 400, 401} {
		for _, c := range codes {
			if c == want {
				return want
			}
		}
	}
	return 0
}

// wantAll: the first refusal by the credential decides, then an outage.
func wantAll(codes []int) int {
	want := 200
	for _, c := range codes {
		if c >= 400 && c < 500 {
			return c
		}
		want = max(want, c)
	}
	return want
}

func answer(t *testing.T, v auth.Verifier) int {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	h := auth.Require(v, auth.WithLogger(quiet))(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	return w.Code
}

func TestRefusalsOfAnyKind(t *testing.T) {
	t.Parallel()
	const planted = "planted-canary-in-a-dependency"
	tests := []struct {
		name   string
		v      verdict
		status int
		reason string
	}{
		{"refusal", fail(403, "some_reason"), 403, "some_reason"},
		{"wrapped refusal", verdict{err: fmt.Errorf("%s: %w", planted, auth.Refuse(401, "inner", nil))}, 401, "inner"},
		{"bad request", fail(400, "unreadable"), 400, "unreadable"},
		{"status outside Dialogflow's list", fail(429, "busy"), 503, "busy"},
		{"error of a library that repeats a token", verdict{err: errors.New("bad token " + planted)}, 401, "unclassified"},
		{"error with a status", verdict{err: status.Errorf(403, "%s", planted)}, 403, "unclassified"},
		{"deadline", verdict{err: fmt.Errorf("x: %w", context.DeadlineExceeded)}, 503, "canceled"},
		{"caller hung up", verdict{err: fmt.Errorf("x: %w", context.Canceled)}, 503, "canceled"},
		{"passed as nobody", verdict{}, 401, "no_identity"},
		{"passed as nobody with an audience", verdict{Identity: auth.Identity{Audience: "a"}}, 401, "no_identity"},
		{"long cause", verdict{err: auth.Refuse(401, "long", errors.New(strings.Repeat("x", 5000)))}, 401, "long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			site := refusal.New(t, refusal.Config{Guard: guardBy(tt.v), Canaries: []string{planted}})
			site.Refused(t, refusal.Want{Status: tt.status, Reason: tt.reason}, nil)
		})
	}
}

func TestIdentityReachesTheHandler(t *testing.T) {
	t.Parallel()
	site := refusal.New(t, refusal.Config{Guard: guardBy(auth.All(pass("a"), auth.Any(fail(401, "x"), pass("b"))))})
	id, _ := site.Accepted(t, nil)
	if id.Subject != "a" || len(id.Also) != 1 || id.Also[0].Subject != "b" {
		t.Errorf("identity = %+v, want a with b beside it", id)
	}
	if _, ok := auth.IdentityFrom(t.Context()); ok {
		t.Error("IdentityFrom finds somebody in a context without")
	}
}

func TestAnySendsAllChallenges(t *testing.T) {
	t.Parallel()
	challenge := func(text string) auth.Verifier {
		f := auth.Refuse(401, auth.ReasonNoCredential, nil)
		f.Challenges = []string{text}
		return verdict{err: f}
	}
	site := refusal.New(t, refusal.Config{Guard: guardBy(auth.Any(challenge(`Basic realm="a"`), challenge("Bearer"), fail(401, "worse")))})
	site.Refused(t, refusal.Want{Status: 401, Reason: "worse", Challenge: `Basic realm="a", Bearer`}, nil)
}

// stripping trusts a header that the handler must not see.
type stripping struct{ verdict }

func (stripping) StripHeaders() []string { return []string{"X-Trusted"} }

func TestTrustedHeadersDoNotReachTheHandler(t *testing.T) {
	t.Parallel()
	site := refusal.New(t, refusal.Config{Guard: guardBy(auth.Any(auth.All(stripping{fail(401, "x")}, pass("b")), pass("a")))})
	_, header := site.Accepted(t, func(r *http.Request) {
		r.Header["X-Trusted"] = []string{"1"}
		r.Header["x_trusted"] = []string{"1"}
		r.Header["X-TRUSTED"] = []string{"2"}
		r.Header["X-Other"] = []string{"kept"}
	})
	for name := range header {
		if strings.Contains(strings.ToLower(name), "trusted") {
			t.Errorf("the handler saw %q", name)
		}
	}
	if header.Get("X-Other") != "kept" {
		t.Error("the handler lost another header")
	}
}

func TestObserverSeesEveryDecision(t *testing.T) {
	t.Parallel()
	var seen []auth.Decision
	observe := auth.WithObserver(func(_ context.Context, d auth.Decision) { seen = append(seen, d) })
	for _, v := range []auth.Verifier{pass("a"), fail(401, "x")} {
		h := auth.Require(v, observe, auth.WithLogger(slog.New(slog.DiscardHandler)))(http.NotFoundHandler())
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil))
	}
	if len(seen) != 2 || seen[0].Identity.Subject != "a" || seen[0].Refusal != nil || seen[1].Refusal == nil || seen[1].Refusal.Reason != "x" {
		t.Errorf("decisions = %+v, want a pass and a refusal", seen)
	}
}

func TestMistakesOfTheProgramPanic(t *testing.T) {
	t.Parallel()
	tests := map[string]func(){
		"Require of nil":     func() { auth.Require(nil) },
		"All of nothing":     func() { auth.All() },
		"Any of nothing":     func() { auth.Any() },
		"nil element in All": func() { auth.All(pass("a"), nil) },
		"nil element in Any": func() { auth.Any(nil) },
	}
	for name, f := range tests {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			f()
		}()
	}
}
