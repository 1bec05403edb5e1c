package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// SigningKey makes tokens. The zero value makes none.
type SigningKey struct {
	// ID becomes the kid of tokens and of the published key; empty means none.
	ID string
	// Algorithm must fit the key and must not be an HMAC.
	Algorithm Algorithm
	// Signer holds an RSA key of 2048 bits or more, an ECDSA key on the curve
	// of the algorithm, or an Ed25519 key. It may live in a key service.
	Signer crypto.Signer
}

// Check reports a key that [Sign] could not use, or whose tokens [Parse] and
// [KeySet.Verify] would not take.
func (k SigningKey) Check() error {
	jwks, err := PublicKeys(k)
	if err == nil {
		_, _, err = ParsePublicKeys(jwks)
	}
	return err
}

// Sign returns a compact token over the payload. An empty typ is left out.
func (k SigningKey) Sign(typ string, payload []byte) (string, error) {
	header, err := json.Marshal(struct {
		Alg Algorithm `json:"alg"`
		Kid string    `json:"kid,omitempty"`
		Typ string    `json:"typ,omitempty"`
	}{k.Algorithm, k.ID, typ})
	//backstop: no text fails to be encoded
	if err != nil {
		return "", fmt.Errorf("jose: header: %w", err)
	}
	signed := encode(header) + "." + encode(payload)
	signature, err := k.signature([]byte(signed))
	if err != nil {
		return "", fmt.Errorf("jose: sign: %w", err)
	}
	return signed + "." + encode(signature), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (k SigningKey) signature(signed []byte) ([]byte, error) {
	sp, ok := k.Algorithm.spec()
	if !ok || sp.kty == typeOct || k.Signer == nil {
		return nil, fmt.Errorf("no key for algorithm %q", k.Algorithm)
	}
	if sp.kty == typeOKP {
		return k.Signer.Sign(rand.Reader, signed, crypto.Hash(0))
	}
	h := sp.hash.New()
	h.Write(signed)
	var opts crypto.SignerOpts = sp.hash
	if sp.pss {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: sp.hash}
	}
	signature, err := k.Signer.Sign(rand.Reader, h.Sum(nil), opts)
	if err != nil || sp.kty != typeEC {
		return signature, err
	}
	return fixedLength(signature, sp.curve)
}

// fixedLength turns a DER signature into the form of RFC 7518.
func fixedLength(der []byte, curve elliptic.Curve) ([]byte, error) {
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &sig); err != nil || len(rest) > 0 {
		return nil, errors.New("signer returned no ECDSA signature")
	}
	size := (curve.Params().BitSize + 7) / 8
	out := make([]byte, 2*size)
	sig.R.FillBytes(out[:size])
	sig.S.FillBytes(out[size:])
	return out, nil
}

// jwk is a public key as it is published.
type jwk struct {
	Kty string    `json:"kty"`
	Use string    `json:"use"`
	Alg Algorithm `json:"alg"`
	Kid string    `json:"kid,omitempty"`
	N   string    `json:"n,omitempty"`
	E   string    `json:"e,omitempty"`
	Crv string    `json:"crv,omitempty"`
	X   string    `json:"x,omitempty"`
	Y   string    `json:"y,omitempty"`
}

// PublicKeys returns the JSON Web Key Set by which the tokens of the given
// keys are verified.
func PublicKeys(keys ...SigningKey) ([]byte, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	for i, k := range keys {
		entry, err := k.public()
		if err != nil {
			return nil, fmt.Errorf("jose: key %d of %d: %w", i+1, len(keys), err)
		}
		set.Keys = append(set.Keys, entry)
	}
	return json.Marshal(set)
}

func (k SigningKey) public() (jwk, error) {
	sp, _ := k.Algorithm.spec() // no key fits the demands of an unknown one
	ok := false
	if k.Signer == nil {
		return jwk{}, fmt.Errorf("no key for algorithm %q", k.Algorithm)
	}
	out := jwk{Kty: sp.kty, Use: "sig", Alg: k.Algorithm, Kid: k.ID}
	switch pub := k.Signer.Public().(type) {
	case *rsa.PublicKey:
		out.N, out.E = encode(pub.N.Bytes()), encode(big.NewInt(int64(pub.E)).Bytes())
		ok = sp.kty == typeRSA
	case *ecdsa.PublicKey:
		point, err := pub.Bytes()
		if err != nil {
			return jwk{}, err
		}
		half := (len(point) - 1) / 2
		out.Crv = pub.Curve.Params().Name
		out.X, out.Y = encode(point[1:1+half]), encode(point[1+half:])
		ok = sp.kty == typeEC && sp.curve == pub.Curve
	case ed25519.PublicKey:
		out.Crv, out.X = "Ed25519", encode(pub)
		ok = sp.kty == typeOKP
	}
	if !ok {
		return jwk{}, fmt.Errorf("key does not fit algorithm %q", k.Algorithm)
	}
	return out, nil
}
