package auth_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// TestUnverifiedBodiesFlood sends many large bodies, whose signature cannot be
// known to be wrong before all of it is there, and keeps back their last byte.
func TestUnverifiedBodiesFlood(t *testing.T) {
	const (
		senders = 200
		size    = 1 << 20
		most    = 64 << 20 // of memory; the bodies together have 200 MiB
	)
	good := fmt.Sprintf("sha256=%x", macOf(hookSecret, hookBody))
	guard := auth.Require(signatureVerifier(t, auth.SignatureConfig{
		Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret),
	}), auth.WithLogger(slog.New(slog.DiscardHandler)))
	srv := httptest.NewServer(guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	})))
	defer srv.Close()

	before := heap()
	head := fmt.Sprintf("POST / HTTP/1.1\r\nHost: hook\r\nX-Hub-Signature-256: sha256=%064d\r\nContent-Length: %d\r\n\r\n", 0, size)
	var answers sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	conns := make([]net.Conn, senders)
	for i := range conns {
		conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns[i] = conn
		answers.Go(func() {
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second)) // finds hangs
			if _, err := io.WriteString(conn, head); err != nil {
				return
			}
			_, _ = conn.Write(bytes.Repeat([]byte("x"), size-1)) // a refused sender may be cut off
		})
	}
	answers.Wait()
	grown := heap() - before
	t.Logf("%d unfinished bodies of %d bytes: heap grew by %d KiB", senders, size, grown>>10)
	if grown > most {
		t.Errorf("heap grew by %d bytes, want at most %d", grown, most)
	}
	// A small signed request passes while they wait.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader(hookBody))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Hub-Signature-256", good)
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("a good request is answered %d while others wait", resp.StatusCode)
	}
	for _, conn := range conns {
		answers.Go(func() {
			_, _ = conn.Write([]byte("x"))
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				return // cut off with unread bytes under way
			}
			resp.Body.Close()
			mu.Lock()
			statuses[resp.StatusCode]++
			mu.Unlock()
		})
	}
	answers.Wait()
	t.Logf("answers: %v", statuses)
	if statuses[http.StatusUnauthorized] == 0 {
		t.Errorf("answers = %v, want some 401", statuses)
	}
	for code := range statuses {
		if code != http.StatusUnauthorized && code != http.StatusServiceUnavailable {
			t.Errorf("answers = %v, want 401 and 503 alone", statuses)
		}
	}
}

// TestUnverifiedBytes: of two bodies for which there is room once, one is
// answered 503 and none waits for the other.
func TestUnverifiedBytes(t *testing.T) {
	t.Parallel()
	const size = 256 << 10
	guard := auth.Require(signatureVerifier(t, auth.SignatureConfig{
		Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(hookSecret), MaxBodyBytes: size,
	}), auth.WithMaxUnverifiedBytes(1), auth.WithLogger(slog.New(slog.DiscardHandler)))
	answer := func(body io.Reader) int {
		r := httptest.NewRequest(http.MethodPost, "/", body)
		r.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64))
		w := httptest.NewRecorder()
		guard(http.NotFoundHandler()).ServeHTTP(w, r)
		return w.Code
	}
	first, held := io.Pipe()
	var done sync.WaitGroup
	done.Go(func() {
		if code := answer(first); code != http.StatusUnauthorized {
			t.Errorf("the first body is answered %d, want 401", code)
		}
	})
	if _, err := held.Write(bytes.Repeat([]byte("x"), size-1)); err != nil { // taken in, all of it
		t.Fatal(err)
	}
	if code := answer(strings.NewReader(strings.Repeat("x", size))); code != http.StatusServiceUnavailable {
		t.Errorf("the second body is answered %d, want 503", code)
	}
	held.Close()
	done.Wait()
	if code := answer(strings.NewReader(strings.Repeat("x", size))); code != http.StatusUnauthorized {
		t.Errorf("a body after them is answered %d, want 401", code)
	}
	defer func() {
		if recover() == nil {
			t.Error("no room at all is accepted")
		}
	}()
	auth.WithMaxUnverifiedBytes(0)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
