package cx_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/cxhook/cxhook/cx"
)

// logBuffer collects JSON log lines.
type logBuffer struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	written chan struct{}
}

func newLogBuffer() *logBuffer { return &logBuffer{written: make(chan struct{}, 1)} }

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.written <- struct{}{}:
	default:
	}
	return b.buf.Write(p)
}

// await returns the first record with the given message, once it is there.
func (b *logBuffer) await(t *testing.T, msg string) map[string]any {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		if list := b.lines(t, msg); len(list) > 0 {
			return list[0]
		}
		select {
		case <-b.written:
		case <-timeout:
			t.Fatalf("no log line %q within 20 s, but %s", msg, b)
		}
	}
}

func (b *logBuffer) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(b, nil)) }

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// awaitText waits until text was written.
func (b *logBuffer) awaitText(t *testing.T, text string) {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for !strings.Contains(b.String(), text) {
		select {
		case <-b.written:
		case <-timeout:
			t.Fatalf("no %q written within 20 s, but %s", text, b)
		}
	}
}

// lines returns the records with the given message.
func (b *logBuffer) lines(t *testing.T, msg string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(b.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if record["msg"] == msg {
			list = append(list, record)
		}
	}
	return list
}

// hook is a handler under test on a real socket.
type hook struct {
	*httptest.Server
	log   *logBuffer
	calls atomic.Int64 // of the handler
	seen  chan cx.Call // what the observer was told
}

func newHook(t *testing.T, h cx.Handler, opts ...cx.Option) *hook {
	t.Helper()
	k := &hook{log: newLogBuffer(), seen: make(chan cx.Call, 4096)}
	counted := cx.HandlerFunc(func(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		k.calls.Add(1)
		return h.ServeWebhook(ctx, req)
	})
	opts = append([]cx.Option{cx.WithLogger(k.log.logger()), cx.WithObserver(func(_ context.Context, c cx.Call) { k.seen <- c })}, opts...)
	r := cx.NewRouter(cx.WithRouterLogger(k.log.logger()))
	if m, ok := h.(*cx.Mux); ok { // stays visible to the handler, so that per-tag terms hold
		h = m
		r.Handle("/webhook", cx.NewHTTPHandler(m, opts...))
	} else {
		r.Handle("/webhook", cx.NewHTTPHandler(counted, opts...))
	}
	k.Server = newServer(t, r)
	return k
}

// newServer serves h until the test ends, with enough idle connections for
// tests of many clients.
func newServer(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	srv.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 100
	t.Cleanup(srv.Close)
	return srv
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

func (k *hook) send(t *testing.T, req *http.Request) reply {
	t.Helper()
	resp, err := k.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, body}
}

func (k *hook) post(t *testing.T, body string) reply {
	t.Helper()
	return k.send(t, k.request(t, body))
}

func (k *hook) request(t *testing.T, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, k.URL+"/webhook", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req
}

// raw writes text to a fresh connection and returns the answer.
func (k *hook) raw(t *testing.T, text string, halfClose bool) reply {
	t.Helper()
	conn, err := net.Dial("tcp", k.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if halfClose {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, body}
}

// refused holds what is true of every refusal: the status is in Dialogflow's
// list and as wanted, the body has the fixed shape, is small and tells nothing,
// the handler was not called, the log has one line with the reason, and the
// next good request succeeds.
func (k *hook) refused(t *testing.T, got reply, status int, reason string) {
	t.Helper()
	if got.status != status {
		t.Errorf("status = %d, want %d (body %.200q)", got.status, status, got.body)
	}
	checkErrorBody(t, got)
	if n := k.calls.Load(); n != 0 {
		t.Errorf("handler was called %d times", n)
	}
	if reason != "" {
		k.log.await(t, "webhook call") // written after the answer
	}
	lines := k.log.lines(t, "webhook call")
	if reason == "" { // the router's own answers are not calls of the handler
		if len(lines) != 0 {
			t.Errorf("log has %d lines, want none", len(lines))
		}
	} else if len(lines) != 1 || lines[0]["reason"] != reason || lines[0]["call"] == "" || lines[0]["status"] != float64(status) {
		t.Errorf("log = %v, want one line with reason %q, status %d and a call id", lines, reason, status)
	}
	if ok := k.post(t, requestBody("ping")); ok.status != http.StatusOK {
		t.Errorf("next good request is answered %d, want 200", ok.status)
	}
}

func checkErrorBody(t *testing.T, got reply) {
	t.Helper()
	if !slices.Contains([]int{400, 401, 403, 404, 500, 503}, got.status) {
		t.Errorf("status %d is not one that Dialogflow knows", got.status)
	}
	if ct := got.header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("content type of the refusal = %q, want application/json", ct)
	}
	if len(got.body) > 1024 {
		t.Errorf("body of the refusal is %d bytes, want at most 1024", len(got.body))
	}
	var shape struct {
		Error *struct {
			Status  int    `json:"status"`
			Message string `json:"message"`
		} `json:"error"`
	}
	dec := json.NewDecoder(bytes.NewReader(got.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&shape); err != nil || shape.Error == nil || shape.Error.Status != got.status || shape.Error.Message == "" {
		t.Errorf("body of the refusal = %q (%v), want the fixed shape", got.body, err)
	}
	for _, word := range []string{"proto:", "goroutine", ".go", "cx:", "httpio", "webhookjson"} {
		if bytes.Contains(got.body, []byte(word)) {
			t.Errorf("body of the refusal tells %q: %q", word, got.body)
		}
	}
}

func requestBody(tag string) string {
	return fmt.Sprintf(`{"detectIntentResponseId":"r1","fulfillmentInfo":{"tag":%q},"sessionInfo":{"session":"projects/p/locations/l/agents/a/sessions/s"}}`, tag)
}

func say(text string) *cxpb.WebhookResponse {
	return &cxpb.WebhookResponse{FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{
		Messages: []*cxpb.ResponseMessage{{Message: &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: []string{text}}}}},
	}}
}

// echo answers with the request's query text.
var echo = cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	return say(req.GetText()), nil
})

func answered(t *testing.T, got reply) *cxpb.WebhookResponse {
	t.Helper()
	if got.status != http.StatusOK {
		t.Fatalf("status = %d, want 200 (body %.300q)", got.status, got.body)
	}
	resp := new(cxpb.WebhookResponse)
	if err := protojson.Unmarshal(got.body, resp); err != nil {
		t.Fatalf("answer %.300q: %v", got.body, err)
	}
	return resp
}
