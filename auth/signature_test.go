package auth_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

func signatureVerifier(tb testing.TB, cfg auth.SignatureConfig) *auth.SignatureVerifier {
	tb.Helper()
	v, err := auth.NewSignatureVerifier(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func clockAt(sec int64) func() time.Time { return func() time.Time { return time.Unix(sec, 0) } }

func refusalOf(tb testing.TB, err error) *auth.Refusal {
	tb.Helper()
	var f *auth.Refusal
	if !errors.As(err, &f) {
		tb.Fatalf("error %v (%T), want a refusal", err, err)
	}
	return f
}

const (
	hookSecret = "a-secret-of-the-hook-0123456789"
	hookBody   = `{"event":"push","ref":"refs/heads/main"}`
	hookTime   = 1_700_000_000
)

func macOf(key, content string) []byte {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(content))
	return m.Sum(nil)
}

func set(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func TestGitHubSignature(t *testing.T) {
	t.Parallel()
	const name = "X-Hub-Signature-256"
	good := "sha256=" + hex.EncodeToString(macOf(hookSecret, hookBody))
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(signatureVerifier(t, auth.SignatureConfig{
			Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret),
		})),
		Good: set(name, good), Canaries: []string{hookSecret}, Body: hookBody,
	})
	site.Accepted(t, set(name, "sha256="+strings.ToUpper(good[len("sha256="):])))

	body := func(b string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set(name, good)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(b)), int64(len(b))
		}
	}
	tests := []struct {
		name   string
		reason string
		edit   func(*http.Request)
	}{
		{"no header", "no_credential", func(*http.Request) {}},
		{"empty header", "no_credential", set(name, "")},
		{"twice", "duplicate_header", set(name, good, good)},
		{"one body byte changed", "credential_mismatch", body(strings.Replace(hookBody, "push", "pusH", 1))},
		{"newline added to the body", "credential_mismatch", body(hookBody + "\n")},
		{"byte order mark before the body", "credential_mismatch", body("\ufeff" + hookBody)},
		{"indented body of the same JSON", "credential_mismatch", body(strings.ReplaceAll(hookBody, ":", ": "))},
		{"upper-case prefix", "malformed_credential", set(name, strings.Replace(good, "sha256", "SHA256", 1))},
		{"colon for the equals sign", "malformed_credential", set(name, strings.Replace(good, "=", ":", 1))},
		{"no prefix", "malformed_credential", set(name, good[len("sha256="):])},
		{"SHA-1", "malformed_credential", set(name, "sha1="+good[len("sha256="):][:40])},
		{"truncated to 128 bits", "malformed_credential", set(name, good[:len("sha256=")+32])},
		{"empty tag", "malformed_credential", set(name, "sha256=")},
		{"odd hex", "malformed_credential", set(name, good[:len(good)-1])},
		{"extra byte", "malformed_credential", set(name, good+"00")},
		{"mixed case", "malformed_credential", set(name, "sha256=aA"+good[len("sha256=")+2:])},
		{"two joined by a comma", "malformed_credential", set(name, good+","+good)},
		{"not hex", "malformed_credential", set(name, "sha256="+strings.Repeat("g", 64))},
		{"another header", "no_credential", set("X-Hub-Signature", good)},
		{"underscores", "no_credential", func(r *http.Request) { r.Header["X_Hub_Signature_256"] = []string{good} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: http.StatusUnauthorized, Reason: tt.reason}, tt.edit)
		})
	}
	t.Run("blank before the prefix", func(t *testing.T) {
		r := (vector{headers: map[string]string{name: " " + good}, body: hookBody}).request(t.Context())
		v := signatureVerifier(t, auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret)})
		if _, err := v.Verify(r); refusalOf(t, err).Reason != auth.ReasonMalformed {
			t.Errorf("error %v", err)
		}
	})
}

func TestSignatureOverRawBytes(t *testing.T) {
	t.Parallel()
	form := "payload=%7B%22zen%22%3A%22a%20b%22%7D"
	var zipped bytes.Buffer
	fmt.Fprintf(&zipped, "\x1f\x8b\x08\x00%s", "not even gzip")
	tests := []struct {
		name, body, contentType, encoding string
	}{
		{"a form is signed as it is encoded", form, "application/x-www-form-urlencoded", ""},
		{"a content encoding stays on", zipped.String(), "application/json", "gzip"},
		{"no JSON at all", "\xff\xfe{", "application/json", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			site := refusal.New(t, refusal.Config{
				Guard: guardBy(signatureVerifier(t, auth.SignatureConfig{
					Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret),
				})),
				Body: tt.body,
			})
			site.Accepted(t, func(r *http.Request) {
				r.Header.Set("Content-Type", tt.contentType)
				if tt.encoding != "" {
					r.Header.Set("Content-Encoding", tt.encoding)
				}
				r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(macOf(hookSecret, tt.body)))
			})
		})
	}
}

func TestShopifySignature(t *testing.T) {
	t.Parallel()
	const name = "X-Shopify-Hmac-Sha256"
	good := base64.StdEncoding.EncodeToString(macOf(hookSecret, hookBody))
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(signatureVerifier(t, auth.SignatureConfig{
			Scheme: auth.ShopifySignature(), Secrets: auth.FixedSecrets(hookSecret),
		})),
		Good: set(name, good), Canaries: []string{hookSecret}, Body: hookBody,
	})
	tests := []struct {
		name, reason, value string
	}{
		{"no padding", "malformed_credential", strings.TrimRight(good, "=")},
		{"two of padding", "malformed_credential", good + "="},
		{"31 bytes", "malformed_credential", strings.Repeat("A", 42) + "=="},
		{"33 bytes", "malformed_credential", strings.Repeat("A", 44)},
		{"bits behind the last byte", "malformed_credential", strings.Repeat("A", 42) + "B="},
		{"hex", "malformed_credential", hex.EncodeToString(macOf(hookSecret, hookBody))},
		{"other secret", "credential_mismatch", base64.StdEncoding.EncodeToString(macOf("other", hookBody))},
		{"empty message", "credential_mismatch", base64.StdEncoding.EncodeToString(macOf(hookSecret, ""))},
		{"a quarter of the tag", "malformed_credential", base64.StdEncoding.EncodeToString(macOf(hookSecret, hookBody)[:8])},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: http.StatusUnauthorized, Reason: tt.reason}, set(name, tt.value))
		})
	}
	t.Run("line end inside", func(t *testing.T) {
		v := signatureVerifier(t, auth.SignatureConfig{Scheme: auth.ShopifySignature(), Secrets: auth.FixedSecrets(hookSecret)})
		for _, value := range []string{good[:20] + "\n" + good[20:], good[:20] + "\r\n" + good[20:], good + "\n"} {
			r := (vector{headers: map[string]string{name: value}, body: hookBody}).request(t.Context())
			if _, err := v.Verify(r); refusalOf(t, err).Reason != auth.ReasonMalformed {
				t.Errorf("%q: error %v", value, err)
			}
		}
	})
}
