package jose_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/jose"
)

// BenchmarkRS256 sets the whole of reading and verifying a token beside the
// verification of its signature alone.
func BenchmarkRS256(b *testing.B) {
	key := jose.SigningKey{ID: "6c1a1d7d0c3e4f5b", Algorithm: jose.RS256, Signer: rsaKey()}
	payload := `{"aud":"https://hooks.example.com/webhook","azp":"112233445566778899001","email":"service-123456789012@gcp-sa-dialogflow.iam.gserviceaccount.com",` +
		`"email_verified":true,"exp":1800003600,"iat":1800000000,"iss":"https://accounts.google.com","sub":"112233445566778899001"}`
	token, err := key.Sign("JWT", []byte(payload))
	if err != nil {
		b.Fatal(err)
	}
	jwks, err := jose.PublicKeys(key)
	if err != nil {
		b.Fatal(err)
	}
	set, _, err := jose.ParsePublicKeys(jwks)
	if err != nil {
		b.Fatal(err)
	}
	policy := jose.Policy{Algorithms: []jose.Algorithm{jose.RS256}}
	b.Run("primitive", func(b *testing.B) {
		end := strings.LastIndexByte(token, '.')
		sig, err := base64.RawURLEncoding.DecodeString(token[end+1:])
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			digest := sha256.Sum256([]byte(token[:end]))
			if err := rsa.VerifyPKCS1v15(&rsaKey().PublicKey, crypto.SHA256, digest[:], sig); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("token", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tok, err := jose.Parse(token, policy)
			if err != nil {
				b.Fatal(err)
			}
			if err := set.Verify(tok); err != nil {
				b.Fatal(err)
			}
			if _, err := jose.ParseClaims(tok.Payload); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("claims", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := jose.ParseClaims([]byte(payload)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
