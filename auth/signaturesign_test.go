package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

func TestSignatureSignerConfigRefused(t *testing.T) {
	t.Parallel()
	_, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	secret := auth.NewSecret(hookSecret)
	ed := auth.PlainSignature("X-Ed25519")
	ed.Versions[0].Algorithm = auth.Ed25519
	noLayout := auth.PlainSignature("X-Mac")
	noLayout.Layout = 0
	tests := []struct {
		name string
		cfg  auth.SignatureSignerConfig
	}{
		{"zero value", auth.SignatureSignerConfig{}},
		{"no key", auth.SignatureSignerConfig{Scheme: auth.GitHubSignature()}},
		{"broken scheme", auth.SignatureSignerConfig{Scheme: noLayout, Secret: secret}},
		{"secret for a scheme without", auth.SignatureSignerConfig{Scheme: ed, Secret: secret, PrivateKey: priv}},
		{"key pair for a scheme without", auth.SignatureSignerConfig{Scheme: auth.GitHubSignature(), PrivateKey: priv}},
		{"short private key", auth.SignatureSignerConfig{Scheme: auth.StandardWebhooksSignature(), PrivateKey: priv[:32]}},
		{"prefix without secret", auth.SignatureSignerConfig{Scheme: auth.StandardWebhooksSignature(), Secret: auth.NewSecret("whsec_")}},
		{"secret that is not base64", auth.SignatureSignerConfig{Scheme: auth.StandardWebhooksSignature(), Secret: secret}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := auth.NewSignatureSigner(tt.cfg); err == nil || strings.Contains(err.Error(), hookSecret) {
				t.Errorf("error %v, want one without the secret", err)
			}
		})
	}
}

// slackLike is a scheme that no preset has: a header of its own for the time,
// and text around the places.
func slackLike() auth.SignatureScheme {
	s := auth.PlainSignature("X-Slack-Signature")
	s.Headers[0].Timestamp = "X-Slack-Request-Timestamp"
	s.Versions[0].Tag = "v0="
	s.Content = "v0:{ts}:{body}"
	return s
}

// TestSignersAndVerifiersAgree signs by each preset, and by schemes of one's
// own, what the verifier of the same scheme accepts and all others refuse.
func TestSignersAndVerifiersAgree(t *testing.T) {
	t.Parallel()
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	encoded := "whsec_" + base64.StdEncoding.EncodeToString([]byte(hookSecret))
	ed := auth.PlainSignature("X-Ed25519")
	ed.Name, ed.Versions[0].Algorithm = "ed25519", auth.Ed25519
	both := auth.SignatureSignerConfig{Scheme: auth.StandardWebhooksSignature(), Secret: auth.NewSecret(encoded), PrivateKey: priv}
	signers := []auth.SignatureSignerConfig{
		{Scheme: auth.GitHubSignature(), Secret: auth.NewSecret(hookSecret)},
		{Scheme: auth.StripeSignature(), Secret: auth.NewSecret("whsec_" + hookSecret)},
		{Scheme: auth.ShopifySignature(), Secret: auth.NewSecret(hookSecret)},
		{Scheme: auth.PlainSignature("X-Signature"), Secret: auth.NewSecret(hookSecret)},
		{Scheme: slackLike(), Secret: auth.NewSecret(hookSecret)},
		{Scheme: ed, PrivateKey: priv},
		both,
	}
	verifierFor := func(cfg auth.SignatureSignerConfig) *auth.SignatureVerifier {
		vc := auth.SignatureConfig{Scheme: cfg.Scheme, Now: clockAt(hookTime)}
		if cfg.Secret.Len() > 0 {
			vc.Secrets = auth.FixedSecrets(string(cfg.Secret.Bytes()))
		}
		if cfg.PrivateKey != nil {
			vc.PublicKeys = []ed25519.PublicKey{pub}
		}
		return signatureVerifier(t, vc)
	}
	for i, cfg := range signers {
		t.Run(cfg.Scheme.Name, func(t *testing.T) {
			t.Parallel()
			cfg.Now = clockAt(hookTime)
			s, err := auth.NewSignatureSigner(cfg)
			if err != nil {
				t.Fatal(err)
			}
			for j, other := range signers {
				r := (vector{body: hookBody}).request(t.Context())
				if err := s.Sign(r, []byte(hookBody)); err != nil {
					t.Fatal(err)
				}
				msg, err := verifierFor(other).Message(r)
				if (err == nil) != (i == j) {
					t.Errorf("signed by %s, verified by %s: %v", cfg.Scheme.Name, other.Scheme.Name, err)
				}
				if err == nil && string(msg.Body) != hookBody {
					t.Errorf("message body %q", msg.Body)
				}
			}
		})
	}
}
