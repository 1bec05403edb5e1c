package jose

import (
	"crypto"
	"crypto/elliptic"
	_ "crypto/sha256" // links the hashes that crypto.Hash names
	_ "crypto/sha512"
)

// Algorithm is the name of a signature algorithm, the alg of a header.
type Algorithm string

// The algorithms that this package verifies.
const (
	HS256 Algorithm = "HS256"
	HS384 Algorithm = "HS384"
	HS512 Algorithm = "HS512"
	RS256 Algorithm = "RS256"
	RS384 Algorithm = "RS384"
	RS512 Algorithm = "RS512"
	PS256 Algorithm = "PS256"
	PS384 Algorithm = "PS384"
	PS512 Algorithm = "PS512"
	ES256 Algorithm = "ES256"
	ES384 Algorithm = "ES384"
	ES512 Algorithm = "ES512"
	EdDSA Algorithm = "EdDSA" // with Ed25519 only
)

// The key types of RFC 7518 and RFC 8037.
const (
	typeRSA = "RSA"
	typeEC  = "EC"
	typeOKP = "OKP"
	typeOct = "oct"
)

// spec is what an algorithm demands of its key and its signature.
type spec struct {
	kty   string
	hash  crypto.Hash
	pss   bool
	curve elliptic.Curve
}

// spec returns the demands of a, and whether a is known.
func (a Algorithm) spec() (spec, bool) {
	switch a {
	case HS256:
		return spec{kty: typeOct, hash: crypto.SHA256}, true
	case HS384:
		return spec{kty: typeOct, hash: crypto.SHA384}, true
	case HS512:
		return spec{kty: typeOct, hash: crypto.SHA512}, true
	case RS256:
		return spec{kty: typeRSA, hash: crypto.SHA256}, true
	case RS384:
		return spec{kty: typeRSA, hash: crypto.SHA384}, true
	case RS512:
		return spec{kty: typeRSA, hash: crypto.SHA512}, true
	case PS256:
		return spec{kty: typeRSA, hash: crypto.SHA256, pss: true}, true
	case PS384:
		return spec{kty: typeRSA, hash: crypto.SHA384, pss: true}, true
	case PS512:
		return spec{kty: typeRSA, hash: crypto.SHA512, pss: true}, true
	case ES256:
		return spec{kty: typeEC, hash: crypto.SHA256, curve: elliptic.P256()}, true
	case ES384:
		return spec{kty: typeEC, hash: crypto.SHA384, curve: elliptic.P384()}, true
	case ES512:
		return spec{kty: typeEC, hash: crypto.SHA512, curve: elliptic.P521()}, true
	case EdDSA:
		return spec{kty: typeOKP}, true
	}
	return spec{}, false
}

// Known reports whether this package verifies a.
func (a Algorithm) Known() bool {
	_, ok := a.spec()
	return ok
}

// Symmetric reports whether who verifies a can also sign.
func (a Algorithm) Symmetric() bool {
	s, _ := a.spec()
	return s.kty == typeOct
}
