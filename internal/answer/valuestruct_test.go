package answer_test

import (
	"errors"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/answer"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
)

type Base struct {
	ID   int `json:"id"`
	Kind string
}

type hidden struct{ Shown string }

type Loop struct {
	*Loop
	A int
}

func TestValueStructs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   any
		want *structpb.Value
	}{
		{"cx tag before json tag before field name", struct {
			A int `cx:"a-cx,required" json:"a-json"`
			B int `json:"b-json"`
			C int
		}{1, 2, 3}, object("a-cx", num(1), "b-json", num(2), "C", num(3))},
		{"a colon alone makes no source", struct {
			A int `cx:"xml:a"`
		}{1}, object("xml:a", num(1))},
		{"the string option of the cx tag", struct {
			I int64 `cx:"i,required,string"`
		}{1<<53 + 1}, object("i", str("9007199254740993"))},
		{"tagged away", struct {
			A int `cx:"-"`
			B int `json:"-"`
			C int `json:"c"`
			d int
		}{1, 2, 3, 4}, object("c", num(3))},
		{"all of it tagged away", struct {
			A int `cx:"-"`
		}{1}, object()},
		{"json options hold for the cx name", struct {
			A string `cx:"a" json:"x,omitempty"`
			B int    `cx:"b" json:",omitempty"`
			C int64  `cx:"c" json:",string"`
		}{"", 2, 3}, object("b", num(2), "c", str("3"))},
		{"a json tag that leaves the field out does not hold for the cx name", struct {
			A int `cx:"a" json:"-"`
		}{1}, object("a", num(1))},
		{"nothing omitted without an option", struct {
			S string            `cx:"s"`
			P *int              `cx:"p"`
			L []int             `cx:"l"`
			M map[string]string `cx:"m"`
		}{}, object("s", str(""), "p", null(), "l", list(), "m", object())},
		{"omitempty", struct {
			S string         `json:"s,omitempty"`
			N int            `json:"n,omitempty"`
			B bool           `json:"b,omitempty"`
			P *int           `json:"p,omitempty"`
			L []int          `json:"l,omitempty"`
			M map[string]int `json:"m,omitempty"`
			I any            `json:"i,omitempty"`
			A [0]int         `json:"a,omitempty"`
			T time.Time      `json:"t,omitempty"`
			Z *int           `json:"z,omitempty"`
		}{L: []int{}, Z: ptr(0)}, object("t", str("0001-01-01T00:00:00Z"), "z", num(0))},
		{"omitzero", struct {
			T time.Time  `json:"t,omitzero"`
			U time.Time  `json:"u,omitzero"`
			P *time.Time `json:"p,omitzero"`
			L []int      `json:"l,omitzero"`
			E []int      `json:"e,omitzero"`
			N int        `json:"n,omitzero"`
		}{U: time.Unix(0, 0).UTC(), E: []int{}}, object("u", str("1970-01-01T00:00:00Z"), "e", list())},
		{"the string option keeps great numbers", struct {
			I int64   `json:"i,string"`
			U uint64  `json:"u,string"`
			F float64 `json:"f,string"`
			B bool    `json:"b,string"`
			S string  `json:"s,string"`
			P *int64  `json:"p,string"`
			N *int64  `json:"n,string"`
		}{1<<53 + 1, 1<<64 - 1, 0.5, true, "x", ptr(int64(7)), nil},
			object("i", str("9007199254740993"), "u", str("18446744073709551615"), "f", str("0.5"),
				"b", str("true"), "s", str("x"), "p", str("7"), "n", null())},
		{"embedded struct", struct {
			Base
			Size string `cx:"size"`
		}{Base{1, "k"}, "m"}, object("id", num(1), "Kind", str("k"), "size", str("m"))},
		{"embedded struct with a name", struct {
			Base `cx:"base"`
		}{Base{1, "k"}}, object("base", object("id", num(1), "Kind", str("k")))},
		{"embedded struct of a hidden type", struct{ hidden }{hidden{"x"}}, object("Shown", str("x"))},
		{"embedded nil pointer has no fields", struct {
			*Base
			A int
		}{A: 1}, object("A", num(1))},
		{"embedded pointer", struct {
			*Base
			A int
		}{&Base{2, ""}, 1}, object("id", num(2), "Kind", str(""), "A", num(1))},
		{"the outer of two names counts", struct {
			Base
			Kind string
		}{Base{1, "inner"}, "outer"}, object("id", num(1), "Kind", str("outer"))},
		{"the outer of two names counts by tag", struct {
			Base
			Number int `cx:"id"`
		}{Base{1, "k"}, 2}, object("id", num(2), "Kind", str("k"))},
		{"type embedded in itself", Loop{A: 1}, object("A", num(1))},
		{"empty struct", struct{}{}, object()},
		{"struct in list", []Base{{1, "a"}, {2, "b"}}, list(
			object("id", num(1), "Kind", str("a")), object("id", num(2), "Kind", str("b")))},
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

func TestValueStructFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   any
		want error
	}{
		{"option that nobody knows", struct {
			A int `cx:"a,optional"`
		}{}, answer.ErrUnsupported},
		{"option of the json tag", struct {
			A int `cx:"a,omitempty"`
		}{}, answer.ErrUnsupported},
		{"tag without a name", struct {
			A int `cx:",required"`
		}{}, answer.ErrUnsupported},
		{"name with space around it", struct {
			A int `cx:" a"`
		}{}, answer.ErrUnsupported},
		{"tag on a hidden field", struct {
			a int `cx:"a"`
		}{}, answer.ErrUnsupported},
		{"two fields of one name", struct {
			A int `cx:"x"`
			B int `json:"x"`
		}{}, answer.ErrConflict},
		{"two embedded fields of one name", struct {
			Base
			Other
		}{}, answer.ErrConflict},
		{"integer beyond 2^53 below a struct", struct{ A []int64 }{[]int64{1 << 60}}, answer.ErrInexact},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := answer.Value(tt.in); !errors.Is(err, tt.want) {
				t.Errorf("have %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

type Other struct{ Kind string }

func TestParams(t *testing.T) {
	t.Parallel()
	type inner struct {
		Deep  int `cx:"session:deep"`
		Plain int
	}
	type params struct {
		inner
		Size   string    `cx:"size,required"`
		City   string    `cx:"address.city"`
		From   string    `cx:"session:from" json:",omitempty"`
		Intent int       `cx:"intent:size"`
		Said   string    `cx:"intent-original:size"`
		Form   int       `cx:"form:size"`
		Caller string    `cx:"payload:caller"`
		Memo   string    `json:"memo"`
		Day    *Base     `cx:"day"`
		Off    chan bool `cx:"-"`
	}
	want := object("size", str("m"), "address.city", str("Rome"), "deep", num(1), "day", object("id", num(3), "Kind", str("")))
	in := params{Size: "m", City: "Rome", Intent: 1, Said: "x", Form: 2, Caller: "y", Memo: "z", inner: inner{1, 2}, Day: &Base{ID: 3}}
	for name, v := range map[string]any{"struct": in, "pointer": &in, "pointer to a pointer": ptr(&in)} {
		got, err := answer.Params(v)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want.GetStructValue(), got, protocmp.Transform()); diff != "" {
			t.Errorf("%s: Params differ (-want +got):\n%s", name, diff)
		}
	}
	for name, v := range map[string]any{
		"map": map[string]int{"a": 1}, "raw JSON": raw(`{"a":1}`), "protobuf": object("a", num(1)).GetStructValue(),
		"pointer to a map": &map[string]int{"a": 1}, "struct with a method": speaking{},
	} {
		got, err := answer.Params(v)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(object("a", num(1)).GetStructValue(), got, protocmp.Transform()); diff != "" {
			t.Errorf("%s: Params differ (-want +got):\n%s", name, diff)
		}
	}
	for name, v := range map[string]any{
		"no field with a tag": Base{},
		"no field for the session": struct {
			A int `cx:"form:a"`
		}{},
		"unknown source": struct {
			A int `cx:"sesion:a"`
		}{},
	} {
		if got, err := answer.Params(v); !errors.Is(err, answer.ErrUnsupported) {
			t.Errorf("%s: have %v, %v; want ErrUnsupported", name, got, err)
		}
	}
}

type speaking struct{}

func (speaking) MarshalJSON() ([]byte, error) { return []byte(`{"a":1}`), nil }
