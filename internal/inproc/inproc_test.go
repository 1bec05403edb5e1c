package inproc_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/internal/inproc"
)

func transport(h http.Handler, log *bytes.Buffer) *http.Transport {
	l := inproc.New(h, slog.New(slog.NewTextHandler(log, nil)))
	return &http.Transport{DialContext: l.Dial, DisableKeepAlives: true}
}

func post(ctx context.Context, t *testing.T, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://orders.test/hook?a=b", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRequestsAndAnswersPassAsOnANetwork(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	tr := transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := net.SplitHostPort(r.RemoteAddr); err != nil {
			t.Errorf("RemoteAddr %q: %v", r.RemoteAddr, err)
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Host+" "+r.RequestURI)
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(bytes.ToUpper(body))
	}), &log)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			resp, err := tr.RoundTrip(post(t.Context(), t, strings.Repeat("x", 100_000)))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || len(body) != 100_000 || body[0] != 'X' {
				t.Errorf("answer of %d bytes, %v", len(body), err)
			}
			if resp.StatusCode != http.StatusTeapot || resp.Header.Get("X-Seen") != "orders.test /hook?a=b" {
				t.Errorf("status %d, X-Seen %q", resp.StatusCode, resp.Header.Get("X-Seen"))
			}
		})
	}
	wg.Wait()
}

func TestPanicCutsTheConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		tr := transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken handler") }), &log)
		if resp, err := tr.RoundTrip(post(t.Context(), t, "{}")); err == nil {
			resp.Body.Close()
			t.Error("a panic of the handler was answered")
		}
		synctest.Wait()
		if !strings.Contains(log.String(), "broken handler") {
			t.Errorf("log = %q, want the panic", log.String())
		}
	})
}

// The handler's context must end when the client gives up, and nothing may
// stay behind: synctest fails a bubble with goroutines left.
func TestClientDeadlineReachesTheHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		start := time.Now()
		var ended time.Duration
		tr := transport(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			ended = time.Since(start)
		}), &log)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if resp, err := tr.RoundTrip(post(ctx, t, "{}")); err == nil {
			resp.Body.Close()
			t.Error("an unanswered request returned")
		}
		synctest.Wait()
		if ended != 5*time.Second {
			t.Errorf("handler's context ended after %v, want 5s", ended)
		}
	})
}
