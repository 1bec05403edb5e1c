package auth

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSecretBytes is the most that a secret may hold: what Secret Manager
// stores, 64 KiB.
const MaxSecretBytes = 64 << 10

// SecretFormat says what a stored secret holds, so that a wrong one is found
// when it is loaded and not by the first call.
type SecretFormat int

const (
	// SecretKey is a key of any bytes.
	SecretKey SecretFormat = iota
	// SecretHeader is a whole header value, such as "Bearer abc".
	SecretHeader
	// SecretUserPassword is "user:password", with the password behind the
	// first colon.
	SecretUserPassword
	// SecretClient is the secret of an OAuth client, bare.
	SecretClient
)

// check returns what is wrong with a stored value, without showing it.
func (f SecretFormat) check(value []byte, minLen int) error {
	if len(value) > MaxSecretBytes {
		return fmt.Errorf("is %d bytes long, at most %d are read", len(value), MaxSecretBytes)
	}
	if f == SecretKey {
		return checkSecretValue(NewSecret(string(value)), minLen)
	}
	text, _ := trimNewline(string(value)) // a trailing newline is warned of, and may be trimmed
	switch {
	case !utf8.ValidString(text):
		return errors.New("is not UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("holds control characters")
	}
	if f != SecretUserPassword {
		return checkSecretValue(NewSecret(text), minLen)
	}
	user, password, ok := strings.Cut(text, ":")
	if !ok || user == "" {
		return errors.New(`is not of the form "user:password"`)
	}
	if err := checkSecretValue(NewSecret(password), minLen); err != nil {
		return fmt.Errorf("has a password that %w", err)
	}
	return nil
}

// trimNewline takes one line end off and reports whether there was one.
func trimNewline(s string) (string, bool) {
	text, ok := strings.CutSuffix(s, "\n")
	if ok {
		text = strings.TrimSuffix(text, "\r")
	}
	return text, ok
}
