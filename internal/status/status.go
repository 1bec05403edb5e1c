// Package status holds the error type of webhook handlers and the list of
// HTTP statuses that Dialogflow CX understands.
//
// Packages cx and flexible publish the type by alias, so that an error made
// for one of them means the same to the other.
//
// Source of the list: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook.
package status

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Error is a failure with the HTTP status that answers it and two texts: the
// public one, which was written for the caller, and the cause, which only the
// log sees. Errors are immutable and safe for concurrent use.
type Error struct {
	status int
	text   string
	cause  error
}

// Errorf returns an error answered by the given HTTP status. The formatted
// text is sent to the caller: put nothing in it that the caller may not know,
// and attach the underlying error by [Error.WithCause] instead of a verb.
//
// A status that Dialogflow does not know is replaced when it is sent: see
// [Known].
func Errorf(status int, format string, args ...any) *Error {
	return &Error{status: status, text: fmt.Sprintf(format, args...)}
}

// WithCause returns a copy of e with the error that explains it to the
// operator. The cause is logged, never sent, and found by errors.Is and
// errors.As.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// Error returns the public text followed by the cause, for logs.
func (e *Error) Error() string {
	if e == nil {
		return "error without a text"
	}
	if e.cause == nil {
		return e.text
	}
	return e.text + ": " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.cause
}

// Status returns the HTTP status as it was given to [Errorf].
func (e *Error) Status() int { return e.status }

// Public returns the text that the caller is told.
func (e *Error) Public() string { return e.text }

// Known maps any HTTP status to one that a webhook may answer on an error:
// 400, 401, 403, 404, 500 or 503. Those six are kept. Of the others 405 and
// 410 become 404, 407 becomes 401, 408, 425, 429, 502 and 504 become 503,
// the remaining 4xx become 400, and everything else is 500.
func Known(code int) int {
	switch code {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusNotFound, http.StatusInternalServerError, http.StatusServiceUnavailable:
		return code
	case http.StatusMethodNotAllowed, http.StatusGone:
		return http.StatusNotFound
	case http.StatusProxyAuthRequired:
		return http.StatusUnauthorized
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusGatewayTimeout:
		return http.StatusServiceUnavailable
	}
	if code >= 400 && code < 500 {
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// Of maps any error to the status and the public text that answer it. An
// [Error] in its tree decides both; context.DeadlineExceeded and
// context.Canceled are 503; everything else is 500 with a fixed text.
func Of(err error) (code int, public string) {
	var e *Error
	switch {
	case errors.As(err, &e) && e != nil:
		return Known(e.status), e.text
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, "the webhook did not finish in time"
	default:
		return http.StatusInternalServerError, "internal error"
	}
}
