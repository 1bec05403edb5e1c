package flexible

import (
	"errors"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

// Path is the value of a parameterMapping: it selects from an answer. It is
// JSONPath as RFC 9535 defines it, without functions; the leading $. may be
// missing. Paths are immutable and safe for concurrent use.
type Path struct{ path *jsonpath.Path }

// ParsePath reads a path. The error is [Faults].
func ParsePath(src string) (*Path, error) {
	p, faults := parsePath(src)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return p, nil
}

func parsePath(src string) (*Path, Faults) {
	p, err := jsonpath.Parse(src)
	if err == nil {
		return &Path{p}, nil
	}
	at := -1
	if syntax := (*jsonpath.SyntaxError)(nil); errors.As(err, &syntax) {
		at = syntax.Offset
	}
	return nil, Faults{faultf(at, "%w", err)}
}

// Definite reports whether the path consists of names and indexes alone, and
// so selects one value or none. Other paths select a list.
func (p *Path) Definite() bool { return p.path.Definite() }

// String returns the path in its normal form, which reads as the same path.
func (p *Path) String() string { return p.path.String() }

// Get returns what the path selects from v, which holds the values that
// encoding/json makes: of a definite path the value and whether there is one,
// of another path a list, which is empty and never nil when nothing is found.
// The only errors are limits: a path looks at no more than a few million
// values and selects no more than some ten thousand.
func (p *Path) Get(v any) (value any, found bool, err error) { return p.path.Get(v) }
