package webhookjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/bench/body"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// sameAnswer fails the test unless Append writes what protojson writes, but
// for blanks.
func sameAnswer(tb testing.TB, resp *cxpb.WebhookResponse) {
	tb.Helper()
	wantJSON, wantErr := protojson.Marshal(resp)
	got, err := webhookjson.Append([]byte("before"), resp)
	if (err == nil) != (wantErr == nil) {
		tb.Fatalf("Append(%v) = %v, protojson: %v", resp, err, wantErr)
	}
	if err != nil {
		if !errors.Is(err, webhookjson.ErrValue) || string(got) != "before" {
			tb.Fatalf("Append(%v) = %q, %v, want only what was before and an error that wraps ErrValue", resp, got, err)
		}
		return
	}
	if !bytes.HasPrefix(got, []byte("before")) {
		tb.Fatalf("Append(%v) = %q, want what was before in front", resp, got)
	}
	got = got[len("before"):]
	want, back := new(cxpb.WebhookResponse), new(cxpb.WebhookResponse)
	if err := protojson.Unmarshal(wantJSON, want); err != nil {
		tb.Fatalf("protojson does not read its own %s: %v", wantJSON, err)
	}
	if err := protojson.Unmarshal(got, back); err != nil {
		tb.Fatalf("Append(%v) = %s: %v", resp, got, err)
	}
	sameMessage(tb, want, back)
	var compact bytes.Buffer
	if err := json.Compact(&compact, got); err != nil || !bytes.Equal(compact.Bytes(), got) {
		tb.Fatalf("Append(%v) = %s, want compact JSON (%v)", resp, got, err)
	}
	again, err := webhookjson.Append(nil, back)
	if err != nil || !bytes.Equal(again, got) {
		tb.Fatalf("Append of an equal message = %s (%v), want the same bytes %s", again, err, got)
	}
}

func param(v *structpb.Value) *cxpb.WebhookResponse {
	return &cxpb.WebhookResponse{SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"the-name": v}}}
}

func said(m ...*cxpb.ResponseMessage) *cxpb.WebhookResponse {
	return &cxpb.WebhookResponse{FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{Messages: m}}
}

func text(s ...string) *cxpb.ResponseMessage {
	return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: s}}}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	form := func(v *structpb.Value) *cxpb.WebhookResponse {
		return &cxpb.WebhookResponse{PageInfo: &cxpb.PageInfo{FormInfo: &cxpb.PageInfo_FormInfo{
			ParameterInfo: []*cxpb.PageInfo_FormInfo_ParameterInfo{{DisplayName: "size", Required: true, State: cxpb.PageInfo_FormInfo_ParameterInfo_INVALID, Value: v}},
		}}}
	}
	tests := []struct {
		name string
		resp *cxpb.WebhookResponse
		want string
	}{
		{"nil is empty", nil, `{}`},
		{"empty", &cxpb.WebhookResponse{}, `{}`},
		{"messages in order", said(text("a", "b"), text()), `{"fulfillmentResponse":{"messages":[{"text":{"text":["a","b"]}},{"text":{}}]}}`},
		{"keys in byte order", param(structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"b": structpb.NewBoolValue(false), "a": structpb.NewNullValue(), "B": structpb.NewNumberValue(2),
		}})), `{"sessionInfo":{"parameters":{"the-name":{"B":2,"a":null,"b":false}}}}`},
		{"escapes", said(text("\"\\/\b\f\n\r\t\x00\x1f\x7f<&'\u2028é")), `{"fulfillmentResponse":{"messages":[{"text":{"text":["\"\\/\u0008\u000c\n\r\t\u0000\u001f` + "\x7f<&'\u2028é" + `"]}}]}}`},
		{"empty member of a oneof", &cxpb.WebhookResponse{Transition: &cxpb.WebhookResponse_TargetPage{}}, `{"targetPage":""}`},
		{"nil wrapper in a oneof", &cxpb.WebhookResponse{Transition: (*cxpb.WebhookResponse_TargetPage)(nil)}, `{}`},
		{"nil message in a oneof", said(&cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_Text_{}}, &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_Payload{}}),
			`{"fulfillmentResponse":{"messages":[{"text":{}},{"payload":{}}]}}`},
		{"nil message in a list", said(nil, text("a")), `{"fulfillmentResponse":{"messages":[{},{"text":{"text":["a"]}}]}}`},
		{"empty lists and maps", &cxpb.WebhookResponse{
			SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{}}, Payload: &structpb.Struct{}, FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{Messages: []*cxpb.ResponseMessage{}},
		}, `{"fulfillmentResponse":{},"sessionInfo":{},"payload":{}}`},
		{"nil Struct and list in values", param(structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{
			{Kind: &structpb.Value_StructValue{}}, {Kind: &structpb.Value_ListValue{}},
		}})), `{"sessionInfo":{"parameters":{"the-name":[{},[]]}}}`},
		{"form parameter", form(structpb.NewNullValue()), `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","required":true,"state":"INVALID","value":null}]}}}`},
		{"form parameter without a value", form(nil), `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","required":true,"state":"INVALID"}]}}}`},
		{"unknown enum number", &cxpb.WebhookResponse{FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{MergeBehavior: 99}}, `{"fulfillmentResponse":{"mergeBehavior":99}}`},
		{"numbers", param(structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{
			structpb.NewNumberValue(0), structpb.NewNumberValue(math.Copysign(0, -1)), structpb.NewNumberValue(-7), structpb.NewNumberValue(0.1),
			structpb.NewNumberValue(1e15), structpb.NewNumberValue(999999999999999), structpb.NewNumberValue(1e20), structpb.NewNumberValue(1e21),
			structpb.NewNumberValue(1e-7), structpb.NewNumberValue(9007199254740993), structpb.NewNumberValue(math.MaxFloat64),
		}})), `{"sessionInfo":{"parameters":{"the-name":[0,-0,-7,0.1,1000000000000000,999999999999999,100000000000000000000,1e+21,1e-07,9007199254740992,1.7976931348623157e+308]}}}`},
		{"audio", said(&cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_MixedAudio_{MixedAudio: &cxpb.ResponseMessage_MixedAudio{Segments: []*cxpb.ResponseMessage_MixedAudio_Segment{
			{Content: &cxpb.ResponseMessage_MixedAudio_Segment_Audio{Audio: []byte{0xfb, 0xff}}}, {Content: &cxpb.ResponseMessage_MixedAudio_Segment_Audio{}},
		}}}}), `{"fulfillmentResponse":{"messages":[{"mixedAudio":{"segments":[{"audio":"+/8="},{"audio":""}]}}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := webhookjson.Append(nil, tt.resp)
			if err != nil || string(got) != tt.want {
				t.Errorf("Append = %s (%v), want %s", got, err, tt.want)
			}
			sameAnswer(t, tt.resp)
		})
	}
}

// Numbers of few digits take a short cut; all read back as they were.
func TestAppendDecimals(t *testing.T) {
	t.Parallel()
	for _, whole := range []int64{0, 1, 9, 10, 123, 99999, 1234567890, 9999999999, 10000000000, 12345678901} {
		for _, f := range []string{"0", "1", "5", "9", "01", "05", "10", "25", "99", "001", "125", "999", "0001", "1234", "9999", "00001", "12345"} {
			for _, sign := range []string{"", "-"} {
				text := fmt.Sprintf("%s%d.%s", sign, whole, f)
				n, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatal(err)
				}
				got, err := webhookjson.Append(nil, param(structpb.NewNumberValue(n)))
				want := `{"sessionInfo":{"parameters":{"the-name":` + strconv.FormatFloat(n, 'f', -1, 64) + `}}}`
				if err != nil || string(got) != want {
					t.Errorf("Append of %s = %s (%v), want %s", text, got, err, want)
				}
			}
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, place string
		resp        *cxpb.WebhookResponse
	}{
		{"NaN", "sessionInfo.parameters.the-name", param(structpb.NewNumberValue(math.NaN()))},
		{"infinity", "sessionInfo.parameters.the-name", param(structpb.NewNumberValue(math.Inf(-1)))},
		{"nil value in a map", "sessionInfo.parameters.the-name", param(nil)},
		{"value without a kind", "sessionInfo.parameters.the-name", param(&structpb.Value{})},
		{"nil wrapper of a value", "sessionInfo.parameters.the-name", param(&structpb.Value{Kind: (*structpb.Value_StringValue)(nil)})},
		{"nil value in a list", "sessionInfo.parameters.the-name[1]", param(structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewBoolValue(true), nil}}))},
		{"text that is not UTF-8", "fulfillmentResponse.messages[1].text.text[0]", said(text("good"), text("bad \xff"))},
		{"short text that is not UTF-8", "fulfillmentResponse.messages[0].text.text[0]", said(text("\xc3"))},
		{"text with an escape that is not UTF-8", "fulfillmentResponse.messages[0].text.text[0]", said(text("quoted \" and \xe6\x9c"))},
		{"key that is not UTF-8", "payload", &cxpb.WebhookResponse{Payload: &structpb.Struct{Fields: map[string]*structpb.Value{"\xff": structpb.NewNullValue()}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sameAnswer(t, tt.resp)
			_, err := webhookjson.Append(nil, tt.resp)
			if !errors.Is(err, webhookjson.ErrValue) || !strings.Contains(err.Error(), " "+tt.place+": ") {
				t.Errorf("Append = %v, want an error at %s", err, tt.place)
			}
			if err := err.Error(); strings.Contains(err, "quoted") || strings.Contains(err, "bad") {
				t.Errorf("error %q repeats the text", err)
			}
		})
	}
}

// An encoder that failed in the middle of nested maps is as good as new.
func TestAppendAfterFailure(t *testing.T) {
	t.Parallel()
	deep := structpb.NewNumberValue(math.NaN())
	for range 20 {
		deep = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewNullValue(), "b": deep}})
	}
	for range 100 {
		if _, err := webhookjson.Append(nil, param(deep)); !errors.Is(err, webhookjson.ErrValue) {
			t.Fatalf("Append = %v, want ErrValue", err)
		}
		sameAnswer(t, body.Response(2<<10))
	}
}

func TestAppendGeneratedAnswers(t *testing.T) {
	t.Parallel()
	for _, size := range []int{300, 2 << 10, 60 << 10} {
		resp := body.Response(size)
		sameAnswer(t, resp)
		if n := proto.Size(resp); n < size/3 || n > 3*size {
			t.Errorf("Response(%d) has %d bytes on the wire", size, n)
		}
	}
}

// Not parallel: allocations are counted for the whole program.
func TestAppendDoesNotAllocate(t *testing.T) {
	resp := body.Response(2 << 10)
	buf := make([]byte, 0, 64<<10)
	if n := testing.AllocsPerRun(200, func() { buf, _ = webhookjson.Append(buf[:0], resp) }); n > lostByPool {
		t.Errorf("Append allocates %v times, want never", n)
	}
	raw := body.Request(4<<10, body.Pretty)
	var view webhookjson.Raw
	if n := testing.AllocsPerRun(200, func() { _ = view.Scan(raw, webhookjson.Limits{}) }); n > lostByPool {
		t.Errorf("Scan allocates %v times, want never", n)
	}
}
