package cx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx"
)

func TestOtherMethodsAndPathsAre404(t *testing.T) {
	t.Parallel()
	k := newHook(t, refuser(t))
	for _, method := range []string{"GET", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "BREW"} {
		req := k.request(t, requestBody("t"))
		req.Method = method
		got := k.send(t, req)
		if got.status != http.StatusNotFound {
			t.Errorf("%s is answered %d, want 404", method, got.status)
		}
		if method != "HEAD" {
			checkErrorBody(t, got)
		}
	}
	for _, path := range []string{
		"//webhook", "/a/../webhook", "/webhook/", "/./webhook", "/%77ebhook", "/webhook%2f", "/Webhook", "/",
		"/health/../webhook", "/webhook;/health", "/webhook%23/health", "/health/", "//health",
	} {
		got := k.raw(t, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", false)
		if got.status != http.StatusNotFound {
			t.Errorf("path %s is answered %d, want 404", path, got.status)
		}
		checkErrorBody(t, got)
	}
	if n := k.calls.Load(); n != 0 {
		t.Errorf("handler was called %d times", n)
	}
	line := k.log.await(t, "no route")
	if line["method"] != "POST" || line["path"] != "//webhook" {
		t.Errorf("log line = %v, want method and path of the first request without a route", line)
	}
}

func TestRouterRouteWithMethodsIs404(t *testing.T) {
	t.Parallel()
	r := cx.NewRouter()
	r.Handle("/webhook", cx.NewHTTPHandler(echo)).Methods(http.MethodPost)
	srv := newServer(t, r)
	resp, err := srv.Client().Get(srv.URL + "/webhook")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	checkErrorBody(t, reply{resp.StatusCode, resp.Header, body})
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("GET of a POST route is answered %d, want 404", resp.StatusCode)
	}
}

func TestFraming(t *testing.T) {
	t.Parallel()
	const head = "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	tests := []struct {
		name, text string
		halfClose  bool
		status     int
		reason     string
	}{
		{"length 10, two bytes, end", head + "Content-Length: 10\r\n\r\n{}", true, 400, "body-incomplete"},
		{"length over the limit, no body", head + "Content-Length: 2000000\r\n\r\n", false, 400, "body-too-large"},
		{"length over the limit, no body, wants 100", head + "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n", false, 400, "body-too-large"},
		{"broken chunk", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false, 400, "body-incomplete"},
		{"chunk cut", head + "Transfer-Encoding: chunked\r\n\r\n10\r\n{}", true, 400, "body-incomplete"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newHook(t, refuser(t))
			k.refused(t, k.raw(t, tt.text, tt.halfClose), tt.status, tt.reason)
		})
	}
}

func TestRefusedMethodDoesNotAskForTheBody(t *testing.T) {
	t.Parallel()
	k := newHook(t, refuser(t))
	got := k.raw(t, "GET /webhook HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n", false)
	if got.status != http.StatusNotFound { // ReadResponse would have returned 100 first
		t.Errorf("first answer is %d, want 404 without 100 Continue", got.status)
	}
}

func TestSlowBodyIsCutOff(t *testing.T) {
	t.Parallel()
	k := newHook(t, refuser(t))
	begin := time.Now()
	got := k.raw(t, "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{", false)
	k.refused(t, got, http.StatusBadRequest, "body-incomplete")
	t.Logf("a silent body was cut off after %v", time.Since(begin))
}

func TestSlowHandlerOutlivesTheBodyDeadline(t *testing.T) {
	t.Parallel()
	k := newHook(t, cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		select {
		case <-time.After(6 * time.Second): // longer than a body may take
			return say("done"), nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}), cx.WithTimeout(20*time.Second))
	answered(t, k.post(t, requestBody("t")))
}

// sized returns a response whose JSON has n bytes.
func sized(n int) *cxpb.WebhookResponse {
	const frame = `{"fulfillmentResponse":{"messages":[{"text":{"text":[""]}}]}}`
	return say(strings.Repeat("<", n-len(frame)))
}

func TestResponseLimit(t *testing.T) {
	t.Parallel()
	k := newHook(t, cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		if req.GetFulfillmentInfo().GetTag() == "over" {
			return sized(cx.MaxResponseBytes + 1), nil
		}
		return sized(cx.MaxResponseBytes), nil
	}))
	for range 20 { // the encoder of protobuf varies its blanks on purpose
		got := k.post(t, requestBody("at"))
		if len(got.body) != cx.MaxResponseBytes || got.header.Get("Content-Length") != "65536" {
			t.Fatalf("answer has %d bytes and Content-Length %s, want 65536", len(got.body), got.header.Get("Content-Length"))
		}
		answered(t, got)
	}
	got := k.post(t, requestBody("over"))
	if got.status != http.StatusInternalServerError {
		t.Errorf("one byte over the limit is answered %d, want 500", got.status)
	}
	checkErrorBody(t, got)
}

func TestTooLargeResponseIsBrokenDown(t *testing.T) {
	t.Parallel()
	big := say(strings.Repeat("x", 40<<10))
	big.SessionInfo = &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"p": structpb.NewStringValue(strings.Repeat("y", 20<<10))}}
	big.Payload = &structpb.Struct{Fields: map[string]*structpb.Value{"q": structpb.NewStringValue(strings.Repeat("z", 10<<10))}}
	k := newHook(t, cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) { return big, nil }))
	if got := k.post(t, requestBody("t")); got.status != http.StatusInternalServerError {
		t.Errorf("status = %d, want 500", got.status)
	}
	<-k.seen // the log is written before
	lines := k.log.lines(t, "webhook call")
	if len(lines) != 1 {
		t.Fatalf("log has %d lines, want 1", len(lines))
	}
	text := fmt.Sprint(lines[0]["error"])
	// 2^10 multiples plus the fixed text around each value.
	for _, part := range []string{"Dialogflow accepts 65536", "messages 41019", "parameters 20517", "payload 10258"} {
		if !strings.Contains(text, part) {
			t.Errorf("log says %q, want it to hold %q", text, part)
		}
	}
	if lines[0]["reason"] != "response-too-large" {
		t.Errorf("reason = %v, want response-too-large", lines[0]["reason"])
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	secret := errors.New("password hunter2 is wrong")
	tests := []struct {
		name   string
		resp   *cxpb.WebhookResponse
		err    error
		status int
		public string
	}{
		{"nothing", nil, nil, 200, ""},
		{"empty response", &cxpb.WebhookResponse{}, nil, 200, ""},
		{"text with markup", say("<&> \u2028 😀"), nil, 200, ""},
		{"chosen status and text", nil, cx.Errorf(404, "no order %q", "17").WithCause(secret), 404, `no order "17"`},
		{"wrapped error", nil, fmt.Errorf("deep: %w", cx.Errorf(403, "not yours")), 403, "not yours"},
		{"400", nil, cx.Errorf(400, "x"), 400, "x"},
		{"401", nil, cx.Errorf(401, "x"), 401, "x"},
		{"503", nil, cx.Errorf(503, "x"), 503, "x"},
		{"status 0", nil, cx.Errorf(0, "x"), 500, "x"},
		{"status 99", nil, cx.Errorf(99, "x"), 500, "x"},
		{"status 200 is no error", nil, cx.Errorf(200, "x"), 500, "x"},
		{"status 204", nil, cx.Errorf(204, "x"), 500, "x"},
		{"status 302", nil, cx.Errorf(302, "x"), 500, "x"},
		{"status 405", nil, cx.Errorf(405, "x"), 404, "x"},
		{"status 418", nil, cx.Errorf(418, "x"), 400, "x"},
		{"status 429", nil, cx.Errorf(429, "x"), 503, "x"},
		{"status 504", nil, cx.Errorf(504, "x"), 503, "x"},
		{"status 1000", nil, cx.Errorf(1000, "x"), 500, "x"},
		{"any other error", nil, secret, 500, "internal error"},
		{"a dependency's deadline", nil, fmt.Errorf("db: %w", context.DeadlineExceeded), 503, "the webhook did not finish in time"},
		{"unfit parameter", nil, &cx.ParamError{Source: "session", Name: "size", Err: cx.ErrParamRange}, 400, `session parameter "size": out of range`},
		{"NaN", &cxpb.WebhookResponse{Payload: &structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewNumberValue(math.NaN())}}}, nil, 500, ""},
		{"empty value", &cxpb.WebhookResponse{Payload: &structpb.Struct{Fields: map[string]*structpb.Value{"a": {}}}}, nil, 500, ""},
		{"invalid UTF-8", say("a\xff"), nil, 500, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newHook(t, cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) { return tt.resp, tt.err }))
			got := k.post(t, requestBody("t"))
			if tt.status == 200 {
				answered(t, got)
				if ct := got.header.Get("Content-Type"); ct != "application/json" {
					t.Errorf("content type = %q, want application/json", ct)
				}
				return
			}
			checkErrorBody(t, got)
			if got.status != tt.status {
				t.Errorf("status = %d, want %d", got.status, tt.status)
			}
			level := "WARN"
			if tt.status >= 500 {
				level = "ERROR"
			}
			if line := k.log.await(t, "webhook call"); line["level"] != level {
				t.Errorf("log line has level %v, want %s", line["level"], level)
			}
			if tt.public != "" && !bytes.Contains(got.body, []byte(strings.ReplaceAll(tt.public, `"`, `\"`))) {
				t.Errorf("body = %q, want the text %q", got.body, tt.public)
			}
			if bytes.Contains(got.body, []byte("hunter2")) {
				t.Errorf("body tells the cause: %q", got.body)
			}
			if errors.Is(tt.err, secret) && !strings.Contains(k.log.String(), "hunter2") {
				t.Errorf("log lacks the cause: %s", k.log)
			}
		})
	}
}

func TestObserverAndLog(t *testing.T) {
	t.Parallel()
	k := newHook(t, echo)
	body := `{"detectIntentResponseId":"r1","fulfillmentInfo":{"tag":"t\u202e\u2028"},"sessionInfo":{"session":"s\r\nforged","parameters":{"card":"4111-canary"}},"text":"canary-text"}`
	answered(t, k.post(t, body))
	call := <-k.seen
	if call.Principal.Subject != "" || call.Tag != "t\u202e\u2028" || call.Session != "s\r\nforged" || call.ResponseID != "r1" || call.Status != 200 ||
		call.RequestBytes != len(body) || call.ResponseBytes == 0 || call.Duration <= 0 || call.Err != nil || call.Reason != "" {
		t.Errorf("observed call = %+v", call)
	}
	lines := k.log.lines(t, "webhook call")
	if len(lines) != 1 {
		t.Fatalf("log has %d lines, want 1", len(lines))
	}
	if lines[0]["session"] != "s\uFFFD\uFFFDforged" || lines[0]["tag"] != "t\uFFFD\uFFFD" {
		t.Errorf("log line = %v, want unprintable characters replaced", lines[0])
	}
	if strings.Contains(k.log.String(), "canary") {
		t.Errorf("log holds a parameter or text: %s", k.log)
	}
	answered(t, k.post(t, `{"sessionInfo":{"session":"`+strings.Repeat("s", 1<<19)+`"}}`))
	<-k.seen
	if n := len(fmt.Sprint(k.log.lines(t, "webhook call")[1]["session"])); n > 1024 {
		t.Errorf("session takes %d bytes of the log line, want at most 1024", n)
	}
}

func TestHangUpCancelsTheContext(t *testing.T) {
	t.Parallel()
	inside := make(chan struct{})
	ended := make(chan error, 1)
	k := newHook(t, cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		close(inside)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}), cx.WithTimeout(30*time.Second))
	conn, err := net.Dial("tcp", k.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	body := requestBody("t")
	fmt.Fprintf(conn, "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	<-inside
	conn.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("handler's context ended by %v, want cancellation", err)
	}
	if call := <-k.seen; call.Reason != "canceled" || call.Status != http.StatusServiceUnavailable {
		t.Errorf("observed %d %q, want 503 canceled", call.Status, call.Reason)
	}
}

func TestConcurrentClients(t *testing.T) {
	t.Parallel()
	const clients, calls = 100, 20
	k := newHook(t, echo)
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range calls {
				text := fmt.Sprintf("client %d call %d", c, i)
				resp := answered(t, k.post(t, fmt.Sprintf(`{"fulfillmentInfo":{"tag":"t"},"text":%q}`, text)))
				if got := resp.GetFulfillmentResponse().GetMessages()[0].GetText().GetText()[0]; got != text {
					t.Errorf("%s was answered %q", text, got)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d calls; goroutines before %d, after %d", clients*calls, before, runtime.NumGoroutine())
}
