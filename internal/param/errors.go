package param

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/cxhook/cxhook/internal/status"
)

// Kinds of faults, found by errors.Is in every [Error].
var (
	// ErrMissing: a required value is not there, or is null.
	ErrMissing = errors.New("required, but missing or null")
	// ErrType: the value is of another JSON type, or a fraction where an
	// integer is wanted.
	ErrType = errors.New("wrong type")
	// ErrRange: the number is beyond what the Go type holds.
	ErrRange = errors.New("out of range")
	// ErrInexact: the whole number is 2^53 or more and comes as a double,
	// which does not tell it from its neighbours.
	ErrInexact = errors.New("integer not known exactly")
	// ErrFormat: the text or composite is of the right JSON type, but not
	// what the Go type reads.
	ErrFormat = errors.New("wrong format")
	// ErrAmbiguous: several names differ from the wanted one in case only.
	ErrAmbiguous = errors.New("several values whose names differ in case only")
	// ErrSyntax: the raw JSON is malformed.
	ErrSyntax = errors.New("malformed JSON")
)

// Error reports a value that is missing or does not fit its Go type. It names
// the source, the name and what was wanted, never the value and never the key
// of a map, since these may be personal data.
//
// As a *status.Error it is a 400 with the same text.
type Error struct {
	// Source is where the value was looked up, such as "session".
	Source string
	// Name is the name of the tag or of the call; a fault inside of a
	// composite adds the path of field names and list indexes, such as
	// "items[2].size". A map key is written as a star.
	Name string
	// Err is what is wrong. It wraps one of the kinds.
	Err error
}

// Error names source, name and fault.
func (e *Error) Error() string {
	return fmt.Sprintf("%s parameter %q: %v", e.Source, e.Name, e.Err)
}

// Unwrap returns the fault.
func (e *Error) Unwrap() error { return e.Err }

// As makes the error a 400 where a *status.Error is asked for.
func (e *Error) As(target any) bool {
	t, ok := target.(**status.Error)
	if ok {
		*t = status.Errorf(http.StatusBadRequest, "%s", e.Error())
	}
	return ok
}

// fault is what is wrong with one value. Its text says what was wanted; the
// cause, which may quote the value, is for errors.As only.
type fault struct {
	path  string // below the field, such as "[2].size"
	kind  error
	text  string
	cause error
}

func (f *fault) Error() string { return f.text }

func (f *fault) Unwrap() []error {
	if f.cause == nil {
		return []error{f.kind}
	}
	return []error{f.kind, f.cause}
}

func faultf(kind error, format string, args ...any) *fault {
	return &fault{kind: kind, text: fmt.Sprintf(format, args...)}
}

// below returns the fault with a step of the path put before its own.
func (f *fault) below(step string) *fault {
	f.path = step + f.path
	return f
}

func typeFault(want string, v Value) *fault {
	return faultf(ErrType, "want %s, have %s", want, v.kind())
}

func missingFault() *fault {
	return &fault{kind: ErrMissing, text: ErrMissing.Error()}
}

func syntaxFault() *fault {
	return &fault{kind: ErrSyntax, text: ErrSyntax.Error()}
}
