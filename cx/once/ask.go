package once

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// errSlow reports a store that took longer than its timeout.
var errSlow = errors.New("once: the store did not answer in time")

// lingering is how long a question whose caller has given up may still wait
// for its answer, so that a claim that comes late is given back.
const lingering = 2 * time.Second

// Pauses between the offers of a result to a store that failed.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// begin asks the store for the key, for at most the store timeout. What the
// store answers later is given back.
func (g *Group) begin(ctx context.Context, key Key, lease time.Duration) (Record, error) {
	if g.local {
		return g.cfg.Store.Begin(ctx, key, lease)
	}
	type answer struct {
		rec Record
		err error
	}
	answered := make(chan answer, 1)
	var settled atomic.Bool // by whoever comes first: the answer or the end of patience
	go func() {
		long, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(lingering, g.cfg.StoreTimeout))
		defer cancel()
		var a answer
		a.err = safely(func() (err error) {
			a.rec, err = g.cfg.Store.Begin(long, key, lease)
			return err
		})
		if settled.CompareAndSwap(false, true) {
			answered <- a
		} else if a.err == nil && a.rec.State == Claimed {
			g.abandon(key, a.rec.Revision)
		}
	}()
	timer := time.NewTimer(g.cfg.StoreTimeout)
	defer timer.Stop()
	var err error
	select {
	case a := <-answered:
		return a.rec, a.err
	case <-timer.C:
		err = fmt.Errorf("%w: no claim within %v", errSlow, g.cfg.StoreTimeout)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if settled.CompareAndSwap(false, true) {
		return Record{}, err
	}
	a := <-answered
	return a.rec, a.err
}

// abandon gives back a claim, or a result, that nobody can use. A store that
// fails at it forgets the claim when its lease ends.
func (g *Group) abandon(key Key, revision uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), lingering)
	defer cancel()
	err := safely(func() error { return g.cfg.Store.Abandon(ctx, key, revision, nil) })
	if err != nil && !errors.Is(err, ErrLost) {
		g.failed(key, "abandon", err)
	}
}

// persist offers the end of a run to the store until it is taken, lost, or the
// lease has ended. It returns after the store timeout at the latest, with the
// error so far, and goes on in the background.
func (g *Group) persist(end time.Time, offer func(context.Context) error) error {
	answered := make(chan error, 1)
	var last atomic.Pointer[error] // what the store said so far
	go func() {
		defer g.runs.End()
		// A run that outlasts its lease is offered for a moment all the same: whether
		// the claim is lost is the store's to say.
		if least := time.Now().Add(lingering); end.Before(least) {
			end = least
		}
		ctx, cancel := context.WithDeadline(context.Background(), end)
		defer cancel()
		for wait := firstPause; ; wait = min(2*wait, lastPause) {
			err := safely(func() error {
				ctx, cancel := context.WithTimeout(ctx, lingering)
				defer cancel()
				return offer(ctx)
			})
			if err == nil || errors.Is(err, ErrLost) || ctx.Err() != nil {
				answered <- err
				return
			}
			last.Store(&err)
			pause(ctx, wait)
		}
	}()
	timer := time.NewTimer(g.cfg.StoreTimeout)
	defer timer.Stop()
	select {
	case err := <-answered:
		return err
	case <-timer.C:
	}
	if err := last.Load(); err != nil {
		return *err
	}
	return fmt.Errorf("%w: not kept within %v", errSlow, g.cfg.StoreTimeout)
}

// safely calls a store, whose panic would take the process down.
func safely(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("once: the store panicked: %v", v)
		}
	}()
	return f()
}
