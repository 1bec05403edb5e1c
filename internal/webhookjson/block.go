package webhookjson

import (
	"unsafe"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// blocks is where the values of one message are allocated: many at a time,
// each with the wrapper of its kind beside it. Blocks are made for one
// message and belong to it; none is ever used for a second one.
type blocks struct {
	strings exact[stringValue]
	numbers exact[numberValue]
	structs exact[structValue]
	lists   exact[listValue]
	bools   exact[boolValue]
	nulls   exact[nullValue]
	items   exact[*structpb.Value]
	lines   exact[string]
	texts   block[pair[cxpb.ResponseMessage_Text_, cxpb.ResponseMessage_Text]]
	frame   *frame
}

// frame holds the messages that a request has once.
type frame struct {
	fulfillment cxpb.WebhookRequest_FulfillmentInfo
	intent      cxpb.WebhookRequest_IntentInfo
	page        cxpb.PageInfo
	form        cxpb.PageInfo_FormInfo
	session     cxpb.SessionInfo
	language    cxpb.LanguageInfo
}

// pair is a message in a oneof with its wrapper.
type pair[W, E any] struct {
	wrapper W
	message E
}

func (b *blocks) theFrame() *frame {
	if b.frame == nil {
		b.frame = new(frame)
	}
	return b.frame
}

// forget lets go of what belongs to the message that was built from size bytes.
func (b *blocks) forget(size int) {
	b.strings = exact[stringValue]{}
	b.numbers = exact[numberValue]{}
	b.structs = exact[structValue]{}
	b.lists = exact[listValue]{}
	b.bools = exact[boolValue]{}
	b.nulls = exact[nullValue]{}
	b.items = exact[*structpb.Value]{}
	b.lines = exact[string]{}
	b.texts.forget(size)
	b.frame = nil
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

// Bounds of a block. Larger ones would be fewer, but the runtime finds
// smaller ones sooner. 8 bytes of a block of 1 KB are the runtime's.
const (
	smallestBlock = 2         // values
	largestBlock  = 1<<10 - 8 // bytes
)

// exact is a block of which it is known how many values will be taken.
type exact[T any] struct {
	list []T // the last block
	used int // of it
	want int // values that are still to be taken
}

// next returns a new zero T.
func (b *exact[T]) next() *T {
	if b.used == len(b.list) {
		b.grow(1)
	}
	v := &b.list[b.used]
	b.used++
	b.want--
	return v
}

// grow makes a block of at least need values.
func (b *exact[T]) grow(need int) {
	b.list, b.used = make([]T, max(need, min(b.want, most[T]()))), 0
}

// take returns n new values without room to grow, so that a handler that
// appends to them gets memory of its own.
func (b *exact[T]) take(n int) []T {
	if n == 0 {
		return nil
	}
	if len(b.list)-b.used < n {
		b.grow(n)
	}
	own := b.list[b.used : b.used+n : b.used+n]
	b.used += n
	b.want -= n
	return own
}

// copy returns a copy of list for the message to keep.
func (b *exact[T]) copy(list []T) []T {
	own := b.take(len(list))
	copy(own, list)
	return own
}

// block is one of which that is not known. What is kept from one body to the
// next is how many values there were, from which the size of the first block
// is guessed.
type block[T any] struct {
	list   []T // the last block
	used   int // of it
	made   int // values in all blocks for this message
	per4KB int // values in 4 KB of the last body
}

// next returns a new zero T; room is how much of the body is left.
func (b *block[T]) next(room int) *T {
	if b.used == len(b.list) {
		b.grow(1, room)
	}
	v := &b.list[b.used]
	b.used++
	return v
}

// grow makes a block of at least need values. The first one is as large as
// the last body suggests, later ones a quarter of what there is.
func (b *block[T]) grow(need, room int) {
	guess := b.made / 4
	if b.made == 0 {
		guess = room * b.per4KB >> 12
	}
	n := max(need, min(max(guess+1, smallestBlock), most[T](), room+1))
	b.made += n
	b.list, b.used = make([]T, n), 0
}

// most returns how many values the largest block holds.
func most[T any]() int { return max(smallestBlock, largestBlock/int(unsafe.Sizeof(*new(T)))) }

func (b *block[T]) forget(size int) {
	if size > 0 {
		b.per4KB = (b.made - len(b.list) + b.used) << 12 / size
	}
	b.list, b.used, b.made = nil, 0, 0
}

// take returns at least n values of which the caller adds to used what it
// takes.
func (b *block[T]) take(n, room int) []T {
	if len(b.list)-b.used < n {
		b.grow(n, room)
	}
	return b.list[b.used:]
}
