package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
)

//go:embed receiver.yaml
var builtIn []byte

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	err := run(context.Background(), func(addr string) {
		fmt.Printf("Events arrive at http://%s; Ctrl-C ends it.\n", addr)
	})
	if err != nil {
		slog.Error("receiver", "error", err)
		os.Exit(1)
	}
}

// run serves until the process is told to end, and tells its address once it
// is there.
func run(ctx context.Context, started func(addr string)) error {
	trial, err := trialSecrets()
	if err != nil {
		return err
	}
	s, err := newService(ctx)
	if err != nil {
		return err
	}
	opts := []cx.ServeOption{
		cx.WithStarted(func(a net.Addr) { started(a.String()) }),
		cx.WithShutdown(s.workers.Shutdown), // the queue is worked off within the drain time
	}
	if trial {
		port := os.Getenv("PORT")
		if port == "" {
			port = "8080"
		}
		opts = append(opts, cx.WithAddr(net.JoinHostPort("127.0.0.1", port)))
	}
	if addr := os.Getenv("METRICS_ADDR"); addr != "" {
		metrics := &http.Server{Addr: addr, Handler: s.figures, ReadHeaderTimeout: 5 * time.Second}
		go func() {
			if err := metrics.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
				slog.Error("figures are not served", "error", err)
			}
		}()
		opts = append(opts, cx.WithShutdown(metrics.Shutdown))
	}
	return cx.Serve(ctx, s.handler, opts...)
}

// secrets are the variables that the built-in file reads.
var secrets = []string{"WORKER_SECRET", "GITHUB_SECRET", "STRIPE_SECRET", "CHAT_SECRET", "FLOW_LOGIN"}

// trialSecrets sets what is not set, and reports whether it set anything.
func trialSecrets() (bool, error) {
	trial := false
	for _, name := range secrets {
		if os.Getenv(name) != "" || os.Getenv("RECEIVER_CONFIG") != "" {
			continue
		}
		if os.Getenv("K_SERVICE") != "" {
			return false, fmt.Errorf("the environment variable %s is not set", name)
		}
		value := "trial-" + strings.ToLower(name)
		if name == "FLOW_LOGIN" {
			value = "flow:" + value + "-secret"
		}
		if err := os.Setenv(name, value); err != nil {
			return false, err
		}
		trial = true
		slog.Warn("not set: a secret for trials stands in, and only this machine is served", "variable", name)
	}
	return trial, nil
}

// service is everything behind the listener.
type service struct {
	handler http.Handler
	workers *events.Workers
	figures *events.Figures
}

func newService(ctx context.Context) (*service, error) {
	name, data := "receiver.yaml", builtIn
	if file := os.Getenv("RECEIVER_CONFIG"); file != "" {
		read, err := os.ReadFile(file) //nolint:gosec // G703: whoever starts the program names its file
		if err != nil {
			return nil, err
		}
		name, data = file, read
	}
	cfg, err := events.ReadConfig(ctx, name, data, events.FileOptions{})
	if err != nil {
		return nil, err
	}
	// The chat platform has its last 10,000 events remembered, whenever they came.
	store, err := once.NewMemory(once.MemoryConfig{Entries: 100_000, Age: 7 * 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	queue, err := events.NewMemoryQueue(events.MemoryQueueConfig{})
	if err != nil {
		return nil, err
	}
	figures := events.NewFigures()
	w := &work{effects: store}
	cfg.Handlers, cfg.Runs = w.handlers(), w.runs()
	cfg.Queue, cfg.Once, cfg.Figures = queue, store, figures
	receiver, err := events.NewReceiver(cfg)
	if err != nil {
		return nil, err
	}
	worker, err := events.NewWorkHandler(events.WorkConfig{Handlers: w.handlers(), Figures: figures})
	if err != nil {
		return nil, err
	}
	r := cx.NewRouter(cx.WithHealthStatus("healthy"), cx.WithHealth("processed_events", figures.ProcessedEvents))
	r.PathPrefix("/").Handler(receiver)
	return &service{handler: r, workers: events.StartWorkers(queue, worker.Deliver), figures: figures}, nil
}
