package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// vault is a store of versions of one secret, as Secret Manager is one.
type vault struct {
	mu      sync.Mutex
	latest  int
	values  map[int]string
	revoked map[int]bool
	down    error
	hang    bool
	loads   int
}

func newVault(values ...string) *vault {
	v := &vault{values: map[int]string{}, revoked: map[int]bool{}}
	for _, value := range values {
		v.add(value)
	}
	return v
}

func (v *vault) add(value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.latest++
	v.values[v.latest] = value
}

func (v *vault) set(change func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change()
}

func (v *vault) loaded() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.loads
}

func (v *vault) load(ctx context.Context) (auth.Secret, error) {
	v.mu.Lock()
	v.loads++
	hang := v.hang
	v.mu.Unlock()
	if hang {
		<-ctx.Done()
		return auth.Secret{}, fmt.Errorf("%w: %w", auth.ErrSecretUnavailable, ctx.Err())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.version(v.latest)
}

func (v *vault) version(n int) (auth.Secret, error) {
	switch {
	case v.down != nil:
		return auth.Secret{}, v.down
	case v.revoked[n]:
		return auth.Secret{}, fmt.Errorf("%w: version %d is disabled", auth.ErrSecretRevoked, n)
	}
	return auth.NewSecret(v.values[n]).WithLabel(fmt.Sprint(n)), nil
}

func (v *vault) recheck(_ context.Context, s auth.Secret) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var n int
	if _, err := fmt.Sscan(s.Label(), &n); err != nil {
		return err
	}
	_, err := v.version(n)
	return err
}

func value(n int) string { return fmt.Sprintf("value-%d-of-the-secret", n) }

// watch starts a watch in a bubble and ends it with the test's function.
func watch(t *testing.T, v *vault, log *lines, change func(*auth.SecretWatchConfig)) *auth.SecretWatch {
	t.Helper()
	cfg := auth.SecretWatchConfig{Name: "the-secret", Load: v.load, Recheck: v.recheck, Logger: log.logger()}
	if change != nil {
		change(&cfg)
	}
	w, err := auth.NewSecretWatch(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// accepts asserts which values a source has, the current one first.
func accepts(t *testing.T, when string, src auth.SecretSource, want ...string) {
	t.Helper()
	list, err := src.Secrets()
	var got []string
	for _, s := range list {
		got = append(got, string(s.Bytes()))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: values %q, want %q (error %v)", when, got, want, err)
	}
	if (err == nil) != (len(want) > 0) || err != nil && !errors.Is(err, auth.ErrSecretUnavailable) {
		t.Errorf("%s: error %v with %d values", when, err, len(want))
	}
}

// settle lets d pass, and then everything that is due come to rest.
func settle(d time.Duration) {
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}

func TestSecretWatchRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log lines
		v := newVault(value(3))
		w := watch(t, v, &log, func(c *auth.SecretWatchConfig) { c.Overlap = 30 * time.Minute })
		accepts(t, "at first", w, value(3))
		v.add(value(4))
		accepts(t, "before it is seen", w, value(3))
		settle(2 * time.Minute)
		accepts(t, "in the overlap", w, value(4), value(3))
		settle(26 * time.Minute)
		accepts(t, "late in the overlap", w, value(4), value(3))
		settle(4 * time.Minute)
		accepts(t, "behind the overlap", w, value(4))
		text := log.take()
		for _, part := range []string{"the-secret", "version=1", "version=2", "replaces=1"} {
			if !strings.Contains(text, part) {
				t.Errorf("log lacks %q: %s", part, text)
			}
		}
		if strings.Contains(text, "of-the-secret") {
			t.Errorf("log shows a value: %s", text)
		}
	})
}

func TestSecretWatchRollback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVault(value(3))
		w := watch(t, v, new(lines), nil)
		v.add("an operator's mistake")
		settle(2 * time.Minute)
		accepts(t, "wrong value", w, "an operator's mistake", value(3))
		v.add(value(3))
		settle(2 * time.Minute)
		accepts(t, "rolled back", w, value(3), "an operator's mistake")
		settle(2 * time.Hour)
		accepts(t, "behind the overlap", w, value(3))
	})
}

// TestSecretWatchKeepsGood: what comes later and cannot be used changes
// nothing.
func TestSecretWatchKeepsGood(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"empty": "", "blank": "    \t", "short": "short", "over 64 KiB": strings.Repeat("ab", 33<<10), "not UTF-8": strings.Repeat("\xff\xfe", 20),
		"a line end inside": "value-of\nthe-secret",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log lines
				v := newVault(value(1))
				w := watch(t, v, &log, func(c *auth.SecretWatchConfig) { c.Format = auth.SecretHeader })
				log.take()
				v.add(bad)
				settle(3 * time.Minute)
				accepts(t, "bad value", w, value(1))
				if text := log.take(); !strings.Contains(text, "level=ERROR") || bad != "" && strings.Contains(text, bad) {
					t.Errorf("log %q, want an error without the value", text)
				}
				v.add(value(2))
				settle(3 * time.Minute)
				accepts(t, "good again", w, value(2), value(1))
			})
		})
	}
}

func TestSecretWatchOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVault(value(1))
		w := watch(t, v, new(lines), nil)
		v.set(func() { v.down = fmt.Errorf("%w: refused", auth.ErrSecretUnavailable) })
		settle(10 * time.Minute)
		accepts(t, "ten minutes down", w, value(1))
		if n := v.loaded(); n > 25 {
			t.Errorf("%d loads in ten minutes of outage", n)
		}
		settle(23*time.Hour + 45*time.Minute)
		accepts(t, "just before it is too old", w, value(1))
		settle(10 * time.Minute)
		accepts(t, "too old", w)
		if err := w.Ready(); !errors.Is(err, auth.ErrSecretUnavailable) {
			t.Errorf("Ready: %v", err)
		}
		v.set(func() { v.down = nil })
		settle(2 * time.Minute)
		accepts(t, "up again", w, value(1))
	})
}

func TestSecretWatchColdStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVault(value(1))
		v.down = fmt.Errorf("%w: refused", auth.ErrSecretUnavailable)
		w := watch(t, v, new(lines), nil)
		accepts(t, "cold", w)
		if w.Ready() == nil {
			t.Error("ready without a value")
		}
		v.set(func() { v.down = nil })
		settle(3 * time.Second)
		accepts(t, "seconds after it came up", w, value(1))
		if err := w.Ready(); err != nil {
			t.Error(err)
		}
	})
}

// TestSecretWatchHangs: a store that never answers holds up nobody but the
// watch itself, and that for the timeout only.
func TestSecretWatchHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVault(value(1))
		w := watch(t, v, new(lines), nil)
		v.set(func() { v.hang = true })
		settle(70 * time.Second)
		accepts(t, "while a load hangs", w, value(1))
		v.set(func() { v.hang = false; v.latest++; v.values[v.latest] = value(2) })
		settle(10 * time.Second)
		accepts(t, "after the timeout", w, value(2), value(1))
		v.set(func() { v.hang = true })
		settle(70 * time.Second)
		start := time.Now()
		w.Close()
		if waited := time.Since(start); waited > 0 {
			t.Errorf("Close waited %v for a load that hangs", waited)
		}
	})
}

func TestSecretWatchRevocation(t *testing.T) {
	t.Parallel()
	t.Run("old value in its overlap", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			v := newVault(value(1))
			w := watch(t, v, new(lines), nil)
			v.add(value(2))
			settle(2 * time.Minute)
			accepts(t, "overlap", w, value(2), value(1))
			v.set(func() { v.revoked[1] = true })
			settle(2 * time.Minute)
			accepts(t, "disabled", w, value(2))
		})
	})
	t.Run("current value", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			v := newVault(value(1))
			w := watch(t, v, new(lines), nil)
			v.set(func() { v.revoked[1] = true })
			settle(2 * time.Minute)
			accepts(t, "disabled", w)
			v.add(value(2))
			settle(2 * time.Minute)
			accepts(t, "replaced", w, value(2))
		})
	})
	t.Run("a newer value that was never seen", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			v := newVault(value(1))
			w := watch(t, v, new(lines), nil)
			v.add(value(2))
			v.set(func() { v.revoked[2] = true })
			settle(48 * time.Hour)
			accepts(t, "the earlier one is good", w, value(1))
		})
	})
}

// TestSecretWatchHurries: a caller that was told of the new value first is
// waited for by the next load, and floods are not.
func TestSecretWatchHurries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVault(value(1))
		w := watch(t, v, new(lines), func(c *auth.SecretWatchConfig) { c.Interval = time.Hour })
		h, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Key", Secrets: w})
		if err != nil {
			t.Fatal(err)
		}
		call := func(key string) error {
			r := (vector{headers: map[string]string{"X-Key": key}}).request(t.Context())
			_, err := h.Verify(r)
			return err
		}
		settle(time.Minute)
		v.add(value(2))
		if call(value(2)) == nil {
			t.Fatal("accepted before it was loaded")
		}
		synctest.Wait()
		if err := call(value(2)); err != nil {
			t.Errorf("the new value right after the first attempt: %v", err)
		}
		if err := call(value(1)); err != nil {
			t.Errorf("the old value: %v", err)
		}
		before := v.loaded()
		for range 1000 {
			if call("guess") == nil {
				t.Fatal("a guess was accepted")
			}
			settle(100 * time.Millisecond)
		}
		if n := v.loaded() - before; n > 11 {
			t.Errorf("%d loads for 1,000 wrong calls in 100 s, want one in ten seconds", n)
		}
	})
}

// TestSecretWatchUnderLoad rotates while calls with the old and the new value
// run: neither is ever refused in the overlap.
func TestSecretWatchUnderLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVault(value(3))
		w := watch(t, v, new(lines), nil)
		h, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Key", Secrets: w})
		if err != nil {
			t.Fatal(err)
		}
		call := func(key string) error {
			_, err := h.Verify((vector{headers: map[string]string{"X-Key": key}}).request(t.Context()))
			return err
		}
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				if err := call(value(3)); err != nil {
					t.Errorf("old value after %d s: %v", i, err)
				}
				if i > 150 { // the new one was added after 60 s and seen within the interval
					if err := call(value(4)); err != nil {
						t.Errorf("new value after %d s: %v", i, err)
					}
				}
			})
		}
		settle(time.Minute)
		v.add(value(4))
		wg.Wait()
		if n := v.loaded(); n > 6 {
			t.Errorf("%d loads in 200 s of 200 calls", n)
		}
		settle(time.Hour)
		if call(value(3)) == nil || call(value(4)) != nil {
			t.Error("behind the overlap only the new value holds")
		}
	})
}

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
