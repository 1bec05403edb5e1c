package events

import (
	"container/list"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// DefaultRateKeys is how many pairs of tenant and address a [Rate] remembers
// where nothing is set.
const DefaultRateKeys = 10_000

// maxRate is more than one process takes.
const maxRate = 1_000_000

// Rate bounds what each tenant at each address may send. An event over it is
// answered 503 with Retry-After before its body is read, and senders send it
// again.
type Rate struct {
	// PerSecond is the sustained rate. Zero bounds nothing.
	PerSecond float64
	// Burst is how many may come at once. The default is one second's worth, at
	// least 1.
	Burst int
	// MaxKeys bounds the pairs that are remembered; the one that was quiet for
	// longest is forgotten first, and begins anew. The default is
	// DefaultRateKeys.
	MaxKeys int
	// Address returns the sender's address. The default is the peer's, which
	// behind a proxy is the proxy's: read there the header that the proxy
	// overwrites, and no other.
	Address func(*http.Request) string
}

func (r *Rate) check(m *mistakes) {
	if math.IsNaN(r.PerSecond) || r.PerSecond > maxRate {
		m.addf("rate", "is %v a second, need 0 to %d", r.PerSecond, maxRate)
		return
	}
	if r.PerSecond == 0 && (r.Burst != 0 || r.MaxKeys != 0) {
		m.add("rate", errors.New("has no per_second, so it bounds nothing"))
	}
	if r.PerSecond < 0 || r.Burst < 0 || r.MaxKeys < 0 {
		m.addf("rate", "is %v a second with a burst of %d for %d keys, need none of them below 0", r.PerSecond, r.Burst, r.MaxKeys)
	}
	if r.Burst == 0 {
		r.Burst = max(1, int(r.PerSecond))
	}
	if r.MaxKeys == 0 {
		r.MaxKeys = DefaultRateKeys
	}
	if r.Address == nil {
		r.Address = peerAddress
	}
}

// peerAddress returns the address of the connection's other end; of IPv6 the
// network of 64 bits, since one sender has all of it.
func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			return network.String()
		}
	}
	return addr.String()
}

// limits holds a limiter for each pair.
type limits struct {
	cfg Rate

	mu    sync.Mutex // guards what follows
	byKey map[limitKey]*list.Element
	used  *list.List // of *limit, the latest first
}

type limitKey struct{ tenant, address string }

type limit struct {
	key limitKey
	*rate.Limiter
}

func newLimits(cfg Rate) *limits {
	if cfg.PerSecond == 0 {
		return nil
	}
	return &limits{cfg: cfg, byKey: make(map[limitKey]*list.Element), used: list.New()}
}

// allow returns nil, or the refusal of an event that comes too early.
func (l *limits) allow(r *http.Request, tenant string) error {
	if l == nil {
		return nil
	}
	now := time.Now()
	limiter := l.limiter(limitKey{tenant, l.cfg.Address(r)})
	if limiter.AllowN(now, 1) {
		return nil
	}
	missing := (1 - limiter.TokensAt(now)) / l.cfg.PerSecond
	f := refuse(http.StatusServiceUnavailable, ReasonRate, "too many events",
		fmt.Errorf("over %v events a second with a burst of %d", l.cfg.PerSecond, l.cfg.Burst))
	f.retry = max(1, min(int(missing)+1, 3600))
	return f
}

func (l *limits) limiter(key limitKey) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		l.used.MoveToFront(e)
		return e.Value.(*limit).Limiter
	}
	if len(l.byKey) >= l.cfg.MaxKeys {
		oldest := l.used.Back()
		delete(l.byKey, l.used.Remove(oldest).(*limit).key)
	}
	made := &limit{key, rate.NewLimiter(rate.Limit(l.cfg.PerSecond), l.cfg.Burst)}
	l.byKey[key] = l.used.PushFront(made)
	return made.Limiter
}
