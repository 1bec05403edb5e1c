package deferred_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/deferred"
	"github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/internal/principal"
)

func say(text string, parts ...cx.Part) *cxpb.WebhookResponse {
	resp, err := cx.Respond(append([]cx.Part{cx.Text(text)}, parts...)...)
	if err != nil {
		panic(err)
	}
	return resp
}

func saying(text string, parts ...cx.Part) cx.Handler {
	return cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return say(text, parts...), nil
	})
}

// texts returns the texts of an answer.
func texts(resp *cxpb.WebhookResponse) string {
	var all []string
	for _, m := range resp.GetFulfillmentResponse().GetMessages() {
		all = append(all, m.GetText().GetText()...)
	}
	return strings.Join(all, ", ")
}

// bench is a set of late answers and a piece of work that takes its time.
type bench struct {
	*deferred.Answers
	runs atomic.Int64
	log  bytes.Buffer
	err  error // of the work
}

func newBench(t *testing.T, cfg deferred.Config) *bench {
	t.Helper()
	b := new(bench)
	if cfg.Store == nil {
		m, err := once.NewMemory(once.MemoryConfig{})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Store = m
	}
	cfg.Logger = slog.New(slog.NewTextHandler(&b.log, nil))
	var err error
	if b.Answers, err = deferred.New(cfg); err != nil {
		t.Fatal(err)
	}
	return b
}

// work is a handler that takes d.
func (b *bench) work(d time.Duration) cx.Handler {
	return b.Handle("quote", cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		n := b.runs.Add(1)
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if b.err != nil {
			return nil, b.err
		}
		return say(fmt.Sprintf("quote %d", n), cx.SetParam("price", 17)), nil
	}), saying("one moment"))
}

const sessions = "projects/p/locations/l/agents/a/sessions/"

// ask calls a handler for a session as the endpoint does, with a deadline.
func ask(t *testing.T, h cx.Handler, session, who string) (string, time.Duration) {
	t.Helper()
	resp, took, err := try(t, h, session, who)
	if err != nil {
		t.Fatal(err)
	}
	return texts(resp), took
}

func try(t *testing.T, h cx.Handler, session, who string) (*cxpb.WebhookResponse, time.Duration, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 4500*time.Millisecond)
	defer cancel()
	if who != "" {
		ctx = principal.NewContext(ctx, principal.Identity{Scheme: "test", Subject: who})
	}
	req := &cxpb.WebhookRequest{}
	if session != "" {
		req.SessionInfo = &cxpb.SessionInfo{Session: sessions + session}
	}
	start := time.Now()
	resp, err := h.ServeWebhook(ctx, req)
	return resp, time.Since(start), err
}

func want(t *testing.T, what, have, want string) {
	t.Helper()
	if have != want {
		t.Errorf("%s: %q, want %q", what, have, want)
	}
}

func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, f)
	})
}

func TestWorkInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, deferred.Config{})
		for i := 1; i <= 2; i++ {
			text, took := ask(t, b.work(4*time.Second), "s", "")
			want(t, "answer", text, fmt.Sprint("quote ", i))
			if took != 4*time.Second {
				t.Errorf("answered after %v, want 4 s", took)
			}
		}
		text, _ := ask(t, b.Collect("quote", saying("nothing")), "s", "")
		want(t, "left behind", text, "nothing")
	})
}

// lined is a store that has all who look at once see the same before one of
// them goes on.
type lined struct{ *once.Memory }

func (l lined) Peek(ctx context.Context, key once.Key) (once.Record, error) {
	rec, err := l.Memory.Peek(ctx, key)
	time.Sleep(100 * time.Millisecond)
	return rec, err
}

// slow is a store that takes its time to give up a claim.
type slow struct{ *once.Memory }

func (s slow) Abandon(ctx context.Context, key once.Key, revision uint64, failure []byte) error {
	time.Sleep(100 * time.Millisecond)
	return s.Memory.Abandon(ctx, key, revision, failure)
}

// Whoever has its answer may ask again at once.
func TestAskingAgainAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, err := once.NewMemory(once.MemoryConfig{})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, deferred.Config{Store: slow{m}})
		for i := range 3 {
			text, _ := ask(t, b.work(time.Second), "s", "")
			want(t, "answer", text, fmt.Sprint("quote ", i+1))
		}
		if err := b.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestLateWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, err := once.NewMemory(once.MemoryConfig{})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, deferred.Config{Store: lined{m}})
		quote, collect := b.work(20*time.Second), b.Collect("quote", saying("not yet"))
		text, took := ask(t, quote, "s", "me")
		want(t, "first call", text, "one moment")
		if took != 4250*time.Millisecond {
			t.Errorf("interim answer after %v, want 250 ms before the deadline", took)
		}
		text, took = ask(t, quote, "s", "me")
		want(t, "the same again", text, "one moment")
		if took != 0 {
			t.Errorf("interim answer after %v, want at once", took)
		}
		text, _ = ask(t, collect, "s", "me")
		want(t, "too early", text, "not yet")
		time.Sleep(16 * time.Second)

		for _, other := range []struct{ what, session, who string }{{"another session", "z", "me"}, {"another principal", "s", "you"}, {"nobody", "s", ""}, {"no session", "", "me"}} {
			text, _ = ask(t, collect, other.session, other.who)
			want(t, other.what, text, "not yet")
		}
		text, _ = ask(t, b.Collect("price", saying("not yet")), "s", "me")
		want(t, "another name", text, "not yet")

		got := make(chan string, 10)
		for range cap(got) {
			go func() {
				text, _ := ask(t, collect, "s", "me")
				got <- text
			}()
		}
		n := make(map[string]int)
		for range cap(got) {
			n[<-got]++
		}
		if d := cmp.Diff(map[string]int{"quote 1": 1, "not yet": 9}, n); d != "" {
			t.Errorf("answers of ten calls at once (-want +have):\n%s", d)
		}
		if runs := b.runs.Load(); runs != 1 {
			t.Errorf("%d runs, want 1", runs)
		}
	})
}

// The tag that began the work may collect it as well.
func TestHandleDeliversItsOwnResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, deferred.Config{Patience: time.Second})
		quote := b.work(3 * time.Second)
		text, took := ask(t, quote, "s", "")
		want(t, "first", text, "one moment")
		if took != time.Second {
			t.Errorf("interim answer after %v, want the patience of 1 s", took)
		}
		time.Sleep(3 * time.Second)
		text, _ = ask(t, quote, "s", "")
		want(t, "second", text, "quote 1")
		text, _ = ask(t, quote, "s", "")
		want(t, "third", text, "one moment")
		if err := b.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", cx.MaxResponseBytes-100)
	for _, tt := range []struct {
		name        string
		next        cx.Handler
		text        string
		price       float64
		left        string // what a later call collects
		wantFailure bool
	}{
		{"before the own answer, whose fields count", saying("hello", cx.SetParam("price", 3)), "quote 1, hello", 3, "nothing", false},
		{"an empty own answer", cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) { return nil, nil }), "quote 1", 17, "nothing", false},
		{"no room", saying(large), large, 0, "quote 1", false},
		{"a call that fails", cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
			return nil, errors.New("no")
		}), "", 0, "quote 1", true},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			b := newBench(t, deferred.Config{})
			ask(t, b.work(10*time.Second), "s", "")
			text, _ := ask(t, b.Deliver("quote", saying("hello")), "s", "")
			want(t, "while it runs", text, "hello")
			time.Sleep(10 * time.Second)
			resp, _, err := try(t, b.Deliver("quote", tt.next), "s", "")
			if (err != nil) != tt.wantFailure {
				t.Fatalf("Deliver: %v", err)
			}
			if texts(resp) != tt.text {
				t.Errorf("delivered %.100q, want %.100q", texts(resp), tt.text)
			}
			if price := resp.GetSessionInfo().GetParameters()["price"].GetNumberValue(); price != tt.price {
				t.Errorf("price = %v, want %v", price, tt.price)
			}
			text, _ = ask(t, b.Collect("quote", saying("nothing")), "s", "")
			want(t, "later", text, tt.left)
		})
	}
}

func TestLateFailure(t *testing.T) {
	t.Parallel()
	sorry := func(_ context.Context, err error) *cxpb.WebhookResponse {
		if err == nil || err.Error() == "" {
			return nil
		}
		return say("sorry")
	}
	for _, tt := range []struct {
		name   string
		failed func(context.Context, error) *cxpb.WebhookResponse
		limit  time.Duration
		err    error
		want   string
	}{
		{"an apology", sorry, 0, errors.New("no"), "sorry"},
		{"nothing", nil, 0, errors.New("no"), "nothing"},
		{"the apology panics", func(context.Context, error) *cxpb.WebhookResponse { panic("no") }, 0, errors.New("no"), "nothing"},
		{"out of time", sorry, 8 * time.Second, nil, "sorry"},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			b := newBench(t, deferred.Config{Failed: tt.failed, Limit: tt.limit})
			b.err = tt.err
			text, _ := ask(t, b.work(10*time.Second), "s", "")
			want(t, "first", text, "one moment")
			time.Sleep(10 * time.Second)
			synctest.Wait()
			text, _ = ask(t, b.Collect("quote", saying("nothing")), "s", "")
			want(t, "delivered", text, tt.want)
			if !strings.Contains(b.log.String(), "late work failed") {
				t.Errorf("log = %q, want the failure", b.log.String())
			}
			b.err = nil
			text, _ = ask(t, b.work(time.Second), "s", "")
			want(t, "asked again", text, "quote 2")
		})
	}
}

func TestPanickingWork(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{0, 10 * time.Second} {
		bubble(t, fmt.Sprint(d), func(t *testing.T) {
			b := newBench(t, deferred.Config{})
			_, _, err := try(t, b.Handle("quote", cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
				time.Sleep(d)
				panic("boom")
			}), saying("one moment")), "s", "")
			if in := d == 0; in != (err != nil) {
				t.Errorf("error %v, want one while the call waits", err)
			}
			time.Sleep(d)
			text, _ := ask(t, b.work(0), "s", "")
			want(t, "asked again", text, "quote 1")
		})
	}
}

func TestLateAnswersExpire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{{once.DefaultAge - time.Millisecond, "quote 1"}, {once.DefaultAge + time.Millisecond, "nothing"}} {
		bubble(t, fmt.Sprint(tt.after), func(t *testing.T) {
			b := newBench(t, deferred.Config{})
			begin := time.Now()
			ask(t, b.work(10*time.Second), "s", "")
			time.Sleep(time.Until(begin.Add(10*time.Second + tt.after)))
			text, _ := ask(t, b.Collect("quote", saying("nothing")), "s", "")
			want(t, "collected", text, tt.want)
		})
	}
}

// A caller that hangs up gets its result at its next call.
func TestHangUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, deferred.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		time.AfterFunc(time.Second, cancel)
		_, _ = b.work(3*time.Second).ServeWebhook(ctx, &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Session: sessions + "s"}})
		time.Sleep(3 * time.Second)
		text, _ := ask(t, b.Collect("quote", saying("nothing")), "s", "")
		want(t, "collected", text, "quote 1")
	})
}

func TestCallWithoutSessionWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, deferred.Config{Patience: time.Second})
		text, took := ask(t, b.work(4*time.Second), "", "")
		want(t, "answer", text, "quote 1")
		if took != 4*time.Second {
			t.Errorf("after %v, want 4 s", took)
		}
	})
}

// down is a store that fails.
type down struct{ *once.Memory }

var errDown = errors.New("connection refused")

func (down) Begin(context.Context, once.Key, time.Duration) (once.Record, error) {
	return once.Record{}, errDown
}

func (down) Peek(context.Context, once.Key) (once.Record, error) { return once.Record{}, errDown }

func TestStoreDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, deferred.Config{Store: down{}})
		_, _, err := try(t, b.work(0), "s", "")
		var failure *cx.Error
		if !errors.As(err, &failure) || failure.Status() != 503 || !errors.Is(err, errDown) || b.runs.Load() != 0 {
			t.Errorf("%v after %d runs, want 503 without a run", err, b.runs.Load())
		}
		text, _ := ask(t, b.Deliver("quote", saying("hello")), "s", "")
		want(t, "delivery goes on", text, "hello")
	})
}

// Work that one instance began is delivered by another, through a store that
// they share.
func TestTwoInstances(t *testing.T) {
	t.Parallel()
	conn, err := jetstream.Open(t.Context(), jetstream.Config{Dir: filepath.Join(t.TempDir(), "js"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	store, err := jetstream.New(t.Context(), conn, jetstream.StoreConfig{})
	if err != nil {
		t.Fatal(err)
	}
	first, second := newBench(t, deferred.Config{Store: store, Patience: time.Millisecond}), newBench(t, deferred.Config{Store: store})
	text, _ := ask(t, first.work(100*time.Millisecond), "s", "")
	want(t, "first instance", text, "one moment")
	text, _ = ask(t, second.work(0), "s", "")
	want(t, "the second, while it runs", text, "one moment")
	if err := first.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, _ = ask(t, second.Deliver("quote", saying("hello")), "s", "")
	want(t, "the second, then", text, "quote 1, hello")
	text, _ = ask(t, first.Collect("quote", saying("nothing")), "s", "")
	want(t, "the first, after that", text, "nothing")
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	m, err := once.NewMemory(once.MemoryConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []deferred.Config{{}, {Store: m, Limit: -1}, {Store: m, Reserve: -1}, {Store: m, Patience: -1}} {
		if _, err := deferred.New(cfg); err == nil {
			t.Errorf("New(%+v) succeeds", cfg)
		}
	}
}
