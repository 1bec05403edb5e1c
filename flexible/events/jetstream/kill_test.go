package jetstream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
)

// sink is the system that effects go to. It outlives the receiver.
type sink struct {
	mu    sync.Mutex
	calls map[string]int
}

func (s *sink) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[r.Header.Get("Idempotency-Key")]++
}

// child is a running receiver.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string // empty when it was killed before it listened
}

// startChild starts a receiver. It is killed after the delay, counted from the
// start, unless the delay is 0. It runs under the command, if there is one.
func startChild(t *testing.T, cfg childConfig, kill time.Duration, under ...string) *child {
	t.Helper()
	return startChildWith(t, cfg, kill, nil, under...)
}

func startChildWith(t *testing.T, cfg childConfig, kill time.Duration, attr *syscall.SysProcAttr, under ...string) *child {
	t.Helper()
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(slices.Clone(under), exe)
	c := &child{cmd: exec.Command(args[0], args[1:]...)}
	c.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	c.cmd.Stderr, c.cmd.SysProcAttr = os.Stderr, attr
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if kill > 0 {
		time.AfterFunc(kill, func() { _ = c.cmd.Process.Kill() })
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		c.url = "http://" + strings.TrimSpace(line)
	} else if kill == 0 {
		t.Fatalf("the receiver did not start: %v", err)
	}
	return c
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	_ = c.stdin.Close()
}

// stop lets the receiver end by itself, with all that traces it.
func (c *child) stop() {
	_ = c.stdin.Close()
	_ = c.cmd.Wait()
}

// senders are 8 clients that send each event until somebody says 200.
type senders struct {
	mu    sync.Mutex
	next  int
	open  []string // sent without a 200
	acked []string
	sent  int
}

func (s *senders) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	if n := len(s.open); n > 0 {
		id := s.open[n-1]
		s.open = s.open[:n-1]
		return id
	}
	s.next++
	return fmt.Sprintf("evt_%d", s.next)
}

func (s *senders) put(id string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok {
		s.acked = append(s.acked, id)
	} else {
		s.open = append(s.open, id)
	}
}

// send posts events until the receiver is gone.
func (s *senders) send(ctx context.Context, url string) {
	const clients = 8
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for {
				id := s.take()
				status, err := post(ctx, client, url, id)
				s.put(id, err == nil && status == http.StatusOK)
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

func post(ctx context.Context, client *http.Client, url, id string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/events", strings.NewReader(`{"amount": 1}`))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Event-Id", id)
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

type outcome struct{ rounds, acked, unanswered, lost, repeated, calls int }

// killLoop kills receivers at random points and returns what became of the
// events that were answered with 200.
func killLoop(t *testing.T, rounds int, dir string) outcome {
	t.Helper()
	got := &sink{calls: make(map[string]int)}
	srv := httptest.NewServer(got)
	defer srv.Close()
	cfg := childConfig{Dir: dir, Sink: srv.URL}
	clients := &senders{}
	for round := range rounds {
		// From within the start to well into the work.
		c := startChild(t, cfg, 20*time.Millisecond+rand.N(700*time.Millisecond))
		if c.url != "" {
			clients.send(t.Context(), c.url)
		}
		c.kill()
		if t.Failed() {
			t.Fatalf("failed in round %d", round)
		}
	}
	c := startChild(t, cfg, 0)
	defer c.kill()
	eventually(t, "the queue is empty", func() bool { return idle(t, c.url) })

	got.mu.Lock()
	defer got.mu.Unlock()
	o := outcome{rounds: rounds, acked: len(clients.acked), unanswered: clients.sent - len(clients.acked)}
	for _, id := range clients.acked {
		if got.calls[id] == 0 {
			o.lost++
		}
	}
	for _, n := range got.calls {
		o.calls += n
		if n > 1 {
			o.repeated++
		}
	}
	t.Logf("%d rounds: %d acknowledged, %d attempts without an answer, %d lost, %d effects, %d of them asked for again after a kill",
		o.rounds, o.acked, o.unanswered, o.lost, len(got.calls), o.repeated)
	return o
}

func idle(t *testing.T, url string) bool {
	t.Helper()
	resp, err := http.Get(url + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var s events.Stats
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		return false // the store is asked again
	}
	if s.Dead > 0 {
		t.Fatalf("%d jobs are dead", s.Dead)
	}
	return s.Queued == 0 && s.Running == 0
}

// killRounds is 20, and more where the environment says so.
func killRounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CXHOOK_KILL_ROUNDS")
	if text == "" {
		return 20
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("CXHOOK_KILL_ROUNDS = %q, want a number of rounds", text)
	}
	return n
}

// Case 365 and experiment F9.
func TestKilledReceiverLosesNothing(t *testing.T) {
	o := killLoop(t, killRounds(t), filepath.Join(t.TempDir(), "store"))
	if o.acked == 0 {
		t.Fatal("no event was acknowledged, so nothing is shown")
	}
	if o.lost != 0 {
		t.Errorf("%d of %d acknowledged events are lost", o.lost, o.acked)
	}
}
