package expr

import (
	"errors"
	"strings"
)

// A Condition is what routes and conditional cases test.
type Condition struct {
	src      string
	root     node
	warnings []*SyntaxError
}

// An Option changes how a condition is read.
type Option func(*options)

type options struct{ strict bool }

// Strict makes an error of what is otherwise a warning.
func Strict() Option { return func(o *options) { o.strict = true } }

// ParseCondition reads a condition. The error is a *SyntaxError, which says
// where and what was expected, or a *LimitError.
func ParseCondition(src string, opts ...Option) (*Condition, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return parseCondition(src, 0, o.strict)
}

func parseCondition(src string, depth int, strict bool) (*Condition, error) {
	if len(src) > MaxConditionBytes {
		return nil, &LimitError{What: "condition bytes", Have: len(src), Max: MaxConditionBytes}
	}
	p := conditionParser{src: src, depth: depth}
	c, err := p.condition()
	if err != nil {
		return nil, err
	}
	if strict && len(c.warnings) > 0 {
		return nil, c.warnings[0]
	}
	c.src = src
	return c, nil
}

// Eval says whether the condition holds. Err is the first failure of a
// function on the way, or a *LimitError; the answer counts all the same, with the failed
// value taken as unset.
func (c *Condition) Eval(env *Env) (holds bool, err error) {
	r := newRun(env)
	holds = c.root.holds(&r)
	return holds, r.err
}

// Warnings returns what the product calls invalid or what cannot have been
// meant, though it can be evaluated: AND mixed with OR without parentheses, a left side
// that is neither reference nor call, a word that is no condition, a call that can only fail.
func (c *Condition) Warnings() []*SyntaxError { return c.warnings }

// Source returns the condition as written.
func (c *Condition) Source() string { return c.src }

// String returns the condition in canonical spelling: one blank around
// operators, parentheses where AND, OR and NOT are mixed. It reads back as the same condition.
func (c *Condition) String() string {
	var b strings.Builder
	c.root.write(&b)
	return b.String()
}

// A node is a part of a condition.
type node interface {
	holds(r *run) bool
	write(b *strings.Builder)
}

// A junction is AND, or OR when any is set.
type junction struct {
	any  bool
	kids []node
}

func (j *junction) holds(r *run) bool {
	for _, kid := range j.kids {
		if kid.holds(r) == j.any {
			return j.any
		}
	}
	return !j.any
}

func (j *junction) write(b *strings.Builder) {
	word := " AND "
	if j.any {
		word = " OR "
	}
	for i, kid := range j.kids {
		if i > 0 {
			b.WriteString(word)
		}
		writeGrouped(b, kid)
	}
}

func writeGrouped(b *strings.Builder, n node) {
	if _, ok := n.(*junction); !ok {
		n.write(b)
		return
	}
	b.WriteByte('(')
	n.write(b)
	b.WriteByte(')')
}

type negation struct{ kid node }

func (n *negation) holds(r *run) bool { return !n.kid.holds(r) }

func (n *negation) write(b *strings.Builder) {
	b.WriteString("NOT ")
	writeGrouped(b, n.kid)
}

// A test is an operand alone, such as true.
type test struct{ operand *operand }

func (t *test) holds(r *run) bool        { return truth(t.operand.get(r)) }
func (t *test) write(b *strings.Builder) { t.operand.write(b) }

// A comparison compares two operands.
type comparison struct {
	op          operator
	left, right *operand
}

func (c *comparison) holds(r *run) bool {
	l, right := c.left.get(r), c.right.get(r)
	if l == nil && c.right.quoted && c.right.text == "null" {
		right = nil // agents are written so, and recorded conversations take it as null
	}
	return compare(c.op, l, c.right, right)
}

func (c *comparison) write(b *strings.Builder) {
	c.left.write(b)
	b.WriteByte(' ')
	b.WriteString(c.op.String())
	b.WriteByte(' ')
	c.right.write(b)
}

// An operand is one side of a comparison: an expression, or a constant when
// that is nil.
type operand struct {
	expr   expression
	value  any
	text   string // a constant as written, without quotes
	quoted bool
}

// get returns the value; one that is unset or failed is nil, and the first
// failure is kept in r.
func (o *operand) get(r *run) any {
	if o.expr == nil {
		return o.value
	}
	v, err := o.expr.eval(r)
	if err == nil {
		return v
	}
	if r.err == nil && !errors.Is(err, ErrUnset) {
		r.err = err
	}
	return nil
}

func (o *operand) write(b *strings.Builder) {
	switch {
	case o.expr != nil:
		o.expr.write(b)
	case o.quoted:
		writeQuoted(b, o.text)
	default:
		b.WriteString(o.text)
	}
}
