package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cxhook/cxhook/internal/status"
)

// Reason says by one word why a request was refused. It is for logs and
// metrics; the caller never sees it. The words are stable.
type Reason string

// The reasons that several schemes share. Each scheme adds its own beside its
// constructor.
const (
	// ReasonNoCredential: the request carries no credential of the scheme.
	ReasonNoCredential Reason = "no_credential" //nolint:gosec // G101 takes the name of a reason for a credential
	// ReasonDuplicateHeader: a header that must come once came several times.
	ReasonDuplicateHeader Reason = "duplicate_header"
	// ReasonMalformed: the credential breaks the grammar of its scheme.
	ReasonMalformed Reason = "malformed_credential"
	// ReasonMismatch: the credential is well formed and wrong.
	ReasonMismatch Reason = "credential_mismatch"
	// ReasonUnavailable: what is needed to decide cannot be had now.
	ReasonUnavailable Reason = "dependency_unavailable"
	// ReasonCanceled: the caller hung up or its time ended before a decision.
	ReasonCanceled Reason = "canceled"
	// ReasonNobody: a verifier passed the request without an identity.
	ReasonNobody Reason = "no_identity"
	// ReasonUnclassified: a verifier failed with an error that is no Refusal.
	ReasonUnclassified Reason = "unclassified"
)

// Refusal is the error of a [Verifier] that does not let a request pass. It
// is immutable once returned, and safe for concurrent use. Nothing in it may
// come from the request or from a secret: it is logged as it is.
type Refusal struct {
	// Status answers the request: 401 for a missing or bad credential, 403
	// for a genuine one that is not allowed here, 503 when a dependency is
	// down, 400 for a request that cannot be read.
	Status int
	// Reason is for logs and metrics.
	Reason Reason
	// Scheme names the verifier, such as "basic".
	Scheme string
	// Hint tells the operator what may be done about it; it may be empty.
	Hint string
	// Challenges become WWW-Authenticate headers of a 401.
	Challenges []string

	cause error
}

// Refuse returns a refusal with the given status and reason. The cause is
// optional; it is logged, so it must hold neither input nor secrets.
func Refuse(code int, reason Reason, cause error) *Refusal {
	return &Refusal{Status: code, Reason: reason, cause: cause}
}

// Error returns scheme, reason, hint and cause, for logs.
func (f *Refusal) Error() string {
	if f == nil {
		return "auth: refused without a reason"
	}
	text := "auth: "
	if f.Scheme != "" {
		text += f.Scheme + ": "
	}
	text += string(f.Reason)
	if f.Hint != "" {
		text += " (" + f.Hint + ")"
	}
	if f.cause != nil {
		text += ": " + f.cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (f *Refusal) Unwrap() error {
	if f == nil {
		return nil
	}
	return f.cause
}

// refusalOf makes a refusal of any verifier's error, a nil pointer of one of
// the types below included: it is an error that says nothing. The text of an
// unknown error is dropped: errors of libraries are known to repeat tokens.
func refusalOf(err error) *Refusal {
	var f *Refusal
	var s *status.Error
	switch {
	case errors.As(err, &f) && f != nil:
		return f
	case errors.As(err, &s) && s != nil:
		return Refuse(status.Known(s.Status()), ReasonUnclassified, nil)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Refuse(http.StatusServiceUnavailable, ReasonCanceled, nil)
	default:
		return Refuse(http.StatusUnauthorized, ReasonUnclassified, fmt.Errorf("error of type %T", err))
	}
}

// publicText is all that the caller is told.
func publicText(code int) string {
	switch code {
	case http.StatusUnauthorized:
		return "no valid credential"
	case http.StatusForbidden:
		return "not allowed"
	case http.StatusServiceUnavailable:
		return "cannot verify the caller now"
	case http.StatusBadRequest:
		return "malformed request"
	default:
		return "internal error"
	}
}
