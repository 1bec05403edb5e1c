package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SignatureSignerConfig configures a [SignatureSigner]. Scheme and either
// Secret or PrivateKey must be set; the zero value is refused.
type SignatureSignerConfig struct {
	// Scheme describes the signatures; its first set of headers is sent.
	Scheme SignatureScheme
	// Secret signs for a version by shared secret. Its length is not held
	// to a minimum, since the receiver decides what it takes.
	Secret Secret
	// PrivateKey signs for a version by ed25519. With Secret as well, both
	// signatures are sent.
	PrivateKey ed25519.PrivateKey
	// Now is the clock; the default is time.Now.
	Now func() time.Time
	// NewID makes the id of a message; the default is random.
	NewID func() string
}

// SignatureSigner signs requests as the systems do whose schemes it is given:
// the other side of [SignatureVerifier]. It is safe for concurrent use.
type SignatureSigner struct {
	cfg     SignatureSignerConfig // without its keys
	content []contentPart
	secret  func() []byte // nil without one; functions, so that no printing shows a key
	private func() ed25519.PrivateKey
}

// NewSignatureSigner returns a signer, or the first mistake in cfg.
func NewSignatureSigner(cfg SignatureSignerConfig) (*SignatureSigner, error) {
	content, err := cfg.Scheme.check()
	if err != nil {
		return nil, fmt.Errorf("auth: signature scheme %q %w", cfg.Scheme.Name, err)
	}
	s := &SignatureSigner{cfg: cfg, content: content}
	switch {
	case cfg.Secret.Len() == 0 && len(cfg.PrivateKey) == 0:
		return nil, errors.New("auth: no key is configured to sign with")
	case len(cfg.PrivateKey) > 0 && (len(cfg.PrivateKey) != ed25519.PrivateKeySize || !cfg.Scheme.uses(Ed25519)):
		return nil, fmt.Errorf("auth: signature scheme %q cannot sign with the private key", cfg.Scheme.Name)
	case cfg.Secret.Len() > 0 && !cfg.Scheme.uses(HMACSHA256):
		return nil, fmt.Errorf("auth: signature scheme %q takes no shared secret", cfg.Scheme.Name)
	}
	if cfg.Secret.Len() > 0 {
		key, err := cfg.Scheme.Keys.key(cfg.Secret)
		if err != nil {
			return nil, fmt.Errorf("auth: secret %w", err)
		}
		s.secret = func() []byte { return key }
	}
	if private := slices.Clone(cfg.PrivateKey); private != nil {
		s.private = func() ed25519.PrivateKey { return private }
	}
	s.cfg.PrivateKey = nil
	if s.cfg.Now == nil {
		s.cfg.Now = time.Now
	}
	if s.cfg.NewID == nil {
		s.cfg.NewID = func() string { return "msg_" + rand.Text() }
	}
	return s, nil
}

// Sign sets the headers of r that sign body. It neither reads nor sets the
// request's own body.
func (s *SignatureSigner) Sign(r *http.Request, body []byte) error {
	set := s.cfg.Scheme.Headers[0]
	var id, ts string
	if set.ID != "" {
		if id = s.cfg.NewID(); !isMessageID(id) {
			return fmt.Errorf("auth: %q is no message id", id)
		}
		r.Header.Set(set.ID, id)
	}
	if s.cfg.Scheme.hasTimestamp() {
		ts = strconv.FormatInt(s.cfg.Now().Unix(), 10)
	}
	if set.Timestamp != "" {
		r.Header.Set(set.Timestamp, ts)
	}
	r.Header.Set(set.Signature, s.header(id, ts, body))
	return nil
}

// header lays out the signatures of all versions that there is a key for.
func (s *SignatureSigner) header(id, ts string, body []byte) string {
	var items []string
	if s.cfg.Scheme.Layout == PairedSignatures {
		items = append(items, pairedTimestamp+"="+ts)
	}
	for _, v := range s.cfg.Scheme.Versions {
		sig := s.signature(v.Algorithm, func(w io.Writer) { writeContent(w, s.content, id, ts, body) })
		if sig == nil {
			continue
		}
		text := s.cfg.Scheme.Encoding.encode(sig)
		switch s.cfg.Scheme.Layout {
		case PairedSignatures:
			items = append(items, v.Tag+"="+text)
		case ListedSignatures:
			items = append(items, v.Tag+","+text)
		default:
			items = append(items, v.Tag+text)
		}
	}
	if s.cfg.Scheme.Layout == PairedSignatures {
		return strings.Join(items, ",")
	}
	return strings.Join(items, " ")
}

// signature returns nil for an algorithm without a key.
func (s *SignatureSigner) signature(a SignatureAlgorithm, write func(io.Writer)) []byte {
	switch {
	case a == HMACSHA256 && s.secret != nil:
		mac := hmac.New(sha256.New, s.secret())
		write(mac)
		return mac.Sum(nil)
	case a == Ed25519 && s.private != nil:
		var content bytes.Buffer
		write(&content)
		return ed25519.Sign(s.private(), content.Bytes())
	}
	return nil
}
