package repeat

import (
	"context"
	"sync"
)

// InProgress counts what is in progress and lets others wait until nothing is.
// Unlike with a sync.WaitGroup new runs may begin while somebody waits. The
// zero value is ready. It is safe for concurrent use.
type InProgress struct {
	mu   sync.Mutex // guards what follows
	n    int
	none chan struct{} // made by the first that waits, closed when n is back at 0
}

// Begin adds one.
func (p *InProgress) Begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
}

// End takes one away.
func (p *InProgress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n--; p.n == 0 && p.none != nil {
		close(p.none)
		p.none = nil
	}
}

// Go runs f on a goroutine of its own and counts it meanwhile.
func (p *InProgress) Go(f func()) {
	p.Begin()
	go func() {
		defer p.End()
		f()
	}()
}

// Wait returns once nothing is in progress, with the error of ctx if that ends
// before.
func (p *InProgress) Wait(ctx context.Context) error {
	p.mu.Lock()
	if p.n == 0 {
		p.mu.Unlock()
		return nil
	}
	if p.none == nil {
		p.none = make(chan struct{})
	}
	none := p.none
	p.mu.Unlock()
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
