package flexible

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cxhook/cxhook/internal/expr"
)

// program is what a template was compiled to: texts that are sent as they are
// and, after each but the last, a reference or call.
type program []op

type op struct {
	lit   string
	piece *expr.Piece // nil: nothing follows the text
	where Place
}

// programBuilder collects the steps of a program.
type programBuilder struct {
	ops     program
	pending []byte // literal text since the last reference
}

// literal adds text that is sent as it is.
func (b *programBuilder) literal(s string) { b.pending = append(b.pending, s...) }

// quoted adds a JSON string.
func (b *programBuilder) quoted(s string) {
	b.literal(`"`)
	b.escaped(s)
	b.literal(`"`)
}

// escaped adds the inside of a JSON string.
func (b *programBuilder) escaped(s string) { b.pending = appendEscapedJSON(b.pending, s) }

// reference adds a reference or call.
func (b *programBuilder) reference(piece *expr.Piece, where Place) {
	b.ops = append(b.ops, op{lit: string(b.pending), piece: piece, where: where})
	b.pending = b.pending[:0]
}

// program returns what was collected.
func (b *programBuilder) program() program {
	if len(b.pending) > 0 {
		b.ops = append(b.ops, op{lit: string(b.pending)})
	}
	return b.ops
}

// source returns the template that the program stands for, with the
// references as they are written.
func (p program) source() string {
	var b programBuilder
	for i := range p {
		b.literal(p[i].lit)
		if p[i].piece == nil {
			continue
		}
		switch src := p[i].piece.Source(); p[i].where {
		case InBody:
			b.quoted(src)
		case InText:
			b.escaped(src)
		default:
			b.literal(src)
		}
	}
	return string(b.pending)
}

// append renders the program. Failures are [*ValueError].
func (p program) append(dst []byte, env *expr.Env, set *settings) ([]byte, error) {
	start := len(dst)
	for i := range p {
		o := &p[i]
		dst = append(dst, o.lit...)
		if o.piece == nil {
			break
		}
		var err error
		if dst, err = o.value(dst, env, set); err == nil && len(dst)-start > MaxRenderedBytes {
			err = fmt.Errorf("the text up to it is %d bytes long, the limit is %d", len(dst)-start, MaxRenderedBytes)
		}
		if err != nil {
			return nil, &ValueError{Reference: o.piece.Source(), Where: o.where, Err: err}
		}
	}
	return dst, nil
}

// value appends what the reference of o stands for.
func (o *op) value(dst []byte, env *expr.Env, set *settings) ([]byte, error) {
	v, err := o.piece.Eval(env)
	if err != nil && !isUnset(err) {
		return nil, err
	}
	if err != nil || v == nil {
		switch set.unset[o.where] {
		case Refuse:
			return nil, ErrUnset
		case SendLiteral:
			v = o.piece.Source()
		case SendEmpty:
			if o.where == InBody {
				return append(dst, "null"...), nil
			}
			return dst, nil
		}
	}
	if o.where == InBody {
		return appendValue(dst, v)
	}
	return o.text(dst, v)
}

// isUnset reports whether an error stands for a value that is not there. A
// failed function is one: who wants to know why asks Env.OnCall.
func isUnset(err error) bool {
	var failed *expr.FuncError
	return errors.Is(err, ErrUnset) || errors.As(err, &failed)
}

// room is about how long the program renders.
func (p program) room() int {
	const value = 24
	n := 0
	for i := range p {
		n += len(p[i].lit) + value
	}
	return n
}

// text appends the text of v, escaped for the place: JSON in a URL, elsewhere
// the text that Dialogflow's messages show.
func (o *op) text(dst []byte, v any) ([]byte, error) {
	if s, ok := v.(string); ok {
		return o.escape(dst, s), nil
	}
	if err := checkValue(v, 0); err != nil {
		return nil, err
	}
	if o.where == InURL {
		text, err := appendValue(nil, v)
		return o.escape(dst, string(text)), err
	}
	var room [64]byte
	return o.escape(dst, string(expr.AppendText(room[:0], v))), nil
}

func (o *op) escape(dst []byte, s string) []byte {
	switch o.where {
	case InText:
		return appendEscapedJSON(dst, s)
	case InURL:
		return appendEscapedURL(dst, s)
	}
	return append(dst, strings.ToValidUTF8(s, "\ufffd")...)
}

const callPrefix = "$sys.func."

// part is a stretch of a text: a reference, or literal text.
type part struct {
	text  string // as written
	start int    // its offset in the text
	piece *expr.Piece
}

// references splits s at its references. System functions are text, though
// the references in their arguments are not; calls reports that there were
// some. The only errors are the limits of package expr.
func references(s string) (parts []part, calls bool, err error) {
	for start := 0; start < len(s); {
		end := len(s)
		if i := strings.Index(s[start:], callPrefix); i == 0 {
			parts, calls = append(parts, part{text: callPrefix, start: start}), true
			start += len(callPrefix)
			continue
		} else if i > 0 {
			end = start + i
		}
		t, err := expr.ParseTemplate(s[start:end])
		if err != nil {
			return nil, false, err
		}
		pieces := t.Pieces()
		for i := range pieces {
			p := part{text: pieces[i].Source(), start: start + pieces[i].Start}
			if !pieces[i].IsLiteral() {
				p.piece = &pieces[i]
			}
			parts = append(parts, p)
		}
		start = end
	}
	return parts, calls, nil
}
