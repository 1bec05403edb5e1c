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

	"github.com/cxhook/cxhook/auth"
)

// benchmark runs a primitive and the verifier that is built on it.
func benchmark(b *testing.B, primitive func(), v auth.Verifier, edit func(*http.Request)) {
	b.Run("primitive", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			primitive()
		}
	})
	r := &http.Request{Method: http.MethodPost, Header: http.Header{}}
	edit(r)
	b.Run("verifier", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(r); err != nil {
				b.Fatal(err)
			}
		}
	})
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
