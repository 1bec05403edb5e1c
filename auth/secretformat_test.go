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
	for name, cfg := range map[string]auth.SecretWatchConfig{
		"zero value":              {},
		"no name":                 {Load: good},
		"no loader":               {Name: "x"},
		"unknown format":          {Name: "x", Load: good, Format: 9},
		"negative interval":       {Name: "x", Load: good, Interval: -1},
		"negative overlap":        {Name: "x", Load: good, Overlap: -1},
		"negative age":            {Name: "x", Load: good, MaxStale: -1},
		"negative timeout":        {Name: "x", Load: good, Timeout: -1},
		"permission denied":       {Name: "x", Load: fails(errors.New("permission denied"))},
		"revoked":                 {Name: "x", Load: fails(auth.ErrSecretRevoked)},
		"empty":                   {Name: "x", Load: gives("")},
		"blank":                   {Name: "x", Load: gives(strings.Repeat(" ", 20)), AllowWeak: true},
		"short":                   {Name: "x", Load: gives("tiny-canary")},
		"over 64 KiB":             {Name: "x", Load: gives(strings.Repeat("ab", 32<<10) + "c")},
		"header not UTF-8":        {Name: "x", Load: gives("tiny-canary-\xff-tiny-canary"), Format: auth.SecretHeader},
		"header with a line end":  {Name: "x", Load: gives("tiny-canary-\r\n-tiny-canary"), Format: auth.SecretHeader},
		"no user":                 {Name: "x", Load: gives(":tiny-canary-tiny-canary"), Format: auth.SecretUserPassword},
		"no password":             {Name: "x", Load: gives("tiny-canary-tiny-canary:"), Format: auth.SecretUserPassword},
		"no colon":                {Name: "x", Load: gives("tiny-canary-tiny-canary"), Format: auth.SecretUserPassword},
		"short password":          {Name: "x", Load: gives("tiny-canary-tiny-canary:tiny"), Format: auth.SecretUserPassword},
		"client secret multiline": {Name: "x", Load: gives("tiny-canary-\n-tiny-canary\n"), Format: auth.SecretClient},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := auth.NewSecretWatch(t.Context(), cfg)
			if err == nil {
				w.Close()
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("error %q shows the value", err)
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
