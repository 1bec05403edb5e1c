package cx

import (
	"context"
	"encoding/json"
)

// call is what a context knows about the call that it belongs to.
type call struct {
	raw []byte // the request's body as it came
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// RawBody returns the JSON of the webhook request that ctx belongs to, as it
// came over the wire, or nil outside of a call. It holds what the protobuf
// message cannot: integers beyond 2^53 and fields that the message does not
// know. The caller must not change it.
func RawBody(ctx context.Context) json.RawMessage {
	if c := callFrom(ctx); c != nil {
		return c.raw
	}
	return nil
}
