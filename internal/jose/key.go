package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// The accepted sizes of RSA keys, in bits.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// key is one verified entry of a set.
type key struct {
	id    string
	kty   string
	alg   Algorithm // "" when the entry names none
	curve elliptic.Curve

	rsa     *rsa.PublicKey
	ec      *ecdsa.PublicKey
	ed25519 ed25519.PublicKey
	secret  []byte
}

// fits reports whether signatures of algorithm a can be those of k.
func (k *key) fits(a Algorithm, s spec) bool {
	return k.kty == s.kty && (k.alg == "" || k.alg == a) && k.curve == s.curve &&
		(k.kty != typeOct || len(k.secret) >= s.hash.Size())
}

// entry is a JWK as it stands in a set.
type entry struct {
	fields map[string]string
	ops    []string
	hasOps bool
}

// entryFields are the members of a JWK that are read; d is that of private
// keys, whose signatures prove nothing once they are published.
var entryFields = []string{"kty", "use", "alg", "kid", "n", "e", "crv", "x", "y", "k", "d"}

func readEntry(data jsontext.Value) (entry, error) {
	e := entry{fields: map[string]string{}}
	err := members(data, maxClaimsDepth, func(name string, value jsontext.Value) error {
		var ok bool
		switch {
		case name == "key_ops":
			e.ops, ok = texts(value)
			e.hasOps = true
		case slices.Contains(entryFields, name):
			e.fields[name], ok = text(value)
		default:
			ok = true
		}
		if !ok {
			return fmt.Errorf("member %q has the wrong type", name)
		}
		return nil
	})
	return e, err
}

// parseKey checks one entry of a set. Secret keys are taken only when secret
// is set, and then nothing else is.
func parseKey(data jsontext.Value, secret bool) (*key, error) {
	e, err := readEntry(data)
	if err != nil {
		return nil, err
	}
	if use, ok := e.fields["use"]; ok && use != "sig" {
		return nil, errors.New("use is not sig")
	}
	if e.hasOps && !slices.Contains(e.ops, "verify") {
		return nil, errors.New("key_ops lacks verify")
	}
	if len(e.fields["kid"]) > maxKeyID {
		return nil, errors.New("kid is too long")
	}
	k := &key{id: e.fields["kid"], kty: e.fields["kty"]}
	switch {
	case (k.kty == typeOct) != secret:
		return nil, errors.New("secret and public keys do not mix")
	case k.kty != typeOct && e.has("d"):
		return nil, errors.New("entry is a private key")
	}
	if err := k.read(e); err != nil {
		return nil, err
	}
	return k, k.setAlgorithm(e)
}

func (e entry) has(name string) bool {
	_, ok := e.fields[name]
	return ok
}

// bytes returns a member that is base64url, or nothing: what is missing or
// malformed has no length that any key has.
func (e entry) bytes(name string) []byte {
	b, err := decodeBase64(e.fields[name])
	if err != nil {
		return nil
	}
	return b
}

// setAlgorithm takes over the entry's alg, which must be one that the key can
// be used with.
func (k *key) setAlgorithm(e entry) error {
	if !e.has("alg") {
		return nil
	}
	alg := Algorithm(e.fields["alg"])
	s, _ := alg.spec() // no key fits the demands of an unknown one
	if !k.fits(alg, s) {
		return errors.New("alg does not fit the key")
	}
	k.alg = alg
	return nil
}

func (k *key) read(e entry) error {
	switch k.kty {
	case typeRSA:
		return k.readRSA(e)
	case typeEC:
		return k.readEC(e)
	case typeOKP:
		return k.readOKP(e)
	case typeOct:
		//backstop: no algorithm takes a secret as short as none
		if k.secret = e.bytes("k"); len(k.secret) == 0 {
			return errors.New("secret is missing or malformed")
		}
		return nil
	}
	return errors.New("unknown key type")
}

func (k *key) readRSA(e entry) error {
	modulus := new(big.Int).SetBytes(e.bytes("n"))
	if bits := modulus.BitLen(); bits < minRSABits || bits > maxRSABits {
		return fmt.Errorf("modulus has %d bits, need %d to %d", bits, minRSABits, maxRSABits)
	}
	e64 := new(big.Int).SetBytes(e.bytes("e"))
	if !e64.IsInt64() || e64.Int64() < 3 || e64.Int64() > 1<<31-1 || e64.Bit(0) == 0 {
		return errors.New("exponent is not an odd number of 3 to 2^31-1")
	}
	if modulus.Bit(0) == 0 {
		return errors.New("modulus is even")
	}
	if showsROCA(modulus) {
		return errors.New("modulus shows the ROCA weakness")
	}
	k.rsa = &rsa.PublicKey{N: modulus, E: int(e64.Int64())}
	return nil
}

func (k *key) readEC(e entry) error {
	switch e.fields["crv"] {
	case "P-256":
		k.curve = elliptic.P256()
	case "P-384":
		k.curve = elliptic.P384()
	case "P-521":
		k.curve = elliptic.P521()
	default:
		return errors.New("unknown curve")
	}
	size := (k.curve.Params().BitSize + 7) / 8
	point := []byte{4} // uncompressed
	for _, name := range []string{"x", "y"} {
		b := e.bytes(name)
		if len(b) != size {
			return fmt.Errorf("coordinate %q is %d bytes, need %d", name, len(b), size)
		}
		point = append(point, b...)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(k.curve, point)
	if err != nil {
		return errors.New("point is not on the curve")
	}
	k.ec = pub
	return nil
}

func (k *key) readOKP(e entry) error {
	if e.fields["crv"] != "Ed25519" {
		return errors.New("unknown curve")
	}
	x := e.bytes("x")
	if len(x) != ed25519.PublicKeySize {
		return fmt.Errorf("coordinate \"x\" is %d bytes, need %d", len(x), ed25519.PublicKeySize)
	}
	k.ed25519 = x
	return nil
}
