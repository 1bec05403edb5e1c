package auth_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

func TestJWTForm(t *testing.T) {
	t.Parallel()
	site, s := jwtSite(t, nil)
	payload := marshal(t, goodClaims())
	good := sign(t, s, goodClaims())
	parts := strings.Split(good, ".")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	withSignature := func(b []byte) string { return parts[0] + "." + parts[1] + "." + b64(string(b)) }
	header := func(extra string) string { return raw(t, rsaKey(), `{"alg":"RS256","kid":"k1"`+extra+`}`, payload) }
	body := func(payload string) string { return raw(t, rsaKey(), `{"alg":"RS256","kid":"k1"}`, payload) }
	attacker := newSigner(t, "k1", "RS256", otherRSA())
	attackerJWKS, err := attacker.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	ownKey := strings.TrimSuffix(strings.TrimPrefix(string(attackerJWKS), `{"keys":[`), `]}`)
	tests := []struct{ name, token, reason string }{
		{"none", b64(`{"alg":"none"}`) + "." + parts[1] + ".", "malformed_credential"},
		{"None with a signature", b64(`{"alg":"None"}`) + "." + parts[1] + "." + parts[2], "token_algorithm"},
		{"nOnE", b64(`{"alg":"nOnE","kid":"k1"}`) + "." + parts[1] + "." + parts[2], "token_algorithm"},
		{"lower case", raw(t, rsaKey(), `{"alg":"rs256","kid":"k1"}`, payload), "token_algorithm"},
		{"alg twice", raw(t, rsaKey(), `{"alg":"none","alg":"RS256","kid":"k1"}`, payload), "malformed_credential"},
		{"crit", header(`,"crit":["x"],"x":1`), "token_header"},
		{"crit empty", header(`,"crit":[]`), "token_header"},
		{"crit text", header(`,"crit":"x"`), "token_header"},
		{"crit exp", header(`,"crit":["exp"]`), "token_header"},
		{"b64", header(`,"b64":false`), "token_header"},
		{"zip", header(`,"zip":"DEF"`), "token_header"},
		{"own key", raw(t, otherRSA(), `{"alg":"RS256","jwk":`+ownKey+`}`, payload), "token_header"},
		{"own certificate", raw(t, otherRSA(), `{"alg":"RS256","x5c":["MIIB"]}`, payload), "token_header"},
		{"unknown kid", raw(t, rsaKey(), `{"alg":"RS256","kid":"k2"}`, payload), "unknown_key"},
		{"kid a path", raw(t, rsaKey(), `{"alg":"RS256","kid":"../../etc/passwd"}`, payload), "unknown_key"},
		{"kid SQL", raw(t, rsaKey(), `{"alg":"RS256","kid":"' OR 1=1; --"}`, payload), "unknown_key"},
		{"kid of line ends", raw(t, rsaKey(), `{"alg":"RS256","kid":"injected\r\nlevel=info"}`, payload), "unknown_key"},
		{"kid of 5 KiB", raw(t, rsaKey(), `{"alg":"RS256","kid":"`+strings.Repeat("k", 5000)+`"}`, payload), "token_header"},
		{"kid a number", raw(t, rsaKey(), `{"alg":"RS256","kid":1}`, payload), "token_header"},
		{"kid null", raw(t, rsaKey(), `{"alg":"RS256","kid":null}`, payload), "token_header"},
		{"signature empty", parts[0] + "." + parts[1] + ".", "malformed_credential"},
		{"one bit flipped", withSignature(append(signature[:len(signature)-1:len(signature)-1], signature[len(signature)-1]^1)), "bad_signature"},
		{"cut", withSignature(signature[:255]), "bad_signature"},
		{"zeros behind", withSignature(append(slices.Clone(signature), 0)), "bad_signature"},
		{"all zero", withSignature(make([]byte, 256)), "bad_signature"},
		{"32 bytes", withSignature(make([]byte, 32)), "bad_signature"},
		{"other signer", sign(t, attacker, goodClaims()), "bad_signature"},
		{"padding", good + "==", "malformed_credential"},
		{"other alphabet", parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "+", "malformed_credential"},
		{"two segments", parts[0] + "." + parts[1], "malformed_credential"},
		{"four segments", good + "." + parts[2], "malformed_credential"},
		{"five segments", good + ".a.b", "malformed_credential"},
		{"only dots", "...", "malformed_credential"},
		{"8,000 dots", strings.Repeat(".", 8000), "malformed_credential"},
		{"JWE", b64(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".AAAA.AAAA.AAAA.AAAA", "malformed_credential"},
		{"JSON serialization", marshal(t, map[string]string{"protected": parts[0], "payload": parts[1], "signature": parts[2]}), "malformed_credential"},
		{"payload no JSON", body("hello"), "malformed_claims"},
		{"payload a list", body("[" + payload + "]"), "malformed_claims"},
		{"second object", body(payload + payload), "malformed_claims"},
		{"duplicate claim", body(`{"aud":"x",` + payload[1:]), "malformed_claims"},
		{"depth", body(`{"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "," + payload[1:]), "malformed_claims"},
		{"invalid UTF-8", body("{\"x\":\"\xff\"," + payload[1:]), "malformed_claims"},
		{"empty payload", body(""), "malformed_claims"},
		{"over 8 KiB", body(`{"x":"` + strings.Repeat("y", 6200) + `",` + payload[1:]), "malformed_credential"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: 401, Reason: tt.reason, Challenge: bearerAsk}, bearer(tt.token))
		})
	}
}

// No HMAC passes, whatever its key.
func TestJWTTakesNoHMAC(t *testing.T) {
	t.Parallel()
	site, _ := jwtSite(t, nil)
	der, err := x509.MarshalPKIXPublicKey(&rsaKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string][]byte{
		"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"modulus": rsaKey().N.Bytes(), "client secret": []byte(secretNew), "empty": nil,
	}
	for name, secret := range secrets {
		t.Run(name, func(t *testing.T) {
			signed := b64(`{"alg":"HS256","kid":"k1"}`) + "." + b64(marshal(t, goodClaims()))
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(signed))
			site.Refused(t, refusal.Want{Status: 401, Reason: "token_algorithm", Challenge: bearerAsk},
				bearer(signed+"."+b64(string(mac.Sum(nil)))))
		})
	}
}

func TestBearerGrammar(t *testing.T) {
	t.Parallel()
	site, s := jwtSite(t, nil)
	good := sign(t, s, goodClaims())
	tests := []struct {
		name   string
		edit   func(*http.Request)
		reason string
	}{
		{"lower-case scheme", authorize("bearer " + good), ""},
		{"no header", nil, "no_credential"},
		{"two tokens", authorize("Bearer " + good + " " + good), "malformed_credential"},
		{"two tokens by comma", authorize("Bearer " + good + "," + good), "malformed_credential"},
		{"tab", authorize("Bearer\t" + good), "wrong_scheme"},
		{"two blanks", authorize("Bearer  " + good), "malformed_credential"},
		{"no blank", authorize("Bearer" + good), "wrong_scheme"},
		{"scheme alone", authorize("Bearer"), "malformed_credential"},
		{"token alone", authorize(good), "wrong_scheme"},
		{"in the query", func(r *http.Request) { r.URL.RawQuery = "access_token=" + good }, "no_credential"},
		{"in the X- header of another scheme", setHeader("X-Serverless-Authorization", "Bearer "+good), "no_credential"},
		{"twice", authorize("Bearer "+good, "Bearer "+good), "duplicate_header"},
		{"basic beside", authorize("Basic dTpw", "Bearer "+good), "duplicate_header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.reason == "" {
				site.Accepted(t, tt.edit)
				return
			}
			site.Refused(t, refusal.Want{Status: 401, Reason: tt.reason, Challenge: bearerAsk}, tt.edit)
		})
	}
}

// A token in the body is not looked for.
func TestTokenInTheBodyIsNotRead(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "k1", "RS256", rsaKey())
	token := sign(t, s, goodClaims())
	site := refusal.New(t, refusal.Config{Guard: guardBy(newJWT(t, jwtConfig(keysOf(t, s)))), Body: "access_token=" + token})
	site.Refused(t, refusal.Want{Status: 401, Reason: "no_credential", Challenge: bearerAsk, Canaries: []string{token}},
		setHeader("Content-Type", "application/x-www-form-urlencoded"))
}

// The hosts that a token names are never spoken to.
func TestForeignKeyURLsAreNotFetched(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer evil.Close()
	s := newSigner(t, "k1", "RS256", rsaKey())
	server := newKeyServer(t, s)
	site := refusal.New(t, refusal.Config{Guard: guardBy(newJWT(t, jwtConfig(server.keySet(t, auth.KeySetConfig{}))))})
	for _, name := range []string{"jku", "x5u"} {
		token := raw(t, otherRSA(), `{"alg":"RS256","kid":"k9","`+name+`":"`+evil.URL+`"}`, marshal(t, goodClaims()))
		site.Refused(t, refusal.Want{Status: 401, Reason: "token_header", Challenge: bearerAsk}, bearer(token))
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the attacker's host was asked %d times", n)
	}
	if n := server.fetches.Load(); n != 0 {
		t.Errorf("the issuer's host was asked %d times for tokens that are refused anyway", n)
	}
}

// Which keys a token is tried with.
func TestJWTKeyChoice(t *testing.T) {
	t.Parallel()
	one := newSigner(t, "same", "RS256", rsaKey())
	ec := newSigner(t, "same", "ES256", p256Key())
	ed := newSigner(t, "ed", "EdDSA", edKey())
	cfg := jwtConfig(keysOf(t, one, ec, ed))
	cfg.Algorithms = []string{"RS256", "ES256", "EdDSA"}
	v := newJWT(t, cfg)
	ps := newSigner(t, "same", "PS256", rsaKey())
	tests := []struct{ name, token, reason string }{
		{"RSA key of a shared kid", sign(t, one, goodClaims()), ""},
		{"EC key of a shared kid", sign(t, ec, goodClaims()), ""},
		{"Ed25519", sign(t, ed, goodClaims()), ""},
		{"no kid", raw(t, rsaKey(), `{"alg":"RS256"}`, marshal(t, goodClaims())), ""},
		{"no kid, another key", raw(t, otherRSA(), `{"alg":"RS256"}`, marshal(t, goodClaims())), "bad_signature"},
		{"PSS by the same key", sign(t, ps, goodClaims()), "token_algorithm"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		auth.SetBearer(r, tt.token)
		if _, err := v.Verify(r); reasonOf(err) != tt.reason {
			t.Errorf("%s: reason = %q, want %q", tt.name, reasonOf(err), tt.reason)
		}
	}
}

// PSS with another salt length than the hash's.
func TestPSSSaltLength(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "k1", "PS256", rsaKey())
	cfg := jwtConfig(keysOf(t, s))
	cfg.Algorithms = []string{"PS256"}
	v := newJWT(t, cfg)
	for salt, want := range map[int]string{32: "", 31: "bad_signature", 33: "bad_signature", 1: "bad_signature", 222: "bad_signature"} {
		signed := b64(`{"alg":"PS256","kid":"k1"}`) + "." + b64(marshal(t, goodClaims()))
		digest := sha256.Sum256([]byte(signed))
		sig, err := rsa.SignPSS(zeros{}, rsaKey(), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		auth.SetBearer(r, signed+"."+b64(string(sig)))
		if _, err := v.Verify(r); reasonOf(err) != want {
			t.Errorf("salt of %d bytes: reason = %q, want %q", salt, reasonOf(err), want)
		}
	}
}

// zeros yields zeros without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
