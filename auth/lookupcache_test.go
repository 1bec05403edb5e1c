package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

// One token, many calls, one question.
func TestLookupStampede(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	good := answerWith(200, marshal(t, active()))
	s := newLookupServer(t, func(w http.ResponseWriter, r *http.Request) {
		<-release
		good(w, r)
	})
	v := newIntrospection(t, introspectionConfig(s, &clock{}))
	var wg sync.WaitGroup
	var refused atomic.Int64
	for range 500 {
		wg.Go(func() {
			if verify(v, opaque) != "" {
				refused.Add(1)
			}
		})
	}
	close(release)
	wg.Wait()
	if n, bad := s.asked.Load(), refused.Load(); n != 1 || bad != 0 {
		t.Errorf("500 cold calls: asked %d times, %d refused, want 1 and 0", n, bad)
	}
	t.Logf("500 parallel cold calls: asked %d time", s.asked.Load())
}

// A revoked token passes for the TTL at most, and never past exp.
func TestRevocation(t *testing.T) {
	t.Parallel()
	c := &clock{}
	s := newLookupServer(t, answerWith(200, marshal(t, active())))
	v := newIntrospection(t, introspectionConfig(s, c))
	if got := verify(v, opaque); got != "" {
		t.Fatal(got)
	}
	s.set(answerWith(200, `{"active":false}`))
	c.advance(auth.DefaultLookupTTL - time.Second)
	if got := verify(v, opaque); got != "" {
		t.Errorf("inside the TTL: %s", got)
	}
	c.advance(time.Second)
	if got := verify(v, opaque); got != "inactive" {
		t.Errorf("after the TTL: %q, want inactive", got)
	}

	s.set(answerWith(200, marshal(t, active().with(claims{"exp": c.now().Unix() + 5}))))
	if got := verify(v, "short-lived"); got != "" {
		t.Fatal(got)
	}
	s.set(answerWith(500, ""))
	c.advance(5 * time.Second)
	if got := verify(v, "short-lived"); got != "dependency_unavailable" {
		t.Errorf("past its exp: %q, want to be asked again", got)
	}
}

// The issuer's wish for a pause is heard.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, after string
		status      int
	}{
		{"429, seconds", "60", 429},
		{"429, date", base.Add(time.Minute).Format(http.TimeFormat), 429},
		{"503, seconds", "60", 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &clock{}
			s := newLookupServer(t, answerWith(tt.status, "{}", "Retry-After", tt.after))
			v := newIntrospection(t, introspectionConfig(s, c))
			verify(v, opaque)
			s.set(answerWith(200, marshal(t, active())))
			c.advance(59 * time.Second)
			if got := verify(v, opaque); got != "dependency_unavailable" || s.asked.Load() != 1 {
				t.Errorf("inside the pause: %q, asked %d times", got, s.asked.Load())
			}
			c.advance(time.Second)
			if got := verify(v, opaque); got != "" {
				t.Errorf("after the pause: %s", got)
			}
		})
	}
}

// A flood of bad tokens neither fills the cache nor locks out callers
// that were good before; it is bounded for the issuer.
func TestLookupFlood(t *testing.T) {
	t.Parallel()
	c := &clock{}
	s := newLookupServer(t, nil)
	s.set(func(w http.ResponseWriter, r *http.Request) {
		if r.PostForm.Get("token") == opaque {
			answerWith(200, marshal(t, active()))(w, r)
			return
		}
		answerWith(200, `{"active":false}`)(w, r)
	})
	cfg := introspectionConfig(s, c)
	cfg.Lookup.Rate = 10
	v := newIntrospection(t, cfg)
	if got := verify(v, opaque); got != "" {
		t.Fatal(got)
	}
	const flood = 2000
	for i := range flood {
		if got := verify(v, "bad-token-"+strconv.Itoa(i)); got != "inactive" && got != "dependency_unavailable" {
			t.Fatalf("bad token: %q", got)
		}
		c.advance(20 * time.Millisecond) // 40 s in all
		if i%100 == 0 {
			if got := verify(v, opaque); got != "" {
				t.Errorf("good token during the flood: %s", got)
			}
		}
	}
	if n := s.asked.Load(); n > 430 {
		t.Errorf("asked %d times in 40 s, want about 10 a second", n)
	}
	t.Logf("%d unknown tokens in 40 s: asked %d times", flood, s.asked.Load())
}

// TestOutageKeepsCallersKnown: a caller that was good before an outage of the
// issuer does not count against the rate after it either.
func TestOutageKeepsCallersKnown(t *testing.T) {
	t.Parallel()
	c := &clock{}
	s := newLookupServer(t, answerWith(200, marshal(t, active())))
	cfg := introspectionConfig(s, c)
	cfg.Lookup.Rate = 1
	v := newIntrospection(t, cfg)
	if got := verify(v, opaque); got != "" {
		t.Fatal(got)
	}
	c.advance(time.Minute)
	s.set(answerWith(500, "down"))
	if got := verify(v, opaque); got != "dependency_unavailable" {
		t.Errorf("during the outage: %q", got)
	}
	s.set(answerWith(200, `{"active":false}`))
	if got := verify(v, "another"); got != "inactive" { // takes what the rate allows
		t.Errorf("another token: %q", got)
	}
	s.set(answerWith(200, marshal(t, active())))
	if got := verify(v, opaque); got != "" {
		t.Errorf("after the outage: %s", got)
	}
}

// What is kept of a token is its hash.
func TestTokensAreNotKept(t *testing.T) {
	t.Parallel()
	s := newLookupServer(t, nil)
	cfg := introspectionConfig(s, &clock{})
	cfg.Lookup.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder() // in place of sockets, whose buffers hold what went through them
		answerWith(200, marshal(t, active()))(w, r)
		return w.Result(), nil
	})}
	v := newIntrospection(t, cfg)
	if got := verify(v, opaque); got != "" {
		t.Fatal(got)
	}
	texts := map[string]bool{}
	collect(reflect.ValueOf(v), texts, map[uintptr]bool{})
	for text := range texts {
		if strings.Contains(text, opaque) {
			t.Errorf("the verifier keeps %q", text)
		}
	}
	if !texts[testClient] {
		t.Error("the search does not reach the cache: it finds no identity")
	}
}

// collect gathers all strings and byte slices that v reaches.
func collect(v reflect.Value, texts map[string]bool, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return
		}
		seen[v.Pointer()] = true
		collect(v.Elem(), texts, seen)
	case reflect.Interface:
		collect(v.Elem(), texts, seen)
	case reflect.Struct:
		for i := range v.NumField() {
			collect(v.Field(i), texts, seen)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			collect(it.Key(), texts, seen)
			collect(it.Value(), texts, seen)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			texts[string(bytesOf(v))] = true
			return
		}
		for i := range v.Len() {
			collect(v.Index(i), texts, seen)
		}
	case reflect.String:
		texts[v.String()] = true
	default: // numbers and functions hold no text
	}
}

func bytesOf(v reflect.Value) []byte {
	b := make([]byte, v.Len())
	for i := range b {
		b[i] = byte(v.Index(i).Uint())
	}
	return b
}

// The operator is told whose credential was refused.
func TestOurCredentialIsRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403} {
		s := newLookupServer(t, answerWith(status, "{}"))
		_, err := verifyHeader(newIntrospection(t, introspectionConfig(s, &clock{})), "Bearer "+opaque)
		if err == nil || !strings.Contains(err.Error(), "own credential") {
			t.Errorf("answer %d: error = %v, want a hint at our own credential", status, err)
		}
	}
}

// failingTokens is a source of our own tokens whose issuer is down.
type failingTokens struct{}

func (failingTokens) Token() (*oauth2.Token, error) { return nil, errors.New("no token: " + secretNew) }

// What is missing on our side is never the caller's fault.
func TestOwnCredentialIsMissing(t *testing.T) {
	t.Parallel()
	emptied := &switched{}
	emptied.set(secretNew)
	tests := map[string]func(*auth.IntrospectionConfig){
		"no token of ours": func(c *auth.IntrospectionConfig) {
			c.ClientID, c.ClientSecret, c.TokenSource = "", nil, failingTokens{}
		},
		"secret unavailable": func(c *auth.IntrospectionConfig) { c.ClientSecret = downSource{} },
		"secret gone":        func(c *auth.IntrospectionConfig) { c.ClientSecret = emptied },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s := newLookupServer(t, answerWith(200, marshal(t, active())))
			cfg := introspectionConfig(s, &clock{})
			change(&cfg)
			v := newIntrospection(t, cfg)
			emptied.set()
			site := refusal.New(t, refusal.Config{Guard: guardBy(v), Canaries: []string{secretNew}})
			site.Refused(t, refusal.Want{Status: 503, Reason: "dependency_unavailable"}, bearer(opaque))
			if n := s.asked.Load(); n != 0 {
				t.Errorf("asked %d times without a credential", n)
			}
			emptied.set(secretNew)
		})
	}
}
