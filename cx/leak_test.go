package cx_test

import (
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx"
)

// TestServeLeavesNoGoroutine runs before the parallel tests, so that every
// goroutine of a server in the process is one of its own.
func TestServeLeavesNoGoroutine(t *testing.T) {
	const clients, calls = 100, 10
	r := cx.NewRouter()
	r.Handle("/webhook", cx.NewHTTPHandler(echo, cx.WithLogger(newLogBuffer().logger())))
	s := run(t, r)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{}}
			defer c.CloseIdleConnections()
			for range calls {
				resp, err := c.Post(s.url+"/webhook", "application/json", strings.NewReader(requestBody("t")))
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("status = %d, want 200", resp.StatusCode)
				}
			}
		})
	}
	wg.Wait()
	s.stop()
	if err := s.ended(t); err != nil {
		t.Fatalf("Serve = %v", err)
	}
	// A closed connection's goroutine needs a moment to see it.
	var left []string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if left = serverGoroutines(); len(left) == 0 {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines left after Serve returned, the first:\n%s", len(left), left[0])
}

// serverGoroutines returns the stacks of goroutines that run a server or its
// handlers.
func serverGoroutines() []string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var list []string
	for g := range strings.SplitSeq(string(buf), "\n\n") {
		if strings.Contains(g, "testing.(*T).Run") || strings.Contains(g, "cx_test.TestServeLeavesNoGoroutine(") {
			continue
		}
		for _, name := range []string{"net/http.(*Server)", "net/http.(*conn)", "net/http.(*connReader)", "cxhook/cx.", "internal/endpoint."} {
			if strings.Contains(g, name) {
				list = append(list, g)
				break
			}
		}
	}
	return list
}
