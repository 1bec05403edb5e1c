package auth_test

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

// vector is a request with a signature that others have published.
type vector struct {
	name    string
	cfg     auth.SignatureConfig
	headers map[string]string
	body    string
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// vectors returns the published vectors: those of the presets, and those of
// RFC 4231 (HMAC-SHA256) and RFC 8032 (ed25519) for the primitives.
func vectors(tb testing.TB) []vector {
	ed := auth.PlainSignature("X-Ed25519")
	ed.Versions = []auth.SignatureVersion{{Tag: "", Algorithm: auth.Ed25519}}
	list := []vector{
		{
			name:    "github",
			cfg:     auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets("It's a Secret to Everybody")},
			headers: map[string]string{"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
			body:    "Hello, World!",
		},
		{
			name: "standard webhooks",
			cfg: auth.SignatureConfig{
				Scheme:  auth.StandardWebhooksSignature(),
				Secrets: auth.FixedSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
				Now:     clockAt(1614265330),
			},
			headers: map[string]string{
				"Webhook-Id":        "msg_p5jXN8AQM9LWM0D4loKWxJek",
				"Webhook-Timestamp": "1614265330",
				"Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
			},
			body: `{"test": 2432232314}`,
		},
		{
			name: "RFC 8032 test 3",
			cfg: auth.SignatureConfig{
				Scheme:     ed,
				PublicKeys: []ed25519.PublicKey{unhex(tb, "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")},
			},
			headers: map[string]string{"X-Ed25519": "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac" +
				"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
			body: "\xaf\x82",
		},
	}
	key25 := string(unhex(tb, "0102030405060708090a0b0c0d0e0f10111213141516171819"))
	for _, rfc := range []struct{ name, key, body, mac string }{
		{"1", strings.Repeat("\x0b", 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{"2", "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{"3", strings.Repeat("\xaa", 20), strings.Repeat("\xdd", 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		{"4", key25, strings.Repeat("\xcd", 50), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
		{
			"6", strings.Repeat("\xaa", 131), "Test Using Larger Than Block-Size Key - Hash Key First",
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
		},
		{
			"7", strings.Repeat("\xaa", 131), "This is a test using a larger than block-size key and a larger than block-size data. " +
				"The key needs to be hashed before being used by the HMAC algorithm.",
			"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
		},
	} {
		list = append(list, vector{
			name:    "RFC 4231 case " + rfc.name,
			cfg:     auth.SignatureConfig{Scheme: auth.PlainSignature("X-Mac"), Secrets: auth.FixedSecrets(rfc.key), AllowWeak: true},
			headers: map[string]string{"X-Mac": rfc.mac},
			body:    rfc.body,
		})
	}
	return list
}

func (v vector) request(ctx context.Context) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://hook.example/", strings.NewReader(v.body))
	if err != nil {
		panic(err) // constant input
	}
	for name, value := range v.headers {
		r.Header.Set(name, value)
	}
	return r
}

func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	for _, vec := range vectors(t) {
		t.Run(vec.name, func(t *testing.T) {
			t.Parallel()
			v := signatureVerifier(t, vec.cfg)
			r := vec.request(t.Context())
			id, err := v.Verify(r)
			if err != nil {
				t.Fatal(err)
			}
			if id.Scheme != "signature" || id.Subject != vec.cfg.Scheme.Name {
				t.Errorf("identity %+v", id)
			}
			if body, err := io.ReadAll(r.Body); err != nil || string(body) != vec.body {
				t.Errorf("body behind the verifier is %q, %v", body, err)
			}
		})
	}
}

// TestSignatureBitFlips flips every bit of every published vector: of the
// headers, the body and the key.
func TestSignatureBitFlips(t *testing.T) {
	t.Parallel()
	for _, vec := range vectors(t) {
		t.Run(vec.name, func(t *testing.T) {
			t.Parallel()
			v := signatureVerifier(t, vec.cfg)
			flips := 0
			refused := func(v *auth.SignatureVerifier, r *http.Request, what string, bit int) {
				flips++
				if _, err := v.Verify(r); refusalOf(t, err).Status != http.StatusUnauthorized {
					t.Errorf("bit %d of %s flipped: %v", bit, what, err)
				}
			}
			for name, value := range vec.headers {
				for bit := range 8 * len(value) {
					r := vec.request(t.Context())
					r.Header[name] = []string{flip(value, bit)}
					refused(v, r, name, bit)
				}
			}
			for bit := range 8 * len(vec.body) {
				other := vec
				other.body = flip(vec.body, bit)
				refused(v, other.request(t.Context()), "the body", bit)
			}
			if vec.cfg.Secrets == nil {
				return
			}
			list, err := vec.cfg.Secrets.Secrets()
			if err != nil {
				t.Fatal(err)
			}
			key := string(list[0].Bytes())
			for bit := range 8 * len(key) {
				cfg := vec.cfg
				cfg.Secrets = auth.FixedSecrets(flip(key, bit))
				v, err := auth.NewSignatureVerifier(cfg)
				if err != nil {
					continue // no longer base64
				}
				refused(v, vec.request(t.Context()), "the key", bit)
			}
			t.Logf("%d flips refused", flips)
		})
	}
}

func flip(s string, bit int) string {
	b := []byte(s)
	b[bit/8] ^= 1 << (bit % 8)
	return string(b)
}
