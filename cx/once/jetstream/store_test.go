package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
	"github.com/cxhook/cxhook/internal/oncetest"
)

func open(t testing.TB, cfg jetstream.Config) *jetstream.Conn {
	t.Helper()
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := jetstream.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := conn.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func newStore(t testing.TB, conn *jetstream.Conn, cfg jetstream.StoreConfig) *jetstream.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := jetstream.New(ctx, conn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEmbeddedContract(t *testing.T) {
	t.Parallel()
	s := newStore(t, open(t, jetstream.Config{Dir: filepath.Join(t.TempDir(), "js")}), jetstream.StoreConfig{})
	for _, c := range oncetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Test(t, s)
		})
	}
}

func TestClusterContract(t *testing.T) {
	t.Parallel()
	cluster := clustertest.Start(t)
	s := newStore(t, open(t, jetstream.Config{URL: cluster.URL()}), jetstream.StoreConfig{})
	for _, c := range oncetest.Cases() {
		t.Run(c.Name, func(t *testing.T) { c.Test(t, s) })
	}
}

// What one instance began, the restarted one and its bucket remember.
func TestResultsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "js")
	key := oncetest.Key(t, 1)
	for i := range 2 {
		conn, err := jetstream.Open(t.Context(), jetstream.Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		s := newStore(t, conn, jetstream.StoreConfig{})
		rec, err := s.Begin(t.Context(), key, oncetest.Lease)
		switch {
		case err != nil:
			t.Fatal(err)
		case i == 0 && rec.State == once.Claimed:
			if err := s.Finish(t.Context(), key, rec.Revision, []byte("result")); err != nil {
				t.Fatal(err)
			}
		case i == 0 || rec.State != once.Done || string(rec.Result) != "result":
			t.Errorf("start %d: %v %q", i, rec.State, rec.Result)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	s := newStore(t, open(t, jetstream.Config{Dir: filepath.Join(t.TempDir(), "js")}), jetstream.StoreConfig{Age: 2 * time.Second})
	key := oncetest.Key(t, 1)
	rec, err := s.Begin(t.Context(), key, oncetest.Lease)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), key, rec.Revision, []byte("r")); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for {
		rec, err := s.Begin(t.Context(), key, oncetest.Lease)
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		if rec.State == once.Claimed {
			t.Logf("forgotten after %v", took)
			if took < 2*time.Second {
				t.Errorf("a result was kept for %v, want at least 2 s", took)
			}
			return
		}
		if took > time.Minute {
			t.Fatalf("a result is still %v after %v", rec.State, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		<-ctx.Done()
		cancel()
	}
}

func TestFull(t *testing.T) {
	t.Parallel()
	s := newStore(t, open(t, jetstream.Config{Dir: filepath.Join(t.TempDir(), "js")}), jetstream.StoreConfig{Bytes: 256 << 10})
	var full error
	kept := 0
	for i := 0; full == nil; i++ {
		if i == 100 {
			t.Fatal("100 results of 16 KiB fit into 256 KiB")
		}
		rec, err := s.Begin(t.Context(), oncetest.Key(t, i), oncetest.Lease)
		if err == nil {
			err = s.Finish(t.Context(), oncetest.Key(t, i), rec.Revision, make([]byte, 16<<10))
		}
		if full = err; err == nil {
			kept++
		}
	}
	if !errors.Is(full, once.ErrFull) {
		t.Errorf("full store: %v, want %v", full, once.ErrFull)
	}
	for i := range kept {
		if rec, err := s.Begin(t.Context(), oncetest.Key(t, i), oncetest.Lease); err != nil || rec.State != once.Done {
			t.Fatalf("result %d of %d: %v, %v, want it kept", i, kept, rec.State, err)
		}
	}
	t.Logf("%d results of 16 KiB in 256 KiB, then: %v", kept, full)
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	conn := open(t, jetstream.Config{Dir: filepath.Join(t.TempDir(), "js")})
	for _, cfg := range []jetstream.StoreConfig{{Name: "a.b"}, {Name: "*"}, {Name: "a b"}, {Age: time.Millisecond}, {Age: -1}, {Bytes: -1}, {Bytes: 1000}} {
		if _, err := jetstream.New(t.Context(), conn, cfg); err == nil {
			t.Errorf("New(%+v) succeeds", cfg)
		}
	}
	if _, err := jetstream.New(t.Context(), nil, jetstream.StoreConfig{}); err == nil {
		t.Error("New without a connection succeeds")
	}
}

// What is not a key could be a pattern that stands for many.
func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	s := newStore(t, open(t, jetstream.Config{Dir: filepath.Join(t.TempDir(), "js")}), jetstream.StoreConfig{})
	for _, key := range []once.Key{"", ">", "*", once.NewKey()[1:] + ".", once.NewKey()[1:] + "*", "A" + once.NewKey()[1:]} {
		if _, err := s.Begin(t.Context(), key, oncetest.Lease); err == nil {
			t.Errorf("Begin(%q) succeeds", key)
		}
		if err := s.Finish(t.Context(), key, 1, nil); err == nil || errors.Is(err, once.ErrLost) {
			t.Errorf("Finish(%q): %v", key, err)
		}
		if _, err := s.Wait(t.Context(), key, 1); err == nil {
			t.Errorf("Wait(%q) succeeds", key)
		}
	}
}

// A key that holds something else is an error, not a result.
func TestForeignValue(t *testing.T) {
	t.Parallel()
	conn := open(t, jetstream.Config{Dir: filepath.Join(t.TempDir(), "js")})
	s := newStore(t, conn, jetstream.StoreConfig{})
	kv, err := conn.JetStream().KeyValue(t.Context(), jetstream.DefaultName)
	if err != nil {
		t.Fatal(err)
	}
	for i, value := range []string{"", "{}", "cxk\x02r12345678", "cxk\x01", "cxk\x01?12345678"} {
		key := oncetest.Key(t, i)
		if _, err := kv.Put(t.Context(), string(key), []byte(value)); err != nil {
			t.Fatal(err)
		}
		if rec, err := s.Begin(t.Context(), key, oncetest.Lease); err == nil {
			t.Errorf("value %q: %v, want an error", value, rec.State)
		}
	}
}

func BenchmarkStore(b *testing.B) {
	result := make([]byte, 2048)
	run := func(b *testing.B, s once.Store) {
		i := 0
		for b.Loop() {
			i++
			key := once.NewKey(fmt.Append(nil, b.Name(), i, b.N))
			rec, err := s.Begin(context.Background(), key, time.Minute)
			if err == nil && rec.State == once.Claimed {
				err = s.Finish(context.Background(), key, rec.Revision, result)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("embedded", func(b *testing.B) {
		run(b, newStore(b, open(b, jetstream.Config{Dir: filepath.Join(b.TempDir(), "js")}), jetstream.StoreConfig{}))
	})
	b.Run("embedded, flushed by the system", func(b *testing.B) {
		run(b, newStore(b, open(b, jetstream.Config{Dir: filepath.Join(b.TempDir(), "js"), LoseOnPowerCut: true}), jetstream.StoreConfig{}))
	})
	b.Run("cluster of 3", func(b *testing.B) {
		cluster := clustertest.Start(b)
		run(b, newStore(b, open(b, jetstream.Config{URL: cluster.URL()}), jetstream.StoreConfig{}))
	})
}
