package jetstream_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/once"
	oncejs "github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
)

// BenchmarkPublish is experiment F10: acknowledgements per second of 1 to 64
// writers, each flushed to the device.
func BenchmarkPublish(b *testing.B) {
	for _, unsaved := range []bool{false, true} {
		for _, writers := range []int{1, 4, 16, 64} {
			b.Run(fmt.Sprintf("flushed=%v/writers=%d", !unsaved, writers), func(b *testing.B) {
				conn := open(b, jetstream.Config{Dir: b.TempDir() + "/store", LoseOnPowerCut: unsaved})
				q := newQueue(b, conn, jetstream.QueueConfig{MaxQueued: 1 << 30})
				var next atomic.Int64
				done := make(chan error, writers)
				b.ResetTimer()
				for range writers {
					go func() {
						for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
							if err := q.Publish(b.Context(), job(int(n))); err != nil {
								done <- err
								return
							}
						}
						done <- nil
					}()
				}
				for range writers {
					if err := <-done; err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acks/s")
			})
		}
	}
}

// BenchmarkReceiver is a signed event through the receiver, by what remembers
// its id and records it, against the route that does neither.
func BenchmarkReceiver(b *testing.B) {
	for _, kind := range []string{"none", "memory", "jetstream-unflushed", "jetstream"} {
		for _, clients := range []int{1, 16} {
			b.Run(fmt.Sprintf("store=%s/clients=%d", kind, clients), func(b *testing.B) {
				h := benchReceiver(b, kind)
				signer, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{Scheme: auth.StripeSignature(), Secret: auth.NewSecret(childSecret)})
				if err != nil {
					b.Fatal(err)
				}
				var next atomic.Int64
				b.SetParallelism(clients)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						body := fmt.Sprintf(`{"id": "evt_%d", "type": "paid", "text": %q}`, next.Add(1), strings.Repeat("x", 1000))
						r := httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body))
						r.Header.Set("Content-Type", "application/json")
						if err := signer.Sign(r, []byte(body)); err != nil {
							b.Error(err)
						}
						w := httptest.NewRecorder()
						h.ServeHTTP(w, r)
						if w.Code != http.StatusOK {
							b.Errorf("status %d", w.Code)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}

// benchReceiver makes a receiver, and a worker that keeps the queue short.
func benchReceiver(b *testing.B, kind string) http.Handler {
	b.Helper()
	source, err := events.Stripe(events.SenderConfig{Name: "bench", Path: "/events", Secrets: auth.FixedSecrets(childSecret)})
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	cfg := events.Config{Handlers: map[string]events.HandlerFunc{"work": func(context.Context, events.Delivery) error { return nil }}, Logger: log}
	source.Flows = []events.Flow{{Triggers: []string{"paid"}, Default: &events.Target{Handler: "work"}}}
	switch kind {
	case "none":
		source.ID = ""
		source.Flows[0].Default = &events.Target{Ignore: true}
	case "memory":
		cfg.Queue, err = events.NewMemoryQueue(events.MemoryQueueConfig{Logger: log})
		if err == nil {
			cfg.Once, err = once.NewMemory(once.MemoryConfig{})
		}
	default:
		conn := open(b, jetstream.Config{Dir: b.TempDir() + "/store", LoseOnPowerCut: kind != "jetstream"})
		cfg.Queue = newQueue(b, conn, jetstream.QueueConfig{})
		cfg.Once, err = oncejs.New(b.Context(), conn, oncejs.StoreConfig{Bytes: 1 << 30})
		cfg.StoreTime = events.DefaultRecordTime
	}
	if err != nil {
		b.Fatal(err)
	}
	cfg.Sources = []events.Source{source}
	receiver, err := events.NewReceiver(cfg)
	if err != nil {
		b.Fatal(err)
	}
	if cfg.Queue != nil {
		worker, err := events.NewWorkHandler(events.WorkConfig{Handlers: cfg.Handlers, Logger: log})
		if err != nil {
			b.Fatal(err)
		}
		work(b, cfg.Queue, worker.Deliver)
	}
	return receiver
}
