package once

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Defaults of [MemoryConfig].
const (
	DefaultEntries = 1 << 16
	DefaultBytes   = 64 << 20
	DefaultAge     = 10 * time.Minute
)

// entryBytes is what an entry counts for beside its data: the struct, the key
// and its place in the map.
const entryBytes = 320

// expiring is how many entries that are too old one claim removes at most, so
// that none pays for all.
const expiring = 8

// MemoryConfig bounds a [Memory]. A zero field means its default.
type MemoryConfig struct {
	// Entries is the most keys that are known, 65,536 by default.
	Entries int
	// Bytes is the most memory that keys and results may take, about, 64
	// MiB by default.
	Bytes int64
	// Age is how long a result is kept, counted from the end of its run, 10
	// minutes by default.
	Age time.Duration
}

// Memory is a [Store] in the memory of one process: a map, and a queue by age.
// When it is full it forgets the oldest results, never a claim: where claims
// alone fill it, Begin fails with [ErrFull]. Another process knows nothing of
// its claims, nor does the next start.
type Memory struct {
	cfg   MemoryConfig
	start time.Time

	mu       sync.Mutex // guards what follows
	entries  map[Key]*entry
	running  queue // claims, oldest first
	finished queue // results and failures, oldest first
	bytes    int64
	revision uint64
}

// entry is what is known of one key.
type entry struct {
	key        Key
	prev, next *entry
	in         *queue
	state      State // Running, Done or Failed
	revision   uint64
	expires    time.Duration // since the start of the store
	data       []byte
	over       chan struct{} // made by the first that waits, closed at the end of the claim
}

func (e *entry) size() int64 { return entryBytes + int64(len(e.data)) }

// NewMemory returns an empty store. It fails if a bound is negative or too
// small for one result of 64 KiB.
func NewMemory(cfg MemoryConfig) (*Memory, error) {
	if cfg.Entries == 0 {
		cfg.Entries = DefaultEntries
	}
	if cfg.Bytes == 0 {
		cfg.Bytes = DefaultBytes
	}
	if cfg.Age == 0 {
		cfg.Age = DefaultAge
	}
	const least = 128 << 10
	switch {
	case cfg.Entries < 1:
		return nil, fmt.Errorf("once: memory store of %d entries, need at least 1", cfg.Entries)
	case cfg.Bytes < least:
		return nil, fmt.Errorf("once: memory store of %d bytes, need at least %d", cfg.Bytes, least)
	case cfg.Age < 0:
		return nil, fmt.Errorf("once: results kept for %v, need more than 0", cfg.Age)
	}
	return &Memory{cfg: cfg, start: time.Now(), entries: make(map[Key]*entry)}, nil
}

// Begin implements [Store].
func (m *Memory) Begin(_ context.Context, key Key, lease time.Duration) (Record, error) {
	if len(key) != keyDigits {
		return Record{}, fmt.Errorf("once: key of %d bytes, want the %d digits of NewKey", len(key), keyDigits)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Since(m.start)
	if e := m.entries[key]; e != nil {
		if e.expires > now && e.state != Failed {
			return Record{State: e.state, Revision: e.revision, Result: e.data}, nil
		}
		m.remove(e)
	}
	if err := m.makeRoom(now, 1, entryBytes); err != nil {
		return Record{}, err
	}
	m.revision++
	e := &entry{key: key, state: Running, revision: m.revision, expires: now + lease}
	m.entries[key] = e
	m.running.push(e)
	m.bytes += e.size()
	return Record{State: Claimed, Revision: e.revision}, nil
}

// Peek returns what is known of a key, without a claim: Running, Done or Free.
func (m *Memory) Peek(_ context.Context, key Key) (Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[key]
	if e == nil || e.state == Failed || e.expires <= time.Since(m.start) {
		return Record{State: Free}, nil
	}
	return Record{State: e.state, Revision: e.revision, Result: e.data}, nil
}

// Finish implements [Store]. It fails with [ErrFull] if the result has no
// place beside the claims.
func (m *Memory) Finish(_ context.Context, key Key, revision uint64, result []byte) error {
	return m.settle(key, revision, Done, result)
}

// Abandon implements [Store].
func (m *Memory) Abandon(_ context.Context, key Key, revision uint64, failure []byte) error {
	return m.settle(key, revision, Failed, failure)
}

func (m *Memory) settle(key Key, revision uint64, state State, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Since(m.start)
	e := m.current(key, revision, now)
	if e == nil || e.state == Failed || e.state == Done && state == Done {
		return ErrLost
	}
	if state == Failed && data == nil {
		m.remove(e)
		return nil
	}
	// The entry is out of the queues while room is made, so that it is not
	// what has to go.
	before := e.in
	before.unlink(e)
	m.bytes -= e.size()
	if err := m.makeRoom(now, 0, entryBytes+int64(len(data))); err != nil {
		before.push(e)
		m.bytes += e.size()
		return err
	}
	e.state, e.data, e.expires = state, data, now+m.cfg.Age
	m.bytes += e.size()
	m.finished.push(e)
	e.wake()
	return nil
}

// current returns the entry of a key if it is at the revision and not over.
func (m *Memory) current(key Key, revision uint64, now time.Duration) *entry {
	if e := m.entries[key]; e != nil && e.revision == revision && e.expires > now {
		return e
	}
	return nil
}

// Wait implements [Store]. Its error is that of ctx.
func (m *Memory) Wait(ctx context.Context, key Key, revision uint64) (Record, error) {
	for {
		m.mu.Lock()
		now := time.Since(m.start)
		e := m.current(key, revision, now)
		if e == nil || e.state != Running {
			rec := Record{State: Free, Revision: revision}
			if e != nil {
				rec.State, rec.Result = e.state, e.data
			}
			m.mu.Unlock()
			return rec, nil
		}
		if e.over == nil {
			e.over = make(chan struct{})
		}
		over, left := e.over, e.expires-now
		m.mu.Unlock()

		lease := time.NewTimer(left)
		select {
		case <-over:
		case <-lease.C:
		case <-ctx.Done():
			lease.Stop()
			return Record{}, ctx.Err()
		}
		lease.Stop()
	}
}

// makeRoom forgets what is too old, and then results from the oldest on until
// there is room. It changes nothing if there is none.
func (m *Memory) makeRoom(now time.Duration, entries int, bytes int64) error {
	for range expiring {
		if e := m.finished.first; e != nil && e.expires <= now {
			m.remove(e)
		} else if e := m.running.first; e != nil && e.expires <= now {
			m.remove(e)
		} else {
			break
		}
	}
	fits := func(n int, size int64) bool { return n+entries <= m.cfg.Entries && size+bytes <= m.cfg.Bytes }
	if !fits(m.running.n, int64(m.running.n)*entryBytes) {
		m.expireClaims(now)
		if !fits(m.running.n, int64(m.running.n)*entryBytes) {
			return ErrFull
		}
	}
	for !fits(len(m.entries), m.bytes) {
		m.remove(m.finished.first)
	}
	return nil
}

// expireClaims forgets every claim whose lease has run out, also behind longer
// ones.
func (m *Memory) expireClaims(now time.Duration) {
	for e := m.running.first; e != nil; {
		next := e.next
		if e.expires <= now {
			m.remove(e)
		}
		e = next
	}
}

func (m *Memory) remove(e *entry) {
	delete(m.entries, e.key)
	e.in.unlink(e)
	m.bytes -= e.size()
	e.wake()
}

func (e *entry) wake() {
	if e.over != nil {
		close(e.over)
		e.over = nil
	}
}

// MemoryStats are sizes of a [Memory].
type MemoryStats struct {
	Running int   // claims
	Kept    int   // results, and failures whose waiters may still come
	Bytes   int64 // as they are counted against the bound
}

// Stats returns the present sizes.
func (m *Memory) Stats() MemoryStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return MemoryStats{Running: m.running.n, Kept: m.finished.n, Bytes: m.bytes}
}
