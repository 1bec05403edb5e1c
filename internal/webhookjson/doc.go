// Package webhookjson turns the JSON of a webhook call into protobuf messages
// and back. It is the one place of the library that knows the encoding.
//
//	var req cxpb.WebhookRequest
//	err := webhookjson.Decode(body, &req, webhookjson.Limits{})
//	...
//	buf, err = webhookjson.Append(buf[:0], resp)
//
// [Decode] accepts what protojson accepts with DiscardUnknown and makes an
// equal message: both spellings of field names, explicit nulls, enum names
// and numbers, unknown fields and enum names. It refuses what protojson
// refuses: duplicate fields and map keys, two members of a oneof, invalid
// UTF-8, lone surrogates, numbers out of range, anything after the message.
// It has two limits beyond that, see [Limits]. [Append] writes what
// protojson.Marshal writes, without its random spaces and with sorted map
// keys, so equal messages give equal bytes.
//
// The fields of each message are found in its descriptor when the program
// starts. A body or an answer that uses a field which this package has no
// code for, because the protobuf package is newer, goes to protojson whole.
//
// # Memory
//
// The body given to Decode belongs to the message afterwards: strings of the
// message are parts of it. Neither the caller nor anyone else may change it.
// What the message needs beside the body comes from blocks that are allocated
// for this one call and never used again, so a handler may keep and change
// the message, or any part of it, for as long as it likes. A part that is
// kept may keep the whole body and its blocks from being collected; where
// that matters keep a copy instead (strings.Clone, proto.Clone followed by
// dropping the strings of the original).
//
// # Without messages
//
// A [Raw] is the same body read in one validating pass that builds nothing:
// it knows the tag and the ids, and where each parameter's JSON lies. Scan
// refuses exactly what Decode refuses. [Members], [Elements] and [Text] walk
// the JSON found in it.
package webhookjson

import (
	"errors"
	"fmt"
)

// Limits bounds what [Decode] and [Raw.Scan] accept. The zero value means the
// defaults. Bodies of 2 GiB and more are refused in any case.
type Limits struct {
	// Depth is the deepest nesting of messages, objects and lists, counted
	// as protojson counts its RecursionLimit: the request is level 1, a
	// message in it level 2, and every value of a Struct, scalars too, is one
	// level deeper than the value or message around it. The default is 64.
	Depth int
	// Elements is the most JSON values in one body: every scalar, object and
	// list counts as one, also inside unknown fields, the outermost object
	// too; names of members do not count. The default is 65,536: the most
	// memory that a body of 1 MiB can then make Decode allocate is 28 MiB, by
	// objects in objects, and a Scan 2 MiB.
	Elements int
}

// Default limits. A body of 1 MiB as Dialogflow writes them has about 33,000
// values, without its blanks about 46,000.
const (
	DefaultDepth    = 64
	DefaultElements = 1 << 16
)

func (l Limits) withDefaults() Limits {
	if l.Depth == 0 {
		l.Depth = DefaultDepth
	}
	if l.Elements == 0 {
		l.Elements = DefaultElements
	}
	return l
}

// ErrSyntax is wrapped by every error of [Decode] and [Raw.Scan]: the body is
// not JSON, or not the JSON of the message, or beyond its limits.
var ErrSyntax = errors.New("webhookjson: malformed webhook request")

// SyntaxError reports where and why a body was refused. It never repeats any
// of the body. It wraps [ErrSyntax].
type SyntaxError struct {
	ByteOffset int
	Reason     string
}

// Error names the reason and the place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("webhookjson: %s at byte %d", e.Reason, e.ByteOffset)
}

// Unwrap returns [ErrSyntax].
func (e *SyntaxError) Unwrap() error { return ErrSyntax }

// LimitError reports a body beyond one of its [Limits]. It wraps [ErrSyntax].
type LimitError struct {
	What       string // "depth", "elements" or "bytes"
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
