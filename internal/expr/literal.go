package expr

import (
	"errors"
	"strings"
)

// A constant is a word that is a value: a number, true, false or null.
type constant struct {
	value any
	text  string
}

func (c *constant) eval(*run) (any, error)   { return c.value, nil }
func (c *constant) write(b *strings.Builder) { b.WriteString(c.text) }

// A text is a quoted or bare argument. Exactly one reference or call in it
// keeps its type; else it is rendered, and what is unset stays as written.
type text struct{ *Template }

func (t *text) eval(r *run) (any, error) {
	if p, ok := t.Single(); ok {
		return p.eval(r)
	}
	s, err := t.render(r, nil)
	return s, err
}

func (t *text) write(b *strings.Builder) { writeQuoted(b, t.src) }

// A listExpr is a list written out.
type listExpr struct{ items []expression }

func (l *listExpr) eval(r *run) (any, error) {
	list := make([]any, len(l.items))
	for i, item := range l.items {
		v, err := item.eval(r)
		if err != nil && !errors.Is(err, ErrUnset) {
			return nil, err
		}
		list[i] = v
	}
	return list, r.spend(len(list))
}

func (l *listExpr) write(b *strings.Builder) {
	b.WriteByte('[')
	for i, item := range l.items {
		if i > 0 {
			b.WriteString(", ")
		}
		item.write(b)
	}
	b.WriteByte(']')
}

// A nestedCondition is the condition of IF.
type nestedCondition struct {
	*Condition
	text string
}

func (c *nestedCondition) eval(r *run) (any, error) {
	outer := r.err
	r.err = nil
	ok := c.root.holds(r)
	err := r.err
	r.err = outer
	return ok, err
}

func (c *nestedCondition) write(b *strings.Builder) { writeQuoted(b, c.text) }

// A brokenCondition is what stands in the place of a condition and is none.
type brokenCondition struct {
	text string
	err  error
}

func (c *brokenCondition) eval(*run) (any, error)   { return nil, c.err }
func (c *brokenCondition) write(b *strings.Builder) { writeQuoted(b, c.text) }

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func writeQuoted(b *strings.Builder, s string) {
	b.WriteByte('"')
	_, _ = quoter.WriteString(b, s)
	b.WriteByte('"')
}

// decodeArgument takes the escapes out of an argument in single or double quotes. A backslash
// before anything but that quote, a backslash, n, r or t stays, for patterns.
func decodeArgument(s string, quote byte) string {
	if quote != '\'' {
		quote = '"'
	}
	return decode(s, func(c byte) bool { return c == quote || c == '\\' })
}

// decodeOperand does so for a quoted operand of a condition, where a
// backslash before any punctuation goes.
func decodeOperand(s string) string {
	return decode(s, func(c byte) bool {
		return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')
	})
}

func decode(s string, drop func(byte) bool) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == 'n':
			b.WriteByte('\n')
		case c == 'r':
			b.WriteByte('\r')
		case c == 't':
			b.WriteByte('\t')
		case drop(c):
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}

// isJSONNumber says whether s is a number as JSON writes it.
func isJSONNumber(s string) bool {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	digits := func() int {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i - from
	}
	first := i
	if n := digits(); n == 0 || n > 1 && s[first] == '0' {
		return false
	}
	if i < len(s) && s[i] == '.' {
		i++
		if digits() == 0 {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if digits() == 0 {
			return false
		}
	}
	return i == len(s)
}
