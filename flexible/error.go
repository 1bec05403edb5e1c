package flexible

import "github.com/cxhook/cxhook/internal/status"

// Error is a failure with the HTTP status that answers it, a text for the
// caller and a cause for the log. Make one with [Errorf].
type Error = status.Error

// Errorf returns an error that is answered with the given HTTP status. The
// status decides which event the agent raises: 400 is
// webhook.error.bad-request, 401 and 403 are webhook.error.rejected, 503 is
// webhook.error.unavailable, 404 and 500 are webhook.error. A status outside
// this list is replaced by the nearest of it.
//
// The formatted text is sent to the caller. What only the log may know goes
// into [Error.WithCause]:
//
//	return found{}, flexible.Errorf(http.StatusNotFound, "no order %q", in.Order).WithCause(err)
//
// Errors of any other kind are answered 500 with a fixed text, except
// context.DeadlineExceeded (503).
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook.
func Errorf(code int, format string, args ...any) *Error {
	return status.Errorf(code, format, args...)
}
