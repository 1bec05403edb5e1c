package httpio

import (
	"context"
	"errors"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
)

// ErrOverload reports that the bodies in flight hold all the memory that they
// may.
var ErrOverload = errors.New("httpio: too many request bytes in flight")

// Budget bounds the bytes of all request bodies that are read, decoded and
// answered at the same time. It is safe for concurrent use.
type Budget struct {
	sem  *semaphore.Weighted
	size int64
	wait time.Duration
}

// NewBudget returns a budget of size bytes, of which a body that finds none
// left waits for its share at most as long as given.
func NewBudget(size int64, wait time.Duration) *Budget {
	return &Budget{sem: semaphore.NewWeighted(size), size: size, wait: wait}
}

func (b *Budget) acquire(n int64) error {
	if b.sem.TryAcquire(n) {
		return nil
	}
	if n > b.size {
		return ErrOverload
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.wait)
	defer cancel()
	if b.sem.Acquire(ctx, n) != nil {
		return ErrOverload
	}
	return nil
}

// Charge makes the body of r, which must come from [Limit], count against the
// budget from its first read on; a body that finds no room fails with
// [ErrOverload]. The share is held until [Release].
func Charge(r *http.Request, budget *Budget) {
	b, ok := r.Body.(*body)
	if !ok {
		panic("httpio: Charge of a request that did not come from Limit")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.budget = budget
}

// Release gives back what the body of r holds of its budget. The body stays
// readable; what still uses it is no longer counted.
func Release(r *http.Request) {
	b, ok := r.Body.(*body)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.budget != nil && b.charged > 0 {
		b.budget.sem.Release(b.charged)
	}
	b.budget, b.charged = nil, 0
}

// charge raises the share of the body to n bytes.
func (b *body) charge(n int64) error {
	if b.budget == nil || n <= b.charged {
		return nil
	}
	if err := b.budget.acquire(n - b.charged); err != nil {
		return err
	}
	b.charged = n
	return nil
}
