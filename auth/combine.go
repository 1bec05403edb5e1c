package auth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// All returns a verifier that passes a request when every one of vs does. The
// identity is that of the first, with the others in its Also field.
//
// The verifiers are asked in order until one refuses. A refusal by the
// credential (401, 403) wins over a dependency that is down (503), so a
// request that is refused anyway is not retried. Without verifiers, or with a
// nil one, All panics.
func All(vs ...Verifier) Verifier {
	return all(checkList("All", vs))
}

// Any returns a verifier that passes a request when one of vs does, asked in
// order.
//
// When none passes, a dependency that is down (503) wins over refusals, since
// it might have passed the request; of the refusals a 403 wins, then the one
// that saw a credential. Challenges of all are sent. Without verifiers, or
// with a nil one, Any panics.
func Any(vs ...Verifier) Verifier {
	return anyOf(checkList("Any", vs))
}

func checkList(name string, vs []Verifier) []Verifier {
	if len(vs) == 0 {
		panic("auth: " + name + " of no verifiers")
	}
	for i, v := range vs {
		if absent(v) {
			panic(fmt.Sprintf("auth: verifier %d of %s is nil", i, name))
		}
	}
	return append([]Verifier(nil), vs...)
}

type all []Verifier

func (vs all) Verify(r *http.Request) (Identity, error) {
	var id Identity
	var down *Refusal
	for i, v := range vs {
		part, f := ask(v, r)
		switch {
		case f == nil && i == 0:
			id = part
		case f == nil:
			id.Also = append(id.Also[:len(id.Also):len(id.Also)], part)
		case f.Status != http.StatusServiceUnavailable:
			return Identity{}, f
		case down == nil:
			down = f
		}
	}
	if down != nil {
		return Identity{}, down
	}
	return id, nil
}

func (vs all) bodyLimit() int64 { return maxBodyLimit(vs) }

func (vs all) StripHeaders() []string { return stripHeaders(vs) }

// weakAlone: one strong verifier, or two weak ones of different kinds, make
// the whole strong; here one strong one is asked for.
func (vs all) weakAlone() string {
	var why []string
	for _, v := range vs {
		w := weakness(v)
		if w == "" {
			return ""
		}
		why = append(why, w)
	}
	return strings.Join(why, "; ")
}

type anyOf []Verifier

func (vs anyOf) Verify(r *http.Request) (Identity, error) {
	refusals := make([]*Refusal, 0, len(vs))
	for _, v := range vs {
		id, f := ask(v, r)
		if f == nil {
			return id, nil
		}
		refusals = append(refusals, f)
	}
	return Identity{}, mostTelling(refusals)
}

func (vs anyOf) bodyLimit() int64 { return maxBodyLimit(vs) }

func (vs anyOf) StripHeaders() []string { return stripHeaders(vs) }

// weakAlone: a caller chooses the weakest way in.
func (vs anyOf) weakAlone() string {
	for _, v := range vs {
		if w := weakness(v); w != "" {
			return w
		}
	}
	return ""
}

// ask puts v's answer in one of two forms: somebody, or a refusal.
func ask(v Verifier, r *http.Request) (Identity, *Refusal) {
	id, err := v.Verify(r)
	if err != nil {
		return Identity{}, refusalOf(err)
	}
	if id.IsZero() {
		return Identity{}, Refuse(http.StatusUnauthorized, ReasonNobody, nil)
	}
	return id, nil
}

// mostTelling returns the refusal that answers for all, with everyone's
// challenges and reasons.
func mostTelling(refusals []*Refusal) *Refusal {
	best := *refusals[0]
	var challenges []string
	var causes []error
	for _, f := range refusals {
		if weight(f) > weight(&best) {
			best = *f
		}
		challenges = append(challenges, f.Challenges...)
		causes = append(causes, f)
	}
	best.Challenges = challenges
	best.cause = errors.Join(causes...)
	return &best
}

func weight(f *Refusal) int {
	switch {
	case f.Status == http.StatusServiceUnavailable:
		return 4
	case f.Status == http.StatusForbidden:
		return 3
	case f.Status == http.StatusUnauthorized && f.Reason == ReasonNoCredential:
		return 0
	case f.Status == http.StatusUnauthorized:
		return 1
	default:
		return 2
	}
}

// maxBodyLimit is for the request that all of vs share; each holds its own
// limit besides.
func maxBodyLimit(vs []Verifier) int64 {
	var most int64
	for _, v := range vs {
		most = max(most, bodyLimit(v))
	}
	return most
}

func stripHeaders(vs []Verifier) []string {
	var names []string
	for _, v := range vs {
		if s, ok := v.(HeaderStripper); ok {
			names = append(names, s.StripHeaders()...)
		}
	}
	return names
}
