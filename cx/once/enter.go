package once

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cxhook/cxhook/internal/repeat"
)

// maxRounds bounds how often one call asks for a key that is free whenever it
// was waited for, and taken whenever it is claimed.
const maxRounds = 100

// watchPause is the time before a store that could not be watched is asked
// again.
const watchPause = 50 * time.Millisecond

// Enter is the seam for cx.WithOnce and flexible.WithOnce, which call it: it
// decides whether the call with key is to run, and waits for a run that is in
// progress. See [Group.Do] for a way to use a group directly.
func (g *Group) Enter(ctx context.Context, key Key, limit time.Duration, parse func(data []byte) error) (repeat.Ticket, error) {
	limit = max(limit, g.cfg.Limit)
	outcome := Replayed
	for range maxRounds {
		rec, err := g.begin(ctx, key, limit+g.cfg.Margin)
		if err == nil && rec.State == Running {
			outcome = Waited
			if rec, err = g.wait(ctx, key, rec.Revision); err != nil && ctx.Err() == nil {
				g.failed(key, "wait", err)
				pause(ctx, watchPause)
				continue
			}
		}
		switch {
		case ctx.Err() != nil && err != nil:
			if outcome != Waited {
				return repeat.Ticket{}, ctx.Err()
			}
			g.count(outcome)
			return repeat.Ticket{Outcome: outcome}, ctx.Err()
		case err != nil:
			return g.down(key, limit, err)
		}
		switch rec.State {
		case Claimed:
			return g.claimed(key, rec.Revision, limit), nil
		case Done, Failed:
			if g.readable(key, rec, parse) {
				g.count(outcome)
				return repeat.Ticket{Outcome: outcome}, nil
			}
		case Free:
		default:
			return g.down(key, limit, fmt.Errorf("the store says that the key is %v (%d)", rec.State, rec.State))
		}
	}
	return g.down(key, limit, fmt.Errorf("the key was taken and free again %d times", maxRounds))
}

func (g *Group) wait(ctx context.Context, key Key, revision uint64) (rec Record, err error) {
	err = safely(func() (err error) {
		rec, err = g.cfg.Store.Wait(ctx, key, revision)
		return err
	})
	return rec, err
}

// claimed returns the ticket of a winner.
func (g *Group) claimed(key Key, revision uint64, limit time.Duration) repeat.Ticket {
	g.runs.Begin()
	end := time.Now().Add(limit + g.cfg.Margin) // of the lease, about
	return repeat.Ticket{Outcome: Ran, Limit: limit, Settle: func(data []byte, keep bool) Outcome {
		if keep || data != nil {
			data = repeat.Seal(data)
		}
		outcome := g.settle(key, revision, data, keep, end)
		g.count(outcome)
		return outcome
	}}
}

// down decides about a call whose key could not be claimed.
func (g *Group) down(key Key, limit time.Duration, err error) (repeat.Ticket, error) {
	if g.cfg.WhenDown != RunAnyway {
		g.stats.failures.Add(1) // the caller logs the error
		return repeat.Ticket{}, fmt.Errorf("%w: %w", ErrDown, err)
	}
	g.failed(key, "begin", err)
	g.runs.Begin()
	return repeat.Ticket{Outcome: Unsaved, Limit: limit, Settle: func([]byte, bool) Outcome {
		g.count(Unsaved)
		g.runs.End()
		return Unsaved
	}}, nil
}

// readable passes a result on. One that cannot be read is taken out of the
// store, so that the call can run again.
func (g *Group) readable(key Key, rec Record, parse func([]byte) error) bool {
	data, err := repeat.Open(rec.Result)
	if err == nil {
		err = parse(data)
	}
	if err == nil {
		return true
	}
	g.stats.unreadable.Add(1)
	g.log(slog.LevelWarn, "once: kept result ignored", slog.String("key", string(key)), slog.String("error", err.Error()))
	if rec.State == Done {
		g.abandon(key, rec.Revision)
	}
	return false
}

// failed notes a question that the store did not answer.
func (g *Group) failed(key Key, question string, err error) {
	g.stats.failures.Add(1)
	g.log(slog.LevelError, "once: the store failed",
		slog.String("question", question), slog.String("key", string(key)), slog.String("error", err.Error()))
}

// log writes a line. A logger that panics takes no claim with it.
func (g *Group) log(level slog.Level, text string, attrs ...slog.Attr) {
	defer func() { _ = recover() }()
	g.cfg.Logger.LogAttrs(context.Background(), level, text, attrs...)
}

func (g *Group) count(o Outcome) {
	switch o {
	case Ran:
		g.stats.ran.Add(1)
	case Replayed:
		g.stats.replayed.Add(1)
	case Waited:
		g.stats.waited.Add(1)
	case Conflict:
		g.stats.conflicts.Add(1)
	case Unsaved:
		g.stats.unsaved.Add(1)
	}
}

// settle keeps or releases what a claim came to.
func (g *Group) settle(key Key, revision uint64, data []byte, keep bool, end time.Time) Outcome {
	question, ask := "abandon", g.cfg.Store.Abandon
	if keep {
		question, ask = "finish", g.cfg.Store.Finish
	}
	var err error
	if g.local {
		err = ask(context.Background(), key, revision, data)
		g.runs.End()
	} else {
		err = g.persist(end, func(ctx context.Context) error { return ask(ctx, key, revision, data) })
	}
	switch {
	case err == nil:
		return Ran
	case errors.Is(err, ErrLost):
		return Conflict
	}
	g.failed(key, question, err)
	return Unsaved
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
