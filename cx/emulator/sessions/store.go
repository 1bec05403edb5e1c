package sessions

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cxhook/cxhook/cx/emulator"
)

// store holds the sessions that live.
type store struct {
	em  *emulator.Emulator
	max int

	mu     sync.Mutex
	byName map[string]*entry
	idle   expiries // those that no request uses, the next to expire first
}

// entry is one session with its time to live.
type entry struct {
	key     string
	session *emulator.Session
	turn    chan struct{} // holds a token while a turn runs

	// Guarded by store.mu.
	users   int // requests that run or wait for their turn
	ttl     time.Duration
	expires time.Time
	at      int // its place in idle
}

func newStore(em *emulator.Emulator, most int) *store {
	return &store{em: em, max: most, byName: make(map[string]*entry)}
}

// acquire returns the session of a name when its turn has come, a new one if
// there is none. A ttl of 0 leaves the session's. The error is a status.
func (s *store) acquire(ctx context.Context, name emulator.SessionName, ttl time.Duration) (*entry, error) {
	e, err := s.use(name, ttl)
	if err != nil {
		return nil, err
	}
	select {
	case e.turn <- struct{}{}:
		return e, nil
	case <-ctx.Done():
		s.leave(e)
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

// release ends the turn that acquire began.
func (s *store) release(e *entry) {
	<-e.turn
	s.leave(e)
}

func (s *store) use(name emulator.SessionName, ttl time.Duration) (*entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for len(s.idle) > 0 && !s.idle[0].expires.After(now) {
		delete(s.byName, s.idle[0].key)
		heap.Pop(&s.idle)
	}
	key := name.String()
	e := s.byName[key]
	switch {
	case e == nil && len(s.byName) >= s.max:
		return nil, status.Errorf(codes.ResourceExhausted, "sessions: %d sessions live, at most %d; the next one has to wait until one expires", len(s.byName), s.max)
	case e == nil:
		e = &entry{key: key, session: s.em.NewNamedSession(name), turn: make(chan struct{}, 1), ttl: DefaultTTL}
		s.byName[key] = e
	case e.users == 0:
		heap.Remove(&s.idle, e.at)
	}
	e.users++
	if ttl > 0 {
		e.ttl = ttl
	}
	return e, nil
}

// leave starts the time to live when no request uses the session any longer.
func (s *store) leave(e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.users--
	if e.users == 0 {
		e.expires = time.Now().Add(e.ttl)
		heap.Push(&s.idle, e)
	}
}

// expiries implements heap.Interface.
type expiries []*entry

func (x expiries) Len() int           { return len(x) }
func (x expiries) Less(i, j int) bool { return x[i].expires.Before(x[j].expires) }
func (x expiries) Swap(i, j int) {
	x[i], x[j] = x[j], x[i]
	x[i].at, x[j].at = i, j
}

// Push implements heap.Interface.
func (x *expiries) Push(v any) {
	e := v.(*entry)
	e.at = len(*x)
	*x = append(*x, e)
}

// Pop implements heap.Interface.
func (x *expiries) Pop() any {
	last := len(*x) - 1
	e := (*x)[last]
	(*x)[last] = nil
	*x = (*x)[:last]
	return e
}
