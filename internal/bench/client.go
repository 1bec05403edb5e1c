package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"time"
)

// client is one connection that is kept alive and used for one call after
// another. It knows just enough of HTTP to cost less than what it measures.
type client struct {
	conn    net.Conn
	request []byte
	buf     []byte
	took    []time.Duration // of each call of the turn
}

func dial(addr string, request []byte) (*client, error) {
	conn, err := net.Dial("tcp", addr) //nolint:noctx // to the loopback
	return &client{conn: conn, request: request, buf: make([]byte, 64<<10)}, err
}

// rawRequest returns a request as it goes over the wire.
func rawRequest(body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n%s: %s\r\nContent-Length: %d\r\n\r\n%s",
		hookPath, secretHeader, secret, len(body), body)
}

// until calls until the time is over.
func (c *client) until(end time.Time) error {
	c.took = c.took[:0]
	for begin := time.Now(); begin.Before(end); {
		if err := c.call(); err != nil {
			return err
		}
		now := time.Now()
		c.took = append(c.took, now.Sub(begin))
		begin = now
	}
	return nil
}

var (
	statusOK      = []byte("HTTP/1.1 200 OK\r\n")
	contentLength = []byte("\r\nContent-Length: ")
	headerEnd     = []byte("\r\n\r\n")
)

// call sends the request and reads the whole answer, which must be 200.
func (c *client) call() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	for n := 0; n < len(c.buf); {
		more, err := c.conn.Read(c.buf[n:])
		if n += more; err != nil {
			return err
		}
		total, err := answerLength(c.buf[:n])
		switch {
		case err != nil:
			return err
		case n == total:
			return nil
		case total > 0 && n > total:
			return fmt.Errorf("%d bytes after the answer", n-total)
		}
	}
	return io.ErrShortBuffer
}

// answerLength returns how long the answer that begins so is, 0 as long as
// that is not known.
func answerLength(b []byte) (int, error) {
	end := bytes.Index(b, headerEnd)
	if end < 0 {
		return 0, nil
	}
	if !bytes.HasPrefix(b, statusOK) {
		return 0, fmt.Errorf("answer %.300q", b)
	}
	at := bytes.Index(b[:end], contentLength)
	if at < 0 {
		return 0, errors.New("answer without a length")
	}
	digits, _, _ := bytes.Cut(b[at+len(contentLength):end+2], []byte("\r\n"))
	n, err := strconv.Atoi(string(digits))
	return end + len(headerEnd) + n, err
}

// quantile returns what the part q of the durations stays below, in microseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]) / 1e3
}

// allTimes returns the durations of all clients in order.
func allTimes(clients []*client) []time.Duration {
	var all []time.Duration
	for _, c := range clients {
		all = append(all, c.took...)
	}
	slices.Sort(all)
	return all
}
