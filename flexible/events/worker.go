package events

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// The paths of worker events: the established one, and the newer form.
const (
	WorkerPath      = "/events/webhook/{tenant}/{event_type}"
	WorkerAliasPath = "/v1/events/ingress/{provider}/{tenant}/{event_type}/{rest}"
)

// WorkerConfig configures [WorkerEvents]. A secret header, a signature or
// Unverified must be set.
type WorkerConfig struct {
	// Name is the source's. The default is "worker".
	Name string
	// SecretHeader and SecretKey are a header and the secret in it.
	SecretHeader string
	SecretKey    auth.SecretSource
	// Signatures are those that senders may use, by the names of the senders.
	Signatures map[string]WorkerSignature
	// Unverified lets everybody in.
	Unverified bool
	// Tenants lists the tenants that are known. Empty takes all.
	Tenants []string
	// AllowWeak accepts secrets of less than auth.MinSecretBytes.
	AllowWeak bool
	// Now is the clock for signed timestamps. The default is time.Now.
	Now func() time.Time
}

// WorkerSignature is one named signature.
type WorkerSignature struct {
	// Header is the header of the signature. The default is the algorithm's own
	// where it has one.
	Header string
	// Algorithm is sha256 (hex behind "sha256="), hmac-sha256 (hex alone), stripe,
	// shopify or standard-webhooks.
	Algorithm string
	Secret    auth.SecretSource
}

// workerSchemes are the algorithms by their names.
var workerSchemes = map[string]func() auth.SignatureScheme{
	"sha256":            auth.GitHubSignature,
	"hmac-sha256":       func() auth.SignatureScheme { return auth.PlainSignature("") },
	"stripe":            auth.StripeSignature,
	"shopify":           auth.ShopifySignature,
	"standard-webhooks": auth.StandardWebhooksSignature,
}

func (s WorkerSignature) scheme() (auth.SignatureScheme, error) {
	scheme, known := workerSchemes[s.Algorithm]
	if !known {
		return auth.SignatureScheme{}, fmt.Errorf("algorithm is %q, need one of %s", s.Algorithm, strings.Join(slices.Sorted(maps.Keys(workerSchemes)), ", "))
	}
	made := scheme()
	if s.Header != "" {
		if len(made.Headers) > 1 {
			return made, fmt.Errorf("algorithm %s has headers of its own, so none can be set", s.Algorithm)
		}
		made.Headers[0].Signature = s.Header
	}
	return made, nil
}

// WorkerEvents is the source of worker events: POST to
// /events/webhook/{tenant}/{event_type}, or to the newer
// /v1/events/ingress/{provider}/{tenant}/{event_type}, whose provider is the
// name of a signature. A request is verified by every credential that it
// carries, the secret header or a signature, and has to carry one; what is
// wrong with one is a 401.
//
// Tenant and type come from the path, as the senders are set up, which no
// signature covers: a secret that senders share lets each of them send for every
// tenant and type. An id is the signed one of Standard Webhooks, whose
// repetition with another body is answered 400, that of a Stripe event, or
// GitHub's or Shopify's delivery header where Unsigned has the headers; other
// events are not checked for duplicates unless ID is set.
func WorkerEvents(cfg WorkerConfig) (Source, error) {
	s := Source{
		Name: cfg.Name, Paths: []string{WorkerPath}, Tenants: cfg.Tenants, IDFunc: workerID,
		Unsigned: []Part{PartPath, PartHeaders}, Form: true,
	}
	if s.Name == "" {
		s.Name = "worker"
	}
	named, err := cfg.verifications()
	switch {
	case err != nil:
		return s, err
	case cfg.Unverified && len(named) > 0:
		return s, errors.New("events: worker events are to be verified, and not to be")
	case cfg.Unverified:
		s.Verify = Unverified()
		return s, nil
	case len(named) == 0:
		return s, errors.New("events: worker events have neither a secret header nor a signature; letting everybody in must be written out")
	}
	if len(cfg.Signatures) > 0 {
		s.Paths = append(s.Paths, WorkerAliasPath)
	}
	s.Verify, err = AnyOf(named)
	return s, err
}

// secretHeaderName is how the secret header is called among the verifications.
// It is no name that a path can hold, so no provider is called so.
const secretHeaderName = "(secret header)"

func (cfg *WorkerConfig) verifications() (map[string]Verification, error) {
	named := make(map[string]Verification)
	var errs []error
	switch {
	case cfg.SecretHeader != "" && cfg.SecretKey != nil:
		v, err := HeaderSecret(auth.HeaderConfig{Name: cfg.SecretHeader, Secrets: cfg.SecretKey, AllowWeak: cfg.AllowWeak})
		if err != nil {
			errs = append(errs, &ConfigError{Path: "secret_key", Err: err})
		}
		named[secretHeaderName] = v
	case cfg.SecretHeader != "" || cfg.SecretKey != nil:
		errs = append(errs, errors.New("events: secret_header and secret_key are set together or not at all"))
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Signatures)) {
		sig := cfg.Signatures[name]
		if !isPathName(name) {
			errs = append(errs, &ConfigError{Path: "signatures." + name, Err: errors.New("the name cannot stand in a path")})
			continue
		}
		scheme, err := sig.scheme()
		if err == nil {
			named[name], err = Signature(auth.SignatureConfig{Scheme: scheme, Secrets: sig.Secret, Subject: name, AllowWeak: cfg.AllowWeak, Now: cfg.Now})
		}
		if err != nil {
			errs = append(errs, &ConfigError{Path: "signatures." + name, Err: err})
		}
	}
	return named, errors.Join(errs...)
}

// signedPrefix begins the ids of worker events that their senders signed.
const signedPrefix = "signed/"

// workerID finds the id that the sender gave the event.
func workerID(e *Event) string {
	if e.SignedID != "" {
		return signedPrefix + e.SignedID
	}
	// Before the headers, which anybody can add to a body that was signed.
	if id := e.Text("id"); id != "" && e.Text("object") == "event" {
		return "event/" + id
	}
	if !e.src.decides(PartHeaders) {
		return ""
	}
	if id := e.Header.Get("X-GitHub-Delivery"); id != "" {
		return "github/" + id
	}
	if id := shopifyID(e); id != "" {
		return "shopify/" + id
	}
	return ""
}
