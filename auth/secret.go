package auth

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
)

// MinSecretBytes is the least length of a shared secret that the verifiers of
// this package take: 16 bytes, which is 128 bits where every bit is random.
const MinSecretBytes = 16

// redacted is what a Secret prints as.
const redacted = "[redacted]"

// ErrSecretUnavailable reports a source that has no value to compare with at
// the moment. It says nothing about the caller: a request that meets it is
// answered 503.
var ErrSecretUnavailable = errors.New("auth: secret is unavailable")

// errSecretMismatch reports a candidate that equals none of the values.
var errSecretMismatch = errors.New("auth: secret does not match")

// Secret is a password, key or header value that never shows itself: every
// verb of fmt, slog, and the JSON, text and binary encoders print a fixed text
// instead. It is immutable, safe for concurrent use, and cheap to copy. The
// zero Secret is empty and equals nothing.
type Secret struct {
	// A function, because fmt reaches through pointers in unexported fields
	// when the verb does not fit, and through functions never.
	reveal func() *secretValue
}

type secretValue struct {
	bytes  []byte
	digest [sha256.Size]byte
	label  string
}

// NewSecret returns a secret of exactly the bytes of value.
func NewSecret(value string) Secret {
	return newSecret(secretValue{bytes: []byte(value), digest: sha256.Sum256([]byte(value))})
}

func newSecret(v secretValue) Secret { return Secret{func() *secretValue { return &v }} }

// value returns what s holds, or nil.
func (s Secret) value() *secretValue {
	if s.reveal == nil {
		return nil
	}
	return s.reveal()
}

// WithLabel returns the same secret under a name that may be logged, such as
// the number of its version. Verifiers report the label of the value that
// matched.
func (s Secret) WithLabel(label string) Secret {
	var v secretValue
	if p := s.value(); p != nil {
		v = *p
	}
	v.label = label
	return newSecret(v)
}

// Label returns the name given by [Secret.WithLabel], or "".
func (s Secret) Label() string {
	if p := s.value(); p != nil {
		return p.label
	}
	return ""
}

// Len returns the length in bytes.
func (s Secret) Len() int {
	if p := s.value(); p != nil {
		return len(p.bytes)
	}
	return 0
}

// Bytes returns a copy of the value, for use as a key or in a request of one's
// own. The copy has no protection.
func (s Secret) Bytes() []byte {
	if p := s.value(); p != nil {
		return append([]byte(nil), p.bytes...)
	}
	return nil
}

// Equal reports whether candidate is the value. It compares the hashes of
// both in constant time, so that neither content nor length shows in its
// duration. An empty secret equals nothing, not even an empty candidate.
func (s Secret) Equal(candidate []byte) bool {
	return s.equalDigest(sha256.Sum256(candidate))
}

func (s Secret) equalDigest(digest [sha256.Size]byte) bool {
	p := s.value()
	if p == nil || len(p.bytes) == 0 {
		return false
	}
	return subtle.ConstantTimeCompare(p.digest[:], digest[:]) == 1
}

// String returns a fixed text, never the value.
func (s Secret) String() string { return redacted }

// Format prints a fixed text for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue returns a fixed text, never the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a fixed text, never the value; JSON and XML use it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalBinary refuses, so that no binary encoding stores the value.
func (s Secret) MarshalBinary() ([]byte, error) {
	return nil, errors.New("auth: a secret has no binary form")
}

// SecretSource yields the values of one secret. During a rotation there are
// several: callers are moved from one to the next while both are accepted.
//
// Implementations are safe for concurrent use and never block, since they are
// asked on the way of every request.
type SecretSource interface {
	// Secrets returns the values accepted now, the current one first, and
	// after it those that are still in their overlap. The slice is shared and
	// must not be changed. The error matches ErrSecretUnavailable when the
	// source cannot say, and is not nil when it has no value.
	Secrets() ([]Secret, error)
}

// secretRefresher is a source that can be asked to look for a new value soon.
type secretRefresher interface{ refreshSoon() }

type fixedSecrets []Secret

// FixedSecrets returns a source of the given values, the current one first.
// They are labelled "1", "2" and so on.
func FixedSecrets(values ...string) SecretSource {
	list := make(fixedSecrets, len(values))
	for i, v := range values {
		list[i] = NewSecret(v).WithLabel(fmt.Sprint(i + 1))
	}
	return list
}

// Secrets returns the list.
func (f fixedSecrets) Secrets() ([]Secret, error) { return f, nil }

type joinedSecrets []SecretSource

// JoinSecrets returns a source of all the values of the given ones, in their
// order: two pinned versions, for example. A source that is unavailable is
// left out while another has a value.
func JoinSecrets(sources ...SecretSource) SecretSource {
	return joinedSecrets(append([]SecretSource(nil), sources...))
}

// Secrets returns the values of all sources that have some.
func (j joinedSecrets) Secrets() ([]Secret, error) {
	var all []Secret
	var failed error
	for _, src := range j {
		if src == nil {
			return nil, errors.New("auth: one of the joined secret sources is nil")
		}
		list, err := src.Secrets()
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		all = append(all, list...)
	}
	if len(all) == 0 && failed != nil {
		return nil, failed
	}
	return all, nil
}

func (j joinedSecrets) refreshSoon() {
	for _, src := range j {
		refreshSecrets(src)
	}
}

func refreshSecrets(src SecretSource) {
	if r, ok := src.(secretRefresher); ok {
		r.refreshSoon()
	}
}

// checkSecrets is the rule for constructors: a source must be there and must
// hold only values of at least minLen bytes that are neither blank nor one byte
// repeated; a minLen of 1 asks only that they are not blank. A source that is unavailable passes, since it may come up later. No
// text holds a value.
func checkSecrets(src SecretSource, minLen int) error {
	if src == nil {
		return errors.New("auth: no secret is configured")
	}
	list, err := src.Secrets()
	if errors.Is(err, ErrSecretUnavailable) {
		return nil
	}
	//backstop: a source that fails has no values, which is refused next
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("auth: no secret is configured")
	}
	for i, s := range list {
		if err := checkSecretValue(s, minLen); err != nil {
			return fmt.Errorf("auth: secret %d of %d %w", i+1, len(list), err)
		}
	}
	return nil
}

// checkSecretValue returns the end of a sentence that begins with the name of
// the secret.
func checkSecretValue(s Secret, minLen int) error {
	n := s.Len()
	switch {
	//backstop: an empty value is blank as well; this says what it is
	case n == 0:
		return errors.New("is empty")
	case len(bytes.Trim(s.value().bytes, " \t\r\n")) == 0:
		return errors.New("is blank")
	case minLen > 1 && uniform(s.value().bytes):
		return errors.New("is one byte repeated")
	case n < minLen:
		return fmt.Errorf("is %d bytes long, need at least %d", n, minLen)
	}
	return nil
}

// uniform reports whether b is one byte repeated, such as a row of zeros.
func uniform(b []byte) bool {
	for _, c := range b[1:] {
		if c != b[0] {
			return false
		}
	}
	return true
}

// matchSecret compares candidate with every value of src, however early one
// of them matches, and returns the place and the label of the one that did: 0
// is the current value. The error is errSecretMismatch, or matches
// ErrSecretUnavailable. A mismatch asks the source to look for a new value
// soon, since the caller may have been told of it first.
func matchSecret(src SecretSource, candidate []byte) (index int, label string, err error) {
	if src == nil { // that of a verifier which no constructor has made
		return -1, "", ErrSecretUnavailable
	}
	list, err := src.Secrets()
	if err != nil {
		return -1, "", err
	}
	digest := sha256.Sum256(candidate)
	index = -1
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].equalDigest(digest) {
			index = i
		}
	}
	if index < 0 {
		refreshSecrets(src)
		return -1, "", errSecretMismatch
	}
	return index, list[index].Label(), nil
}
