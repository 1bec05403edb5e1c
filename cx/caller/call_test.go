package caller_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/cxhook/cxhook/cx/caller"
)

// Every status and every way to answer wrongly, over real sockets and in
// process, with the event that the agent raises.
func TestFailuresAndTheirEvents(t *testing.T) {
	t.Parallel()
	const js = "application/json"
	tests := []struct {
		name        string
		status      int
		contentType string
		body        string
		opts        []caller.Option
		kind        caller.Kind
		event       string
		attempts    int
	}{
		{"400", 400, js, "{}", nil, caller.BadStatus, caller.EventBadRequest, 1},
		{"401", 401, js, "{}", nil, caller.BadStatus, caller.EventRejected, 1},
		{"403", 403, js, "{}", nil, caller.BadStatus, caller.EventRejected, 1},
		{"404 is open: plain by default", 404, js, "{}", nil, caller.BadStatus, caller.EventError, 1},
		{"404 as not found", 404, js, "{}", []caller.Option{caller.NotFoundOn404()}, caller.BadStatus, caller.EventNotFound, 1},
		{"408 is no timeout of the call", 408, js, "{}", nil, caller.BadStatus, caller.EventError, 1},
		{"429", 429, js, "{}", nil, caller.BadStatus, caller.EventError, 1},
		{"429 retried on demand", 429, js, "{}", []caller.Option{caller.WithRetry(caller.RetryAlso(429, 500))}, caller.BadStatus, caller.EventError, 2},
		{"500", 500, js, "{}", nil, caller.BadStatus, caller.EventError, 1},
		{"502", 502, js, "{}", nil, caller.BadStatus, caller.EventError, 2},
		{"503", 503, js, "{}", nil, caller.BadStatus, caller.EventUnavailable, 2},
		{"503 without retry", 503, js, "{}", []caller.Option{caller.WithRetry(nil)}, caller.BadStatus, caller.EventUnavailable, 1},
		{"504", 504, js, "{}", nil, caller.BadStatus, caller.EventError, 2},
		{"302", 302, js, "{}", nil, caller.BadStatus, caller.EventError, 1},
		{"200", 200, js, "{}", nil, 0, "", 1},
		{"201", 201, js, "{}", nil, 0, "", 1},
		{"201 when only 200 counts", 201, js, "{}", []caller.Option{caller.OnlyStatus200()}, caller.BadStatus, caller.EventError, 1},
		{"204 has no body", 204, js, "", nil, caller.BadAnswer, caller.EventError, 1},
		{"empty", 200, js, "", nil, caller.BadAnswer, caller.EventError, 1},
		{"blank", 200, js, " \r\n", nil, caller.BadAnswer, caller.EventError, 1},
		{"empty when that is allowed", 200, "", "", []caller.Option{caller.EmptyAnswers()}, 0, "", 1},
		{"not JSON", 200, js, "ok", nil, caller.BadAnswer, caller.EventError, 1},
		{"not an object", 200, js, `["a"]`, nil, caller.BadAnswer, caller.EventError, 1},
		{"null", 200, js, `null`, nil, caller.BadAnswer, caller.EventError, 1},
		{"cut", 200, js, `{"payload":{`, nil, caller.BadAnswer, caller.EventError, 1},
		{"two objects", 200, js, `{}{}`, nil, caller.BadAnswer, caller.EventError, 1},
		{"byte order mark", 200, js, "\ufeff{}", nil, caller.BadAnswer, caller.EventError, 1},
		{"invalid UTF-8", 200, js, "{\"payload\":{\"a\":\"\xff\"}}", nil, caller.BadAnswer, caller.EventError, 1},
		{"unknown key", 200, js, `{"ETag":null}`, nil, caller.BadAnswer, caller.EventError, 1},
		{"unknown key, lenient", 200, js, `{"ETag":null}`, []caller.Option{caller.LenientAnswers()}, 0, "", 1},
		{"unknown merge behaviour", 200, js, `{"fulfillmentResponse":{"mergeBehavior":"MERGE"}}`, nil, caller.BadAnswer, caller.EventError, 1},
		{"unknown merge number, lenient", 200, js, `{"fulfillmentResponse":{"mergeBehavior":7}}`, []caller.Option{caller.LenientAnswers()}, caller.BadAnswer, caller.EventError, 1},
		{"both targets", 200, js, `{"targetPage":"a","targetFlow":"b"}`, nil, caller.BadAnswer, caller.EventError, 1},
		{"snake case", 200, js, `{"fulfillment_response":{"merge_behavior":"APPEND"}}`, nil, 0, "", 1},
		{"text/html", 200, "text/html", "{}", nil, caller.BadAnswer, caller.EventError, 1},
		{"no content type", 200, "", "{}", nil, caller.BadAnswer, caller.EventError, 1},
		{"text/html when any type counts", 200, "text/html", "{}", []caller.Option{caller.AnyContentType()}, 0, "", 1},
		{"charset", 200, "application/json; charset=utf-8", "{}", nil, 0, "", 1},
		{"another charset", 200, "application/json; charset=latin1", "{}", nil, caller.BadAnswer, caller.EventError, 1},
		{"charset in capitals", 200, "application/json;charset=\"UTF-8\"", "{}", nil, 0, "", 1},
		{"+json", 200, "application/hal+json", "{}", nil, 0, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := answering(tt.status, tt.contentType, tt.body)
			for where, c := range map[string]*caller.Caller{
				"socket":  overSocket(t, resource(), h, tt.opts...),
				"process": newCaller(t, resource(), caller.ToHandler(h), tt.opts...),
			} {
				res := call(t, c, turn(t))
				checkFailure(t, where, res, tt.kind, tt.event)
				if len(res.Attempts) != tt.attempts {
					t.Errorf("%s: %d attempts, want %d", where, len(res.Attempts), tt.attempts)
				}
				if res.StatusCode != tt.status {
					t.Errorf("%s: status %d, want %d", where, res.StatusCode, tt.status)
				}
			}
		})
	}
}

func checkFailure(t *testing.T, where string, res *caller.Result, kind caller.Kind, event string) {
	t.Helper()
	switch f := res.Failure; {
	case f == nil && kind != 0:
		t.Errorf("%s: no failure, want %v", where, kind)
	case f != nil && f.Kind != kind:
		t.Errorf("%s: failure %v, want kind %v", where, f, kind)
	}
	if res.Event() != event {
		t.Errorf("%s: event %q, want %q", where, res.Event(), event)
	}
	if ok := res.Status().GetCode() == int32(code.Code_OK); ok != (kind == 0) {
		t.Errorf("%s: status %v after failure %v", where, res.Status(), res.Failure)
	}
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	res := call(t, newCaller(t, resource(), caller.ToURL("http://"+addr), caller.AllowLocal()), turn(t))
	checkFailure(t, "refused", res, caller.Unreachable, caller.EventNotFound)
	if len(res.Attempts) != 2 || res.StatusCode != 0 {
		t.Errorf("%d attempts, status %d; want 2 and none", len(res.Attempts), res.StatusCode)
	}
}

// raw serves bytes that no HTTP server would send.
func raw(t *testing.T, answer string) *caller.Caller {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				req := make([]byte, 1<<16)
				_, _ = conn.Read(req)
				_, _ = io.WriteString(conn, answer)
			})
		}
	})
	return newCaller(t, resource(), caller.ToURL("http://"+l.Addr().String()), caller.AllowLocal())
}

func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	tests := []struct{ name, answer string }{
		{"nothing", ""},
		{"not HTTP", "hello\r\n\r\n"},
		{"body shorter than its length", head + "Content-Length: 100\r\n\r\n{}"},
		{"compressed body cut short", head + "Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n\x1f\x8b\x08\x00"},
		{"chunk without end", head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"},
		{"headers without end", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100_000)},
		{"long headers", head + "X: " + strings.Repeat("x", 100_000) + "\r\nContent-Length: 2\r\n\r\n{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res := call(t, raw(t, tt.answer), turn(t))
			checkFailure(t, tt.name, res, caller.Broken, caller.EventError)
			if len(res.Attempts) != 2 {
				t.Errorf("%d attempts, want 2", len(res.Attempts))
			}
		})
	}
}

func TestPanicIsABrokenConnection(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for where, c := range map[string]*caller.Caller{
		"socket":  overSocket(t, resource(), h),
		"process": newCaller(t, resource(), caller.ToHandler(h)),
	} {
		checkFailure(t, where, call(t, c, turn(t)), caller.Broken, caller.EventError)
	}
}

// The second attempt counts, and it is the same request.
func TestRetryGivesTheSecondAnswer(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies = append(bodies, string(b))
		first := len(bodies) == 1
		mu.Unlock()
		if first {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		jsonAnswer(`{"sessionInfo":{"parameters":{"a":1}}}`)(w, r)
	})
	res := call(t, overSocket(t, resource(), h), turn(t))
	checkFailure(t, "retried", res, 0, "")
	if len(bodies) != 2 || bodies[0] != bodies[1] {
		t.Errorf("requests %q, want two that are equal", bodies)
	}
	if res.Session["a"] != 1.0 || res.StatusCode != 200 || res.Attempts[0].StatusCode != 503 || res.Attempts[0].Failure == nil {
		t.Errorf("result %+v", res)
	}
}

func TestFailureLeavesTheConversationAsItWas(t *testing.T) {
	t.Parallel()
	req := request(t, fullRequest)
	before := request(t, fullRequest)
	c := newCaller(t, resource(), caller.ToHandler(answering(500, "application/json", `{"sessionInfo":{"parameters":{"count":null}}}`)))
	res := call(t, c, &caller.Turn{Request: req})
	if diff := cmp.Diff(before, req, protocmp.Transform()); diff != "" {
		t.Errorf("the request was changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.GetMessages(), res.Messages, protocmp.Transform()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.GetPageInfo(), res.Page, protocmp.Transform()); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	if res.Session["count"] != 3.0 || len(res.Session) != 6 || len(res.Payload.GetFields()) != 0 || res.Payload == nil {
		t.Errorf("session %v, payload %v", res.Session, res.Payload)
	}
}

func TestDisabledWebhook(t *testing.T) {
	t.Parallel()
	w := resource()
	w.Disabled = true
	c := newCaller(t, w, caller.ToHandler(jsonAnswer("{}")))
	if _, err := c.Call(t.Context(), turn(t)); !errors.Is(err, caller.ErrDisabled) {
		t.Errorf("error %v, want ErrDisabled", err)
	}
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		jsonAnswer(`{"sessionInfo":{"parameters":{"name":"`+r.Header.Get("X-Name")+`"}}}`)(w, r)
	})
	c := newCaller(t, resource(), caller.ToHandler(h))
	tn := turn(t)
	var wg sync.WaitGroup
	for _, name := range strings.Fields("a b c d e f g h i j k l m n o p q r s t") {
		wg.Go(func() {
			res, err := c.Call(context.Background(), &caller.Turn{Request: tn.Request, Headers: map[string]string{"x-name": name}})
			if err != nil || res.Session["name"] != name {
				t.Errorf("call %s: %v, %v", name, res, err)
			}
		})
	}
	wg.Wait()
}
