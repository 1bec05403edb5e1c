package caller

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// failedBody is how long the body of an answer with a bad status is waited for.
const failedBody = time.Second

// exchange sends the request and reads the answer into res, within the
// timeout.
func (c *Caller) exchange(ctx context.Context, out *outgoing, h http.Header, res *Result) *Failure {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	// The transport does not change the headers of a request.
	r := (&http.Request{Method: out.method, URL: out.url, Host: out.url.Host, Header: h, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	if out.body != nil {
		r.ContentLength = int64(len(out.body))
		r.Body = io.NopCloser(bytes.NewReader(out.body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.body)), nil }
	}
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		return c.failed(ctx, 0, err)
	}
	defer resp.Body.Close()
	res.StatusCode, res.Header = resp.StatusCode, resp.Header
	if !c.success(resp.StatusCode) { // that is known now; the body only helps to find out why
		defer time.AfterFunc(failedBody, cancel).Stop()
	}
	res.Body, err = readAnswer(resp.Header, resp.Body)
	switch {
	case !c.success(resp.StatusCode):
		return c.fail(BadStatus, resp.StatusCode, nil)
	case err != nil:
		return c.failed(ctx, resp.StatusCode, err)
	}
	return nil
}

func (c *Caller) success(status int) bool {
	return status == http.StatusOK || status > 200 && status < 300 && !c.cfg.only200
}

// failed classifies an error of the connection.
func (c *Caller) failed(ctx context.Context, status int, err error) *Failure {
	var connect *connectError
	var address *addressError
	var encoding *encodingError
	var size *sizeError
	switch {
	case errors.As(err, &address):
		return c.fail(Forbidden, status, err)
	case errors.As(err, &size):
		return c.fail(TooLarge, status, size)
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
		return c.fail(Timeout, status, nil)
	case errors.As(err, &connect):
		return c.fail(Unreachable, status, err)
	case errors.As(err, &encoding):
		return c.fail(BadAnswer, status, err)
	}
	return c.fail(Broken, status, err)
}

func (c *Caller) fail(k Kind, status int, err error) *Failure {
	f := &Failure{Kind: k, StatusCode: status, err: err}
	switch k {
	case Timeout:
		f.Limit = c.timeout.String()
	case TooLarge:
		f.Limit = fmt.Sprintf("%d bytes", MaxAnswerBytes)
	}
	f.Event = f.event(c.cfg.notFoundOn404)
	return f
}
