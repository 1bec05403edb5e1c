package caller_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/internal/answer"
)

// Whatever a service answers: the call succeeds only if protojson reads the
// body as a WebhookResponse, the result then holds that message, and a failed
// call leaves the conversation as it was.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"fulfillmentResponse":{"messages":[{"text":{"text":["a"]}}],"mergeBehavior":"REPLACE"}}`))
	f.Add([]byte(`{"sessionInfo":{"parameters":{"A":null,"b":{"c":[1]}}},"targetPage":"x"}`))
	f.Add([]byte(`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"p","state":"INVALID","value":null}]}}}`))
	f.Add([]byte(`{"fulfillment_response":{"mergeBehavior":9}}`))
	f.Add([]byte(`{"fulfillmentResponse":{"messages":[{"text":{}}]}}`))
	f.Add([]byte("\xff{"))
	f.Add([]byte(`{"sessionInfo":{"parameters":{"a":` + strings.Repeat("[", 24) + strings.Repeat("]", 24) + `}}}`))
	var body []byte
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
	c, err := caller.New(resource(), caller.ToHandler(h))
	if err != nil {
		f.Fatal(err)
	}
	const text = `{"messages":[{"text":{"text":["q"]}}],"sessionInfo":{"parameters":{"a":1,"z":null}},
		"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"p","value":1,"state":"FILLED"}]}}}`
	f.Fuzz(func(t *testing.T, b []byte) {
		body = b
		req := request(t, text)
		res, err := c.Call(context.Background(), &caller.Turn{Request: req})
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(request(t, text), req) {
			t.Errorf("the turn was changed: %v", req)
		}
		want := &cxpb.WebhookResponse{}
		readable := protojson.Unmarshal(b, want) == nil
		switch {
		case res.Failure == nil && !readable:
			t.Errorf("an answer was accepted that protojson refuses: %q", b)
		case res.Failure == nil && answer.Check(res.Response, nil) != nil:
			t.Errorf("an answer was accepted that breaks the reference: %q", b)
		case res.Failure == nil:
			if !proto.Equal(want, res.Response) { // cmp.Diff takes many times as long for each list around a value
				t.Errorf("response %v, want %v", res.Response, want)
			}
		default:
			if len(res.Session) != 2 || len(res.Messages) != 1 || res.Response != nil || len(res.Invalidated) != 0 ||
				!proto.Equal(res.Page, req.GetPageInfo()) {
				t.Errorf("after %v the conversation is %+v", res.Failure, res)
			}
		}
	})
}
