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
		{"the session is the source written to, others are left out", struct {
			A int `cx:"session:a"`
			B int `cx:"form:b"`
			C int `cx:"payload:c,required"`
		}{1, 2, 3}, object("a", num(1))},
		{"tagged away", struct {
			A int `cx:"-"`
			B int `json:"-"`
			C int `json:"c"`
			d int
		}{1, 2, 3, 4}, object("c", num(3))},
		{"all of it tagged away", struct {
			A int `cx:"-"`
		}{1}, object()},
		{"cx options without a name keep the json name", struct {
			A int `cx:",omitempty" json:"a"`
			B int `cx:",omitempty" json:"b"`
		}{0, 2}, object("b", num(2))},
		{"nothing omitted without an option", struct {
			S string            `cx:"s"`
			P *int              `cx:"p"`
			L []int             `cx:"l"`
			M map[string]string `cx:"m"`
		}{}, object("s", str(""), "p", null(), "l", list(), "m", object())},
		{"omitempty", struct {
			S string         `cx:"s,omitempty"`
			N int            `cx:"n,omitempty"`
			B bool           `json:"b,omitempty"`
			P *int           `cx:"p,omitempty"`
			L []int          `cx:"l,omitempty"`
			M map[string]int `cx:"m,omitempty"`
			I any            `cx:"i,omitempty"`
			A [0]int         `cx:"a,omitempty"`
			T time.Time      `cx:"t,omitempty"`
			Z *int           `cx:"z,omitempty"`
		}{L: []int{}, Z: ptr(0)}, object("t", str("0001-01-01T00:00:00Z"), "z", num(0))},
		{"omitzero", struct {
			T time.Time  `cx:"t,omitzero"`
			U time.Time  `json:"u,omitzero"`
			P *time.Time `cx:"p,omitzero"`
			L []int      `cx:"l,omitzero"`
			E []int      `cx:"e,omitzero"`
			N int        `cx:"n,omitzero"`
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
			A int `cx:"a,omitemtpy"`
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
