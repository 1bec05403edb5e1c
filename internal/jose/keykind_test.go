package jose_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/jose"
)

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
