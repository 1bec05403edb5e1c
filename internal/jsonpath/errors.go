package jsonpath

import "fmt"

// The limits of this package.
const (
	MaxPathBytes = 16 << 10 // length of a path
	MaxDepth     = 64       // nesting of filters and parentheses in a path
	MaxResults   = 64 << 10 // values that one selection may give
	MaxSteps     = 4 << 20  // values that one selection may look at
)

// A SyntaxError says where a path departs from the grammar.
type SyntaxError struct {
	Offset   int    // byte offset in the path as given
	Expected string // what the grammar asks for there
	Found    string // what stands there, shortened; empty at the end
}

func (e *SyntaxError) Error() string {
	if e.Found == "" {
		return fmt.Sprintf("jsonpath: offset %d: expected %s, found the end", e.Offset, e.Expected)
	}
	return fmt.Sprintf("jsonpath: offset %d: expected %s, found %q", e.Offset, e.Expected, e.Found)
}

// A LimitError says which limit was passed, and by what.
type LimitError struct {
	What string
	Have int // the size, or the size at which the selection stopped
	Max  int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("jsonpath: %s: have %d, the limit is %d", e.What, e.Have, e.Max)
}
