package auth

import (
	"log"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// handshakeLogInterval is the least time between two records of failed
	// handshakes of one peer.
	handshakeLogInterval = time.Minute
	// handshakeLogPeers bounds the peers that are remembered. Beyond it all
	// are forgotten, which costs a few more records.
	handshakeLogPeers = 1024
	// handshakeMark begins what net/http says of a failed handshake.
	handshakeMark = "http: TLS handshake error from "
)

// HandshakeLog counts failed TLS handshakes, which no handler sees, and logs
// them once a minute for each peer's address: set http.Server.ErrorLog to its
// Logger. What else the server says is logged as it is. It is safe for
// concurrent use.
type HandshakeLog struct {
	logger *slog.Logger
	now    func() time.Time
	failed atomic.Uint64

	mu    sync.Mutex
	peers map[string]*handshakePeer
}

type handshakePeer struct {
	logged time.Time
	silent int // failures since then
}

// NewHandshakeLog returns a log that writes to logger, or to slog.Default()
// if it is nil. A nil clock is time.Now.
func NewHandshakeLog(logger *slog.Logger, now func() time.Time) *HandshakeLog {
	if logger == nil {
		logger = slog.Default()
	}
	if now == nil {
		now = time.Now
	}
	return &HandshakeLog{logger: logger, now: now, peers: make(map[string]*handshakePeer)}
}

// Logger returns what http.Server.ErrorLog takes.
func (l *HandshakeLog) Logger() *log.Logger { return log.New(l, "", 0) }

// Failed returns how many handshakes have failed so far.
func (l *HandshakeLog) Failed() uint64 { return l.failed.Load() }

// Write takes one line of the server's log.
func (l *HandshakeLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	rest, ok := strings.CutPrefix(text, handshakeMark)
	if !ok {
		l.logger.Warn("http server", "message", cutText(text))
		return len(line), nil
	}
	l.failed.Add(1)
	peer, cause, _ := strings.Cut(rest, ": ")
	if host, _, err := net.SplitHostPort(peer); err == nil {
		peer = host
	}
	if silent, due := l.due(peer); due {
		l.logger.Warn("TLS handshake failed", "reason", "tls_handshake", "peer", peer, "cause", cutText(cause), "not_logged", silent)
	}
	return len(line), nil
}

// due reports whether the peer's failure is to be logged, and how many were
// not since the last that was.
func (l *HandshakeLog) due(peer string) (silent int, due bool) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.peers[peer]
	if p == nil {
		if len(l.peers) >= handshakeLogPeers {
			clear(l.peers)
		}
		l.peers[peer] = &handshakePeer{logged: now}
		return 0, true
	}
	if now.Sub(p.logged) < handshakeLogInterval {
		p.silent++
		return 0, false
	}
	silent = p.silent
	p.logged, p.silent = now, 0
	return silent, true
}

func cutText(s string) string { return s[:min(len(s), maxLogText)] }
