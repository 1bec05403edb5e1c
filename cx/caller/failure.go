package caller

import (
	"fmt"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/code"
	spb "google.golang.org/genproto/googleapis/rpc/status"
)

// Events that an agent raises for failed webhook calls. EventError is the one
// without a finer kind; a handler for it also catches the others where they
// have none of their own.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/handler.
const (
	EventError       = "webhook.error"
	EventTimeout     = "webhook.error.timeout"
	EventBadRequest  = "webhook.error.bad-request"
	EventRejected    = "webhook.error.rejected"
	EventUnavailable = "webhook.error.unavailable"
	EventNotFound    = "webhook.error.not-found"
)

// Kind says what went wrong with a call.
type Kind uint8

// The kinds of failure.
const (
	// Timeout: the answer was not whole when the attempt's time was over.
	Timeout Kind = iota + 1
	// Unreachable: no connection came about: unknown host, refused
	// connection, failed TLS handshake or certificate.
	Unreachable
	// Forbidden: the caller itself refused the address, because it is not
	// public or not https. See [AllowLocal].
	Forbidden
	// Broken: the connection ended, or ceased to be HTTP, before the answer
	// was whole. A panic of the handler looks like this.
	Broken
	// BadStatus: the answer has a status that is no success.
	BadStatus
	// TooLarge: the answer is longer than 65,536 bytes.
	TooLarge
	// BadAnswer: the answer is not what the kind of webhook must answer:
	// not JSON, not of the message, of another content type, empty.
	BadAnswer
	// NoCredentials: a secret or a token could not be had; nothing was
	// sent.
	NoCredentials
	// Unrenderable: the URL or the body of a flexible webhook, or a
	// configured header of either kind, cannot be made of the parameters;
	// nothing was sent.
	Unrenderable
)

// String returns the name of k in lower case, for messages.
func (k Kind) String() string {
	names := [...]string{"unknown failure", "timeout", "unreachable", "forbidden address",
		"broken connection", "bad status", "answer too large", "bad answer", "no credentials", "unusable parameter"}
	if int(k) < len(names) {
		return names[k]
	}
	return names[0]
}

// Failure is a webhook call that failed, as the agent sees it.
type Failure struct {
	Kind Kind
	// Event is the most specific event that the agent raises.
	Event string
	// StatusCode is the HTTP status of the answer, 0 if none came.
	StatusCode int
	// Limit is the limit that was passed, for Timeout as a duration in
	// words, for TooLarge in bytes, else empty.
	Limit string

	err error
}

// Error says what happened. For a BadAnswer it may quote a header, a name or a
// short value of the answer, so do not show it to those who may not see the
// answer.
func (f *Failure) Error() string {
	text := "caller: " + f.Kind.String()
	switch {
	case f.Kind == BadStatus:
		text += fmt.Sprintf(" %d %s", f.StatusCode, http.StatusText(f.StatusCode))
	case f.Kind == Timeout && f.Limit != "":
		text += ": the limit is " + f.Limit
	}
	if f.err != nil {
		text += ": " + f.err.Error()
	}
	return text
}

// Unwrap returns the error underneath, if there is one.
func (f *Failure) Unwrap() error { return f.err }

// event returns the event of a failure. Whether a status 404 means that the
// URL was not found is open.
func (f *Failure) event(notFoundOn404 bool) string {
	switch {
	case f.Kind == Timeout:
		return EventTimeout
	case f.Kind == Unreachable, f.Kind == Forbidden:
		return EventNotFound
	case f.Kind != BadStatus:
		return EventError
	}
	switch f.StatusCode {
	case http.StatusBadRequest:
		return EventBadRequest
	case http.StatusUnauthorized, http.StatusForbidden:
		return EventRejected
	case http.StatusServiceUnavailable:
		return EventUnavailable
	case http.StatusNotFound:
		if notFoundOn404 {
			return EventNotFound
		}
	}
	return EventError
}

// Status returns the entry of QueryResult.webhookStatuses for the failure.
// Codes and text follow messages seen in logs; neither is documented.
func (f *Failure) Status() *spb.Status {
	c, state, reason := f.words()
	text := fmt.Sprintf("Webhook call failed. Error: %s, State: %s, Reason: %s", c, state, reason)
	if f.StatusCode != 0 {
		text += fmt.Sprintf(", HTTP status code: %d", f.StatusCode)
	}
	return &spb.Status{Code: int32(c), Message: text + "."}
}

func (f *Failure) words() (c code.Code, state, reason string) {
	switch f.Kind {
	case Timeout:
		return code.Code_DEADLINE_EXCEEDED, "URL_TIMEOUT", "TIMEOUT_WEB"
	case Unreachable, Forbidden, Broken:
		return code.Code_UNAVAILABLE, "URL_UNREACHABLE", "UNREACHABLE_CONNECTION"
	case TooLarge, BadAnswer:
		return code.Code_INVALID_ARGUMENT, "URL_REACHED", "INVALID_RESPONSE"
	case NoCredentials:
		return code.Code_UNAUTHENTICATED, "URL_NOT_CALLED", "NO_CREDENTIALS"
	case Unrenderable:
		return code.Code_INVALID_ARGUMENT, "URL_NOT_CALLED", "INVALID_PARAMETER"
	}
	c = statusCode(f.StatusCode)
	if c == code.Code_PERMISSION_DENIED || c == code.Code_UNAUTHENTICATED {
		return c, "URL_REJECTED", "REJECTED_BY_SERVICE"
	}
	return c, "URL_UNREACHABLE", fmt.Sprintf("UNREACHABLE_%dxx", f.StatusCode/100)
}

// statusCode maps an HTTP status by the usual table of Google's APIs.
func statusCode(status int) code.Code {
	switch status {
	case http.StatusBadRequest:
		return code.Code_INVALID_ARGUMENT
	case http.StatusUnauthorized:
		return code.Code_UNAUTHENTICATED
	case http.StatusForbidden:
		return code.Code_PERMISSION_DENIED
	case http.StatusNotFound:
		return code.Code_NOT_FOUND
	case http.StatusTooManyRequests:
		return code.Code_RESOURCE_EXHAUSTED
	}
	if status >= 500 {
		return code.Code_UNAVAILABLE
	}
	return code.Code_UNKNOWN
}
