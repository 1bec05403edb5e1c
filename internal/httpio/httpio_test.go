package httpio_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/httpio"
)

const limit = 100

func serveBody(t *testing.T, read func(w http.ResponseWriter, r *http.Request)) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(read))
	t.Cleanup(srv.Close)
	return srv
}

func TestBytesHoldsTheLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		size    int
		chunked bool
		large   bool
	}{
		{"at the limit, declared", limit, false, false},
		{"one over, declared", limit + 1, false, true},
		{"at the limit, chunked", limit, true, false},
		{"one over, chunked", limit + 1, true, true},
		{"empty", 0, false, false},
		{"empty, chunked", 0, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := bytes.Repeat([]byte("x"), tt.size)
			srv := serveBody(t, func(w http.ResponseWriter, r *http.Request) {
				r = httpio.Limit(w, r, limit)
				got, err := httpio.Bytes(r)
				var large *httpio.TooLargeError
				if errors.As(err, &large) != tt.large {
					t.Errorf("Bytes of %d bytes under a limit of %d: error %v", tt.size, limit, err)
				}
				if err == nil && !bytes.Equal(got, want) {
					t.Errorf("Bytes = %d bytes, want the %d sent", len(got), tt.size)
				}
				again, err2 := httpio.Bytes(r)
				if !bytes.Equal(again, got) || fmt.Sprint(err) != fmt.Sprint(err2) {
					t.Errorf("second Bytes = %d bytes, %v; first %d bytes, %v", len(again), err2, len(got), err)
				}
			})
			var body io.Reader = bytes.NewReader(want)
			if tt.chunked {
				body = io.MultiReader(body) // hides the length
			}
			resp, err := http.Post(srv.URL, "application/json", body)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		})
	}
}

func TestDeclaredLengthOverTheLimitIsRefusedUnread(t *testing.T) {
	t.Parallel()
	srv := serveBody(t, func(w http.ResponseWriter, r *http.Request) {
		r = httpio.Limit(w, r, limit)
		_, err := httpio.Bytes(r)
		var large *httpio.TooLargeError
		if !errors.As(err, &large) || large.Have != 5000 || large.Limit != limit {
			t.Errorf("Bytes error = %v, want have 5000 and limit %d", err, limit)
		}
		w.WriteHeader(http.StatusBadRequest)
	})
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
	answer, err := io.ReadAll(conn) // no byte of the body is ever sent
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 400")) || !bytes.Contains(answer, []byte("Connection: close")) {
		t.Errorf("answer = %q, want 400 and Connection: close", answer)
	}
}

func TestCutBodyIsIncomplete(t *testing.T) {
	t.Parallel()
	seen := make(chan error, 1)
	srv := serveBody(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := httpio.Bytes(r)
		seen <- err
	})
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
	conn.(*net.TCPConn).CloseWrite()
	if err := <-seen; !errors.Is(err, httpio.ErrIncomplete) {
		t.Errorf("Bytes error = %v, want ErrIncomplete", err)
	}
	conn.Close()
}

func TestSmallestLimitWins(t *testing.T) {
	t.Parallel()
	for _, order := range [][]int64{{limit, 10}, {10, limit}} {
		r := httptest.NewRequest("POST", "/", strings.NewReader("0123456789ab"))
		for _, n := range order {
			r = httpio.Limit(httptest.NewRecorder(), r, n)
		}
		var large *httpio.TooLargeError
		if _, err := httpio.Bytes(r); !errors.As(err, &large) || large.Limit != 10 {
			t.Errorf("limits %v: error = %v, want limit 10", order, err)
		}
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader("0123456789ab"))
	if _, err := httpio.Bytes(r); err != nil {
		t.Fatal(err)
	}
	r = httpio.Limit(httptest.NewRecorder(), r, 10)
	var large *httpio.TooLargeError
	if _, err := httpio.Bytes(r); !errors.As(err, &large) {
		t.Errorf("limit lowered after the read: error = %v, want a TooLargeError", err)
	}
}

func TestBodyStaysReadable(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/", strings.NewReader("raw bytes"))
	if _, err := httpio.Bytes(r); err != nil {
		t.Fatal(err)
	}
	shallow := r.WithContext(t.Context())
	got, err := io.ReadAll(shallow.Body)
	if err != nil || string(got) != "raw bytes" {
		t.Errorf("ReadAll after Bytes = %q, %v", got, err)
	}
}

func TestErrorBody(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"plain", "no order", "no order"},
		{"quotes and backslashes", `a "b" \c`, `a "b" \c`},
		{"control characters and line separators", "a\r\nb\x00\x1b\u2028\u0085", "a\uFFFD\uFFFDb\uFFFD\uFFFD\uFFFD\uFFFD"},
		{"invalid UTF-8", "a\xff", "a\uFFFD"},
	}
	for _, tt := range tests {
		var got struct {
			Error struct {
				Status  int
				Message string
			}
		}
		if err := json.Unmarshal(httpio.ErrorBody(404, tt.text), &got); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got.Error.Status != 404 || got.Error.Message != tt.want {
			t.Errorf("%s: body says %d %q, want 404 %q", tt.name, got.Error.Status, got.Error.Message, tt.want)
		}
	}
	if n := len(httpio.ErrorBody(500, strings.Repeat("ü\"", 4000))); n > 1024 {
		t.Errorf("error body of a long text is %d bytes, want at most 1024", n)
	}
}

// The bodies of the six statuses, byte for byte.
func TestErrorBodiesAreFixed(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 401, 403, 404, 500, 503} {
		w := httptest.NewRecorder()
		httpio.WriteError(w, code, "some text")
		want := fmt.Sprintf(`{"error":{"status":%d,"message":"some text"}}`, code)
		if got := w.Body.String(); w.Code != code || got != want {
			t.Errorf("WriteError(%d) wrote %d %s, want %s", code, w.Code, got, want)
		}
		for name, value := range map[string]string{"Content-Type": "application/json", "Content-Length": fmt.Sprint(len(want)), "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
			if got := w.Header().Get(name); got != value {
				t.Errorf("WriteError(%d): %s = %q, want %q", code, name, got, value)
			}
		}
	}
}
