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

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	slog.SetDefault(logger)
	if err := run(context.Background(), os.Getenv); err != nil {
		logger.Error("orders", "error", err)
		os.Exit(1)
	}
}

// run serves the desk until the process is told to end.
func run(ctx context.Context, getenv func(string) string) error {
	guard, err := guardFrom(getenv)
	if err != nil {
		return err
	}
	desk := &Hooks{Desk: NewDesk(), Now: time.Now}
	r := cx.NewRouter()
	r.Handle("/webhook", guard(cx.NewHTTPHandler(desk.Mux(), cx.WithTimeout(cx.DefaultTimeout)))).Methods(http.MethodPost)
	return cx.Serve(ctx, r, cx.WithAddr(addr(getenv)), cx.WithStarted(func(a net.Addr) {
		fmt.Printf("The order desk answers POST http://%s/webhook; Ctrl-C ends it.\n", a)
	}))
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
		return nil, errors.New("orders: refusing to start on Cloud Run without a verifier: anyone could call the desk")
	}
	return func(h http.Handler) http.Handler { return h }, nil
}
