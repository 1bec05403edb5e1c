package webhookjson

import (
	"unsafe"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"
)

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
	texts   block[pair[cxpb.ResponseMessage_Text_, cxpb.ResponseMessage_Text]]
	lines   block[string]
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
	b.strings.forget(size)
	b.numbers.forget(size)
	b.structs.forget(size)
	b.lists.forget(size)
	b.bools.forget(size)
	b.nulls.forget(size)
	b.items.forget(size)
	b.texts.forget(size)
	b.lines.forget(size)
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

// Bounds of a block. Larger ones would be fewer but leave more unused, and
// what counts is how often the collector has to run. 8 bytes of a block of
// 1 KB are the runtime's.
const (
	smallestBlock = 2         // values
	largestBlock  = 1<<10 - 8 // bytes
)

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

// copy returns a copy of list for the message to keep. It has no room to
// grow, so that a handler that appends to it gets memory of its own.
func (b *block[T]) copy(list []T, room int) []T {
	n := len(list)
	if n == 0 {
		return nil
	}
	own := b.take(n, room)[:n:n]
	b.used += n
	copy(own, list)
	return own
}

// take returns at least n values of which the caller adds to used what it
// takes.
func (b *block[T]) take(n, room int) []T {
	if len(b.list)-b.used < n {
		b.grow(n, room)
	}
	return b.list[b.used:]
}
