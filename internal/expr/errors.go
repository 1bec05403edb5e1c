package expr

import (
	"errors"
	"fmt"
)

// The limits of this package.
const (
	MaxConditionBytes = 64 << 10 // length of a condition
	MaxTemplateBytes  = 1 << 20  // length of a template
	MaxDepth          = 64       // nesting of parentheses, calls, lists and quoted texts
	MaxPathSteps      = 64       // names and indexes of one reference
	MaxWork           = 4 << 20  // bytes and items that one evaluation may produce
)

// ErrUnset says that a reference names nothing that is set. A value that is
// explicitly null is no error.
var ErrUnset = errors.New("expr: not set")

// A SyntaxError says where a text departs from the grammar.
type SyntaxError struct {
	Offset   int    // byte offset in the text; inside a quoted argument, the offset of the argument
	Expected string // what the grammar asks for there, such as `")" or ","`
	Found    string // what stands there, shortened; empty at the end of the text
}

func (e *SyntaxError) Error() string {
	if e.Found == "" {
		return fmt.Sprintf("expr: offset %d: expected %s, found the end", e.Offset, e.Expected)
	}
	return fmt.Sprintf("expr: offset %d: expected %s, found %q", e.Offset, e.Expected, e.Found)
}

// A LimitError says which limit was passed, and by what.
type LimitError struct {
	What string // what is too large, such as "condition bytes"
	Have int    // its size, or the size at which evaluation stopped
	Max  int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("expr: %s: have %d, the limit is %d", e.What, e.Have, e.Max)
}

// A FuncError says why a system function gave no value. Its text is meant to
// be shown, as Dialogflow shows it among the SystemFunctionResults.
type FuncError struct {
	Func   string // the function's name, such as "LEN"
	Source string // the call as written
	Reason string
	Cause  error // a LimitError or the error of an argument; may be nil
}

func (e *FuncError) Error() string {
	return fmt.Sprintf("expr: %s: %s", e.Func, e.Reason)
}

// Unwrap returns the cause.
func (e *FuncError) Unwrap() error { return e.Cause }

func syntaxError(src string, offset int, expected string) *SyntaxError {
	offset = min(offset, len(src))
	found := src[offset:]
	for i := range found {
		if i >= 16 {
			found = found[:i]
			break
		}
	}
	return &SyntaxError{Offset: offset, Expected: expected, Found: found}
}
