package jetstream_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

// Times of the simulation: an attempt of the client is given attemptTimeout,
// the service answers at its deadline of 1.8 s, and a run may take runLimit.
// Some handlers are slower than an attempt, a few slower than the deadline.
const (
	attemptTimeout  = 200 * time.Millisecond
	serviceTimeout  = 2 * time.Second
	serviceDeadline = 1800 * time.Millisecond
	runLimit        = 10 * time.Second
	simSession      = "projects/p/locations/l/agents/a/sessions/s"
)

// turns is how many turns a simulation has: 2,000, or as CXHOOK_TURNS says.
func turns(t *testing.T) int {
	t.Helper()
	n := 2000
	if s := os.Getenv("CXHOOK_TURNS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 1 {
			t.Fatalf("CXHOOK_TURNS is %q, want a number above 0", s)
		}
	}
	return n
}

// simulation is two instances of a service and what happens to its turns.
type simulation struct {
	t         *testing.T
	instances [2]instance
	runs      atomic.Int64
	histories []history // by turn
	locks     []sync.Mutex
	calls     atomic.Int64
	hangups   atomic.Int64
	outcomes  sync.Map // once.Outcome to *atomic.Int64
}

// instance is one of the service, with a store of its own.
type instance struct {
	server  *httptest.Server
	handler http.Handler
	group   *once.Group // nil without the check
}

// newSimulation starts two instances. Store makes the store of one; nil means
// that calls are not checked.
func newSimulation(t *testing.T, turns int, store func() once.Store) *simulation {
	t.Helper()
	s := &simulation{t: t, histories: make([]history, turns), locks: make([]sync.Mutex, turns)}
	for i := range s.instances {
		opts := []cx.Option{
			cx.WithTimeout(serviceTimeout), cx.WithMaxStuck(1000), cx.WithLogger(slog.New(slog.DiscardHandler)),
			cx.WithObserver(func(_ context.Context, c cx.Call) {
				n, _ := s.outcomes.LoadOrStore(c.Once, new(atomic.Int64))
				n.(*atomic.Int64).Add(1)
			}),
		}
		in := &s.instances[i]
		if store != nil {
			var err error
			in.group, err = once.New(once.Config{
				Store: store(), Limit: runLimit, Margin: time.Minute, StoreTimeout: serviceTimeout,
				Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
			})
			if err != nil {
				t.Fatal(err)
			}
			opts = append(opts, cx.WithOnce(in.group))
		}
		in.handler = cx.NewHTTPHandler(s.handle(i), opts...)
		in.server = httptest.NewServer(in.handler)
		in.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
		t.Cleanup(in.server.Close)
	}
	return s
}

// kinds of turns, by the last digits of their number.
func slowerThanAttempt(turn int) bool  { return turn%10 == 3 }
func slowerThanDeadline(turn int) bool { return turn%200 == 77 }
func failsAtFirst(turn int) bool       { return turn%50 == 9 }

func (s *simulation) handle(instance int) cx.Handler {
	return cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		r := run{id: int(s.runs.Add(1)), instance: instance, start: time.Now(), kept: true}
		turn, err := strconv.Atoi(req.GetDetectIntentResponseId())
		if err != nil {
			return nil, err
		}
		switch {
		case slowerThanDeadline(turn):
			time.Sleep(serviceTimeout + 200*time.Millisecond)
		case slowerThanAttempt(turn):
			time.Sleep(attemptTimeout + 50*time.Millisecond)
		default:
			time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
		}
		s.locks[turn].Lock()
		defer s.locks[turn].Unlock()
		h := &s.histories[turn]
		r.kept = !failsAtFirst(turn) || len(h.runs) > 0
		r.end = time.Now()
		h.runs = append(h.runs, r)
		if !r.kept {
			return nil, cx.Errorf(http.StatusServiceUnavailable, "not now")
		}
		return cx.Respond(cx.Textf("Turn %d was run %d.", turn, r.id))
	})
}

func turnBody(turn int) string {
	return fmt.Sprintf(`{"fulfillmentInfo": {"tag": "t"}, "sessionInfo": {"session": %q}, "detectIntentResponseId": "%d"}`, simSession, turn)
}

// send makes one attempt at a random instance. It is given up after patience.
func (s *simulation) send(turn int, patience time.Duration) call {
	s.calls.Add(1)
	in := &s.instances[rand.IntN(len(s.instances))]
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	c := call{start: time.Now()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, in.server.URL+"/webhook", strings.NewReader(turnBody(turn)))
	if err != nil {
		s.t.Error(err)
		return c
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := in.server.Client().Do(req)
	if err == nil {
		defer resp.Body.Close()
		var body []byte
		if body, err = io.ReadAll(resp.Body); err == nil {
			c.status, c.body = resp.StatusCode, string(body)
		}
	}
	c.end = time.Now()
	if err != nil {
		s.hangups.Add(1)
	}
	c.deadline = c.end.Sub(c.start) >= serviceDeadline
	s.locks[turn].Lock()
	defer s.locks[turn].Unlock()
	s.histories[turn].calls = append(s.histories[turn].calls, c)
	return c
}

// play is one turn as a client may do it.
func (s *simulation) play(turn int, dialogflow *caller.Caller) {
	patient := serviceTimeout + 30*time.Second
	switch rand.IntN(4) {
	case 0:
		s.turn(turn, dialogflow)
	case 1: // an attempt that is hung up at any time, and one that is patient
		s.send(turn, time.Duration(rand.Int64N(int64(attemptTimeout))))
		s.send(turn, patient)
	case 2: // duplicates at once, on both instances
		var all sync.WaitGroup
		for range 2 + rand.IntN(2) {
			all.Go(func() { s.send(turn, patient) })
		}
		all.Wait()
	default: // attempts that time out until one is answered
		for range 4 {
			if c := s.send(turn, attemptTimeout); c.status == http.StatusOK {
				break
			}
		}
	}
	if rand.IntN(4) == 0 { // one more, later
		s.send(turn, patient)
	}
}

// turn is one of Dialogflow's: at most two attempts of a caller.
func (s *simulation) turn(turn int, dialogflow *caller.Caller) {
	s.calls.Add(1)
	c := call{start: time.Now()}
	res, err := dialogflow.Call(s.t.Context(), &caller.Turn{Request: &cxpb.WebhookRequest{
		DetectIntentResponseId: strconv.Itoa(turn), FulfillmentInfo: &cxpb.WebhookRequest_FulfillmentInfo{Tag: "t"},
		SessionInfo: &cxpb.SessionInfo{Session: simSession},
	}})
	c.end = time.Now()
	if err != nil {
		s.t.Error(err)
		return
	}
	if len(res.Attempts) > 1 {
		s.calls.Add(1)
		s.hangups.Add(1)
	}
	if res.Failure == nil {
		c.status, c.body = res.StatusCode, string(res.Body)
	}
	s.locks[turn].Lock()
	defer s.locks[turn].Unlock()
	s.histories[turn].calls = append(s.histories[turn].calls, c)
}

// newDialogflow returns a caller whose attempts go to either instance.
func (s *simulation) newDialogflow() *caller.Caller {
	w := &cxpb.Webhook{
		Timeout: durationpb.New(attemptTimeout),
		Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{Uri: "https://service/webhook"}},
	}
	c, err := caller.New(w, caller.ToHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.instances[rand.IntN(len(s.instances))].handler.ServeHTTP(w, r)
	})))
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// run plays all turns, so many at a time, and waits for what goes on.
func (s *simulation) run(clients int, during func(turn int)) {
	s.t.Helper()
	dialogflow := s.newDialogflow()
	next := atomic.Int64{}
	var all sync.WaitGroup
	end, limited := s.t.Deadline()
	for range clients {
		all.Go(func() {
			for {
				if limited && time.Until(end) < time.Minute {
					return // with figures of what was played
				}
				turn := int(next.Add(1)) - 1
				if turn >= len(s.histories) {
					return
				}
				if during != nil {
					during(turn)
				}
				s.play(turn, dialogflow)
			}
		})
	}
	all.Wait()
	for _, in := range s.instances {
		if in.group != nil {
			ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
			if err := in.group.Drain(ctx); err != nil {
				s.t.Error(err)
			}
			cancel()
		}
	}
	if n := int(next.Load()); n < len(s.histories) {
		s.t.Errorf("%d of %d turns in the time of the test", n, len(s.histories))
		s.histories = s.histories[:n]
	}
}

// figures are what a simulation comes to.
type figures struct {
	moreThanOnce, most int // turns that were kept by more than one run, and the most runs of one
	faulty             int
}

func (s *simulation) figures(start time.Time) (f figures) {
	s.t.Helper()
	for turn := range s.histories {
		s.locks[turn].Lock()
		h := s.histories[turn]
		s.locks[turn].Unlock()
		kept := 0
		for _, r := range h.runs {
			if r.kept {
				kept++
			}
		}
		if kept > 1 {
			f.moreThanOnce++
		}
		f.most = max(f.most, kept)
		if len(h.check(failsAtFirst(turn))) > 0 {
			f.faulty++
		}
	}
	outcomes := make(map[any]int64)
	s.outcomes.Range(func(o, n any) bool { outcomes[o] = n.(*atomic.Int64).Load(); return true })
	s.t.Logf("%d turns, %d calls, %d hung up, %d runs; %d turns kept by more than one run, at most %d; %d faulty histories; outcomes %v; %v",
		len(s.histories), s.calls.Load(), s.hangups.Load(), s.runs.Load(), f.moreThanOnce, f.most, f.faulty, outcomes, time.Since(start).Round(time.Millisecond))
	return f
}

// noFault reports every history that is not that of a key which runs once.
func (s *simulation) noFault() {
	s.t.Helper()
	n := 0
	for turn := range s.histories {
		for _, fault := range s.histories[turn].check(failsAtFirst(turn)) {
			if n++; n <= 10 {
				s.t.Errorf("turn %d: %s", turn, fault)
			}
		}
	}
	if n > 10 {
		s.t.Errorf("and %d more faults", n-10)
	}
}

// Turns with timeouts, disconnects and duplicates on two instances that share
// a cluster of three servers: each runs once, and all its answers are the same.
func TestRetriedCalls(t *testing.T) {
	cluster := clustertest.Start(t)
	s := newSimulation(t, turns(t), func() once.Store {
		return newStore(t, open(t, jetstream.Config{URL: cluster.URL()}), jetstream.StoreConfig{})
	})
	start := time.Now()
	s.run(32, nil)
	f := s.figures(start)
	s.noFault()
	if f.most != 1 || f.moreThanOnce != 0 {
		t.Errorf("%d turns were kept by more than one run, at most %d, want each by one", f.moreThanOnce, f.most)
	}
	for _, want := range []once.Outcome{once.Ran, once.Replayed, once.Waited} {
		if _, ok := s.outcomes.Load(want); !ok {
			t.Errorf("no call with the outcome %q: the simulation shows nothing of it", want)
		}
	}
}

// Control: the same turns without the check run more than once.
func TestRetriedCallsWithoutOnce(t *testing.T) {
	t.Parallel()
	s := newSimulation(t, 500, nil)
	start := time.Now()
	s.run(32, nil)
	if f := s.figures(start); f.moreThanOnce < 100 || f.faulty < 100 {
		t.Errorf("%d turns ran more than once and %d histories are faulty, want at least 100 of 500", f.moreThanOnce, f.faulty)
	}
}

// Control: with a store that is not shared, an instance does not know what the
// other has run.
func TestRetriedCallsWithSeparateStores(t *testing.T) {
	t.Parallel()
	s := newSimulation(t, 500, func() once.Store {
		m, err := once.NewMemory(once.MemoryConfig{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	})
	start := time.Now()
	s.run(32, nil)
	if f := s.figures(start); f.moreThanOnce < 50 {
		t.Errorf("%d turns ran more than once, want at least 50 of 500", f.moreThanOnce)
	}
}

// While the server that leads the bucket is killed and comes back no turn runs
// twice; calls that could not be checked were refused.
func TestRetriedCallsWhileAServerDies(t *testing.T) {
	cluster := clustertest.Start(t)
	conns := []*jetstream.Conn{}
	s := newSimulation(t, 600, func() once.Store {
		conns = append(conns, open(t, jetstream.Config{URL: cluster.URL()}))
		return newStore(t, conns[len(conns)-1], jetstream.StoreConfig{})
	})
	start := time.Now()
	killed := make(chan struct{})
	s.run(16, func(turn int) {
		if turn == 200 {
			defer close(killed)
			if leader := cluster.Leader(t.Context(), conns[0].JetStream(), "KV_"+jetstream.DefaultName); leader >= 0 {
				cluster.Kill(leader)
			}
		}
	})
	<-killed
	f := s.figures(start)
	if f.most != 1 || f.moreThanOnce != 0 {
		t.Errorf("%d turns were kept by more than one run, at most %d, want each by at most one", f.moreThanOnce, f.most)
	}
	answered := 0
	for turn := range s.histories {
		h := &s.histories[turn]
		h.calls = slices.DeleteFunc(h.calls, func(c call) bool { return c.status == 503 }) // refused
		for _, c := range h.calls {
			if c.status == 200 {
				answered++
			}
		}
	}
	s.noFault()
	t.Logf("%d calls answered 200", answered)
	if last := s.histories[len(s.histories)-1]; answered < len(s.histories)/2 || len(last.runs) == 0 {
		t.Errorf("%d calls answered of %d turns, %d runs of the last, want the service to go on", answered, len(s.histories), len(last.runs))
	}
}
