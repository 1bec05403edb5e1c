package httpio

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
)

// ErrOverload reports that the requests in flight hold all the memory that
// they may.
var ErrOverload = errors.New("httpio: too many request bytes in flight")

// ValueBytes is what each JSON value of a body counts for beside its bytes:
// about what a decoded value takes at worst.
const ValueBytes = 300

// Budget bounds the memory of requests in flight. It has two purses, so that
// slow senders of large bodies cannot keep others from being served: one for
// what has arrived of bodies that are still being read, and one for bodies
// that are there, until they are answered. It is safe for concurrent use.
type Budget struct {
	reading, work *semaphore.Weighted
	limit         int64 // of work
	wait          time.Duration
}

// NewBudget returns a budget of size bytes for requests that have arrived, and
// of a quarter of that, at least one body of the largest size, for those that
// are still arriving. A request that finds no room waits for it at most as
// long as given.
func NewBudget(size, largest int64, wait time.Duration) *Budget {
	return &Budget{
		reading: semaphore.NewWeighted(max(size/4, largest)),
		work:    semaphore.NewWeighted(size),
		limit:   size, wait: wait,
	}
}

func (b *Budget) acquire(purse *semaphore.Weighted, n int64) error {
	if purse.TryAcquire(n) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.wait)
	defer cancel()
	if purse.Acquire(ctx, n) != nil {
		return ErrOverload
	}
	return nil
}

// Charge makes the body of r, which must come from [Limit], count against the
// budget from its first read on. A body that finds no room fails with
// [ErrOverload]. Once it has arrived it counts with its length and
// [ValueBytes] for each JSON value in it, at most with the whole budget, until
// [Release]. What the body holds of another budget goes back to that.
func Charge(r *http.Request, budget *Budget) {
	b, ok := r.Body.(*body)
	if !ok {
		panic("httpio: Charge of a request that did not come from Limit")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.release()
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
	b.release()
}

func (b *body) release() {
	b.arrived()
	if b.working > 0 {
		b.budget.work.Release(b.working)
	}
	b.budget, b.working = nil, 0
}

// chargeReading raises what the body holds while it arrives to n bytes.
func (b *body) chargeReading(n int64) error {
	if b.budget == nil || n <= b.held {
		return nil
	}
	if err := b.budget.acquire(b.budget.reading, n-b.held); err != nil {
		return err
	}
	b.held = n
	return nil
}

// arrived gives back what the body held while it arrived.
func (b *body) arrived() {
	if b.budget != nil && b.held > 0 {
		b.budget.reading.Release(b.held)
	}
	b.held = 0
}

// chargeWork takes the share of a body that has arrived.
func (b *body) chargeWork() error {
	if b.budget == nil || b.working > 0 || len(b.data) == 0 {
		return nil
	}
	n := min(int64(len(b.data))+ValueBytes*values(b.data), b.budget.limit)
	if err := b.budget.acquire(b.budget.work, n); err != nil {
		return err
	}
	b.working = n
	return nil
}

// values returns a number that the JSON values of data do not exceed: each but
// the first follows an opening or a comma.
func values(data []byte) int64 {
	return 1 + int64(bytes.Count(data, []byte{','})+bytes.Count(data, []byte{'{'})+bytes.Count(data, []byte{'['}))
}
