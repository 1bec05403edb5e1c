package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cxhook/cxhook/cx/once"
)

// Effect runs something that must happen once for an event however often the
// event is delivered: a charge, a message. The name tells the effects of one
// event apart. A later delivery gets what the first one returned; one that
// comes meanwhile waits for it. It takes at most lease: after that another
// delivery may run it again.
//
// A process that dies between the effect and the note of it leaves the effect
// done and unknown. So run gets the key of the effect, which is the same for
// every delivery: hand it to the system that acts, as an idempotency key, where
// that takes one. The store must keep notes for as long as deliveries can
// repeat.
//
// An error of run leaves nothing behind, and the next delivery runs it again.
// An error of the store before run is one to return, so that the delivery is
// repeated; after run it is ErrUnsaved joined to it, beside the result.
func Effect(ctx context.Context, store once.Store, d Delivery, name string, lease time.Duration,
	run func(ctx context.Context, key once.Key) ([]byte, error),
) ([]byte, error) {
	if store == nil || lease <= 0 {
		return nil, errors.New("events: an effect needs a store and a lease")
	}
	key := once.NewKey([]byte("effect"), []byte(d.Source), []byte(d.Tenant), []byte(d.ID), []byte(name))
	for {
		record, err := store.Begin(ctx, key, lease)
		if err != nil {
			return nil, fmt.Errorf("events: effect %q: %w", name, err)
		}
		if record.State == once.Running {
			if record, err = store.Wait(ctx, key, record.Revision); err != nil {
				return nil, fmt.Errorf("events: effect %q: %w", name, err)
			}
		}
		switch record.State {
		case once.Claimed:
			return runEffect(ctx, store, key, record.Revision, lease, run)
		case once.Done:
			return record.Result, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

// ErrUnsaved says that an effect happened and could not be noted.
var ErrUnsaved = errors.New("events: the effect happened, but was not noted")

func runEffect(ctx context.Context, store once.Store, key once.Key, revision uint64, lease time.Duration,
	run func(ctx context.Context, key once.Key) ([]byte, error),
) (result []byte, err error) {
	ended := false
	note := context.WithoutCancel(ctx)
	defer func() {
		if !ended { // failed or panicked
			err = errors.Join(err, store.Abandon(note, key, revision, nil))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, lease)
	defer cancel()
	if result, err = run(ctx, key); err != nil {
		return nil, err
	}
	ended = true
	if err := store.Finish(note, key, revision, result); err != nil {
		return result, errors.Join(ErrUnsaved, err)
	}
	return result, nil
}
