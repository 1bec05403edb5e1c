package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

func TestSignatureConfigRefused(t *testing.T) {
	t.Parallel()
	good := func() auth.SignatureConfig {
		return auth.SignatureConfig{Scheme: auth.StripeSignature(), Secrets: auth.FixedSecrets(hookSecret)}
	}
	change := func(f func(*auth.SignatureConfig)) auth.SignatureConfig {
		cfg := good()
		f(&cfg)
		return cfg
	}
	scheme := func(f func(*auth.SignatureScheme)) auth.SignatureConfig {
		return change(func(c *auth.SignatureConfig) { f(&c.Scheme) })
	}
	standard := auth.StandardWebhooksSignature()
	zeroKey := make(ed25519.PublicKey, ed25519.PublicKeySize)
	tests := []struct {
		name string
		cfg  auth.SignatureConfig
	}{
		{"zero value", auth.SignatureConfig{}},
		{"no key", auth.SignatureConfig{Scheme: auth.GitHubSignature()}},
		{"no values", auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets()}},
		{"empty secret", auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets("")}},
		{"empty secret though weak ones are allowed", auth.SignatureConfig{
			Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(""), AllowWeak: true,
		}},
		{"blank secret", auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(strings.Repeat(" ", 32))}},
		{"blank secret of several kinds of space", auth.SignatureConfig{
			Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(strings.Repeat(" \t\r\n", 8)), AllowWeak: true,
		}},
		{"one byte repeated", auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(strings.Repeat("\x00", 32))}},
		{"15 bytes", auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret[:15])}},
		{"second value weak", auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret, "short")}},
		{"secret not base64", auth.SignatureConfig{Scheme: standard, Secrets: auth.FixedSecrets("whsec_not base64 at all")}},
		{"15 bytes behind base64", auth.SignatureConfig{
			Scheme: standard, Secrets: auth.FixedSecrets("whsec_" + base64.StdEncoding.EncodeToString([]byte(hookSecret[:15]))),
		}},
		{"prefix without key", auth.SignatureConfig{Scheme: standard, Secrets: auth.FixedSecrets("whsec_"), AllowWeak: true}},
		{"public key too short", auth.SignatureConfig{Scheme: standard, PublicKeys: []ed25519.PublicKey{zeroKey[:31]}}},
		{"public key all zero", auth.SignatureConfig{Scheme: standard, PublicKeys: []ed25519.PublicKey{zeroKey}}},
		{"public key for a scheme without", change(func(c *auth.SignatureConfig) { c.PublicKeys = []ed25519.PublicKey{zeroKey} })},
		{"negative past", change(func(c *auth.SignatureConfig) { c.Past = -time.Second })},
		{"negative future", change(func(c *auth.SignatureConfig) { c.Future = -time.Second })},
		{"no name", scheme(func(s *auth.SignatureScheme) { s.Name = "" })},
		{"no header", scheme(func(s *auth.SignatureScheme) { s.Headers = nil })},
		{"no layout", scheme(func(s *auth.SignatureScheme) { s.Layout = 0 })},
		{"no encoding", scheme(func(s *auth.SignatureScheme) { s.Encoding = 0 })},
		{"no form of keys", scheme(func(s *auth.SignatureScheme) { s.Keys = 0 })},
		{"no version", scheme(func(s *auth.SignatureScheme) { s.Versions = nil })},
		{"no algorithm", scheme(func(s *auth.SignatureScheme) { s.Versions = []auth.SignatureVersion{{Tag: "v1"}} })},
		{"tag twice", scheme(func(s *auth.SignatureScheme) { s.Versions = append(s.Versions, s.Versions[0]) })},
		{"tag is the timestamp", scheme(func(s *auth.SignatureScheme) { s.Versions[0].Tag = "t" })},
		{"tag with an equals sign", scheme(func(s *auth.SignatureScheme) { s.Versions[0].Tag = "v=" })},
		{"header with underscore", scheme(func(s *auth.SignatureScheme) { s.Headers[0].Signature = "Stripe_Signature" })},
		{"header for a time among pairs", scheme(func(s *auth.SignatureScheme) { s.Headers[0].Timestamp = "X-Time" })},
		{"time is not signed", scheme(func(s *auth.SignatureScheme) { s.Content = "{body}" })},
		{"body is not signed", scheme(func(s *auth.SignatureScheme) { s.Content = "{ts}." })},
		{"body is not last", scheme(func(s *auth.SignatureScheme) { s.Content = "{body}.{ts}" })},
		{"nothing between time and body", scheme(func(s *auth.SignatureScheme) { s.Content = "{ts}{body}" })},
		{"a digit between time and body", scheme(func(s *auth.SignatureScheme) { s.Content = "{ts}0{body}" })},
		{"unknown place", scheme(func(s *auth.SignatureScheme) { s.Content = "{ts}.{url}.{body}" })},
		{"place twice", scheme(func(s *auth.SignatureScheme) { s.Content = "{ts}.{ts}.{body}" })},
		{"open brace", scheme(func(s *auth.SignatureScheme) { s.Content = "{ts}.{body" })},
		{"id without header", scheme(func(s *auth.SignatureScheme) { s.Content = "{id}.{ts}.{body}" })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, err := auth.NewSignatureVerifier(tt.cfg)
			if err == nil || v != nil {
				t.Fatalf("verifier %v, error %v; want it refused", v, err)
			}
			for _, secret := range []string{hookSecret[:15], "not base64 at all"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error %q shows the secret", err)
				}
			}
		})
	}
	if _, err := auth.NewSignatureVerifier(good()); err != nil {
		t.Errorf("the unchanged configuration is refused: %v", err)
	}
}

func TestSignatureSignerConfigRefused(t *testing.T) {
	t.Parallel()
	_, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	secret := auth.NewSecret(hookSecret)
	tests := []struct {
		name string
		cfg  auth.SignatureSignerConfig
	}{
		{"zero value", auth.SignatureSignerConfig{}},
		{"no key", auth.SignatureSignerConfig{Scheme: auth.GitHubSignature()}},
		{"key pair for a scheme without", auth.SignatureSignerConfig{Scheme: auth.GitHubSignature(), PrivateKey: priv}},
		{"short private key", auth.SignatureSignerConfig{Scheme: auth.StandardWebhooksSignature(), PrivateKey: priv[:32]}},
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
	both := auth.SignatureSignerConfig{Scheme: auth.StandardWebhooksSignature(), Secret: auth.NewSecret(encoded), PrivateKey: priv}
	signers := []auth.SignatureSignerConfig{
		{Scheme: auth.GitHubSignature(), Secret: auth.NewSecret(hookSecret)},
		{Scheme: auth.StripeSignature(), Secret: auth.NewSecret("whsec_" + hookSecret)},
		{Scheme: auth.ShopifySignature(), Secret: auth.NewSecret(hookSecret)},
		{Scheme: auth.PlainSignature("X-Signature"), Secret: auth.NewSecret(hookSecret)},
		{Scheme: slackLike(), Secret: auth.NewSecret(hookSecret)},
		both,
	}
	verifierFor := func(cfg auth.SignatureSignerConfig) *auth.SignatureVerifier {
		vc := auth.SignatureConfig{Scheme: cfg.Scheme, Secrets: auth.FixedSecrets(string(cfg.Secret.Bytes())), Now: clockAt(hookTime)}
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

func TestSignedMessage(t *testing.T) {
	t.Parallel()
	var events []auth.Event
	encode := func(s string) string { return "whsec_" + base64.StdEncoding.EncodeToString([]byte(s)) }
	current, previous := encode("the-current-key-of-the-hook"), encode("the-previous-key-of-the-hook")
	v := signatureVerifier(t, auth.SignatureConfig{
		Scheme: auth.StandardWebhooksSignature(), Subject: "shop", Secrets: auth.FixedSecrets(current, previous),
		Now: clockAt(hookTime), Observe: func(e auth.Event) { events = append(events, e) },
	})
	for i, key := range []string{current, previous} {
		s, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{
			Scheme: auth.StandardWebhooksSignature(), Secret: auth.NewSecret(key),
			Now: clockAt(hookTime - 7), NewID: func() string { return "msg_9" },
		})
		if err != nil {
			t.Fatal(err)
		}
		r := (vector{body: hookBody}).request(t.Context())
		if err := s.Sign(r, []byte(hookBody)); err != nil {
			t.Fatal(err)
		}
		msg, err := v.Message(r)
		if err != nil {
			t.Fatal(err)
		}
		if msg.ID != "msg_9" || !msg.Time.Equal(time.Unix(hookTime-7, 0)) || msg.KeyIndex != i || msg.KeyLabel != fmt.Sprint(i+1) {
			t.Errorf("message %+v", msg)
		}
		if id, err := v.Verify(r); err != nil || id.Subject != "shop" {
			t.Errorf("identity %+v, %v: it must not change with the key", id, err)
		}
	}
	if len(events) != 2 || events[0] != (auth.Event{Name: auth.EventOldSecret, Scheme: "signature", Label: "2"}) {
		t.Errorf("events %+v, want two of the previous key", events)
	}
}

func TestSignatureSecretUnavailable(t *testing.T) {
	t.Parallel()
	v := signatureVerifier(t, auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: downSource{}})
	r := (vector{headers: map[string]string{"X-Hub-Signature-256": "sha256=" + strings.Repeat("0", 64)}, body: hookBody}).request(t.Context())
	if _, err := v.Verify(r); refusalOf(t, err).Status != http.StatusServiceUnavailable {
		t.Errorf("error %v, want 503", err)
	}
}
