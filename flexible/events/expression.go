package events

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// maxExpressionBytes bounds the text of a condition.
const maxExpressionBytes = 4 << 10

// Part is a part of a request that a signature over the body does not cover.
type Part string

// The parts of a request.
const (
	PartPath    Part = "path"
	PartQuery   Part = "query"
	PartHeaders Part = "headers"
)

// eventFields are the fields of event in expressions, and where an event's
// value of each may come from beside its verified content.
var eventFields = []string{"payload", "type", "tenant", "provider", "source", "id", "signed_id"}

// expression is a condition, or a value of an event, ready for use. Its
// grammar is that of expr-lang/expr, whose parser reads it; of that language
// it takes literals, members, comparisons and logic, so that one evaluation
// costs at most the length of the expression times that of the event.
type expression struct {
	source string
	root   evaluator
	reads  []string // the roots and fields of event that it reads: "headers", "event.type", "vars.x"
}

// evaluator is one node. The value of what is not there is nil.
type evaluator func(values) any

// values is what expressions read.
type values interface {
	headers() map[string]any
	query() map[string]any
	variable(name string) any
	field(name string) any
}

func parseExpression(source string) (*expression, error) {
	if len(source) > maxExpressionBytes {
		return nil, fmt.Errorf("expression has %d bytes, at most %d are read", len(source), maxExpressionBytes)
	}
	tree, err := parser.Parse(source)
	if err != nil {
		var at *file.Error
		if errors.As(err, &at) {
			return nil, fmt.Errorf("expression %q, column %d: %s", source, at.Column+1, at.Message)
		}
		return nil, fmt.Errorf("expression %q: %w", source, err)
	}
	x := &expression{source: source}
	x.root, err = x.compile(tree.Node)
	if err != nil {
		return nil, fmt.Errorf("expression %q: %w", source, err)
	}
	return x, nil
}

// holds evaluates a condition: only true holds.
func (x *expression) holds(v values) bool { return x.root(v) == true }

// text evaluates a value: a string is itself, a number its digits, all else
// is no text.
func (x *expression) text(v values) string { return textOf(x.root(v)) }

func (x *expression) compile(n ast.Node) (evaluator, error) {
	switch n := n.(type) {
	case *ast.NilNode:
		return constant(nil), nil
	case *ast.BoolNode:
		return constant(n.Value), nil
	case *ast.StringNode:
		return constant(n.Value), nil
	case *ast.IntegerNode:
		return constant(numberOf(n.Value)), nil
	case *ast.FloatNode:
		return constant(numberOf(n.Value)), nil
	case *ast.ArrayNode:
		return x.compileList(n)
	case *ast.ChainNode:
		return x.compile(n.Node)
	case *ast.IdentifierNode:
		return x.compileRoot(n.Value)
	case *ast.MemberNode:
		return x.compileMember(n)
	case *ast.UnaryNode:
		return x.compileUnary(n)
	case *ast.BinaryNode:
		return x.compileBinary(n)
	}
	return nil, fmt.Errorf("column %d: only literals, members, comparisons and logic are understood", n.Location().From+1)
}

func constant(v any) evaluator { return func(values) any { return v } }

func (x *expression) compileList(n *ast.ArrayNode) (evaluator, error) {
	items := make([]evaluator, len(n.Nodes))
	for i, node := range n.Nodes {
		item, err := x.compile(node)
		if err != nil {
			return nil, err
		}
		items[i] = item
	}
	return func(v values) any {
		list := make([]any, len(items))
		for i, item := range items {
			list[i] = item(v)
		}
		return list
	}, nil
}

// compileRoot reads a name that stands alone.
func (x *expression) compileRoot(name string) (evaluator, error) {
	switch name {
	case "headers":
		x.reads = append(x.reads, name)
		return func(v values) any { return v.headers() }, nil
	case "query":
		x.reads = append(x.reads, name)
		return func(v values) any { return v.query() }, nil
	case "event", "vars":
		return nil, fmt.Errorf("%s stands without a field, such as %s.%s", name, name, map[string]string{"event": "payload", "vars": "size"}[name])
	}
	return nil, fmt.Errorf("%q is unknown: there are event, headers, query and vars", name)
}

func (x *expression) compileMember(n *ast.MemberNode) (evaluator, error) {
	key, index, ok := memberKey(n.Property)
	if !ok {
		return nil, fmt.Errorf("column %d: a member must be named, such as headers['x-github-event'] or list[0]", n.Location().From+1)
	}
	if root, isRoot := n.Node.(*ast.IdentifierNode); isRoot && (root.Value == "event" || root.Value == "vars") {
		return x.compileField(root.Value, key)
	}
	if root, isRoot := n.Node.(*ast.IdentifierNode); isRoot && root.Value == "headers" && key != strings.ToLower(key) {
		return nil, fmt.Errorf("headers[%q] is never there: names of headers are in lower case", key)
	}
	object, err := x.compile(n.Node)
	if err != nil {
		return nil, err
	}
	return func(v values) any { return member(object(v), key, index) }, nil
}

func (x *expression) compileField(root, key string) (evaluator, error) {
	if key == "" {
		return nil, fmt.Errorf("%s has fields, not items", root)
	}
	x.reads = append(x.reads, root+"."+key)
	if root == "vars" {
		return func(v values) any { return v.variable(key) }, nil
	}
	for _, field := range eventFields {
		if field == key {
			return func(v values) any { return v.field(key) }, nil
		}
	}
	return nil, fmt.Errorf("event.%s is unknown: event has %s", key, strings.Join(eventFields, ", "))
}

// memberKey returns the name, or the index of an item.
func memberKey(n ast.Node) (key string, index int, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, 0, n.Value != ""
	case *ast.IntegerNode:
		return "", n.Value, n.Value >= 0
	}
	return "", 0, false
}

func member(v any, key string, index int) any {
	switch v := v.(type) {
	case map[string]any:
		if key != "" {
			return v[key]
		}
	case []any:
		if key == "" && index < len(v) {
			return v[index]
		}
	}
	return nil
}

func (x *expression) compileUnary(n *ast.UnaryNode) (evaluator, error) {
	operand, err := x.compile(n.Node)
	if err != nil {
		return nil, err
	}
	switch n.Operator {
	case "!", "not":
		return func(v values) any { return operand(v) != true }, nil
	case "-":
		switch literal := n.Node.(type) {
		case *ast.IntegerNode:
			return constant(numberOf(-literal.Value)), nil
		case *ast.FloatNode:
			return constant(numberOf(-literal.Value)), nil
		}
	}
	return nil, fmt.Errorf("the operator %q is not understood here", n.Operator)
}

func (x *expression) compileBinary(n *ast.BinaryNode) (evaluator, error) {
	left, err := x.compile(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := x.compile(n.Right)
	if err != nil {
		return nil, err
	}
	switch n.Operator {
	case "and", "&&":
		return func(v values) any { return left(v) == true && right(v) == true }, nil
	case "or", "||":
		return func(v values) any { return left(v) == true || right(v) == true }, nil
	}
	compare, ok := comparisons[n.Operator]
	if !ok {
		return nil, fmt.Errorf("the operator %q is not understood here", n.Operator)
	}
	return func(v values) any { return compare(left(v), right(v)) }, nil
}
