package events

import (
	"crypto/ed25519"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// SenderConfig configures the sources of well-known senders. Secrets must be
// set; everything else has a default.
type SenderConfig struct {
	// Name is the source's, and Path where its events arrive: by default the
	// sender's name, and "/webhook/" with it.
	Name, Path string
	// Secrets are what the sender signs with.
	Secrets auth.SecretSource
	// PublicKeys are those of a sender of Standard Webhooks that signs by
	// ed25519; Secrets may then be nil.
	PublicKeys []ed25519.PublicKey
	// AllowWeak accepts secrets of less than auth.MinSecretBytes.
	AllowWeak bool
	// Now is the clock for signed timestamps. The default is time.Now.
	Now func() time.Time
	// Observe is told when an old secret was used.
	Observe auth.Observer
}

func (cfg SenderConfig) source(name string, scheme auth.SignatureScheme) (Source, error) {
	s := Source{Name: cfg.Name, Paths: []string{cfg.Path}}
	if s.Name == "" {
		s.Name = name
	}
	if cfg.Path == "" {
		s.Paths[0] = "/webhook/" + name
	}
	var err error
	s.Verify, err = Signature(auth.SignatureConfig{
		Scheme: scheme, Secrets: cfg.Secrets, PublicKeys: cfg.PublicKeys, AllowWeak: cfg.AllowWeak, Now: cfg.Now, Observe: cfg.Observe,
	})
	return s, err
}

// GitHub is the source of GitHub's webhooks. The type is X-GitHub-Event, the
// id X-GitHub-Delivery; both are headers that the signature does not cover, so
// whoever has seen one signed body can send it again as another event. Bodies
// may be JSON or forms.
//
// Source: https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers.
func GitHub(cfg SenderConfig) (Source, error) {
	s, err := cfg.source("github", auth.GitHubSignature())
	s.Unsigned = []Part{PartHeaders}
	s.Type, s.ID = "headers['x-github-event']", "headers['x-github-delivery']"
	s.SameBody, s.Form = true, true
	s.Headers = []string{"X-GitHub-Event", "X-GitHub-Delivery"}
	return s, err
}

// Stripe is the source of Stripe's webhooks. Type and id are those of the
// event, in the signed body.
//
// Source: https://docs.stripe.com/api/events/object.
func Stripe(cfg SenderConfig) (Source, error) {
	s, err := cfg.source("stripe", auth.StripeSignature())
	s.Type, s.ID = "event.payload.type", "event.payload.id"
	return s, err
}

// Shopify is the source of Shopify's webhooks. The type is X-Shopify-Topic, the
// id that topic with X-Shopify-Event-Id; both are headers that the signature
// does not cover, so whoever has seen one signed body can send it again as
// another event.
//
// Source: https://shopify.dev/docs/apps/build/webhooks/ignore-duplicates.
func Shopify(cfg SenderConfig) (Source, error) {
	s, err := cfg.source("shopify", auth.ShopifySignature())
	s.Unsigned = []Part{PartHeaders}
	s.Type, s.IDFunc = "headers['x-shopify-topic']", shopifyID
	s.Headers = []string{"X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Event-Id"}
	return s, err
}

// StandardWebhooks is the source of senders that follow Standard Webhooks. The
// id is the signed one, the type the body's field type.
//
// Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
func StandardWebhooks(cfg SenderConfig) (Source, error) {
	s, err := cfg.source("standard-webhooks", auth.StandardWebhooksSignature())
	s.Type, s.ID = "event.payload.type", "event.signed_id"
	s.SameBody = true
	return s, err
}

// shopifyID is the id of an event with its topic: one action of a merchant is
// several events with one id.
func shopifyID(e *Event) string {
	id := e.Header.Get("X-Shopify-Event-Id")
	if id == "" {
		return ""
	}
	return e.Header.Get("X-Shopify-Topic") + "/" + id
}
