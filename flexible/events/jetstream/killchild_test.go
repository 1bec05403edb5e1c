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
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/once"
	oncejs "github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
)

// childEnv holds the configuration of a receiver that the test kills; its
// presence makes the test binary one.
const childEnv = "CXHOOK_KILL_CHILD"

const childSecret = "whsec_0123456789abcdef0123456789abcdef"

type childConfig struct {
	Dir     string // of the store; empty for a queue in memory
	Sink    string // URL of the system that effects go to; empty for no work
	Later   bool   // no work before POST /work
	Unsaved bool   // leave flushing to the operating system
	Writers int    // publish from so many goroutines, and end
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
	queue, store, err := childStores(ctx, cfg)
	if err != nil {
		return err
	}
	if cfg.Writers > 0 {
		return publishFrom(ctx, queue, cfg.Writers)
	}
	receiver, worker, err := childReceiver(cfg, queue, store)
	if err != nil {
		return err
	}
	workErr := make(chan error, 1)
	work := func() { workErr <- queue.Work(ctx, worker.Deliver) }
	if cfg.Sink != "" && !cfg.Later {
		go work()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: childHandler(cfg, receiver, queue, work), ReadHeaderTimeout: time.Minute}
	go func() { workErr <- srv.Serve(l) }()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		workErr <- nil // the test is over
	}()
	fmt.Println(l.Addr())
	return <-workErr
}

// childPublished is how many jobs publishFrom publishes.
const childPublished = 1024

func publishFrom(ctx context.Context, queue events.Queue, writers int) error {
	fmt.Println("publishing")
	group, ctx := errgroup.WithContext(ctx)
	for w := range writers {
		group.Go(func() error {
			for n := w; n < childPublished; n += writers {
				if err := queue.Publish(ctx, job(n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// childReceiver is what a program makes of the parts: signed events, one claim
// for each, a record before the answer, and an effect under a claim of its own.
func childReceiver(cfg childConfig, queue events.Queue, store once.Store) (*events.Receiver, *events.WorkHandler, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1}))
	source, err := events.Stripe(events.SenderConfig{Name: "kill", Path: "/events", Secrets: auth.FixedSecrets(childSecret)})
	if err != nil {
		return nil, nil, err
	}
	source.Flows = []events.Flow{{Triggers: []string{"paid"}, Default: &events.Target{Handler: "effect"}}}
	handlers := map[string]events.HandlerFunc{"effect": func(ctx context.Context, d events.Delivery) error {
		_, err := events.Effect(ctx, store, d, "charge", 2*time.Second, func(ctx context.Context, key once.Key) ([]byte, error) {
			return nil, effect(ctx, cfg.Sink, d.ID, key)
		})
		return err
	}}
	receiver, err := events.NewReceiver(events.Config{
		Sources: []events.Source{source}, Handlers: handlers, Queue: queue, Once: store,
		StoreTime: 2 * time.Second, RecordTime: 2 * time.Second, Logger: log,
	})
	if err != nil {
		return nil, nil, err
	}
	worker, err := events.NewWorkHandler(events.WorkConfig{Handlers: handlers, Logger: log})
	return receiver, worker, err
}

func childHandler(cfg childConfig, receiver http.Handler, queue events.Queue, work func()) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/events", receiver)
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

func childStores(ctx context.Context, cfg childConfig) (events.Queue, once.Store, error) {
	if cfg.Dir == "" {
		queue, err := events.NewMemoryQueue(events.MemoryQueueConfig{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return nil, nil, err
		}
		store, err := once.NewMemory(once.MemoryConfig{})
		return queue, store, err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	open := jetstream.Config{Dir: cfg.Dir, LoseOnPowerCut: cfg.Unsaved, Logger: log}
	if cfg.Tmpfs != "" {
		open.MaxStore = 1 << 40 // so that it is the file system that is full
	}
	conn, err := jetstream.Open(ctx, open)
	if err != nil {
		return nil, nil, err
	}
	store, err := oncejs.New(ctx, conn, oncejs.StoreConfig{Age: time.Hour})
	if err != nil {
		return nil, nil, err
	}
	queue, err := jetstream.NewQueue(ctx, conn, jetstream.QueueConfig{
		MaxQueued: 20_000, Lease: 2 * time.Second, MinBackoff: 50 * time.Millisecond, MaxBackoff: time.Second, Attempts: 1000, Logger: log,
	})
	if err != nil {
		return nil, nil, err
	}
	jetstream.AuditEvery(queue, 200*time.Millisecond)
	return queue, store, nil
}

// effect asks the system that acts, with a key that makes repetitions known to
// it.
func effect(ctx context.Context, sink, id string, key once.Key) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sink, strings.NewReader(id))
	if err != nil {
		return err
	}
	req.Header.Set("Idempotency-Key", string(key))
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
