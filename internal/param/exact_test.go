package param_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/google/go-cmp/cmp"
)

// TestExactInput proves that raw JSON lends a message its integers, and only
// those: what was changed in the message stays changed.
func TestExactInput(t *testing.T) {
	t.Parallel()
	type dst struct {
		Name string             `cx:"name"`
		ID   int64              `cx:"id"`
		IDs  []uint64           `cx:"ids"`
		In   struct{ ID int64 } `cx:"in"`
		Big  *big.Int           `cx:"big"`
		Raw  json.RawMessage    `cx:"text"`
	}
	const body = `{"name":"raw","id":9007199254740993,"ids":[1,18446744073709551615],"in":{"id":-9007199254740993},"big":9007199254740993,"text":[9007199254740993]}`
	var want dst
	want.Name, want.ID, want.IDs, want.In.ID = "message", 9007199254740993, []uint64{1, 18446744073709551615}, -9007199254740993
	want.Big, want.Raw = big.NewInt(9007199254740993), json.RawMessage("[9007199254740993]")
	tests := []struct {
		reason, message, body string
		want                  dst
		kind                  error
	}{
		{
			reason:  "integers from the body, the rest from the message",
			message: `{"name":"message","id":9007199254740992,"ids":[1,18446744073709551615],"in":{"id":-9007199254740992},"big":9007199254740992,"text":[9007199254740992]}`,
			body:    body, want: want,
		},
		{reason: "changed to a small number", message: `{"id":5}`, body: body, want: dst{ID: 5}},
		{reason: "changed to another large number", message: `{"id":9007199254740996}`, body: body, kind: param.ErrInexact},
		{reason: "an element changed", message: `{"ids":[2,18446744073709551615]}`, body: body, kind: param.ErrInexact},
		{reason: "added to the message", message: `{"id":9007199254740992}`, body: `{}`, kind: param.ErrInexact},
		{reason: "another type in the body", message: `{"id":9007199254740992}`, body: `{"id":"9007199254740993"}`, kind: param.ErrInexact},
		{reason: "beyond the type", message: `{"id":9223372036854775808}`, body: `{"id":9223372036854775808}`, kind: param.ErrRange},
		{reason: "what unmarshals itself", message: `{"big":9007199254740992}`, body: `{}`, kind: param.ErrInexact},
		{reason: "raw JSON", message: `{"text":[{"a":9007199254740992}]}`, body: `{}`, kind: param.ErrInexact},
		{reason: "other faults stay", message: `{"id":9.5}`, body: body, kind: param.ErrType},
	}
	plan := compile[dst](t)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			var got dst
			err := plan.Bind(&got, roads(t, tt.message)["proto"], roads(t, tt.body)["raw"])
			if !errors.Is(err, tt.kind) {
				t.Fatalf("error %v, want %v", err, tt.kind)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b *big.Int) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 })); tt.kind == nil && diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
