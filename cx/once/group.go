package once

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cxhook/cxhook/internal/repeat"
)

// Defaults of [Config].
const (
	// DefaultMargin is what a lease has beyond the time of the run.
	DefaultMargin = 2 * time.Second
	// DefaultStoreTimeout is how long a store may take for one question.
	DefaultStoreTimeout = 150 * time.Millisecond
)

// Policy says what happens to calls while the store is down.
type Policy int

const (
	// Refuse answers them 503: an effect is rather missed than doubled. It
	// is the default.
	Refuse Policy = iota
	// RunAnyway lets them run without a check, for routes that only read.
	RunAnyway
)

// Config configures a [Group].
type Config struct {
	// Store holds claims and results. It is required. Several groups, also
	// of different processes, may share one.
	Store Store
	// WhenDown says what happens while the store cannot be asked, [Refuse]
	// by default.
	WhenDown Policy
	// Limit is the least time that a run is given. By default that is what
	// the call has: the handler's deadline. With a longer one, at best twice
	// the webhook's timeout, a run may outlast its first attempt, and the
	// repeated call gets its result.
	Limit time.Duration
	// Margin is what the lease of a claim has beyond the time of the run, 2
	// s by default: for handlers that end late and for stores that are slow
	// to keep the result.
	Margin time.Duration
	// StoreTimeout is how long the store may take for one question, and so
	// what it can add to the latency of a call before and after its run: 150
	// ms by default.
	StoreTimeout time.Duration
	// Logger gets a line when the store fails, and for each kept result that
	// cannot be read. The default is slog.Default().
	Logger *slog.Logger
}

// Outcome says what became of one call.
type Outcome = repeat.Outcome

// Outcomes.
const (
	// Ran ("run"): the call ran, and its result was kept, or, on failure,
	// its key released.
	Ran = repeat.Ran
	// Replayed ("replayed"): it was answered with a kept result.
	Replayed = repeat.Replayed
	// Waited ("waited"): another call was running; this one waited for its
	// result, whether or not it came in time.
	Waited = repeat.Waited
	// Conflict ("conflict"): it ran, and longer than its lease, so that its
	// result was not kept.
	Conflict = repeat.Conflict
	// Unsaved ("unsaved"): it ran, unchecked or without its result being
	// kept, because the store failed.
	Unsaved = repeat.Unsaved
)

// ErrDown reports a call that was not run because its store failed.
var ErrDown = repeat.ErrDown

// Group lets calls with the same key run once. Make one with [New]. It is safe
// for concurrent use.
type Group struct {
	cfg   Config
	local bool // the store does not block
	stats counters
	runs  repeat.InProgress
}

type counters struct {
	ran, replayed, waited, conflicts, unsaved, unreadable, failures atomic.Uint64
}

// Stats counts what became of the calls of a [Group] since it was made.
type Stats struct {
	Ran, Replayed, Waited, Conflicts, Unsaved uint64
	// Unreadable is the number of kept results that were ignored.
	Unreadable uint64
	// StoreFailures is the number of questions that the store did not answer.
	StoreFailures uint64
}

// New returns a group. It fails without a store and for negative times.
func New(cfg Config) (*Group, error) {
	switch {
	case cfg.Store == nil:
		return nil, errors.New("once: a group needs a store")
	case cfg.WhenDown != Refuse && cfg.WhenDown != RunAnyway:
		return nil, fmt.Errorf("once: unknown policy %d", cfg.WhenDown)
	case cfg.Limit < 0 || cfg.Margin < 0 || cfg.StoreTimeout < 0:
		return nil, fmt.Errorf("once: limit %v, margin %v, store timeout %v: want none below 0", cfg.Limit, cfg.Margin, cfg.StoreTimeout)
	}
	if cfg.Margin == 0 {
		cfg.Margin = DefaultMargin
	}
	if cfg.StoreTimeout == 0 {
		cfg.StoreTimeout = DefaultStoreTimeout
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	_, local := cfg.Store.(*Memory)
	return &Group{cfg: cfg, local: local}, nil
}

// Stats returns the present counts.
func (g *Group) Stats() Stats {
	s := &g.stats
	return Stats{
		Ran: s.ran.Load(), Replayed: s.replayed.Load(), Waited: s.waited.Load(), Conflicts: s.conflicts.Load(),
		Unsaved: s.unsaved.Load(), Unreadable: s.unreadable.Load(), StoreFailures: s.failures.Load(),
	}
}

// Drain waits until no run is in progress, also none whose caller has gone
// away, and until their results were kept. It is fit for cx.WithShutdown. Its
// error is that of ctx.
func (g *Group) Drain(ctx context.Context) error {
	if err := g.runs.Wait(ctx); err != nil {
		return fmt.Errorf("once: runs in progress: %w", err)
	}
	return nil
}
