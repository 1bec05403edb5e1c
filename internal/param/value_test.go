package param_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/param"
	"google.golang.org/protobuf/types/known/structpb"
)

// TestMalformed gives the binder what no decoder accepts. It must end, with an
// error where it looked at the fault.
func TestMalformed(t *testing.T) {
	t.Parallel()
	type dst struct {
		A string         `cx:"a"`
		N int            `cx:"n"`
		F float64        `cx:"f"`
		X any            `cx:"x"`
		L []any          `cx:"l"`
		M map[string]any `cx:"m"`
		B bool           `cx:"b"`
	}
	plan := compile[dst](t)
	for _, text := range []string{
		`{`, `{"a`, `{"a"`, `{"a":`, `{"a":"`, `{"a":"x`, `{"a":"x\`, `{"a":"x"`, `{"a" "x"}`, `{a:"x"}`, `{"a":,}`, `{"a":}`,
		`{"a":"\u12"}`, `{"a":"\x"}`, `{"a":"\ud800"}`, `{"a":"\ud800\u0041"}`, `{"\u12":1}`, `{"n":1x}`, `{"n":-}`, `{"n":1.}`, `{"n":01}`, `{"n":1e}`,
		`{"f":1x}`, `{"f":--1}`, `{"x":[1 2]x}`, `{"x":[`, `{"x":{"a":1`, `{"x":?}`, `{"l":[}`, `{"l":[1,`, `{"m":{"a":]}}`, `{"b":truth}`, `{"b":f}`,
		`{"x":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
	} {
		err := plan.Bind(new(dst), objects{param.JSON([]byte(text))}, nil)
		if err == nil {
			t.Errorf("%s was bound", text)
		}
	}
	for _, text := range []string{``, `  `, `[]`, `"a"`, `null`, `12`} {
		var got dst
		if err := plan.Bind(&got, objects{param.JSON([]byte(text))}, nil); err != nil || !reflect.ValueOf(got).IsZero() {
			t.Errorf("%s has members: %+v, %v", text, got, err)
		}
	}
}

func TestDoublesThatAreNoNumbers(t *testing.T) {
	t.Parallel()
	type dst struct {
		V any `cx:"v"`
	}
	type ints struct {
		V int `cx:"v"`
	}
	for _, d := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		v, err := structpb.NewStruct(map[string]any{"v": d})
		if err != nil {
			t.Fatal(err)
		}
		input := objects{param.Proto(structpb.NewStructValue(v))}
		if err := compile[dst](t).Bind(new(dst), input, nil); !errors.Is(err, param.ErrRange) {
			t.Errorf("%v: error %v, want %v", d, err, param.ErrRange)
		}
		if err := compile[ints](t).Bind(new(ints), input, nil); !errors.Is(err, param.ErrType) {
			t.Errorf("%v as an integer: error %v, want %v", d, err, param.ErrType)
		}
	}
}

func TestEmptyMessagesAreNull(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]*structpb.Value{
		"nil":        nil,
		"no kind":    {},
		"null":       structpb.NewNullValue(),
		"nil struct": {Kind: &structpb.Value_StructValue{}},
		"nil list":   {Kind: &structpb.Value_ListValue{}},
	} {
		if !param.Proto(v).Absent() {
			t.Errorf("%s is a value", name)
		}
	}
	if !param.Text().Absent() || param.Text("").Absent() || !(param.Value{}).Absent() {
		t.Error("no text and the zero value are null, an empty text is not")
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for road, input := range roads(t, `{"a":1,"b":null,"c":{"d":"e"}}`) {
		object := param.JSON(nil)
		switch in := input.(type) {
		case objects:
			object = in[0]
		case finder:
			object = in.objects[0]
		}
		if text, ok := object.Find("x", "c").Find("d").Str(); !ok || text != "e" {
			t.Errorf("%s: c.d is %q, %v", road, text, ok)
		}
		for _, name := range []string{"b", "C", ""} {
			if !object.Find(name).Absent() {
				t.Errorf("%s: %q was found", road, name)
			}
		}
		if _, ok := object.Find("a").Str(); ok {
			t.Errorf("%s: a number is a string", road)
		}
	}
	if text, _ := param.JSON([]byte(`{"a":"first","a":null}`)).Find("a").Str(); text != "first" {
		t.Errorf("found %q, want what is not null", text)
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	c := param.NewCursor([]byte(" {\"skip\": [1, \"]\\\"\"], \"n\": null, \"list\": [ 1 , {\"a\":2} , \"x\" ] , \"last\":true}\n"))
	var name string
	var seen []string
	for c.Object(); c.Member(&name); {
		seen = append(seen, strings.Clone(name))
		switch name {
		case "n":
			if c.Object() {
				t.Error("null is an object")
			}
		case "list":
			for c.List(); c.Element(); {
				seen = append(seen, string(c.Value().Raw()))
			}
		default:
			c.Skip()
		}
	}
	want := []string{"skip", "n", "list", "1", `{"a":2}`, `"x"`, "last"}
	if err := c.Err(); err != nil || !reflect.DeepEqual(seen, want) {
		t.Errorf("walked over %q, %v; want %q", seen, err, want)
	}
}
