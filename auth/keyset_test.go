package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
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

// A cold cache is filled by one fetch, however many wait for it.
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

// Floods of tokens that the keys do not fit.
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

// Keys come, change and go.
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

// The issuer is down, warm and cold.
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

// TestFetchesAreNotRepeated: neither good tokens nor a server that is down
// make each call fetch anew.
func TestFetchesAreNotRepeated(t *testing.T) {
	t.Parallel()
	f := newFetched(t, auth.KeySetConfig{})
	f.set(answerWith(http.StatusInternalServerError, "down"))
	for range 5 {
		if got := f.try(f.token(t, f.signer)); got != "dependency_unavailable" {
			t.Errorf("cold: %q, want dependency_unavailable", got)
		}
		if err := f.keys.Refresh(t.Context()); err == nil {
			t.Error("Refresh of keys that cannot be had = nil")
		}
	}
	if n := f.fetches.Load(); n != 1 {
		t.Errorf("%d fetches at one time from a server that is down, want 1", n)
	}
	f.publish(t, f.signer)
	f.clock.advance(time.Second)
	for range 40 { // of the hour that the keys have
		if got := f.try(f.token(t, f.signer)); got != "" {
			t.Fatal(got)
		}
		f.clock.advance(time.Minute)
	}
	if n := f.fetches.Load(); n != 2 {
		t.Errorf("%d fetches for good tokens, want the one that failed and one", n)
	}
	if err := f.keys.Refresh(t.Context()); err != nil || f.fetches.Load() != 3 {
		t.Errorf("Refresh: %v, %d fetches, want one more", err, f.fetches.Load())
	}
}

// TestFixedKeysAreNotFetched: there is no server to fetch them from.
func TestFixedKeysAreNotFetched(t *testing.T) {
	t.Parallel()
	s, other := newSigner(t, "k1", "RS256", rsaKey()), newSigner(t, "k1", "RS256", otherRSA())
	keys := keysOf(t, s)
	v := newJWT(t, jwtConfig(keys))
	for range 2 {
		if got := verify(v, sign(t, other, goodClaims())); got != "bad_signature" {
			t.Errorf("another's token: %q, want bad_signature", got)
		}
		if got := verify(v, sign(t, s, goodClaims())); got != "" {
			t.Errorf("good token: %s", got)
		}
		if err := keys.Refresh(t.Context()); err != nil {
			t.Errorf("Refresh of fixed keys: %v", err)
		}
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

// A clock that jumps.
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

func TestKeySetConfigIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  auth.KeySetConfig
		ok   bool
	}{
		{"good", auth.KeySetConfig{URL: "https://issuer.example.com/keys"}, true},
		{"query", auth.KeySetConfig{URL: "https://issuer.example.com/keys?v=2"}, true},
		{"zero", auth.KeySetConfig{}, false},
		{"http", auth.KeySetConfig{URL: "http://issuer.example.com/keys"}, false},
		{"relative", auth.KeySetConfig{URL: "/keys"}, false},
		{"file", auth.KeySetConfig{URL: "file:///etc/keys"}, false},
		{"user information", auth.KeySetConfig{URL: "https://u:secret-in-url@issuer.example.com/keys"}, false},
		{"no URL at all", auth.KeySetConfig{URL: "https://[::1"}, false},
		{"no host", auth.KeySetConfig{URL: "https:///keys"}, false},
		{"fragment", auth.KeySetConfig{URL: "https://issuer.example.com/keys#a"}, false},
		{"negative timeout", auth.KeySetConfig{URL: "https://issuer.example.com/keys", Timeout: -1}, false},
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
	good, err := newSigner(t, "k1", "RS256", rsaKey()).JWKS()
	if err != nil {
		t.Fatal(err)
	}
	beside := strings.Replace(string(good), `{"keys":[`, `{"keys":[{"kty":"oct","k":"AAAA"},`, 1)
	for name, jwks := range map[string]string{"an unusable key beside a good one": beside, "empty": "", "no keys": `{"keys":[]}`, "unusable": `{"keys":[{"kty":"oct","k":"AAAA"}]}`} {
		if _, err := auth.FixedKeys([]byte(jwks)); err == nil {
			t.Errorf("FixedKeys of %s = nil error", name)
		}
	}
}
