package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/cxhook/cxhook/internal/jose"
)

// The bounds of a key set's life. A server's Cache-Control decides between
// the first two.
const (
	// MinKeyAge is the least time that fetched keys count as fresh.
	MinKeyAge = time.Minute
	// MaxKeyAge is the longest time that fetched keys count as fresh.
	MaxKeyAge = 24 * time.Hour
	// DefaultKeyAge holds when the server names no age.
	DefaultKeyAge = 10 * time.Minute
	// DefaultRefetchInterval is the least time between two fetches that bad
	// tokens cause.
	DefaultRefetchInterval = 30 * time.Second
	// DefaultMaxStale is how long keys outlive their age while the issuer is
	// down.
	DefaultMaxStale = 24 * time.Hour
	// DefaultFetchTimeout bounds one fetch.
	DefaultFetchTimeout = 3 * time.Second
)

// firstRetry is the pause after the first failed fetch; it doubles up to the
// refetch interval.
const firstRetry = time.Second

// KeySetConfig configures [NewKeySet].
type KeySetConfig struct {
	// URL is where the issuer publishes its JSON Web Key Set. Only https is
	// taken, and redirects are not followed. Required.
	URL string
	// Client fetches; its redirect policy and cookie jar are not used. The
	// default is http.DefaultTransport. A transport that does not check the
	// server's certificate makes all tokens worthless.
	Client *http.Client
	// RefetchInterval is the least time between two fetches that unknown key
	// ids or bad signatures cause. The default is DefaultRefetchInterval.
	RefetchInterval time.Duration
	// MaxStale is how long keys are used past their age while the issuer is
	// down; after it requests are answered 503. The default is
	// DefaultMaxStale, a negative value means not at all.
	MaxStale time.Duration
	// Timeout bounds one fetch. The default is DefaultFetchTimeout.
	Timeout time.Duration
	// Now is the clock. The default is time.Now.
	Now func() time.Time
	// Logger is told of failed fetches and skipped keys, once for each fetch.
	// The default is slog.Default().
	Logger *slog.Logger
	// Observe counts fetches and the use of stale keys; nil counts nothing.
	Observe Observer
}

// schemeKeys is the scheme that events of key sets name.
const schemeKeys = "keys"

// KeySet holds the public keys of one issuer, fetched from its URL or fixed.
//
// Keys are fetched when they are first needed, again ahead of the end of
// their age, and early when a token names an unknown key or its signature does
// not fit, but then at most once in each refetch interval however many such
// tokens come. Concurrent calls share one fetch, which no caller's hanging up
// can stop. A fetch that fails, or yields no usable key, leaves the last good
// keys in use; one that succeeds replaces them, so removed keys are forgotten.
// Two keys of one id and kind verify nothing. An answer is read up to 1 MiB. It is safe for concurrent use.
type KeySet struct {
	cfg    KeySetConfig
	client *http.Client
	ctx    context.Context
	cancel context.CancelFunc
	flight singleflight.Group

	mu    sync.Mutex
	state keyState
}

// keyState is what is known of the keys at one time.
type keyState struct {
	keys    *jose.KeySet // nil until the first good fetch
	fixed   bool
	age     time.Duration // for which keys are fresh
	fetched time.Time     // when keys came
	tried   time.Time     // when the last fetch began
	running bool          // a fetch is under way
	fails   int           // failed fetches since
	err     error         // of the last fetch
}

// NewKeySet returns a set that is fetched when it is first used, or by
// [KeySet.Refresh] before. A URL that is not an absolute https one is an
// error.
func NewKeySet(cfg KeySetConfig) (*KeySet, error) {
	if _, err := parseHTTPS(cfg.URL); err != nil {
		return nil, fmt.Errorf("auth: key set: %w", err)
	}
	if cfg.RefetchInterval < 0 || cfg.Timeout < 0 {
		return nil, errors.New("auth: key set: negative duration")
	}
	if cfg.RefetchInterval == 0 {
		cfg.RefetchInterval = DefaultRefetchInterval
	}
	if cfg.MaxStale == 0 {
		cfg.MaxStale = DefaultMaxStale
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultFetchTimeout
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	s := &KeySet{cfg: cfg, client: outbound(cfg.Client)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// FixedKeys returns a set that never changes: jwks is a JSON Web Key Set. An
// entry that cannot be used is an error here.
func FixedKeys(jwks []byte) (*KeySet, error) {
	keys, skipped, err := jose.ParsePublicKeys(jwks)
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if len(skipped) > 0 {
		return nil, fmt.Errorf("auth: %w", skipped[0])
	}
	s := &KeySet{cfg: KeySetConfig{Now: time.Now}, state: keyState{keys: keys, fixed: true}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// made reports whether a constructor has made s.
func (s *KeySet) made() bool { return s != nil && s.ctx != nil }

// parseHTTPS refuses URLs over which secrets or keys must not go.
func parseHTTPS(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("URL cannot be parsed")
	case u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("URL %q is not an absolute https one", u.Redacted())
	case u.User != nil || u.Fragment != "":
		return nil, fmt.Errorf("URL %q has user information or a fragment", u.Redacted())
	}
	return u, nil
}

// Close stops a fetch under way and all later ones.
func (s *KeySet) Close() { s.cancel() }

// Refresh fetches the keys now, unless a fetch failed a moment ago. Call it at
// the start, so that a service is not ready before it has keys.
func (s *KeySet) Refresh(ctx context.Context) error {
	before := s.snapshot()
	s.join(ctx, EventKeyFetch, func(st keyState, now time.Time) bool {
		//backstop: it saves a second fetch where another call's has just ended
		return st.tried.Equal(before.tried) && s.open(st, now, 0)
	})
	switch st := s.snapshot(); {
	case st.err != nil:
		return fmt.Errorf("auth: key set: %w", st.err)
	case st.keys == nil:
		return fmt.Errorf("auth: key set: %w", ctx.Err())
	}
	return nil
}

// verify checks the token's signature by the issuer's keys. The error is one
// of package jose, or errNoKeys.
func (s *KeySet) verify(ctx context.Context, t *jose.Token) error {
	keys, err := s.current(ctx)
	if err != nil {
		return err
	}
	err = keys.Verify(t)
	if err == nil {
		return nil
	}
	s.join(ctx, EventKeyRefetch, func(st keyState, now time.Time) bool {
		//backstop: it saves a fetch where another call's has just brought new keys
		return st.keys == keys && s.open(st, now, s.cfg.RefetchInterval)
	})
	newer := s.snapshot().keys
	//backstop: it saves a second verification
	if newer == keys {
		return err
	}
	return newer.Verify(t)
}

// errNoKeys reports that the issuer's keys cannot be had.
var errNoKeys = errors.New("auth: no keys of the issuer")

// current returns the keys to verify with, fetching them when they are
// missing or past their age, and ahead of that without waiting.
func (s *KeySet) current(ctx context.Context) (*jose.KeySet, error) {
	st, now := s.snapshot(), s.cfg.Now()
	switch {
	case !s.due(st, now):
	case st.keys != nil && st.since(now) < st.age:
		s.start(EventKeyFetch, s.due)
	default:
		s.join(ctx, EventKeyFetch, s.due)
		st, now = s.snapshot(), s.cfg.Now()
	}
	switch over := st.since(now) - st.age; {
	case st.fixed:
		return st.keys, nil
	//backstop: keys that never came are very old
	case st.keys == nil, over >= 0 && over >= s.cfg.MaxStale:
		return nil, errNoKeys
	case over >= 0:
		s.cfg.Observe.report(EventKeysStale, schemeKeys, s.cfg.URL)
	}
	return st.keys, nil
}

// due reports whether keys are missing or in the last quarter of their age,
// and can be fetched.
func (s *KeySet) due(st keyState, now time.Time) bool {
	return (st.keys == nil || st.since(now) >= st.age*3/4) && s.open(st, now, 0)
}

// since returns how old the keys are. A clock that was set back makes them
// new.
func (st keyState) since(now time.Time) time.Duration { return max(0, now.Sub(st.fetched)) }

func (s *KeySet) snapshot() keyState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// open reports whether a fetch is under way, so that it can be joined, or may
// begin: the given pause after the last one is over, and so is the one that
// failed fetches impose. Fixed keys are never fetched.
func (s *KeySet) open(st keyState, now time.Time, pause time.Duration) bool {
	if st.fixed {
		return false
	}
	if st.fails > 0 {
		pause = max(pause, min(firstRetry<<min(st.fails-1, 16), s.cfg.RefetchInterval))
	}
	return st.running || elapsed(now, st.tried) >= pause
}

// elapsed returns how long ago then was. A clock that was set back counts as
// one that has gone far, so that no pause outlasts it.
func elapsed(now, then time.Time) time.Duration {
	if d := now.Sub(then); d >= 0 {
		return d
	}
	return math.MaxInt64
}
