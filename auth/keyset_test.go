package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

// fetched is a verifier of tokens by keys that are fetched, with a clock.
type fetched struct {
	*keyServer
	clock  *clock
	keys   *auth.KeySet
	jwt    *auth.JWT
	signer *auth.Signer

	mu     sync.Mutex
	events map[auth.EventName]int
}

func newFetched(t testing.TB, cfg auth.KeySetConfig) *fetched {
	t.Helper()
	s := newSigner(t, "k1", "RS256", rsaKey())
	f := &fetched{keyServer: newKeyServer(t, s), clock: &clock{}, signer: s, events: map[auth.EventName]int{}}
	cfg.Now = f.clock.now
	cfg.Observe = func(e auth.Event) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.events[e.Name]++
	}
	f.keys = f.keySet(t, cfg)
	c := jwtConfig(f.keys)
	c.Now = f.clock.now
	f.jwt = newJWT(t, c)
	return f
}

func (f *fetched) count(name auth.EventName) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events[name]
}

// token is a good one at the clock's time, by s.
func (f *fetched) token(t testing.TB, s *auth.Signer) string {
	now := f.clock.now()
	return sign(t, s, goodClaims().with(claims{"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}))
}

// try returns the reason of the refusal of a token, "" when it passes.
func (f *fetched) try(token string) string {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	auth.SetBearer(r, token)
	_, err := f.jwt.Verify(r)
	return reasonOf(err)
}

// Row 91: a cold cache is filled by one fetch, however many wait for it.
func TestColdStampedeFetchesOnce(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{})
	jwks, err := f.signer.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	f.set(func(w http.ResponseWriter, r *http.Request) {
		<-release
		answerWith(http.StatusOK, string(jwks))(w, r)
	})
	token := f.token(t, f.signer)
	var wg sync.WaitGroup
	var refused atomic.Int64
	for range 500 {
		wg.Go(func() {
			if f.try(token) != "" {
				refused.Add(1)
			}
		})
	}
	close(release)
	wg.Wait()
	if n, bad := f.fetches.Load(), refused.Load(); n != 1 || bad != 0 {
		t.Errorf("500 cold calls: %d fetches, %d refused, want 1 and 0", n, bad)
	}
	t.Logf("500 parallel cold calls: %d fetch", f.fetches.Load())
}

// Rows 93, 96 and T14: floods of tokens that the keys do not fit.
func TestBadTokenFloods(t *testing.T) {
	t.Parallel()
	const flood = 10000
	kinds := []struct {
		name  string
		token func(f *fetched, i int) string
	}{
		{"random kids", func(_ *fetched, i int) string {
			return b64(fmt.Sprintf(`{"alg":"RS256","kid":"random-%d"}`, i)) + "." + b64(marshal(t, goodClaims())) + "." + b64("signature")
		}},
		{"known kid, bad signature", func(_ *fetched, i int) string {
			return b64(`{"alg":"RS256","kid":"k1"}`) + "." + b64(marshal(t, goodClaims())) + "." + b64(fmt.Sprintf("%0256d", i))
		}},
	}
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			f := newFetched(t, auth.KeySetConfig{})
			good := f.token(t, f.signer)
			for i := range flood {
				if f.try(kind.token(f, i)) == "" {
					t.Fatal("a bad token passed")
				}
				f.clock.advance(time.Millisecond) // 10 s in all
				if i%1000 == 0 && f.try(good) != "" {
					t.Error("a good token was refused during the flood")
				}
			}
			if n := f.fetches.Load(); n > 2 {
				t.Errorf("%d tokens caused %d fetches, want at most 2", flood, n)
			}
			t.Logf("%d tokens, %s: %d fetches", flood, kind.name, f.fetches.Load())
		})
	}
}

// Rows 95 to 97 and 160: keys come, change and go.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{})
	second := newSigner(t, "k2", "RS256", otherRSA())
	if got := f.try(f.token(t, f.signer)); got != "" {
		t.Fatalf("first key: %s", got)
	}

	f.publish(t, f.signer, second)
	if got := f.try(f.token(t, second)); got != "unknown_key" {
		t.Errorf("new key inside the refetch interval: %q, want unknown_key", got)
	}
	f.clock.advance(auth.DefaultRefetchInterval)
	if got := f.try(f.token(t, second)); got != "" {
		t.Errorf("new key after the interval: %s", got)
	}
	if n := f.count(auth.EventKeyRefetch); n != 1 {
		t.Errorf("%d refetches counted, want 1", n)
	}

	f.publish(t, second)
	if got := f.try(f.token(t, f.signer)); got != "" {
		t.Errorf("removed key while the old set is fresh: %s", got)
	}
	f.clock.advance(time.Hour)
	if got := f.try(f.token(t, f.signer)); got != "unknown_key" {
		t.Errorf("removed key after the next refresh: %q, want unknown_key", got)
	}

	replaced := newSigner(t, "k2", "RS256", rsaKey())
	f.publish(t, replaced)
	f.clock.advance(auth.DefaultRefetchInterval)
	if got := f.try(f.token(t, replaced)); got != "" {
		t.Errorf("new key of an old kid: %s", got)
	}
	if got := f.try(f.token(t, second)); got != "bad_signature" {
		t.Errorf("old key of that kid: %q, want bad_signature", got)
	}
}

// Rows 98 to 100 and 161: the issuer is down, warm and cold.
func TestIssuerOutage(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{MaxStale: 2 * time.Hour})
	f.set(answerWith(http.StatusInternalServerError, "down"))
	if got := f.try(f.token(t, f.signer)); got != "dependency_unavailable" {
		t.Errorf("cold: %q, want dependency_unavailable", got)
	}
	f.publish(t, f.signer)
	f.clock.advance(time.Second)
	if got := f.try(f.token(t, f.signer)); got != "" {
		t.Fatalf("after the outage: %s", got)
	}

	f.set(answerWith(http.StatusInternalServerError, "down"))
	before := f.fetches.Load()
	f.clock.advance(55 * time.Minute) // near the end of the keys' hour
	for range 20 {
		f.clock.advance(30 * time.Second)
		if got := f.try(f.token(t, f.signer)); got != "" {
			t.Fatalf("during a ten-minute outage: %s", got)
		}
	}
	if n := f.fetches.Load() - before; n == 0 || n > 25 {
		t.Errorf("%d fetches in ten minutes of outage, want some and at most 25", n)
	}
	t.Logf("ten minutes of outage: every call passed, %d fetches tried", f.fetches.Load()-before)
	if f.count(auth.EventKeysStale) == 0 || f.count(auth.EventKeyFetchFailed) == 0 {
		t.Error("the use of stale keys, or a failed fetch, was not counted")
	}

	f.clock.advance(2 * time.Hour)
	if got := f.try(f.token(t, f.signer)); got != "dependency_unavailable" {
		t.Errorf("past the stale limit: %q, want dependency_unavailable", got)
	}
	f.publish(t, f.signer)
	f.clock.advance(time.Minute)
	if got := f.try(f.token(t, f.signer)); got != "" {
		t.Errorf("after recovery: %s", got)
	}
}

func TestStaleKeysCanBeForbidden(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{MaxStale: -1})
	if got := f.try(f.token(t, f.signer)); got != "" {
		t.Fatal(got)
	}
	f.set(answerWith(http.StatusBadGateway, ""))
	f.clock.advance(time.Hour)
	if got := f.try(f.token(t, f.signer)); got != "dependency_unavailable" {
		t.Errorf("stale keys: %q, want dependency_unavailable", got)
	}
}

// Rows 102, 103 and 106: answers that must not replace good keys.
func TestBadAnswersKeepTheKeys(t *testing.T) {
	t.Parallel()
	elsewhere := newKeyServer(t, newSigner(t, "k1", "RS256", otherRSA()))
	redirect := func(code int, to string) http.HandlerFunc { return answerWith(code, "", "Location", to) }
	tests := []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"500", answerWith(500, "x")},
		{"404", answerWith(404, "x")},
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

// Row 106 and T16: unusable keys are skipped, a secret one is never used.
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

// Row 110: how long keys are fresh, by the server's headers.
func TestKeyAge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, control, age string
		want               time.Duration
	}{
		{"none", "", "", auth.DefaultKeyAge},
		{"an hour", "public, max-age=3600", "", time.Hour},
		{"less its age", "max-age=3600", "600", 50 * time.Minute},
		{"zero", "max-age=0", "", auth.MinKeyAge},
		{"no-store", "no-store", "", auth.MinKeyAge},
		{"no-cache beside an age", "max-age=3600, no-cache", "", auth.MinKeyAge},
		{"absurd", "max-age=1000000000000", "", auth.MaxKeyAge},
		{"over 64 bits", "max-age=99999999999999999999999", "", auth.MaxKeyAge},
		{"negative age", "max-age=3600", "-5", time.Hour},
		{"older than it may be", "max-age=60", "7200", auth.MinKeyAge},
		{"not a number", "max-age=soon", "", auth.MinKeyAge},
		{"quoted, in other case", `Max-Age="1800"`, "", 30 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFetched(t, auth.KeySetConfig{})
			jwks, err := f.signer.JWKS()
			if err != nil {
				t.Fatal(err)
			}
			f.set(answerWith(200, string(jwks), "Cache-Control", tt.control, "Age", tt.age))
			if got := f.try(f.token(t, f.signer)); got != "" {
				t.Fatal(got)
			}
			f.set(answerWith(500, ""))
			f.clock.advance(tt.want - time.Second)
			f.try(f.token(t, f.signer))
			if n := f.count(auth.EventKeysStale); n != 0 {
				t.Errorf("stale a second before %v", tt.want)
			}
			f.clock.advance(time.Second)
			f.try(f.token(t, f.signer))
			if n := f.count(auth.EventKeysStale); n != 1 {
				t.Errorf("fresh at %v", tt.want)
			}
		})
	}
}

// Row 113: a clock that jumps.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{})
	for _, jump := range []time.Duration{0, -time.Hour, time.Hour, -24 * time.Hour, 48 * time.Hour} {
		f.clock.advance(jump)
		if got := f.try(f.token(t, f.signer)); got != "" {
			t.Errorf("after a jump of %v: %s", jump, got)
		}
	}
	f.set(answerWith(500, ""))
	f.clock.advance(-time.Hour)
	if got := f.try(f.token(t, f.signer)); got != "" {
		t.Errorf("back during an outage: %s", got)
	}
}

// Row 92: near the end of their age, keys are fetched while calls go on.
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

// Rows 104 and 105: a server that never answers, and a caller that hangs up.
// The exchange runs over a transport in memory, so that time can be faked.
func TestHangingServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := 0
		hang := roundTrip(func(r *http.Request) (*http.Response, error) {
			begun++
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
		if begun != 2 {
			t.Errorf("%d fetches begun, want 2", begun)
		}

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

// Row 105: the shared fetch outlives the call that began it.
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

// Row 114: the issuer's certificate is checked.
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

func TestKeySetConfigIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  auth.KeySetConfig
		ok   bool
	}{
		{"good", auth.KeySetConfig{URL: "https://issuer.example.com/keys"}, true},
		{"query", auth.KeySetConfig{URL: "https://issuer.example.com/keys?v=2"}, true},
		{"401: zero", auth.KeySetConfig{}, false},
		{"T13: http", auth.KeySetConfig{URL: "http://issuer.example.com/keys"}, false},
		{"relative", auth.KeySetConfig{URL: "/keys"}, false},
		{"file", auth.KeySetConfig{URL: "file:///etc/keys"}, false},
		{"user information", auth.KeySetConfig{URL: "https://u:secret-in-url@issuer.example.com/keys"}, false},
		{"no URL at all", auth.KeySetConfig{URL: "https://[::1"}, false},
		{"negative interval", auth.KeySetConfig{URL: "https://issuer.example.com/keys", RefetchInterval: -1}, false},
	}
	for _, tt := range tests {
		keys, err := auth.NewKeySet(tt.cfg)
		if (err == nil) != tt.ok || (keys != nil) != tt.ok {
			t.Errorf("%s: NewKeySet = %v, %v, want ok %v", tt.name, keys, err, tt.ok)
		}
		if err != nil && strings.Contains(err.Error(), "secret-in-url") {
			t.Errorf("%s: error %q shows the password", tt.name, err)
		}
	}
	for name, jwks := range map[string]string{"empty": "", "no keys": `{"keys":[]}`, "unusable": `{"keys":[{"kty":"oct","k":"AAAA"}]}`} {
		if _, err := auth.FixedKeys([]byte(jwks)); err == nil {
			t.Errorf("FixedKeys of %s = nil error", name)
		}
	}
}
