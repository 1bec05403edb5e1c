package auth_test

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/refusal"
)

// rawAnswer writes text to a connection of its own and returns the answer,
// closing the sending side first if asked to.
func rawAnswer(t *testing.T, site *refusal.Site, text string, half bool) (*http.Response, []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(site.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil { // finds hangs
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if half {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func TestSignatureOnTheWire(t *testing.T) {
	t.Parallel()
	good := "sha256=" + hex.EncodeToString(macOf(hookSecret, hookBody))
	site := refusal.New(t, refusal.Config{
		Guard: guardBy(signatureVerifier(t, auth.SignatureConfig{
			Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret),
		})),
		Good: set("X-Hub-Signature-256", good), Canaries: []string{hookSecret}, Body: hookBody,
	})
	const head = "POST /webhook HTTP/1.1\r\nHost: hook\r\nContent-Type: application/json\r\n"
	signed := head + "X-Hub-Signature-256: " + good + "\r\n"
	chunk := fmt.Sprintf("%x\r\n%s\r\n0\r\n", len(hookBody), hookBody)
	tests := []struct {
		name, text string
		half       bool
		status     int
		reason     string
	}{
		{"signature in a trailer", head + "Transfer-Encoding: chunked\r\nTrailer: X-Hub-Signature-256\r\n\r\n" + chunk +
			"X-Hub-Signature-256: " + good + "\r\n\r\n", false, 401, "no_credential"},
		{"body shorter than declared", signed + "Content-Length: 100\r\n\r\n" + hookBody, true, 400, "unreadable_body"},
		{"broken chunk", signed + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", true, 400, "unreadable_body"},
		{"declared over the limit and never sent", signed + "Content-Length: 1073741824\r\n\r\n", false, 400, "unreadable_body"},
		{"no signature, and the body never sent", head + "Content-Length: 100\r\nExpect: 100-continue\r\n\r\n", false, 401, "no_credential"},
		{"signature malformed, and the body never sent", head + "X-Hub-Signature-256: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", false, 401, "malformed_credential"},
		{"body beyond the signed one", signed + fmt.Sprintf("Content-Length: %d\r\n\r\n%s ", len(hookBody)+1, hookBody), false, 401, "credential_mismatch"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			site.Accepted(t, set("X-Hub-Signature-256", good))
			resp, body := rawAnswer(t, site, tt.text, tt.half)
			site.Check(t, refusal.Want{Status: tt.status, Reason: tt.reason}, resp, body, []string{hookSecret, good, hookBody})
		})
	}
	t.Run("chunked and good", func(t *testing.T) {
		resp, body := rawAnswer(t, site, signed+"Transfer-Encoding: chunked\r\n\r\n"+chunk+"\r\n", false)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status = %d, body %s", resp.StatusCode, body)
		}
	})
}

// TestSignatureBodyLimit sets the limit on the way, as a server does before
// its verifier.
func TestSignatureBodyLimit(t *testing.T) {
	t.Parallel()
	size := int64(len(hookBody))
	for _, tt := range []struct {
		name       string
		way, limit int64
		large      bool
	}{
		{"at the limit on the way", size, 0, false},
		{"one over the limit on the way", size - 1, 0, true},
		{"at the verifier's own limit", 1 << 30, size, false},
		{"one over the verifier's own limit", 1 << 30, size - 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := (vector{
				headers: map[string]string{"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(macOf(hookSecret, hookBody))}, body: hookBody,
			}).request(t.Context())
			v := signatureVerifier(t, auth.SignatureConfig{
				Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret), MaxBodyBytes: tt.limit,
			})
			_, err := v.Verify(httpio.Limit(nil, r, tt.way))
			var over *httpio.TooLargeError
			if errors.As(err, &over) != tt.large || (err != nil) != tt.large {
				t.Errorf("error %v, want too large: %t", err, tt.large)
			}
		})
	}
}
