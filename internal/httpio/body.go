// Package httpio holds what every route of the library does with the bytes of
// HTTP: it reads a request's body once and within a limit, and writes the
// small error bodies of fixed shape.
package httpio

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// DefaultMaxRequestBytes is the limit of a request body where none is
// configured: 1 MiB.
const DefaultMaxRequestBytes = 1 << 20

// firstRead is the most that is allocated for a body before any of it has
// arrived, whatever length the client declares.
const firstRead = 16 << 10

// growth is the factor by which a buffer grows once its body has shown that it
// goes on.
const growth = 4

// lingering is how long a connection stays open after a body was refused.
const lingering = 500 * time.Millisecond

// ErrIncomplete reports a body that ended before its declared length, or whose
// transfer coding was broken, or that came too slowly.
var ErrIncomplete = errors.New("httpio: incomplete request body")

// TooLargeError reports a body over its limit.
type TooLargeError struct {
	Limit int64 // accepted bytes
	Have  int64 // declared or read bytes: at least this many
}

// Error names both numbers.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("httpio: request body is at least %d bytes, the limit is %d", e.Have, e.Limit)
}

// body is a request body that is read whole at most once. It replaces
// Request.Body and so travels with the request and its shallow copies.
type body struct {
	mu    sync.Mutex // guards what follows
	w     http.ResponseWriter
	src   io.ReadCloser
	size  int64 // declared length, -1 if unknown
	limit int64
	done  bool
	data  []byte
	err   error
	off   int

	budget  *Budget
	held    int64 // of the purse for bodies that arrive
	working int64 // of the purse for bodies that are there
}

// Limit returns r with its body bounded to n bytes for everything that reads
// it later. Of several limits the smallest wins, also over a body that was
// read before. Nothing is read yet. A refused body closes the connection. A
// limit below 1 is a programming error and panics.
func Limit(w http.ResponseWriter, r *http.Request, n int64) *http.Request {
	if n < 1 {
		panic(fmt.Sprintf("httpio: request body limit is %d bytes, need at least 1", n))
	}
	if b, ok := r.Body.(*body); ok {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.limit = min(b.limit, n)
		return r
	}
	// A copy, because the server looks at the type of its own request's body
	// to decide how the connection is closed.
	c := &struct {
		request http.Request
		body    body
	}{request: *r}
	b := &c.body
	b.w, b.src, b.size, b.limit = w, r.Body, r.ContentLength, n
	c.request.Body = b
	return &c.request
}

// Bytes returns the whole body of r, reading it on the first call and
// answering from memory afterwards; the caller must not change it. Without an
// earlier [Limit] the default limit holds. The error is a [*TooLargeError],
// or wraps [ErrIncomplete].
func Bytes(r *http.Request) ([]byte, error) {
	b, ok := r.Body.(*body)
	if !ok {
		b = &body{src: r.Body, size: r.ContentLength, limit: DefaultMaxRequestBytes}
		r.Body = b
	}
	return b.bytes()
}

func (b *body) bytes() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.done {
		b.done = true
		b.data, b.err = b.read()
		if b.err == nil && int64(len(b.data)) <= b.limit {
			b.err = b.chargeWork()
		}
		b.arrived()
	}
	if b.err == nil && int64(len(b.data)) > b.limit {
		return nil, &TooLargeError{Limit: b.limit, Have: int64(len(b.data))}
	}
	if b.err == nil {
		b.err = b.chargeWork()
	}
	if b.err != nil {
		b.data = nil
		return nil, b.err
	}
	return b.data, nil
}

// read takes the whole body off the wire. A body whose declared length is over
// the limit is refused unread.
func (b *body) read() ([]byte, error) {
	if b.size > b.limit {
		b.closeConnection()
		return nil, &TooLargeError{Limit: b.limit, Have: b.size}
	}
	if b.src == nil || b.src == http.NoBody || b.size == 0 {
		return nil, nil
	}
	src := http.MaxBytesReader(b.w, b.src, b.limit)
	buf := make([]byte, 0, b.capacity(firstRead))
	for {
		n, err := src.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return nil, b.failed(err)
		case len(buf) == cap(buf):
			size := b.capacity(growth * cap(buf))
			if err := b.chargeReading(int64(size) - 1); err != nil {
				b.closeConnection()
				return nil, err
			}
			buf = append(make([]byte, 0, size), buf...)
		}
	}
}

// capacity bounds a buffer of the wished size by the declared length and the
// limit, with one byte of room so that the end is seen without growing.
func (b *body) capacity(wish int) int {
	end := b.limit
	if b.size >= 0 {
		end = b.size
	}
	return int(min(int64(wish), end)) + 1
}

func (b *body) failed(err error) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		b.closeConnection()
		return &TooLargeError{Limit: b.limit, Have: b.limit + 1}
	}
	b.closeConnection()
	return fmt.Errorf("%w: %w", ErrIncomplete, err)
}

// closeConnection lets the answer leave before the rest of the body has come,
// and gives the peer a moment to read it. Writers that cannot do so are left
// to the server's own rule, which drains small bodies first.
func (b *body) closeConnection() {
	if b.w == nil {
		return
	}
	b.w.Header().Set("Connection", "close")
	rc := http.NewResponseController(b.w)
	_ = rc.EnableFullDuplex()                         // HTTP/2 and test writers have none and need none
	_ = rc.SetReadDeadline(time.Now().Add(lingering)) // likewise
}

// Read serves readers that know nothing of this package.
func (b *body) Read(p []byte) (int, error) {
	data, err := b.bytes()
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.off >= len(data) {
		return 0, io.EOF
	}
	n := copy(p, data[b.off:])
	b.off += n
	return n, nil
}

// Close closes the connection's body; what was read stays readable by [Bytes].
func (b *body) Close() error {
	if b.src == nil {
		return nil
	}
	return b.src.Close()
}
