package jetstream

import (
	"time"

	"github.com/cxhook/cxhook/cx/once"
)

// Reread decodes a record and returns it encoded again, with its state.
func Reread(b []byte) (again []byte, state once.State, err error) {
	r, err := decode(b, 1, time.Time{}, false)
	if err != nil {
		return nil, 0, err
	}
	if r.state == once.Running {
		r.claim = 0 // what a claim is written with: its sequence is not known before
	}
	return r.encode(), r.state, nil
}
