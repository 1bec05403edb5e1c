package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// base is the time of all tests with a fixed clock.
var base = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func fixedClock() time.Time { return base }

// clock is one that tests set forward.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return base.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func generate[K any](f func() (K, error)) func() K {
	return sync.OnceValue(func() K {
		k, err := f()
		if err != nil {
			panic(err)
		}
		return k
	})
}

var (
	rsaKey   = generate(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
	otherRSA = generate(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
	p256Key  = generate(func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })
	edKey    = generate(func() (ed25519.PrivateKey, error) {
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return k, err
	})
)

func newSigner(t testing.TB, kid, alg string, key crypto.Signer) *auth.Signer {
	t.Helper()
	s, err := auth.NewSigner(auth.SignerConfig{Key: key, Algorithm: alg, KeyID: kid})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keysOf(t testing.TB, signers ...*auth.Signer) *auth.KeySet {
	t.Helper()
	jwks, err := signers[0].JWKS(signers[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.FixedKeys(jwks)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// claims are changed by tests: a nil value removes the claim.
type claims map[string]any

func (c claims) with(changes claims) claims {
	out := maps.Clone(c)
	for name, value := range changes {
		if value == nil {
			delete(out, name)
		} else {
			out[name] = value
		}
	}
	return out
}

func sign(t testing.TB, s *auth.Signer, c any) string {
	t.Helper()
	token, err := s.Sign("JWT", c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// raw encodes a token of any header and payload, signed by RS256.
func raw(t testing.TB, key *rsa.PrivateKey, header, payload string) string {
	t.Helper()
	signed := b64(header) + "." + b64(payload)
	h := crypto.SHA256.New()
	h.Write([]byte(signed))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + b64(string(sig))
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func marshal(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func bearer(token string) func(*http.Request) { return authorize("Bearer " + token) }

// keyServer publishes a key set over https and counts what it is asked for.
type keyServer struct {
	srv     *httptest.Server
	fetches atomic.Int64

	mu     sync.Mutex
	answer http.HandlerFunc
}

func newKeyServer(t testing.TB, signers ...*auth.Signer) *keyServer {
	t.Helper()
	s := &keyServer{}
	s.publish(t, signers...)
	s.srv = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fetches.Add(1)
		s.mu.Lock()
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.srv.Close)
	return s
}

func (s *keyServer) set(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

// publish makes the server answer with the keys of the signers.
func (s *keyServer) publish(t testing.TB, signers ...*auth.Signer) {
	t.Helper()
	jwks, err := signers[0].JWKS(signers[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	s.set(answerWith(http.StatusOK, string(jwks), "Cache-Control", "public, max-age=3600"))
}

// answerWith answers with a status, a body, and pairs of header names and
// values.
func answerWith(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

// keySet returns a set of the server's keys, closed when the test ends.
func (s *keyServer) keySet(t testing.TB, cfg auth.KeySetConfig) *auth.KeySet {
	t.Helper()
	cfg.URL, cfg.Client = s.srv.URL, s.srv.Client()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	keys, err := auth.NewKeySet(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keys.Close)
	return keys
}

func unmarshal(t testing.TB, data []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// tokenOf fetches a token from an endpoint.
func tokenOf(endpoint http.Handler, id, secret string) string {
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader("grant_type=client_credentials"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, secret)
	w := httptest.NewRecorder()
	endpoint.ServeHTTP(w, r)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		panic(err)
	}
	return answer.Token
}
