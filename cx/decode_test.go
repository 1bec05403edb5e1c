package cx_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	betapb "cloud.google.com/go/dialogflow/cx/apiv3beta1/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx"
)

// nested returns a request whose payload is n lists deep.
func nested(n int) string {
	return `{"fulfillmentInfo":{"tag":"t"},"payload":{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}}`
}

func elements(n int) string {
	return `{"fulfillmentInfo":{"tag":"t"},"payload":{"a":[` + strings.TrimSuffix(strings.Repeat("{},", n), ",") + `]}}`
}

func TestBodiesThatAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body string }{
		{"empty", ""},
		{"blanks", " \n\t "},
		{"null", "null"},
		{"list", "[]"},
		{"string", `"x"`},
		{"true", "true"},
		{"byte order mark", "\ufeff" + requestBody("t")},
		{"UTF-16", "\xff\xfe{\x00}\x00"},
		{"duplicate field", `{"text":"a","text":"b"}`},
		{"snake and camel twin", `{"fulfillmentInfo":{"tag":"t"},"fulfillment_info":{"tag":"u"}}`},
		{"duplicate map key", `{"sessionInfo":{"parameters":{"a":1,"a":2}}}`},
		{"duplicate in struct", `{"payload":{"a":1,"a":2}}`},
		{"two members of a oneof", `{"text":"a","transcript":"b"}`},
		{"trailing data", `{} x`},
		{"two documents", `{}{}`},
		{"comment", `{/* */}`},
		{"trailing comma", `{"text":"a",}`},
		{"single quotes", `{'text':'a'}`},
		{"bare NaN", `{"payload":{"a":NaN}}`},
		{"too large number", `{"payload":{"a":1e999}}`},
		{"number of 40,000 digits", `{"payload":{"a":` + strings.Repeat("9", 40000) + `}}`},
		{"depth 63", nested(63)},
		{"depth 10,000", nested(10000)},
		{"depth 400,000", nested(400000)},
		{"element bomb", elements(300000)},
		{"invalid UTF-8", "{\"text\":\"a\xff\"}"},
		{"lone surrogate", `{"text":"\ud800"}`},
		{"wrong type", `{"sessionInfo":[]}`},
		{"null in a list", `{"messages":[null]}`},
		{"cut", `{"text":"a`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newHook(t, refuser(t))
			k.refused(t, k.post(t, tt.body), http.StatusBadRequest, "malformed")
		})
	}
}

// refuser fails the test for every call but the ping that follows a refusal.
func refuser(t *testing.T) cx.Handler {
	return cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		if req.GetFulfillmentInfo().GetTag() != "ping" {
			t.Errorf("the handler saw a request that is to be refused")
		}
		return nil, nil
	})
}

func TestBodiesThatAreAccepted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		check      func(*cxpb.WebhookRequest) error
	}{
		{"nothing in it", `{}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetSessionInfo().GetParameters()["a"].GetStringValue(), "")
		}},
		{"unknown fields of real calls", `{"messages":[{"text":{"text":["hi"],"redactedText":["hi"]},"responseType":"HANDLER_PROMPT","source":"VIRTUAL_AGENT"}],"new":{"x":[1]}}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetMessages()[0].GetText().GetText()[0], "hi")
		}},
		{"unknown enum name", `{"messages":[{"text":{"text":["hi"]},"responseType":"NEW_PROMPT"}]}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetMessages()[0].GetResponseType(), cxpb.ResponseMessage_RESPONSE_TYPE_UNSPECIFIED)
		}},
		{"enum number 99", `{"messages":[{"responseType":99}]}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetMessages()[0].GetResponseType(), cxpb.ResponseMessage_ResponseType(99))
		}},
		{"null parameter is kept", `{"sessionInfo":{"parameters":{"a":null}}}`, func(r *cxpb.WebhookRequest) error {
			_, null := r.GetSessionInfo().GetParameters()["a"].GetKind().(*structpb.Value_NullValue)
			return want(null, true)
		}},
		{"null messages are absent", `{"pageInfo":null,"messages":null,"payload":null}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetPageInfo() == nil, true)
		}},
		{"snake case", `{"fulfillment_info":{"tag":"t"},"session_info":{"session":"s"},"detect_intent_response_id":"d"}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetFulfillmentInfo().GetTag()+r.GetSessionInfo().GetSession()+r.GetDetectIntentResponseId(), "tsd")
		}},
		{"whole numbers as 9.0", `{"sessionInfo":{"parameters":{"a":9.0}}}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetSessionInfo().GetParameters()["a"].GetNumberValue(), 9.0)
		}},
		{"numbers -0 and 1e-400", `{"payload":{"a":-0,"b":1e-400}}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetPayload().GetFields()["b"].GetNumberValue(), 0.0)
		}},
		{"NUL in a text", `{"text":"a\u0000b"}`, func(r *cxpb.WebhookRequest) error { return want(r.GetText(), "a\x00b") }},
		{"NaN as a string in a float", `{"intentInfo":{"confidence":"NaN"}}`, func(r *cxpb.WebhookRequest) error {
			c := r.GetIntentInfo().GetConfidence()
			return want(c != c, true)
		}},
		{"duplicate inside an unknown field, as Google's own parser does", `{"new":{"a":1,"a":2},"text":"t"}`, func(r *cxpb.WebhookRequest) error { return want(r.GetText(), "t") }},
		{"a session that is no name is opaque text", `{"sessionInfo":{"session":"not/a/session:x"}}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetSessionInfo().GetSession(), "not/a/session:x")
		}},
		{"wrong case of a field is another field", `{"SessionInfo":{"session":"s"}}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetSessionInfo() == nil, true)
		}},
		{"depth 62", nested(62), func(*cxpb.WebhookRequest) error { return nil }},
		{"thousands of elements", elements(20000), func(*cxpb.WebhookRequest) error { return nil }},
		{"65,536 characters of every script", `{"text":"` + strings.Repeat("שלום 👩‍👩‍👧 \u202e", 4096) + `"}`, func(r *cxpb.WebhookRequest) error {
			return want(r.GetText(), strings.Repeat("שלום 👩‍👩‍👧 \u202e", 4096))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newHook(t, cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
				if err := tt.check(req); err != nil {
					t.Error(err)
				}
				return nil, nil
			}))
			if got := k.post(t, tt.body); got.status != 200 || string(got.body) != "{}" {
				t.Errorf("answer = %d %.200q, want 200 {}", got.status, got.body)
			}
		})
	}
}

func want[T comparable](got, want T) error {
	if got != want {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	return nil
}

func TestRawBodyKeepsExactNumbers(t *testing.T) {
	t.Parallel()
	const body = `{"fulfillmentInfo":{"tag":"t"},"sessionInfo":{"parameters":{"id":9007199254740993}}}`
	k := newHook(t, cx.HandlerFunc(func(ctx context.Context, _ *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		if raw := cx.RawBody(ctx); string(raw) != body {
			t.Errorf("RawBody = %q, want the bytes as sent", raw)
		}
		return nil, nil
	}))
	k.post(t, body)
	if raw := cx.RawBody(t.Context()); raw != nil {
		t.Errorf("RawBody outside of a call = %q, want nil", raw)
	}
}

// Fields in the wrong case are unknown fields, so what is required is missing.
func TestWrongCaseMissesTheRequiredParameter(t *testing.T) {
	t.Parallel()
	k := newHook(t, cx.Typed(func(context.Context, struct {
		Size string `cx:"size,required"`
	}) (*cxpb.WebhookResponse, error) {
		t.Error("the handler was called")
		return nil, nil
	}))
	got := k.post(t, `{"fulfillmentInfo":{"tag":"t"},"SessionInfo":{"parameters":{"size":"XL"}}}`)
	checkErrorBody(t, got)
	if got.status != http.StatusBadRequest {
		t.Errorf("status = %d, want 400", got.status)
	}
}

// Requests of v3beta1 have the same fields; both clients' encodings decode.
func TestBodyOfTheBetaAPI(t *testing.T) {
	t.Parallel()
	beta := &betapb.WebhookRequest{
		DetectIntentResponseId: "r",
		Query:                  &betapb.WebhookRequest_Text{Text: "hello"},
		FulfillmentInfo:        &betapb.WebhookRequest_FulfillmentInfo{Tag: "t"},
		SessionInfo:            &betapb.SessionInfo{Session: "s", Parameters: map[string]*structpb.Value{"a": structpb.NewNullValue(), "b": structpb.NewNumberValue(1.5)}},
		PageInfo: &betapb.PageInfo{FormInfo: &betapb.PageInfo_FormInfo{ParameterInfo: []*betapb.PageInfo_FormInfo_ParameterInfo{
			{DisplayName: "b", Required: true, State: betapb.PageInfo_FormInfo_ParameterInfo_FILLED, Value: structpb.NewNumberValue(1.5)},
		}}},
		Messages:     []*betapb.ResponseMessage{{Message: &betapb.ResponseMessage_Text_{Text: &betapb.ResponseMessage_Text{Text: []string{"hi"}}}}},
		LanguageInfo: &betapb.LanguageInfo{InputLanguageCode: "en", ResolvedLanguageCode: "en", ConfidenceScore: 1},
	}
	for name, opts := range map[string]protojson.MarshalOptions{"camel case": {}, "snake case": {UseProtoNames: true}, "unpopulated": {EmitUnpopulated: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := opts.Marshal(beta)
			if err != nil {
				t.Fatal(err)
			}
			k := newHook(t, cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
				wire, err := proto.Marshal(req)
				if err != nil {
					return nil, err
				}
				again := new(betapb.WebhookRequest) // the two versions have the same field numbers
				if err := proto.Unmarshal(wire, again); err != nil {
					return nil, err
				}
				opts := []cmp.Option{protocmp.Transform()}
				if name == "unpopulated" { // empty messages are sent as null, empty texts as ""
					opts = append(opts, protocmp.IgnoreEmptyMessages())
				}
				if diff := cmp.Diff(beta, again, opts...); diff != "" {
					t.Errorf("decoded (-sent +got):\n%s", diff)
				}
				return nil, nil
			}))
			answered(t, k.post(t, string(body)))
		})
	}
}

func TestRequestOfTypedHandlers(t *testing.T) {
	t.Parallel()
	const session = "projects/p/locations/l/agents/a/sessions/s"
	k := newHook(t, cx.Typed(func(ctx context.Context, _ struct {
		Size string `cx:"size"`
	}) (*cxpb.WebhookResponse, error) {
		req := cx.RequestFrom(ctx)
		if got := req.GetSessionInfo().GetSession(); got != session {
			t.Errorf("session = %q, want %q", got, session)
		}
		if cx.RequestFrom(ctx) != req {
			t.Error("RequestFrom returned two messages for one call")
		}
		return cx.Respond(cx.GoToPage(req, "confirm"))
	}))
	resp := answered(t, k.post(t, `{"pageInfo":{"currentPage":"projects/p/locations/l/agents/a/flows/f/pages/q"},"sessionInfo":{"session":"`+session+`"}}`))
	if got, want := resp.GetTargetPage(), "projects/p/locations/l/agents/a/flows/f/pages/confirm"; got != want {
		t.Errorf("target page = %q, want %q", got, want)
	}
	if cx.RequestFrom(t.Context()) != nil {
		t.Error("RequestFrom outside of a call is not nil")
	}
}

func TestRequestLimit(t *testing.T) {
	t.Parallel()
	const limit = 500
	at := requestBody("t") + strings.Repeat(" ", limit-len(requestBody("t")))
	tests := []struct {
		name    string
		body    string
		chunked bool
		ok      bool
	}{
		{"at the limit, declared", at, false, true},
		{"at the limit, chunked", at, true, true},
		{"one over, declared", at + " ", false, false},
		{"one over, chunked", at + " ", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newHook(t, echo, cx.WithMaxRequestBytes(limit))
			req := k.request(t, "")
			req.Body, req.ContentLength = io.NopCloser(strings.NewReader(tt.body)), int64(len(tt.body))
			if tt.chunked {
				req.ContentLength = -1
			}
			got := k.send(t, req)
			if tt.ok {
				answered(t, got)
				return
			}
			k.refused(t, got, http.StatusBadRequest, "body-too-large")
		})
	}
}

func TestDefaultRequestLimitIsOneMiB(t *testing.T) {
	t.Parallel()
	k := newHook(t, echo)
	pad := strings.Repeat(" ", 1<<20-len(requestBody("t")))
	answered(t, k.post(t, requestBody("t")+pad))
	if got := k.post(t, requestBody("t")+pad+" "); got.status != http.StatusBadRequest {
		t.Errorf("body of 1 MiB + 1 is answered %d, want 400", got.status)
	}
}

func TestContentTypeAndEncoding(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header http.Header
		opts   []cx.Option
		reason string // empty means accepted
	}{
		{"plain", http.Header{"Content-Type": {"application/json"}}, nil, ""},
		{"UTF-8 named", http.Header{"Content-Type": {"application/json; charset=UTF-8"}}, nil, ""},
		{"missing", http.Header{}, nil, "content-type"},
		{"missing, allowed", http.Header{}, []cx.Option{cx.AllowMissingContentType()}, ""},
		{"another, missing allowed", http.Header{"Content-Type": {"text/plain"}}, []cx.Option{cx.AllowMissingContentType()}, "content-type"},
		{"text", http.Header{"Content-Type": {"text/plain"}}, nil, "content-type"},
		{"Latin-1", http.Header{"Content-Type": {"application/json; charset=latin1"}}, nil, "content-type"},
		{"multipart", http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, nil, "content-type"},
		{"two", http.Header{"Content-Type": {"application/json", "application/json"}}, nil, "content-type"},
		{"identity", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"identity"}}, nil, ""},
		{"gzip", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, nil, "content-encoding"},
		{"gzip twice", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip, gzip"}}, nil, "content-encoding"},
		{"br", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"br"}}, nil, "content-encoding"},
		{"bogus", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"bogus"}}, nil, "content-encoding"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newHook(t, echo, tt.opts...)
			req := k.request(t, requestBody("t"))
			req.Header = tt.header
			got := k.send(t, req)
			if tt.reason == "" {
				answered(t, got)
				return
			}
			k.refused(t, got, http.StatusBadRequest, tt.reason)
		})
	}
}

func TestBytesInUseAreBounded(t *testing.T) {
	t.Parallel()
	const size = 100 << 10
	inside := make(chan struct{})
	release := make(chan struct{})
	k := newHook(t, cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		if req.GetFulfillmentInfo().GetTag() == "ping" {
			return nil, nil
		}
		inside <- struct{}{}
		<-release
		return nil, nil
	}), cx.WithMaxRequestBytes(size), cx.WithMaxBytesInUse(2*size+8000), cx.WithTimeout(30*time.Second))
	big := requestBody("big") + strings.Repeat(" ", size-len(requestBody("big")))
	held := make(chan reply, 2)
	for range 2 {
		go func() { held <- k.post(t, big) }()
		select {
		case <-inside:
		case got := <-held:
			t.Fatalf("body within the bytes in use is answered %d before its handler ran", got.status)
		}
	}
	for name, body := range map[string]string{"large": big, "small": requestBody("ping") + strings.Repeat(" ", 8000)} {
		if got := k.post(t, body); got.status != http.StatusServiceUnavailable {
			t.Errorf("%s body beyond the bytes in use is answered %d, want 503", name, got.status)
		}
	}
	close(release)
	for range 2 {
		answered(t, <-held)
	}
	if got := k.post(t, requestBody("ping")); got.status != http.StatusOK {
		t.Errorf("after the bytes were given back: %d, want 200", got.status)
	}
	for range 5 { // the log is written before the observer is told
		<-k.seen
	}
	if n := bytes.Count([]byte(k.log.String()), []byte(`"reason":"overload"`)); n != 2 {
		t.Errorf("log names %d overloads, want 2", n)
	}
}
