package flexible

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// bodyNode is what a body template holds at one place: the shape of the
// request, without its values.
type bodyNode struct {
	kind     jsonKind
	name     string // the key in an object
	offset   int    // of the value in the template
	literal  string // the JSON of a null, boolean, number or text without references
	children []*bodyNode
}

// bodyParser turns the JSON text of a body template into a program. The text
// is known to be JSON when it starts.
type bodyParser struct {
	src    string
	dec    *json.Decoder
	out    programBuilder
	t      *Template
	faults Faults
}

// ParseBody reads the template of a JSON body: one JSON value of any type, in
// which strings may hold references. The error is [Faults].
func ParseBody(src string, opts ...CompileOption) (*Template, error) {
	t, faults := parseBody(src, newSettings(opts))
	if err := faults.err(); err != nil {
		return nil, err
	}
	return t, nil
}

func parseBody(src string, set settings) (*Template, Faults) {
	if len(src) > MaxRenderedBytes {
		return nil, Faults{faultf(-1, "the body is %d bytes long, the limit is %d", len(src), MaxRenderedBytes)}
	}
	if fault, ok := bodySyntax(src); !ok {
		return nil, Faults{fault}
	}
	p := bodyParser{src: src, dec: json.NewDecoder(strings.NewReader(src)), t: &Template{set: set}}
	p.dec.UseNumber()
	root := &bodyNode{}
	if err := p.value(root, 0); err != nil {
		return nil, append(p.faults, faultf(root.offset, "%w", err))
	}
	p.t.program, p.t.body = p.out.program(), root
	p.t.text = p.t.program.source()
	return p.t, p.faults
}

// bodySyntax checks that src is one JSON value, and says where not.
func bodySyntax(src string) (Fault, bool) {
	if !utf8.ValidString(src) {
		return faultf(-1, "not valid UTF-8"), false
	}
	var raw json.RawMessage
	err := json.Unmarshal([]byte(src), &raw)
	if err == nil {
		return Fault{}, true
	}
	at := -1
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		at = int(syntax.Offset)
		if at > 0 && at <= len(src) && !strings.HasPrefix(syntax.Error(), "unexpected end") {
			at-- // the offset counts the offending byte in
		}
	}
	if at >= 0 && at < len(src) && src[at] == '$' {
		return faultf(at, "not JSON: a reference must stand in double quotes, whatever its type: %w", err), false
	}
	return faultf(at, "not JSON: %w", err), false
}

// next returns the next token and where it starts.
func (p *bodyParser) next() (json.Token, int, error) {
	at := int(p.dec.InputOffset())
	for at < len(p.src) && strings.IndexByte(" \t\r\n,:", p.src[at]) >= 0 {
		at++
	}
	tok, err := p.dec.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return tok, at, err
}

func (p *bodyParser) value(n *bodyNode, depth int) error {
	tok, at, err := p.next()
	if err != nil {
		return err
	}
	n.offset = at
	if depth > maxValueDepth {
		return fmt.Errorf("nested %d levels deep, the limit is %d", depth, maxValueDepth)
	}
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '{' {
			return p.object(n, depth)
		}
		return p.list(n, depth)
	case string:
		return p.string(tok, n)
	case json.Number:
		n.kind, n.literal = jsonNumber, tok.String()
	case bool:
		n.kind, n.literal = jsonBool, fmt.Sprint(tok)
	default:
		n.kind, n.literal = jsonNull, "null"
	}
	p.out.literal(n.literal)
	return nil
}

func (p *bodyParser) object(n *bodyNode, depth int) error {
	n.kind = jsonObject
	seen := map[string]bool{}
	open := "{"
	for p.dec.More() {
		tok, at, err := p.next()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		if seen[key] {
			p.faults = append(p.faults, faultf(at, "the key %q occurs twice in one object", key))
		}
		seen[key] = true
		p.out.literal(open)
		p.out.quoted(key)
		p.out.literal(":")
		open = ","
		child := &bodyNode{name: key}
		n.children = append(n.children, child)
		if err := p.value(child, depth+1); err != nil {
			n.offset = child.offset
			return err
		}
	}
	if len(n.children) == 0 {
		p.out.literal("{")
	}
	p.out.literal("}")
	_, _, err := p.next()
	return err
}

func (p *bodyParser) list(n *bodyNode, depth int) error {
	n.kind = jsonList
	p.out.literal("[")
	for p.dec.More() {
		if len(n.children) > 0 {
			p.out.literal(",")
		}
		child := &bodyNode{}
		n.children = append(n.children, child)
		if err := p.value(child, depth+1); err != nil {
			n.offset = child.offset
			return err
		}
	}
	p.out.literal("]")
	_, _, err := p.next()
	return err
}

// string compiles one string of the body.
func (p *bodyParser) string(s string, n *bodyNode) error {
	parts, calls, err := references(s)
	if err != nil {
		return err
	}
	if calls {
		p.t.warnings = append(p.t.warnings, faultf(n.offset, "system functions are not evaluated in a body, they are sent as text"))
	}
	if len(parts) == 1 && parts[0].piece != nil {
		p.out.reference(parts[0].piece, InBody)
		n.kind = jsonAny
		return nil
	}
	n.kind = jsonString
	if !slices.ContainsFunc(parts, func(p part) bool { return p.piece != nil }) {
		n.literal = quoted(s)
	}
	p.out.literal(`"`)
	for _, part := range parts {
		if part.piece == nil {
			p.out.escaped(part.text)
			continue
		}
		p.out.reference(part.piece, InText)
	}
	p.out.literal(`"`)
	return nil
}
