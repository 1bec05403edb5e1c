package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/cx/emulator/sessions"
)

// drain is how long turns that run may take to end when the command is told
// to.
const drain = 5 * time.Second

type serveCommand struct {
	Agent   string   `required:"" placeholder:"DIR|ZIP" help:"The exported agent: a folder, zip or tar archive."`
	Webhook []string `placeholder:"URL|NAME=URL" help:"Where webhooks are called: a URL for all, NAME=URL or NAME=off for one (may be repeated). A URL without a path keeps path and query of the webhook. Others are unreachable."`
	Live    bool     `help:"Call webhooks without a mapping at the address that the agent exports."`
	GRPC    string   `name:"grpc" default:"127.0.0.1:50051" placeholder:"ADDR" help:"Where to listen, HOST:PORT (default ${default}). Anyone who can reach the address can talk to the agent: there is no authentication."`
	Name    string   `placeholder:"projects/…/agents/…" help:"The agent's resource name; sessions of another agent are refused. By default the agent answers to every name."`
	Quiet   bool     `help:"Do not write a line for each turn."`
}

// Run implements the command.
func (c *serveCommand) Run(env *environment) error {
	a, err := agent.OpenFile(c.Agent)
	if err != nil {
		return err
	}
	hooks, err := callers(a, c.Webhook, c.Live)
	if err != nil {
		return err
	}
	srv, err := c.server(env, a, hooks)
	if err != nil {
		return err
	}
	l, err := listen(env.ctx, c.GRPC)
	if err != nil {
		return fmt.Errorf("%w; choose another address with --grpc", err)
	}
	c.announce(env, a, hooks, l.Addr())
	return serveGRPC(env.ctx, l, srv)
}

func (c *serveCommand) server(env *environment, a *agent.Agent, hooks emulator.Callers) (*sessions.Server, error) {
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)), emulator.WithWebhooks(hooks))
	if err != nil {
		return nil, err
	}
	var opts []sessions.Option
	if c.Name != "" {
		opts = append(opts, sessions.WithAgentName(c.Name))
	}
	if !c.Quiet {
		opts = append(opts, sessions.WithLogger(slog.New(slog.NewTextHandler(env.stderr, nil))))
	}
	return sessions.New(em, opts...)
}

// announce says what is served where, and what will not work.
func (c *serveCommand) announce(env *environment, a *agent.Agent, hooks emulator.Callers, addr net.Addr) {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(a.Webhooks)) {
		if hooks[name] == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(env.stderr, "cxhook: webhooks without a mapping are unreachable: %s\n", strings.Join(missing, ", "))
	}
	if n := len(a.Faults); n > 0 {
		fmt.Fprintf(env.stderr, "cxhook: faults in the agent: %d; cxhook test --faults lists them\n", n)
	}
	if tcp, ok := addr.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		fmt.Fprintf(env.stderr, "cxhook: warning: %s is open to other machines, and there is no authentication\n", addr)
	}
	fmt.Fprintf(env.stdout, "listening on %s\n", addr)
	fmt.Fprintf(env.stdout, "talk to the agent: cxhook detect --grpc %s TEXT\n", addr)
}

// listen opens an address; one without a host is on the loopback.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is no HOST:PORT", address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", net.JoinHostPort(host, port))
}

// serveGRPC serves until the context ends, then lets turns end for a while.
func serveGRPC(ctx context.Context, l net.Listener, srv cxpb.SessionsServer) error {
	g := grpc.NewServer()
	cxpb.RegisterSessionsServer(g, srv)
	reflection.Register(g)
	served := make(chan error, 1)
	go func() { served <- g.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	limit := time.AfterFunc(drain, g.Stop)
	defer limit.Stop()
	g.GracefulStop()
	if err := <-served; !errors.Is(err, grpc.ErrServerStopped) { // told to end before it began
		return err
	}
	return nil
}
