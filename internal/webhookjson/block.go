package webhookjson

import "google.golang.org/protobuf/types/known/structpb"

// blocks is where the values of one message are allocated: many at a time,
// each with the wrapper of its kind beside it. Blocks are made for one
// message and belong to it; none is ever used for a second one. All that is
// kept is how many values of each kind the last body had, from which the
// sizes of the blocks for the next one are guessed.
type blocks struct {
	strings block[stringValue]
	numbers block[numberValue]
	structs block[structValue]
	lists   block[listValue]
	bools   block[boolValue]
	nulls   block[nullValue]
	items   block[*structpb.Value]
}

// forget lets go of what belongs to the message that was built from size bytes.
func (b *blocks) forget(size int) {
	b.strings.forget(size)
	b.numbers.forget(size)
	b.structs.forget(size)
	b.lists.forget(size)
	b.bools.forget(size)
	b.nulls.forget(size)
	b.items.forget(size)
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

// Blocks hold at least and at most so many values, and never more than the
// rest of the body can have.
const (
	smallestBlock = 2
	largestBlock  = 256
	bytesPerValue = 3
)

type block[T any] struct {
	free   []T
	made   int // values in all blocks for this message
	per4KB int // values in 4 KB of the last body
}

// next returns a new zero T; room is how much of the body is left.
func (b *block[T]) next(room int) *T {
	if len(b.free) == 0 {
		b.grow(1, room)
	}
	v := &b.free[0]
	b.free = b.free[1:]
	return v
}

// grow makes a block of at least need values. The first one is as large as
// the last body suggests, later ones a quarter of what there is.
func (b *block[T]) grow(need, room int) {
	guess := b.made / 4
	if b.made == 0 {
		guess = room * b.per4KB >> 12
	}
	n := max(need, min(max(guess+1, smallestBlock), largestBlock, room/bytesPerValue+1))
	b.made += n
	b.free = make([]T, n)
}

func (b *block[T]) forget(size int) {
	if size > 0 {
		b.per4KB = (b.made - len(b.free)) << 12 / size
	}
	b.free, b.made = nil, 0
}

// copyItems returns a copy of list for the message to keep. It has no room to
// grow, so that a handler that appends to it gets memory of its own.
func (b *blocks) copyItems(list []*structpb.Value, room int) []*structpb.Value {
	n := len(list)
	if n == 0 {
		return nil
	}
	if len(b.items.free) < n {
		b.items.grow(n, room)
	}
	own := b.items.free[:n:n]
	b.items.free = b.items.free[n:]
	copy(own, list)
	return own
}
