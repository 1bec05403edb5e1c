package jetstream_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
)

const (
	block = "jetstream/$G/streams/events/msgs/1.blk"
	// index is what a process writes when it ends in order. A killed one leaves
	// none, or an old one.
	index = "jetstream/$G/streams/events/msgs/index.db"
)

// recorded makes a store with jobs 0 to n-1 and returns its directory, its block
// of records and where each record begins in it, the end at last.
func recorded(t *testing.T, n int) (dir string, data []byte, starts []int) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	conn := open(t, jetstream.Config{Dir: dir})
	q := newQueue(t, conn, quick())
	for i := range n {
		publish(t, q, job(i))
		info, err := os.Stat(filepath.Join(dir, block))
		if err != nil {
			t.Fatal(err)
		}
		starts = append(starts, int(info.Size()))
	}
	shut(t, q)
	shut(t, conn)
	data, err := os.ReadFile(filepath.Join(dir, block))
	if err != nil {
		t.Fatal(err)
	}
	if starts[n-1] != len(data) {
		t.Fatalf("the block has %d bytes, %d of them records", len(data), starts[n-1])
	}
	return dir, data, append([]int{0}, starts...)
}

// reopened is what came of a damaged store.
type reopened struct {
	ran  []int
	end  events.Stats
	dead []events.DeadJob
	log  string
}

// reopen puts the block in the place of the recorded one, in a copy of the
// store, and works until nothing is left.
func reopen(t *testing.T, dir string, data []byte, crashed bool) reopened {
	t.Helper()
	damaged := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(damaged, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(damaged, 0o700); err != nil {
		t.Fatal(err)
	}
	if crashed {
		if err := os.Remove(filepath.Join(damaged, index)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(damaged, block), data, 0o600); err != nil {
		t.Fatal(err)
	}
	var log lines
	conn := open(t, jetstream.Config{Dir: damaged, LoseOnPowerCut: true, Logger: log.logger()})
	cfg := quick()
	cfg.Logger = log.logger()
	q := newQueue(t, conn, cfg)
	jetstream.AuditEvery(q, 20*time.Millisecond)
	var r reopened
	var mu sync.Mutex
	stop := work(t, q, func(_ context.Context, d events.Delivery) error {
		var n int
		if _, err := fmt.Sscanf(d.ID, "evt_%d", &n); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		r.ran = append(r.ran, n)
		return nil
	})
	eventually(t, "the queue is empty", func() bool { s := stats(t, q); return s.Queued+s.Running == 0 })
	r.end = stats(t, q)
	stop()
	var err error
	if r.dead, err = q.Dead(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	shut(t, q)
	shut(t, conn)
	slices.Sort(r.ran)
	r.log = log.String()
	return r
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// Case 369: the last record is torn, as by a power cut in the midst of its
// write, before it was acknowledged. All that were acknowledged before run.
func TestTornTail(t *testing.T) {
	t.Parallel()
	const n = 6
	dir, data, starts := recorded(t, n)
	step := 23
	if os.Getenv("CXHOOK_LONG") != "" {
		step = 1
	}
	for off := starts[n-1]; off < len(data); off += step {
		r := reopen(t, dir, data[:off], true)
		if !slices.Equal(r.ran, upTo(n-1)) {
			t.Errorf("torn %d bytes into the last record: %v ran, want %v", off-starts[n-1], r.ran, upTo(n-1))
		}
	}
}

// Records that were acknowledged are gone from the end: a fault of the device,
// which flushing cannot prevent. What is before them runs, and the start says
// that the store is not as it was left.
func TestTruncatedTailIsTold(t *testing.T) {
	t.Parallel()
	const n = 6
	dir, data, starts := recorded(t, n)
	for off := 0; off < starts[n-1]; off += starts[n-1]/9 + 7 {
		r := reopen(t, dir, data[:off], false)
		whole := 0
		for whole < n && starts[whole+1] <= off {
			whole++
		}
		if !slices.Equal(r.ran, upTo(whole)) {
			t.Errorf("%d bytes left: %v ran, want %v", off, r.ran, upTo(whole))
		}
		if !strings.Contains(r.log, "level=WARN") && !strings.Contains(r.log, "level=ERROR") {
			t.Errorf("%d bytes left: no alarm in the log:\n%s", off, r.log)
		}
	}
}

// Case 370: a bit of a record flips. The checksum tells, the others run, and
// the damaged one is told of: in the log and as a letter without content.
func TestFlippedBitIsTold(t *testing.T) {
	t.Parallel()
	const n, hit = 6, 2
	dir, data, starts := recorded(t, n)
	want := slices.Delete(upTo(n), hit, hit+1)
	for _, off := range flips(starts[hit], starts[hit+1]) {
		flipped := slices.Clone(data)
		flipped[off] ^= 1 << (off % 8)
		r := reopen(t, dir, flipped, false)
		if !slices.Equal(r.ran, want) {
			t.Errorf("byte %d: %v ran, want %v", off-starts[hit], r.ran, want)
		}
		if len(r.dead) != 1 || !strings.Contains(r.log, "damaged") {
			t.Errorf("byte %d: %d dead letters, want 1, and the log\n%s", off-starts[hit], len(r.dead), r.log)
		}
	}
}

// After a crash the server reads all records of a file to its first bad one,
// and takes the rest for what the crash tore. That the rest is lost is told.
func TestFlippedBitAfterACrashIsTold(t *testing.T) {
	t.Parallel()
	const n, hit = 6, 2
	dir, data, starts := recorded(t, n)
	for _, off := range flips(starts[hit], starts[hit+1]) {
		flipped := slices.Clone(data)
		flipped[off] ^= 1 << (off % 8)
		r := reopen(t, dir, flipped, true)
		if len(r.ran) < hit || !slices.Equal(r.ran[:hit], upTo(hit)) {
			t.Errorf("byte %d: %v ran, want at least %v", off-starts[hit], r.ran, upTo(hit))
		}
		if len(r.ran) < n && !strings.Contains(r.log, "level=ERROR") {
			t.Errorf("byte %d: %v ran, and no alarm in the log:\n%s", off-starts[hit], r.ran, r.log)
		}
	}
}

// A process that was killed leaves no torn record, so that its restart is no
// alarm: an alarm that always comes is none.
func TestCrashAloneIsNoAlarm(t *testing.T) {
	t.Parallel()
	const n = 6
	dir, data, _ := recorded(t, n)
	r := reopen(t, dir, data, true)
	if !slices.Equal(r.ran, upTo(n)) || strings.Contains(r.log, "level=ERROR") {
		t.Errorf("%v ran, want all, and the log\n%s", r.ran, r.log)
	}
}

// The consumer's file says that jobs are done, and the stream's that they are
// queued: a crash between the two writes, as the kill loop meets it now and
// then. The server would leave such records where they are for ever.
func TestJobWhoseEndWasLeftOpenRunsAgain(t *testing.T) {
	t.Parallel()
	const n = 6
	dir, data, _ := recorded(t, n)
	conn := open(t, jetstream.Config{Dir: dir})
	q := newQueue(t, conn, quick())
	stop := work(t, q, func(context.Context, events.Delivery) error { return nil })
	eventually(t, "all are done", func() bool { return stats(t, q) == events.Stats{Done: n} })
	stop()
	shut(t, q)
	shut(t, conn)
	r := reopen(t, dir, data, true)
	// That the last one was removed stands in the next block.
	if !slices.Equal(r.ran, upTo(n-1)) {
		t.Errorf("%v ran, want %v again: whether they were done is unknown", r.ran, upTo(n-1))
	}
	if len(r.dead) != 0 || strings.Contains(r.log, "level=ERROR") {
		t.Errorf("%d dead letters and the log\n%s", len(r.dead), r.log)
	}
}

// flips returns sampled bytes of a record behind its 22 bytes of lengths,
// sequence and time, or all of them for a long run.
func flips(start, end int) []int {
	const header = 22
	step := (end - start) / 6
	if os.Getenv("CXHOOK_LONG") != "" {
		step = 1
	}
	var list []int
	for off := start + header; off < end; off += step {
		list = append(list, off)
	}
	return list
}
