package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

// Answers that must not replace good keys.
func TestBadAnswersKeepTheKeys(t *testing.T) {
	t.Parallel()
	elsewhere := newKeyServer(t, newSigner(t, "k1", "RS256", otherRSA()))
	jwks, err := newSigner(t, "k1", "RS256", rsaKey()).JWKS()
	if err != nil {
		t.Fatal(err)
	}
	redirect := func(code int, to string) http.HandlerFunc { return answerWith(code, "", "Location", to) }
	tests := []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"500", answerWith(500, "x")},
		{"404", answerWith(404, "x")},
		{"500 with good keys", answerWith(500, string(jwks))},
		{"good keys and a mebibyte of blanks", answerWith(200, string(jwks)+strings.Repeat(" ", 1<<20))},
		{"good keys of a body that is cut", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(jwks)+10))
			answerWith(200, string(jwks))(w, r)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			panic(http.ErrAbortHandler)
		}},
		{"204", answerWith(204, "")},
		{"301 to http", redirect(301, "http://127.0.0.1/keys")},
		{"302 to another host", redirect(302, elsewhere.srv.URL)},
		{"HTML", answerWith(200, "<html>maintenance</html>")},
		{"nothing", answerWith(200, "")},
		{"{}", answerWith(200, "{}")},
		{"null keys", answerWith(200, `{"keys":null}`)},
		{"no keys", answerWith(200, `{"keys":[]}`)},
		{"cut", answerWith(200, `{"keys":[{"kty":"RSA"`)},
		{"an oct key alone", answerWith(200, `{"keys":[{"kty":"oct","kid":"k1","k":"AAAA"}]}`)},
		{"over a mebibyte", answerWith(200, `{"x":"`+strings.Repeat("x", 1<<20)+`","keys":[]}`)},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			chunk := bytes.Repeat([]byte(" "), 1<<16)
			for r.Context().Err() == nil {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}},
		{"connection cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFetched(t, auth.KeySetConfig{})
			f.set(tt.answer)
			if got := f.try(f.token(t, f.signer)); got != "dependency_unavailable" {
				t.Errorf("cold: %q, want dependency_unavailable", got)
			}
			f.publish(t, f.signer)
			f.clock.advance(time.Minute)
			if got := f.try(f.token(t, f.signer)); got != "" {
				t.Fatalf("warm: %s", got)
			}
			f.set(tt.answer)
			f.clock.advance(time.Hour)
			if got := f.try(f.token(t, f.signer)); got != "" {
				t.Errorf("after a bad answer: %s", got)
			}
		})
	}
	if n := elsewhere.fetches.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

// Unusable keys are skipped, a secret one is never used.
func TestUnusableKeysAreSkipped(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{})
	jwks, err := f.signer.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	f.set(answerWith(200, strings.Replace(string(jwks), `{"keys":[`, `{"keys":[{"kty":"AKP","alg":"ML-DSA-44"},{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"},`+
		`{"kty":"RSA","use":"enc","n":"AA","e":"AQAB"},{"kty":"RSA","key_ops":["encrypt"],"n":"AA","e":"AQAB"},{"kty":"oct","kid":"o","k":"AAAA"},`, 1)))
	if got := f.try(f.token(t, f.signer)); got != "" {
		t.Errorf("good key beside unusable ones: %s", got)
	}
}

// Near the end of their age, keys are fetched while calls go on.
func TestRefreshAheadDoesNotWait(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{})
	if got := f.try(f.token(t, f.signer)); got != "" {
		t.Fatal(got)
	}
	jwks, err := f.signer.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	release, begun := make(chan struct{}), make(chan struct{})
	f.set(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-release
		answerWith(http.StatusOK, string(jwks))(w, r)
	})
	f.clock.advance(50 * time.Minute)
	for range 100 { // none of them waits for the fetch, which is held
		if got := f.try(f.token(t, f.signer)); got != "" {
			t.Fatal(got)
		}
	}
	<-begun
	close(release)
	if n := f.fetches.Load(); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
}

// A server that never answers, and a caller that hangs up.
// The exchange runs over a transport in memory, so that time can be faked.
func TestHangingServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		hang := roundTrip(func(r *http.Request) (*http.Response, error) {
			begun.Add(1)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		keys, err := auth.NewKeySet(auth.KeySetConfig{
			URL: "https://issuer.example.com/keys", Client: &http.Client{Transport: hang}, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := keys.Refresh(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Refresh = %v, want a deadline", err)
		}
		if took := time.Since(start); took != auth.DefaultFetchTimeout {
			t.Errorf("gave up after %v, want %v", took, auth.DefaultFetchTimeout)
		}
		time.Sleep(time.Minute)

		// A caller that hangs up leaves the fetch to the others.
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- keys.Refresh(ctx) }()
		synctest.Wait()
		stays := make(chan time.Duration, 1)
		start = time.Now()
		go func() { _ = keys.Refresh(t.Context()); stays <- time.Since(start) }()
		synctest.Wait()
		cancel()
		if err := <-left; err == nil {
			t.Error("the caller that hung up got keys")
		}
		if took := <-stays; took != auth.DefaultFetchTimeout {
			t.Errorf("the other caller waited %v, want the whole fetch", took)
		}
		if begun.Load() != 2 {
			t.Errorf("%d fetches begun, want 2", begun.Load())
		}

		// A caller that hangs up before the first keys came is told so.
		cold, err := auth.NewKeySet(auth.KeySetConfig{URL: "https://issuer.example.com/keys", Client: &http.Client{Transport: hang}})
		if err != nil {
			t.Fatal(err)
		}
		gone, hangUp := context.WithCancel(t.Context())
		hangUp()
		if err := cold.Refresh(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("Refresh by a caller that hung up = %v, want canceled", err)
		}
		cold.Close()

		// Close ends what is under way.
		time.Sleep(time.Minute)
		done := make(chan error, 1)
		go func() { done <- keys.Refresh(t.Context()) }()
		synctest.Wait()
		keys.Close()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Refresh after Close = %v, want canceled", err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The shared fetch outlives the call that began it.
func TestFirstCallerHangsUp(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{})
	jwks, err := f.signer.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	begun, release := make(chan struct{}), make(chan struct{})
	f.set(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-release
		answerWith(http.StatusOK, string(jwks))(w, r)
	})
	token := f.token(t, f.signer)
	ctx, hangUp := context.WithCancel(t.Context())
	first := make(chan string, 1)
	go func() {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
		auth.SetBearer(r, token)
		_, err := f.jwt.Verify(r)
		first <- reasonOf(err)
	}()
	<-begun
	hangUp()
	if got := <-first; got != "dependency_unavailable" {
		t.Errorf("the first caller: %q, want dependency_unavailable", got)
	}
	others := make(chan string, 10)
	for range cap(others) {
		go func() { others <- f.try(token) }()
	}
	close(release)
	for range cap(others) {
		if got := <-others; got != "" {
			t.Errorf("another caller: %s", got)
		}
	}
	if n := f.fetches.Load(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

// The issuer's certificate is checked.
func TestIssuerCertificateIsChecked(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "k1", "RS256", rsaKey())
	server := newKeyServer(t, s)
	keys, err := auth.NewKeySet(auth.KeySetConfig{URL: server.srv.URL, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	site := refusal.New(t, refusal.Config{Guard: guardBy(newJWT(t, jwtConfig(keys)))})
	site.Refused(t, refusal.Want{Status: 503, Reason: "dependency_unavailable"}, bearer(sign(t, s, goodClaims())))
	if n := server.fetches.Load(); n != 0 {
		t.Errorf("%d requests reached a server whose certificate nobody knows", n)
	}
}
