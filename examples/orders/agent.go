package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/cx/emulator/sessions"
)

// Where the agent is, and where it is talked to.
const (
	defaultAgent = "testdata/agents/orders"
	defaultGRPC  = "127.0.0.1:50051"
)

// foreign is a webhook of the agent that the desk does not serve: it is left
// unreachable.
const foreign = "loyalty"

// talk is the agent of the desk while it can be talked to.
type talk struct {
	addr   string
	server *grpc.Server
}

// startAgent serves the desk's agent under Dialogflow's Sessions API, with the
// desk for its webhooks. It is for trying things out: it returns nil on Cloud Run,
// where the product talks to the desk, for a desk that verifies its callers, of
// which the agent is none, and where the export is not at hand.
func startAgent(ctx context.Context, getenv func(string) string, desk http.Handler) (*talk, error) {
	addr, path := getenv("AGENT_ADDR"), getenv("AGENT")
	if onCloudRun(getenv) || getenv("WEBHOOK_AUTH") != "" || addr == "off" {
		return nil, nil
	}
	if addr == "" {
		addr = defaultGRPC
	}
	if path == "" {
		path = defaultAgent
	}
	a, err := agent.OpenFile(path)
	if errors.Is(err, fs.ErrNotExist) && getenv("AGENT") == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	srv, err := newSessions(a, desk)
	if err != nil {
		return nil, err
	}
	if host, _, err := net.SplitHostPort(addr); err != nil || !net.ParseIP(host).IsLoopback() {
		return nil, errors.New("orders: AGENT_ADDR is no address of the loopback such as 127.0.0.1:50051: there is no authentication")
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("orders: the agent: %w; AGENT_ADDR names another address, or is off", err)
	}
	t := &talk{addr: l.Addr().String(), server: grpc.NewServer()}
	cxpb.RegisterSessionsServer(t.server, srv)
	reflection.Register(t.server)
	go func() {
		if err := t.server.Serve(l); err != nil {
			slog.Error("orders: the agent", "error", err)
		}
	}()
	return t, nil
}

// newSessions runs an agent whose webhooks the desk answers.
func newSessions(a *agent.Agent, desk http.Handler) (*sessions.Server, error) {
	callers := make(emulator.Callers)
	for name, w := range a.Webhooks {
		if name == foreign {
			continue
		}
		c, err := caller.New(w, caller.ToHandler(desk), caller.Unauthenticated())
		if err != nil {
			return nil, fmt.Errorf("orders: webhook %q: %w", name, err)
		}
		callers[name] = c
	}
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)), emulator.WithWebhooks(callers))
	if err != nil {
		return nil, err
	}
	return sessions.New(em)
}

// address is where the agent is talked to, empty if there is none.
func (t *talk) address() string {
	if t == nil {
		return ""
	}
	return t.addr
}

// stop lets turns that run end, for a few seconds.
func (t *talk) stop() {
	if t == nil {
		return
	}
	limit := time.AfterFunc(5*time.Second, t.server.Stop)
	defer limit.Stop()
	t.server.GracefulStop()
}
