package expr

import (
	"errors"
	"strconv"
	"strings"
)

// An argumentReader reads the arguments of a call or the items of a list.
type argumentReader struct {
	src       string
	depth     int
	closing   byte
	condition bool // the first argument is a condition
	problems  []*SyntaxError
}

// read reads from offset i up to the closing byte, which it consumes. Every byte is
// read once for each level of quotes around it: nothing here tries a second reading.
func (r *argumentReader) read(i int) ([]expression, int, error) {
	if r.depth > MaxDepth {
		return nil, i, &LimitError{What: "depth", Have: r.depth, Max: MaxDepth}
	}
	i = skipSpace(r.src, i)
	if i < len(r.src) && r.src[i] == r.closing {
		return nil, i + 1, nil
	}
	var args []expression
	for {
		a, next, err := r.argument(skipSpace(r.src, i), len(args) == 0 && r.condition)
		if err != nil {
			return nil, i, err
		}
		args = append(args, a)
		i = skipSpace(r.src, next)
		switch {
		case i < len(r.src) && r.src[i] == r.closing:
			return args, i + 1, nil
		case i < len(r.src) && r.src[i] == ',':
			i++
		default:
			return nil, i, syntaxError(r.src, i, `"," or "`+string(r.closing)+`"`)
		}
	}
}

// argument reads one argument, which starts at i.
func (r *argumentReader) argument(i int, condition bool) (expression, int, error) {
	if raw, end, ok := r.quoted(i); ok {
		e, err := r.text(decodeArgument(raw, r.src[i]), i, condition)
		return e, end, err
	}
	switch {
	case i == len(r.src):
		return nil, i, syntaxError(r.src, i, "an argument")
	case r.src[i] == '"':
		return nil, i, syntaxError(r.src, len(r.src), `a closing "\""`)
	case r.src[i] == '[':
		items := argumentReader{src: r.src, depth: r.depth + 1, closing: ']'}
		list, end, err := items.read(i + 1)
		r.problems = append(r.problems, items.problems...)
		return &listExpr{items: list}, end, err
	case condition:
		p := conditionParser{src: r.src, at: i, depth: r.depth, argument: true}
		c, err := p.condition()
		if err != nil {
			return nil, i, err
		}
		c.src = strings.TrimSpace(r.src[i:p.at])
		r.problems = append(r.problems, c.warnings...)
		return &nestedCondition{Condition: c, text: c.src}, p.at, nil
	}
	return r.bare(i)
}

// quoted finds the text in quotes that starts at i: between "…", between '…' if that is
// all of the argument, or between \"…\", which is how a text looks that was escaped twice.
func (r *argumentReader) quoted(i int) (raw string, end int, ok bool) {
	src := r.src
	switch {
	case i == len(src):
		return "", i, false
	case src[i] == '"' || src[i] == '\'':
		end := closingQuote(src, i+1, src[i])
		if end < 0 || src[i] == '\'' && !r.ends(end+1) {
			return "", i, false
		}
		return src[i+1 : end], end + 1, true
	case strings.HasPrefix(src[i:], `\"`):
		n := strings.Index(src[i+2:], `\"`)
		if n < 0 || !r.ends(i+2+n+2) {
			return "", i, false
		}
		return strings.ReplaceAll(src[i+2:i+2+n], `\\`, `\`), i + 2 + n + 2, true
	}
	return "", i, false
}

// ends says whether an argument can end at i.
func (r *argumentReader) ends(i int) bool {
	i = skipSpace(r.src, i)
	return i < len(r.src) && (r.src[i] == ',' || r.src[i] == r.closing)
}

// closingQuote returns the offset of the next quote that is not escaped, or -1.
func closingQuote(src string, i int, quote byte) int {
	for ; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}

// text makes the expression of a quoted text.
func (r *argumentReader) text(s string, at int, condition bool) (expression, error) {
	if condition {
		c, err := parseCondition(s, r.depth+1, false)
		var syntax *SyntaxError
		switch {
		case errors.As(err, &syntax):
			r.problems = append(r.problems, syntaxError(r.src, at, "a condition: "+reason(err)))
			return &brokenCondition{text: s, err: syntax}, nil
		case err != nil:
			return nil, err
		}
		r.report(c.warnings, at)
		return &nestedCondition{Condition: c, text: s}, nil
	}
	t, err := parseTemplate(s, r.depth+1)
	if err != nil {
		return nil, err
	}
	r.report(t.problems, at)
	return &text{Template: t}, nil
}

// report adds the problems of a quoted text, which stands at offset at.
func (r *argumentReader) report(problems []*SyntaxError, at int) {
	for _, p := range problems {
		r.problems = append(r.problems, &SyntaxError{Offset: at, Expected: p.Expected, Found: p.Found})
	}
}

// bare reads an argument without quotes: a constant, a reference, a call, or a
// template up to the next comma or closing byte that is not in parentheses.
func (r *argumentReader) bare(start int) (expression, int, error) {
	t, open, literal, i := &Template{}, 0, start, start
	add := func(p Piece) { t.pieces = append(t.pieces, p) }
	flush := func(to int) {
		if literal < to {
			add(Piece{Start: literal - start, End: to - start, text: r.src[literal:to]})
		}
	}
	for ; i < len(r.src); i++ {
		c := r.src[i]
		switch c {
		case '(', '[', '{':
			open++
			continue
		case '\\':
			i++
			continue
		case '"':
			if end := closingQuote(r.src, i+1, '"'); end > 0 { // fails once: no quote comes after
				i = end
			}
			continue
		case '$':
			e, end, err := readDollar(r.src, i, r.depth)
			if err != nil {
				return nil, i, err
			}
			if e == nil {
				continue
			}
			flush(i)
			p := Piece{Start: i - start, End: end - start, text: r.src[i:end]}
			p.ref, _ = e.(*Reference)
			p.call, _ = e.(*Call)
			if p.call != nil {
				r.problems = append(r.problems, p.call.problems...)
			}
			add(p)
			literal, i = end, end-1
			continue
		}
		if open == 0 && (c == ',' || c == r.closing) {
			break
		}
		if open > 0 && (c == ')' || c == ']' || c == '}') {
			open--
		}
	}
	if i >= len(r.src) {
		return nil, len(r.src), syntaxError(r.src, len(r.src), `"`+string(r.closing)+`"`)
	}
	end := start + len(strings.TrimRight(r.src[start:i], " \t\r\n"))
	if end == start {
		return nil, i, syntaxError(r.src, i, "an argument")
	}
	flush(end)
	t.src = r.src[start:end]
	return bareExpression(t), i, nil
}

// bareExpression gives the words that are values their type.
func bareExpression(t *Template) expression {
	if p, ok := t.Single(); ok {
		if p.ref != nil {
			return p.ref
		}
		return p.call
	}
	if len(t.pieces) == 1 {
		if v, ok := constantValue(t.src); ok {
			return &constant{value: v, text: t.src}
		}
	}
	return &text{Template: t}
}

// constantValue reads null, true and false in any case, and JSON numbers.
func constantValue(word string) (any, bool) {
	switch {
	case strings.EqualFold(word, "null"):
		return nil, true
	case strings.EqualFold(word, "true"):
		return true, true
	case strings.EqualFold(word, "false"):
		return false, true
	case !isJSONNumber(word):
		return nil, false
	}
	n, err := strconv.ParseFloat(word, 64)
	return n, err == nil
}

func skipSpace(src string, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\t' || src[i] == '\r') {
		i++
	}
	return i
}
