package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cxhook/cxhook/internal/jose"
)

// The reasons of tokens, whether they are verified here or looked up.
const (
	// ReasonTokenHeader: the token's header holds what is not accepted.
	ReasonTokenHeader Reason = "token_header"
	// ReasonAlgorithm: the token's algorithm is not accepted.
	ReasonAlgorithm Reason = "token_algorithm"
	// ReasonTokenType: the token is of another kind, such as an ID token
	// where an access token is due.
	ReasonTokenType Reason = "token_type"
	// ReasonBoundToken: the token is bound to a key that is not checked here.
	ReasonBoundToken Reason = "bound_token"
	// ReasonUnknownKey: the issuer has no key of the token's id and kind.
	ReasonUnknownKey Reason = "unknown_key"
	// ReasonSignature: the token's signature is not the issuer's.
	ReasonSignature Reason = "bad_signature"
	// ReasonSignatureRemoved: the platform took the signature away.
	ReasonSignatureRemoved Reason = "signature_removed"
	// ReasonClaims: the claims are not JSON in its one reading, or one that
	// must be there is missing or of another type.
	ReasonClaims Reason = "malformed_claims"
	// ReasonIssuer: the token is another issuer's.
	ReasonIssuer Reason = "wrong_issuer"
	// ReasonAudience: the token is for somebody else.
	ReasonAudience Reason = "wrong_audience"
	// ReasonExpired: the token's time is over.
	ReasonExpired Reason = "expired"
	// ReasonNotYetValid: the token's time has not begun.
	ReasonNotYetValid Reason = "not_yet_valid"
	// ReasonLifetime: the token lives longer than tokens may.
	ReasonLifetime Reason = "lifetime_too_long"
	// ReasonInactive: the issuer says that the token is not good.
	ReasonInactive Reason = "inactive"
	// ReasonScope: the token lacks a scope. Answered 403.
	ReasonScope Reason = "missing_scope"
	// ReasonClient: the token is of another client. Answered 403.
	ReasonClient Reason = "wrong_client"
	// ReasonEmail: the token is of another account. Answered 403.
	ReasonEmail Reason = "wrong_email"
)

// The tolerance for clocks that differ.
const (
	// DefaultLeeway is how far the clocks of an issuer and of this server may
	// differ where nothing is configured.
	DefaultLeeway = 30 * time.Second
	// MaxLeeway is the most that can be configured.
	MaxLeeway = time.Minute
	// NoLeeway asks for none.
	NoLeeway = time.Duration(-1)
)

// leewayOf returns the leeway that a configuration asks for.
func leewayOf(d time.Duration) (time.Duration, error) {
	switch {
	case d == 0:
		return DefaultLeeway, nil
	case d == NoLeeway:
		return 0, nil
	case d < 0 || d > MaxLeeway:
		return 0, fmt.Errorf("auth: leeway is %v, need at most %v", d, MaxLeeway)
	}
	return d, nil
}

// unauthorized is a 401 of the given reason.
func unauthorized(reason Reason) *Refusal { return Refuse(http.StatusUnauthorized, reason, nil) }

// forbidden is a 403 of the given reason.
func forbidden(reason Reason) *Refusal { return Refuse(http.StatusForbidden, reason, nil) }

// tokenRules is what the verifiers of signed tokens have in common.
type tokenRules struct {
	policy      jose.Policy
	keys        *KeySet
	issuers     []string
	audiences   []string
	leeway      time.Duration
	maxLifetime time.Duration
	needIssued  bool // iat must be there
	now         func() time.Time
}

// parse reads a token whose issuer claims to be one of ours. Nothing in it is
// proved yet: the issuer is looked at first so that foreign tokens cause no
// fetch of keys.
func (t *tokenRules) parse(compact string) (*jose.Token, jose.Claims, *Refusal) {
	tok, err := jose.Parse(compact, t.policy)
	if err != nil {
		return nil, jose.Claims{}, tokenRefusal(err)
	}
	claims, err := jose.ParseClaims(tok.Payload)
	if err != nil {
		return nil, jose.Claims{}, tokenRefusal(err)
	}
	if iss, _ := claims.String("iss"); !slices.Contains(t.issuers, iss) {
		return nil, jose.Claims{}, unauthorized(ReasonIssuer)
	}
	return tok, claims, nil
}

// verifySignature refuses a token that the issuer has not signed.
func (t *tokenRules) verifySignature(ctx context.Context, tok *jose.Token) *Refusal {
	if err := t.keys.verify(ctx, tok); err != nil {
		return tokenRefusal(err)
	}
	return nil
}

// audience returns which of our audiences the token is for.
func (t *tokenRules) audience(claims jose.Claims) (string, *Refusal) {
	list, ok := claims.Strings("aud")
	if !ok {
		return "", unauthorized(ReasonAudience)
	}
	for _, aud := range list {
		if slices.Contains(t.audiences, aud) {
			return aud, nil
		}
	}
	return "", unauthorized(ReasonAudience)
}

// times refuses a token outside of its time, or with too much of it.
func (t *tokenRules) times(claims jose.Claims) *Refusal {
	now := t.now()
	exp, ok := claims.Time("exp")
	if !ok {
		return unauthorized(ReasonClaims)
	}
	if now.After(exp.Add(t.leeway)) {
		return unauthorized(ReasonExpired)
	}
	nbf, ok := claims.Time("nbf")
	if !ok && claims.Has("nbf") {
		return unauthorized(ReasonClaims)
	}
	if ok && nbf.After(now.Add(t.leeway)) {
		return unauthorized(ReasonNotYetValid)
	}
	return t.issuedAt(claims, now, exp)
}

func (t *tokenRules) issuedAt(claims jose.Claims, now, exp time.Time) *Refusal {
	iat, ok := claims.Time("iat")
	switch {
	case !ok && (t.needIssued || claims.Has("iat")):
		return unauthorized(ReasonClaims)
	case !ok:
		iat = now // at the latest
	case iat.After(now.Add(t.leeway)):
		return unauthorized(ReasonNotYetValid)
	case iat.After(exp):
		return unauthorized(ReasonClaims)
	}
	if exp.Sub(iat) > t.maxLifetime {
		return unauthorized(ReasonLifetime)
	}
	return nil
}

// tokenRefusal says which answer an error of package jose or of the keys has.
func tokenRefusal(err error) *Refusal {
	switch {
	case errors.Is(err, errNoKeys):
		return Refuse(http.StatusServiceUnavailable, ReasonUnavailable, errNoKeys)
	case errors.Is(err, jose.ErrHeader):
		return unauthorized(ReasonTokenHeader)
	case errors.Is(err, jose.ErrAlgorithm):
		return unauthorized(ReasonAlgorithm)
	case errors.Is(err, jose.ErrNoKey):
		return unauthorized(ReasonUnknownKey)
	case errors.Is(err, jose.ErrSignature):
		return unauthorized(ReasonSignature)
	case errors.Is(err, jose.ErrClaims):
		return unauthorized(ReasonClaims)
	default:
		return unauthorized(ReasonMalformed)
	}
}
