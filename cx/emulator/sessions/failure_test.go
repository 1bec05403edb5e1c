package sessions_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"golang.org/x/tools/txtar"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// desk is an emulated agent whose webhook is called over the network.
func desk(t testing.TB, url string, timeout time.Duration) *emulator.Emulator {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("..", "testdata", "webhooks.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	fsys, err := txtar.FS(ar)
	if err != nil {
		t.Fatal(err)
	}
	a, err := agent.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	w := proto.Clone(a.Webhooks["desk"]).(*cxpb.Webhook)
	w.Timeout = durationpb.New(timeout)
	c, err := caller.New(w, caller.ToURL(url), caller.AllowLocal(), caller.Unauthenticated())
	if err != nil {
		t.Fatal(err)
	}
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)), emulator.WithWebhooks(emulator.Callers{"desk": c}))
	if err != nil {
		t.Fatal(err)
	}
	return em
}

// Every documented failure of a webhook, over real connections from Google's
// client to the webhook and back: with and without a transition target, with
// handlers at the page, at the flow, and none. The event is raised only without
// a target, the finest handler of the nearest level takes it, and the status of
// the call is in the answer in any case.
func TestWebhookFailures(t *testing.T) {
	t.Parallel()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, text)
		}
	}
	late := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	for _, f := range []struct {
		name     string
		handler  http.HandlerFunc // nil: nothing listens
		timeout  time.Duration
		event    string
		code     codes.Code
		attempts int32 // per call, where documented and countable
	}{
		{"timeout", late, 100 * time.Millisecond, "webhook.error.timeout", codes.DeadlineExceeded, 0}, // an attempt may end before it arrives
		{"400", status(400), time.Minute / 2, "webhook.error.bad-request", codes.InvalidArgument, 1},
		{"401", status(401), time.Minute / 2, "webhook.error.rejected", codes.Unauthenticated, 1},
		{"403", status(403), time.Minute / 2, "webhook.error.rejected", codes.PermissionDenied, 1},
		{"404", status(404), time.Minute / 2, "webhook.error", codes.NotFound, 1}, // not-found is about reachability
		{"500", status(500), time.Minute / 2, "webhook.error", codes.Unavailable, 0},
		{"503", status(503), time.Minute / 2, "webhook.error.unavailable", codes.Unavailable, 0},
		{"unreachable", nil, time.Minute / 2, "webhook.error.not-found", codes.Unavailable, 0},
		{"too large", body(`{"payload":{"x":"` + strings.Repeat("x", 65<<10) + `"}}`), time.Minute / 2, "webhook.error", codes.InvalidArgument, 1},
		{"not JSON", body("<html>"), time.Minute / 2, "webhook.error", codes.InvalidArgument, 1},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int32
			url := "http://127.0.0.1:1" // nothing listens there
			if f.handler != nil {
				srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					attempts.Add(1)
					f.handler(w, r)
				}))
				t.Cleanup(srv.Close)
				url = srv.URL
			}
			c := client(t, serve(t, desk(t, url, f.timeout)))
			places := []struct {
				name, page string
				stay       []string
			}{
				{"handlers of the page", "flow-start/pages/page-own", []string{"Staying.", "page " + f.event}},
				{"the coarse one of the page", "flow-start/pages/page-coarse", []string{"Staying.", "page webhook.error"}},
				{"handlers of the flow", "flow-guarded/pages/page-below", []string{"Staying.", "flow " + f.event}},
				{"none", "flow-start/pages/page-plain", []string{"Staying."}},
				{"one with a target", "flow-start/pages/page-leads", []string{"Staying.", "Sorry.", "Here is next."}},
			}
			for i, p := range places {
				for text, want := range map[string][]string{"stay": p.stay, "go": {"Going.", "Here is next."}} {
					req := say(fmt.Sprint(text, i), text)
					req.QueryParams = &cxpb.QueryParameters{CurrentPage: name + "/flows/" + p.page}
					res, err := c.DetectIntent(t.Context(), req)
					if err != nil {
						t.Fatalf("%s, %s: %v", p.name, text, err)
					}
					r := res.GetQueryResult()
					if !slices.Equal(texts(r), want) {
						t.Errorf("%s, %s: replies %q, want %q", p.name, text, texts(r), want)
					}
					if s := r.GetWebhookStatuses(); len(s) != 1 || codes.Code(s[0].GetCode()) != f.code {
						t.Errorf("%s, %s: statuses %v, want one of %v", p.name, text, s, f.code)
					}
					if p := r.GetWebhookPayloads(); len(p) != 1 || len(p[0].GetFields()) != 0 {
						t.Errorf("payloads %v, want an empty one for the failed call", p)
					}
				}
			}
			if calls := int32(2 * len(places)); f.attempts > 0 && attempts.Load() != f.attempts*calls {
				t.Errorf("%d requests for %d calls, want %d each", attempts.Load(), calls, f.attempts)
			}
		})
	}
}
