package caller

import (
	"net/http"
	"slices"
)

// RetryPolicy reports whether a failed first attempt is tried once more.
type RetryPolicy func(*Failure) bool

// RetryPassing retries timeouts, connections that did not come about or broke,
// and the statuses 502, 503 and 504.
func RetryPassing(f *Failure) bool {
	switch f.Kind {
	case Timeout, Unreachable, Broken:
		return true
	case BadStatus:
		return f.StatusCode == http.StatusBadGateway ||
			f.StatusCode == http.StatusServiceUnavailable ||
			f.StatusCode == http.StatusGatewayTimeout
	}
	return false
}

// RetryAlso retries what [RetryPassing] does, and the given HTTP statuses.
func RetryAlso(statuses ...int) RetryPolicy {
	return func(f *Failure) bool {
		return RetryPassing(f) || f.Kind == BadStatus && slices.Contains(statuses, f.StatusCode)
	}
}
