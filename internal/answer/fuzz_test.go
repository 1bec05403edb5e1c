package answer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// Whatever JSON goes in as a value comes out of the answer's JSON as the same
// JSON, by the raw road and by the road of Go values; and both roads refuse
// the same integers.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{
		`null`, `true`, `-0`, `9007199254740992`, `9007199254740993`, `-9007199254740993`, `1e3`, `1E400`, `0.1`, `5e-324`,
		`"a\u00e9\ud834\udd1e\"\\\/"`, `[1,[2,{"a":[null]}],{}]`, `{"a":{"b":1,"c":[]},"":"x"}`, `{"a":1,"a":2}`, `"\ud800"`, ` [ ] `,
		`123456789012345678901234567890`, `[0.0,1.0,-1.5e-7]`, `"9007199254740993"`, strings.Repeat("[", 60) + strings.Repeat("]", 60),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		fromRaw, err := answer.Value(json.RawMessage(in))
		if err != nil {
			if errors.Is(err, answer.ErrUnsupported) && protojson.Unmarshal(in, new(structpb.Value)) == nil {
				t.Fatalf("Value refuses %q, which is strict JSON: %v", in, err)
			}
			return
		}
		var want any
		if err := json.Unmarshal(in, &want); err != nil {
			t.Fatalf("Value takes %q, which is not JSON: %v", in, err)
		}
		equal(t, "raw JSON", want, fromRaw)
		fromGo, err := answer.Value(want)
		if err != nil {
			t.Fatalf("Value refuses what %q decodes to: %v", in, err)
		}
		equal(t, "Go value", want, fromGo)

		var numbers any
		dec := json.NewDecoder(bytes.NewReader(in))
		dec.UseNumber()
		if err := dec.Decode(&numbers); err != nil {
			t.Fatal(err)
		}
		fromNumbers, err := answer.Value(numbers)
		if err != nil {
			t.Fatalf("Value refuses the numbers of %q: %v", in, err)
		}
		equal(t, "Go value with json.Number", want, fromNumbers)
	})
}

func equal(t *testing.T, road string, want any, v *structpb.Value) {
	t.Helper()
	out, err := protojson.Marshal(v)
	if err != nil {
		t.Fatalf("%s: %v", road, err)
	}
	var got any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%s: %v", road, err)
	}
	if !reflect.DeepEqual(want, got) { // cmp.Diff takes twice as long for each list around a value
		t.Fatalf("%s: %s holds %v, want %v", road, out, got, want)
	}
}

// What Check lets pass can be encoded, and what cannot be encoded Check finds.
func FuzzCheck(f *testing.F) {
	seeds := []*response{
		every(), param("a", &structpb.Value{}), param("a", num(math.NaN())), form(&formParam{DisplayName: "a", Value: &structpb.Value{}}),
		messages(text(""), &message{}), {Payload: object("a", list(&structpb.Value{})).GetStructValue()},
		messages(payload(objects(30))), {Transition: &cxpb.WebhookResponse_TargetFlow{}},
	}
	for _, seed := range seeds {
		wire, err := proto.Marshal(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire, uint8(0))
	}
	f.Fuzz(func(t *testing.T, wire []byte, spoil uint8) {
		resp := new(cxpb.WebhookResponse)
		if err := proto.Unmarshal(wire, resp); err != nil {
			return
		}
		for name := range resp.GetSessionInfo().GetParameters() {
			switch spoil {
			case 1:
				resp.SessionInfo.Parameters[name] = nil
			case 2:
				resp.SessionInfo.Parameters[name] = str("\xff")
			case 3:
				resp.SessionInfo.Parameters[name] = num(math.Inf(1))
			}
		}
		err := answer.Check(resp, func(*answer.Fault) {})
		_, failed := protojson.Marshal(resp)
		if err == nil && failed != nil {
			t.Fatalf("Check passes what cannot be encoded: %v", failed)
		}
		if strict := answer.Strict(resp); err != nil && strict == nil {
			t.Fatalf("Strict passes what Check refuses: %v", err)
		}
	})
}
