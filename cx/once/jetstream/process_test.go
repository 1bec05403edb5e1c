package jetstream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

// child is an instance in a process of its own.
type child struct {
	cmd   *exec.Cmd
	lines chan map[string]any
	url   string
}

func startChild(t *testing.T, cluster string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(exe), lines: make(chan map[string]any, 1000)}
	c.cmd.Env = append(os.Environ(), instanceEnv+"="+cluster)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.cmd.StdinPipe(); err != nil { // it ends when this test does
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill() // dead already, perhaps
		_ = c.cmd.Wait()
	})
	go func() {
		defer close(c.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			var line map[string]any
			if json.Unmarshal(scan.Bytes(), &line) == nil {
				c.lines <- line
			}
		}
	}()
	c.url = "http://" + c.await(t, "serving")["addr"].(string)
	return c
}

// await returns the next line with a message.
func (c *child) await(t *testing.T, msg string) map[string]any {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				t.Fatalf("the instance ended before it said %q", msg)
			}
			if line["msg"] == msg {
				return line
			}
		case <-timeout:
			t.Fatalf("the instance did not say %q within a minute", msg)
		}
	}
}

// post sends a turn and returns status and body, 0 if the connection broke.
func post(ctx context.Context, url string, turn int) (int, string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/webhook", strings.NewReader(turnBody(turn)))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}

// survivor is the other instance, in the test's process: patient, and quick.
func survivor(t *testing.T, cluster string) (url string, runs *atomic.Int64) {
	t.Helper()
	group, err := once.New(once.Config{
		Store:        newStore(t, open(t, jetstream.Config{URL: cluster}), jetstream.StoreConfig{}),
		StoreTimeout: 5 * time.Second, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	runs = new(atomic.Int64)
	h := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return cx.Respond(cx.Textf("survivor %d", runs.Add(1)))
	})
	server := httptest.NewServer(cx.NewHTTPHandler(h, cx.WithOnce(group), cx.WithTimeout(cx.MaxTimeout), cx.WithLogger(slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	return server.URL, runs
}

// A winner that is killed, or stopped for longer than its lease, does not keep
// the retry on the other instance from running. One that goes on later does not
// write over the newer result.
func TestWinnerIsKilledOrStopped(t *testing.T) {
	cluster := clustertest.Start(t)
	url, runs := survivor(t, cluster.URL())
	for i, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP} {
		t.Run(sig.String(), func(t *testing.T) {
			c := startChild(t, cluster.URL())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go post(ctx, c.url, i)
			c.await(t, "running")
			claimed := time.Now()
			if err := c.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			status, body := post(t.Context(), url, i)
			took := time.Since(claimed)
			t.Logf("answered %d by the survivor %v after the claim; the lease was %v", status, took.Round(time.Millisecond), childLease)
			if want := fmt.Sprintf("survivor %d", i+1); status != http.StatusOK || !strings.Contains(body, want) || runs.Load() != int64(i+1) {
				t.Errorf("answered %d %q after %d runs, want 200 with %s", status, body, runs.Load(), want)
			}
			if took < childLease-childRun || took > childLease+10*time.Second {
				t.Errorf("answered %v after the claim, want about the lease of %v", took, childLease)
			}
			if sig != syscall.SIGSTOP {
				return
			}
			if err := c.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			if line := c.await(t, "webhook handler ended after its deadline"); line["once"] != string(once.Conflict) {
				t.Errorf("the late winner logged %v, want %q", line, once.Conflict)
			}
			if status, again := post(t.Context(), url, i); status != http.StatusOK || again != body {
				t.Errorf("then: %d %q, want %q again", status, again, body)
			}
		})
	}
}
