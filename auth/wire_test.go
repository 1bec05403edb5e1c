package auth_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

// TestCredentialsOnTheWire writes the bytes of requests whose framing a client
// library would not send. A status of 400 without a reason is the server's own.
func TestCredentialsOnTheWire(t *testing.T) {
	t.Parallel()
	header, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Api-Key", Secrets: auth.FixedSecrets(secretNew)})
	if err != nil {
		t.Fatal(err)
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Credentials: auth.FixedSecrets("u:" + secretNew)})
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t, "k1", "RS256", rsaKey())
	jwt := newJWT(t, jwtConfig(keysOf(t, s)))
	token := sign(t, s, goodClaims())
	pair := base64.StdEncoding.EncodeToString([]byte("u:" + secretNew))
	half := len(secretNew) / 2
	const tail = "Content-Length: 2\r\n\r\n{}"
	for _, tt := range []struct {
		name   string
		v      auth.Verifier
		target string // of the request line
		fields string
		status int
		reason string
	}{
		{"key", header, "", "X-Api-Key: " + secretNew + "\r\n", 200, ""},
		{"line ends without a carriage return", header, "", "X-Api-Key: " + secretNew + "\n", 200, ""},
		{"tabs around the value", header, "", "X-Api-Key:\t" + secretNew + "\t\r\n", 200, ""},
		{"value on a folded line", header, "", "X-Api-Key:\r\n " + secretNew + "\r\n", 200, ""},
		{"value folded in its middle", header, "", "X-Api-Key: " + secretNew[:half] + "\r\n " + secretNew[half:] + "\r\n", 401, "credential_mismatch"},
		{"value folded into another header", header, "", "X-Other: a\r\n X-Api-Key: " + secretNew + "\r\n", 401, "no_credential"},
		{"two cases of the name", header, "", "x-api-key: " + secretNew + "\r\nX-API-KEY: " + secretNew + "\r\n", 401, "duplicate_header"},
		{"second copy empty", header, "", "X-Api-Key: " + secretNew + "\r\nX-Api-Key:\r\n", 401, "duplicate_header"},
		{"underscores beside the header", header, "", "X-Api-Key: wrong\r\nX_Api_Key: " + secretNew + "\r\n", 401, "credential_mismatch"},
		{"blank before the colon", header, "", "X-Api-Key : " + secretNew + "\r\n", 400, ""},
		{"NUL in the value", header, "", "X-Api-Key: " + secretNew + "\x00\r\n", 400, ""},
		{"carriage return in the value", header, "", "X-Api-Key: " + secretNew + "\rX\r\n", 400, ""},
		{"named in Connection", header, "", "Connection: X-Api-Key\r\nX-Api-Key: " + secretNew + "\r\n", 200, ""},
		{"in the query", header, "/webhook?X-Api-Key=" + secretNew, "", 401, "no_credential"},

		{"pair", basic, "", "Authorization: Basic " + pair + "\r\n", 200, ""},
		{"pair on a folded line", basic, "", "Authorization: Basic\r\n " + pair + "\r\n", 200, ""},
		{"pair folded in its middle", basic, "", "Authorization: Basic " + pair[:8] + "\r\n " + pair[8:] + "\r\n", 401, "malformed_credential"},
		{"pair in the target", basic, "http://u:" + secretNew + "@hook/webhook", "", 401, "no_credential"},
		{"pair in Proxy-Authorization", basic, "", "Proxy-Authorization: Basic " + pair + "\r\n", 401, "no_credential"},
		{"list of schemes", basic, "", "Authorization: Basic " + pair + ", Basic " + pair + "\r\n", 401, "malformed_credential"},
		{"trailing comma", basic, "", "Authorization: Basic " + pair + ",\r\n", 401, "malformed_credential"},
		{"empty first", basic, "", "Authorization:\r\nAuthorization: Basic " + pair + "\r\n", 401, "duplicate_header"},

		{"token", jwt, "", "Authorization: Bearer " + token + "\r\n", 200, ""},
		{"token in quotes", jwt, "", "Authorization: Bearer \"" + token + "\"\r\n", 401, "malformed_credential"},
		{"token with a parameter", jwt, "", "Authorization: Bearer " + token + " a=b\r\n", 401, "malformed_credential"},
		{"long s in the scheme", jwt, "", "Authorization: Bea\u017fer " + token + "\r\n", 401, "wrong_scheme"},
		{"no-break space behind the scheme", jwt, "", "Authorization: Bearer\u00a0" + token + "\r\n", 401, "wrong_scheme"},
		{"token in a trailer", jwt, "", "Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n2\r\n{}\r\n0\r\nAuthorization: Bearer " + token + "\r\n\r\n", 401, "no_credential"},
		{"token for a second request in the body", jwt, "", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nPOST / HTTP/1.1\r\nAuthorization: Bearer " + token + "\r\n\r\n", 401, "no_credential"},
		{"scheme of another verifier", basic, "", "Authorization: Bearer " + token + "\r\n", 401, "wrong_scheme"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			site := refusal.New(t, refusal.Config{Guard: guardBy(tt.v), Canaries: []string{secretNew, token}})
			target := tt.target
			if target == "" {
				target = "/webhook"
			}
			text := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: hook\r\n%s", target, tt.fields)
			if !strings.Contains(tt.fields, "chunked") {
				text += tail
			}
			resp, body := rawAnswer(t, site, text, false)
			switch {
			case tt.status == http.StatusOK || tt.reason == "":
				if resp.StatusCode != tt.status {
					t.Errorf("status = %d, want %d; body %q", resp.StatusCode, tt.status, body)
				}
			default:
				site.Check(t, refusal.Want{Status: tt.status, Reason: tt.reason, AnyChallenge: true}, resp, body, []string{secretNew, token, pair})
			}
		})
	}
}

// TestTwoHeadersOverHTTP2: fields of one name stay apart in HTTP/2 as well.
func TestTwoHeadersOverHTTP2(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "k1", "RS256", rsaKey())
	good := bearer(sign(t, s, goodClaims()))
	config := httptest.NewTLSServer(nil)
	defer config.Close()
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(newJWT(t, jwtConfig(keysOf(t, s)))), Good: good,
		TLS: &tls.Config{Certificates: config.TLS.Certificates, NextProtos: []string{"h2"}},
	})
	site.Server().Client().Transport.(*http.Transport).ForceAttemptHTTP2 = true
	want := refusal.Want{Status: 401, Reason: "duplicate_header", AnyChallenge: true}
	site.Refused(t, want, func(r *http.Request) {
		good(r)
		r.Header["authorization"] = []string{"Basic dTpw"}
	})
	resp := site.Refused(t, want, func(r *http.Request) {
		good(r)
		r.Header.Add("Authorization", r.Header.Get("Authorization"))
	})
	if resp.ProtoMajor != 2 {
		t.Errorf("spoke %s, want HTTP/2", resp.Proto)
	}
}
