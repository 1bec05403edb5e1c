package once_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/oncetest"
)

func newMemory(t testing.TB, cfg once.MemoryConfig) *once.Memory {
	t.Helper()
	m, err := once.NewMemory(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMemoryContract(t *testing.T) {
	t.Parallel()
	for _, c := range oncetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { c.Test(t, newMemory(t, once.MemoryConfig{})) })
		})
	}
}

func TestMemoryConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, cfg := range []once.MemoryConfig{{Entries: -1}, {Bytes: -1}, {Bytes: 1000}, {Age: -1}} {
		if _, err := once.NewMemory(cfg); err == nil {
			t.Errorf("NewMemory(%+v) succeeds", cfg)
		}
	}
}

// begin claims a key or says what it found.
func begin(t *testing.T, s once.Store, key once.Key, lease time.Duration) once.Record {
	t.Helper()
	rec, err := s.Begin(t.Context(), key, lease)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func keep(t *testing.T, s once.Store, key once.Key, result []byte) {
	t.Helper()
	rec := begin(t, s, key, time.Minute)
	if rec.State != once.Claimed {
		t.Fatalf("Begin: %v, want claimed", rec.State)
	}
	if err := s.Finish(t.Context(), key, rec.Revision, result); err != nil {
		t.Fatal(err)
	}
}

func TestResultsAreKeptForTheirAge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		after time.Duration
		want  once.State
	}{
		{"1 ms before", once.DefaultAge - time.Millisecond, once.Done},
		{"1 ms after", once.DefaultAge + time.Millisecond, once.Claimed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, once.MemoryConfig{})
				claim := begin(t, m, oncetest.Key(t, 1), time.Minute)
				time.Sleep(30 * time.Second) // the age counts from the end of the run
				if err := m.Finish(t.Context(), oncetest.Key(t, 1), claim.Revision, []byte("r")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.after)
				if rec := begin(t, m, oncetest.Key(t, 1), time.Minute); rec.State != tt.want {
					t.Errorf("%v, want %v", rec.State, tt.want)
				}
			})
		})
	}
}

func TestLeaseBoundary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after time.Duration
		want  once.State
	}{
		{time.Minute - time.Millisecond, once.Running},
		{time.Minute + time.Millisecond, once.Claimed},
	} {
		t.Run(fmt.Sprint(tt.after), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, once.MemoryConfig{})
				begin(t, m, oncetest.Key(t, 1), time.Minute)
				time.Sleep(tt.after)
				if rec := begin(t, m, oncetest.Key(t, 1), time.Minute); rec.State != tt.want {
					t.Errorf("%v, want %v", rec.State, tt.want)
				}
			})
		})
	}
}

// A million keys leave the store within its bounds: the oldest results are
// gone, the newest are there, and a claim that is older than all is.
func TestMillionKeys(t *testing.T) {
	t.Parallel()
	const keys = 1_000_000
	cfg := once.MemoryConfig{Entries: 10_000, Bytes: 8 << 20}
	m := newMemory(t, cfg)
	claim := begin(t, m, oncetest.Key(t, -1), time.Hour)
	result := make([]byte, 200)
	key := func(i int) once.Key { return once.Key(fmt.Sprintf("%064x", i)) }
	for i := range keys {
		rec, err := m.Begin(t.Context(), key(i), time.Minute)
		if err != nil || rec.State != once.Claimed {
			t.Fatalf("key %d: %v, %v", i, rec.State, err)
		}
		if err := m.Finish(t.Context(), key(i), rec.Revision, result); err != nil {
			t.Fatalf("key %d: %v", i, err)
		}
		if i%100_000 == 0 {
			if s := m.Stats(); s.Running+s.Kept > cfg.Entries || s.Bytes > cfg.Bytes {
				t.Fatalf("after %d keys: %+v, want at most %+v", i, s, cfg)
			}
		}
	}
	stats := m.Stats()
	t.Logf("after %d keys: %+v", keys, stats)
	if stats.Running != 1 || stats.Kept != cfg.Entries-1 {
		t.Errorf("%+v, want 1 claim and %d results", stats, cfg.Entries-1)
	}
	if rec := begin(t, m, key(keys-stats.Kept), time.Minute); rec.State != once.Done {
		t.Errorf("oldest that has room: %v, want done", rec.State)
	}
	if rec := begin(t, m, key(keys-stats.Kept-1), time.Minute); rec.State != once.Claimed {
		t.Errorf("the one before: %v, want forgotten", rec.State)
	}
	if err := m.Finish(t.Context(), oncetest.Key(t, -1), claim.Revision, nil); err != nil {
		t.Errorf("the claim from before all: %v", err)
	}
}

func TestBytesAreBounded(t *testing.T) {
	t.Parallel()
	cfg := once.MemoryConfig{Bytes: 1 << 20}
	m := newMemory(t, cfg)
	for i := range 100 {
		keep(t, m, oncetest.Key(t, i), make([]byte, 65536))
		if s := m.Stats(); s.Bytes > cfg.Bytes {
			t.Fatalf("%d bytes, want at most %d", s.Bytes, cfg.Bytes)
		}
	}
	if s := m.Stats(); s.Kept != 15 { // 16 would be 1 MiB without their keys
		t.Errorf("%d results of 64 KiB kept in 1 MiB, want 15", s.Kept)
	}
}

func TestClaimsAreNeverEvicted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, once.MemoryConfig{Entries: 3})
		keep(t, m, oncetest.Key(t, 0), nil)
		long := begin(t, m, oncetest.Key(t, 1), time.Hour)
		for i := 2; i <= 3; i++ {
			begin(t, m, oncetest.Key(t, i), time.Minute)
		}
		if _, err := m.Begin(t.Context(), oncetest.Key(t, 4), time.Minute); !errors.Is(err, once.ErrFull) {
			t.Fatalf("claim beyond the bound: %v, want %v", err, once.ErrFull)
		}
		time.Sleep(time.Minute) // the short leases end behind the long one
		if rec := begin(t, m, oncetest.Key(t, 4), time.Minute); rec.State != once.Claimed {
			t.Errorf("after leases ran out: %v, want claimed", rec.State)
		}
		if err := m.Finish(t.Context(), oncetest.Key(t, 1), long.Revision, nil); err != nil {
			t.Errorf("Finish of the long claim: %v", err)
		}
	})
}

// A result without a place leaves its claim as it was.
func TestResultWithoutPlace(t *testing.T) {
	t.Parallel()
	m := newMemory(t, once.MemoryConfig{Bytes: 128 << 10})
	keep(t, m, oncetest.Key(t, 0), []byte("kept"))
	claim := begin(t, m, oncetest.Key(t, 1), time.Minute)
	if err := m.Finish(t.Context(), oncetest.Key(t, 1), claim.Revision, make([]byte, 128<<10)); !errors.Is(err, once.ErrFull) {
		t.Fatalf("Finish: %v, want %v", err, once.ErrFull)
	}
	if rec := begin(t, m, oncetest.Key(t, 0), time.Minute); rec.State != once.Done {
		t.Errorf("another result is %v afterwards, want done", rec.State)
	}
	if err := m.Finish(t.Context(), oncetest.Key(t, 1), claim.Revision, []byte("small")); err != nil {
		t.Errorf("smaller result: %v", err)
	}
}

// What nobody asks for again goes by and by, without a key of its own.
func TestOldEntriesGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, once.MemoryConfig{})
		for i := range 100 {
			keep(t, m, oncetest.Key(t, i), []byte("r"))
			begin(t, m, oncetest.Key(t, 1000+i), time.Second)
		}
		time.Sleep(2 * once.DefaultAge)
		for i := range 100 {
			begin(t, m, oncetest.Key(t, 2000+i), time.Hour)
		}
		if s := m.Stats(); s.Kept != 0 || s.Running != 100 {
			t.Errorf("%+v, want the 100 new claims alone", s)
		}
	})
}

func TestKeysHaveTheirForm(t *testing.T) {
	t.Parallel()
	for _, key := range []once.Key{"", "a", once.NewKey() + "0"} {
		if _, err := newMemory(t, once.MemoryConfig{}).Begin(context.Background(), key, time.Second); err == nil {
			t.Errorf("Begin of the key %q succeeds", key)
		}
	}
	a := once.NewKey([]byte("ab"), []byte("c"))
	for _, other := range []once.Key{once.NewKey([]byte("a"), []byte("bc")), once.NewKey([]byte("abc")), once.NewKey([]byte("ab"), []byte("c"), nil)} {
		if a == other {
			t.Errorf("two lists of parts have one key %s", a)
		}
	}
}

func BenchmarkMemory(b *testing.B) {
	ctx := context.Background()
	keys := make([]once.Key, 1<<17)
	for i := range keys {
		keys[i] = once.NewKey(fmt.Append(nil, i))
	}
	result := make([]byte, 2048)
	b.Run("claim and finish", func(b *testing.B) {
		m, i := newMemory(b, once.MemoryConfig{}), 0
		b.ReportAllocs()
		for b.Loop() {
			key := keys[i%len(keys)]
			i++
			rec, err := m.Begin(ctx, key, time.Minute)
			if err != nil || m.Finish(ctx, key, rec.Revision, result) != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("replay", func(b *testing.B) {
		m := newMemory(b, once.MemoryConfig{})
		rec, err := m.Begin(ctx, keys[0], time.Minute)
		if err != nil || m.Finish(ctx, keys[0], rec.Revision, result) != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.Begin(ctx, keys[0], time.Minute); err != nil {
				b.Fatal(err)
			}
		}
	})
}
