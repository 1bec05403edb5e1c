package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A conditionParser reads one condition, left to right, once.
type conditionParser struct {
	src      string
	at       int
	depth    int
	argument bool // the condition ends at a comma or ")" that it does not own
	warnings []*SyntaxError
}

// condition reads all of the text, or up to the end of the argument.
func (p *conditionParser) condition() (*Condition, error) {
	root, err := p.either()
	if err != nil {
		return nil, err
	}
	if !p.ended() {
		return nil, syntaxError(p.src, p.at, "AND, OR or the end")
	}
	return &Condition{root: root, warnings: p.warnings}, nil
}

func (p *conditionParser) ended() bool {
	p.at = skipSpace(p.src, p.at)
	return p.at == len(p.src) || p.argument && (p.src[p.at] == ',' || p.src[p.at] == ')')
}

// either reads a chain of AND and OR, where AND binds tighter.
func (p *conditionParser) either() (node, error) {
	var alternatives []node
	var and *SyntaxError
	for {
		from := p.at
		n, mixed, err := p.all()
		if err != nil {
			return nil, err
		}
		alternatives = append(alternatives, n)
		if mixed && and == nil {
			and = syntaxError(p.src, skipSpace(p.src, from), "parentheses where AND and OR are mixed")
		}
		if !p.word("OR") {
			break
		}
	}
	if len(alternatives) == 1 {
		return alternatives[0], nil
	}
	if and != nil {
		p.warnings = append(p.warnings, and)
	}
	return &junction{any: true, kids: alternatives}, nil
}

// all reads what AND joins; joined says that there was one.
func (p *conditionParser) all() (n node, joined bool, err error) {
	n, err = p.unary()
	if err != nil || !p.word("AND") {
		return n, false, err
	}
	kids := []node{n}
	for {
		if n, err = p.unary(); err != nil {
			return nil, true, err
		}
		if kids = append(kids, n); !p.word("AND") {
			return &junction{kids: kids}, true, nil
		}
	}
}

// unary reads NOT, parentheses or a comparison.
func (p *conditionParser) unary() (node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > MaxDepth {
		return nil, &LimitError{What: "depth", Have: p.depth, Max: MaxDepth}
	}
	if p.word("NOT") {
		kid, err := p.unary()
		return &negation{kid: kid}, err
	}
	if p.at = skipSpace(p.src, p.at); p.at == len(p.src) || p.src[p.at] != '(' {
		return p.comparison()
	}
	p.at++
	argument := p.argument
	p.argument = false
	n, err := p.either()
	p.argument = argument
	if err != nil {
		return nil, err
	}
	if p.at = skipSpace(p.src, p.at); p.at == len(p.src) || p.src[p.at] != ')' {
		return nil, syntaxError(p.src, p.at, `AND, OR or ")"`)
	}
	p.at++
	return n, nil
}

// word consumes an upper-case operator word.
func (p *conditionParser) word(w string) bool {
	at := skipSpace(p.src, p.at)
	if !strings.HasPrefix(p.src[at:], w) {
		return false
	}
	if end := at + len(w); end < len(p.src) && isWordByte(p.src[end]) {
		return false
	}
	p.at = at + len(w)
	return true
}

// isWordByte says whether a word of a condition goes on with c.
func isWordByte(c byte) bool {
	return isNameByte(c) || c >= utf8.RuneSelf || strings.IndexByte("./", c) >= 0
}

func (p *conditionParser) comparison() (node, error) {
	p.at = skipSpace(p.src, p.at)
	from := p.at
	left, err := p.operand(true)
	if err != nil {
		return nil, err
	}
	op, ok := p.operator()
	if !ok {
		if _, isBool := left.value.(bool); left.expr == nil && !isBool && !isBoolText(left.text) {
			p.warn(from, "a comparison, true or false")
		}
		return &test{operand: left}, nil
	}
	if left.expr == nil {
		p.warn(from, "a reference or a function on the left")
	}
	right, err := p.operand(false)
	if err != nil {
		return nil, err
	}
	return &comparison{op: op, left: left, right: right}, nil
}

func (p *conditionParser) warn(at int, expected string) {
	p.warnings = append(p.warnings, syntaxError(p.src, at, expected))
}

// operator consumes a comparison operator.
func (p *conditionParser) operator() (operator, bool) {
	p.at = skipSpace(p.src, p.at)
	for _, op := range operators {
		if strings.HasPrefix(p.src[p.at:], op.text) {
			p.at += len(op.text)
			return op.op, true
		}
	}
	return 0, false
}

// operand reads one side of a comparison.
func (p *conditionParser) operand(left bool) (*operand, error) {
	p.at = skipSpace(p.src, p.at)
	if p.at == len(p.src) {
		return nil, syntaxError(p.src, p.at, "a value")
	}
	switch p.src[p.at] {
	case '$':
		o, err := p.dollar()
		if o != nil || err != nil {
			return o, err
		}
	case '"':
		return p.quoted()
	case '[':
		return p.list()
	}
	return p.bareWord(left)
}

// dollar reads a reference or a call; nil when the $ is only a character.
func (p *conditionParser) dollar() (*operand, error) {
	if strings.HasPrefix(p.src[p.at:], callPrefix) {
		call, end, err := readCall(p.src, p.at, p.depth)
		if err != nil {
			return nil, err
		}
		p.warnings = append(p.warnings, call.problems...)
		p.at = end
		return &operand{expr: call}, nil
	}
	ref, end, err := readReference(p.src, p.at, p.depth, false)
	if ref == nil || err != nil {
		return nil, err
	}
	if ref.space == "" {
		p.warn(p.at, "a reference that can be set")
	}
	p.at = end
	return &operand{expr: ref}, nil
}

func (p *conditionParser) quoted() (*operand, error) {
	end := closingQuote(p.src, p.at+1, '"')
	if end < 0 {
		return nil, syntaxError(p.src, len(p.src), `a closing "\""`)
	}
	s := decodeOperand(p.src[p.at+1 : end])
	t, err := parseTemplate(s, p.depth+1)
	if err != nil {
		return nil, err
	}
	p.at = end + 1
	o := &operand{value: s, text: s, quoted: true}
	if !t.IsLiteral() {
		o.expr = &text{Template: t}
	}
	return o, nil
}

// list reads a list written out; its items are those of a call's arguments.
func (p *conditionParser) list() (*operand, error) {
	r := argumentReader{src: p.src, depth: p.depth + 1, closing: ']'}
	items, end, err := r.read(p.at + 1)
	if err != nil {
		return nil, err
	}
	p.warnings = append(p.warnings, r.problems...)
	p.at = end
	return &operand{expr: &listExpr{items: items}}, nil
}

// bareWord reads a word: up to a blank, a quote or a parenthesis; on the left
// also up to an operator.
func (p *conditionParser) bareWord(left bool) (*operand, error) {
	stop := " \t\r\n\"()"
	switch {
	case left:
		stop += ":=!<>"
	case strings.IndexByte(":=!<>", p.src[p.at]) >= 0:
		return nil, syntaxError(p.src, p.at, "a value")
	}
	if p.argument {
		stop += ","
	}
	n := strings.IndexAny(p.src[p.at:], stop)
	if n < 0 {
		n = len(p.src) - p.at
	}
	w := p.src[p.at : p.at+n]
	if n == 0 || w == "AND" || w == "OR" || w == "NOT" || left && !hasLetter(w) {
		return nil, syntaxError(p.src, p.at, "a value")
	}
	p.at += n
	o := &operand{value: w, text: w}
	if v, ok := constantValue(w); ok {
		o.value = v
	}
	return o, nil
}

// hasLetter says whether a word is more than punctuation.
func hasLetter(w string) bool {
	return strings.ContainsFunc(w, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) })
}
