// Package repeat is what a route and the check for its repeated calls say to
// one another. Packages cx and flexible name it in their options, cx/once
// implements it, and neither side imports the other.
package repeat

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"reflect"
	"time"
)

// Key names what is to run once: 64 lower-case hexadecimal digits.
type Key string

// NewKey returns the SHA-256 of its parts, each framed by its length, so that
// no two lists of parts run together.
func NewKey(parts ...[]byte) Key {
	h := sha256.New()
	var frame [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(frame[:], uint64(len(p)))
		h.Write(frame[:]) // a hash never fails
		h.Write(p)
	}
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	var digits [2 * sha256.Size]byte
	hex.Encode(digits[:], sum[:])
	return Key(digits[:])
}

// Outcome says what became of one call.
type Outcome string

// Outcomes of calls with a key.
const (
	// Ran: the call ran and its result was kept, or released on failure.
	Ran Outcome = "run"
	// Replayed: it was answered with a result that was there.
	Replayed Outcome = "replayed"
	// Waited: it waited for a run that was in progress, with or without
	// success.
	Waited Outcome = "waited"
	// Conflict: it ran, but its claim had run out and another had taken the
	// key, so the result was not kept.
	Conflict Outcome = "conflict"
	// Unsaved: it ran, and the store could not be asked before or could not
	// keep the result after.
	Unsaved Outcome = "unsaved"
)

// ErrDown reports that the store could not be asked and that calls do not run
// unchecked.
var ErrDown = errors.New("once: the store is down")

// Once decides which of several calls with one key runs.
type Once interface {
	// Enter returns when the call with key is to run or is answered. To run
	// is a ticket with Settle. Otherwise the result of another call has been
	// passed to parse: kept, or the failure of a run that this call waited
	// for. An error of parse means that the kept result cannot be read, and
	// is ignored. The error is that of ctx, or wraps [ErrDown].
	//
	// The limit is what the caller gives a run; the ticket says what it has.
	Enter(ctx context.Context, key Key, limit time.Duration, parse func(data []byte) error) (Ticket, error)
}

// Missing reports whether o is nil or a nil pointer, such as that of a group
// which was declared and never made.
func Missing(o Once) bool {
	v := reflect.ValueOf(o)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// Ticket is an answer of [Once].
type Ticket struct {
	// Outcome is Replayed or Waited without Settle.
	Outcome Outcome
	// Limit is how long the run may take. It goes on when the caller has
	// gone away.
	Limit time.Duration
	// Settle is to be called once, when the run has ended, from any
	// goroutine. Keep tells whether data answers later calls as well, or is
	// the failure for those that wait now; without data (nil, false) the next
	// of them runs.
	Settle func(data []byte, keep bool) Outcome
}
