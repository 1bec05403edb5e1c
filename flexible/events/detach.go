package events

import (
	"context"
	"net/http"
	"slices"
)

// detached is a context that does not end with the request that it comes
// from. It keeps the request's values but for those that hold credentials:
// the server, with its certificates' keys, and what the user names.
type detached struct {
	context.Context
	hidden []any
}

func detach(ctx context.Context, hidden []any) context.Context {
	return detached{context.WithoutCancel(ctx), hidden}
}

// Value returns what the request's context has, unless it is hidden.
func (d detached) Value(key any) any {
	if key == http.ServerContextKey || slices.Contains(d.hidden, key) {
		return nil
	}
	return d.Context.Value(key)
}
