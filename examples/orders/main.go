package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/cxhook/cxhook/cx"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	slog.SetDefault(logger)
	err := run(context.Background(), os.Getenv, func(desk, agent string) {
		fmt.Printf("The order desk answers POST http://%s/webhook; Ctrl-C ends it.\n", desk)
		if agent != "" {
			fmt.Printf("Its agent answers Dialogflow's Sessions API over gRPC on %s. In another terminal:\n\n"+
				"    go run ./cx/cmd/cxhook detect --grpc %s where is my order A1001\n\n", agent, agent)
		}
	})
	if err != nil {
		logger.Error("orders", "error", err)
		os.Exit(1)
	}
}

// run serves the desk until the process is told to end, and tells its address
// and that of its agent once they are there. The agent's is empty where none is
// started.
func run(ctx context.Context, getenv func(string) string, started func(desk, agent string)) error {
	h, err := newHandler(ctx, getenv, outside{}, &Hooks{Desk: NewDesk(), Now: time.Now})
	if err != nil {
		return err
	}
	agent, err := startAgent(ctx, getenv, h)
	if err != nil {
		return err
	}
	defer agent.stop()
	return cx.Serve(ctx, h, cx.WithAddr(addr(getenv)), cx.WithStarted(func(a net.Addr) { started(a.String(), agent.address()) }))
}

// newHandler returns the whole service. What it opens ends with ctx.
func newHandler(ctx context.Context, getenv func(string) string, out outside, hooks *Hooks) (http.Handler, error) {
	guard, err := guardFrom(ctx, getenv, out)
	if err != nil {
		return nil, err
	}
	r := cx.NewRouter()
	r.Handle("/webhook", guard(cx.NewHTTPHandler(hooks.Mux(), cx.WithTimeout(cx.DefaultTimeout)))).Methods(http.MethodPost)
	hooks.addFlexible(r, guard)
	return r, nil
}

// addr is every interface on Cloud Run and the loopback elsewhere.
func addr(getenv func(string) string) string {
	port := getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if onCloudRun(getenv) {
		return ":" + port
	}
	return net.JoinHostPort("127.0.0.1", port)
}

func onCloudRun(getenv func(string) string) bool { return getenv("K_SERVICE") != "" }
