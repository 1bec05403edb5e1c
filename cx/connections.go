package cx

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// connections follows the state of a server's connections.
type connections struct {
	mu   sync.Mutex
	busy map[net.Conn]bool // those with a request, or that may be sending one
	idle chan struct{}     // closed when none is busy, nil while nobody waits
}

// change is the server's ConnState hook.
func (c *connections) change(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateNew || state == http.StateActive {
		if c.busy == nil {
			c.busy = make(map[net.Conn]bool)
		}
		c.busy[conn] = true
		return
	}
	delete(c.busy, conn)
	if len(c.busy) == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// awaitIdle waits until no connection is busy or ctx ends.
func (c *connections) awaitIdle(ctx context.Context) {
	c.mu.Lock()
	if len(c.busy) == 0 {
		c.mu.Unlock()
		return
	}
	idle := make(chan struct{})
	c.idle = idle
	c.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}
