package events

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// comparisons are the operators that compare. Values of different kinds are
// unequal and in no order; what is not there equals nil alone, is in no order
// and in no list, and no text begins, ends or occurs in it.
var comparisons = map[string]func(a, b any) bool{
	"==": equalValues,
	"!=": func(a, b any) bool { return !equalValues(a, b) },
	"<":  func(a, b any) bool { c, ok := order(a, b); return ok && c < 0 },
	"<=": func(a, b any) bool { c, ok := order(a, b); return ok && c <= 0 },
	">":  func(a, b any) bool { c, ok := order(a, b); return ok && c > 0 },
	">=": func(a, b any) bool { c, ok := order(a, b); return ok && c >= 0 },
	"in": isIn,

	"contains":   onTexts(strings.Contains),
	"startsWith": onTexts(strings.HasPrefix),
	"endsWith":   onTexts(strings.HasSuffix),
}

func onTexts(f func(a, b string) bool) func(a, b any) bool {
	return func(a, b any) bool {
		left, ok := a.(string)
		right, also := b.(string)
		return ok && also && f(left, right)
	}
}

// numberOf writes the literal of an expression as numbers of events are.
func numberOf(n any) json.Number { return json.Number(fmt.Sprint(n)) }

// equalValues compares values of JSON, lists and objects by their content.
func equalValues(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		other, ok := b.(json.Number)
		c, both := orderNumbers(a, other)
		return ok && both && c == 0
	case []any:
		other, ok := b.([]any)
		if !ok || len(a) != len(other) {
			return false
		}
		for i := range a {
			if !equalValues(a[i], other[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok || len(a) != len(other) {
			return false
		}
		for name, value := range a {
			if same, found := other[name]; !found || !equalValues(value, same) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []any, map[string]any:
		return false // no comparable kinds
	}
	return a == b
}

// order compares two numbers, or two texts by their bytes.
func order(a, b any) (int, bool) {
	switch a := a.(type) {
	case json.Number:
		if other, ok := b.(json.Number); ok {
			return orderNumbers(a, other)
		}
	case string:
		if other, ok := b.(string); ok {
			return strings.Compare(a, other), true
		}
	}
	return 0, false
}

// orderNumbers compares integers of 64 bits exactly, others as doubles.
func orderNumbers(a, b json.Number) (int, bool) {
	if i, err := strconv.ParseInt(string(a), 10, 64); err == nil {
		if j, err := strconv.ParseInt(string(b), 10, 64); err == nil {
			return compareOrdered(i, j), true
		}
	}
	x, errX := strconv.ParseFloat(string(a), 64)
	y, errY := strconv.ParseFloat(string(b), 64)
	return compareOrdered(x, y), errX == nil && errY == nil
}

func compareOrdered[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// isIn looks for a value among the items of a list, or for the name of a
// member of an object.
func isIn(a, b any) bool {
	switch b := b.(type) {
	case []any:
		for _, item := range b {
			if a != nil && equalValues(a, item) {
				return true
			}
		}
	case map[string]any:
		name, ok := a.(string)
		_, found := b[name]
		return ok && found
	}
	return false
}

// textOf is a string itself and a number's digits.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	}
	return ""
}
