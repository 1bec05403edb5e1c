package endpoint

import (
	"log/slog"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cxhook/cxhook/internal/principal"
	"github.com/cxhook/cxhook/internal/repeat"
)

// Call is the record of one call, handed to the observer after its answer was
// written. It holds no parameter values.
type Call struct {
	// ID is a random name of this call, which its log lines repeat.
	ID string
	// Tag is the fulfillment's tag, empty for flexible webhooks and for
	// calls that were refused before they were decoded.
	Tag string
	// Session is the full resource name of the session, if it is known.
	Session string
	// ResponseID is Dialogflow's detectIntentResponseId, the same for a
	// call and its retry.
	ResponseID string
	// Principal is the verified caller; it is zero without a verifier.
	Principal principal.Identity
	// Status is the HTTP status of the answer, 0 if the connection was
	// aborted without one.
	Status int
	// Reason says in one stable word why the answer is not the handler's
	// own: see the Reason constants. It is empty for a plain success.
	Reason string
	// RequestBytes and ResponseBytes are the sizes of the bodies.
	RequestBytes, ResponseBytes int
	// Duration is the time from the first look at the request until the
	// answer was written.
	Duration time.Duration
	// Err is what failed, nil on success; also where a fallback answered in
	// place of the handler. Its text may hold more than the caller was told.
	Err error
	// Once says what the check for repeated calls made of the call, empty
	// for one without a key: see the outcomes of package repeat.
	Once repeat.Outcome
	// Stuck is the number of handlers of this endpoint that were still
	// running past their deadline when the call ended.
	Stuck int
}

// Reasons of answers that are not a plain success.
const (
	ReasonMethod          = "method"             // not a method of the route
	ReasonContentType     = "content-type"       // not JSON in UTF-8
	ReasonContentEncoding = "content-encoding"   // a compressed body
	ReasonBodyTooLarge    = "body-too-large"     // over the request limit
	ReasonBodyIncomplete  = "body-incomplete"    // cut, broken or slow
	ReasonMalformed       = "malformed"          // not the JSON of a request
	ReasonOverload        = "overload"           // too many bytes or stuck handlers
	ReasonDeadline        = "deadline"           // the handler did not finish in time
	ReasonFallback        = "fallback"           // the same, answered by the fallback
	ReasonCanceled        = "canceled"           // the caller hung up
	ReasonPanic           = "panic"              // the handler panicked
	ReasonAborted         = "aborted"            // the handler panicked with http.ErrAbortHandler
	ReasonError           = "error"              // the handler returned an error
	ReasonOnce            = "once"               // the store of the check for repeated calls is down
	ReasonTag             = "tag"                // missing, malformed or handled by nobody
	ReasonParameter       = "parameter"          // a required one is missing, or one does not fit
	ReasonInvalid         = "response-invalid"   // no JSON can hold it, or it breaks the API's rules
	ReasonTooLarge        = "response-too-large" // over the response limit
)

// maxLogField bounds every text of a log line that comes from the caller.
const maxLogField = 1024

// attrs returns the fields of the call's log line.
func (c *Call) attrs() []slog.Attr {
	list := make([]slog.Attr, 0, 13)
	list = append(list, slog.String("call", c.ID))
	for _, f := range [...]struct{ key, value string }{
		{"tag", c.Tag}, {"session", c.Session}, {"response_id", c.ResponseID},
		{"principal", c.Principal.Subject}, {"reason", c.Reason}, {"once", string(c.Once)},
	} {
		if f.value != "" {
			list = append(list, slog.String(f.key, Clean(f.value)))
		}
	}
	list = append(list,
		slog.Int("status", c.Status),
		slog.Int("request_bytes", c.RequestBytes),
		slog.Int("response_bytes", c.ResponseBytes),
		slog.Duration("duration", c.Duration))
	if c.Stuck > 0 {
		list = append(list, slog.Int("stuck_handlers", c.Stuck))
	}
	if c.Err != nil {
		list = append(list, slog.String("error", Clean(c.Err.Error())))
	}
	return list
}

// Clean makes a text that came from outside fit for one field of a log line:
// at most 1 KiB, valid UTF-8, everything that does not print replaced by
// U+FFFD.
func Clean(s string) string {
	if len(s) <= maxLogField && printable(s) {
		return s
	}
	b := make([]byte, 0, min(len(s), maxLogField))
	for _, r := range s {
		if len(b)+2*utf8.UTFMax > maxLogField {
			b = append(b, "…"...)
			break
		}
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
