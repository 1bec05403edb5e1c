package events

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/cxhook/cxhook/auth"
)

// Verification says how a source verifies its events. It is made by
// [Signature], [HeaderSecret], [Basic], [Verified], [AnyOf] or, written out,
// [Unverified]. The zero value is refused.
type Verification struct {
	kind     string
	verify   func(*http.Request) (proof, error)
	headers  []string                // which hold the credential or belong to it
	bodyOnly bool                    // a signature: headers, path and query are not covered
	named    map[string]Verification // of AnyOf
}

// proof is what a verification found.
type proof struct {
	id       auth.Identity
	signedID string
}

// Signature verifies a signature over the raw body. It covers the body alone:
// see [Source.Unsigned].
func Signature(cfg auth.SignatureConfig) (Verification, error) {
	if cfg.MaxBodyBytes == 0 {
		cfg.MaxBodyBytes = MaxEventBytes // the source's own limit holds
	}
	v, err := auth.NewSignatureVerifier(cfg)
	if err != nil {
		return Verification{}, err
	}
	subject := cfg.Subject
	if subject == "" {
		subject = cfg.Scheme.Name
	}
	var headers []string
	for _, set := range cfg.Scheme.Headers {
		headers = append(headers, set.Signature)
		for _, name := range []string{set.Timestamp, set.ID} {
			if name != "" {
				headers = append(headers, name)
			}
		}
	}
	return Verification{
		kind: "signature " + cfg.Scheme.Name, headers: headers, bodyOnly: true,
		verify: func(r *http.Request) (proof, error) {
			m, err := v.Message(r)
			return proof{id: auth.Identity{Scheme: "signature", Subject: subject}, signedID: m.ID}, err
		},
	}, nil
}

// HeaderSecret verifies a secret in a header, compared verbatim.
func HeaderSecret(cfg auth.HeaderConfig) (Verification, error) {
	v, err := auth.NewHeader(cfg)
	if err != nil {
		return Verification{}, err
	}
	return Verified(v, cfg.Name), nil
}

// Basic verifies a user and a password.
func Basic(cfg auth.BasicConfig) (Verification, error) {
	v, err := auth.NewBasic(cfg)
	if err != nil {
		return Verification{}, err
	}
	return Verified(v, "Authorization"), nil
}

// Verified verifies by any verifier of package auth that vouches for the
// whole request. The headers are those that hold the credential; they reach
// neither conditions nor variables nor jobs. A nil verifier panics.
func Verified(v auth.Verifier, headers ...string) Verification {
	if v == nil {
		panic("events: Verified of a nil verifier")
	}
	return Verification{
		kind: "credential", headers: headers,
		verify: func(r *http.Request) (proof, error) {
			id, err := v.Verify(r)
			if err == nil && id.IsZero() {
				err = auth.Refuse(http.StatusUnauthorized, auth.ReasonNobody, nil)
			}
			return proof{id: id}, err
		},
	}
}

// Unverified lets everybody in who can reach the route. It is for routes that
// something else guards, and for trials.
func Unverified() Verification {
	return Verification{kind: "none", verify: func(*http.Request) (proof, error) {
		return proof{id: auth.Identity{Scheme: "none", Subject: "anyone"}}, nil
	}}
}

// AnyOf verifies by those of the named verifications whose headers a request
// carries: all of them must be good, and there must be one. So a bad signature
// is never outweighed by a good secret. On a route with {provider} the one of
// that name has to be good. Each of the verifications needs headers of its
// own.
func AnyOf(named map[string]Verification) (Verification, error) {
	if len(named) == 0 {
		return Verification{}, errors.New("events: AnyOf of no verifications")
	}
	v := Verification{kind: "any of " + strings.Join(slices.Sorted(maps.Keys(named)), ", "), named: maps.Clone(named)}
	owner := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		part := named[name]
		if part.verify == nil || len(part.headers) == 0 || part.named != nil {
			return Verification{}, fmt.Errorf("events: verification %q has no header to be known by", name)
		}
		for _, h := range part.headers {
			key := http.CanonicalHeaderKey(h)
			if other, taken := owner[key]; taken {
				return Verification{}, fmt.Errorf("events: verifications %q and %q both read the header %s", other, name, key)
			}
			owner[key] = name
		}
		v.headers = append(v.headers, part.headers...)
		v.bodyOnly = v.bodyOnly || part.bodyOnly
	}
	v.verify = func(r *http.Request) (proof, error) { return v.verifyPresent(r, "") }
	return v, nil
}

// verifyPresent asks every part whose headers the request carries.
func (v Verification) verifyPresent(r *http.Request, provider string) (proof, error) {
	var found proof
	var names []string
	for _, name := range slices.Sorted(maps.Keys(v.named)) {
		part := v.named[name]
		if name != provider && !slices.ContainsFunc(part.headers, func(h string) bool { return len(r.Header.Values(h)) > 0 }) {
			continue
		}
		p, err := part.verify(r)
		if err != nil {
			return proof{}, err
		}
		if len(names) == 0 || name == provider {
			found = p
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return proof{}, auth.Refuse(http.StatusUnauthorized, auth.ReasonNoCredential, nil)
	}
	return found, nil
}

// for a request of a route, whose provider may be "".
func (v Verification) check(r *http.Request, provider string) (proof, error) {
	if provider != "" && v.named != nil {
		return v.verifyPresent(r, provider)
	}
	return v.verify(r)
}

// none reports whether everybody is let in.
func (v Verification) none() bool { return v.kind == "none" }
