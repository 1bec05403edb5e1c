package body_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/bench/body"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1 << 10, 4 << 10, 16 << 10, 60 << 10, 1 << 20} {
		for _, style := range []body.Style{body.Pretty, body.Compact} {
			raw := body.Request(size, style)
			if len(raw) < size || len(raw) > size+700 {
				t.Errorf("Request(%d) has %d bytes", size, len(raw))
			}
			if !bytes.Equal(raw, body.Request(size, style)) {
				t.Errorf("Request(%d) differs from one call to the next", size)
			}
			var compact bytes.Buffer
			if err := json.Compact(&compact, raw); err != nil {
				t.Fatal(err)
			}
			if style == body.Compact && !bytes.Equal(raw, compact.Bytes()) {
				t.Errorf("Request(%d, Compact) has blanks", size)
			}
			var req cxpb.WebhookRequest
			if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, &req); err != nil {
				t.Fatal(err)
			}
			if err := protojson.Unmarshal(raw, &req); size >= 4<<10 && err == nil {
				t.Errorf("Request(%d) lacks the keys that the public message does not know", size)
			}
		}
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	for _, size := range []int{300, 2 << 10, 60 << 10} {
		resp := body.Response(size)
		raw, err := protojson.Marshal(resp)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) < size*2/3 || len(raw) > size*3/2 {
			t.Errorf("the JSON of Response(%d) has %d bytes", size, len(raw))
		}
		if !proto.Equal(resp, body.Response(size)) {
			t.Errorf("Response(%d) differs from one call to the next", size)
		}
	}
}
