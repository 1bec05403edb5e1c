package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/cxhook/cxhook/cx"
)

// errNoVerifier keeps the desk from being open to the world.
var errNoVerifier = errors.New("orders: refusing to start on Cloud Run without a verifier: anyone could call the desk")

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	slog.SetDefault(logger)
	err := run(context.Background(), os.Getenv, func(addr string) {
		fmt.Printf("The order desk answers POST http://%s/webhook; Ctrl-C ends it.\n", addr)
	})
	if err != nil {
		logger.Error("orders", "error", err)
		os.Exit(1)
	}
}

// run serves the desk until the process is told to end, and tells its address
// once it is there.
func run(ctx context.Context, getenv func(string) string, started func(addr string)) error {
	h, err := newHandler(getenv, &Hooks{Desk: NewDesk(), Now: time.Now})
	if err != nil {
		return err
	}
	return cx.Serve(ctx, h, cx.WithAddr(addr(getenv)), cx.WithStarted(func(a net.Addr) { started(a.String()) }))
}

// newHandler returns the whole service.
func newHandler(getenv func(string) string, hooks *Hooks) (http.Handler, error) {
	guard, err := guardFrom(getenv)
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

// guardFrom returns the middleware that lets verified callers in. Open to
// everyone is for the laptop only.
func guardFrom(getenv func(string) string) (func(http.Handler) http.Handler, error) {
	if onCloudRun(getenv) {
		return nil, errNoVerifier
	}
	return func(h http.Handler) http.Handler { return h }, nil
}
