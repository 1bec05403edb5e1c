package flexible_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/internal/principal"
)

type refund struct {
	Attempt string `cx:"header:Idempotency-Key"`
	Order   string `cx:"path:order,required"`
	Amount  int    `cx:"amount"`
}

func newOnce(t *testing.T) *once.Group {
	t.Helper()
	store, err := once.NewMemory(once.MemoryConfig{})
	if err != nil {
		t.Fatal(err)
	}
	group, err := once.New(once.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	return group
}

func TestOnce(t *testing.T) {
	t.Parallel()
	type sent struct{ method, order, key, body, who string }
	first := sent{http.MethodPost, "A1", "k", `{"amount":5}`, "me"}
	tests := []struct {
		name   string
		second sent
		same   bool
	}{
		{"same name", first, true},
		{"same name, other body", sent{http.MethodPost, "A1", "k", `{"amount":6}`, "me"}, true},
		{"other name", sent{http.MethodPost, "A1", "l", `{"amount":5}`, "me"}, false},
		{"other path", sent{http.MethodPost, "A2", "k", `{"amount":5}`, "me"}, false},
		{"other method", sent{http.MethodPut, "A1", "k", `{"amount":5}`, "me"}, false},
		{"other principal", sent{http.MethodPost, "A1", "k", `{"amount":5}`, "you"}, false},
		{"no name", sent{http.MethodPost, "A1", "", `{"amount":5}`, "me"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var runs atomic.Int64
			seen := make(chan flexible.Call, 2)
			handler := flexible.NewHandler(func(_ context.Context, in refund) (string, error) {
				return fmt.Sprintf("refund %d of %d for %s", runs.Add(1), in.Amount, in.Order), nil
			}, silent(),
				flexible.WithOnce(newOnce(t), func(_ context.Context, in refund) string { return in.Attempt }),
				flexible.WithObserver(func(_ context.Context, c flexible.Call) { seen <- c }))
			routes := http.NewServeMux()
			routes.HandleFunc("/orders/{order}/refund", func(w http.ResponseWriter, r *http.Request) { // stands for auth.Require
				who := principal.Identity{Scheme: "test", Subject: r.Header.Get("X-Principal")}
				handler.ServeHTTP(w, r.WithContext(principal.NewContext(r.Context(), who)))
			})
			server := httptest.NewServer(routes)
			t.Cleanup(server.Close)
			send := func(s sent) string {
				status, _, body := call(t, server, exchange{
					method: s.method, path: "/orders/" + s.order + "/refund", contentType: "application/json", body: s.body,
					header: http.Header{"Idempotency-Key": {s.key}, "X-Principal": {s.who}},
				})
				if status != http.StatusOK {
					t.Errorf("answered %d %q, want 200", status, body)
				}
				return body
			}
			a, b := send(first), send(tt.second)
			if runs.Load() == 1 != tt.same || a == b != tt.same {
				t.Errorf("answers %q, %q after %d runs, want same = %v", a, b, runs.Load(), tt.same)
			}
			<-seen
			want := once.Ran
			switch {
			case tt.same:
				want = once.Replayed
			case tt.second.key == "":
				want = ""
			}
			if c := <-seen; c.Once != want {
				t.Errorf("observed %q, want %q", c.Once, want)
			}
		})
	}
}

func TestOncePanicsWhenItIsMade(t *testing.T) {
	t.Parallel()
	group := newOnce(t)
	named := func(context.Context, refund) string { return "" }
	for name, f := range map[string]func(){
		"no group":    func() { flexible.WithOnce(nil, named) },
		"nil group":   func() { flexible.WithOnce((*once.Group)(nil), named) },
		"no function": func() { flexible.WithOnce[refund](group, nil) },
		"other input": func() {
			flexible.NewHandler(echo, flexible.WithOnce(group, named))
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
