package jetstream

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
)

const (
	readyLimit   = 30 * time.Second
	healthEvery  = 250 * time.Millisecond
	reviveAtMost = 5 * time.Second
	// writeDeadline is beyond any stall of a device: while the server waits for
	// one it reads nothing from its client, which then reads nothing either, and
	// a server that took that for a slow client would cut the connection.
	writeDeadline = 2 * time.Minute
	// maxPayload bounds one message of the embedded server.
	maxPayload = 8 << 20
)

var errRestarting = errors.New("jetstream: the embedded server is being started again")

// engine is the embedded server and what keeps it running. It hands out
// connections to the server that runs now, so that a client which reconnects
// finds the one that took the place of the one it lost.
type engine struct {
	cfg  Config
	lock *flock.Flock

	mu  sync.Mutex
	srv *server.Server // nil between two servers

	stop chan struct{}
	done chan struct{}
}

// startEngine starts the server in the directory and the watch over it.
func startEngine(cfg Config) (*engine, error) {
	lock, err := openDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	e := &engine{cfg: cfg, lock: lock, stop: make(chan struct{}), done: make(chan struct{})}
	e.srv, err = e.newServer()
	if errors.Is(err, ErrStore) && dropUnmade(cfg.Logger, cfg.Dir) > 0 {
		e.srv, err = e.newServer()
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	go e.watch()
	return e, nil
}

// newServer starts a server and returns when it serves all that the directory
// holds.
func (e *engine) newServer() (*server.Server, error) {
	log := &serverLog{log: e.cfg.Logger}
	before := blocks(e.cfg.Dir)
	srv, err := server.NewServer(&server.Options{
		ServerName:             "embedded",
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		DisableJetStreamBanner: true,
		StoreDir:               e.cfg.Dir,
		JetStreamMaxStore:      e.cfg.MaxStore,
		JetStreamMaxMemory:     e.cfg.MaxMemory,
		SyncAlways:             !e.cfg.LoseOnPowerCut,
		MaxPayload:             maxPayload,
		WriteDeadline:          writeDeadline,
	})
	if err != nil {
		return nil, fmt.Errorf("jetstream: embedded server: %w", err)
	}
	srv.SetLoggerV2(log, false, false, false)
	srv.Start()
	if err := e.started(srv, log); err != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil, err
	}
	tellCuts(e.cfg.Logger, e.cfg.Dir, before)
	return srv, nil
}

func (e *engine) started(srv *server.Server, log *serverLog) error {
	if text := log.failure(); text != "" {
		kind := ErrStore
		if strings.Contains(text, "storage directory") {
			kind = ErrDir
		}
		return fmt.Errorf("%w: %q: %s", kind, e.cfg.Dir, text)
	}
	if !srv.ReadyForConnections(readyLimit) {
		return fmt.Errorf("jetstream: embedded server was not ready within %v", readyLimit)
	}
	if err := health(srv); err != nil {
		return fmt.Errorf("%w: %q: %w", ErrStore, e.cfg.Dir, err)
	}
	return nil
}

// health returns the first stream that was not read back, or that failed to
// write, since when the server refuses what is sent to it.
func health(srv *server.Server) error {
	if h := srv.Healthz(&server.HealthzOptions{}); h.Error != "" {
		return errors.New(h.Error)
	}
	return nil
}

// failure returns why the server writes no more: it has given JetStream up, or a
// stream has failed to write. A stream that is being made at this moment counts
// as not recovered, so that is no failure here.
func failure(srv *server.Server) error {
	for _, e := range srv.Healthz(&server.HealthzOptions{Details: true}).Errors {
		if e.Type == server.HealthzErrorJetStream || strings.Contains(e.Error, "write error") {
			return errors.New(e.Error)
		}
	}
	return nil
}

// InProcessConn is called by the client for every connection that it makes.
func (e *engine) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.srv == nil {
		return nil, errRestarting
	}
	return e.srv.InProcessConn()
}

// watch looks after the server's writes. A stream that failed to write answers
// nothing from then on, so the server is stopped, whereupon calls fail at once,
// and started again when the directory takes writes.
func (e *engine) watch() {
	defer close(e.done)
	for e.pause(healthEvery) {
		err := failure(e.server())
		if err == nil {
			continue
		}
		e.cfg.Logger.Error("jetstream: the store does not write; calls fail until it does", "dir", e.cfg.Dir, "error", err)
		e.stopServer()
		if !e.revive() {
			return
		}
		e.cfg.Logger.Warn("jetstream: the store writes again", "dir", e.cfg.Dir)
	}
}

// revive starts a server as soon as it can write. It returns false when the
// engine is closed meanwhile.
func (e *engine) revive() bool {
	wait := healthEvery
	for e.pause(wait) {
		if writable(e.cfg.Dir) != nil {
			continue
		}
		srv, err := e.newServer()
		if err == nil {
			e.mu.Lock()
			e.srv = srv
			e.mu.Unlock()
			return true
		}
		e.cfg.Logger.Error("jetstream: the embedded server did not start again", "dir", e.cfg.Dir, "error", err)
		wait = min(2*wait, reviveAtMost)
	}
	return false
}

// pause returns true after the time, false when the engine is closed.
func (e *engine) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-e.stop:
		return false
	case <-timer.C:
		return true
	}
}

func (e *engine) server() *server.Server {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.srv
}

func (e *engine) stopServer() {
	e.mu.Lock()
	srv := e.srv
	e.srv = nil
	e.mu.Unlock()
	if srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

// close stops the watch and the server and gives the directory back.
func (e *engine) close() error {
	close(e.stop)
	<-e.done
	e.stopServer()
	return e.lock.Close()
}
