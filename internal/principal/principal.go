// Package principal carries the verified identity of a caller in a context.
// Package auth sets it, packages cx and flexible read it to log calls and to
// keep the answers of different callers apart.
package principal

import (
	"context"
	"strconv"
)

// Identity says who a verified caller is. The zero value is nobody. Its
// fields hold no secrets and may be logged.
type Identity struct {
	// Scheme names the verifier that proved it, such as "basic",
	// "id-token" or "mtls".
	Scheme string
	// Subject is the caller's name within its issuer: the e-mail of a
	// service agent, the client id of an OAuth client, the user of a basic
	// credential, the label of a key.
	Subject string
	// Issuer is who vouches for the subject: the issuer of a token, the
	// trust anchor of a certificate. It is empty for shared secrets.
	Issuer string
	// Audience is the audience that the credential was made for, if any.
	Audience string
	// Also holds the further identities of a caller that several verifiers
	// proved together.
	Also []Identity
}

// IsZero reports whether id is nobody.
func (id Identity) IsZero() bool {
	return id.Scheme == "" && id.Subject == "" && id.Issuer == ""
}

// Key returns a text that is equal for two identities if and only if they
// stand for the same principal: scheme, issuer and subject of the identity
// and of all in Also. The audience does not count.
func (id Identity) Key() string {
	if id.IsZero() && len(id.Also) == 0 {
		return ""
	}
	key := field(id.Scheme) + field(id.Issuer) + field(id.Subject)
	for _, a := range id.Also {
		key += "+" + a.Key()
	}
	return key
}

// field frames s by its length, so that no two lists of fields run together.
func field(s string) string { return strconv.Itoa(len(s)) + ":" + s }

type contextKey struct{}

// NewContext returns a context that carries id.
func NewContext(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// FromContext returns the identity that ctx carries, and whether it has one.
func FromContext(ctx context.Context) (Identity, bool) {
	id, ok := ctx.Value(contextKey{}).(Identity)
	return id, ok
}
