package auth_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

// FuzzSignatureHeader puts any text in the headers of a signed message. What
// is accepted must contain the one good signature, and the signed time and id.
func FuzzSignatureHeader(f *testing.F) {
	ts := fmt.Sprint(hookTime)
	key := []byte(hookSecret)
	github := hex.EncodeToString(macOf(hookSecret, hookBody))
	stripe := hex.EncodeToString(macOf(hookSecret, ts+"."+hookBody))
	standard := base64.StdEncoding.EncodeToString(macOf(hookSecret, "m1."+ts+"."+hookBody))
	f.Add("sha256="+github, "", "")
	f.Add("t="+ts+",v1="+stripe, "", "")
	f.Add("t="+ts+",v0=1,v1="+strings.Repeat("0", 64)+",v1="+stripe, "", "")
	f.Add("v1,"+standard+" v1a,x", ts, "m1")
	f.Add("", "", "")

	verify := func(t *testing.T, scheme auth.SignatureScheme, secret string, headers map[string]string) bool {
		v := signatureVerifier(t, auth.SignatureConfig{Scheme: scheme, Secrets: auth.FixedSecrets(secret), Now: clockAt(hookTime)})
		r := (vector{body: hookBody}).request(t.Context())
		for name, value := range headers {
			r.Header[name] = []string{value}
		}
		_, err := v.Verify(r)
		return err == nil
	}
	f.Fuzz(func(t *testing.T, sig, time, id string) {
		lower := strings.ToLower(sig)
		if verify(t, auth.GitHubSignature(), hookSecret, map[string]string{"X-Hub-Signature-256": sig}) && lower != "sha256="+github {
			t.Errorf("github accepted %q", sig)
		}
		if verify(t, auth.StripeSignature(), hookSecret, map[string]string{"Stripe-Signature": sig}) &&
			(!strings.Contains(lower, "v1="+stripe) || !strings.Contains(sig, "t="+ts)) {
			t.Errorf("stripe accepted %q", sig)
		}
		whsec := "whsec_" + base64.StdEncoding.EncodeToString(key)
		headers := map[string]string{"Webhook-Signature": sig, "Webhook-Timestamp": time, "Webhook-Id": id}
		if verify(t, auth.StandardWebhooksSignature(), whsec, headers) && (!strings.Contains(sig, "v1,"+standard) || time != ts || id != "m1") {
			t.Errorf("standard webhooks accepted %q, %q, %q", sig, time, id)
		}
	})
}

// FuzzSignatureContent takes any template. What is accepted must sign every
// part of the message: the signer and the verifier agree on it, and a message
// whose bytes are split in another way is refused.
func FuzzSignatureContent(f *testing.F) {
	for _, s := range []string{"{body}", "{ts}.{body}", "v0:{ts}:{body}", "{id}.{ts}.{body}", "{id}{body}", "}{body}", "{{ts}}.{body}", "{body}{body}"} {
		f.Add(s, "1234567890."+hookBody)
	}
	f.Fuzz(func(t *testing.T, content, body string) {
		scheme := slackLike()
		scheme.Content = content
		if !strings.Contains(content, "{ts}") {
			scheme.Headers[0].Timestamp = ""
		}
		if strings.Contains(content, "{id}") {
			scheme.Headers[0].ID = "X-Id"
		}
		v, err := auth.NewSignatureVerifier(auth.SignatureConfig{Scheme: scheme, Secrets: auth.FixedSecrets(hookSecret), Now: clockAt(hookTime)})
		if err != nil {
			return
		}
		s, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{Scheme: scheme, Secret: auth.NewSecret(hookSecret), Now: clockAt(hookTime)})
		if err != nil {
			t.Fatalf("verifier without a signer: %v", err)
		}
		r := (vector{body: body}).request(t.Context())
		if err := s.Sign(r, []byte(body)); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(r); err != nil {
			t.Fatalf("content %q: %v", content, err)
		}
		for i := 1; i < min(len(body), 20); i++ {
			moved := (vector{body: body[i:]}).request(t.Context())
			moved.Header = r.Header.Clone()
			for _, name := range []string{"X-Slack-Request-Timestamp", "X-Id"} {
				if value := r.Header.Get(name); value != "" {
					moved.Header.Set(name, value+body[:i])
					if _, err := v.Verify(moved); err == nil {
						t.Errorf("content %q: %d bytes moved into %s were accepted", content, i, name)
					}
					moved.Header.Set(name, value)
				}
			}
		}
	})
}
