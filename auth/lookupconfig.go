package auth

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The bounds of asking an issuer about tokens.
const (
	// DefaultLookupTTL is how long a good answer counts without asking again,
	// and so how late a revoked token may still pass.
	DefaultLookupTTL = 30 * time.Second
	// MaxLookupTTL is the most that can be configured.
	MaxLookupTTL = 5 * time.Minute
	// DefaultLookupRate is how many unknown tokens are looked up in a second.
	DefaultLookupRate = 50

	maxLookupBytes = 64 << 10 // of an answer
	maxLookupCache = 4096     // good tokens
	maxBackOff     = 5 * time.Minute
)

// LookupConfig is what the verifiers that ask an issuer have in common. Its
// zero value means the defaults.
type LookupConfig struct {
	// Client asks; its redirect policy and cookie jar are not used. The
	// default is one with http.DefaultTransport.
	Client *http.Client
	// TTL is how long a good answer counts, at most until the token expires.
	// The default is DefaultLookupTTL, the most MaxLookupTTL.
	TTL time.Duration
	// Timeout bounds one lookup. The default is DefaultFetchTimeout.
	Timeout time.Duration
	// Rate bounds the lookups of unknown tokens in a second, with bursts of
	// the same number; more are answered 503. The default is
	// DefaultLookupRate.
	Rate int
	// Now is the clock. The default is time.Now.
	Now func() time.Time
	// Observe counts lookups; nil counts nothing.
	Observe Observer
}

func (cfg LookupConfig) withDefaults() (LookupConfig, error) {
	switch {
	case cfg.TTL < 0 || cfg.TTL > MaxLookupTTL:
		return cfg, fmt.Errorf("auth: lookup: TTL is %v, need at most %v", cfg.TTL, MaxLookupTTL)
	case cfg.Timeout < 0 || cfg.Rate < 0:
		return cfg, errors.New("auth: lookup: negative bound")
	}
	if cfg.TTL == 0 {
		cfg.TTL = DefaultLookupTTL
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultFetchTimeout
	}
	if cfg.Rate == 0 {
		cfg.Rate = DefaultLookupRate
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg, nil
}
