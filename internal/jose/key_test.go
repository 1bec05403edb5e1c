package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/jose"
)

var p256Key = func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}()

// jwkOf returns the published form of a key as a map that tests change.
func jwkOf(t *testing.T, alg jose.Algorithm, signer crypto.Signer) map[string]any {
	t.Helper()
	jwks, err := jose.PublicKeys(jose.SigningKey{ID: "k", Algorithm: alg, Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(jwks, &set); err != nil {
		t.Fatal(err)
	}
	return set.Keys[0]
}

func TestUnusableKeysMakeNoSet(t *testing.T) {
	t.Parallel()
	const rs, es, ed = "RS256", "ES256", "EdDSA"
	bytes32 := strings.Repeat("A", 43)
	tests := []struct {
		name, base, field string
		value             any // nil removes the field
		ok                bool
	}{
		{"good RSA", rs, "x-note", "any", true},
		{"good EC", es, "x-note", 1, true},
		{"good Ed25519", ed, "x-note", nil, true},
		{"no alg", rs, "alg", nil, true},
		{"no use", rs, "use", nil, true},
		{"no kid", rs, "kid", nil, true},
		{"kid of 512 bytes", rs, "kid", strings.Repeat("k", 512), true},
		{"kid of 513 bytes", rs, "kid", strings.Repeat("k", 513), false},
		{"kid a number", rs, "kid", 1, false},
		{"no kty", rs, "kty", nil, false},
		{"kty of another key", rs, "kty", "EC", false},
		{"unknown kty", rs, "kty", "AKP", false},
		{"alg of encryption", rs, "alg", "RSA-OAEP", false},
		{"alg of another type", rs, "alg", es, false},
		{"alg of another curve", es, "alg", "ES384", false},
		{"alg a number", rs, "alg", 256, false},
		{"use enc", rs, "use", "enc", false},
		{"use a list", rs, "use", []string{"sig"}, false},
		{"key_ops verify", rs, "key_ops", []string{"sign", "verify"}, true},
		{"key_ops sign", rs, "key_ops", []string{"sign"}, false},
		{"key_ops empty", rs, "key_ops", []string{}, false},
		{"key_ops a text", rs, "key_ops", "verify", false},
		{"no modulus", rs, "n", nil, false},
		{"modulus with padding", rs, "n", jwkOf(t, rs, rsaKey())["n"].(string) + "==", false},
		{"modulus even", rs, "n", strings.TrimRight(encode(new(big.Int).Lsh(big.NewInt(1), 2047).Bytes()), "="), false},
		{"modulus of 1024 bits", rs, "n", "_" + strings.Repeat("_", 169) + "w", false},
		{"no exponent", rs, "e", nil, false},
		{"exponent 1", rs, "e", "AQ", false},
		{"exponent 2", rs, "e", "Ag", false},
		{"exponent 3", rs, "e", "Aw", true},
		{"exponent 2^31-1", rs, "e", "f____w", true},
		{"exponent 2^31+1", rs, "e", "gAAAAQ", false},
		{"exponent of 9 bytes", rs, "e", "AQAAAAAAAAAB", false},
		{"exponent with junk behind", rs, "e", "AQAB#", false},
		{"foreign member of the wrong type", rs, "y", 5, false},
		{"private", rs, "d", "AQAB", false},
		{"curve of Bitcoin", es, "crv", "secp256k1", false},
		{"no x", es, "x", nil, false},
		{"y with junk behind", es, "y", jwkOf(t, es, p256Key)["y"].(string) + "#", false},
		{"both missing", es, "xy", "", false},
		{"coordinates cut elsewhere", es, "xy", moved(t, jwkOf(t, es, p256Key)), false},
		{"x too short", es, "x", "AAAA", false},
		{"x too long", es, "x", "AA" + bytes32, false},
		{"point not on the curve", es, "x", bytes32, false},
		{"curve X25519", ed, "crv", "X25519", false},
		{"no Ed25519 point", ed, "x", nil, false},
		{"Ed25519 point too short", ed, "x", "AAAA", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var jwk map[string]any
			switch tt.base {
			case rs:
				jwk = jwkOf(t, rs, rsaKey())
			case es:
				jwk = jwkOf(t, es, p256Key)
			default:
				jwk = map[string]any{"kty": "OKP", "crv": "Ed25519", "x": bytes32, "kid": "k"}
			}
			if tt.field == "xy" { // x alone would be caught by its length
				jwk["x"], jwk["y"], _ = strings.Cut(tt.value.(string), ".")
				tt.field = "x-note"
			}
			jwk[tt.field] = tt.value
			if tt.value == nil {
				delete(jwk, tt.field)
			}
			data, err := json.Marshal(map[string]any{"keys": []any{jwk}})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := jose.ParsePublicKeys(data); (err == nil) != tt.ok {
				t.Errorf("error = %v, want ok %v", err, tt.ok)
			}
		})
	}
}

// brokenSigner says that its key is p256Key's, and signs as its function does.
type brokenSigner func() ([]byte, error)

func (brokenSigner) Public() crypto.PublicKey { return p256Key.Public() }

func (f brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return f() }

// otherPublic is a signer of another public key than its own.
type otherPublic struct {
	crypto.Signer
	key crypto.PublicKey
}

func (o otherPublic) Public() crypto.PublicKey { return o.key }

func TestSigningFailures(t *testing.T) {
	t.Parallel()
	errSigner := errors.New("key service is down")
	es := func(f brokenSigner) jose.SigningKey {
		return jose.SigningKey{Algorithm: jose.ES256, Signer: f}
	}
	signing := []struct {
		name string
		key  jose.SigningKey
	}{
		{"zero key", jose.SigningKey{}},
		{"no signer", jose.SigningKey{Algorithm: jose.RS256}},
		{"HMAC", jose.SigningKey{Algorithm: jose.HS256, Signer: rsaKey()}},
		{"unknown algorithm", jose.SigningKey{Algorithm: "RS257", Signer: rsaKey()}},
		{"signer fails", es(func() ([]byte, error) { return nil, errSigner })},
		{"signature is no DER", es(func() ([]byte, error) { return []byte("signature"), nil })},
		{"signature with junk behind", es(func() ([]byte, error) { return []byte{0x30, 6, 2, 1, 1, 2, 1, 1, 0}, nil })},
	}
	for _, tt := range signing {
		if token, err := tt.key.Sign("", []byte("{}")); err == nil {
			t.Errorf("%s: Sign = %q, want an error", tt.name, token)
		}
	}
	if _, err := es(func() ([]byte, error) { return nil, errSigner }).Sign("", nil); !errors.Is(err, errSigner) {
		t.Errorf("Sign by a signer that fails = %v, want its error", err)
	}
	offCurve := &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)} //nolint:staticcheck // the fields alone make a bad point
	publishing := []struct {
		name string
		key  jose.SigningKey
	}{
		{"no signer", jose.SigningKey{Algorithm: jose.RS256}},
		{"RSA key for ES256", jose.SigningKey{Algorithm: jose.ES256, Signer: rsaKey()}},
		{"P-256 key for ES384", jose.SigningKey{Algorithm: jose.ES384, Signer: p256Key}},
		{"unknown kind", jose.SigningKey{Algorithm: jose.RS256, Signer: otherPublic{rsaKey(), "key"}}},
		{"point not on the curve", jose.SigningKey{Algorithm: jose.ES256, Signer: otherPublic{p256Key, offCurve}}},
	}
	for _, tt := range publishing {
		if jwks, err := jose.PublicKeys(tt.key); err == nil {
			t.Errorf("%s: PublicKeys = %s, want an error", tt.name, jwks)
		}
	}
}

// moved returns the coordinates of a point with the first byte of y put to the
// end of x, joined by a dot.
func moved(t *testing.T, jwk map[string]any) string {
	t.Helper()
	var parts [2][]byte
	for i, name := range []string{"x", "y"} {
		b, err := base64.RawURLEncoding.DecodeString(jwk[name].(string))
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = b
	}
	return encode(append(parts[0], parts[1][0])) + "." + encode(parts[1][1:])
}

func encode(b []byte) string { return b64(string(b)) }
