package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/textproto"
	"strings"
)

// schemeHeader is the scheme of a static header.
const schemeHeader = "header"

// HeaderConfig configures [NewHeader].
type HeaderConfig struct {
	// Name is the header that holds the secret, such as "X-Api-Key" or
	// "Authorization"; its case does not matter. Required.
	Name string
	// Secrets yields the accepted values: the whole value of the header, such
	// as "Bearer abc" where Dialogflow is configured to send that. Required.
	Secrets SecretSource
	// Subject names the caller in its identity. The default is the name of
	// the header.
	Subject string
	// AllowWeak accepts values shorter than [MinSecretBytes], which can be
	// guessed.
	AllowWeak bool
	// Observe counts the use of old values; nil counts nothing.
	Observe Observer
}

// Header verifies a secret that the caller sends in one header of its own:
// what Dialogflow calls custom request headers. It proves that the caller
// knows the secret and nothing else; whoever sees one request can repeat it.
//
// The header must come exactly once, its value is compared byte by byte with
// every accepted value in constant time.
type Header struct {
	cfg HeaderConfig
}

// NewHeader returns the verifier. A configuration without a name or without a
// secret, with a name that is no header's, or with a secret that is blank or
// too short is an error. A source that is unavailable at the moment is none.
func NewHeader(cfg HeaderConfig) (*Header, error) {
	if !isHeaderName(cfg.Name) {
		return nil, fmt.Errorf("auth: %q is not the name of a header", cfg.Name)
	}
	switch cfg.Name = textproto.CanonicalMIMEHeaderKey(cfg.Name); cfg.Name {
	case "Host", "Transfer-Encoding", "Trailer":
		return nil, fmt.Errorf("auth: header %q does not reach a handler, so no call could pass", cfg.Name)
	}
	least := MinSecretBytes
	if cfg.AllowWeak {
		least = 1
	}
	if err := checkSecrets(cfg.Secrets, least); err != nil {
		return nil, err
	}
	if err := checkSendable(cfg.Secrets); err != nil {
		return nil, err
	}
	if cfg.Subject == "" {
		cfg.Subject = cfg.Name
	}
	return &Header{cfg}, nil
}

// LogValue shows the name of the header only.
func (h *Header) LogValue() slog.Value { return slog.StringValue("header " + h.cfg.Name) }

// Verify passes a request that carries an accepted value.
func (h *Header) Verify(r *http.Request) (Identity, error) {
	values := r.Header[h.cfg.Name]
	switch {
	case len(values) == 0:
		return Identity{}, refuseAs(schemeHeader, Refuse(http.StatusUnauthorized, ReasonNoCredential, nil))
	case len(values) > 1:
		return Identity{}, refuseAs(schemeHeader, Refuse(http.StatusUnauthorized, ReasonDuplicateHeader, nil))
	}
	if f := compareSecret(h.cfg.Secrets, []byte(values[0]), schemeHeader, h.cfg.Observe); f != nil {
		return Identity{}, refuseAs(schemeHeader, f)
	}
	return Identity{Scheme: schemeHeader, Subject: h.cfg.Subject}, nil
}

// refuseAs names the verifier and its challenges in a refusal.
func refuseAs(scheme string, f *Refusal, challenges ...string) *Refusal {
	f.Scheme = scheme
	f.Challenges = challenges
	return f
}

// compareSecret refuses a candidate that is none of the accepted values.
func compareSecret(src SecretSource, candidate []byte, scheme string, observe Observer) *Refusal {
	index, label, err := matchSecret(src, candidate)
	switch {
	case errors.Is(err, errSecretMismatch):
		return Refuse(http.StatusUnauthorized, ReasonMismatch, nil)
	case err != nil:
		return Refuse(http.StatusServiceUnavailable, ReasonUnavailable, errors.New("no secret to compare with"))
	case index > 0:
		observe.report(EventOldSecret, scheme, label)
	}
	return nil
}

// checkSendable refuses values that no header can carry as they are: HTTP
// trims blanks and knows no control characters.
func checkSendable(src SecretSource) error {
	list, err := src.Secrets()
	if errors.Is(err, ErrSecretUnavailable) {
		return nil
	}
	//backstop: checkSecrets has asked before
	if err != nil {
		return err
	}
	for i, s := range list {
		value := string(s.Bytes())
		control := func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }
		if strings.Trim(value, " \t") != value || strings.ContainsFunc(value, control) {
			return fmt.Errorf("auth: secret %d of %d has blanks at an end, a line end or another control character, so no header can carry it", i+1, len(list))
		}
	}
	return nil
}

// isHeaderName reports whether s is a token of RFC 9110.
func isHeaderName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return s != ""
}
