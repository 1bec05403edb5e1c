package webhookjson_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/bench/body"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/runtime/protoimpl"
	"google.golang.org/protobuf/types/known/structpb"
)

// area is memory that a message reaches: [from, to).
type area struct{ from, to uintptr }

// reach returns all memory that v reaches, but for the type information that
// all messages of a type share.
func reach(v any) []area {
	var all []area
	seen := map[uintptr]bool{}
	note := func(at unsafe.Pointer, size uintptr) bool {
		if size == 0 || at == nil {
			return false
		}
		all = append(all, area{uintptr(at), uintptr(at) + size})
		known := seen[uintptr(at)]
		seen[uintptr(at)] = true
		return !known
	}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		if v.Type() == reflect.TypeFor[protoimpl.MessageState]() {
			return
		}
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() && note(v.UnsafePointer(), v.Type().Elem().Size()) {
				walk(v.Elem())
			}
		case reflect.Interface:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			// Its whole capacity: appending writes there.
			note(v.UnsafePointer(), uintptr(v.Cap())*v.Type().Elem().Size())
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.String:
			note(unsafe.Pointer(unsafe.StringData(v.String())), uintptr(v.Len()))
		case reflect.Map:
			note(v.UnsafePointer(), 1)
			for k, e := range v.Seq2() {
				walk(k)
				walk(e)
			}
		}
	}
	walk(reflect.ValueOf(v))
	return all
}

// overlap returns an area of a that one of b lies on.
func overlap(a, b []area) (area, bool) {
	byStart := func(x, y area) int {
		switch {
		case x.from < y.from:
			return -1
		case x.from > y.from:
			return 1
		}
		return 0
	}
	slices.SortFunc(a, byStart)
	slices.SortFunc(b, byStart)
	i := 0
	for _, x := range a {
		for i < len(b) && b[i].to <= x.from {
			i++
		}
		for j := i; j < len(b) && b[j].from < x.to; j++ {
			if b[j].to > x.from {
				return x, true
			}
		}
	}
	return area{}, false
}

func decoded(tb testing.TB, raw []byte) *cxpb.WebhookRequest {
	tb.Helper()
	req := new(cxpb.WebhookRequest)
	if err := webhookjson.Decode(raw, req, webhookjson.Limits{}); err != nil {
		tb.Fatal(err)
	}
	return req
}

func TestReachSeesSharing(t *testing.T) {
	t.Parallel()
	raw := body.Request(1<<10, body.Pretty)
	a, b := decoded(t, raw), decoded(t, raw)
	if _, shared := overlap(reach(a), reach(b)); !shared {
		t.Error("messages of one body share its text, and the test does not see it")
	}
	c, d := decoded(t, bytes.Clone(raw)), decoded(t, bytes.Clone(raw))
	if _, shared := overlap(reach(c), reach(d)); shared {
		t.Fatal("messages of two bodies share memory")
	}
	d.Payload = c.GetPayload()
	if _, shared := overlap(reach(c), reach(d)); !shared {
		t.Error("messages share a payload, and the test does not see it")
	}
}

// Messages of two requests share nothing, also when one decoder after the
// other makes them, fails in between, and works in many goroutines.
func TestMessagesShareNoMemory(t *testing.T) {
	t.Parallel()
	const workers, each = 4, 12
	var mu sync.Mutex
	var all [][]area
	var kept []*cxpb.WebhookRequest // so that no memory is reused by the collector
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range each {
				req := decoded(t, body.Request(1<<10<<(i%4), body.Style(i%2)))
				var failed cxpb.WebhookRequest
				_ = webhookjson.Decode([]byte(`{"payload":{"a":[{"b\u0020":"c\u0020"},`), &failed, webhookjson.Limits{})
				mu.Lock()
				kept = append(kept, req)
				all = append(all, reach(req))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for i, a := range all {
		for _, b := range all[i+1:] {
			if at, shared := overlap(a, b); shared {
				t.Fatalf("two of %d messages share %d bytes", len(kept), at.to-at.from)
			}
		}
	}
}

// What a handler does with one message changes neither another message nor
// another part of its own.
func TestKeptMessagesStayValid(t *testing.T) {
	t.Parallel()
	raw := body.Request(16<<10, body.Pretty)
	want, err := reference(raw)
	if err != nil {
		t.Fatal(err)
	}
	kept := decoded(t, bytes.Clone(raw))
	for range 50 {
		scribble(decoded(t, bytes.Clone(raw)))
	}
	sameMessage(t, want, kept)

	// Growing one list does not run into the next.
	for _, v := range kept.GetSessionInfo().GetParameters() {
		if list := v.GetListValue(); list != nil {
			_ = append(list.Values, structpb.NewStringValue("more"))
		}
	}
	for _, m := range kept.GetMessages() {
		if text := m.GetText(); text != nil {
			_ = append(text.Text, "more")
		}
	}
	sameMessage(t, want, kept)
}

// scribble changes everything in a request that can be changed in place.
func scribble(req *cxpb.WebhookRequest) {
	var value func(v *structpb.Value)
	value = func(v *structpb.Value) {
		switch k := v.GetKind().(type) {
		case *structpb.Value_StringValue:
			k.StringValue = "changed"
		case *structpb.Value_NumberValue:
			k.NumberValue = -1
		case *structpb.Value_BoolValue:
			k.BoolValue = !k.BoolValue
		case *structpb.Value_StructValue:
			for _, inner := range k.StructValue.Fields {
				value(inner)
			}
			clear(k.StructValue.Fields)
		case *structpb.Value_ListValue:
			for i, inner := range k.ListValue.Values {
				value(inner)
				k.ListValue.Values[i] = structpb.NewNullValue()
			}
		}
		v.Kind = nil
	}
	for _, v := range req.GetSessionInfo().GetParameters() {
		value(v)
	}
	for _, v := range req.GetPayload().GetFields() {
		value(v)
	}
	for _, m := range req.GetMessages() {
		for i := range m.GetText().GetText() {
			m.GetText().Text[i] = strings.Repeat("x", 9)
		}
		proto.Reset(m)
	}
	clear(req.GetSessionInfo().GetParameters())
	proto.Reset(req)
}
