package auth

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/cxhook/cxhook/internal/jose"
)

// schemeGoogleToken is the scheme of Google's access tokens.
const schemeGoogleToken = "google-access-token"

// GoogleTokenInfoURL is where Google says whose an access token is.
const GoogleTokenInfoURL = "https://oauth2.googleapis.com/tokeninfo" //nolint:gosec // G101 takes a public address for a credential

// GoogleAccessTokenConfig configures [NewGoogleAccessToken].
type GoogleAccessTokenConfig struct {
	// Emails lists the accounts that may call: the service account that is
	// configured in Dialogflow, or [DialogflowServiceAgent]. Required.
	Emails []string
	// ClientIDs lists the numeric ids of those accounts, the azp of their
	// tokens. Required.
	ClientIDs []string
	// Scopes lists the scopes that a token must all have.
	Scopes []string
	// Alone lets the verifier be the only one of a route, although every
	// service that such a token was sent to can repeat it here. A warning is
	// logged.
	Alone bool
	// Endpoint is the tokeninfo endpoint. The default is GoogleTokenInfoURL.
	Endpoint string
	// Logger gets the warning. The default is slog.Default().
	Logger *slog.Logger
	// Lookup bounds the questions.
	Lookup LookupConfig
}

// GoogleAccessToken verifies the access token of a Google service account,
// which Dialogflow sends by its service account authentication (and sent by
// the discontinued access token of its service agent), by asking Google's
// tokeninfo endpoint.
//
// It is weak: the token was made for Google's APIs, names no audience, and can
// be repeated by every service that has seen it. It proves that somebody holds
// a token of that account. [Require] panics when it stands alone, unless
// Alone is set: put it into an [All] with a static header, for example.
type GoogleAccessToken struct {
	cfg    GoogleAccessTokenConfig
	lookup *lookup
}

// NewGoogleAccessToken returns the verifier. Missing accounts or ids are an
// error.
func NewGoogleAccessToken(cfg GoogleAccessTokenConfig) (*GoogleAccessToken, error) {
	switch {
	case len(cfg.Emails) == 0:
		return nil, errors.New("auth: google-access-token: no e-mail is configured")
	case len(cfg.ClientIDs) == 0:
		return nil, errors.New("auth: google-access-token: no client id is configured")
	case slices.Contains(slices.Concat(cfg.Emails, cfg.ClientIDs, cfg.Scopes), ""):
		return nil, errors.New("auth: google-access-token: one of the e-mails, client ids or scopes is empty")
	}
	if cfg.Endpoint == "" {
		cfg.Endpoint = GoogleTokenInfoURL
	}
	l, err := newLookup(cfg.Lookup, schemeGoogleToken, cfg.Endpoint, "access_token")
	if err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Alone {
		cfg.Logger.Warn("google access tokens may stand alone: they name no audience, and whoever has seen one can repeat it")
	}
	v := &GoogleAccessToken{cfg: cfg, lookup: l}
	l.inactive, l.judge = http.StatusBadRequest, v.judge
	return v, nil
}

func (v *GoogleAccessToken) weakAlone() string {
	if v.cfg.Alone {
		return ""
	}
	return "a Google access token names no audience and can be repeated by every service that has seen it; " +
		"combine it by All, or set GoogleAccessTokenConfig.Alone"
}

// Verify passes a request whose bearer token is of a listed account.
func (v *GoogleAccessToken) Verify(r *http.Request) (Identity, error) {
	token, f := authorization(r.Header, "Authorization", "Bearer")
	if f == nil && isSigned(token) {
		f = unauthorized(ReasonTokenType)
	}
	if f != nil {
		return Identity{}, refuseAs(schemeGoogleToken, f, challengeBearer)
	}
	id, f := v.lookup.find(r.Context(), token)
	if f != nil {
		return Identity{}, refuseAs(schemeGoogleToken, f, challengeBearer)
	}
	return id, nil
}

// judge decides about an answer of the endpoint, which writes numbers and
// truth values as texts in one of its versions.
func (v *GoogleAccessToken) judge(answer jose.Claims, now time.Time) (Identity, time.Time, *Refusal) {
	left, ok := lifeLeft(answer)
	if !ok {
		return Identity{}, time.Time{}, unauthorized(ReasonClaims)
	}
	if left <= 0 {
		return Identity{}, time.Time{}, unauthorized(ReasonExpired)
	}
	email, _ := answer.String("email")
	if email == "" {
		f := forbidden(ReasonEmail)
		f.Hint = "the token's scopes do not include the e-mail: the caller needs https://www.googleapis.com/auth/userinfo.email"
		return Identity{}, time.Time{}, f
	}
	if !isTrue(answer, "email_verified") && !isTrue(answer, "verified_email") || !slices.Contains(v.cfg.Emails, email) {
		return Identity{}, time.Time{}, forbidden(ReasonEmail)
	}
	if azp, _ := answer.String("azp"); !slices.Contains(v.cfg.ClientIDs, azp) {
		return Identity{}, time.Time{}, forbidden(ReasonClient)
	}
	if f := scopesOf(answer, "scope", false, v.cfg.Scopes); f != nil {
		return Identity{}, time.Time{}, f
	}
	return Identity{Scheme: schemeGoogleToken, Subject: email, Issuer: "https://accounts.google.com"}, now.Add(left), nil
}

// lifeLeft reads expires_in, seconds as a number or as a text. It is never
// more than the hour that Google gives.
func lifeLeft(answer jose.Claims) (time.Duration, bool) {
	at, ok := answer.Time("expires_in")
	if text, isText := answer.String("expires_in"); isText {
		at, ok = jose.ParseTime(text)
	}
	return time.Duration(min(at.Unix(), 3600)) * time.Second, ok
}

// isTrue reports whether a claim is true, as a truth value or as a text.
func isTrue(answer jose.Claims, name string) bool {
	b, _ := answer.Bool(name)
	text, _ := answer.String(name)
	return b || text == "true"
}
