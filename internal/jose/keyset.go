package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxKeys bounds the entries of a set.
	maxKeys = 64
	// maxTries bounds the keys that a token without a kid is tried with.
	maxTries = 8
	// maxSetDepth bounds the nesting of a set.
	maxSetDepth = maxClaimsDepth + 2
)

// KeySet is an immutable list of keys, all public or all secret.
type KeySet struct {
	keys []*key
}

// ParsePublicKeys reads a JSON Web Key Set of public keys. Entries that cannot
// be used are skipped, and skipped says why, one text for each: other types,
// curves, uses and operations, weak or malformed keys, secrets and private
// keys. A set without one usable key, with more than 64 entries, or that is
// not JSON in its one reading is an error.
func ParsePublicKeys(data []byte) (set *KeySet, skipped []error, err error) {
	return parseKeySet(data, false)
}

// ParseSecretKeys reads a JSON Web Key Set of HMAC keys. A public key in it is
// an error, since a set that holds both invites confusion.
func ParseSecretKeys(data []byte) (set *KeySet, skipped []error, err error) {
	set, skipped, err = parseKeySet(data, true)
	if err == nil && len(skipped) > 0 {
		return nil, skipped, fmt.Errorf("jose: set of secret keys: %w", skipped[0])
	}
	return set, skipped, err
}

func parseKeySet(data []byte, secret bool) (*KeySet, []error, error) {
	set := &KeySet{}
	var skipped []error
	count := -1
	add := func(value jsontext.Value) error {
		if count++; count >= maxKeys {
			return fmt.Errorf("more than %d keys", maxKeys)
		}
		k, err := parseKey(value, secret)
		if err != nil {
			skipped = append(skipped, fmt.Errorf("key %d: %w", count, err))
			return nil
		}
		set.keys = append(set.keys, k)
		return nil
	}
	err := members(data, maxSetDepth, func(name string, value jsontext.Value) error {
		if name != "keys" {
			return nil
		}
		return elements(value, add)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("jose: key set: %w", err)
	}
	if len(set.keys) == 0 {
		return nil, skipped, errors.Join(append([]error{errors.New("jose: key set has no usable key")}, skipped...)...)
	}
	return set, skipped, nil
}

// Len returns the number of usable keys.
func (s *KeySet) Len() int { return len(s.keys) }

// Verify checks the token's signature. A token with a kid is tried with the
// one key of that id that fits its algorithm, a token without one with every
// key that fits, at most the first 8. The error is ErrNoKey when there is none or the
// choice is ambiguous, else ErrSignature.
func (s *KeySet) Verify(t *Token) error {
	sp, _ := t.Algorithm.spec() // no key fits the demands of an unknown one
	var fitting []*key
	for _, k := range s.keys {
		if k.fits(t.Algorithm, sp) && (!t.HasKeyID || k.id == t.KeyID) {
			fitting = append(fitting, k)
		}
	}
	if len(fitting) == 0 || (t.HasKeyID && len(fitting) > 1) {
		return ErrNoKey
	}
	for _, k := range fitting[:min(len(fitting), maxTries)] {
		if k.verify(t, sp) {
			return nil
		}
	}
	return ErrSignature
}

// verify checks the signature by k, which fits the algorithm.
func (k *key) verify(t *Token, sp spec) bool {
	if k.kty == typeOKP {
		return ed25519.Verify(k.ed25519, t.signed, t.signature)
	}
	if k.kty == typeOct {
		mac := hmac.New(sp.hash.New, k.secret)
		mac.Write(t.signed)
		return hmac.Equal(mac.Sum(nil), t.signature)
	}
	h := sp.hash.New()
	h.Write(t.signed)
	digest := h.Sum(nil)
	switch {
	case k.kty == typeEC:
		return k.verifyEC(digest, t.signature)
	case sp.pss:
		return rsa.VerifyPSS(k.rsa, sp.hash, digest, t.signature,
			&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	default:
		return rsa.VerifyPKCS1v15(k.rsa, sp.hash, digest, t.signature) == nil
	}
}

// verifyEC takes the fixed-length form of RFC 7518 only: r and s, each as
// long as the order of the curve.
func (k *key) verifyEC(digest, signature []byte) bool {
	size := (k.curve.Params().BitSize + 7) / 8
	if len(signature) != 2*size {
		return false
	}
	r := new(big.Int).SetBytes(signature[:size])
	s := new(big.Int).SetBytes(signature[size:])
	return ecdsa.Verify(k.ec, digest, r, s)
}
