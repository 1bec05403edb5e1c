package caller_test

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/caller"
)

const fullRequest = `{
	"detectIntentResponseId": "6f1c",
	"languageCode": "en-us",
	"languageInfo": {"inputLanguageCode": "en-us", "resolvedLanguageCode": "en", "confidenceScore": 1},
	"transcript": "it's <b>R&D</b> = \"größer\"\n",
	"intentInfo": {"lastMatchedIntent": "projects/p/intents/i", "displayName": "order.status", "confidence": 0.6684057,
		"parameters": {"size": {"originalValue": "large", "resolvedValue": "L"}}},
	"pageInfo": {"currentPage": "projects/p/pages/START_PAGE", "displayName": "Start Page", "formInfo": {}},
	"sessionInfo": {"session": "projects/p/sessions/a:b", "parameters": {"count": 3, "price": 9.5, "draft": null, "empty": {}, "list": [1, {"a": true}], "big": 1e21}},
	"fulfillmentInfo": {"tag": "order-status"},
	"messages": [
		{"text": {"text": ["One moment.", "Wait."]}, "responseType": "ENTRY_PROMPT"},
		{"payload": {"k": "v"}, "channel": "DF_MESSENGER"}
	],
	"payload": {"telephony": {"caller_id": "+15550100"}}
}`

// The layout follows what recorded requests have in common.
const fullBody = `{
  "detectIntentResponseId": "6f1c",
  "intentInfo": {
    "lastMatchedIntent": "projects/p/intents/i",
    "parameters": {
      "size": {
        "originalValue": "large",
        "resolvedValue": "L"
      }
    },
    "displayName": "order.status",
    "confidence": 0.6684057
  },
  "pageInfo": {
    "currentPage": "projects/p/pages/START_PAGE",
    "formInfo": {
    },
    "displayName": "Start Page"
  },
  "sessionInfo": {
    "session": "projects/p/sessions/a:b",
    "parameters": {
      "big": 1e+21,
      "count": 3,
      "draft": null,
      "empty": {
      },
      "list": [1, {
        "a": true
      }],
      "price": 9.5
    }
  },
  "fulfillmentInfo": {
    "tag": "order-status"
  },
  "messages": [{
    "text": {
      "text": ["One moment.", "Wait."],
      "redactedText": ["One moment.", "Wait."]
    },
    "responseType": "ENTRY_PROMPT",
    "source": "VIRTUAL_AGENT"
  }, {
    "payload": {
      "k": "v"
    },
    "responseType": "HANDLER_PROMPT",
    "channel": "DF_MESSENGER",
    "source": "VIRTUAL_AGENT"
  }],
  "payload": {
    "telephony": {
      "caller_id": "+15550100"
    }
  },
  "transcript": "it\u0027s \u003cb\u003eR\u0026D\u003c/b\u003e = \"größer\"\n",
  "languageCode": "en-us",
  "languageInfo": {
    "inputLanguageCode": "en-us",
    "resolvedLanguageCode": "en",
    "confidenceScore": 1.0
  }
}`

// sent returns the body and the headers that a handler receives.
func sent(t *testing.T, tn *caller.Turn, opts ...caller.Option) (string, *http.Request) {
	t.Helper()
	var body string
	var seen *http.Request
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		body, seen = string(b), r
		jsonAnswer("{}")(w, r)
	})
	res := call(t, newCaller(t, resource(), caller.ToHandler(h), opts...), tn)
	if res.Failure != nil {
		t.Fatal(res.Failure)
	}
	if string(res.Sent) != body {
		t.Errorf("Result.Sent differs from what was received:\n%s", cmp.Diff(body, string(res.Sent)))
	}
	return body, seen
}

func TestRequestIsPrintedAsGooglePrintsIt(t *testing.T) {
	t.Parallel()
	body, r := sent(t, &caller.Turn{Request: request(t, fullRequest)})
	if diff := cmp.Diff(fullBody, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if want := strconv.Itoa(len(fullBody)); r.Header.Get("Content-Length") != want || len(r.TransferEncoding) != 0 {
		t.Errorf("Content-Length %q, transfer encoding %q; want %s and none", r.Header.Get("Content-Length"), r.TransferEncoding, want)
	}
	for _, change := range []string{"redactedText", "source"} {
		if !strings.Contains(body, change) {
			t.Errorf("no key %q", change)
		}
	}
}

func TestPrintOptions(t *testing.T) {
	t.Parallel()
	body, _ := sent(t, &caller.Turn{Request: request(t, fullRequest)}, caller.WithoutUndocumentedKeys(), caller.DecimalNumbers())
	for _, key := range []string{"redactedText", "source", "responseType"} {
		if strings.Contains(body, `"`+key+`"`) {
			t.Errorf("key %q is sent in spite of WithoutUndocumentedKeys", key)
		}
	}
	if !strings.Contains(body, `"count": 3.0`) || !strings.Contains(body, `"price": 9.5`) {
		t.Errorf("DecimalNumbers sends\n%s", body)
	}
}

// What is printed must be the request: decoding it again gives the same
// message.
func TestPrintedRequestDecodesToTheSame(t *testing.T) {
	t.Parallel()
	req := request(t, fullRequest)
	req.Messages = append(req.Messages,
		&cxpb.ResponseMessage{ResponseType: cxpb.ResponseMessage_PARAMETER_PROMPT, Message: &cxpb.ResponseMessage_MixedAudio_{
			MixedAudio: &cxpb.ResponseMessage_MixedAudio{Segments: []*cxpb.ResponseMessage_MixedAudio_Segment{
				{Content: &cxpb.ResponseMessage_MixedAudio_Segment_Audio{Audio: []byte{0, 255, 'a'}}}}}}})
	for _, opts := range [][]caller.Option{nil, {caller.DecimalNumbers()}} {
		body, _ := sent(t, &caller.Turn{Request: req}, opts...)
		got := &cxpb.WebhookRequest{}
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(body), got); err != nil {
			t.Fatal(err)
		}
		want := request(t, fullRequest)
		want.Messages = req.Messages
		ignore := protocmp.IgnoreFields(&cxpb.ResponseMessage{}, "response_type")
		if diff := cmp.Diff(want, got, protocmp.Transform(), ignore); diff != "" {
			t.Errorf("request (-want +got):\n%s", diff)
		}
	}
}

func TestRequestsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	deep := structpb.NewNullValue()
	for range 200 {
		deep = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"a": deep}})
	}
	param := func(v *structpb.Value) *caller.Turn {
		return &caller.Turn{Request: &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"a": v}}}}
	}
	tests := []struct {
		name string
		turn *caller.Turn
	}{
		{"no turn", nil},
		{"no request", &caller.Turn{}},
		{"not a number", param(structpb.NewNumberValue(math.NaN()))},
		{"a value without a kind", param(&structpb.Value{})},
		{"invalid UTF-8", param(structpb.NewStringValue("\xff"))},
		{"too deep", param(deep)},
	}
	called := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
	c := newCaller(t, resource(), caller.ToHandler(called))
	for _, tt := range tests {
		if res, err := c.Call(t.Context(), tt.turn); err == nil {
			t.Errorf("%s: result %+v, want an error", tt.name, res)
		}
	}
}

func TestHeadersOfEveryCall(t *testing.T) {
	t.Parallel()
	seen := make(chan *http.Request, 2)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		jsonAnswer("{}")(w, r)
	})
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	want := http.Header{
		"Accept":          {"*/*"},
		"Accept-Encoding": {"gzip, deflate, br"},
		"Connection":      {"close"},
		"Content-Type":    {"application/json"},
		"User-Agent":      {"Google-Dialogflow"},
	}
	kept := want.Clone()
	kept.Set("Connection", "keep-alive")
	tests := []struct {
		name   string
		caller *caller.Caller
		host   string
		want   http.Header
	}{
		{"in process", newCaller(t, resource(), caller.ToHandler(h)), "orders.example.com", want},
		{"over a socket", newCaller(t, resource(), caller.ToURL(srv.URL), caller.AllowLocal()), strings.TrimPrefix(srv.URL, "http://"), want},
		{"kept alive", newCaller(t, resource(), caller.ToURL(srv.URL), caller.AllowLocal(), caller.WithKeepAlive()), strings.TrimPrefix(srv.URL, "http://"), kept},
	}
	for _, tt := range tests {
		res := call(t, tt.caller, turn(t))
		r := <-seen
		tt.want.Set("Content-Length", strconv.Itoa(len(res.Sent)))
		if diff := cmp.Diff(tt.want, r.Header); diff != "" {
			t.Errorf("%s: headers (-want +got):\n%s", tt.name, diff)
		}
		if r.Method != http.MethodPost || r.RequestURI != "/webhook" || r.Host != tt.host || r.Proto != "HTTP/1.1" {
			t.Errorf("%s: %s %s %s, host %q", tt.name, r.Method, r.RequestURI, r.Proto, r.Host)
		}
	}
}
