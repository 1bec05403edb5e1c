package caller_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/caller"
)

// Of names that differ in case only the exact one counts, else the first.
func TestNamesThatDifferInCase(t *testing.T) {
	t.Parallel()
	const session = `{"sessionInfo":{"parameters":{"SIZE":"1","Size":"2","X":1,"ß":1,"K":1}}}`
	rest := func(size1, size2 any) map[string]any {
		return map[string]any{"SIZE": size1, "Size": size2, "X": 1.0, "ß": 1.0, "K": 1.0}
	}
	tests := []struct {
		name, params string
		want         map[string]any
	}{
		{"exact", `{"Size":"new"}`, rest("1", "new")},
		{"neither", `{"size":"new"}`, rest("new", "2")},
		{"removed, the next", `{"SIZE":null,"sIZE":"new"}`, map[string]any{"Size": "new", "X": 1.0, "ß": 1.0, "K": 1.0}},
		{"removed and set", `{"X":null,"x":5}`, map[string]any{"SIZE": "1", "Size": "2", "x": 5.0, "ß": 1.0, "K": 1.0}},
		{"folded as Unicode has it", `{"ẞ":2,"\u212a":3}`, map[string]any{"SIZE": "1", "Size": "2", "X": 1.0, "ß": 2.0, "K": 3.0}},
	}
	for _, tt := range tests {
		for range 10 { // maps have another order each time
			res := answered(t, session, `{"sessionInfo":{"parameters":`+tt.params+`}}`)
			if diff := cmp.Diff(tt.want, res.Session); diff != "" {
				t.Fatalf("%s: session (-want +got):\n%s", tt.name, diff)
			}
		}
	}
}

func TestFormNamesThatDifferInCase(t *testing.T) {
	t.Parallel()
	const page = `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","value":1},{"displayName":"Size","value":2}]}}}`
	res := answered(t, page, `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"Size","value":3},
		{"displayName":"SIZE","state":"INVALID"},{"displayName":"size","state":"INVALID"}]}}}`)
	list := res.Page.GetFormInfo().GetParameterInfo()
	if list[1].GetValue().GetNumberValue() != 3 || list[0].GetValue() != nil || list[0].GetState() != cxpb.PageInfo_FormInfo_ParameterInfo_INVALID {
		t.Errorf("form %v", list)
	}
	if diff := cmp.Diff([]string{"size"}, res.Invalidated); diff != "" {
		t.Errorf("invalidated (-want +got):\n%s", diff)
	}
}

// The names of an answer are looked up, not searched for in the session.
func BenchmarkMergeOfManyParameters(b *testing.B) {
	var names strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&names, `,"k%d":1`, i)
	}
	session := map[string]*structpb.Value{}
	for i := range 20_000 {
		session[fmt.Sprintf("p%d", i)] = structpb.NewNumberValue(1)
	}
	c := newCaller(b, resource(), caller.ToHandler(jsonAnswer(`{"sessionInfo":{"parameters":{`+names.String()[1:]+`}}}`)))
	tn := &caller.Turn{Request: &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Parameters: session}}}
	for b.Loop() {
		if res := call(b, c, tn); res.Failure != nil {
			b.Fatal(res.Failure)
		}
	}
}

// The result is of whoever made the call: nothing in it is the turn's or
// another part of the result.
func TestMessagesAreCopies(t *testing.T) {
	t.Parallel()
	tn := &caller.Turn{Request: request(t, `{"messages":[{"text":{"text":["first"]}}]}`)}
	const body = `{"fulfillmentResponse":{"messages":[{"text":{"text":["second"]}}]},"payload":{"a":1}}`
	res := call(t, newCaller(t, resource(), caller.ToHandler(jsonAnswer(body))), tn)
	for _, m := range res.Messages {
		m.GetText().Text[0] = "changed"
	}
	res.Payload.Fields["a"] = structpb.NewNumberValue(2)
	if diff := cmp.Diff(request(t, `{"messages":[{"text":{"text":["first"]}}]}`), tn.Request, protocmp.Transform()); diff != "" {
		t.Errorf("the turn was changed:\n%s", diff)
	}
	if got := res.Response.GetFulfillmentResponse().GetMessages()[0].GetText().GetText()[0]; got != "second" {
		t.Errorf("the answer was changed to %q", got)
	}
	if got := res.Response.GetPayload().GetFields()["a"].GetNumberValue(); got != 1 {
		t.Errorf("the payload of the answer was changed to %v", got)
	}
}

// What is kept of an answer is of the last attempt.
func TestFirstAttemptLeavesNothing(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
		answering(http.StatusServiceUnavailable, "application/json", `{"first":1}`)(w, r)
	})
	res := call(t, newCaller(t, resource(), caller.ToHandler(h)), turn(t))
	checkFailure(t, "broken after 503", res, caller.Broken, caller.EventError)
	if res.StatusCode != 0 || res.Header != nil || res.Body != nil || len(res.Attempts) != 2 || res.Attempts[0].StatusCode != 503 {
		t.Errorf("status %d, headers %v, body %q, attempts %+v", res.StatusCode, res.Header, res.Body, res.Attempts)
	}
}

// lateContext is over once the flag is set, without telling anyone.
type lateContext struct {
	context.Context
	over *atomic.Bool
}

func (c lateContext) Err() error {
	if c.over.Load() {
		return context.Canceled
	}
	return nil
}

// A call that has its answer is a result, even if the context ended meanwhile.
func TestAnswerBeforeTheContextEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		ok     bool
	}{{http.StatusOK, true}, {http.StatusBadRequest, false}} {
		ctx := lateContext{context.Background(), &atomic.Bool{}}
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx.over.Store(true)
			answering(tt.status, "application/json", "{}")(w, r)
		})
		res, err := newCaller(t, resource(), caller.ToHandler(h)).Call(ctx, turn(t))
		if ok := err == nil && res.Failure == nil; ok != tt.ok {
			t.Errorf("status %d: result %+v, error %v", tt.status, res, err)
		}
	}
}

// A connection that breaks within a compressed answer is no fault of the
// compression.
func TestConnectionBreaksWithinCompression(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 8000)
	rnd := rand.NewChaCha8([32]byte{})
	_, _ = rnd.Read(noise)
	whole := compressed(t, string(noise), func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
	answer := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(whole), whole[:len(whole)/2])
	res := call(t, raw(t, answer), turn(t))
	checkFailure(t, "cut", res, caller.Broken, caller.EventError)
	if !bytes.HasPrefix(noise, res.Body) || len(res.Body) == 0 {
		t.Errorf("kept %d bytes of another text", len(res.Body))
	}
}

func TestSecondContentEncodingCounts(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Encoding"] = []string{"identity", "gzip"}
		jsonAnswer("{}")(w, r)
	})
	res := call(t, newCaller(t, resource(), caller.ToHandler(h)), turn(t))
	checkFailure(t, "two codings", res, caller.BadAnswer, caller.EventError)
}

// The nesting of both directions is bounded by 100.
func TestDepthLimits(t *testing.T) {
	t.Parallel()
	for depth, kind := range map[int]caller.Kind{40: 0, 150: caller.BadAnswer} {
		body := `{"payload":{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}}`
		res := call(t, newCaller(t, resource(), caller.ToHandler(jsonAnswer(body))), turn(t))
		if kind == 0 && res.Failure != nil || kind != 0 && (res.Failure == nil || res.Failure.Kind != kind) {
			t.Errorf("answer of depth %d: %v, want kind %v", depth, res.Failure, kind)
		}
	}
	c := newCaller(t, resource(), caller.ToHandler(jsonAnswer(`{}`)))
	for depth, ok := range map[int]bool{97: true, 98: false} { // beside body, session and parameters
		v := structpb.NewNullValue()
		for range depth {
			v = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"a": v}})
		}
		tn := &caller.Turn{Request: &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"a": v}}}}
		if _, err := c.Call(t.Context(), tn); (err == nil) != ok {
			t.Errorf("request of depth %d: %v", depth+3, err)
		}
	}
}

// A bad status is known before the body is there.
func TestBadStatusDoesNotWaitForItsBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusForbidden)
			for {
				_, _ = io.WriteString(w, ".")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
		})
		res := call(t, newCaller(t, withTimeout(resource(), 30*time.Second), caller.ToHandler(h)), turn(t))
		checkFailure(t, "dripping", res, caller.BadStatus, caller.EventRejected)
		if res.Latency != time.Second || !strings.HasPrefix(string(res.Body), "...") {
			t.Errorf("after %v with %q, want a second and what came", res.Latency, res.Body)
		}
		synctest.Wait()
	})
}

// An override may set a nested message that the webhook does not have.
func TestEnvironmentSetsWhatIsMissing(t *testing.T) {
	t.Parallel()
	o := resource(func(s *service) {
		s.OauthConfig = &cxpb.Webhook_GenericWebService_OAuthConfig{ClientId: "c", ClientSecret: "s", TokenEndpoint: "https://auth.example.com/t"}
	})
	_, err := caller.New(resource(), caller.ToHandler(jsonAnswer("{}")), caller.WithEnvironment(environment(o)))
	if err == nil || !strings.Contains(err.Error(), "WithTokens") {
		t.Errorf("error %v, want one that the webhook now needs tokens", err)
	}
}
