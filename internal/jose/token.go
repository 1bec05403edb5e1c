package jose

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxTokenBytes is the longest token that [Parse] takes.
const MaxTokenBytes = 8 << 10

// maxKeyID bounds the kid of a token or a key, in bytes.
const maxKeyID = 512

// The kinds of failure. Their texts hold nothing of the token.
var (
	// ErrTooLong: the token has more than MaxTokenBytes.
	ErrTooLong = errors.New("jose: token is too long")
	// ErrMalformed: the token is not a compact JWS in its one strict form.
	ErrMalformed = errors.New("jose: malformed token")
	// ErrHeader: the header holds a name that is not allowed, or an unfit value.
	ErrHeader = errors.New("jose: header is not acceptable")
	// ErrAlgorithm: the algorithm is not on the policy's list.
	ErrAlgorithm = errors.New("jose: algorithm is not allowed")
	// ErrNoKey: no key of the set fits the token, or more than one does.
	ErrNoKey = errors.New("jose: no key for this token")
	// ErrSignature: the signature is not that of the token by the key.
	ErrSignature = errors.New("jose: signature does not match")
	// ErrClaims: the payload is not one JSON object of bounded depth.
	ErrClaims = errors.New("jose: payload is not a claims object")
	// ErrDuplicate: the same, because a name occurs twice.
	ErrDuplicate = fmt.Errorf("%w: duplicate name", ErrClaims)
)

// Policy says which tokens [Parse] takes. The zero value takes none.
type Policy struct {
	// Algorithms is the complete list of accepted algorithms.
	Algorithms []Algorithm
	// IgnoreHeaders lists further header names that may occur and mean
	// nothing here. Names that change the meaning of a token cannot be listed.
	IgnoreHeaders []string
}

// Check reports a policy that could not be meant: no algorithm, an unknown
// one, shared and public keys mixed, or a name that cannot be ignored.
func (p Policy) Check() error {
	if len(p.Algorithms) == 0 {
		return errors.New("jose: policy allows no algorithm")
	}
	for _, a := range p.Algorithms {
		if !a.Known() {
			return fmt.Errorf("jose: unknown algorithm %q", a)
		}
		if a.Symmetric() != p.Algorithms[0].Symmetric() {
			return errors.New("jose: policy mixes HMAC with public-key algorithms")
		}
	}
	for _, name := range p.IgnoreHeaders {
		if meaningful(name) {
			return fmt.Errorf("jose: header %q cannot be ignored", name)
		}
	}
	return nil
}

// Token is a parsed token. Its signature is not verified yet: only
// [KeySet.Verify] does that.
type Token struct {
	// Algorithm is on the policy's list.
	Algorithm Algorithm
	// KeyID is the kid; HasKeyID tells an absent one from an empty one.
	KeyID    string
	HasKeyID bool
	// Type is the typ as it was given, or "".
	Type string
	// Payload is the decoded second segment; it may be empty.
	Payload []byte
	// SignatureText is the third segment as it came.
	SignatureText string

	signed    []byte
	signature []byte
}

// Parse reads a compact token by the policy. The error wraps ErrTooLong,
// ErrMalformed, ErrHeader or ErrAlgorithm.
func Parse(compact string, p Policy) (*Token, error) {
	if len(compact) > MaxTokenBytes {
		return nil, ErrTooLong
	}
	// Too few dots leave no signature, and one too many is not base64url.
	header, rest, _ := strings.Cut(compact, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	t := Token{SignatureText: signature, signed: []byte(compact[:max(0, len(compact)-len(signature)-1)])}
	raw, err := decodeBase64(header)
	if err != nil {
		return nil, ErrMalformed
	}
	if t.Payload, err = decodeBase64(payload); err != nil {
		return nil, ErrMalformed
	}
	if t.signature, err = decodeBase64(signature); err != nil || len(t.signature) == 0 {
		return nil, ErrMalformed
	}
	if err := t.readHeader(raw, p); err != nil {
		return nil, err
	}
	return &t, nil
}

// decodeBase64 reads canonical unpadded base64url. The standard decoder skips
// line ends even in its strict form.
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line end in base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

func (t *Token) readHeader(raw []byte, p Policy) error {
	err := members(raw, maxClaimsDepth, func(name string, value jsontext.Value) error {
		var ok bool
		switch name {
		case "alg":
			var alg string
			alg, ok = text(value)
			t.Algorithm = Algorithm(alg)
		case "kid":
			t.KeyID, ok = text(value)
			t.HasKeyID = true
			ok = ok && len(t.KeyID) <= maxKeyID
		case "typ":
			t.Type, ok = text(value)
		case "x5t", "x5t#S256":
			_, ok = text(value)
		default:
			ok = !meaningful(name) && slices.Contains(p.IgnoreHeaders, name)
		}
		if !ok {
			return ErrHeader
		}
		return nil
	})
	if errors.Is(err, ErrHeader) {
		return ErrHeader
	}
	if err != nil {
		return ErrMalformed
	}
	if !slices.Contains(p.Algorithms, t.Algorithm) {
		return ErrAlgorithm
	}
	return nil
}

// meaningful reports header names that change how a token must be read or
// verified, so that ignoring them would be wrong.
func meaningful(name string) bool {
	switch name {
	case "crit", "b64", "zip", "enc", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c",
		"jwk", "jku", "x5u", "x5c", "alg", "kid", "typ":
		return true
	}
	return false
}
