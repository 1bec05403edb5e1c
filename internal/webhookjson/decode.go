package webhookjson

import (
	"fmt"
	"sync"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"
)

// Decode reads body into req, which it resets first; after an error req is
// empty. The body belongs to req from then on: its strings are parts of it.
// The error is a [*SyntaxError] or a [*LimitError], and wraps [ErrSyntax]
// always.
func Decode(body []byte, req *cxpb.WebhookRequest, lim Limits) error {
	return theSchema().decode(body, req, lim)
}

func (s *schema) decode(body []byte, req *cxpb.WebhookRequest, lim Limits) error {
	d := newDecoder(body, lim)
	defer d.release()
	req.Reset()
	err := d.whole(s.request, req)
	switch {
	case err != nil:
	case d.foreign:
		err = foreignDecode(body, req, lim)
	default:
		err = d.build()
	}
	if err != nil {
		req.Reset()
	}
	return err
}

// foreignDecode leaves a body to protojson. The caller has checked the limits.
func foreignDecode(body []byte, req *cxpb.WebhookRequest, lim Limits) error {
	opts := protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: lim.withDefaults().Depth}
	if err := opts.Unmarshal(body, req); err != nil {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return nil
}

// decoder reads one body, once. It either builds a message or, with a nil
// message, checks the body and notes in raw where things are.
type decoder struct {
	lexer
	limits   Limits
	depth    int // levels left
	elements int // values left
	foreign  bool
	raw      *Raw
	entries  [lists][]entry // for raw
	blocks   blocks
	tape     tape
	lines    []string // items of all lists of strings
	keys     []string // names in the objects that are open, when nothing is built
	set      keySet
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func newDecoder(body []byte, lim Limits) *decoder {
	d := decoders.Get().(*decoder)
	lim = lim.withDefaults()
	d.reset(body)
	d.limits, d.depth, d.elements = lim, lim.Depth, lim.Elements
	return d
}

// keptScratch is the most entries of scratch space that wait for the next body.
const keptScratch = 1 << 12

// release gives the decoder back. Nothing in it refers to the message or the
// body any more, and nothing in the message to it.
func (d *decoder) release() {
	if d.raw == nil {
		d.blocks.forget(len(d.in))
	}
	d.unescaped.forget(len(d.in))
	d.reset(nil)
	d.foreign, d.raw = false, nil
	d.tape.clear()
	d.odd = recycle(d.odd)
	d.lines = recycle(d.lines)
	d.keys = recycle(d.keys)
	for i := range d.entries {
		d.entries[i] = recycle(d.entries[i])
	}
	if cap(d.set.slots) > 4*keptScratch {
		d.set.slots = nil
	}
	decoders.Put(d)
}

// recycle empties a stack. What was taken off it is zero already.
func recycle[T any](s []T) []T {
	if cap(s) > keptScratch {
		return nil
	}
	clear(s)
	return s[:0]
}

// room returns how much of the body is left.
func (d *decoder) room() int { return len(d.in) - d.pos }

// maxBody is the longest body that places in it have room for.
const maxBody = 1<<31 - 1

// whole reads a body that is one message.
func (d *decoder) whole(t *table, m any) error {
	if len(d.in) > maxBody {
		return &LimitError{What: "bytes", Limit: maxBody, Have: len(d.in)}
	}
	if d.elements--; d.elements < 0 {
		return d.tooMany()
	}
	d.space()
	if err := d.message(t, m); err != nil {
		return err
	}
	d.space()
	if d.pos < len(d.in) {
		return d.fail("unexpected token after the message")
	}
	return nil
}

// message reads the object that is next into m, or checks it if m is nil.
func (d *decoder) message(t *table, m any) error {
	if d.depth--; d.depth < 0 {
		return d.tooDeep()
	}
	if d.head() != '{' {
		return d.unexpected("an object")
	}
	d.pos++
	var seen uint64
	var chosen uint8
	for first := true; ; first = false {
		at := d.pos
		name, more, err := d.member(first)
		if err != nil {
			return err
		}
		if !more {
			d.depth++
			return nil
		}
		f := t.lookup(d.string(name))
		if f == nil {
			if err := d.unknown(d.string(name), at); err != nil {
				return err
			}
			continue
		}
		if seen&f.bit != 0 {
			d.pos = at
			return d.fail("duplicate field")
		}
		seen |= f.bit
		if d.head() == 'n' && !f.keepsNull && d.word("null") {
			continue
		}
		if chosen&f.oneof != 0 {
			d.pos = at
			return d.fail("second member of a oneof")
		}
		chosen |= f.oneof
		if err := d.field(f, m); err != nil {
			return err
		}
	}
}

func (d *decoder) field(f *field, m any) error {
	switch {
	case f.codec == nil:
		d.foreign = true
		return d.discard(0)
	case m != nil:
		return f.codec.read(d, m)
	}
	start := d.pos
	if err := f.codec.scan(d); err != nil {
		return err
	}
	if f.slot != 0 && d.raw != nil {
		d.raw.spans[f.slot] = span{int32(start), int32(d.pos)}
	}
	return nil
}

//go:noinline
func (d *decoder) tooDeep() error {
	return &LimitError{What: "depth", Limit: d.limits.Depth, Have: d.limits.Depth + 1, ByteOffset: d.pos}
}

//go:noinline
func (d *decoder) tooMany() error {
	return &LimitError{What: "elements", Limit: d.limits.Elements, Have: d.limits.Elements + 1, ByteOffset: d.pos}
}

// next moves to the next member or item of the container that closer ends,
// and past its end if there is none. It counts what it finds.
func (d *decoder) next(first bool, closer byte) (more bool, err error) {
	in, i := d.in, d.pos
	if i < len(in) && in[i] <= ' ' {
		i = skipSpace(in, i)
	}
	d.pos = i
	switch {
	case i >= len(in):
		return false, d.unexpected("the end of an object or list")
	case in[i] == closer:
		d.pos = i + 1
		return false, nil
	case first:
	case in[i] != ',':
		return false, d.unexpected("a comma or the end of the object or list")
	default:
		i++
		if i < len(in) && in[i] <= ' ' {
			i = skipSpace(in, i)
		}
		d.pos = i
	}
	if d.elements--; d.elements < 0 {
		return false, d.tooMany()
	}
	return true, nil
}

// member moves to the next member of an object and over its name, to the
// first byte of its value. It does what next does, and what colon does for
// names that at most one blank follows.
func (d *decoder) member(first bool) (name ref, more bool, err error) {
	in, i := d.in, d.pos
	if i < len(in) && in[i] <= ' ' {
		i = skipSpace(in, i)
	}
	switch {
	case i < len(in) && in[i] == ',' && !first:
		i++
		if i < len(in) && in[i] <= ' ' {
			i = skipSpace(in, i)
		}
	case i < len(in) && in[i] == '}':
		d.pos = i + 1
		return ref{}, false, nil
	case !first || i == len(in):
		d.pos = i
		return ref{}, false, d.unexpected("a comma or the end of the object")
	}
	d.pos = i
	if d.elements--; d.elements < 0 {
		return ref{}, false, d.tooMany()
	}
	name, err = d.ref()
	if err != nil {
		return ref{}, false, err
	}
	if i := d.pos; i+2 < len(in) && in[i] == ':' {
		switch {
		case in[i+1] > ' ':
			d.pos = i + 1
			return name, true, nil
		case in[i+1] == ' ' && in[i+2] > ' ':
			d.pos = i + 2
			return name, true, nil
		}
	}
	return name, true, d.colon()
}

// colon moves over the colon after a name, to the first byte of the value.
func (d *decoder) colon() error {
	in, i := d.in, d.pos
	if i < len(in) && in[i] <= ' ' {
		i = skipSpace(in, i)
	}
	if i >= len(in) || in[i] != ':' {
		d.pos = i
		return d.unexpected("a colon")
	}
	i++
	if i < len(in) && in[i] <= ' ' {
		i = skipSpace(in, i)
	}
	d.pos = i
	return nil
}
