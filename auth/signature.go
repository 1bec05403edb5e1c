package auth

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// SignatureAlgorithm says how a signature is made.
type SignatureAlgorithm int

// The algorithms. Both are checked in full length only.
const (
	HMACSHA256 SignatureAlgorithm = iota + 1 // a shared secret; 32 bytes
	Ed25519                                  // a key pair; 64 bytes
)

// SignatureEncoding says how the bytes of a signature are written.
type SignatureEncoding int

// The encodings. Hex is accepted in lower and in upper case, not mixed; base64
// is the standard alphabet with padding.
const (
	HexSignature SignatureEncoding = iota + 1
	Base64Signature
)

// SignatureLayout says how the signature header is laid out.
type SignatureLayout int

// The layouts.
const (
	// SingleSignature is one signature after its tag: sha256=1f2e…
	SingleSignature SignatureLayout = iota + 1
	// PairedSignatures is a list of key=value pairs with commas between
	// them, where the key t holds the timestamp and the tags are keys:
	// t=1492774577,v1=1f2e…,v1=3d4c…
	PairedSignatures
	// ListedSignatures is a list of tag,signature items with one blank
	// between them: v1,Hy4… v1a,PTw…
	ListedSignatures
)

// SignatureKeys says how the text of a configured secret becomes the bytes of
// the HMAC key.
type SignatureKeys int

// The forms of keys.
const (
	// RawKey takes all bytes of the text as they are.
	RawKey SignatureKeys = iota + 1
	// Base64Key takes the text behind an optional whsec_ as standard base64.
	Base64Key
)

// SignatureVersion is one kind of signature that a scheme knows.
type SignatureVersion struct {
	// Tag marks the signature in its header: the text before a single
	// signature, the key of a pair, the first half of a listed item.
	Tag string
	// Algorithm makes the signature.
	Algorithm SignatureAlgorithm
}

// SignatureHeaders names the headers of a scheme. Timestamp and ID are empty
// where the scheme has none.
type SignatureHeaders struct {
	Signature string
	Timestamp string
	ID        string
}

// SignatureScheme describes how a system signs its requests, as data. The
// functions [GitHubSignature], [StripeSignature], [StandardWebhooksSignature],
// [ShopifySignature] and [PlainSignature] return the known ones, and any field
// can be changed before use. The zero value is refused.
type SignatureScheme struct {
	// Name is the scheme's name in logs and identities.
	Name string
	// Headers are the accepted sets of header names. A request carries
	// exactly one of the sets, and each of its headers once.
	Headers []SignatureHeaders
	// Layout is the form of the signature header.
	Layout SignatureLayout
	// Versions are the kinds of signature that are looked at; items with
	// other tags are passed over. One of them has to match.
	Versions []SignatureVersion
	// Encoding is the form of one signature.
	Encoding SignatureEncoding
	// Keys is the form of the configured secrets.
	Keys SignatureKeys
	// Content is what is signed: a text with the places {id}, {ts} and
	// {body}. The body stands last, and what follows {id} or {ts} cannot be
	// part of one, so that no other split of the same bytes is signed too.
	Content string
}

// GitHubSignature is the scheme of GitHub's X-Hub-Signature-256. It has no
// timestamp: a request can be replayed by whoever has seen it.
//
// Source: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries.
func GitHubSignature() SignatureScheme {
	s := PlainSignature("X-Hub-Signature-256")
	s.Name = "github"
	s.Versions[0].Tag = "sha256="
	return s
}

// StripeSignature is the scheme of Stripe-Signature. The key is the whole text
// of the endpoint's secret, its whsec_ included. Signatures of version v0 are
// passed over.
//
// Source: https://docs.stripe.com/webhooks/signature.
func StripeSignature() SignatureScheme {
	return SignatureScheme{
		Name:     "stripe",
		Headers:  []SignatureHeaders{{Signature: "Stripe-Signature"}},
		Layout:   PairedSignatures,
		Versions: []SignatureVersion{{"v1", HMACSHA256}},
		Encoding: HexSignature,
		Keys:     RawKey,
		Content:  "{ts}.{body}",
	}
}

// StandardWebhooksSignature is the scheme of Standard Webhooks with its
// headers webhook-id, webhook-timestamp and webhook-signature, or the same
// with svix- before them: v1 by shared secret and v1a by ed25519, each
// accepted only where a key for it is configured.
//
// Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
func StandardWebhooksSignature() SignatureScheme {
	return SignatureScheme{
		Name: "standard-webhooks",
		Headers: []SignatureHeaders{
			{Signature: "Webhook-Signature", Timestamp: "Webhook-Timestamp", ID: "Webhook-Id"},
			{Signature: "Svix-Signature", Timestamp: "Svix-Timestamp", ID: "Svix-Id"},
		},
		Layout:   ListedSignatures,
		Versions: []SignatureVersion{{"v1", HMACSHA256}, {"v1a", Ed25519}},
		Encoding: Base64Signature,
		Keys:     Base64Key,
		Content:  "{id}.{ts}.{body}",
	}
}

// ShopifySignature is the scheme of X-Shopify-Hmac-Sha256. It has no
// timestamp: a request can be replayed by whoever has seen it.
//
// Source: https://shopify.dev/docs/apps/build/webhooks/subscribe/https.
func ShopifySignature() SignatureScheme {
	s := PlainSignature("X-Shopify-Hmac-Sha256")
	s.Name = "shopify"
	s.Encoding = Base64Signature
	return s
}

// PlainSignature is HMAC-SHA256 over the body, in hex, alone in the given
// header. It has no timestamp: a request can be replayed by whoever has seen
// it.
func PlainSignature(header string) SignatureScheme {
	return SignatureScheme{
		Name:     "hmac",
		Headers:  []SignatureHeaders{{Signature: header}},
		Layout:   SingleSignature,
		Versions: []SignatureVersion{{"", HMACSHA256}},
		Encoding: HexSignature,
		Keys:     RawKey,
		Content:  "{body}",
	}
}

// pairedTimestamp is the key of the timestamp among pairs.
const pairedTimestamp = "t"

// hasTimestamp reports whether the scheme signs a time.
func (s SignatureScheme) hasTimestamp() bool { return strings.Contains(s.Content, "{ts}") }

func (s SignatureScheme) uses(a SignatureAlgorithm) bool {
	for _, v := range s.Versions {
		if v.Algorithm == a {
			return true
		}
	}
	return false
}

// check returns the parts of the content, or the first mistake in the
// description.
func (s SignatureScheme) check() ([]contentPart, error) {
	if err := s.checkForm(); err != nil {
		return nil, err
	}
	parts, err := parseContent(s.Content)
	if err != nil {
		return nil, err
	}
	return parts, s.checkHeaders()
}

func (s SignatureScheme) checkForm() error {
	switch {
	case s.Name == "":
		return errors.New("has no name")
	case s.Layout < SingleSignature || s.Layout > ListedSignatures:
		return errors.New("has no layout")
	case s.Encoding < HexSignature || s.Encoding > Base64Signature:
		return errors.New("has no encoding")
	case s.uses(HMACSHA256) && (s.Keys < RawKey || s.Keys > Base64Key):
		return errors.New("has no form of keys")
	case len(s.Headers) == 0:
		return errors.New("names no header")
	}
	return s.checkVersions()
}

func (s SignatureScheme) checkVersions() error {
	//backstop: a scheme without versions takes no key, so that no key can be configured
	if len(s.Versions) == 0 {
		return errors.New("has no version of signature")
	}
	if s.Layout == SingleSignature && len(s.Versions) > 1 {
		return fmt.Errorf("has %d versions of signature, its layout holds 1", len(s.Versions))
	}
	seen := make(map[string]bool)
	for _, v := range s.Versions {
		switch {
		case v.Algorithm != HMACSHA256 && v.Algorithm != Ed25519:
			return fmt.Errorf("has no algorithm for the tag %q", v.Tag)
		case seen[v.Tag]:
			return fmt.Errorf("has the tag %q twice", v.Tag)
		case s.Layout != SingleSignature && !isTag(v.Tag), v.Tag == pairedTimestamp && s.Layout == PairedSignatures:
			return fmt.Errorf("cannot use %q as a tag", v.Tag)
		}
		seen[v.Tag] = true
	}
	return nil
}

func (s SignatureScheme) checkHeaders() error {
	timestamp := s.hasTimestamp() && s.Layout != PairedSignatures
	if s.Layout == PairedSignatures && !s.hasTimestamp() {
		return errors.New("has a layout with a timestamp that its content does not sign")
	}
	id := strings.Contains(s.Content, "{id}")
	seen := make(map[string]bool)
	for _, h := range s.Headers {
		switch {
		case timestamp != (h.Timestamp != ""):
			return fmt.Errorf("names the timestamp header %q for the content %q", h.Timestamp, s.Content)
		case id != (h.ID != ""):
			return fmt.Errorf("names the id header %q for the content %q", h.ID, s.Content)
		}
		for _, name := range h.names() {
			if !isProxySafeName(name) || seen[http.CanonicalHeaderKey(name)] {
				return fmt.Errorf("cannot use the header name %q", name)
			}
			seen[http.CanonicalHeaderKey(name)] = true
		}
	}
	return nil
}

// names returns the header names of the set that are not empty.
func (h SignatureHeaders) names() []string {
	names := []string{h.Signature}
	if h.Timestamp != "" {
		names = append(names, h.Timestamp)
	}
	if h.ID != "" {
		names = append(names, h.ID)
	}
	return names
}

// ParseSignaturePublicKey reads an ed25519 public key written in standard
// base64, with or without the whpk_ of Standard Webhooks before it.
func ParseSignaturePublicKey(text string) (ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(text, "whpk_"))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("auth: public key is not %d bytes in standard base64", ed25519.PublicKeySize)
	}
	return key, nil
}
