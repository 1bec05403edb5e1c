// Package webhookjson turns the JSON of a webhook call into protobuf messages
// and back. It is the one place of the library that knows the encoding.
//
// Requests are read as Google sends them: unknown fields and unknown enum
// names are accepted, both spellings of field names, explicit nulls. Answers
// are written compact.
package webhookjson

import (
	"errors"
	"fmt"
)

// Limits bounds what [Decode] accepts. The zero value means the defaults.
type Limits struct {
	// Depth is the deepest nesting of messages, objects and lists, counted
	// as protojson counts its recursion limit. The default is 64.
	Depth int
	// Elements is the most JSON values (scalars, objects, lists) in one
	// body. The default is 65,536.
	Elements int
}

// Default limits.
const (
	DefaultDepth    = 64
	DefaultElements = 1 << 16
)

// ErrSyntax is wrapped by every error of [Decode]: the body is not JSON, or
// not the JSON of the message, or beyond its limits.
var ErrSyntax = errors.New("webhookjson: malformed webhook request")

// LimitError reports a body beyond one of its [Limits]. It wraps ErrSyntax.
type LimitError struct {
	What       string // "depth" or "elements"
	Limit      int
	Have       int // at least this much
	ByteOffset int // where the limit was passed
}

// Error names both numbers and the place.
func (e *LimitError) Error() string {
	return fmt.Sprintf("webhookjson: %s is at least %d at byte %d, the limit is %d", e.What, e.Have, e.ByteOffset, e.Limit)
}

// Unwrap returns [ErrSyntax].
func (e *LimitError) Unwrap() error { return ErrSyntax }
