package webhookjson_test

import (
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/bench/body"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// FuzzDecode: Decode and Scan accept what protojson accepts, with an equal
// message and an equal view of it.
func FuzzDecode(f *testing.F) {
	for _, tt := range bodies {
		if len(tt.body) < 4<<10 {
			f.Add([]byte(tt.body))
		}
	}
	f.Add(body.Request(1<<10, body.Pretty))
	f.Add(body.Request(3<<10, body.Compact))
	f.Fuzz(func(t *testing.T, raw []byte) { same(t, raw) })
}

// FuzzDecodeGrammar is FuzzDecode with bodies that are nearly right.
func FuzzDecodeGrammar(f *testing.F) {
	for i := range 64 {
		choices := make([]byte, 80)
		for j := range choices {
			choices[j] = byte(i*(j+3) ^ j*j)
		}
		f.Add(choices)
	}
	f.Fuzz(func(t *testing.T, choices []byte) { same(t, written(&cxpb.WebhookRequest{}, choices)) })
}

// FuzzAppend: Append writes what protojson writes, and fails when it fails,
// for any answer: one from the wire, one from JSON that is nearly right, and
// one with a text and a number of any value at all.
func FuzzAppend(f *testing.F) {
	wire, err := proto.Marshal(body.Response(400))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wire, "text", 1.5)
	for i := range 32 {
		choices := make([]byte, 60)
		for j := range choices {
			choices[j] = byte(i*(j+5) ^ j)
		}
		f.Add(choices, "\xff\"\\\x00é", float64(i)*1e20)
	}
	f.Fuzz(func(t *testing.T, data []byte, s string, n float64) {
		var resp cxpb.WebhookResponse
		if proto.Unmarshal(data, &resp) == nil {
			sameAnswer(t, &resp)
		}
		if (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(written(&resp, data), &resp) == nil {
			sameAnswer(t, &resp)
		}
		sameAnswer(t, said(text("before", s)))
		sameAnswer(t, param(structpb.NewNumberValue(n)))
		sameAnswer(t, &cxpb.WebhookResponse{Payload: &structpb.Struct{Fields: map[string]*structpb.Value{s: structpb.NewStringValue(s)}}})
	})
}
