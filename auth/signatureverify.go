package auth

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/cxhook/cxhook/internal/httpio"
)

// DefaultTolerance is how far the timestamp of a signed request may lie from
// now, in either direction, where nothing else is configured.
const DefaultTolerance = 5 * time.Minute

// signatureScheme names the verifier in identities and refusals.
const signatureScheme = "signature"

// The reasons that only signatures have.
const (
	// ReasonTimestamp: the signed timestamp is too old or too far ahead.
	ReasonTimestamp Reason = "timestamp_outside_tolerance"
	// ReasonBody: the body that is signed is too large or incomplete.
	ReasonBody Reason = "unreadable_body"
)

// SignatureConfig configures a [SignatureVerifier]. Scheme and either Secrets
// or PublicKeys must be set; the zero value is refused.
type SignatureConfig struct {
	// Scheme describes the signatures, such as GitHubSignature().
	Scheme SignatureScheme
	// Secrets are the shared secrets that are accepted.
	Secrets SecretSource
	// PublicKeys are the ed25519 keys that are accepted.
	PublicKeys []ed25519.PublicKey
	// Subject names the sender in the identity; the default is the scheme's
	// name.
	Subject string
	// Past and Future bound the age of a timestamp and how far it may be
	// ahead, in whole seconds that both still pass. The default of each is
	// DefaultTolerance.
	Past, Future time.Duration
	// MaxBodyBytes bounds the body that is read; a smaller limit set on the
	// way wins. The default is 1 MiB.
	MaxBodyBytes int64
	// AllowWeak accepts keys of less than MinSecretBytes bytes.
	AllowWeak bool
	// Now is the clock; the default is time.Now.
	Now func() time.Time
	// Observe is told when a message was signed with a key that is not the
	// current one.
	Observe Observer
}

// SignedMessage is what a good signature vouches for.
type SignedMessage struct {
	// ID is the sender's id of the message, or "" where the scheme signs
	// none. The sender repeats it when it sends the message again, so it is
	// what a check for duplicates goes by.
	ID string
	// Time is the sender's clock, or zero where the scheme signs no time.
	Time time.Time
	// Body is the raw body, shared with the request: do not change it.
	Body []byte
	// KeyIndex is the place of the key that matched among the accepted
	// ones: 0 is the current one. KeyLabel is the label of its secret, and ""
	// for a public key.
	KeyIndex int
	KeyLabel string
}

// SignatureVerifier verifies the signature that the sender made over the raw
// body. It reads the body whole, within the limit set on the way and before
// anything parses it, and leaves it readable for the handler. It is safe for
// concurrent use.
//
// The headers are read first: a request without a well-formed signature and a
// timestamp within the tolerance is refused before its body is asked for.
// Trailers are never read.
type SignatureVerifier struct {
	cfg     SignatureConfig
	content []contentPart
}

// NewSignatureVerifier returns a verifier, or the first mistake in cfg.
func NewSignatureVerifier(cfg SignatureConfig) (*SignatureVerifier, error) {
	cfg.Scheme.Headers = slices.Clone(cfg.Scheme.Headers)
	cfg.Scheme.Versions = slices.Clone(cfg.Scheme.Versions)
	cfg.PublicKeys = slices.Clone(cfg.PublicKeys)
	content, err := cfg.Scheme.check()
	if err != nil {
		return nil, fmt.Errorf("auth: signature scheme %q %w", cfg.Scheme.Name, err)
	}
	if err := cfg.checkKeys(); err != nil {
		return nil, err
	}
	if cfg.Past < 0 || cfg.Future < 0 {
		return nil, fmt.Errorf("auth: signature tolerance is %v to the past and %v to the future, need both positive", cfg.Past, cfg.Future)
	}
	if cfg.MaxBodyBytes < 0 {
		return nil, fmt.Errorf("auth: signature body limit is %d bytes, need at least 1", cfg.MaxBodyBytes)
	}
	if cfg.MaxBodyBytes == 0 {
		cfg.MaxBodyBytes = httpio.DefaultMaxRequestBytes
	}
	if cfg.Past == 0 {
		cfg.Past = DefaultTolerance
	}
	if cfg.Future == 0 {
		cfg.Future = DefaultTolerance
	}
	if cfg.Subject == "" {
		cfg.Subject = cfg.Scheme.Name
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &SignatureVerifier{cfg: cfg, content: content}, nil
}

func (cfg *SignatureConfig) checkKeys() error {
	if cfg.Secrets == nil && len(cfg.PublicKeys) == 0 {
		return errors.New("auth: no key is configured for signatures")
	}
	if cfg.Secrets != nil {
		if !cfg.Scheme.uses(HMACSHA256) {
			return fmt.Errorf("auth: signature scheme %q takes no shared secret", cfg.Scheme.Name)
		}
		minLen := MinSecretBytes
		if cfg.AllowWeak {
			minLen = 1
		}
		if err := checkSignatureSecrets(cfg.Secrets, cfg.Scheme.Keys, minLen); err != nil {
			return err
		}
	}
	if len(cfg.PublicKeys) > 0 && !cfg.Scheme.uses(Ed25519) {
		return fmt.Errorf("auth: signature scheme %q takes no public key", cfg.Scheme.Name)
	}
	for i, key := range cfg.PublicKeys {
		if len(key) != ed25519.PublicKeySize || uniform(key) {
			return fmt.Errorf("auth: public key %d of %d is no ed25519 key", i+1, len(cfg.PublicKeys))
		}
	}
	return nil
}

// Verify implements [Verifier].
func (v *SignatureVerifier) Verify(r *http.Request) (Identity, error) {
	if _, err := v.Message(r); err != nil {
		return Identity{}, err
	}
	return Identity{Scheme: signatureScheme, Subject: v.cfg.Subject}, nil
}

// Message verifies the signature of r and returns what it vouches for. The
// errors are those of Verify: its error is a [*Refusal].
func (v *SignatureVerifier) Message(r *http.Request) (SignedMessage, error) {
	h, err := v.headers(r.Header)
	if err != nil {
		return SignedMessage{}, err
	}
	r.Body = httpio.Limit(nil, r, v.cfg.MaxBodyBytes).Body // read once, and readable again by the handler
	body, err := httpio.Bytes(r)
	if err != nil {
		return SignedMessage{}, bodyRefusal(err)
	}
	msg := SignedMessage{ID: h.id, Time: h.time, Body: body}
	if err := v.match(h, &msg); err != nil {
		return SignedMessage{}, err
	}
	if msg.KeyIndex > 0 {
		v.cfg.Observe.report(EventOldSecret, signatureScheme, msg.KeyLabel)
	}
	return msg, nil
}

// bodyLimit implements bodyReader.
func (v *SignatureVerifier) bodyLimit() int64 { return v.cfg.MaxBodyBytes }

// match compares the signatures with all keys.
func (v *SignatureVerifier) match(h signedHeaders, msg *SignedMessage) error {
	write := func(w io.Writer) { writeContent(w, v.content, h.id, h.ts, msg.Body) }
	if len(v.cfg.PublicKeys) > 0 {
		if i := matchEd25519(v.cfg.PublicKeys, h.given, write); i >= 0 {
			msg.KeyIndex = i
			return nil
		}
	}
	byHMAC := func(g givenSignature) bool { return g.algorithm == HMACSHA256 }
	if v.cfg.Secrets == nil || !slices.ContainsFunc(h.given, byHMAC) {
		return v.refuse(ReasonMismatch, nil)
	}
	list, err := v.cfg.Secrets.Secrets()
	if err != nil {
		f := Refuse(http.StatusServiceUnavailable, ReasonUnavailable, err)
		f.Scheme = signatureScheme
		return f
	}
	i := matchHMAC(list, v.cfg.Scheme.Keys, h.given, write)
	if i < 0 {
		refreshSecrets(v.cfg.Secrets)
		return v.refuse(ReasonMismatch, nil)
	}
	msg.KeyIndex, msg.KeyLabel = i, list[i].Label()
	return nil
}

func (v *SignatureVerifier) refuse(reason Reason, cause error) *Refusal {
	f := Refuse(http.StatusUnauthorized, reason, cause)
	f.Scheme = signatureScheme
	return f
}

// bodyRefusal answers a body that could not be read: 400, or 503 where the
// caller's time ended or too many bodies wait.
func bodyRefusal(err error) *Refusal {
	code := http.StatusBadRequest
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, httpio.ErrOverload) {
		code = http.StatusServiceUnavailable
	}
	f := Refuse(code, ReasonBody, err)
	f.Scheme = signatureScheme
	return f
}
