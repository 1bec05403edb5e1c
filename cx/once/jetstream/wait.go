package jetstream

import (
	"context"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/cx/once"
)

// lookEvery is how often one that waits looks at its key by itself: the watch
// may lose news, and the server is late to end leases.
const lookEvery = time.Second

// Wait implements [once.Store]. It goes on while the store is away; its error
// is that of ctx.
func (s *Store) Wait(ctx context.Context, key once.Key, revision uint64) (once.Record, error) {
	if _, err := s.subject(key); err != nil {
		return once.Record{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	news := make(chan record)
	go s.watch(ctx, key, news)
	look := time.NewTimer(lookEvery)
	defer look.Stop()
	for {
		var now record
		select {
		case <-ctx.Done():
			return once.Record{}, ctx.Err()
		case now = <-news:
		case <-look.C:
			var err error
			if now, err = s.look(ctx, key); err != nil {
				look.Reset(lookEvery)
				continue
			}
		}
		rec, over := now.of(revision)
		if over {
			return rec, nil
		}
		next := lookEvery
		if now.claim == revision {
			left, err := s.left(ctx, now)
			if err == nil && left <= 0 {
				return rec, nil // free: the lease has ended
			}
			if err == nil {
				next = min(next, left)
			}
		}
		look.Reset(next)
	}
}

// look returns what the key holds.
func (s *Store) look(ctx context.Context, key once.Key) (record, error) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	return s.latest(ctx, key)
}

// watch sends what the key holds and whatever it becomes, until ctx ends. A
// watch that cannot be had, or ends, is begun again.
func (s *Store) watch(ctx context.Context, key once.Key, news chan<- record) {
	for ctx.Err() == nil {
		if w, err := s.kv.Watch(ctx, string(key)); err == nil {
			tell(ctx, w, news)
			_ = w.Stop() // it ends with ctx all the same
		}
		t := time.NewTimer(lookEvery)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// tell sends the news of one watch.
func tell(ctx context.Context, w natsjs.KeyWatcher, news chan<- record) {
	empty := true
	for {
		var now record
		select {
		case <-ctx.Done():
			return
		case entry, ok := <-w.Updates():
			if !ok {
				return
			}
			if entry == nil { // all that was there has been told
				if !empty {
					continue
				}
				now = record{state: once.Free}
			} else {
				empty = false
				var err error
				if now, err = decode(entry.Value(), entry.Revision(), entry.Created(), entry.Operation() != natsjs.KeyValuePut); err != nil {
					continue
				}
			}
		}
		select {
		case news <- now:
		case <-ctx.Done():
			return
		}
	}
}
