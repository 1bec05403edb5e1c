package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/auth"
)

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

// TestSecretWatchOutageInOverlap: an old value does not outlive the current one
// when the store is down, or callers with the current one would be told that
// it is wrong.
func TestSecretWatchOutageInOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVault(value(1))
		w := watch(t, v, new(lines), func(c *auth.SecretWatchConfig) { c.Overlap, c.MaxStale = 4*time.Hour, time.Hour })
		v.add(value(2))
		settle(3 * time.Minute)
		accepts(t, "overlap", w, value(2), value(1))
		v.set(func() { v.down = fmt.Errorf("%w: refused", auth.ErrSecretUnavailable) })
		settle(2 * time.Hour)
		accepts(t, "too old to be used", w)
		v.set(func() { v.down = nil })
		settle(2 * time.Minute)
		accepts(t, "up again within the overlap", w, value(2), value(1))
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
			v.set(func() { v.checks = 0 })
			settle(10 * time.Minute)
			v.set(func() {
				if v.checks != 0 {
					t.Errorf("a value that was dropped is rechecked %d times", v.checks)
				}
			})
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
