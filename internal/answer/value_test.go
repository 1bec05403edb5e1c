package answer_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
)

func null() *structpb.Value         { return structpb.NewNullValue() }
func num(n float64) *structpb.Value { return structpb.NewNumberValue(n) }
func str(s string) *structpb.Value  { return structpb.NewStringValue(s) }
func truth(b bool) *structpb.Value  { return structpb.NewBoolValue(b) }
func ptr[T any](v T) *T             { return &v }
func raw(s string) json.RawMessage  { return json.RawMessage(s) }
func list(v ...*structpb.Value) *structpb.Value {
	return structpb.NewListValue(&structpb.ListValue{Values: v})
}

func object(pairs ...any) *structpb.Value {
	fields := make(map[string]*structpb.Value)
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i].(string)] = pairs[i+1].(*structpb.Value)
	}
	return structpb.NewStructValue(&structpb.Struct{Fields: fields})
}

type size string

type grade int

func (g grade) MarshalText() ([]byte, error) { return []byte{'A' + byte(g)}, nil }

// stock marshals by a method of its pointer.
type stock struct{ count int }

func (s *stock) MarshalJSON() ([]byte, error) { return json.Marshal([]int{s.count}) }

type failing struct{}

func (failing) MarshalJSON() ([]byte, error) { return nil, errors.New("out of paper") }

func TestValue(t *testing.T) {
	t.Parallel()
	var (
		nilPointer *int
		nilStock   *stock
		nilStruct  *structpb.Struct
		nilSlice   []string
		nilMap     map[string]int
		nilRaw     json.RawMessage
	)
	tests := []struct {
		name string
		in   any
		want *structpb.Value
	}{
		{"nil is null", nil, null()},
		{"nil pointer is null", nilPointer, null()},
		{"nil pointer with methods is null", nilStock, null()},
		{"nil message is null", nilStruct, null()},
		{"nil raw JSON is null", nilRaw, null()},
		{"nil slice is a value, since null would remove the parameter", nilSlice, list()},
		{"nil map is a value, since null would remove the parameter", nilMap, object()},
		{"bool", true, truth(true)},
		{"string", "medium", str("medium")},
		{"empty string is a value", "", str("")},
		{"named string", size("xl"), str("xl")},
		{"text beyond the basic plane", "𝄞", str("𝄞")},
		{"int", 2, num(2)},
		{"int8", int8(-8), num(-8)},
		{"uint16", uint16(65535), num(65535)},
		{"the greatest exact integer", int64(1)<<53 - 1, num(9007199254740991)},
		{"the least exact integer", 1 - int64(1)<<53, num(-9007199254740991)},
		{"the greatest exact unsigned integer", uint64(1)<<53 - 1, num(9007199254740991)},
		{"float64", 0.1, num(0.1)},
		{"float32 keeps its shortest decimals", float32(0.1), num(0.1)},
		{"a float may be great", 1e300, num(1e300)},
		{"json.Number", json.Number("9.5"), num(9.5)},
		{"the greatest exact json.Number", json.Number("9007199254740991"), num(9007199254740991)},
		{"the least exact raw integer", raw("[-9007199254740991]"), list(num(-9007199254740991))},
		{"json.Number with an exponent is a double", json.Number("1e20"), num(1e20)},
		{"raw JSON", raw(` {"a":[1,null,"x"]} `), object("a", list(num(1), null(), str("x")))},
		{"raw null", raw("null"), null()},
		{"the greatest double", json.Number("1.7976931348623157e+308"), num(math.MaxFloat64)},
		{"double as printers write it", raw(`[1e+300,9007199254740994.0,0.1e23]`), list(num(1e300), num(9007199254740994), num(1e22))},
		{"double without a fraction", float64(1 << 60), num(1 << 60)},
		{"fine fraction", json.Number("0.99999999999999999999"), num(1)},
		{"digits inside strings are text", raw(`"9007199254740993 \" 9007199254740993"`), str(`9007199254740993 " 9007199254740993`)},
		{"slice", []string{"a", "b"}, list(str("a"), str("b"))},
		{"array", [2]int{1, 2}, list(num(1), num(2))},
		{"slice of any", []any{1, "x", nil, []int{2}}, list(num(1), str("x"), null(), list(num(2)))},
		{"bytes are base64", []byte("hi?>"), str("aGk/Pg==")},
		{"map", map[string]int{"a": 1}, object("a", num(1))},
		{"map of any", map[string]any{"a": map[string]any{"b": nil}}, object("a", object("b", null()))},
		{"map by integers", map[int]string{-1: "x"}, object("-1", str("x"))},
		{"map by unsigned integers", map[uint8]string{7: "x"}, object("7", str("x"))},
		{"map by text methods", map[grade]int{1: 5}, object("B", num(5))},
		{"text method", grade(2), str("C")},
		{"text method of another package", netip.MustParseAddr("192.0.2.1"), str("192.0.2.1")},
		{"method of the pointer, for a value", stock{3}, list(num(3))},
		{"method of the pointer, in a list", []stock{{3}, {4}}, list(list(num(3)), list(num(4)))},
		{"big integer that is small", big.NewInt(12), num(12)},
		{"pointer", ptr(2), num(2)},
		{"pointer to a pointer", ptr(ptr("x")), str("x")},
		{"time is RFC 3339", time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), str("2026-03-01T09:30:00Z")},
		{"duration is in seconds", 90 * time.Second, str("90s")},
		{"duration below a second", 1500 * time.Millisecond, str("1.500s")},
		{"time zone", time.UTC, str("UTC")},
		{"time zone by its name", time.FixedZone("Europe/Rome", 3600), str("Europe/Rome")},
		{"no time zone", (*time.Location)(nil), null()},
		{"protobuf value", str("x"), str("x")},
		{"protobuf list", &structpb.ListValue{Values: []*structpb.Value{num(1)}}, list(num(1))},
		{"protobuf struct", &structpb.Struct{Fields: map[string]*structpb.Value{"a": num(1)}}, object("a", num(1))},
		{"other protobuf message", &cxpb.ToolCall{Action: "pay"}, object("action", str("pay"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := answer.Value(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("Value differs (-want +got):\n%s", diff)
			}
		})
	}
}

// ring contains itself.
type ring struct{ Next *ring }

func TestValueFaults(t *testing.T) {
	t.Parallel()
	circle := &ring{}
	circle.Next = circle
	var spiral any
	spiral = &spiral
	knot := map[string]any{}
	knot["k"] = []any{knot}
	selfStruct := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	selfStruct.Fields["s"] = structpb.NewStructValue(selfStruct)

	tests := []struct {
		name string
		in   any
		want error
		path string
	}{
		{"NaN", math.NaN(), answer.ErrNotFinite, ""},
		{"infinity", math.Inf(-1), answer.ErrNotFinite, ""},
		{"float32 infinity", float32(math.Inf(1)), answer.ErrNotFinite, ""},
		{"NaN inside", map[string]any{"a": []float64{1, math.NaN()}}, answer.ErrNotFinite, `["a"][1]`},
		{"2^53 itself", int64(1) << 53, answer.ErrInexact, ""},
		{"2^53 as a json.Number", json.Number("9007199254740992"), answer.ErrInexact, ""},
		{"integer with a point", json.Number("9007199254740993.0"), answer.ErrInexact, ""},
		{"integer with an exponent", raw(`[90071992547409930e-1]`), answer.ErrInexact, ""},
		{"fraction that is rounded to 2^53", json.Number("9007199254740991.9999"), answer.ErrInexact, ""},
		{"great integer with an exponent", json.Number("123456789012345678901e3"), answer.ErrInexact, ""},
		{"integer beyond 2^53", int64(1)<<53 + 1, answer.ErrInexact, ""},
		{"integer below -2^53", -int64(1)<<53 - 1, answer.ErrInexact, ""},
		{"unsigned integer beyond 2^53", uint64(math.MaxUint64), answer.ErrInexact, ""},
		{"json.Number beyond 2^53", json.Number("9007199254740993"), answer.ErrInexact, ""},
		{"raw integer beyond 2^53", raw(`{"id":-9007199254740993}`), answer.ErrInexact, ""},
		{"big integer", new(big.Int).Lsh(big.NewInt(1), 60), answer.ErrInexact, ""},
		{"json.Number beyond a double", json.Number("1e400"), answer.ErrNotFinite, ""},
		{"raw number beyond a double", raw(`[1e400]`), answer.ErrNotFinite, ""},
		{"json.Number that is none", json.Number("nine"), answer.ErrUnsupported, ""},
		{"json.Number with JSON of another kind", json.Number("true"), answer.ErrUnsupported, ""},
		{"json.Number with a space", json.Number("1 "), answer.ErrUnsupported, ""},
		{"empty json.Number", json.Number(""), answer.ErrUnsupported, ""},
		{"text that is not UTF-8", "a\xff", answer.ErrUTF8, ""},
		{"text that is not UTF-8 in a struct", struct{ A string }{"\xc3"}, answer.ErrUTF8, `["A"]`},
		{"key that is not UTF-8", map[string]int{"\xff": 1}, answer.ErrUTF8, `["\xff"]`},
		{"raw text that is not UTF-8", raw("\"\xff\""), answer.ErrUnsupported, ""},
		{"raw text with half a surrogate pair", raw(`"\ud800"`), answer.ErrUnsupported, ""},
		{"raw text with a key twice", raw(`{"a":1,"a":2}`), answer.ErrUnsupported, ""},
		{"raw text with something behind", raw(`1 2`), answer.ErrUnsupported, ""},
		{"raw text that is empty", raw(""), answer.ErrUnsupported, ""},
		{"two keys of one text", map[grade]int{1: 1, 257: 2}, answer.ErrConflict, `["B"]`},
		{"channel", make(chan int), answer.ErrUnsupported, ""},
		{"function in a list", []any{func() {}}, answer.ErrUnsupported, "[0]"},
		{"local time zone", time.Local, answer.ErrUnsupported, ""},
		{"complex number", 1i, answer.ErrUnsupported, ""},
		{"key without text", map[float64]int{1: 1}, answer.ErrUnsupported, ""},
		{"method that fails", []any{failing{}}, answer.ErrUnsupported, "[0]"},
		{"struct of hidden fields", struct{ a int }{1}, answer.ErrUnsupported, ""},
		{"value without a kind", &structpb.Value{}, answer.ErrEmptyValue, ""},
		{"struct with a nil entry", &structpb.Struct{Fields: map[string]*structpb.Value{"a": nil}}, answer.ErrEmptyValue, `["a"]`},
		{"struct that contains itself by pointers", circle, answer.ErrTooDeep, ""},
		{"pointer to itself", spiral, answer.ErrTooDeep, ""},
		{"map that contains itself", knot, answer.ErrTooDeep, ""},
		{"protobuf struct that contains itself", selfStruct, answer.ErrTooDeep, ""},
		{"one level too many", nest(answer.MaxDepth + 1), answer.ErrTooDeep, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := answer.Value(tt.in)
			if !errors.Is(err, tt.want) {
				t.Fatalf("have %v, %v; want %v", got, err, tt.want)
			}
			f, ok := errors.AsType[*answer.Fault](err)
			if !ok {
				t.Fatalf("%v is no Fault", err)
			}
			if !errors.Is(err, answer.ErrTooDeep) && f.Path != tt.path {
				t.Errorf("path is %s, want %s", f.Path, tt.path)
			}
		})
	}
}

// nest returns lists in lists, n levels of them.
func nest(n int) any {
	v := []any{}
	for range n - 1 {
		v = []any{v}
	}
	return v
}

func TestValueTakesAllLevelsAllowed(t *testing.T) {
	t.Parallel()
	if _, err := answer.Value(nest(answer.MaxDepth)); err != nil {
		t.Error(err)
	}
}

// Errors reach logs, and values may be personal data.
func TestValueFaultHoldsNoValue(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, in := range []any{
		secret + "\xff",
		json.Number(secret),
		raw(`{"a": ` + secret),
		raw(`{"` + secret + `":1}` + secret),
		map[string]any{"a": raw(`"` + secret)},
	} {
		_, err := answer.Value(in)
		if err == nil {
			t.Fatal("no error")
		}
		if got := err.Error(); strings.Contains(got, secret) {
			t.Errorf("error holds the value: %s", got)
		}
	}
}

func TestStruct(t *testing.T) {
	t.Parallel()
	got, err := answer.Struct(map[string]int{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(object("a", num(1)).GetStructValue(), got, protocmp.Transform()); diff != "" {
		t.Errorf("Struct differs (-want +got):\n%s", diff)
	}
	for _, in := range []any{nil, (*structpb.Struct)(nil), raw("null")} {
		if got, err := answer.Struct(in); got != nil || err != nil {
			t.Errorf("Struct(%v) = %v, %v; want nothing", in, got, err)
		}
	}
	for _, in := range []any{1, "x", []int{1}, raw("[]"), time.Time{}} {
		if got, err := answer.Struct(in); !errors.Is(err, answer.ErrNotObject) {
			t.Errorf("Struct(%v) = %v, %v; want ErrNotObject", in, got, err)
		}
	}
}
