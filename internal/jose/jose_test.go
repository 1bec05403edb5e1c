package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cxhook/cxhook/internal/jose"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// unsigned is a token of well-formed parts that nothing has signed.
func unsigned(header, payload string) string {
	return b64(header) + "." + b64(payload) + "." + b64("signature")
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	rs := jose.Policy{Algorithms: []jose.Algorithm{jose.RS256}}
	tests := []struct {
		name, token string
		policy      jose.Policy
		want        error
	}{
		{"good", unsigned(`{"alg":"RS256"}`, `{}`), rs, nil},
		{"at the limit", unsigned(`{"alg":"RS256"}`, strings.Repeat("x", 6111)), rs, nil},
		{"over the limit", unsigned(`{"alg":"RS256"}`, strings.Repeat("x", 6142)), rs, jose.ErrTooLong},
		{"over the limit and not base64", strings.Repeat("!", jose.MaxTokenBytes+1), rs, jose.ErrTooLong},
		{"a mebibyte of dots", strings.Repeat(".", 1<<20), rs, jose.ErrTooLong},
		{"dots under the limit", strings.Repeat(".", jose.MaxTokenBytes), rs, jose.ErrMalformed},
		{"one segment", b64(`{"alg":"RS256"}`), rs, jose.ErrMalformed},
		{"not base64", "!." + b64("{}") + ".c2ln", rs, jose.ErrMalformed},
		{"header not JSON", unsigned(`alg`, `{}`), rs, jose.ErrMalformed},
		{"header cut", unsigned(`{"alg":"RS256"`, `{}`), rs, jose.ErrMalformed},
		{"duplicate kid", unsigned(`{"alg":"RS256","kid":"a","kid":"a"}`, `{}`), rs, jose.ErrMalformed},
		{"algorithm not on the list", unsigned(`{"alg":"PS256"}`, `{}`), rs, jose.ErrAlgorithm},
		{"no algorithm", unsigned(`{}`, `{}`), rs, jose.ErrAlgorithm},
		{"none under the zero policy", unsigned(`{"alg":"none"}`, `{}`), jose.Policy{}, jose.ErrAlgorithm},
		{"crit", unsigned(`{"alg":"RS256","crit":["x"],"x":1}`, `{}`), rs, jose.ErrHeader},
		{"long kid", unsigned(`{"alg":"RS256","kid":"`+strings.Repeat("k", 513)+`"}`, `{}`), rs, jose.ErrHeader},
		{"thumbprint no string", unsigned(`{"alg":"RS256","x5t":{}}`, `{}`), rs, jose.ErrHeader},
		{"unknown name", unsigned(`{"alg":"RS256","pi.atm":"1"}`, `{}`), rs, jose.ErrHeader},
		{"unknown name on the list", unsigned(`{"alg":"RS256","pi.atm":"1"}`, `{}`),
			jose.Policy{Algorithms: rs.Algorithms, IgnoreHeaders: []string{"pi.atm"}}, nil},
		{"too deep", unsigned(`{"alg":"RS256","pi.atm":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`, `{}`),
			jose.Policy{Algorithms: rs.Algorithms, IgnoreHeaders: []string{"pi.atm"}}, jose.ErrMalformed},
		{"crit on the list is refused still", unsigned(`{"alg":"RS256","crit":"x"}`, `{}`),
			jose.Policy{Algorithms: rs.Algorithms, IgnoreHeaders: []string{"crit"}}, jose.ErrHeader},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tok, err := jose.Parse(tt.token, tt.policy)
			if !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
				t.Fatalf("Parse error = %v, want %v", err, tt.want)
			}
			if err == nil && tok.SignatureText != b64("signature") {
				t.Errorf("SignatureText = %q", tok.SignatureText)
			}
		})
	}
}

func TestPolicyCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		policy jose.Policy
		ok     bool
	}{
		{"zero", jose.Policy{}, false},
		{"none", jose.Policy{Algorithms: []jose.Algorithm{"none"}}, false},
		{"unknown", jose.Policy{Algorithms: []jose.Algorithm{"RS256", "ES256K"}}, false},
		{"HMAC beside RSA", jose.Policy{Algorithms: []jose.Algorithm{"RS256", "HS256"}}, false},
		{"crit ignored", jose.Policy{Algorithms: []jose.Algorithm{"RS256"}, IgnoreHeaders: []string{"crit"}}, false},
		{"jwk ignored", jose.Policy{Algorithms: []jose.Algorithm{"RS256"}, IgnoreHeaders: []string{"jwk"}}, false},
		{"HMAC alone", jose.Policy{Algorithms: []jose.Algorithm{"HS256", "HS512"}}, true},
		{"all public", jose.Policy{Algorithms: publicAlgorithms, IgnoreHeaders: []string{"pi.atm"}}, true},
	}
	for _, tt := range tests {
		if err := tt.policy.Check(); (err == nil) != tt.ok {
			t.Errorf("%s: Check = %v, want ok %v", tt.name, err, tt.ok)
		}
	}
}

func TestSignedTokensVerify(t *testing.T) {
	t.Parallel()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[jose.Algorithm]crypto.Signer{
		jose.RS256: rsaKey(), jose.RS512: rsaKey(), jose.PS256: rsaKey(), jose.PS384: rsaKey(),
		jose.ES256: p256, jose.ES512: p521, jose.EdDSA: ed,
	}
	for alg, signer := range keys {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			k := jose.SigningKey{ID: "k", Algorithm: alg, Signer: signer}
			if err := k.Check(); err != nil {
				t.Fatal(err)
			}
			token, err := k.Sign("JWT", []byte(`{"a":1}`))
			if err != nil {
				t.Fatal(err)
			}
			jwks, err := jose.PublicKeys(k)
			if err != nil {
				t.Fatal(err)
			}
			set, skipped, err := jose.ParsePublicKeys(jwks)
			if err != nil || len(skipped) > 0 {
				t.Fatal(err, skipped)
			}
			tok, err := jose.Parse(token, jose.Policy{Algorithms: []jose.Algorithm{alg}})
			if err != nil {
				t.Fatal(err)
			}
			if err := set.Verify(tok); err != nil {
				t.Errorf("Verify: %v", err)
			}
			if tok.KeyID != "k" || tok.Type != "JWT" || string(tok.Payload) != `{"a":1}` {
				t.Errorf("token = %+v", tok)
			}
		})
	}
}

func TestUnfitSigningKeys(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		key  jose.SigningKey
	}{
		{"zero", jose.SigningKey{}},
		{"no key", jose.SigningKey{Algorithm: jose.RS256}},
		{"unknown algorithm", jose.SigningKey{Algorithm: "RS257", Signer: rsaKey()}},
		{"HMAC", jose.SigningKey{Algorithm: jose.HS256, Signer: rsaKey()}},
		{"RSA for ES256", jose.SigningKey{Algorithm: jose.ES256, Signer: rsaKey()}},
		{"weak", jose.SigningKey{Algorithm: jose.RS256, Signer: weak}},
	}
	for _, tt := range tests {
		if err := tt.key.Check(); err == nil {
			t.Errorf("%s: Check = nil, want an error", tt.name)
		}
	}
}

func TestKeySetBounds(t *testing.T) {
	t.Parallel()
	jwks, err := jose.PublicKeys(jose.SigningKey{ID: "k", Algorithm: jose.RS256, Signer: rsaKey()})
	if err != nil {
		t.Fatal(err)
	}
	entry := strings.TrimSuffix(strings.TrimPrefix(string(jwks), `{"keys":[`), `]}`)
	set := func(n int) string { return `{"keys":[` + strings.Repeat(entry+",", n-1) + entry + `]}` }
	tests := []struct {
		name, data string
		keys       int // 0 for an error
	}{
		{"one", set(1), 1},
		{"64", set(64), 64},
		{"65", set(65), 0},
		{"empty list", `{"keys":[]}`, 0},
		{"null", `{"keys":null}`, 0},
		{"empty object", `{}`, 0},
		{"nothing", ``, 0},
		{"HTML", `<html></html>`, 0},
		{"cut", set(1)[:100], 0},
		{"trailing data", set(1) + `{}`, 0},
		{"duplicate keys", `{"keys":[],"keys":[` + entry + `]}`, 0},
		{"other case", `{"Keys":[` + entry + `]}`, 0},
		{"kid twice in a key", `{"keys":[` + strings.Replace(entry, `"kid"`, `"kid":"a","kid"`, 1) + `]}`, 0},
		{"unknown types skipped", `{"keys":[{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"},` + entry + `,7,{"kty":4}]}`, 1},
		{"too deep", `{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `,"keys":[` + entry + `]}`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := jose.ParsePublicKeys([]byte(tt.data))
			if (err != nil) != (tt.keys == 0) {
				t.Fatalf("error = %v, want %d keys", err, tt.keys)
			}
			if err == nil && got.Len() != tt.keys {
				t.Errorf("%d keys, want %d", got.Len(), tt.keys)
			}
		})
	}
}

func TestTokenWithoutKidTriesEightKeys(t *testing.T) {
	t.Parallel()
	var keys []jose.SigningKey
	for range 9 {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, jose.SigningKey{Algorithm: jose.ES256, Signer: k})
	}
	jwks, err := jose.PublicKeys(keys...)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := jose.ParsePublicKeys(jwks)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]error{0: nil, 7: nil, 8: jose.ErrSignature} {
		token, err := keys[i].Sign("", []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := jose.Parse(token, jose.Policy{Algorithms: []jose.Algorithm{jose.ES256}})
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Verify(tok); !errors.Is(err, want) {
			t.Errorf("key %d of 9: Verify = %v, want %v", i, err, want)
		}
	}
}

// TestKeysVerifyTheirOwnKind: a token finds no key of another type, curve or
// alg, with a kid or without, even if the number fits.
func TestKeysVerifyTheirOwnKind(t *testing.T) {
	t.Parallel()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]jose.SigningKey{
		"RSA":     {ID: "k", Algorithm: jose.RS256, Signer: rsaKey()},
		"P-256":   {ID: "k", Algorithm: jose.ES256, Signer: p256Key},
		"Ed25519": {ID: "k", Algorithm: jose.EdDSA, Signer: ed},
	}
	fits := map[string][]jose.Algorithm{
		"RSA":   {jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512},
		"P-256": {jose.ES256}, "Ed25519": {jose.EdDSA},
	}
	algorithms := []jose.Algorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA, jose.HS256,
	}
	for name, key := range keys {
		jwks, err := jose.PublicKeys(key)
		if err != nil {
			t.Fatal(err)
		}
		withAlg, _, err := jose.ParsePublicKeys(jwks)
		if err != nil {
			t.Fatal(err)
		}
		withoutAlg, _, err := jose.ParsePublicKeys([]byte(strings.Replace(string(jwks), `"alg"`, `"x-alg"`, 1)))
		if err != nil {
			t.Fatal(err)
		}
		for _, alg := range algorithms {
			for _, header := range []string{`{"alg":"%s"}`, `{"alg":"%s","kid":"k"}`} {
				tok, err := jose.Parse(b64(fmt.Sprintf(header, alg))+"."+b64("{}")+"."+b64(strings.Repeat("s", 64)), jose.Policy{Algorithms: []jose.Algorithm{alg}})
				if err != nil {
					t.Fatal(err)
				}
				want := func(ok bool) error {
					if ok {
						return jose.ErrSignature
					}
					return jose.ErrNoKey
				}
				if err := withAlg.Verify(tok); !errors.Is(err, want(alg == key.Algorithm)) {
					t.Errorf("%s key for %s, token "+header+": %v", name, key.Algorithm, alg, err)
				}
				if err := withoutAlg.Verify(tok); !errors.Is(err, want(slices.Contains(fits[name], alg))) {
					t.Errorf("%s key for any, token "+header+": %v", name, alg, err)
				}
			}
		}
	}
}

// TestRSABounds holds the sizes of moduli and exponents from both sides.
func TestRSABounds(t *testing.T) {
	t.Parallel()
	power := func(exp uint, plus int64) *big.Int {
		return new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), exp), big.NewInt(plus))
	}
	odd := func(bits uint) *big.Int { return power(bits-1, 1) }
	for _, tt := range []struct {
		name string
		n, e *big.Int
		ok   bool
	}{
		{"2047 bits", odd(2047), big.NewInt(65537), false},
		{"2048 bits", odd(2048), big.NewInt(65537), true},
		{"8192 bits", odd(8192), big.NewInt(65537), true},
		{"8193 bits", odd(8193), big.NewInt(65537), false},
		{"16384 bits", odd(16384), big.NewInt(65537), false},
		{"even modulus", power(2047, 2), big.NewInt(65537), false},
		{"even exponent", odd(2048), big.NewInt(65538), false},
		{"exponent 1", odd(2048), big.NewInt(1), false},
		{"exponent 0", odd(2048), big.NewInt(0), false},
		{"exponent 2^31-1", odd(2048), power(31, -1), true},
		{"exponent 2^31+1", odd(2048), power(31, 1), false},
		{"exponent 2^64+65537", odd(2048), power(64, 65537), false},
	} {
		data := fmt.Sprintf(`{"keys":[{"kty":"RSA","n":%q,"e":%q}]}`, b64(string(tt.n.Bytes())), b64(string(tt.e.Bytes())))
		if _, _, err := jose.ParsePublicKeys([]byte(data)); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want ok %t", tt.name, err, tt.ok)
		}
	}
}
