package param_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
)

// TestQuoted reads numbers and booleans that come as text, where the tag says
// so.
func TestQuoted(t *testing.T) {
	t.Parallel()
	type dst struct {
		ID     int64       `cx:"id,string"`
		Size   uint8       `cx:"size" json:",string"`
		Price  float64     `cx:"price,required,string"`
		Open   bool        `cx:"open,string"`
		Exact  json.Number `cx:"exact,string"`
		Maybe  *int        `cx:"maybe,string"`
		Plain  int         `cx:"plain"`
		Nested struct {
			ID   int64  `json:"id,string"`
			Text string `json:"text,string"`
		} `cx:"nested"`
	}
	plan := compile[dst](t)
	full := dst{ID: 9007199254740993, Size: 7, Price: 0.5, Open: true, Exact: "9007199254740993", Maybe: new(int), Plain: 1}
	*full.Maybe, full.Nested.ID, full.Nested.Text = 3, -9007199254740993, "x"
	tests := []struct {
		reason, json string
		want         dst
		kind         error
	}{
		{"all as text", `{"id":"9007199254740993","size":"7","price":"0.5","open":"true","exact":"9007199254740993","maybe":"3","plain":1,
			"nested":{"id":"-9007199254740993","text":"x"}}`, full, nil},
		{"numbers still do", `{"id":5,"price":0.5,"open":true}`, dst{ID: 5, Price: 0.5, Open: true}, nil},
		{"null is missing", `{"id":null,"price":null}`, dst{}, param.ErrMissing},
		{"an empty text is not missing", `{"id":"","price":1}`, dst{}, param.ErrType},
		{"a word", `{"id":"CANARY","price":1}`, dst{}, param.ErrType},
		{"a fraction", `{"id":"1.5","price":1}`, dst{}, param.ErrType},
		{"leading zeros", `{"id":"007","price":1}`, dst{}, param.ErrType},
		{"beyond the type", `{"size":"256","price":1}`, dst{}, param.ErrRange},
		{"without the option", `{"plain":"1","price":1}`, dst{}, param.ErrType},
		{"a list of text", `{"id":["1"],"price":1}`, dst{}, param.ErrType},
	}
	for _, tt := range tests {
		for road, input := range roads(t, tt.json) {
			var got dst
			err := plan.Bind(&got, input, nil)
			if !errors.Is(err, tt.kind) {
				t.Errorf("%s from %s: error %v, want %v", tt.reason, road, err, tt.kind)
			} else if diff := cmp.Diff(tt.want, got); tt.kind == nil && diff != "" {
				t.Errorf("%s from %s (-want +got):\n%s", tt.reason, road, diff)
			}
		}
	}
	shape := plan.Fields()[0].Shape
	if !shape.Reads(param.String("1")) || plan.Fields()[6].Shape.Reads(param.String("1")) {
		t.Error("the shape does not say that the option reads strings, or says it without")
	}
}

// TestDepthLimit holds both roads to the same depth: 200 containers around a
// value are walked, 201 are not.
func TestDepthLimit(t *testing.T) {
	t.Parallel()
	decoder, err := param.NewDecoder(reflect.TypeFor[any](), config())
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range []bool{false, true} {
		text, message := "1", structpb.NewNumberValue(1)
		for depth := 1; depth <= 201; depth++ {
			if object {
				text = `{"a":` + text + `}`
				message = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"a": message}})
			} else {
				text = "[" + text + "]"
				message = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{message}})
			}
			if depth < 199 {
				continue
			}
			var want error
			if depth > 200 {
				want = param.ErrSyntax
			}
			for road, v := range map[string]param.Value{"raw": param.JSON([]byte(text)), "proto": param.Proto(message)} {
				var got any
				if err := decoder.Decode(&got, v, "session", "v"); !errors.Is(err, want) {
					t.Errorf("%d containers from %s, objects %v: error %v, want %v", depth, road, object, err, want)
				}
			}
		}
	}
}
