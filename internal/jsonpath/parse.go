package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parse reads a path. The error is a *SyntaxError or a *LimitError.
func Parse(src string) (*Path, error) {
	if len(src) > MaxPathBytes {
		return nil, &LimitError{What: "path bytes", Have: len(src), Max: MaxPathBytes}
	}
	p := parser{src: strings.TrimRight(src, blanks)}
	p.space()
	path, err := p.start()
	if err == nil && p.at < len(p.src) {
		err = p.expected(`".", "[" or the end`)
	}
	if err != nil {
		return nil, err
	}
	return path, nil
}

const blanks = " \t\r\n"

type parser struct {
	src   string
	at    int
	depth int
}

func (p *parser) space() {
	for p.at < len(p.src) && strings.IndexByte(blanks, p.src[p.at]) >= 0 {
		p.at++
	}
}

// peek returns the byte at hand, 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.src) {
		return p.src[p.at]
	}
	return 0
}

func (p *parser) take(s string) bool {
	if !strings.HasPrefix(p.src[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *parser) expected(what string) error {
	found := p.src[p.at:]
	for i := range found {
		if i >= 16 {
			found = found[:i]
			break
		}
	}
	return &SyntaxError{Offset: p.at, Expected: what, Found: found}
}

// start reads a whole path: from $, or from the first name or bracket.
func (p *parser) start() (*Path, error) {
	switch {
	case p.take("$"):
		return p.path(false)
	case p.peek() == '[':
		return p.path(false)
	case p.at == len(p.src):
		return nil, p.expected("a path")
	}
	return p.path(true)
}

// path reads segments. Bare says that the first is a name without a dot.
func (p *parser) path(bare bool) (*Path, error) {
	path := &Path{definite: true}
	for bare || p.peek() == '.' || p.peek() == '[' {
		seg, err := p.segment(bare)
		if err != nil {
			return nil, err
		}
		bare = false
		path.segments = append(path.segments, seg)
		single := len(seg.selectors) == 1 && seg.selectors[0].kind <= byIndex
		path.definite = path.definite && !seg.descendant && single
	}
	return path, nil
}

func (p *parser) segment(bare bool) (segment, error) {
	seg := segment{}
	switch {
	case bare:
	case p.take(".."):
		seg.descendant = true
	case p.take("."):
	default:
		return p.bracket(seg)
	}
	if seg.descendant && p.peek() == '[' {
		return p.bracket(seg)
	}
	if p.take("*") {
		seg.selectors = []selector{{kind: byWildcard}}
		return seg, nil
	}
	from := p.at
	for p.at < len(p.src) && isShorthandByte(p.src[p.at]) {
		p.at++
	}
	if p.at == from {
		return seg, p.expected(`a name or "*"`)
	}
	if name := p.src[from:p.at]; utf8.ValidString(name) {
		seg.selectors = []selector{{kind: byName, name: name}}
		return seg, nil
	}
	p.at = from
	return seg, p.expected("a name in UTF-8")
}

func isShorthandByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' ||
		c == '_' || c == '-' || c >= utf8.RuneSelf
}

// isShorthand says whether a name can stand after a dot.
func isShorthand(name string) bool {
	for i := range len(name) {
		if !isShorthandByte(name[i]) {
			return false
		}
	}
	return name != "" && utf8.ValidString(name)
}

// bracket reads [selector, …].
func (p *parser) bracket(seg segment) (segment, error) {
	p.at++
	for {
		p.space()
		sel, err := p.selector()
		if err != nil {
			return seg, err
		}
		seg.selectors = append(seg.selectors, sel)
		p.space()
		if p.take("]") {
			return seg, nil
		}
		if !p.take(",") {
			return seg, p.expected(`"," or "]"`)
		}
	}
}

func (p *parser) selector() (selector, error) {
	switch c := p.peek(); {
	case c == '*':
		p.at++
		return selector{kind: byWildcard}, nil
	case c == '\'' || c == '"':
		name, err := p.quoted()
		return selector{kind: byName, name: name}, err
	case c == '?':
		p.at++
		t, err := p.either()
		return selector{kind: byFilter, filter: t}, err
	case c == ':' || c == '-' || c >= '0' && c <= '9':
		return p.indexOrSlice()
	}
	return selector{}, p.expected(`an index, a quoted name, "*", a slice or "?"`)
}

func (p *parser) indexOrSlice() (selector, error) {
	start, err := p.integer()
	if err != nil {
		return selector{}, err
	}
	p.space()
	if !p.take(":") {
		if start == nil {
			return selector{}, p.expected("an index")
		}
		return selector{kind: byIndex, index: *start}, nil
	}
	sel := selector{kind: bySlice, slice: slice{start: start, step: 1}}
	p.space()
	if sel.slice.end, err = p.integer(); err != nil {
		return sel, err
	}
	p.space()
	if !p.take(":") {
		return sel, nil
	}
	p.space()
	step, err := p.integer()
	if step != nil {
		sel.slice.step = *step
	}
	return sel, err
}

// integer reads an integer as RFC 9535 wants it: no leading zero, no -0, exact
// in a double. It returns nil when none stands here.
func (p *parser) integer() (*int, error) {
	from := p.at
	p.take("-")
	digits := p.at
	for p.peek() >= '0' && p.peek() <= '9' {
		p.at++
	}
	text := p.src[from:p.at]
	const exact = 1<<53 - 1
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "":
		return nil, nil //nolint:nilnil // an integer may be left out of a slice
	case err != nil || n > exact || n < -exact || p.src[digits] == '0' && text != "0":
		p.at = from
		return nil, p.expected("an integer without leading zeros")
	}
	i := int(n)
	return &i, nil
}
