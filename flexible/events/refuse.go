package events

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/httpio"
)

// Reasons say in one stable word, in logs and figures, why an event was not
// taken. What a verifier refuses carries the verifier's own [auth.Reason].
const (
	ReasonMethod      = "method"             // not POST: 405
	ReasonPath        = "path"               // no route, tenant or provider: 404
	ReasonType        = "type"               // an event type without a flow: 404
	ReasonRate        = "rate"               // over the rate of its tenant and address: 503
	ReasonTooLarge    = "body_too_large"     // 413
	ReasonIncomplete  = "body_incomplete"    // cut, broken or slow: 400
	ReasonOverload    = "overload"           // too many bytes or runs in flight: 503
	ReasonContentType = "content_type"       // 415
	ReasonMalformed   = "malformed"          // no JSON of an event: 400
	ReasonConflict    = "conflict"           // a known id with another body: 400
	ReasonInProgress  = "in_progress"        // the same event is still being recorded: 503
	ReasonStore       = "store_unavailable"  // the check for duplicates cannot be made: 503
	ReasonFull        = "queue_full"         // 503
	ReasonClosed      = "queue_closed"       // shutting down: 503
	ReasonRecord      = "record_failed"      // the queue did not take the event: 503
	ReasonUnencodable = "cannot_be_recorded" // its job would not read back: 400
	ReasonDeadline    = "run_deadline"       // a synchronous run outlasted its limit: 408
	ReasonRun         = "run_failed"         // a synchronous run failed: its own status, or 500
	ReasonPanic       = "run_panicked"       // 500
)

// retryAfter is the answer's Retry-After where nothing better is known, in
// seconds.
const retryAfter = 5

// refusal is an event that is not taken: what answers it and why.
type refusal struct {
	status     int
	reason     string
	public     string
	retry      int // seconds, of a 503
	challenges []string
	cause      error
}

// Error is for the log.
func (f *refusal) Error() string {
	if f.cause == nil {
		return f.reason
	}
	return f.reason + ": " + f.cause.Error()
}

// Unwrap returns the cause.
func (f *refusal) Unwrap() error { return f.cause }

func refuse(code int, reason, public string, cause error) *refusal {
	f := &refusal{status: code, reason: reason, public: public, cause: cause}
	if code == http.StatusServiceUnavailable {
		f.retry = retryAfter
	}
	return f
}

// asRefusal makes one of any error.
func asRefusal(err error) *refusal {
	var f *refusal
	if errors.As(err, &f) {
		return f
	}
	return refuse(http.StatusInternalServerError, ReasonRun, "internal error", err)
}

// unverified answers what a verifier said.
func unverified(err error) *refusal {
	var f *auth.Refusal
	if !errors.As(err, &f) {
		return refuse(http.StatusUnauthorized, string(auth.ReasonUnclassified), "no valid credential", fmt.Errorf("error of type %T", err))
	}
	public := "no valid credential"
	switch f.Status {
	case http.StatusForbidden:
		public = "not allowed"
	case http.StatusServiceUnavailable:
		public = "cannot verify the sender now"
	case http.StatusBadRequest:
		public = "malformed request"
	}
	r := refuse(f.Status, string(f.Reason), public, f)
	r.challenges = f.Challenges
	return r
}

// unreadable answers a body that could not be read.
func unreadable(err error) *refusal {
	var large *httpio.TooLargeError
	switch {
	case errors.As(err, &large):
		return refuse(http.StatusRequestEntityTooLarge, ReasonTooLarge, fmt.Sprintf("the request body has more than %d bytes", large.Limit), err)
	case errors.Is(err, httpio.ErrOverload):
		return refuse(http.StatusServiceUnavailable, ReasonOverload, "overloaded", err)
	}
	return refuse(http.StatusBadRequest, ReasonIncomplete, "the request body is incomplete", err)
}

func (f *refusal) write(w http.ResponseWriter) {
	h := w.Header()
	if f.status == http.StatusUnauthorized {
		for _, c := range f.challenges {
			h.Add("WWW-Authenticate", c)
		}
	}
	if f.status == http.StatusMethodNotAllowed {
		h.Set("Allow", http.MethodPost)
	}
	if f.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(f.retry))
	}
	httpio.WriteError(w, f.status, f.public)
}
