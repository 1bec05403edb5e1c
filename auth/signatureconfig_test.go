package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
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
	goodKey, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	ed := auth.PlainSignature("X-Ed25519")
	ed.Versions[0].Algorithm = auth.Ed25519
	plain := func(f func(*auth.SignatureScheme)) auth.SignatureConfig {
		c := auth.SignatureConfig{Scheme: auth.PlainSignature("X-Mac"), Secrets: auth.FixedSecrets(hookSecret)}
		f(&c.Scheme)
		return c
	}
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
		{"junk behind base64", auth.SignatureConfig{
			Scheme: standard, Secrets: auth.FixedSecrets("whsec_" + base64.StdEncoding.EncodeToString([]byte(hookSecret+"0")) + "!"),
		}},
		{"15 bytes behind base64", auth.SignatureConfig{
			Scheme: standard, Secrets: auth.FixedSecrets("whsec_" + base64.StdEncoding.EncodeToString([]byte(hookSecret[:15]))),
		}},
		{"prefix without key", auth.SignatureConfig{Scheme: standard, Secrets: auth.FixedSecrets("whsec_"), AllowWeak: true}},
		{"public key too short", auth.SignatureConfig{Scheme: standard, PublicKeys: []ed25519.PublicKey{goodKey[:31]}}},
		{"public key all zero", auth.SignatureConfig{Scheme: standard, PublicKeys: []ed25519.PublicKey{zeroKey}}},
		{"public key for a scheme without", change(func(c *auth.SignatureConfig) { c.PublicKeys = []ed25519.PublicKey{goodKey} })},
		{"secret for a scheme without", auth.SignatureConfig{Scheme: ed, PublicKeys: []ed25519.PublicKey{goodKey}, Secrets: auth.FixedSecrets(hookSecret)}},
		{"source that fails for good", auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.JoinSecrets(nil)}},
		{"negative body limit", change(func(c *auth.SignatureConfig) { c.MaxBodyBytes = -1 })},
		{"no layout of a plain scheme", plain(func(s *auth.SignatureScheme) { s.Layout = 0 })},
		{"unknown layout of a plain scheme", plain(func(s *auth.SignatureScheme) { s.Layout = 9 })},
		{"no layout of a list", func() auth.SignatureConfig {
			s := auth.StandardWebhooksSignature()
			s.Layout = 0
			return auth.SignatureConfig{Scheme: s, PublicKeys: []ed25519.PublicKey{goodKey}}
		}()},
		{"unknown layout of a list", func() auth.SignatureConfig {
			s := auth.StandardWebhooksSignature()
			s.Layout = 9
			return auth.SignatureConfig{Scheme: s, PublicKeys: []ed25519.PublicKey{goodKey}}
		}()},
		{"two versions in a single signature", plain(func(s *auth.SignatureScheme) {
			s.Versions = append(s.Versions, auth.SignatureVersion{Tag: "v2", Algorithm: auth.HMACSHA256})
		})},
		{"no version of a plain scheme", plain(func(s *auth.SignatureScheme) { s.Versions = nil })},
		{"no header name", plain(func(s *auth.SignatureScheme) { s.Headers[0].Signature = "" })},
		{"no form of keys, and a secret that any form takes", auth.SignatureConfig{
			Scheme:  func() auth.SignatureScheme { s := auth.PlainSignature("X-Mac"); s.Keys = 0; return s }(),
			Secrets: auth.FixedSecrets(base64.StdEncoding.EncodeToString([]byte(hookSecret))),
		}},
		{"second version without algorithm", scheme(func(s *auth.SignatureScheme) {
			s.Versions = append(s.Versions, auth.SignatureVersion{Tag: "v2"})
		})},
		{"negative past", change(func(c *auth.SignatureConfig) { c.Past = -time.Second })},
		{"negative future", change(func(c *auth.SignatureConfig) { c.Future = -time.Second })},
		{"no name", scheme(func(s *auth.SignatureScheme) { s.Name = "" })},
		{"no header", scheme(func(s *auth.SignatureScheme) { s.Headers = nil })},
		{"no layout", scheme(func(s *auth.SignatureScheme) { s.Layout = 0 })},
		{"no encoding", scheme(func(s *auth.SignatureScheme) { s.Encoding = 0 })},
		{"unknown encoding", scheme(func(s *auth.SignatureScheme) { s.Encoding = 3 })},
		{"one header for two things", func() auth.SignatureConfig {
			s := auth.StandardWebhooksSignature()
			s.Headers[0].ID = "webhook-timestamp"
			return auth.SignatureConfig{Scheme: s, PublicKeys: []ed25519.PublicKey{goodKey}}
		}()},
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
		{"no content", plain(func(s *auth.SignatureScheme) { s.Content = "" })},
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

// changingSource is a source of one's own that turns bad behind the start.
type changingSource struct{ list []auth.Secret }

func (c *changingSource) Secrets() ([]auth.Secret, error) { return c.list, nil }

// TestSignatureEmptyKeyLater: whatever a source hands out, nothing is accepted
// under an empty key.
func TestSignatureEmptyKeyLater(t *testing.T) {
	t.Parallel()
	src := &changingSource{list: []auth.Secret{auth.NewSecret(hookSecret)}}
	v := signatureVerifier(t, auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: src})
	forged := "sha256=" + hex.EncodeToString(macOf("", hookBody))
	for _, list := range [][]auth.Secret{{auth.NewSecret("")}, {{}}, {}, nil} {
		src.list = list
		r := (vector{headers: map[string]string{"X-Hub-Signature-256": forged}, body: hookBody}).request(t.Context())
		if _, err := v.Verify(r); refusalOf(t, err).Status != http.StatusUnauthorized {
			t.Errorf("%d values: %v", len(list), err)
		}
	}
	src.list = []auth.Secret{auth.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}
	v = signatureVerifier(t, auth.SignatureConfig{Scheme: auth.StandardWebhooksSignature(), Secrets: src, Now: clockAt(hookTime)})
	ts := fmt.Sprint(hookTime)
	forged = "v1," + base64.StdEncoding.EncodeToString(macOf("", "m1."+ts+"."+hookBody))
	for _, value := range []string{"whsec_", ""} {
		src.list = []auth.Secret{auth.NewSecret(value)}
		r := (vector{body: hookBody}).request(t.Context())
		standard{"m1", ts, forged}.edit("webhook-")(r)
		if _, err := v.Verify(r); refusalOf(t, err).Status != http.StatusUnauthorized {
			t.Errorf("secret %q: %v", value, err)
		}
	}
}

func TestSignerRefusesIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "a.b", "a b", strings.Repeat("a", 257)} {
		s, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{
			Scheme: auth.StandardWebhooksSignature(), Secret: auth.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
			NewID: func() string { return id },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Sign((vector{}).request(t.Context()), nil); err == nil {
			t.Errorf("id %q was signed, and no receiver takes it", id)
		}
	}
}

func TestParseSignaturePublicKey(t *testing.T) {
	t.Parallel()
	pub, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString(pub)
	for _, good := range []string{text, "whpk_" + text} {
		if key, err := auth.ParseSignaturePublicKey(good); err != nil || !key.Equal(pub) {
			t.Errorf("%q: %v", good, err)
		}
	}
	for name, bad := range map[string]string{
		"empty": "", "prefix alone": "whpk_", "another prefix": "whsec_" + text, "no padding": strings.TrimRight(text, "="),
		"junk behind": text + "!", "31 bytes": base64.StdEncoding.EncodeToString(pub[:31]), "URL alphabet": "-_-_" + text[4:],
	} {
		if key, err := auth.ParseSignaturePublicKey(bad); err == nil {
			t.Errorf("%s: key %x", name, key)
		}
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
