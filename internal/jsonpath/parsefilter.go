package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// either reads what || joins.
func (p *parser) either() (*test, error) { return p.chain(anyOf, "||", p.all) }

// all reads what && joins.
func (p *parser) all() (*test, error) { return p.chain(allOf, "&&", p.basic) }

func (p *parser) chain(kind testKind, word string, part func() (*test, error)) (*test, error) {
	var kids []*test
	for {
		kid, err := part()
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
		if p.space(); !p.take(word) {
			break
		}
	}
	if len(kids) == 1 {
		return kids[0], nil
	}
	return &test{kind: kind, kids: kids}, nil
}

// basic reads !, parentheses, a comparison or a test of existence.
func (p *parser) basic() (*test, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > MaxDepth {
		return nil, &LimitError{What: "depth", Have: p.depth, Max: MaxDepth}
	}
	p.space()
	negated := false
	if !strings.HasPrefix(p.src[p.at:], "!=") {
		negated = p.take("!")
	}
	p.space()
	t, err := p.group(negated)
	if err == nil && negated {
		t = &test{kind: not, kids: []*test{t}}
	}
	return t, err
}

func (p *parser) group(negated bool) (*test, error) {
	if p.take("(") {
		t, err := p.either()
		if err != nil {
			return nil, err
		}
		if p.space(); !p.take(")") {
			return nil, p.expected(`"&&", "||" or ")"`)
		}
		return t, nil
	}
	from := p.at
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	p.space()
	op := p.operator()
	switch {
	case op == "" && left.query == nil:
		return nil, p.expected("a comparison operator")
	case op == "":
		return &test{kind: exists, query: *left.query}, nil
	case negated:
		p.at = from
		return nil, p.expected("parentheses around a comparison after !")
	}
	if err := p.single(left, from); err != nil {
		return nil, err
	}
	p.space()
	from = p.at
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	return &test{kind: compares, op: op, left: left, right: right}, p.single(right, from)
}

// single refuses a query that can give many values in a comparison.
func (p *parser) single(o operand, from int) error {
	if o.query == nil || o.query.path.definite {
		return nil
	}
	p.at = from
	return p.expected("a path of names and indexes only, as it is compared")
}

func (p *parser) operator() string {
	for _, op := range [...]string{"==", "!=", "<=", ">=", "<", ">"} {
		if p.take(op) {
			return op
		}
	}
	return ""
}

func (p *parser) operand() (operand, error) {
	switch c := p.peek(); {
	case c == '@' || c == '$':
		p.at++
		path, err := p.path(false)
		return operand{query: &query{path: path, root: c == '$'}}, err
	case c == '\'' || c == '"':
		s, err := p.quoted()
		return operand{literal: s}, err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, value := range map[string]any{"true": true, "false": false, "null": nil} {
		rest, ok := strings.CutPrefix(p.src[p.at:], word)
		if ok && (rest == "" || !isShorthandByte(rest[0])) {
			p.at += len(word)
			return operand{literal: value}, nil
		}
	}
	return operand{}, p.expected(`"@", "$", a quoted text, a number, true, false or null`)
}

func (p *parser) number() (operand, error) {
	from := p.at
	for p.at < len(p.src) && strings.IndexByte("+-.eE0123456789", p.src[p.at]) >= 0 {
		p.at++
	}
	text := p.src[from:p.at]
	digits := strings.TrimPrefix(text, "-")
	n, err := strconv.ParseFloat(text, 64)
	leadingZero := len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9'
	dot := strings.IndexByte(digits, '.')
	badDot := dot == 0 || dot > 0 && (dot+1 == len(digits) || digits[dot+1] < '0' || digits[dot+1] > '9')
	if err != nil || leadingZero || badDot {
		p.at = from
		return operand{}, p.expected("a JSON number")
	}
	return operand{literal: n}, nil
}

// quoted reads a text in single or double quotes with JSON's escapes, and \' in single ones.
func (p *parser) quoted() (string, error) {
	quote := p.peek()
	from := p.at
	p.at++
	var b strings.Builder
	for p.at < len(p.src) {
		c := p.src[p.at]
		switch {
		case c == quote:
			p.at++
			if s := b.String(); utf8.ValidString(s) {
				return s, nil
			}
			p.at = from
			return "", p.expected("a text in UTF-8")
		case c < ' ':
			return "", p.expected("an escape in the place of a control character")
		case c != '\\':
			b.WriteByte(c)
			p.at++
		default:
			p.at++
			if err := p.escape(&b, quote); err != nil {
				return "", err
			}
		}
	}
	return "", p.expected("the closing " + string(quote))
}

// escape reads what follows a backslash.
func (p *parser) escape(b *strings.Builder, quote byte) error {
	c := p.peek()
	if i := strings.IndexByte(`btnfr/\`, c); i >= 0 && c != 0 {
		b.WriteByte("\b\t\n\f\r/\\"[i])
		p.at++
		return nil
	}
	switch c {
	case quote:
		b.WriteByte(c)
		p.at++
		return nil
	case 'u':
		return p.unicode(b)
	}
	return p.expected("an escape such as \\n or \\u00e9")
}

func (p *parser) unicode(b *strings.Builder) error {
	from := p.at
	r, ok := p.hex()
	if ok && utf16.IsSurrogate(r) {
		var low rune
		if ok = p.take(`\`); ok {
			low, ok = p.hex()
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			ok = false
		}
	}
	if !ok {
		p.at = from
		return p.expected(`four hexadecimal digits after \u, and pairs of surrogates`)
	}
	b.WriteRune(r)
	return nil
}

// hex reads u and four digits.
func (p *parser) hex() (rune, bool) {
	const digits = 4
	if !p.take("u") || p.at+digits > len(p.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.src[p.at:p.at+digits], 16, 16)
	p.at += digits
	return rune(n), err == nil
}
