package expr

import (
	"errors"
	"fmt"
	"strings"
)

const callPrefix = "$sys.func."

// A Call is a system function with its arguments, such as $sys.func.LEN($flow.code).
type Call struct {
	name     string
	source   string
	args     []expression
	fn       *function // nil when there is no such function
	problems []*SyntaxError
}

// Func returns the function's name.
func (c *Call) Func() string { return c.name }

// Source returns the call as written.
func (c *Call) Source() string { return c.source }

// String returns the call in canonical spelling: one blank after commas,
// texts in double quotes.
func (c *Call) String() string {
	var b strings.Builder
	c.write(&b)
	return b.String()
}

// Eval returns the function's value; a failure is a *FuncError.
func (c *Call) Eval(env *Env) (any, error) {
	r := newRun(env)
	return c.eval(&r)
}

func (c *Call) write(b *strings.Builder) {
	b.WriteString(callPrefix)
	b.WriteString(c.name)
	b.WriteByte('(')
	for i, a := range c.args {
		if i > 0 {
			b.WriteString(", ")
		}
		a.write(b)
	}
	b.WriteByte(')')
}

func (c *Call) eval(r *run) (any, error) {
	v, err := c.apply(r)
	result := CallResult{Source: c.source, Func: c.name, Value: v}
	if err != nil {
		failure := &FuncError{Func: c.name, Source: c.source, Reason: reason(err), Cause: err}
		result.Value, result.Err = nil, failure
		v, err = nil, failure
	}
	if r.env.OnCall != nil {
		r.env.OnCall(result)
	}
	return v, err
}

func reason(err error) string {
	return strings.TrimPrefix(err.Error(), "expr: ")
}

func (c *Call) apply(r *run) (any, error) {
	if c.fn == nil {
		return nil, errors.New("no such system function")
	}
	if n := len(c.args); n < c.fn.least || c.fn.most >= 0 && n > c.fn.most {
		return nil, fmt.Errorf("has %d arguments, takes %s", n, c.fn.arity())
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	if c.fn.choose {
		return c.choose(r)
	}
	args := make([]any, len(c.args))
	for i, a := range c.args {
		v, err := a.eval(r)
		if err != nil && !errors.Is(err, ErrUnset) {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		args[i] = v
	}
	return c.fn.apply(r, args)
}

// choose is IF: only the chosen branch is evaluated.
func (c *Call) choose(r *run) (any, error) {
	v, err := c.args[0].eval(r)
	if err != nil && !errors.Is(err, ErrUnset) {
		return nil, fmt.Errorf("condition: %w", err)
	}
	branch := c.args[2]
	if truth(v) {
		branch = c.args[1]
	}
	v, err = branch.eval(r)
	if errors.Is(err, ErrUnset) {
		return nil, nil
	}
	return v, err
}

// readCall reads the call at offset at, which starts with callPrefix.
func readCall(src string, at, depth int) (*Call, int, error) {
	i := at + len(callPrefix)
	nameStart := i
	for i < len(src) && isNameByte(src[i]) {
		i++
	}
	c := &Call{name: src[nameStart:i]}
	if i == nameStart {
		return nil, at, syntaxError(src, i, "the name of a system function")
	}
	i = skipSpace(src, i)
	if i == len(src) || src[i] != '(' {
		return nil, at, syntaxError(src, i, `"("`)
	}
	if c.name == "rand" {
		c.fn = functions["RAND"]
	} else {
		c.fn = functions[c.name]
	}
	r := argumentReader{src: src, depth: depth + 1, closing: ')'}
	r.condition = c.fn != nil && c.fn.choose
	args, end, err := r.read(i + 1)
	if err != nil {
		return nil, at, err
	}
	c.args, c.source = args, src[at:end]
	c.check(src, at, r.problems)
	return c, end, nil
}

// check reports what can only fail.
func (c *Call) check(src string, at int, nested []*SyntaxError) {
	c.problems = nested
	if c.fn == nil {
		c.problems = append(c.problems, syntaxError(src, at+len(callPrefix), "a system function"))
		return
	}
	if n := len(c.args); n < c.fn.least || c.fn.most >= 0 && n > c.fn.most {
		expected := fmt.Sprintf("%s arguments for %s, not %d", c.fn.arity(), c.name, n)
		c.problems = append(c.problems, syntaxError(src, at, expected))
	}
}
