package webhookjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
)

// wide are limits under which only protojson's own rules refuse anything.
var wide = webhookjson.Limits{Elements: math.MaxInt32}

// reference is what Decode is measured against.
func reference(body []byte) (*cxpb.WebhookRequest, error) {
	req := new(cxpb.WebhookRequest)
	err := protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: webhookjson.DefaultDepth}.Unmarshal(bytes.Clone(body), req)
	return req, err
}

// same fails the test unless Decode and Scan do with body what protojson does.
func same(tb testing.TB, body []byte) {
	tb.Helper()
	want, wantErr := reference(body)
	got := &cxpb.WebhookRequest{LanguageCode: "left over"}
	err := webhookjson.Decode(bytes.Clone(body), got, wide)
	if (err == nil) != (wantErr == nil) {
		tb.Fatalf("Decode(%q) = %v, protojson: %v", body, err, wantErr)
	}
	if err != nil && !errors.Is(err, webhookjson.ErrSyntax) {
		tb.Fatalf("Decode(%q) = %v, want an error that wraps ErrSyntax", body, err)
	}
	if err == nil {
		sameMessage(tb, want, got)
	}
	var raw webhookjson.Raw
	scanErr := raw.Scan(bytes.Clone(body), wide)
	if (scanErr == nil) != (err == nil) {
		tb.Fatalf("Scan(%q) = %v, Decode: %v", body, scanErr, err)
	}
	if err == nil {
		sameView(tb, &raw, want)
	}
}

// sameMessage compares quickly and, only to show a difference, at length.
// proto.Equal takes NaN for equal to itself and nil maps for empty ones.
func sameMessage(tb testing.TB, want, got proto.Message) {
	tb.Helper()
	if !proto.Equal(want, got) {
		tb.Fatalf("message differs from protojson's (-want +got):\n%s", cmp.Diff(want, got, protocmp.Transform()))
	}
}

// sameView compares what a Raw says with the message of the same body.
func sameView(tb testing.TB, raw *webhookjson.Raw, want *cxpb.WebhookRequest) {
	tb.Helper()
	have := [...]string{raw.Tag(), raw.Session(), raw.ResponseID(), raw.Page(), raw.PageName(), raw.LanguageCode()}
	should := [...]string{
		want.GetFulfillmentInfo().GetTag(), want.GetSessionInfo().GetSession(), want.GetDetectIntentResponseId(),
		want.GetPageInfo().GetCurrentPage(), want.GetPageInfo().GetDisplayName(), want.GetLanguageCode(),
	}
	if have != should {
		tb.Fatalf("Raw has %q, the message %q", have, should)
	}
	for name, v := range want.GetSessionInfo().GetParameters() {
		json, ok := raw.Parameter(name)
		sameJSON(tb, name, json, ok, v)
	}
	n := 0
	for name, value := range raw.Parameters() {
		n++
		sameJSON(tb, name, value, true, want.GetSessionInfo().GetParameters()[name])
	}
	if n != len(want.GetSessionInfo().GetParameters()) {
		tb.Fatalf("Raw has %d session parameters, the message %d", n, len(want.GetSessionInfo().GetParameters()))
	}
	for name, v := range want.GetIntentInfo().GetParameters() {
		value, original, ok := raw.IntentParameter(name)
		if v.GetResolvedValue() == nil {
			if ok {
				tb.Fatalf("Raw has intent parameter %q = %s, the message has no value", name, value)
			}
			continue
		}
		sameJSON(tb, name, value, ok, v.GetResolvedValue())
		if original != v.GetOriginalValue() {
			tb.Fatalf("Raw has the original %q for %q, the message %q", original, name, v.GetOriginalValue())
		}
	}
	n = 0
	for name, v := range raw.IntentParameters() {
		n++
		p := want.GetIntentInfo().GetParameters()[name]
		if (v.Resolved != nil) != (p.GetResolvedValue() != nil) {
			tb.Fatalf("Raw has intent parameter %q = %s, the message %v", name, v.Resolved, p)
		}
		if original := string(v.Original); original != "" && webhookjson.Text(v.Original) != p.GetOriginalValue() || original == "" && p.GetOriginalValue() != "" {
			tb.Fatalf("Raw has the original %s for %q, the message %v", original, name, p)
		}
	}
	if n != len(want.GetIntentInfo().GetParameters()) {
		tb.Fatalf("Raw has %d intent parameters, the message %d", n, len(want.GetIntentInfo().GetParameters()))
	}
	n = 0
	for name, value := range raw.FormParameters() {
		p := want.GetPageInfo().GetFormInfo().GetParameterInfo()[n]
		n++
		if name != p.GetDisplayName() || (value != nil) != (p.GetValue() != nil) {
			tb.Fatalf("Raw has form parameter %q = %s, the message %v", name, value, p)
		}
		if value != nil {
			sameJSON(tb, name, value, true, p.GetValue())
		}
	}
	if n != len(want.GetPageInfo().GetFormInfo().GetParameterInfo()) {
		tb.Fatalf("Raw has %d form parameters, the message %v", n, want.GetPageInfo().GetFormInfo())
	}
	first := map[string]bool{}
	for _, p := range want.GetPageInfo().GetFormInfo().GetParameterInfo() {
		if p.GetValue() == nil || first[p.GetDisplayName()] {
			first[p.GetDisplayName()] = true
			continue
		}
		first[p.GetDisplayName()] = true
		value, ok := raw.FormParameter(p.GetDisplayName())
		sameJSON(tb, p.GetDisplayName(), value, ok, p.GetValue())
	}
	if payload := raw.Payload(); (payload != nil) != (want.GetPayload() != nil) {
		tb.Fatalf("Raw has the payload %s, the message %v", payload, want.GetPayload())
	} else if payload != nil {
		sameJSON(tb, "payload", payload, true, want.GetPayload())
	}
}

// sameJSON compares the JSON of a Raw with a message of structpb.
func sameJSON(tb testing.TB, name string, have []byte, ok bool, want proto.Message) {
	tb.Helper()
	if !ok {
		tb.Fatalf("Raw has no %q", name)
	}
	if want == nil || !want.ProtoReflect().IsValid() {
		tb.Fatalf("Raw has %q = %s, the message has none", name, have)
	}
	got := want.ProtoReflect().New().Interface()
	if err := protojson.Unmarshal(have, got); err != nil {
		tb.Fatalf("Raw has %q = %s: %v", name, have, err)
	}
	if !proto.Equal(want, got) {
		tb.Fatalf("Raw has %q = %s, the message %v", name, have, want)
	}
	walk(tb, have)
}

// walk checks the cursors against encoding/json on one value.
func walk(tb testing.TB, have []byte) {
	tb.Helper()
	switch have[0] {
	case '"':
		var s string
		if err := json.Unmarshal(have, &s); err != nil {
			tb.Fatal(err)
		}
		if got := webhookjson.Text(have); got != s {
			tb.Fatalf("Text(%s) = %q, want %q", have, got, s)
		}
	case '{':
		var want map[string]json.RawMessage
		if err := json.Unmarshal(have, &want); err != nil {
			tb.Fatal(err)
		}
		n := 0
		for name, value := range webhookjson.Members(have) {
			n++
			if !bytes.Equal(want[name], value) {
				tb.Fatalf("Members(%s) has %q = %s, want %s", have, name, value, want[name])
			}
			walk(tb, value)
		}
		if n != len(want) {
			tb.Fatalf("Members(%s) has %d members, want %d", have, n, len(want))
		}
	case '[':
		var want []json.RawMessage
		if err := json.Unmarshal(have, &want); err != nil {
			tb.Fatal(err)
		}
		n := 0
		for value := range webhookjson.Elements(have) {
			if !bytes.Equal(want[n], value) {
				tb.Fatalf("Elements(%s) has %s at %d, want %s", have, value, n, want[n])
			}
			n++
		}
		if n != len(want) {
			tb.Fatalf("Elements(%s) has %d items, want %d", have, n, len(want))
		}
	}
}
