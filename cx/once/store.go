package once

import (
	"context"
	"errors"
	"time"

	"github.com/cxhook/cxhook/internal/repeat"
)

// Key names what is to run once: 64 lower-case hexadecimal digits, as
// [NewKey] makes them.
type Key = repeat.Key

// keyDigits is the length of a [Key].
const keyDigits = 64

// NewKey returns the SHA-256 of its parts, each framed by its length, so that
// no two lists of parts run together. Begin with a part that says what kind of
// key it is, if several kinds share a store.
func NewKey(parts ...[]byte) Key { return repeat.NewKey(parts...) }

// State is what a [Store] knows of a key.
type State int

// States of a key. The zero State is none of them.
const (
	// Claimed: the caller of Begin has won the key.
	Claimed State = iota + 1
	// Running: another holds it.
	Running
	// Done: a result is kept.
	Done
	// Failed: the run was given up with a failure, for those that wait.
	Failed
	// Free: nobody holds it.
	Free
)

// String returns the name of the state in lower case.
func (s State) String() string {
	switch s {
	case Claimed:
		return "claimed"
	case Running:
		return "running"
	case Done:
		return "done"
	case Failed:
		return "failed"
	case Free:
		return "free"
	}
	return "unknown"
}

// Record is what a [Store] tells of a key.
type Record struct {
	State State
	// Revision is that of the claim, and stays the same when it becomes a
	// kept result. A later claim of the key has a higher one.
	Revision uint64
	// Result is what was given to Finish, when Done, or the failure given to
	// Abandon, when Failed. Nobody may change its bytes.
	Result []byte
}

// Store keeps claims and results. Its methods are safe for concurrent use,
// also from several processes if they share the store. They heed their
// contexts. Time is the store's own.
type Store interface {
	// Begin claims the key for the time of the lease. The state is Claimed if
	// the caller has won, which then calls Finish or Abandon with the
	// revision; Running if another holds the key; Done if there is a result.
	// A key whose lease has run out, whose result is older than the store
	// keeps, or that was abandoned, can be claimed.
	Begin(ctx context.Context, key Key, lease time.Duration) (Record, error)
	// Finish keeps the result and wakes those that wait. It returns [ErrLost]
	// if the claim is not the current one. One whose lease has run out is
	// lost as soon as another has claimed the key, and may be before.
	Finish(ctx context.Context, key Key, revision uint64, result []byte) error
	// Abandon gives up the claim, or the kept result, of the revision: the
	// key can be claimed again, and those that wait get the failure. Without
	// one (nil) they find the key free. It returns [ErrLost] as Finish does.
	Abandon(ctx context.Context, key Key, revision uint64, failure []byte) error
	// Wait returns when the claim of the revision is over: Done, Failed, or
	// Free when its lease has run out or another revision is current. The
	// error is that of ctx, or says that the store cannot be watched.
	Wait(ctx context.Context, key Key, revision uint64) (Record, error)
}

// Errors of stores.
var (
	// ErrLost: the claim is no longer at that revision.
	ErrLost = errors.New("once: the claim is lost")
	// ErrFull: the store has no room, and nothing that it may forget.
	ErrFull = errors.New("once: the store is full")
)
