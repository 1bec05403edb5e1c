package expr

import (
	"fmt"
	"slices"
)

// appendItems adds values to a list; the items of those that are lists.
func appendItems(r *run, args []any) (any, error) {
	list, err := listArg(args, 0)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(list)
	for _, v := range args[1:] {
		if items, ok := v.([]any); ok {
			out = append(out, items...)
		} else {
			out = append(out, v)
		}
	}
	return out, r.spend(len(out))
}

// remove takes out every item that equals a value, or an item of a value that
// is a list.
func remove(r *run, args []any) (any, error) {
	list, err := listArg(args, 0)
	if err != nil {
		return nil, err
	}
	var unwanted []any
	for _, v := range args[1:] {
		if items, ok := v.([]any); ok {
			unwanted = append(unwanted, items...)
		} else {
			unwanted = append(unwanted, v)
		}
	}
	set, err := newValueSet(r, unwanted)
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(list))
	for _, v := range list {
		key, err := valueKey(r, v)
		if err != nil {
			return nil, err
		}
		if !set[key] {
			out = append(out, v)
		}
	}
	return out, nil
}

func count(_ *run, args []any) (any, error) {
	list, ok := args[0].([]any)
	if !ok {
		return nil, wrongKind(0, "a list", args[0])
	}
	return float64(len(list)), nil
}

// unique keeps the first of equal items.
func unique(r *run, args []any) (any, error) {
	list, err := listArg(args, 0)
	if err != nil {
		return nil, err
	}
	seen, out := map[string]bool{}, make([]any, 0, len(list))
	for _, v := range list {
		key, err := valueKey(r, v)
		if err != nil {
			return nil, err
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out, nil
}

func newValueSet(r *run, values []any) (map[string]bool, error) {
	set := make(map[string]bool, len(values))
	for _, v := range values {
		key, err := valueKey(r, v)
		if err != nil {
			return nil, err
		}
		set[key] = true
	}
	return set, nil
}

// valueKey is the same text for values that equalValues calls equal.
func valueKey(r *run, v any) (string, error) {
	b := AppendJSON(nil, canonicalNumbers(v))
	return string(b), r.spend(len(b))
}

// canonicalNumbers makes a float64 of a number that is written otherwise.
func canonicalNumbers(v any) any {
	switch v := v.(type) {
	case nil, bool, string, float64:
		return v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = canonicalNumbers(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = canonicalNumbers(v[k])
		}
		return out
	}
	if n, ok := numberOf(v); ok {
		return n
	}
	return v
}

func contain(r *run, args []any) (any, error) {
	i, err := indexOf(r, args)
	return i >= 0, err
}

// match returns the index of the first item that equals a value, or -1.
func match(r *run, args []any) (any, error) {
	i, err := indexOf(r, args)
	return float64(i), err
}

func indexOf(r *run, args []any) (int, error) {
	list, err := listArg(args, 0)
	if err != nil {
		return -1, err
	}
	return slices.IndexFunc(list, func(v any) bool { return equalValues(v, args[1]) }), r.spend(len(list))
}

func get(_ *run, args []any) (any, error) {
	list, ok := args[0].([]any)
	if !ok {
		return nil, wrongKind(0, "a list", args[0])
	}
	i, err := intArg(args, 1, 0, 1<<31)
	if err != nil {
		return nil, err
	}
	if i >= len(list) {
		return nil, fmt.Errorf("index %d, the list has %d items", i, len(list))
	}
	return list[i], nil
}
