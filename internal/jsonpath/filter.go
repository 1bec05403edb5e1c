package jsonpath

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

type testKind uint8

const (
	anyOf testKind = iota
	allOf
	not
	exists
	compares
)

// A test is a part of a filter.
type test struct {
	kind        testKind
	kids        []*test // of anyOf, allOf and not
	query       query   // of exists
	op          string  // of compares
	left, right operand
}

// A query is a path from the value under test, or from the root.
type query struct {
	path *Path
	root bool
}

// An operand is a query for a single value, or a literal when that is nil.
type operand struct {
	query   *query
	literal any
}

func (q *query) start(s *selection, v any) any {
	if q.root {
		return s.root
	}
	return v
}

func (t *test) holds(s *selection, v any) bool {
	switch t.kind {
	case anyOf, allOf:
		for _, kid := range t.kids {
			if kid.holds(s, v) == (t.kind == anyOf) {
				return t.kind == anyOf
			}
		}
		return t.kind == allOf
	case not:
		return !t.kids[0].holds(s, v)
	case exists:
		if t.query.path.definite {
			_, found := t.query.path.single(t.query.start(s, v))
			return found
		}
		return len(s.query(t.query.path, t.query.start(s, v))) > 0
	}
	left, hasLeft := t.left.value(s, v)
	right, hasRight := t.right.value(s, v)
	if !hasLeft || !hasRight {
		same := hasLeft == hasRight
		return same && strings.HasSuffix(t.op, "=") && t.op != "!=" || !same && t.op == "!="
	}
	return s.compare(t.op, left, right)
}

func (o *operand) value(s *selection, v any) (any, bool) {
	if o.query == nil {
		return o.literal, true
	}
	return o.query.path.single(o.query.start(s, v))
}

func (s *selection) compare(op string, l, r any) bool {
	switch op {
	case "==":
		return s.equal(l, r)
	case "!=":
		return !s.equal(l, r)
	}
	order, ok := 0, false
	if a, isText := l.(string); isText {
		var b string
		if b, ok = r.(string); ok {
			order = strings.Compare(a, b)
		}
	} else if a, isNumber := number(l); isNumber {
		var b float64
		if b, ok = number(r); ok {
			order = cmp.Compare(a, b)
		}
	}
	switch {
	case !ok:
		return strings.HasSuffix(op, "=") && s.equal(l, r)
	case op == "<":
		return order < 0
	case op == "<=":
		return order <= 0
	case op == ">":
		return order > 0
	}
	return order >= 0
}

func (s *selection) equal(a, b any) bool {
	if !s.step() {
		return false
	}
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
			if !s.equal(a[i], other[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok || len(a) != len(other) {
			return false
		}
		for k := range a {
			v, has := other[k]
			if !has || !s.equal(a[k], v) {
				return false
			}
		}
		return true
	}
	x, ok := number(a)
	y, fits := number(b)
	return ok && fits && x == y
}

// number returns a value that is a number.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case json.Number:
		n, err := strconv.ParseFloat(string(v), 64)
		return n, err == nil
	case nil, bool, string, []any, map[string]any:
		return 0, false
	}
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return float64(r.Int()), true
	case r.CanUint():
		return float64(r.Uint()), true
	case r.CanFloat():
		return r.Float(), true
	}
	return 0, false
}

func (t *test) write(b *strings.Builder) {
	switch t.kind {
	case anyOf, allOf:
		word := " || "
		if t.kind == allOf {
			word = " && "
		}
		b.WriteByte('(')
		for i, kid := range t.kids {
			if i > 0 {
				b.WriteString(word)
			}
			kid.write(b)
		}
		b.WriteByte(')')
	case not:
		b.WriteString("!(")
		t.kids[0].write(b)
		b.WriteByte(')')
	case exists:
		t.query.write(b)
	case compares:
		t.left.write(b)
		b.WriteByte(' ')
		b.WriteString(t.op)
		b.WriteByte(' ')
		t.right.write(b)
	}
}

func (q *query) write(b *strings.Builder) {
	if q.root {
		b.WriteByte('$')
	} else {
		b.WriteByte('@')
	}
	q.path.write(b)
}

func (o *operand) write(b *strings.Builder) {
	switch v := o.literal.(type) {
	case string:
		writeString(b, v)
	case float64:
		b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	case bool:
		b.WriteString(strconv.FormatBool(v))
	default:
		if o.query != nil {
			o.query.write(b)
			return
		}
		b.WriteString("null")
	}
}

// writeString writes a string in single quotes.
func writeString(b *strings.Builder, s string) {
	b.WriteByte('\'')
	for _, c := range s {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ':
			fmt.Fprintf(b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('\'')
}
