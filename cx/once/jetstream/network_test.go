package jetstream_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/nats-io/nats.go"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

// proxy stands between a client and a NATS server, and fails as told.
type proxy struct {
	l      net.Listener
	target string
	delay  atomic.Int64 // of what the server says
	refuse atomic.Bool
	resets atomic.Int64 // so many times the next byte of the client is answered by a reset

	mu    sync.Mutex // guards conns
	conns map[net.Conn]bool
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, target: strings.TrimPrefix(target, "nats://"), conns: make(map[net.Conn]bool)}
	t.Cleanup(func() {
		l.Close()
		p.cut()
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if p.refuse.Load() {
				c.Close()
				continue
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	go func() {
		defer server.Close()
		_, _ = io.Copy(writer(func(b []byte) (int, error) {
			if p.resets.Add(-1) >= 0 {
				_ = client.(*net.TCPConn).SetLinger(0)
				client.Close()
				return 0, io.ErrClosedPipe
			}
			return server.Write(b)
		}), client)
	}()
	_, _ = io.Copy(writer(func(b []byte) (int, error) {
		time.Sleep(time.Duration(p.delay.Load()))
		return client.Write(b)
	}), server)
}

// cut closes all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// A store behind a network that refuses, delays or resets adds no more than
// the store's timeout to a call, which is then treated as its route says.
func TestNetworkFaults(t *testing.T) {
	cluster := clustertest.Start(t)
	p := newProxy(t, cluster.NodeURL(0))
	conn := open(t, jetstream.Config{
		URL: "nats://" + p.l.Addr().String(), Options: []nats.Option{nats.IgnoreDiscoveredServers()},
	})
	store := newStore(t, conn, jetstream.StoreConfig{})
	routes := make(map[once.Policy]*httptest.Server)
	var runs atomic.Int64
	seen := make(chan cx.Call, 100)
	for _, policy := range []once.Policy{once.Refuse, once.RunAnyway} {
		group, err := once.New(once.Config{Store: store, WhenDown: policy, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		h := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			runs.Add(1)
			return cx.Respond(cx.Text("ran"))
		})
		routes[policy] = httptest.NewServer(cx.NewHTTPHandler(h, cx.WithOnce(group), cx.WithLogger(slog.New(slog.DiscardHandler)),
			cx.WithObserver(func(_ context.Context, c cx.Call) { seen <- c })))
		t.Cleanup(routes[policy].Close)
	}
	turn := 0
	send := func(policy once.Policy) (int, once.Outcome, time.Duration) {
		turn++
		start := time.Now()
		status, body := post(t.Context(), routes[policy].URL, turn)
		took := time.Since(start)
		if status == 0 {
			t.Fatal(body)
		}
		return status, (<-seen).Once, took
	}
	// recovered waits until the store is asked with success again.
	recovered := func() {
		t.Helper()
		p.refuse.Store(false)
		p.delay.Store(0)
		p.resets.Store(0)
		for end := time.Now().Add(time.Minute); ; {
			if status, outcome, _ := send(once.Refuse); status == http.StatusOK && outcome == once.Ran {
				return
			}
			if time.Now().After(end) {
				t.Fatal("the store has not recovered within a minute")
			}
		}
	}
	for _, fault := range []struct {
		name  string
		begin func()
	}{
		{"refused", func() { p.refuse.Store(true); p.cut() }},
		{"5 s latency", func() { p.delay.Store(int64(5 * time.Second)) }},
		{"reset", func() { p.resets.Store(1 << 30) }},
	} {
		t.Run(fault.name, func(t *testing.T) {
			recovered()
			fault.begin()
			for policy, want := range map[once.Policy]int{once.Refuse: http.StatusServiceUnavailable, once.RunAnyway: http.StatusOK} {
				before := runs.Load()
				status, outcome, took := send(policy)
				t.Logf("policy %d: answered %d %q after %v", policy, status, outcome, took.Round(time.Millisecond))
				wantOutcome := map[int]once.Outcome{http.StatusOK: once.Unsaved}[want]
				if ran := runs.Load() - before; status != want || outcome != wantOutcome || ran == 1 != (want == http.StatusOK) {
					t.Errorf("policy %d: answered %d %q after %d runs, want %d %q", policy, status, outcome, ran, want, wantOutcome)
				}
				if took > once.DefaultStoreTimeout+2*time.Second { // far below the 5 s
					t.Errorf("policy %d: answered after %v, want about %v at most", policy, took, once.DefaultStoreTimeout)
				}
			}
			recovered()
		})
	}
}
