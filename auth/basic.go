package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// schemeBasic is the scheme of user and password.
const schemeBasic = "basic"

// BasicConfig configures [NewBasic].
type BasicConfig struct {
	// Credentials yields the accepted pairs as "user:password", the form in
	// which Dialogflow keeps them in Secret Manager. The user has no colon,
	// the password may. All pairs must name the same user. Required.
	Credentials SecretSource
	// Realm is told to callers without a credential. The default is "webhook".
	Realm string
	// AllowWeak accepts passwords shorter than [MinSecretBytes], which can be
	// guessed.
	AllowWeak bool
	// Observe counts the use of old passwords; nil counts nothing.
	Observe Observer
}

// Basic verifies user and password of RFC 7617. It proves that the caller
// knows them and nothing else; whoever sees one request can repeat it.
//
// The header must come exactly once and hold canonical base64 of UTF-8 text
// without control characters. User and password are compared as one, in
// constant time, with every accepted pair.
type Basic struct {
	cfg       BasicConfig
	challenge string
}

// NewBasic returns the verifier. A configuration without credentials, with an
// empty user or password, with a password that is too short, or with several
// users is an error. A source that is unavailable at the moment is none.
func NewBasic(cfg BasicConfig) (*Basic, error) {
	least := MinSecretBytes
	if cfg.AllowWeak {
		least = 1
	}
	if err := checkSecrets(cfg.Credentials, 1); err != nil {
		return nil, err
	}
	if err := checkPairs(cfg.Credentials, least); err != nil {
		return nil, err
	}
	if cfg.Realm == "" {
		cfg.Realm = "webhook"
	}
	for _, c := range cfg.Realm {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return nil, fmt.Errorf("auth: realm %q holds a character that cannot be sent", cfg.Realm)
		}
	}
	return &Basic{cfg: cfg, challenge: `Basic realm="` + cfg.Realm + `"`}, nil
}

// checkPairs holds every pair of src to the rules of [BasicConfig]. A source
// that is unavailable passes.
func checkPairs(src SecretSource, least int) error {
	list, err := src.Secrets()
	if errors.Is(err, ErrSecretUnavailable) {
		return nil
	}
	//backstop: checkSecrets has asked before
	if err != nil {
		return err
	}
	user := ""
	for i, s := range list {
		name, password, _ := strings.Cut(string(s.Bytes()), ":")
		switch {
		//backstop: an empty password is too short as well; this says what is missing
		case name == "" || password == "":
			return fmt.Errorf("auth: credential %d of %d is not of the form user:password", i+1, len(list))
		case !isCredentialText(name + password):
			return fmt.Errorf("auth: credential %d of %d is not UTF-8, or holds control characters", i+1, len(list))
		case len(password) < least:
			return fmt.Errorf("auth: password %d of %d is %d bytes long, need at least %d", i+1, len(list), len(password), least)
		case i > 0 && name != user:
			return fmt.Errorf("auth: credential %d of %d has another user than the first", i+1, len(list))
		}
		user = name
	}
	return nil
}

// LogValue shows the realm only.
func (b *Basic) LogValue() slog.Value { return slog.StringValue("basic " + b.cfg.Realm) }

// Verify passes a request that carries an accepted pair.
func (b *Basic) Verify(r *http.Request) (Identity, error) {
	user, f := b.verify(r)
	if f != nil {
		return Identity{}, refuseAs(schemeBasic, f, b.challenge)
	}
	return Identity{Scheme: schemeBasic, Subject: user}, nil
}

func (b *Basic) verify(r *http.Request) (user string, f *Refusal) {
	encoded, f := authorization(r.Header, "Authorization", "Basic")
	if f != nil {
		return "", f
	}
	pair, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return "", Refuse(http.StatusUnauthorized, ReasonMalformed, nil)
	}
	user, password, _ := strings.Cut(string(pair), ":")
	if user == "" || password == "" || !isCredentialText(string(pair)) {
		return "", Refuse(http.StatusUnauthorized, ReasonMalformed, nil)
	}
	return user, compareSecret(b.cfg.Credentials, pair, schemeBasic, b.cfg.Observe)
}

// isCredentialText reports whether s is UTF-8 without control characters.
func isCredentialText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}
