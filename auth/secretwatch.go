package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// The defaults of a [SecretWatch].
const (
	DefaultSecretInterval = time.Minute
	DefaultSecretOverlap  = time.Hour
	DefaultSecretMaxStale = 24 * time.Hour
	DefaultSecretTimeout  = 5 * time.Second
)

const (
	// earliestRefresh is the least time between two loads, whatever asks for
	// them.
	earliestRefresh = 10 * time.Second
	// firstSecretRetry is the pause after a load that failed; it doubles up to the
	// interval.
	firstSecretRetry = time.Second
	// maxOldSecrets bounds the values in their overlap.
	maxOldSecrets = 4
)

// ErrSecretRevoked reports a value that its store will not give out any more
// because it was disabled, destroyed or deleted. A watch drops it at once,
// overlap or not.
var ErrSecretRevoked = errors.New("auth: secret was revoked")

// SecretWatchConfig configures a [SecretWatch]. Name and Load must be set; the
// zero value is refused.
type SecretWatchConfig struct {
	// Name says in logs and errors which secret it is: its resource name or
	// path.
	Name string
	// Load fetches the current value, labelled with its version where it has
	// one. An error that matches ErrSecretUnavailable is temporary; one that
	// matches ErrSecretRevoked means that there is no current value. The watch
	// never calls it twice at once.
	Load func(context.Context) (Secret, error)
	// Recheck, if set, tells whether a value that was loaded before is still
	// good. Old values are rechecked at each load during their overlap, and
	// the current one when Load says that it was revoked.
	Recheck func(context.Context, Secret) error
	// Format is what the secret holds.
	Format SecretFormat
	// TrimNewline takes one line end off the value, as echo writes it. Without
	// it the bytes stay as they are, and a line end is warned of.
	TrimNewline bool
	// AllowWeak accepts values of less than MinSecretBytes bytes.
	AllowWeak bool
	// Interval is the time between two loads, Overlap how long an old value
	// is accepted after a new one has come, MaxStale how long the values are
	// used while none can be loaded, and Timeout bounds one load. The
	// defaults are DefaultSecretInterval and so on.
	Interval, Overlap, MaxStale, Timeout time.Duration
	// Logger is told of rotations and of loads that failed, never a value;
	// the default is slog.Default().
	Logger *slog.Logger
}

// SecretWatch is a source that loads its secret again and again in the
// background. A rotation therefore needs no restart: the new value is accepted
// as soon as it was seen, and the old one until its overlap ends.
//
// Requests never wait for a load. One that brings an unknown value makes the
// next load come early, at most every ten seconds, since the caller may have
// learnt of the new value first. A new value that breaks the format is not
// taken over, and the last good one stays.
type SecretWatch struct {
	cfg    SecretWatchConfig
	cancel context.CancelFunc
	done   chan struct{}
	hurry  chan struct{} // capacity 1: somebody wants a load soon

	mu      sync.RWMutex
	current Secret
	alone   []Secret    // current as a list, for the time without old ones
	old     []oldSecret // the latest first
	loaded  time.Time   // of the last load that succeeded; zero before the first
}

type oldSecret struct {
	Secret
	until time.Time
}

// NewSecretWatch loads the secret once and goes on in the background until ctx
// ends or [SecretWatch.Close] is called. It fails if the value cannot be used
// or is refused for good; if it is only unavailable now, the watch starts
// without a value, and Ready says so.
func NewSecretWatch(ctx context.Context, cfg SecretWatchConfig) (*SecretWatch, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &SecretWatch{cfg: cfg, cancel: cancel, done: make(chan struct{}), hurry: make(chan struct{}, 1)}
	err := w.refresh(ctx)
	if err != nil && !errors.Is(err, ErrSecretUnavailable) {
		cancel()
		return nil, err
	}
	if err != nil {
		cfg.Logger.Error("secret not loaded, calls are refused until it is", "secret", cfg.Name, "error", err)
	}
	go w.run(ctx, err == nil)
	return w, nil
}

func (cfg *SecretWatchConfig) complete() error {
	if cfg.Name == "" || cfg.Load == nil {
		return errors.New("auth: a secret to watch needs a name and a way to load it")
	}
	if cfg.Format < SecretKey || cfg.Format > SecretClient {
		return fmt.Errorf("auth: secret %q has no known format", cfg.Name)
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		usual time.Duration
	}{
		{"interval", &cfg.Interval, DefaultSecretInterval},
		{"overlap", &cfg.Overlap, DefaultSecretOverlap},
		{"greatest age", &cfg.MaxStale, DefaultSecretMaxStale},
		{"timeout", &cfg.Timeout, DefaultSecretTimeout},
	} {
		if *d.value < 0 {
			return fmt.Errorf("auth: secret %q has the %s %v, need a positive time", cfg.Name, d.name, *d.value)
		}
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return nil
}

// Secrets implements [SecretSource].
func (w *SecretWatch) Secrets() ([]Secret, error) {
	now := time.Now()
	w.mu.RLock()
	defer w.mu.RUnlock()
	var list []Secret
	stale := now.Sub(w.loaded) > w.cfg.MaxStale
	if w.current.Len() > 0 && !stale {
		list = w.alone
	}
	for _, o := range w.old {
		if now.Before(o.until) && !stale {
			list = append(list, o.Secret)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrSecretUnavailable, w.cfg.Name)
	}
	return list, nil
}

// Ready returns nil if there is a value to compare with, for health checks.
func (w *SecretWatch) Ready() error {
	_, err := w.Secrets()
	return err
}

// Close ends the background loads and waits for the last one. The values stay
// until they are too old.
func (w *SecretWatch) Close() {
	w.cancel()
	<-w.done
}

// refreshSoon implements secretRefresher.
func (w *SecretWatch) refreshSoon() {
	select {
	case w.hurry <- struct{}{}:
	default: // somebody has asked already
	}
}

// run loads again and again. After a failure the pauses grow, and nobody can
// shorten them.
func (w *SecretWatch) run(ctx context.Context, ok bool) {
	defer close(w.done)
	pause, last := firstSecretRetry, time.Now()
	for {
		var early <-chan struct{}
		wait := w.cfg.Interval
		if ok {
			early, pause = w.hurry, firstSecretRetry
		} else {
			wait, pause = min(pause, w.cfg.Interval), min(2*pause, w.cfg.Interval)
		}
		if !sleep(ctx, jitter(wait), early, last.Add(earliestRefresh)) {
			return
		}
		err := w.refresh(ctx)
		last = time.Now()
		if ctx.Err() != nil {
			return
		}
		if ok = err == nil; !ok {
			list, _ := w.Secrets() // none is one of the cases
			w.cfg.Logger.Error("secret not loaded", "secret", w.cfg.Name, "error", err, "values_in_use", len(list))
		}
	}
}

// sleep waits for d, or less if somebody is early, but then until the given
// time at least. It reports false when ctx has ended.
func sleep(ctx context.Context, d time.Duration, early <-chan struct{}, earliest time.Time) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	case <-early:
	}
	rest := time.NewTimer(time.Until(earliest))
	defer rest.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-rest.C:
	}
	return true
}

// jitter spreads the loads of many instances: between 0.9 and 1.1 of d.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}
