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

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

// sink is the system that effects go to. It outlives the receiver, and knows a
// repetition by its key.
type sink struct {
	mu      sync.Mutex
	keys    map[string]int
	effects map[string]int // by event
}

func newSink() *sink { return &sink{keys: make(map[string]int), effects: make(map[string]int)} }

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if s.keys[key]++; s.keys[key] == 1 {
		s.effects[string(id)]++
	}
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
	if len(s.open) > 0 && s.sent%8 == 0 {
		id := s.open[0]
		s.open = s.open[1:]
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
	return postBody(ctx, client, url, fmt.Sprintf(`{"id": %q, "type": "paid"}`, id))
}

func postBody(ctx context.Context, client *http.Client, url, body string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/events", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	signer, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{Scheme: auth.StripeSignature(), Secret: auth.NewSecret(childSecret)})
	if err != nil {
		return 0, err
	}
	if err := signer.Sign(req, []byte(body)); err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

type outcome struct{ acked, lost, twice int }

// killLoop kills receivers at random points and returns what became of the
// events that were answered with 200. Without a directory the queue is in
// memory.
func killLoop(t *testing.T, rounds int, dir string) outcome {
	t.Helper()
	got := newSink()
	srv := httptest.NewServer(got)
	defer srv.Close()
	cfg := childConfig{Dir: dir, Sink: srv.URL}
	clients := &senders{}
	for range rounds {
		// From within the start to well into the work.
		c := startChild(t, cfg, 20*time.Millisecond+rand.N(700*time.Millisecond))
		if c.url != "" {
			clients.send(t.Context(), c.url)
		}
		c.kill()
	}
	c := startChild(t, cfg, 0)
	defer c.kill()
	eventually(t, "the queue is empty", func() bool { return idle(t, c.url) })

	got.mu.Lock()
	defer got.mu.Unlock()
	o := outcome{acked: len(clients.acked)}
	repeated := 0
	for _, id := range clients.acked {
		if got.effects[id] == 0 {
			o.lost++
		}
	}
	for _, n := range got.effects {
		if n > 1 {
			o.twice++
		}
	}
	for _, n := range got.keys {
		if n > 1 {
			repeated++
		}
	}
	t.Logf("%d rounds, 8 clients: %d attempts, %d acknowledged, %d lost; %d events had their effect, %d twice; %d effects were asked for again, with the same key, after a kill between the effect and its note",
		rounds, clients.sent, o.acked, o.lost, len(got.effects), o.twice, repeated)
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
	if o.twice != 0 {
		t.Errorf("%d events had their effect twice", o.twice)
	}
}

// The control: the queue in memory loses what was in it, and the same count
// sees that.
func TestKilledReceiverInMemoryLosesSome(t *testing.T) {
	for rounds := 0; rounds < 200; rounds += 10 {
		if o := killLoop(t, 10, ""); o.lost > 0 {
			return
		}
	}
	t.Error("nothing was lost in 200 rounds, so the loop cannot see a loss")
}
