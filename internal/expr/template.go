package expr

import (
	"errors"
	"strings"
)

// A Template is a text with references and calls in it, read once.
type Template struct {
	src      string
	pieces   []Piece
	problems []*SyntaxError
}

// A Piece is a part of a template: literal text, a reference or a call.
type Piece struct {
	Start, End int // byte range in the template
	text       string
	ref        *Reference
	call       *Call
}

// ParseTemplate reads a text. What looks like a call and cannot be read is
// literal text and one of the Problems; the only error is a *LimitError.
func ParseTemplate(src string) (*Template, error) {
	if len(src) > MaxTemplateBytes {
		return nil, &LimitError{What: "template bytes", Have: len(src), Max: MaxTemplateBytes}
	}
	return parseTemplate(src, 0)
}

func parseTemplate(src string, depth int) (*Template, error) {
	t := &Template{src: src}
	literal := 0
	for at := 0; ; {
		next := strings.IndexByte(src[at:], '$')
		if next < 0 {
			t.literal(literal, len(src))
			return t, nil
		}
		at += next
		e, end, err := readDollar(src, at, depth)
		var syntax *SyntaxError
		switch {
		case errors.As(err, &syntax):
			t.problems = append(t.problems, syntax)
			at = max(syntax.Offset, at+1)
		case err != nil:
			return nil, err
		case e == nil:
			at++
		default:
			t.literal(literal, at)
			piece := Piece{Start: at, End: end, text: src[at:end]}
			piece.ref, _ = e.(*Reference)
			piece.call, _ = e.(*Call)
			if piece.call != nil {
				t.problems = append(t.problems, piece.call.problems...)
			}
			t.pieces = append(t.pieces, piece)
			at, literal = end, end
		}
	}
}

func (t *Template) literal(from, to int) {
	if from < to {
		t.pieces = append(t.pieces, Piece{Start: from, End: to, text: t.src[from:to]})
	}
}

// readDollar reads the reference or call that starts with the dollar sign at
// offset at; nil when it is only a dollar sign.
func readDollar(src string, at, depth int) (expression, int, error) {
	if depth > MaxDepth {
		return nil, at, &LimitError{What: "depth", Have: depth, Max: MaxDepth}
	}
	if strings.HasPrefix(src[at:], callPrefix) {
		call, end, err := readCall(src, at, depth)
		if call == nil {
			return nil, at, err
		}
		return call, end, nil
	}
	ref, end, err := readReference(src, at, depth, true)
	if ref == nil {
		return nil, at, err
	}
	return ref, end, nil
}

// String returns the text as written.
func (t *Template) String() string { return t.src }

// Pieces returns the parts in order; they cover the text without gaps. The
// slice is the template's own and must not be changed.
func (t *Template) Pieces() []Piece { return t.pieces }

// Problems returns what in the text looks like a call and is none, calls that
// can only fail, and the warnings of conditions in calls.
func (t *Template) Problems() []*SyntaxError { return t.problems }

// Single returns the piece of a template that is exactly one reference or
// call and nothing else.
func (t *Template) Single() (*Piece, bool) {
	if len(t.pieces) == 1 && !t.pieces[0].IsLiteral() {
		return &t.pieces[0], true
	}
	return nil, false
}

// IsLiteral says whether there is nothing to evaluate in the template.
func (t *Template) IsLiteral() bool {
	for i := range t.pieces {
		if !t.pieces[i].IsLiteral() {
			return false
		}
	}
	return true
}

// Source returns the piece as written.
func (p *Piece) Source() string { return p.text }

// IsLiteral says whether the piece is plain text.
func (p *Piece) IsLiteral() bool { return p.ref == nil && p.call == nil }

// Reference returns the reference of the piece, else nil.
func (p *Piece) Reference() *Reference { return p.ref }

// Call returns the call of the piece, else nil.
func (p *Piece) Call() *Call { return p.call }

// Eval returns the value of the piece: its text if it is literal, else that of
// the reference (ErrUnset if it has none) or of the call (a *FuncError if it failed).
// Env.OnUnset is told of a reference whose value is missing or null.
func (p *Piece) Eval(env *Env) (any, error) {
	r := newRun(env)
	v, err := p.eval(&r)
	if p.ref != nil && r.env.OnUnset != nil && (v == nil && err == nil || errors.Is(err, ErrUnset)) {
		r.env.OnUnset(p.text)
	}
	return v, err
}

func (p *Piece) eval(r *run) (any, error) {
	switch {
	case p.ref != nil:
		return p.ref.eval(r)
	case p.call != nil:
		return p.call.eval(r)
	}
	return p.text, nil
}

// Missing decides what stands for a piece without a value: err is ErrUnset,
// ErrNull when the value is null, or the error of a call. Its own error ends the evaluation.
type Missing func(p *Piece, err error) (any, error)

// ErrNull is what Missing is told of a value that is explicitly null inside a longer text.
var ErrNull = errors.New("expr: null")

// KeepLiteral is the Missing that leaves the piece as it is written, as
// Dialogflow does in static texts.
func KeepLiteral(p *Piece, _ error) (any, error) { return p.text, nil }

// Render returns the text with every piece replaced by the text of its value
// (see [AppendText]). Missing is KeepLiteral when it is nil.
func (t *Template) Render(env *Env, missing Missing) (string, error) {
	r := newRun(env)
	return t.render(&r, missing)
}

func (t *Template) render(r *run, missing Missing) (string, error) {
	if len(t.pieces) == 1 && t.pieces[0].IsLiteral() {
		return t.src, nil
	}
	out := make([]byte, 0, len(t.src)+32)
	for i := range t.pieces {
		p := &t.pieces[i]
		if p.IsLiteral() {
			out = append(out, p.text...)
			continue
		}
		v, err := p.eval(r)
		if err == nil && v == nil {
			err = ErrNull
		}
		if err != nil {
			if v, err = missing.decide(p, err); err != nil {
				return "", err
			}
		}
		before := len(out)
		out = AppendText(out, v)
		if err := r.spend(len(out) - before); err != nil {
			return "", err
		}
	}
	return string(out), nil
}

// Value returns what a JSON string that holds the template becomes: the value
// itself, of any type, when the template is exactly one reference or call, else the
// rendered text. A null value is nil, without asking missing.
func (t *Template) Value(env *Env, missing Missing) (any, error) {
	r := newRun(env)
	return t.value(&r, missing)
}

func (t *Template) value(r *run, missing Missing) (any, error) {
	p, ok := t.Single()
	if !ok {
		return t.render(r, missing)
	}
	v, err := p.eval(r)
	if err != nil {
		return missing.decide(p, err)
	}
	return v, nil
}

func (m Missing) decide(p *Piece, err error) (any, error) {
	var limit *LimitError
	if m == nil {
		m = KeepLiteral
	}
	if errors.As(err, &limit) {
		return nil, err
	}
	return m(p, err)
}
