package param_test

import (
	"math/big"
	"testing"
)

// TestSharedDefaultsStay binds into a copy of defaults that hold references:
// what they refer to is never written to.
func TestSharedDefaultsStay(t *testing.T) {
	t.Parallel()
	type item struct{ A, B int }
	type dst struct {
		Item *item          `cx:"item"`
		Big  big.Int        `cx:"big"`
		Far  *big.Int       `cx:"far"`
		More map[string]int `cx:"more"`
		List []*item        `cx:"list"`
	}
	plan := compile[dst](t)
	for road, input := range roads(t, `{"item":{"b":5},"big":7,"far":8,"more":{"y":1},"list":[{"a":9}]}`) {
		defaults := dst{
			Item: &item{1, 2}, Big: *big.NewInt(1), Far: big.NewInt(2), More: map[string]int{"x": 1}, List: []*item{{3, 4}},
		}
		got := defaults
		if err := plan.Bind(&got, input, nil); err != nil {
			t.Fatal(err)
		}
		if *got.Item != (item{1, 5}) || got.Big.Int64() != 7 || got.Far.Int64() != 8 || got.More["y"] != 1 || *got.List[0] != (item{A: 9}) {
			t.Errorf("%s: bound %+v", road, got)
		}
		if *defaults.Item != (item{1, 2}) || defaults.Big.Int64() != 1 || defaults.Far.Int64() != 2 || len(defaults.More) != 1 || *defaults.List[0] != (item{3, 4}) {
			t.Errorf("%s: the defaults became %+v", road, defaults)
		}
	}
}
