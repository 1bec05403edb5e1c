package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// key returns the HMAC key that s stands for.
func (k SignatureKeys) key(s Secret) ([]byte, error) {
	v := s.value()
	if v == nil || len(v.bytes) == 0 {
		return nil, errors.New("is empty")
	}
	if k == RawKey {
		return v.bytes, nil
	}
	key, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(string(v.bytes), "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, errors.New("is not standard base64") // the decoder's own text would show a place in the value
	}
	return key, nil
}

// checkSignatureSecrets is the rule for constructors: every value there is now
// makes a key of at least minLen bytes.
func checkSignatureSecrets(src SecretSource, keys SignatureKeys, minLen int) error {
	if err := checkSecrets(src, minLen); err != nil {
		return err
	}
	list, err := src.Secrets()
	if err != nil {
		return nil // a source that is unavailable now; checkSecrets judged the rest
	}
	for i, s := range list {
		key, err := keys.key(s)
		if err == nil {
			err = checkSecretValue(NewSecret(string(key)), minLen)
		}
		if err != nil {
			return fmt.Errorf("auth: secret %d of %d %w", i+1, len(list), err)
		}
	}
	return nil
}

// matchHMAC compares all given signatures with those of all keys, however
// early one matches, and returns the place of the first key that did, or -1.
// Values that make no key are passed over.
func matchHMAC(list []Secret, keys SignatureKeys, given []givenSignature, write func(io.Writer)) int {
	match := -1
	for i, s := range list {
		key, err := keys.key(s)
		if err != nil {
			continue
		}
		mac := hmac.New(sha256.New, key)
		write(mac)
		sum := mac.Sum(nil)
		equal := 0
		for _, g := range given {
			if g.algorithm == HMACSHA256 {
				equal |= subtle.ConstantTimeCompare(sum, g.bytes)
			}
		}
		if equal == 1 && match < 0 {
			match = i
		}
	}
	return match
}

// matchEd25519 returns the place of the first public key that verifies one of
// the given signatures, or -1.
func matchEd25519(list []ed25519.PublicKey, given []givenSignature, write func(io.Writer)) int {
	var content bytes.Buffer
	write(&content)
	for i, key := range list {
		for _, g := range given {
			if g.algorithm == Ed25519 && ed25519.Verify(key, content.Bytes(), g.bytes) {
				return i
			}
		}
	}
	return -1
}
