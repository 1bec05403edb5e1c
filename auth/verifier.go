package auth

import (
	"context"
	"net/http"
	"reflect"

	"github.com/cxhook/cxhook/internal/principal"
)

// Identity says who a verified caller is. It holds no secrets and may be
// logged. Its Key method gives a text that is equal for equal principals.
type Identity = principal.Identity

// Verifier decides who calls.
//
// Verify returns the identity that the request proves, or an error: a
// [*Refusal] says which status answers it and why. Errors of any other kind
// are answered 401, except that a context that ended is 503. An identity that
// is nobody together with a nil error is refused as well.
//
// A verifier reads the request's headers, connection state and, through the
// bounded read of this library, its body; it does not change them. It takes
// nothing on trust from what the caller may choose, such as the Host header.
// Verify is called from many goroutines at once.
type Verifier interface {
	Verify(r *http.Request) (Identity, error)
}

// VerifierFunc makes a function a [Verifier].
type VerifierFunc func(*http.Request) (Identity, error)

// Verify calls f.
func (f VerifierFunc) Verify(r *http.Request) (Identity, error) { return f(r) }

// absent reports whether v is nil, or a nil pointer or function, which is what
// a constructor returns beside an error that nobody looked at.
func absent(v Verifier) bool {
	switch value := reflect.ValueOf(v); value.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func:
		return value.IsNil()
	default:
		return false
	}
}

// HeaderStripper is what a [Verifier] also implements when the headers it
// reads must not reach the handler, since the handler might trust them.
// [Require] removes them from every request that it lets pass, whichever
// verifier of an [Any] let it pass, together with their twins in which an
// underscore stands for a hyphen.
type HeaderStripper interface {
	StripHeaders() []string
}

// companion is implemented by verifiers that prove too little to stand alone.
type companion interface {
	// weakAlone says why the verifier needs another beside it and how to do
	// without, or is empty if it may stand alone.
	weakAlone() string
}

// weakness returns why v may not be the only verifier of a route.
func weakness(v Verifier) string {
	if c, ok := v.(companion); ok {
		return c.weakAlone()
	}
	return ""
}

// bodyReader is implemented by verifiers that read the body.
type bodyReader interface {
	// bodyLimit returns how many bytes the verifier reads at most, 0 for none.
	bodyLimit() int64
}

// bodyLimit returns how many bytes of the body v reads at most.
func bodyLimit(v Verifier) int64 {
	if b, ok := v.(bodyReader); ok {
		return b.bodyLimit()
	}
	return 0
}

// IdentityFrom returns the identity that [Require] proved for the request
// that ctx belongs to, and whether there is one.
func IdentityFrom(ctx context.Context) (Identity, bool) {
	return principal.FromContext(ctx)
}
