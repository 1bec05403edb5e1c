package flexible

import (
	"fmt"
	"strings"

	"github.com/cxhook/cxhook/internal/expr"
	"golang.org/x/net/http/httpguts"
)

// Template is a URL, body or header value with references in it, read once by
// [ParseURL], [ParseBody] or [ParseHeader] and rendered for any number of
// parameter sets. It is immutable and safe for concurrent use.
type Template struct {
	text     string
	program  program
	set      settings
	warnings Faults

	body     *bodyNode // of a body: what it holds
	origin   string    // of a URL: scheme, host and port
	pathRefs int       // of a URL: how many references its path has
	header   bool
}

// String returns the template in its normal form, which reads as the same
// template again: a body as compact JSON, a URL with everything encoded that
// needs it, a header value without blanks around it.
func (t *Template) String() string { return t.text }

// References returns the references and system functions of the template as
// they are written, in order.
func (t *Template) References() []string {
	var refs []string
	for i := range t.program {
		if p := t.program[i].piece; p != nil {
			refs = append(refs, p.Source())
		}
	}
	return refs
}

// Warnings returns what is suspect in the template and yet no fault.
func (t *Template) Warnings() []Fault { return t.warnings }

// Append renders the template behind dst. A failure is a [*ValueError], or
// reports that a rendered URL or header value is not allowed to be sent; dst is
// lost then. A nil env knows no parameters.
func (t *Template) Append(dst []byte, env *Env) ([]byte, error) {
	start := len(dst)
	dst, err := t.program.append(dst, inOneRendering(env), &t.set)
	if err != nil {
		return nil, err
	}
	switch {
	case t.pathRefs > 0:
		if err := checkDots(pathOf(string(dst[start:]))); err != nil {
			return nil, refused(t.References()[:t.pathRefs], InURL, err)
		}
	case t.header && !httpguts.ValidHeaderFieldValue(string(dst[start:])):
		return nil, refused(t.References(), InHeader, errControl)
	}
	return dst, nil
}

// refused blames all references that the text was made of: which value did it
// cannot be told once they are joined.
func refused(references []string, where Place, err error) error {
	return &ValueError{Reference: strings.Join(references, " or "), Where: where, Err: err}
}

// buffer returns an empty buffer for one rendering.
func (t *Template) buffer() []byte { return make([]byte, 0, t.program.room()) }

// Render renders the template with the values of scope.
func (t *Template) Render(scope Scope) (string, error) {
	out, err := t.Append(t.buffer(), &Env{Scope: scope})
	return string(out), err
}

// ParseHeader reads the template of a header value. System functions are
// evaluated in it. The error is [Faults].
func ParseHeader(src string, opts ...CompileOption) (*Template, error) {
	t, faults := parseHeader(src, newSettings(opts))
	if err := faults.err(); err != nil {
		return nil, err
	}
	return t, nil
}

func parseHeader(src string, set settings) (*Template, Faults) {
	src = strings.TrimSpace(src)
	parsed, err := expr.ParseTemplate(src)
	if err != nil {
		return nil, Faults{faultf(-1, "%w", err)}
	}
	var faults Faults
	for _, p := range parsed.Problems() {
		faults = append(faults, faultf(p.Offset, "%w", p))
	}
	if !httpguts.ValidHeaderFieldValue(src) {
		faults = append(faults, faultf(-1, "%w", errControl))
	}
	var b programBuilder
	pieces := parsed.Pieces()
	for i := range pieces {
		if pieces[i].IsLiteral() {
			b.literal(pieces[i].Source())
			continue
		}
		b.reference(&pieces[i], InHeader)
	}
	t := &Template{set: set, program: b.program(), header: true, text: src}
	return t, faults
}

var errControl = fmt.Errorf("the header value would hold a control character")
