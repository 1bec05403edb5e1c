package oncetest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/bench/body"
)

// discard is a response writer that keeps nothing.
type discard struct {
	header http.Header
	status *int
}

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(status int)      { *d.status = status }

// BenchmarkRoute measures one call of 4 KB on a route with the check over a
// store, or without it if the store is nil: a new turn each time, or the same.
func BenchmarkRoute(b *testing.B, store once.Store, repeated bool) {
	b.Helper()
	opts := []cx.Option{cx.WithLogger(slog.New(slog.DiscardHandler))}
	if store != nil {
		group, err := once.New(once.Config{Store: store, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		opts = append(opts, cx.WithOnce(group))
	}
	resp, err := cx.Respond(cx.Text("On its way."), cx.SetParam("state", "sent"))
	if err != nil {
		b.Fatal(err)
	}
	typed := cx.Typed(func(context.Context, struct {
		Unknown string `cx:"no-such-parameter"`
	},
	) (*cxpb.WebhookResponse, error) {
		return resp, nil
	})
	h := cx.NewHTTPHandler(typed, opts...)
	raw := body.Request(4<<10, body.Pretty)
	const at = `"detectIntentResponseId": "`
	id := raw[bytes.Index(raw, []byte(at))+len(at):][:16]
	start := fmt.Sprintf("%08x", b.N)
	i := 0
	w := discard{make(http.Header), new(int)}
	b.ReportAllocs()
	for b.Loop() {
		if i++; !repeated {
			copy(id, fmt.Appendf(nil, "%s%08x", start, i))
		}
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "/webhook", bytes.NewReader(bytes.Clone(raw)))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if h.ServeHTTP(w, r); *w.status != http.StatusOK {
			b.Fatalf("answered %d, want 200", *w.status)
		}
	}
}
