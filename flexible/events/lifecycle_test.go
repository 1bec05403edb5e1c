package events_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
)

// Rows 382 and 383: at shutdown the queue is worked off first, within the drain
// time, and new events are answered 503 meanwhile.
func TestServeWorksTheQueueOff(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	entered, release := make(chan struct{}, 1), make(chan struct{})
	var done atomic.Int64
	handlers := map[string]events.HandlerFunc{"push": func(context.Context, events.Delivery) error {
		entered <- struct{}{}
		<-release
		done.Add(1)
		return nil
	}}
	queue := memoryQueue(t, events.MemoryQueueConfig{Workers: 1})
	work, err := events.NewWorkHandler(events.WorkConfig{Handlers: handlers, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	source := must(t)(events.WorkerEvents(events.WorkerConfig{SecretHeader: "X-Secret", SecretKey: auth.FixedSecrets(secret)}))
	receiver, err := events.NewReceiver(events.Config{Sources: []events.Source{source}, Handlers: handlers, Queue: queue, Once: memoryStore(t), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	workers := events.StartWorkers(queue, work.Deliver)
	figures := receiver.Figures()
	router := cx.NewRouter(cx.WithRouterLogger(quiet), cx.WithHealthStatus("healthy"), cx.WithHealth("processed_events", figures.ProcessedEvents))
	router.PathPrefix("/").Handler(receiver)
	ctx, end := context.WithCancel(t.Context())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- cx.Serve(ctx, router, cx.WithAddr("127.0.0.1:0"), cx.WithServerLogger(quiet), cx.WithDrain(3*time.Second, 30*time.Second),
			cx.WithStarted(func(a net.Addr) { addr <- a.String() }), cx.WithShutdown(workers.Shutdown))
	}()
	s := &site{Server: &httptest.Server{URL: "http://" + <-addr}}
	send := func() int {
		return s.post(t, "/events/webhook/acme/push", `{}`, headers("X-Secret", secret)).status
	}
	const accepted = 5
	for range accepted {
		if got := send(); got != 200 {
			t.Fatalf("event: %d", got)
		}
	}
	<-entered // the first job is under way, four wait
	end()
	for deadline := time.Now().Add(patience); send() != http.StatusServiceUnavailable && time.Now().Before(deadline); {
	}
	if got := send(); got != http.StatusServiceUnavailable {
		t.Errorf("event while draining: %d, want 503", got)
	}
	go func() {
		for range entered { // the others are let through
		}
	}()
	close(release)
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if n := done.Load(); n < accepted {
		t.Errorf("%d jobs done, %d events were answered 200 before the end", n, accepted)
	}
	close(entered)
}

// childEnv makes the test binary a receiver with a memory queue whose handler
// never ends.
const childEnv = "CXHOOK_TEST_EVENTS_CHILD"

func TestReceiverProcess(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		return // the tests of this process are in TestKillLosesWhatAMemoryQueueHolds
	}
	store, err := once.NewMemory(once.MemoryConfig{})
	if err != nil {
		t.Fatal(err)
	}
	handlers := map[string]events.HandlerFunc{"push": func(context.Context, events.Delivery) error { select {} }}
	queue := memoryQueue(t, events.MemoryQueueConfig{})
	work, _ := events.NewWorkHandler(events.WorkConfig{Handlers: handlers})
	events.StartWorkers(queue, work.Deliver)
	source := must(t)(events.WorkerEvents(events.WorkerConfig{SecretHeader: "X-Secret", SecretKey: auth.FixedSecrets(secret)}))
	receiver, err := events.NewReceiver(events.Config{Sources: []events.Source{source}, Handlers: handlers, Queue: queue, Once: store, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stats" {
			_ = json.NewEncoder(w).Encode(stats(t, queue))
			return
		}
		receiver.ServeHTTP(w, r)
	}))
	fmt.Println("URL", srv.URL)
	select {}
}

// Row 365, the control: what a memory queue holds does not survive a kill,
// although it was answered 200. That the durable queues keep it is shown beside
// them, and this shows that such a test can see a loss.
func TestKillLosesWhatAMemoryQueueHolds(t *testing.T) {
	t.Parallel()
	s, kill := child(t)
	const sent = 20
	for range sent {
		if a := s.post(t, "/events/webhook/acme/push", `{}`, headers("X-Secret", secret)); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if got := childStats(t, s); got.Queued+got.Running != sent {
		t.Fatalf("stats %+v, want %d jobs", got, sent)
	}
	kill()
	s, kill = child(t)
	defer kill()
	got := childStats(t, s)
	t.Logf("%d events answered 200, %d of them left after a kill", sent, got.Queued+got.Running)
	if got.Queued+got.Running != 0 {
		t.Errorf("stats after a kill: %+v: the queue kept something, and its documentation is wrong", got)
	}
}

func child(t *testing.T) (*site, func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReceiverProcess$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "URL "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return &site{Server: &httptest.Server{URL: url}}, kill
		}
	}
	t.Fatal("the process does not serve")
	return nil, nil
}

func childStats(t *testing.T, s *site) events.Stats {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/stats", nil)
	if err != nil {
		t.Fatal(err)
	}
	var got events.Stats
	if err := json.Unmarshal([]byte(s.send(t, r).body), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// Row 289, for events: bodies in flight are bounded together, and what finds no
// room is told at once.
func TestBytesInFlightAreBounded(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}, 64), make(chan struct{})
	blocking := &blockingQueue{tray: &tray{}, entered: entered, release: release}
	s, sign := paidSite(t, func(cfg *events.Config) { cfg.Queue, cfg.MaxBytesInUse = blocking, 3<<20 })
	body := func(i int) string {
		return fmt.Sprintf(`{"id":"evt_%d","type":"paid","x":%q}`, i, bytes.Repeat([]byte("x"), 1<<20-100))
	}
	statuses := make(chan int, 10)
	for i := range 10 {
		go func() { statuses <- s.post(t, "/webhook/stripe", body(i), signed(sign, body(i))).status }()
	}
	<-entered
	refused := 0
	for range 7 { // of ten, at most three find room
		if got := <-statuses; got == http.StatusServiceUnavailable {
			refused++
		}
	}
	close(release)
	taken := 0
	for range 3 {
		if <-statuses == http.StatusOK {
			taken++
		}
	}
	if refused != 7 || taken < 1 {
		t.Errorf("%d refused, %d taken", refused, taken)
	}
}

type blockingQueue struct {
	*tray
	entered, release chan struct{}
}

func (q *blockingQueue) Publish(ctx context.Context, j events.Job) error {
	q.entered <- struct{}{}
	<-q.release
	return q.tray.Publish(ctx, j)
}

// Row 373: what could not be read back is not acknowledged.
func TestUnreadableJobsAreNotAcknowledged(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, func(cfg *events.Config) { cfg.Sources[0].Headers = []string{"X-Shop"} })
	a := s.post(t, "/webhook/stripe", paidBody, func(r *http.Request) {
		sign(r, paidBody)
		r.Header["X-Shop"] = []string{"a\xffb"}
	})
	s.refused(t, a, http.StatusBadRequest, events.ReasonUnencodable)
}

// The control of the check for duplicates: without an id every delivery is an
// event of its own.
func TestWithoutIDsEveryDeliveryIsTaken(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, func(cfg *events.Config) { cfg.Sources[0].ID = "" })
	for range 3 {
		s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody))
	}
	jobs := s.tray.taken()
	if len(jobs) != 3 || jobs[0].ID == "" || jobs[0].ID == jobs[1].ID {
		t.Errorf("jobs %+v, want three with ids of their own", jobs)
	}
}

// An event whose job no queue can ever hold is told so: 503 would have its
// sender come again for days.
func TestJobThatIsTooLargeForTheQueue(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, nil)
	s.tray.fail = func() error { return fmt.Errorf("queue: %w", events.ErrTooLarge) }
	s.refused(t, s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody)), http.StatusRequestEntityTooLarge, events.ReasonTooLarge)
}

// heedful is a store that heeds the end of its caller, as one over a network
// does.
type heedful struct{ once.Store }

func (s heedful) Begin(ctx context.Context, key once.Key, lease time.Duration) (once.Record, error) {
	if err := ctx.Err(); err != nil {
		return once.Record{}, err
	}
	return s.Store.Begin(ctx, key, lease)
}

// A sender that hangs up is no store that is down: its event is checked, and
// the repetition it sends then is a duplicate.
func TestHangUpDoesNotSkipTheCheck(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, func(cfg *events.Config) {
		cfg.Once, cfg.Sources[0].OnceOpen = heedful{memoryStore(t)}, true
	})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{gone, t.Context()} {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/webhook/stripe", strings.NewReader(paidBody))
		r.Header.Set("Content-Type", "application/json")
		sign(r, paidBody)
		s.receiver.ServeHTTP(httptest.NewRecorder(), r)
	}
	if jobs := s.tray.taken(); len(jobs) != 1 {
		t.Errorf("one event became %d jobs; log %s", len(jobs), s.logs.text())
	}
}
