package events_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
)

// BenchmarkReceiver takes one signed event of 1 KiB after another. The rows add
// one part of the way each: route is a plain handler that reads and verifies
// the same body, so that what stands above it is what receiving costs.
func BenchmarkReceiver(b *testing.B) {
	sign := signer(b, auth.StripeSignature(), secret)
	pad := strings.Repeat("x", 900)
	bodies := func(i int) string { return fmt.Sprintf(`{"id":"evt_%d","type":"paid","pad":%q}`, i, pad) }
	for _, row := range []struct {
		name    string
		handler func(*testing.B) (http.Handler, func())
	}{
		{"route", plainRoute},
		{"ignored", func(b *testing.B) (http.Handler, func()) {
			return benchReceiver(b, func(c *events.Config) {
				c.Sources[0].ID = ""
				c.Sources[0].Flows = []events.Flow{{Default: &events.Target{Ignore: true}}}
			})
		}},
		{"queued", func(b *testing.B) (http.Handler, func()) {
			return benchReceiver(b, func(c *events.Config) { c.Sources[0].ID = "" })
		}},
		{"checked+queued", func(b *testing.B) (http.Handler, func()) { return benchReceiver(b, nil) }},
		{"condition+checked+queued", func(b *testing.B) (http.Handler, func()) {
			return benchReceiver(b, func(c *events.Config) {
				branch(&c.Sources[0], "event.payload.type == 'payment_intent.succeeded' and event.payload.amount > 100")
			})
		}},
	} {
		b.Run(row.name, func(b *testing.B) {
			h, done := row.handler(b)
			b.ReportAllocs()
			b.SetBytes(int64(len(bodies(0))))
			i := 0
			for b.Loop() {
				i++
				body := bodies(i)
				r := httptest.NewRequest(http.MethodPost, "/webhook/stripe", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				sign(r, body)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("event %d: %d %s", i, w.Code, w.Body)
				}
			}
			done()
		})
	}
}

func plainRoute(b *testing.B) (http.Handler, func()) {
	v, err := auth.NewSignatureVerifier(auth.SignatureConfig{Scheme: auth.StripeSignature(), Secrets: auth.FixedSecrets(secret)})
	if err != nil {
		b.Fatal(err)
	}
	return auth.Require(v)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
		_, _ = io.WriteString(w, "ok")
	})), func() {}
}

// benchReceiver is a receiver whose queue is worked on meanwhile.
func benchReceiver(b *testing.B, change func(*events.Config)) (http.Handler, func()) {
	quiet := slog.New(slog.DiscardHandler)
	store, err := once.NewMemory(once.MemoryConfig{})
	if err != nil {
		b.Fatal(err)
	}
	queue, err := events.NewMemoryQueue(events.MemoryQueueConfig{Logger: quiet, MaxJobs: 1 << 20, MaxBytes: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	handlers := map[string]events.HandlerFunc{"book": nothing}
	work, err := events.NewWorkHandler(events.WorkConfig{Handlers: handlers, Logger: quiet})
	if err != nil {
		b.Fatal(err)
	}
	cfg := events.Config{Sources: []events.Source{paid(b)}, Handlers: handlers, Queue: queue, Once: store, Logger: quiet}
	if change != nil {
		change(&cfg)
	}
	r, err := events.NewReceiver(cfg)
	if err != nil {
		b.Fatal(err)
	}
	workers := events.StartWorkers(queue, work.Deliver)
	return r, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := workers.Shutdown(ctx); err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkMemoryQueue publishes jobs and works them off.
func BenchmarkMemoryQueue(b *testing.B) {
	quiet := slog.New(slog.DiscardHandler)
	for _, order := range []string{"", "one"} {
		b.Run("order="+order, func(b *testing.B) {
			q, err := events.NewMemoryQueue(events.MemoryQueueConfig{Logger: quiet, MaxJobs: 1 << 20, MaxBytes: 1 << 32})
			if err != nil {
				b.Fatal(err)
			}
			workers := events.StartWorkers(q, nothing)
			job := events.Job{ID: "a", Handler: "h", Order: order, Payload: []byte(paidBody)}
			b.ReportAllocs()
			for b.Loop() {
				for q.Publish(b.Context(), job) != nil { // full: the workers catch up
					time.Sleep(time.Millisecond)
				}
			}
			if err := workers.Shutdown(context.Background()); err != nil {
				b.Error(err)
			}
		})
	}
}
