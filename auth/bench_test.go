package auth_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// benchmark sets a verifier beside the primitive that it is built on. Both run
// in short turns, and the lower quartile of the turns is reported, since other
// load on the machine only ever adds.
func benchmark(b *testing.B, primitive func(), v auth.Verifier, edit func(*http.Request)) {
	b.Helper()
	const burst = 4
	r := &http.Request{Method: http.MethodPost, Header: http.Header{}}
	edit(r)
	verify := func() {
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
	turn := func(f func()) time.Duration {
		start := time.Now()
		for range burst {
			f()
		}
		return time.Since(start)
	}
	var low, high []time.Duration
	for b.Loop() {
		low, high = append(low, turn(primitive)), append(high, turn(verify))
	}
	alone, whole := float64(quantile(low, 0.25))/burst, float64(quantile(high, 0.25))/burst
	b.ReportMetric(alone, "primitive-ns")
	b.ReportMetric(whole, "verifier-ns")
	b.ReportMetric(whole/alone, "ratio")
}

// hashAndCompare is what a shared secret costs at least.
func hashAndCompare(candidate string, want [32]byte) {
	got := sha256.Sum256([]byte(candidate))
	if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		panic("no match")
	}
}

func BenchmarkHeader(b *testing.B) {
	v, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(secretNew, secretOld)})
	if err != nil {
		b.Fatal(err)
	}
	want := sha256.Sum256([]byte(secretNew))
	benchmark(b, func() { hashAndCompare(secretNew, want) }, v, setHeader("X-Key", secretNew))
}

func BenchmarkBasic(b *testing.B) {
	v, err := auth.NewBasic(auth.BasicConfig{Credentials: auth.FixedSecrets(basicPair)})
	if err != nil {
		b.Fatal(err)
	}
	want := sha256.Sum256([]byte(basicPair))
	benchmark(b, func() { hashAndCompare(basicPair, want) }, v, authorize("Basic "+base64Of(basicPair)))
}

// rs256Primitive is the verification of a token's signature alone.
func rs256Primitive(b *testing.B, token string) func() {
	end := strings.LastIndexByte(token, '.')
	sig, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		b.Fatal(err)
	}
	return func() {
		digest := sha256.Sum256([]byte(token[:end]))
		if err := rsa.VerifyPKCS1v15(&rsaKey().PublicKey, crypto.SHA256, digest[:], sig); err != nil {
			panic(err)
		}
	}
}

func BenchmarkIDToken(b *testing.B) {
	s := newSigner(b, "g1", "RS256", rsaKey())
	token := sign(b, s, googleClaims())
	benchmark(b, rs256Primitive(b, token), newIDToken(b, idTokenConfig(keysOf(b, s))), bearer(token))
}

func BenchmarkJWT(b *testing.B) {
	s := newSigner(b, "k1", "RS256", rsaKey())
	token := sign(b, s, goodClaims())
	benchmark(b, rs256Primitive(b, token), newJWT(b, jwtConfig(keysOf(b, s))), bearer(token))
}

// BenchmarkIntrospection is for a token that is in the cache.
func BenchmarkIntrospection(b *testing.B) {
	s := newLookupServer(b, answerWith(http.StatusOK, marshal(b, active())))
	benchmark(b, func() { sha256.Sum256([]byte(opaque)) }, newIntrospection(b, introspectionConfig(s, &clock{})), bearer(opaque))
}

func BenchmarkGoogleAccessToken(b *testing.B) {
	s := newLookupServer(b, answerWith(http.StatusOK, marshal(b, tokenInfo())))
	benchmark(b, func() { sha256.Sum256([]byte(googleToken)) }, newGoogleToken(b, googleTokenConfig(s, &clock{})), bearer(googleToken))
}
