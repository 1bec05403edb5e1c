package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

// stripeHeader signs hookBody at the given time as Stripe does.
func stripeHeader(ts string) string {
	return "t=" + ts + ",v1=" + hex.EncodeToString(macOf(hookSecret, ts+"."+hookBody))
}

func TestStripeSignature(t *testing.T) {
	t.Parallel()
	const name = "Stripe-Signature"
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(signatureVerifier(t, auth.SignatureConfig{
			Scheme: auth.StripeSignature(), Secrets: auth.FixedSecrets(hookSecret), Now: clockAt(hookTime),
		})),
		Good: set(name, stripeHeader(fmt.Sprint(hookTime))), Canaries: []string{hookSecret}, Body: hookBody,
	})
	ts := fmt.Sprint(hookTime)
	good := stripeHeader(ts)
	v1 := strings.TrimPrefix(good, "t="+ts+",")
	wrong := "v1=" + strings.Repeat("0", 64)

	accepted := []struct{ name, value string }{
		{"300 s old", stripeHeader(fmt.Sprint(hookTime - 300))},
		{"300 s ahead", stripeHeader(fmt.Sprint(hookTime + 300))},
		{"beside v0", good + ",v0=" + strings.Repeat("0", 64)},
		{"last of five", "t=" + ts + strings.Repeat(","+wrong, 4) + "," + v1},
		{"signature before the time", v1 + ",t=" + ts},
	}
	for _, tt := range accepted {
		t.Run(tt.name, func(t *testing.T) { site.Accepted(t, set(name, tt.value)) })
	}
	refused := []struct{ name, reason, value string }{
		{"301 s old", "timestamp_outside_tolerance", stripeHeader(fmt.Sprint(hookTime - 301))},
		{"301 s ahead", "timestamp_outside_tolerance", stripeHeader(fmt.Sprint(hookTime + 301))},
		{"1000 h ahead", "timestamp_outside_tolerance", stripeHeader(fmt.Sprint(hookTime + 3_600_000))},
		{"time of another message", "credential_mismatch", "t=" + fmt.Sprint(hookTime+1) + "," + v1},
		{"no time", "malformed_credential", v1},
		{"empty time", "malformed_credential", "t=," + v1},
		{"empty time before the good one", "malformed_credential", "t=," + good},
		{"time of 13 digits", "malformed_credential", stripeHeader(ts + "000")},
		{"time is a word", "malformed_credential", stripeHeader("now")},
		{"time with a sign", "malformed_credential", stripeHeader("+" + ts)},
		{"time with zeros before", "malformed_credential", stripeHeader("00" + ts)},
		{"time with a fraction", "malformed_credential", stripeHeader(ts + ".5")},
		{"negative time", "malformed_credential", stripeHeader("-" + ts)},
		{"time with a letter inside", "malformed_credential", stripeHeader(ts[:5] + "e4")},
		{"time in hex", "malformed_credential", stripeHeader("0x65")},
		{"time overflows", "malformed_credential", stripeHeader(strings.Repeat("9", 40))},
		{"time twice", "malformed_credential", good + ",t=" + ts},
		{"other time first", "malformed_credential", "t=1," + good},
		{"v0 only", "malformed_credential", strings.Replace(good, "v1", "v0", 1)},
		{"six of v1, the last one good", "malformed_credential", "t=" + ts + strings.Repeat(","+wrong, 5) + "," + v1},
		{"blank after a comma", "malformed_credential", strings.Replace(good, ",", ", ", 1)},
		{"equals sign in a value", "malformed_credential", good + "=" + "00"},
		{"equals sign in an unknown value", "malformed_credential", good + ",x=a=b"},
		{"key with a hyphen", "malformed_credential", good + ",v-2=00"},
		{"empty key", "malformed_credential", good + ",=00"},
		{"empty item", "malformed_credential", good + ","},
		{"key without value", "malformed_credential", good + ",v2"},
		{"upper-case key", "malformed_credential", strings.Replace(good, "v1", "V1", 1)},
		{"all of it over 4 KiB", "malformed_credential", good + strings.Repeat(",v0=00", 1000)},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: http.StatusUnauthorized, Reason: tt.reason}, set(name, tt.value))
		})
	}
	t.Run("15,000 signatures", func(t *testing.T) {
		v := signatureVerifier(t, auth.SignatureConfig{
			Scheme: auth.StripeSignature(), Secrets: auth.FixedSecrets(hookSecret), Now: clockAt(hookTime),
		})
		value := "t=" + ts + strings.Repeat(","+wrong, 15_000) + "," + v1
		r := (vector{headers: map[string]string{name: value}, body: hookBody}).request(t.Context())
		if _, err := v.Verify(r); refusalOf(t, err).Reason != auth.ReasonMalformed {
			t.Errorf("error %v", err)
		}
	})
}

// standard is a message of Standard Webhooks.
type standard struct{ id, ts, signature string }

func (m standard) edit(prefix string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set(prefix+"id", m.id)
		r.Header.Set(prefix+"timestamp", m.ts)
		r.Header.Set(prefix+"signature", m.signature)
	}
}

func without(name string, edit func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		edit(r)
		r.Header.Del(name)
	}
}

func TestStandardWebhooksSignature(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdefghijklmn"
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte(key))
	ts := fmt.Sprint(hookTime)
	sign := func(id, ts string) string {
		return "v1," + base64.StdEncoding.EncodeToString(macOf(key, id+"."+ts+"."+hookBody))
	}
	good := standard{"msg_2-Ab", ts, sign("msg_2-Ab", ts)}
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(signatureVerifier(t, auth.SignatureConfig{
			Scheme: auth.StandardWebhooksSignature(), Secrets: auth.FixedSecrets(secret), Now: clockAt(hookTime),
		})),
		Good: good.edit("webhook-"), Canaries: []string{secret, key}, Body: hookBody,
	})
	with := func(m standard) func(*http.Request) { return m.edit("webhook-") }

	accepted := []struct {
		name string
		edit func(*http.Request)
	}{
		{"svix names", good.edit("svix-")},
		{"second in the list", with(standard{good.id, ts, "v1," + strings.Repeat("A", 43) + "= " + good.signature})},
		{"beside an unknown version", with(standard{good.id, ts, "v2,abc " + good.signature})},
		{"beside ed25519, which is not configured", with(standard{good.id, ts, good.signature + " v1a," + strings.Repeat("A", 86) + "=="})},
	}
	for _, tt := range accepted {
		t.Run(tt.name, func(t *testing.T) { site.Accepted(t, tt.edit) })
	}
	b64 := strings.TrimPrefix(good.signature, "v1,")
	refused := []struct {
		name, reason string
		edit         func(*http.Request)
	}{
		{"no id", "no_credential", without("Webhook-Id", with(good))},
		{"no timestamp", "no_credential", without("Webhook-Timestamp", with(good))},
		{"no signature", "no_credential", without("Webhook-Signature", with(good))},
		{"empty id", "no_credential", with(standard{"", ts, sign("", ts)})},
		{"empty timestamp", "no_credential", with(standard{good.id, "", sign(good.id, "")})},
		{"empty signature", "no_credential", with(standard{good.id, ts, ""})},
		{"ed25519 only", "malformed_credential", with(standard{good.id, ts, "v1a," + strings.Repeat("A", 86) + "=="})},
		{"the HMAC called ed25519", "malformed_credential", with(standard{good.id, ts, "v1a," + b64})},
		{"unknown version only", "malformed_credential", with(standard{good.id, ts, "v2," + b64})},
		{"a third part", "malformed_credential", with(standard{good.id, ts, good.signature + ",extra"})},
		{"version without signature", "malformed_credential", with(standard{good.id, ts, good.signature + " v2"})},
		{"version with a hyphen", "malformed_credential", with(standard{good.id, ts, good.signature + " v-2,abc"})},
		{"empty version", "malformed_credential", with(standard{good.id, ts, good.signature + " ,abc"})},
		{"a third part of an unknown version", "malformed_credential", with(standard{good.id, ts, good.signature + " v2,abc,def"})},
		{"two blanks", "malformed_credential", with(standard{good.id, ts, good.signature + "  " + good.signature})},
		{"six signatures", "malformed_credential", with(standard{good.id, ts, strings.Repeat("v1,"+b64+" ", 5) + good.signature})},
		{"dot in the id", "malformed_credential", with(standard{"a.b", ts, sign("a.b", ts)})},
		{"the time moved into the id", "malformed_credential", with(standard{good.id + "." + ts, ts, sign(good.id+"."+ts, ts)})},
		{"blank in the id", "malformed_credential", with(standard{"a b", ts, sign("a b", ts)})},
		{"long id", "malformed_credential", with(standard{strings.Repeat("a", 257), ts, sign(strings.Repeat("a", 257), ts)})},
		{"another id", "credential_mismatch", with(standard{"msg_3", ts, good.signature})},
		{"another time", "credential_mismatch", with(standard{good.id, fmt.Sprint(hookTime + 1), good.signature})},
		{"301 s old", "timestamp_outside_tolerance", with(standard{good.id, fmt.Sprint(hookTime - 301), sign(good.id, fmt.Sprint(hookTime-301))})},
		{"301 s ahead", "timestamp_outside_tolerance", with(standard{good.id, fmt.Sprint(hookTime + 301), sign(good.id, fmt.Sprint(hookTime+301))})},
		{"id twice", "duplicate_header", func(r *http.Request) { with(good)(r); r.Header.Add("Webhook-Id", good.id) }},
		{"both kinds of names", "duplicate_header", func(r *http.Request) { with(good)(r); good.edit("svix-")(r) }},
		{"id under the other name", "duplicate_header", func(r *http.Request) { with(good)(r); r.Header.Set("Svix-Id", "other") }},
		{"text of the secret as key", "credential_mismatch", with(standard{good.id, ts, "v1," +
			base64.StdEncoding.EncodeToString(macOf(secret, good.id+"."+ts+"."+hookBody))})},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: http.StatusUnauthorized, Reason: tt.reason}, tt.edit)
		})
	}
}

func TestStandardWebhooksEd25519(t *testing.T) {
	t.Parallel()
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := auth.ParseSignaturePublicKey("whpk_" + base64.StdEncoding.EncodeToString(pub))
	if err != nil {
		t.Fatal(err)
	}
	ts := fmt.Sprint(hookTime)
	sig := base64.StdEncoding.EncodeToString(ed25519.Sign(priv, []byte("m1."+ts+"."+hookBody)))
	good := standard{"m1", ts, "v1a," + sig}
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(signatureVerifier(t, auth.SignatureConfig{
			Scheme: auth.StandardWebhooksSignature(), PublicKeys: []ed25519.PublicKey{parsed}, Now: clockAt(hookTime),
		})),
		Good: good.edit("webhook-"), Body: hookBody,
	})
	public := base64.StdEncoding.EncodeToString(macOf(string(pub), "m1."+ts+"."+hookBody))
	for _, tt := range []struct{ name, reason, signature string }{
		{"HMAC with the public key", "malformed_credential", "v1," + public},
		{"another message", "credential_mismatch", "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(priv, []byte("m2."+ts+"."+hookBody)))},
		{"all zero", "credential_mismatch", "v1a," + base64.StdEncoding.EncodeToString(make([]byte, 64))},
		{"32 bytes", "malformed_credential", "v1a," + public},
		{"HMAC beside a wrong one", "credential_mismatch", "v1," + public + " v1a," + base64.StdEncoding.EncodeToString(make([]byte, 64))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: http.StatusUnauthorized, Reason: tt.reason}, standard{"m1", ts, tt.signature}.edit("webhook-"))
		})
	}
}

// TestSignatureOfTwoKinds: with keys of both kinds one good signature is
// enough, and a secret that cannot be had matters only where it is needed.
func TestSignatureOfTwoKinds(t *testing.T) {
	t.Parallel()
	pub, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	const key = "0123456789abcdefghijklmn"
	ts := fmt.Sprint(hookTime)
	content := "m1." + ts + "." + hookBody
	byKey := "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(priv, []byte(content)))
	bySecret := "v1," + base64.StdEncoding.EncodeToString(macOf(key, content))
	wrongKey := "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(priv, []byte("x")))
	wrongSecret := "v1," + base64.StdEncoding.EncodeToString(macOf(key, "x"))
	secrets := auth.FixedSecrets("whsec_" + base64.StdEncoding.EncodeToString([]byte(key)))
	for _, tt := range []struct {
		name, signature string
		src             auth.SecretSource
		status          int
	}{
		{"key pair", byKey, secrets, 200},
		{"secret", bySecret, secrets, 200},
		{"wrong by key pair, good by secret", wrongKey + " " + bySecret, secrets, 200},
		{"wrong by secret, good by key pair", wrongSecret + " " + byKey, secrets, 200},
		{"wrong by both", wrongKey + " " + wrongSecret, secrets, 401},
		{"good by key pair, secret unavailable", byKey, downSource{}, 200},
		{"wrong by key pair, secret unavailable", wrongKey, downSource{}, 401},
		{"by secret, secret unavailable", bySecret, downSource{}, 503},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := signatureVerifier(t, auth.SignatureConfig{
				Scheme: auth.StandardWebhooksSignature(), PublicKeys: []ed25519.PublicKey{pub}, Secrets: tt.src, Now: clockAt(hookTime),
			})
			r := (vector{body: hookBody}).request(t.Context())
			standard{"m1", ts, tt.signature}.edit("webhook-")(r)
			status := 200
			if _, err := v.Verify(r); err != nil {
				status = refusalOf(t, err).Status
			}
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
		})
	}
}
