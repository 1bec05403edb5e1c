package flexible

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels for what callers branch on.
var (
	// ErrNotFlexible reports a resource of a standard webhook.
	ErrNotFlexible = errors.New("flexible: the webhook is not a flexible one")
	// ErrEmptyAnswer reports an answer without a body. Whether Dialogflow
	// counts one as a failed call is not documented.
	ErrEmptyAnswer = errors.New("flexible: the answer is empty")
	// ErrAnswerSyntax is wrapped by errors on answers that are not JSON.
	ErrAnswerSyntax = errors.New("flexible: the answer is not JSON")
	// ErrAnswerSize is wrapped by errors on answers over MaxResponseBytes.
	ErrAnswerSize = errors.New("flexible: the answer is too large")
)

// Fault is one thing wrong with a resource, a template or a path.
type Fault struct {
	// Field is the path of the field in the API's JSON, such as
	// genericWebService.requestBody or
	// genericWebService.parameterMapping["$flow.total"].
	Field string
	// Offset is the byte in the field's value where the fault lies, and -1
	// if it is the field as a whole.
	Offset int
	// Err says what is wrong. It may be an error with more detail.
	Err error
}

// String names the place and the fault.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.Field)
	if f.Offset >= 0 {
		fmt.Fprintf(&b, " at byte %d", f.Offset)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	fmt.Fprint(&b, f.Err)
	return b.String()
}

// Faults is the error of [Compile], [Check] and the Parse functions: all that
// is wrong, in the order of the resource's fields. It is never empty.
type Faults []Fault

// Error lists the faults, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].String()
	}
	return "flexible: " + strings.Join(lines, "\n")
}

// Unwrap returns the error of each fault.
func (f Faults) Unwrap() []error {
	errs := make([]error, len(f))
	for i := range f {
		errs[i] = f[i].Err
	}
	return errs
}

// err returns f as an error, or nil when there is none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// in returns the faults with their fields below the given one.
func (f Faults) in(field string) Faults {
	out := make(Faults, len(f))
	for i, fault := range f {
		if fault.Field == "" {
			fault.Field = field
		} else {
			fault.Field = field + "." + fault.Field
		}
		out[i] = fault
	}
	return out
}

func faultf(offset int, format string, args ...any) Fault {
	return Fault{Offset: offset, Err: fmt.Errorf(format, args...)}
}

// ValueError reports a parameter whose value cannot go where the template
// puts it. It never holds the value, which may be personal data.
type ValueError struct {
	Reference string // as written in the template
	Where     Place
	Err       error
}

// Error names the reference, the place and the reason.
func (e *ValueError) Error() string {
	return fmt.Sprintf("flexible: the value of %s cannot stand in %s: %v", e.Reference, e.Where, e.Err)
}

// Unwrap returns the reason.
func (e *ValueError) Unwrap() error { return e.Err }
