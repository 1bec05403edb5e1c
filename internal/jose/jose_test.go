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
