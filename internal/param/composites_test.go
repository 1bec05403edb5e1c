package param_test

import (
	"testing"

	"github.com/cxhook/cxhook/internal/param"
)

func TestContainers(t *testing.T) {
	t.Parallel()
	t.Run("slice", func(t *testing.T) {
		t.Parallel()
		check[[]string](t, []row{
			{reason: "value", json: `["a", "b]"]`, want: []string{"a", "b]"}},
			{reason: "empty is not nil", json: `[]`, want: []string{}},
			{reason: "null elements are zero", json: `["a", null]`, want: []string{"a", ""}},
			{reason: "null", json: `null`, want: []string(nil)},
			{reason: "missing", want: []string(nil)},
			{reason: "a scalar is no list", json: `"abcde"`, kind: param.ErrType},
			{reason: "wrong element", json: `["a", 12345]`, kind: param.ErrType},
		})
	})
	t.Run("slice of bytes as numbers", func(t *testing.T) {
		t.Parallel()
		check[[]int8](t, []row{
			{reason: "value", json: `[1, -2]`, want: []int8{1, -2}},
			{reason: "overflow in an element", json: `[1, 128]`, kind: param.ErrRange},
		})
	})
	t.Run("map", func(t *testing.T) {
		t.Parallel()
		check[map[string]int](t, []row{
			{reason: "value", json: `{"a": 1, "b\n": 2.0}`, want: map[string]int{"a": 1, "b\n": 2}},
			{reason: "null elements are zero", json: `{"a": null}`, want: map[string]int{"a": 0}},
			{reason: "empty is not nil", json: `{}`, want: map[string]int{}},
			{reason: "null", json: `null`, want: map[string]int(nil)},
			{reason: "missing", want: map[string]int(nil)},
			{reason: "a list is no map", json: `[1]`, kind: param.ErrType},
			{reason: "wrong element", json: `{"a": "secret"}`, kind: param.ErrType},
		})
	})
	t.Run("map with named keys", func(t *testing.T) {
		t.Parallel()
		type key string
		check[map[key]bool](t, []row{{reason: "value", json: `{"a": true}`, want: map[key]bool{"a": true}}})
	})
	t.Run("pointer", func(t *testing.T) {
		t.Parallel()
		check[*int](t, []row{
			{reason: "value", json: `0`, want: new(int)},
			{reason: "null", json: `null`, want: (*int)(nil)},
			{reason: "missing", want: (*int)(nil)},
			{reason: "wrong type", json: `"secret"`, kind: param.ErrType},
		})
	})
	t.Run("any", func(t *testing.T) {
		t.Parallel()
		check[any](t, []row{
			{reason: "text", json: `"a"`, want: "a"},
			{reason: "number", json: `9`, want: 9.0},
			{reason: "boolean", json: `false`, want: false},
			{reason: "nested", json: `{"a": [1, null, {"b": true}]}`, want: map[string]any{"a": []any{1.0, nil, map[string]any{"b": true}}}},
			{reason: "null", json: `null`, want: nil},
			{reason: "missing", want: nil},
		})
	})
	t.Run("recursive", func(t *testing.T) {
		t.Parallel()
		check[tree](t, []row{
			{reason: "value", json: `{"name": "a", "children": [{"name": "b"}, null]}`, want: tree{Name: "a", Children: []tree{{Name: "b"}, {}}}},
			{reason: "wrong deep inside", json: `{"children": [{"children": [{"name": 12345}]}]}`, kind: param.ErrType},
		})
	})
}

type tree struct {
	Name     string
	Children []tree
}
