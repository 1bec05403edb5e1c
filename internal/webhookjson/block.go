package webhookjson

import "google.golang.org/protobuf/types/known/structpb"

// blocks is where the values of one message are allocated: many at a time,
// each with the wrapper of its kind beside it. Blocks are made for one
// message and belong to it; none is ever used for a second one.
type blocks struct {
	strings block[stringValue]
	numbers block[numberValue]
	structs block[structValue]
	lists   block[listValue]
	bools   block[boolValue]
	nulls   block[nullValue]
	items   []*structpb.Value
}

type (
	stringValue struct {
		value structpb.Value
		kind  structpb.Value_StringValue
	}
	numberValue struct {
		value structpb.Value
		kind  structpb.Value_NumberValue
	}
	boolValue struct {
		value structpb.Value
		kind  structpb.Value_BoolValue
	}
	nullValue struct {
		value structpb.Value
		kind  structpb.Value_NullValue
	}
	structValue struct {
		value  structpb.Value
		kind   structpb.Value_StructValue
		fields structpb.Struct
	}
	listValue struct {
		value structpb.Value
		kind  structpb.Value_ListValue
		list  structpb.ListValue
	}
)

// How many values are allocated at once: one for so many bytes of the body
// that are still to be read, within bounds. A value of a real body takes
// about 40 bytes of it, of all kinds together.
const (
	bytesPerValue = 96
	fewestValues  = 2
	mostValues    = 128
)

type block[T any] struct{ free []T }

// next returns a new zero T; room is how much of the body is left.
func (b *block[T]) next(room int) *T {
	if len(b.free) == 0 {
		b.free = make([]T, min(max(room/bytesPerValue, fewestValues), mostValues))
	}
	v := &b.free[0]
	b.free = b.free[1:]
	return v
}

// copyItems returns a copy of list for the message to keep. It has no room to
// grow, so that a handler that appends to it gets memory of its own.
func (b *blocks) copyItems(list []*structpb.Value, room int) []*structpb.Value {
	n := len(list)
	if n == 0 {
		return nil
	}
	if len(b.items) < n {
		b.items = make([]*structpb.Value, max(n, min(room/bytesPerValue, mostValues)))
	}
	own := b.items[:n:n]
	b.items = b.items[n:]
	copy(own, list)
	return own
}
