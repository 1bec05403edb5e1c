package expr

import (
	"cmp"
	"encoding/json"
	"strings"
)

type operator uint8

const (
	has operator = iota
	equal
	unequal
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// operators lists the longer spelling first where one begins another.
var operators = [...]struct {
	text string
	op   operator
}{{":", has}, {"!=", unequal}, {"<=", lessOrEqual}, {">=", greaterOrEqual}, {"=", equal}, {"<", less}, {">", greater}}

func (o operator) String() string {
	for _, s := range operators {
		if s.op == o {
			return s.text
		}
	}
	return ""
}

// ordered says what the operator makes of an order of -1, 0 or 1.
func (o operator) ordered(order int) bool {
	switch o {
	case unequal:
		return order != 0
	case less:
		return order < 0
	case lessOrEqual:
		return order <= 0
	case greater:
		return order > 0
	case greaterOrEqual:
		return order >= 0
	default:
		return order == 0
	}
}

// compare applies op to l and r, with r cast to the type of l. The operand
// that r comes from tells how a constant was written. What cannot be
// cast is unequal and in no order.
func compare(op operator, l any, right *operand, r any) bool {
	if l == nil || r == nil {
		same := l == nil && r == nil
		return same && (op == equal || op == has) || !same && op == unequal
	}
	switch l := l.(type) {
	case bool:
		if b, ok := castBool(r); ok {
			return op.ordered(cmp.Compare(rank(l), rank(b)))
		}
	case string:
		return compareText(op, l, right, r)
	case []any:
		if equalComposite(l, r) {
			return op.ordered(0)
		}
	case map[string]any:
		return compareObject(op, l, r)
	default:
		a, ok := castNumber(l)
		b, fits := castNumber(r)
		if ok && fits {
			return op.ordered(cmp.Compare(a, b))
		}
	}
	return op == unequal
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareText(op operator, l string, right *operand, r any) bool {
	var s string
	switch b := r.(type) {
	case string:
		s = b
	case bool:
		s = "false"
		if b {
			s = "true"
		}
		if strings.EqualFold(l, s) {
			l = s
		}
	default:
		if s = right.text; right.expr != nil { // a constant keeps its zeros: 01
			s = TextOf(r)
		}
	}
	if op == has {
		return strings.Contains(l, s)
	}
	return op.ordered(strings.Compare(l, s))
}

// compareObject compares composites: dates and times in their order, others
// for equality only.
func compareObject(op operator, l map[string]any, r any) bool {
	if equalComposite(l, r) {
		return op.ordered(0)
	}
	a, ok := toMoment(l)
	b, fits := toMoment(r)
	if ok && fits {
		return op.ordered(a.time.Compare(b.time))
	}
	return op == unequal
}

func equalComposite(l, r any) bool {
	if s, ok := r.(string); ok {
		if s == TextOf(l) {
			return true
		}
		if s == "" || s[0] != '[' && s[0] != '{' || json.Unmarshal([]byte(s), &r) != nil {
			return false
		}
	}
	return equalValues(l, r)
}

// equalValues says whether two values are the same JSON value.
func equalValues(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool:
		other, ok := b.(bool)
		return ok && a == other
	case string:
		other, ok := b.(string)
		return ok && a == other
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
		for k, v := range a {
			if w, has := other[k]; !has || !equalValues(v, w) {
				return false
			}
		}
		return true
	}
	x, ok := numberOf(a)
	y, fits := numberOf(b)
	return ok && fits && x == y
}
