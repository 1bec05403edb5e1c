package cxtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// serverReads is how much of a body that the handler left net/http reads before
// it answers. More than that is not waited for here either.
const serverReads = 256 << 10

// errUnsent is a body that the client has yet to send, and need not.
var errUnsent = errors.New("cxtest: the handler left the request's body, which the client was to send after 100 Continue only")

// tee keeps what the handler reads of a body.
type tee struct {
	src    io.ReadCloser
	buf    bytes.Buffer
	long   bool
	began  bool  // the handler has read
	expect bool  // the client waits for 100 Continue, which the first read sends
	left   int64 // bytes of the declared length that have not been read
	err    error // the end or the failure, once it was seen
}

func newTee(req *http.Request) *tee {
	t := &tee{src: req.Body, expect: req.Header.Get("Expect") != "", left: req.ContentLength}
	if req.Body == nil || req.Body == http.NoBody {
		t.err = io.EOF
	}
	return t
}

// Read reads on and keeps what came.
func (t *tee) Read(p []byte) (int, error) {
	t.began = true
	n, err := t.src.Read(p)
	t.left -= int64(n)
	t.long = keep(&t.buf, p[:n]) || t.long
	if err != nil && t.err == nil {
		t.err = err
	}
	return n, err
}

// Close closes the body.
func (t *tee) Close() error { return t.src.Close() }

// rest reads what the handler left of a body, as the server would before it
// sends the answer: not what was not asked for, and not too much.
func (t *tee) rest() {
	if t.err != nil || t.expect && !t.began || t.left >= serverReads {
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(t, serverReads+1)) // the error is kept in t.err
}

// failure returns why the body is not known whole, or nil.
func (t *tee) failure() error {
	switch {
	case errors.Is(t.err, io.EOF):
		return nil
	case t.err != nil:
		return fmt.Errorf("cxtest: the request's body could not be read whole: %w", t.err)
	case t.expect && !t.began:
		return errUnsent
	}
	return fmt.Errorf("cxtest: the handler left more than %d bytes of the request's body", serverReads)
}
