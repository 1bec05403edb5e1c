package jetstream

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/cxhook/cxhook/cx/once"
)

// record is what a key holds.
type record struct {
	state    once.State // Running, Done, Failed or Free
	claim    uint64     // sequence of the claim; of a running one its own
	data     []byte
	lease    time.Duration // of a running claim
	sequence uint64        // of the record, as it was read
	written  time.Time     // the same, by the server's clock
}

// recordHead is what every record begins with: the name of its form and its
// version. The state follows, the claim in eight bytes, the data.
const recordHead = "cxk\x01"

var letters = map[once.State]byte{once.Running: 'r', once.Done: 'd', once.Failed: 'f', once.Free: 'x'}

var errForeign = errors.New("once/jetstream: the key holds something else")

func (r record) encode() []byte {
	b := make([]byte, 0, len(recordHead)+1+8+len(r.data))
	b = append(b, recordHead...)
	b = append(b, letters[r.state])
	b = binary.BigEndian.AppendUint64(b, r.claim)
	if r.state == once.Running {
		b = binary.BigEndian.AppendUint64(b, uint64(r.lease))
	}
	return append(b, r.data...)
}

// decode reads the record of a sequence and time. A marker stands where the
// server took one away.
func decode(b []byte, sequence uint64, written time.Time, marker bool) (record, error) {
	r := record{state: once.Free, sequence: sequence, written: written}
	if marker {
		return r, nil
	}
	const n = len(recordHead)
	if len(b) < n+1+8 || string(b[:n]) != recordHead {
		return record{}, errForeign
	}
	r.claim, r.data = binary.BigEndian.Uint64(b[n+1:]), b[n+1+8:]
	for state, letter := range letters {
		if letter == b[n] {
			r.state = state
			if state != once.Running {
				return r, nil
			}
			if len(r.data) != 8 {
				return record{}, errForeign
			}
			r.claim, r.lease, r.data = sequence, time.Duration(binary.BigEndian.Uint64(r.data)), nil
			return r, nil
		}
	}
	return record{}, errForeign
}

// of returns what the record says of the claim at a revision, and whether that
// is over.
func (r record) of(revision uint64) (rec once.Record, over bool) {
	rec = once.Record{State: once.Free, Revision: revision}
	switch {
	case r.claim == revision && r.state == once.Running:
		return rec, false
	case r.claim == revision:
		rec.State, rec.Result = r.state, r.data
		return rec, true
	}
	// What is older than the claim comes from a copy that lags behind; nothing
	// at all, or what is newer, came after it.
	return rec, r.sequence == 0 || r.sequence > revision
}
