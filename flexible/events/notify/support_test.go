package notify_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/cx/emulator/sessions"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/notify"
)

const (
	theAgent = "projects/shop-1/locations/europe-west1/agents/0e1d2c3b"
	canary   = "c4nary-parameter"
)

// serve serves the Sessions API on the loopback and returns the client options
// that lead there.
func serve(t *testing.T, srv cxpb.SessionsServer) []option.ClientOption {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	cxpb.RegisterSessionsServer(g, srv)
	ended := make(chan error, 1)
	go func() { ended <- g.Serve(l) }()
	t.Cleanup(func() {
		g.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return []option.ClientOption{
		option.WithEndpoint(l.Addr().String()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

func newNotifier(t *testing.T, cfg notify.Config) *notify.Notifier {
	t.Helper()
	if cfg.Agent == "" {
		cfg.Agent = theAgent
	}
	n, err := notify.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func memory(t *testing.T) once.Store {
	t.Helper()
	store, err := once.NewMemory(once.MemoryConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func delivery(id string) events.Delivery {
	return events.Delivery{Job: events.Job{ID: id, Source: "stripe", Handler: "paid"}, Attempt: 1}
}

func texts(r *cxpb.QueryResult) []string {
	var list []string
	for _, m := range r.GetResponseMessages() {
		list = append(list, m.GetText().GetText()...)
	}
	return list
}

// office emulates the agent of the payments example.
func office(t *testing.T) cxpb.SessionsServer {
	t.Helper()
	a, err := agent.Load(os.DirFS(filepath.Join("..", "..", "..", "examples", "payments", "testdata", "agent")))
	if err != nil {
		t.Fatal(err)
	}
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sessions.New(em)
	if err != nil {
		t.Fatal(err)
	}
	return srv
}
