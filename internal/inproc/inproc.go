// Package inproc serves an http.Handler to an http.Transport of the same
// process, through net/http's own server and client and an in-memory
// connection.
//
// Nothing of HTTP is imitated: requests and answers are written and parsed as
// on a network, the server recovers panics and cuts the connection, a client
// that goes away ends the context of a request whose body was read. No port is opened, and because
// the connection is built of channels the whole path runs in the fake time of
// testing/synctest.
package inproc

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// Listener serves a handler on the connections that its Dial opens. It holds
// no goroutine and no memory between connections, so it needs no closing.
// Its methods are safe for concurrent use.
type Listener struct {
	srv   http.Server
	ports atomic.Uint32
}

// New returns a listener for h. What the server has to say, such as the panic
// of a handler with its stack, goes to log.
func New(h http.Handler, log *slog.Logger) *Listener {
	l := &Listener{}
	l.srv.Handler = h
	l.srv.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelError)
	return l
}

// Dial opens a connection to the handler. It has the signature of
// http.Transport.DialContext; network and address do not matter.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := net.Pipe()
	// Handlers may split the address of their peer into host and port, which
	// the address of a pipe does not allow.
	peer := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(1024 + l.ports.Add(1)%60000)}
	self := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	// Serve returns as soon as the only connection is handed out.
	_ = l.srv.Serve(&once{conn: &conn{Conn: server, local: self, remote: peer}, addr: self})
	return &conn{Conn: client, local: peer, remote: self}, nil
}

// conn is one end of a pipe with the addresses of a loopback connection.
type conn struct {
	net.Conn
	local, remote net.Addr
}

// LocalAddr returns the address of this end.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the other end.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// once is a listener of a single connection.
type once struct {
	mu   sync.Mutex // guards conn
	conn net.Conn
	addr net.Addr
}

// Accept hands the connection out, then reports the end.
func (o *once) Accept() (net.Conn, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.conn == nil {
		return nil, io.EOF
	}
	c := o.conn
	o.conn = nil
	return c, nil
}

// Close has nothing to do: the connection belongs to the server.
func (o *once) Close() error { return nil }

// Addr returns the address that the server believes to listen on.
func (o *once) Addr() net.Addr { return o.addr }
