package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cxhook/cxhook/auth"
)

func TestSecretWatchTrailingNewline(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, stored, want string
		trim, warns        bool
	}{
		{"kept and warned of", value(1) + "\n", value(1) + "\n", false, true},
		{"one is trimmed", value(1) + "\n", value(1), true, false},
		{"one of two is trimmed", value(1) + "\n\n", value(1) + "\n", true, true},
		{"with a carriage return", value(1) + "\r\n", value(1), true, false},
		{"nothing to trim", value(1), value(1), true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log lines
				w := watch(t, newVault(tt.stored), &log, func(c *auth.SecretWatchConfig) { c.TrimNewline = tt.trim })
				accepts(t, "loaded", w, tt.want)
				if text := log.take(); strings.Contains(text, "level=WARN") != tt.warns || strings.Contains(text, value(1)) {
					t.Errorf("log %q, want a warning: %t", text, tt.warns)
				}
			})
		})
	}
}

func TestSecretWatchRefused(t *testing.T) {
	t.Parallel()
	good := newVault(value(1)).load
	fails := func(err error) func(context.Context) (auth.Secret, error) {
		return func(context.Context) (auth.Secret, error) { return auth.Secret{}, err }
	}
	gives := func(s string) func(context.Context) (auth.Secret, error) { return newVault(s).load }
	form := `not of the form "user:password"`
	for _, tt := range []struct {
		name string
		cfg  auth.SecretWatchConfig
		want string // in the error, which says what is wrong
	}{
		{"zero value", auth.SecretWatchConfig{}, "needs a name and a way to load"},
		{"no name", auth.SecretWatchConfig{Load: good}, "needs a name and a way to load"},
		{"no loader", auth.SecretWatchConfig{Name: "x"}, "needs a name and a way to load"},
		{"format before the first", auth.SecretWatchConfig{Name: "x", Load: good, Format: auth.SecretKey - 1}, "no known format"},
		{"format behind the last", auth.SecretWatchConfig{Name: "x", Load: good, Format: auth.SecretClient + 1}, "no known format"},
		{"negative interval", auth.SecretWatchConfig{Name: "x", Load: good, Interval: -1}, "the interval -1ns"},
		{"negative overlap", auth.SecretWatchConfig{Name: "x", Load: good, Overlap: -1}, "the overlap -1ns"},
		{"negative age", auth.SecretWatchConfig{Name: "x", Load: good, MaxStale: -1}, "the greatest age -1ns"},
		{"negative timeout", auth.SecretWatchConfig{Name: "x", Load: good, Timeout: -1}, "the timeout -1ns"},
		{"permission denied", auth.SecretWatchConfig{Name: "x", Load: fails(errors.New("permission denied"))}, "permission denied"},
		{"revoked", auth.SecretWatchConfig{Name: "x", Load: fails(auth.ErrSecretRevoked)}, "revoked"},
		{"empty", auth.SecretWatchConfig{Name: "x", Load: gives("")}, "is empty"},
		{"blank", auth.SecretWatchConfig{Name: "x", Load: gives(strings.Repeat(" ", 20)), AllowWeak: true}, "is blank"},
		{"short", auth.SecretWatchConfig{Name: "x", Load: gives("tiny-canary")}, "is 11 bytes long, need at least 16"},
		{"over 64 KiB", auth.SecretWatchConfig{Name: "x", Load: gives(strings.Repeat("ab", 32<<10) + "c")}, "is 65537 bytes long, at most 65536"},
		{"header not UTF-8", auth.SecretWatchConfig{Name: "x", Load: gives("tiny-canary-\xff-tiny-canary"), Format: auth.SecretHeader}, "not UTF-8"},
		{"header with a line end", auth.SecretWatchConfig{Name: "x", Load: gives("tiny-canary-\r\n-tiny-canary"), Format: auth.SecretHeader}, "control characters"},
		{"no user", auth.SecretWatchConfig{Name: "x", Load: gives(":tiny-canary-tiny-canary"), Format: auth.SecretUserPassword}, form},
		{"no password", auth.SecretWatchConfig{Name: "x", Load: gives("tiny-canary-tiny-canary:"), Format: auth.SecretUserPassword}, "a password that is empty"},
		{"no colon", auth.SecretWatchConfig{Name: "x", Load: gives("tiny-canary-tiny-canary"), Format: auth.SecretUserPassword}, form},
		{"short password", auth.SecretWatchConfig{Name: "x", Load: gives("tiny-canary-tiny-canary:tiny"), Format: auth.SecretUserPassword}, "a password that is 4 bytes long"},
		{"client secret multiline", auth.SecretWatchConfig{Name: "x", Load: gives("tiny-canary-\n-tiny-canary\n"), Format: auth.SecretClient}, "control characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, err := auth.NewSecretWatch(t.Context(), tt.cfg)
			if err == nil {
				w.Close()
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %q, want one with %q and without the value", err, tt.want)
			}
		})
	}
	for format, stored := range map[auth.SecretFormat]string{
		auth.SecretKey:          "\x00\xff binary key \x01\x02",
		auth.SecretHeader:       "Bearer a-long-enough-value",
		auth.SecretUserPassword: "user:pass:word:of:some:length",
		auth.SecretClient:       "client-secret-of-grüße",
	} {
		w, err := auth.NewSecretWatch(t.Context(), auth.SecretWatchConfig{Name: "x", Load: gives(stored), Format: format, Logger: new(lines).logger()})
		if err != nil {
			t.Errorf("format %d: %v", format, err)
			continue
		}
		accepts(t, "good format", w, stored)
		w.Close()
	}
}
