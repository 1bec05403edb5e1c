package webhookjson_test

import (
	"errors"
	"fmt"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestEveryFieldHasCode(t *testing.T) {
	t.Parallel()
	if missing := webhookjson.Uncoded(); len(missing) > 0 {
		t.Errorf("no code for %v: such bodies go to protojson and are slow", missing)
	}
}

// fields calls visit once for every field of every message that m can hold,
// with a message of m's type in which that field alone is set.
func fields(m proto.Message, visit func(path string, m proto.Message)) {
	type step func(protoreflect.Message) protoreflect.Message // to the message that holds the field
	seen := map[protoreflect.FullName]bool{}
	var walk func(desc protoreflect.MessageDescriptor, path string, to step)
	walk = func(desc protoreflect.MessageDescriptor, path string, to step) {
		if seen[desc.FullName()] {
			return
		}
		seen[desc.FullName()] = true
		for i := range desc.Fields().Len() {
			fd := desc.Fields().Get(i)
			name := path + "." + string(fd.Name())
			for _, set := range samples(fd) {
				root := m.ProtoReflect().New()
				set(to(root))
				visit(name, root.Interface())
			}
			if inner := messageOf(fd); inner != nil && inner.FullName().Parent() != "google.protobuf" {
				walk(inner, name, func(root protoreflect.Message) protoreflect.Message { return enter(to(root), fd) })
			}
		}
	}
	desc := m.ProtoReflect().Descriptor()
	walk(desc, string(desc.Name()), func(root protoreflect.Message) protoreflect.Message { return root })
}

func messageOf(fd protoreflect.FieldDescriptor) protoreflect.MessageDescriptor {
	if fd.IsMap() {
		return fd.MapValue().Message()
	}
	return fd.Message()
}

// enter returns the message in a field of m, which it makes.
func enter(m protoreflect.Message, fd protoreflect.FieldDescriptor) protoreflect.Message {
	switch {
	case fd.IsMap():
		return m.Mutable(fd).Map().Mutable(protoreflect.ValueOfString("k").MapKey()).Message()
	case fd.IsList():
		return m.Mutable(fd).List().AppendMutable().Message()
	}
	return m.Mutable(fd).Message()
}

// samples returns ways to set a field.
func samples(fd protoreflect.FieldDescriptor) []func(protoreflect.Message) {
	set := func(v any) func(protoreflect.Message) {
		return func(m protoreflect.Message) {
			switch {
			case fd.IsMap():
				m.Mutable(fd).Map().Set(protoreflect.ValueOfString("k").MapKey(), protoreflect.ValueOf(v))
			case fd.IsList():
				m.Mutable(fd).List().Append(protoreflect.ValueOf(v))
				m.Mutable(fd).List().Append(protoreflect.ValueOf(v))
			default:
				m.Set(fd, protoreflect.ValueOf(v))
			}
		}
	}
	value, _ := structpb.NewValue(map[string]any{"s": "a\"é", "n": 1.5, "b": true, "z": nil, "l": []any{1, "x"}, "o": map[string]any{}})
	kind := fd
	if fd.IsMap() {
		kind = fd.MapValue()
	}
	switch kind.Kind() {
	case protoreflect.StringKind:
		return []func(protoreflect.Message){set("plain"), set("q\" \\ \x01 é 木")}
	case protoreflect.BoolKind:
		return []func(protoreflect.Message){set(true)}
	case protoreflect.FloatKind:
		return []func(protoreflect.Message){set(float32(0.25)), set(float32(1e-9)), set(float32(16777216))}
	case protoreflect.BytesKind:
		return []func(protoreflect.Message){set([]byte{0, 1, 255})}
	case protoreflect.EnumKind:
		return []func(protoreflect.Message){set(protoreflect.EnumNumber(1)), set(protoreflect.EnumNumber(99))}
	case protoreflect.MessageKind:
		switch kind.Message().FullName() {
		case "google.protobuf.Value":
			return []func(protoreflect.Message){set(value.ProtoReflect())}
		case "google.protobuf.Struct":
			return []func(protoreflect.Message){set(value.GetStructValue().ProtoReflect())}
		}
		return []func(protoreflect.Message){func(m protoreflect.Message) { enter(m, fd) }}
	}
	panic(fmt.Sprintf("%s has kind %v: teach this test how to set it", fd.FullName(), kind.Kind()))
}

func TestEveryFieldOfRequests(t *testing.T) {
	t.Parallel()
	n := 0
	fields(&cxpb.WebhookRequest{}, func(path string, m proto.Message) {
		n++
		for _, opts := range []protojson.MarshalOptions{{}, {UseProtoNames: true}, {UseEnumNumbers: true}, {Multiline: true}} {
			raw, err := opts.Marshal(m)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			var got cxpb.WebhookRequest
			if err := webhookjson.Decode(raw, &got, webhookjson.Limits{}); err != nil {
				t.Fatalf("%s: Decode(%s) = %v", path, raw, err)
			}
			if !proto.Equal(m, &got) {
				t.Errorf("%s: Decode(%s) = %v, want %v", path, raw, &got, m)
			}
			same(t, raw)
		}
		raw, err := webhookjson.AppendRequest(nil, m.(*cxpb.WebhookRequest))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		var back cxpb.WebhookRequest
		if err := protojson.Unmarshal(raw, &back); err != nil || !proto.Equal(m, &back) {
			t.Errorf("%s: AppendRequest = %s, reads back as %v (%v), want %v", path, raw, &back, err, m)
		}
	})
	if n < 60 {
		t.Errorf("visited %d fields, want those of all messages", n)
	}
}

func TestEveryFieldOfAnswers(t *testing.T) {
	t.Parallel()
	n := 0
	fields(&cxpb.WebhookResponse{}, func(path string, m proto.Message) {
		n++
		sameAnswer(t, m.(*cxpb.WebhookResponse))
	})
	if n < 50 {
		t.Errorf("visited %d fields, want those of all messages", n)
	}
}

// A field that the code does not know, as after an upgrade of the protobuf
// package, costs time and nothing else.
func TestUnknownToTheCode(t *testing.T) {
	t.Parallel()
	older := webhookjson.Without("session_info", "text", "target_page", "fulfillment_response")
	accepted := []string{
		`{"sessionInfo":{"session":"s","parameters":{"a":[1,{"b":null}]}},"fulfillmentInfo":{"tag":"t"}}`,
		`{"text":"a"}`,
		`{"transcript":"a","sessionInfo":null}`,
	}
	for _, body := range accepted {
		want, err := reference([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var got cxpb.WebhookRequest
		if err := older.Decode([]byte(body), &got, webhookjson.Limits{}); err != nil {
			t.Errorf("Decode(%s) = %v", body, err)
		}
		sameMessage(t, want, &got)
		var raw webhookjson.Raw
		if err := older.Scan(&raw, []byte(body), webhookjson.Limits{}); err != nil || raw.Tag() != want.GetFulfillmentInfo().GetTag() {
			t.Errorf("Scan(%s) = %v, tag %q", body, err, raw.Tag())
		}
	}
	refused := []string{
		`{"sessionInfo":{"parameters":{"a":1,"a":2}}}`,
		`{"text":"a","transcript":"b"}`,
		`{"text":7}`,
		`{"sessionInfo":{"session":1}}`,
	}
	for _, body := range refused {
		var got cxpb.WebhookRequest
		var raw webhookjson.Raw
		if err := older.Decode([]byte(body), &got, webhookjson.Limits{}); !errors.Is(err, webhookjson.ErrSyntax) {
			t.Errorf("Decode(%s) = %v, want ErrSyntax", body, err)
		}
		if err := older.Scan(&raw, []byte(body), webhookjson.Limits{}); !errors.Is(err, webhookjson.ErrSyntax) {
			t.Errorf("Scan(%s) = %v, want ErrSyntax", body, err)
		}
	}
	fields(&cxpb.WebhookResponse{}, func(path string, m proto.Message) {
		resp := m.(*cxpb.WebhookResponse)
		want, err := webhookjson.Append(nil, resp)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := older.Append([]byte("kept "), resp); err != nil || string(got) != "kept "+string(want) {
			t.Errorf("%s: without code %s (%v), with it %s", path, got, err, want)
		}
	})
}
