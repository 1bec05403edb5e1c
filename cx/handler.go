package cx

import (
	"context"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/status"
)

// Handler answers the calls of standard webhooks.
//
// The request is never nil; any of its sub-messages may be, since Dialogflow
// leaves out what is empty, so read through the getters. The handler owns the
// request and may keep or change it. A nil response with a nil error is
// answered as {}. An error decides the HTTP status: see [Errorf].
//
// Dialogflow calls again when an answer does not come in time: a handler with
// side effects must bear a second call with the same detectIntentResponseId, or
// be served by [WithOnce].
//
// ServeWebhook is called from many goroutines at once. The context ends at
// the deadline of the call and, except with [WithOnce], when the caller hangs
// up.
type Handler interface {
	ServeWebhook(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error)
}

// HandlerFunc makes a function a [Handler].
type HandlerFunc func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error)

// ServeWebhook calls f.
func (f HandlerFunc) ServeWebhook(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	return f(ctx, req)
}

// Error is a failure with the HTTP status that answers it, a text for the
// caller and a cause for the log. Make one with [Errorf]. It is an error with
// these methods:
//
//	func (e *Error) WithCause(err error) *Error // a copy with the cause, for the log
//	func (e *Error) Status() int                // as given to Errorf
//	func (e *Error) Public() string             // the text for the caller
//	func (e *Error) Error() string              // both texts
//	func (e *Error) Unwrap() error              // the cause
type Error = status.Error

// Errorf returns an error that is answered with the given HTTP status.
// The status decides which event the agent raises: 400 is
// webhook.error.bad-request, 401 and 403 are webhook.error.rejected, 503 is
// webhook.error.unavailable, 404 and 500 are webhook.error. A status outside
// this list is replaced by the nearest of it: 405 and 410 by 404, 407 by 401,
// 408, 425, 429, 502 and 504 by 503, other 4xx by 400, the rest by 500.
//
// The formatted text is sent to the caller; there is no verb %w. What only the
// log may know goes into WithCause:
//
//	return nil, cx.Errorf(http.StatusNotFound, "no order %q", id).WithCause(err)
//
// Errors of any other kind are answered 500 with a fixed text, except
// [ParamError] (400) and context.DeadlineExceeded (503).
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook.
func Errorf(code int, format string, args ...any) *Error {
	return status.Errorf(code, format, args...)
}
