package cx_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestSetParam(t *testing.T) {
	t.Parallel()
	var none *int
	testParts(t, []partTest{
		{"number", []cx.Part{cx.SetParam("n", 2)}, `{"sessionInfo":{"parameters":{"n":2}}}`},
		{"text", []cx.Part{cx.SetParam("s", "")}, `{"sessionInfo":{"parameters":{"s":""}}}`},
		{"list", []cx.Part{cx.SetParam("l", []string{"a"})}, `{"sessionInfo":{"parameters":{"l":["a"]}}}`},
		{"nil list is an empty one and no removal", []cx.Part{cx.SetParam("l", []string(nil))}, `{"sessionInfo":{"parameters":{"l":[]}}}`},
		{"composite", []cx.Part{cx.SetParam("date", struct {
			Year  int `json:"year"`
			Month int `json:"month"`
		}{2026, 3})}, `{"sessionInfo":{"parameters":{"date":{"year":2026,"month":3}}}}`},
		{"time", []cx.Part{cx.SetParam("t", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))}, `{"sessionInfo":{"parameters":{"t":"2026-03-01T00:00:00Z"}}}`},
		{"protobuf value", []cx.Part{cx.SetParam("v", structpb.NewBoolValue(true))}, `{"sessionInfo":{"parameters":{"v":true}}}`},
		{"great integer as text", []cx.Part{cx.SetParam("id", "9007199254740993")}, `{"sessionInfo":{"parameters":{"id":"9007199254740993"}}}`},
		{"nil removes", []cx.Part{cx.SetParam("p", nil)}, `{"sessionInfo":{"parameters":{"p":null}}}`},
		{"nil pointer removes", []cx.Part{cx.SetParam("p", none)}, `{"sessionInfo":{"parameters":{"p":null}}}`},
		{"clear is an explicit null", []cx.Part{cx.ClearParam("p")}, `{"sessionInfo":{"parameters":{"p":null}}}`},
		{"the last one counts", []cx.Part{cx.SetParam("p", 1), cx.SetParam("q", 2), cx.SetParam("p", 3)}, `{"sessionInfo":{"parameters":{"p":3,"q":2}}}`},
		{"names are compared without case", []cx.Part{cx.SetParam("Size", 1), cx.ClearParam("size")}, `{"sessionInfo":{"parameters":{"size":null}}}`},
		{"every character of the alphabet", []cx.Part{cx.SetParam("aZ0.9_-", 1)}, `{"sessionInfo":{"parameters":{"aZ0.9_-":1}}}`},
	})
}

func TestSetParams(t *testing.T) {
	t.Parallel()
	type order struct {
		Size  string  `cx:"size,required"`
		Note  string  `cx:"note" json:",omitempty"`
		Draft *string `cx:"draft"`
		Page  string  `cx:"form:page"`
		Memo  string  `cx:"-"`
		Count int
	}
	testParts(t, []partTest{
		{"struct", []cx.Part{cx.SetParams(order{Size: "m", Page: "p", Memo: "x", Count: 2})},
			`{"sessionInfo":{"parameters":{"size":"m","draft":null}}}`},
		{"pointer to a struct", []cx.Part{cx.SetParams(&order{Note: "gift"})},
			`{"sessionInfo":{"parameters":{"size":"","note":"gift","draft":null}}}`},
		{"map", []cx.Part{cx.SetParams(map[string]any{"a": 1, "b": nil})}, `{"sessionInfo":{"parameters":{"a":1,"b":null}}}`},
		{"map of one type", []cx.Part{cx.SetParams(map[string]int{"a": 1})}, `{"sessionInfo":{"parameters":{"a":1}}}`},
		{"raw JSON", []cx.Part{cx.SetParams(json.RawMessage(`{"a":[1]}`))}, `{"sessionInfo":{"parameters":{"a":[1]}}}`},
		{"over others", []cx.Part{cx.SetParam("A", 1), cx.SetParam("b", 2), cx.SetParams(map[string]int{"a": 3})},
			`{"sessionInfo":{"parameters":{"a":3,"b":2}}}`},
		{"empty map", []cx.Part{cx.SetParams(map[string]int{})}, `{"sessionInfo":{"parameters":{}}}`},
	})
}

func TestSetParamFaults(t *testing.T) {
	t.Parallel()
	const params = "sessionInfo.parameters"
	testFaults(t, []faultTest{
		{"NaN", []cx.Part{cx.Text("a"), cx.SetParam("n", math.NaN())}, cx.ErrNotFinite, 1, "SetParam", params + `["n"]`},
		{"infinity inside", []cx.Part{cx.SetParam("n", map[string]any{"l": []float64{0, math.Inf(1)}})}, cx.ErrNotFinite, 0, "SetParam", params + `["n"]["l"][1]`},
		{"integer beyond 2^53", []cx.Part{cx.SetParam("id", int64(9007199254740993))}, cx.ErrInexact, 0, "SetParam", params + `["id"]`},
		{"raw integer beyond 2^53", []cx.Part{cx.SetParam("id", json.RawMessage("9007199254740993"))}, cx.ErrInexact, 0, "SetParam", params + `["id"]`},
		{"value without a kind", []cx.Part{cx.SetParam("v", &structpb.Value{})}, cx.ErrEmptyValue, 0, "SetParam", params + `["v"]`},
		{"text that is not UTF-8", []cx.Part{cx.SetParam("s", "\xff")}, cx.ErrUTF8, 0, "SetParam", params + `["s"]`},
		{"channel", []cx.Part{cx.SetParam("c", make(chan int))}, cx.ErrUnsupported, 0, "SetParam", params + `["c"]`},
		{"no name", []cx.Part{cx.SetParam("", 1)}, cx.ErrName, 0, "SetParam", params + `[""]`},
		{"name with a space", []cx.Part{cx.SetParam("cancel period", 1)}, cx.ErrName, 0, "SetParam", params + `["cancel period"]`},
		{"reference in place of a name", []cx.Part{cx.ClearParam("$session.params.draft")}, cx.ErrName, 0, "ClearParam", params + `["$session.params.draft"]`},
		{"set from a list", []cx.Part{cx.SetParams([]int{1})}, cx.ErrNotObject, 0, "SetParams", params},
		{"set from nothing", []cx.Part{cx.SetParams(nil)}, cx.ErrNotObject, 0, "SetParams", params},
		{"set from names that differ in case only", []cx.Part{cx.SetParams(map[string]int{"Size": 1, "count": 1, "size": 2})}, cx.ErrConflict, 0, "SetParams", params + `["size"]`},
		{"set from a map with a bad name", []cx.Part{cx.SetParams(map[string]int{"a b": 1})}, cx.ErrName, 0, "SetParams", params + `["a b"]`},
		{"set from a map with a bad value", []cx.Part{cx.SetParams(map[string]any{"a": math.NaN()})}, cx.ErrNotFinite, 0, "SetParams", params + `["a"]`},
		{"set from a struct without tags", []cx.Part{cx.SetParams(struct{ A int }{})}, cx.ErrUnsupported, 0, "SetParams", params},
		{"set from an unknown option", []cx.Part{cx.SetParams(struct {
			A int `cx:"a,optional"`
		}{})}, cx.ErrUnsupported, 0, "SetParams", params},
	})
}

func TestForm(t *testing.T) {
	t.Parallel()
	testParts(t, []partTest{
		{"invalidate", []cx.Part{cx.InvalidateFormParam("size")},
			`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","state":"INVALID"}]}}}`},
		{"change the value", []cx.Part{cx.SetFormParam("size", "m")},
			`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","value":"m"}]}}}`},
		{"change to null", []cx.Part{cx.SetFormParam("size", nil)},
			`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","value":null}]}}}`},
		{"both are one entry", []cx.Part{cx.SetFormParam("size", "m"), cx.SetFormParam("count", 2), cx.InvalidateFormParam("SIZE")},
			`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","value":"m","state":"INVALID"},{"displayName":"count","value":2}]}}}`},
		{"beside an entry of the user's own", []cx.Part{part(func(r *cxpb.WebhookResponse) {
			r.PageInfo = &cxpb.PageInfo{FormInfo: &cxpb.PageInfo_FormInfo{
				ParameterInfo: []*cxpb.PageInfo_FormInfo_ParameterInfo{{DisplayName: "a"}},
			}}
		}), cx.InvalidateFormParam("b")}, `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"a"},{"displayName":"b","state":"INVALID"}]}}}`},
	})
	testFaults(t, []faultTest{
		{"no name", []cx.Part{cx.InvalidateFormParam("")}, cx.ErrName, 0, "InvalidateFormParam", `pageInfo.formInfo.parameterInfo[""]`},
		{"bad name", []cx.Part{cx.SetFormParam("a b", 1)}, cx.ErrName, 0, "SetFormParam", `pageInfo.formInfo.parameterInfo["a b"]`},
		{"bad value", []cx.Part{cx.SetFormParam("a", math.NaN())}, cx.ErrNotFinite, 0, "SetFormParam", `pageInfo.formInfo.parameterInfo["a"]`},
	})
}
