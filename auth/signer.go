package auth

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cxhook/cxhook/internal/jose"
)

// SignerConfig configures [NewSigner].
type SignerConfig struct {
	// Key is an RSA key of 2048 bits or more, an ECDSA key on P-256, P-384 or
	// P-521, or an Ed25519 key; it may live in a key service. Required.
	Key crypto.Signer
	// Algorithm must fit the key. The default is RS256.
	Algorithm string
	// KeyID is the kid of tokens and of the published key. Required.
	KeyID string
}

// Signer makes signed tokens: the other side of [JWT] and [IDToken], for
// tests and for [NewTokenEndpoint]. It is safe for concurrent use if its key
// is.
type Signer struct {
	key func() jose.SigningKey // a function, so that no printing of a Signer shows a key
}

// NewSigner returns a signer. A key that is missing, weak, or unfit for the
// algorithm is an error.
func NewSigner(cfg SignerConfig) (*Signer, error) {
	//backstop: a key that is missing is unfit as well; this says what is missing
	if cfg.Key == nil || cfg.KeyID == "" {
		return nil, errors.New("auth: signer: key and key id are required")
	}
	alg := jose.RS256
	if cfg.Algorithm != "" {
		alg = jose.Algorithm(cfg.Algorithm)
	}
	key := jose.SigningKey{ID: cfg.KeyID, Algorithm: alg, Signer: cfg.Key}
	if err := key.Check(); err != nil {
		return nil, fmt.Errorf("auth: signer: %w", err)
	}
	return &Signer{func() jose.SigningKey { return key }}, nil
}

// signingKey returns the key, which is none where no constructor has made s.
func (s *Signer) signingKey() jose.SigningKey {
	if s.key == nil {
		return jose.SigningKey{}
	}
	return s.key()
}

// Sign returns a token with the given typ, which may be empty, and claims,
// which must be a JSON object when encoded. Times are seconds since 1970.
func (s *Signer) Sign(typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("auth: signer: claims: %w", err)
	}
	return s.signingKey().Sign(typ, payload)
}

// IDToken returns a token as Google makes it for a service account: for the
// audience, with the e-mail verified, good for an hour from now on. The
// verifier takes it when its Keys are those of this signer.
func (s *Signer) IDToken(email, audience string, now time.Time) (string, error) {
	plain, _, _ := strings.Cut(audience, "?")
	return s.Sign("JWT", map[string]any{
		"iss": "https://accounts.google.com", "aud": plain, "azp": email, "sub": email,
		"email": email, "email_verified": true, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
}

// JWKS returns the JSON Web Key Set that verifies the tokens of s and of the
// others: the keys of a rotation, for example.
func (s *Signer) JWKS(others ...*Signer) ([]byte, error) {
	keys := []jose.SigningKey{s.signingKey()}
	for _, o := range others {
		keys = append(keys, o.signingKey())
	}
	return jose.PublicKeys(keys...)
}

// Keys returns the fixed key set of s, for a [JWTConfig] or [IDTokenConfig].
func (s *Signer) Keys() (*KeySet, error) {
	jwks, err := s.JWKS()
	//backstop: the key was checked before
	if err != nil {
		return nil, err
	}
	return FixedKeys(jwks)
}

// SetBearer puts the token into the Authorization header of r.
func SetBearer(r *http.Request, token string) { r.Header.Set("Authorization", "Bearer "+token) }
