package jetstream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
)

// childEnv holds the configuration of a receiver that the test kills; its
// presence makes the test binary one.
const childEnv = "CXHOOK_KILL_CHILD"

type childConfig struct {
	Dir     string // of the store; empty for a queue in memory
	Sink    string // URL of the system that effects go to; empty for no work
	Later   bool   // no work before POST /work
	Unsaved bool   // leave flushing to the operating system
	Tmpfs   string // size of a file system of its own, mounted above Dir
}

// runChild serves a receiver until the test is gone, or it is killed.
func runChild() {
	text := os.Getenv(childEnv)
	if text == "" {
		return
	}
	if err := serveChild(text); err != nil {
		fmt.Fprintln(os.Stderr, "receiver:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serveChild(text string) error {
	var cfg childConfig
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		return err
	}
	if err := prepareChild(cfg); err != nil {
		return err
	}
	ctx := context.Background()
	queue, err := childQueue(ctx, cfg)
	if err != nil {
		return err
	}
	workErr := make(chan error, 1)
	work := func() { workErr <- queue.Work(ctx, effect(cfg.Sink)) }
	if cfg.Sink != "" && !cfg.Later {
		go work()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: childHandler(cfg, queue, work), ReadHeaderTimeout: time.Minute}
	go func() { workErr <- srv.Serve(l) }()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		workErr <- nil // the test is over
	}()
	fmt.Println(l.Addr())
	return <-workErr
}

func childHandler(cfg childConfig, queue events.Queue, work func()) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /events", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		err = queue.Publish(r.Context(), events.Job{ID: r.Header.Get("Event-Id"), Handler: "effect", Source: "kill", Payload: body, Received: time.Now()})
		if err != nil {
			http.Error(w, "not recorded", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		stats, err := queue.Stats(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(stats)
	})
	mux.HandleFunc("POST /work", func(http.ResponseWriter, *http.Request) { go work() })
	mux.HandleFunc("POST /space", func(http.ResponseWriter, *http.Request) { _ = os.Remove(ballast(cfg)) })
	return mux
}

// ballast takes space that the test gives back.
func ballast(cfg childConfig) string { return filepath.Join(filepath.Dir(cfg.Dir), "ballast") }

func childQueue(ctx context.Context, cfg childConfig) (events.Queue, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	open := jetstream.Config{Dir: cfg.Dir, LoseOnPowerCut: cfg.Unsaved, Logger: log}
	if cfg.Tmpfs != "" {
		open.MaxStore = 1 << 40 // so that it is the file system that is full
	}
	conn, err := jetstream.Open(ctx, open)
	if err != nil {
		return nil, err
	}
	return jetstream.NewQueue(ctx, conn, jetstream.QueueConfig{
		MaxQueued: 20_000, Lease: 2 * time.Second, MinBackoff: 50 * time.Millisecond, MaxBackoff: time.Second, Attempts: 1000, Logger: log,
	})
}

// effect tells the system that acts, with a key that makes repetitions known to it.
func effect(sink string) func(context.Context, events.Delivery) error {
	return func(ctx context.Context, d events.Delivery) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, sink, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Idempotency-Key", d.ID)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return nil
	}
}
