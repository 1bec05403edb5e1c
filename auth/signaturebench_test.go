package auth_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

// BenchmarkSignature verifies a body of 4 KiB by each scheme, beside the cost
// of the bare primitive over the same bytes.
func BenchmarkSignature(b *testing.B) {
	body := []byte(strings.Repeat(`{"event":"push"}`, 256))
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	whsec := "whsec_" + base64.StdEncoding.EncodeToString([]byte(hookSecret))
	ed := auth.StandardWebhooksSignature()
	ed.Name += "-ed25519"
	for _, cfg := range []auth.SignatureSignerConfig{
		{Scheme: auth.GitHubSignature(), Secret: auth.NewSecret(hookSecret)},
		{Scheme: auth.StripeSignature(), Secret: auth.NewSecret(hookSecret)},
		{Scheme: auth.ShopifySignature(), Secret: auth.NewSecret(hookSecret)},
		{Scheme: auth.StandardWebhooksSignature(), Secret: auth.NewSecret(whsec)},
		{Scheme: ed, PrivateKey: priv},
	} {
		cfg.Now = clockAt(hookTime)
		s, err := auth.NewSignatureSigner(cfg)
		if err != nil {
			b.Fatal(err)
		}
		vc := auth.SignatureConfig{Scheme: cfg.Scheme, Now: cfg.Now}
		if cfg.PrivateKey != nil {
			vc.PublicKeys = []ed25519.PublicKey{pub}
		} else {
			vc.Secrets = auth.FixedSecrets(string(cfg.Secret.Bytes()))
		}
		v := signatureVerifier(b, vc)
		r := (vector{}).request(b.Context())
		if err := s.Sign(r, body); err != nil {
			b.Fatal(err)
		}
		b.Run(cfg.Scheme.Name, func(b *testing.B) { verifyBody(b, v, r, body) })
	}
	key := []byte(hookSecret)
	b.Run("primitive-hmac", func(b *testing.B) {
		want := macOf(hookSecret, string(body))
		b.ReportAllocs()
		for b.Loop() {
			mac := hmac.New(sha256.New, key)
			mac.Write(body)
			if !hmac.Equal(mac.Sum(nil), want) {
				b.Fatal("mismatch")
			}
		}
	})
	b.Run("primitive-ed25519", func(b *testing.B) {
		sig := ed25519.Sign(priv, body)
		for b.Loop() {
			if !ed25519.Verify(pub, body, sig) {
				b.Fatal("mismatch")
			}
		}
	})
}

// BenchmarkSignatureKeys: of several keys it must not show which one matched.
func BenchmarkSignatureKeys(b *testing.B) {
	body := []byte(hookBody)
	keys := make([]string, 4)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s-%d", hookSecret, i)
	}
	v := signatureVerifier(b, auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(keys...)})
	for _, i := range []int{0, 3} {
		s, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{Scheme: auth.GitHubSignature(), Secret: auth.NewSecret(keys[i])})
		if err != nil {
			b.Fatal(err)
		}
		r := (vector{}).request(b.Context())
		if err := s.Sign(r, body); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("key-%d-of-4", i+1), func(b *testing.B) { verifyBody(b, v, r, body) })
	}
}

func verifyBody(b *testing.B, v auth.Verifier, r *http.Request, body []byte) {
	b.ReportAllocs()
	for b.Loop() {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}
