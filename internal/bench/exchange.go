package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// exchange is a call of a handler in this process, always with the same
// request.
type exchange struct {
	body   []byte
	header http.Header // beside what every request has
	want   int         // the status, 0: none is written
}

// through returns the work of calling h so many times.
func (e *exchange) through(h http.Handler) func(n int) error {
	header := http.Header{"Content-Type": {"application/json"}, secretHeader: {secret}}
	for name, values := range e.header {
		header[name] = values
	}
	body := &rewound{data: e.body}
	like := http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: hookPath}, RequestURI: hookPath, Host: "hooks.example.com", RemoteAddr: "127.0.0.1:4711",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: body, ContentLength: int64(len(e.body)),
	}
	w := &writer{header: http.Header{}}
	return func(n int) error {
		for range n {
			body.Reset(e.body)
			clear(w.header)
			w.status, w.sent = 0, 0
			r := like
			h.ServeHTTP(w, &r)
			if w.status != e.want {
				return fmt.Errorf("status %d, want %d: %.200s", w.status, e.want, w.last)
			}
		}
		return nil
	}
}

// rewound is a body that can be read again.
type rewound struct {
	bytes.Reader
	data []byte
}

func (*rewound) Close() error { return nil }

// writer takes an answer as a connection does, and drops it.
type writer struct {
	header       http.Header
	status, sent int
	last         []byte
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) { w.status = status }

func (w *writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.sent += len(p)
	w.last = p
	return len(p), nil
}

// What http.ResponseController asks for.

func (w *writer) Flush()                          {}
func (w *writer) SetReadDeadline(time.Time) error { return nil }
func (w *writer) EnableFullDuplex() error         { return nil }
