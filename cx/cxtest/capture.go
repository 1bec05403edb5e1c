package cxtest

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
)

// capture keeps what a handler answers on its way to the client.
type capture struct {
	http.ResponseWriter

	status   int // 0 until the final status is known
	header   http.Header
	buf      bytes.Buffer
	long     bool
	written  int
	hijacked bool

	rest   func() // reads what is left of the request's body
	duplex bool   // the handler reads on after its answer began
	sent   bool   // the server has sent the headers, and closed the body
}

// serverBuffers is how much of an answer net/http keeps before it sends the
// headers.
const serverBuffers = 2048

// before reads the rest of the request's body when the server is about to send
// the headers of the answer, which is when the server reads and closes it.
func (c *capture) before() {
	if !c.sent && !c.duplex {
		c.rest()
	}
	c.sent = true
}

// WriteHeader keeps the final status; informational ones only pass.
func (c *capture) WriteHeader(status int) {
	if status >= 200 {
		c.final(status)
	}
	c.ResponseWriter.WriteHeader(status)
}

// final keeps the first final status and the headers as they are then.
func (c *capture) final(status int) {
	if c.status == 0 {
		c.status, c.header = status, c.Header().Clone()
		if c.header == nil {
			c.header = http.Header{}
		}
	}
}

// Write keeps what the client is sent.
func (c *capture) Write(p []byte) (int, error) {
	c.final(http.StatusOK)
	if c.written += len(p); c.written > serverBuffers {
		c.before()
	}
	n, err := c.ResponseWriter.Write(p)
	c.long = keep(&c.buf, p[:n]) || c.long
	return n, err
}

// Flush serves http.Flusher.
func (c *capture) Flush() {
	_ = c.FlushError() // the interface has no place for it
}

// FlushError serves http.ResponseController.
func (c *capture) FlushError() error {
	c.final(http.StatusOK)
	c.before()
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// EnableFullDuplex serves http.ResponseController.
func (c *capture) EnableFullDuplex() error {
	err := http.NewResponseController(c.ResponseWriter).EnableFullDuplex()
	c.duplex = err == nil
	return err
}

// Hijack serves http.Hijacker; the exchange is then not recorded.
func (c *capture) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(c.ResponseWriter).Hijack()
	c.hijacked = err == nil
	return conn, rw, err
}

// Unwrap serves http.ResponseController.
func (c *capture) Unwrap() http.ResponseWriter { return c.ResponseWriter }
