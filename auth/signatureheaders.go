package auth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// signedHeaders is what the headers of a request say.
type signedHeaders struct {
	given  []givenSignature
	ts, id string
	time   time.Time
}

// headers reads the one set of headers that the request carries.
func (v *SignatureVerifier) headers(header http.Header) (signedHeaders, error) {
	set, err := v.headerSet(header)
	if err != nil {
		return signedHeaders{}, err
	}
	values := make(map[string]string)
	for _, name := range set.names() {
		list := header.Values(name)
		switch {
		case len(list) == 0 || list[0] == "":
			return signedHeaders{}, v.refuse(ReasonNoCredential, errors.New("one of the signature's headers is missing"))
		case len(list) > 1:
			return signedHeaders{}, v.refuse(ReasonDuplicateHeader, nil)
		}
		values[name] = list[0]
	}
	var h signedHeaders
	h.given, h.ts, err = v.cfg.Scheme.parseSignatures(values[set.Signature])
	//backstop: a header that cannot be parsed yields no signature, which is refused next
	if err != nil {
		return signedHeaders{}, v.refuse(ReasonMalformed, err)
	}
	if !slices.ContainsFunc(h.given, v.hasKeyFor) {
		return signedHeaders{}, v.refuse(ReasonMalformed, errors.New("no signature of an accepted version"))
	}
	if set.ID != "" {
		if h.id = values[set.ID]; !isMessageID(h.id) {
			return signedHeaders{}, v.refuse(ReasonMalformed, errors.New("message id is malformed"))
		}
	}
	if set.Timestamp != "" {
		h.ts = values[set.Timestamp]
	}
	return v.timed(h)
}

// headerSet finds the set of headers that the request uses. Two at once are
// refused, so that no reader behind takes the id of the one that was not
// verified.
func (v *SignatureVerifier) headerSet(header http.Header) (SignatureHeaders, error) {
	var found []SignatureHeaders
	for _, set := range v.cfg.Scheme.Headers {
		present := func(name string) bool { return len(header.Values(name)) > 0 }
		if slices.ContainsFunc(set.names(), present) {
			found = append(found, set)
		}
	}
	switch len(found) {
	case 0:
		return SignatureHeaders{}, v.refuse(ReasonNoCredential, nil)
	case 1:
		return found[0], nil
	}
	return SignatureHeaders{}, v.refuse(ReasonDuplicateHeader, errors.New("signature headers of two kinds"))
}

func (v *SignatureVerifier) hasKeyFor(g givenSignature) bool {
	if g.algorithm == Ed25519 {
		return len(v.cfg.PublicKeys) > 0
	}
	return v.cfg.Secrets != nil
}

// timed holds the timestamp against the tolerance.
func (v *SignatureVerifier) timed(h signedHeaders) (signedHeaders, error) {
	if !v.cfg.Scheme.hasTimestamp() {
		return h, nil
	}
	sec, err := parseTimestamp(h.ts)
	if err != nil {
		return signedHeaders{}, v.refuse(ReasonMalformed, err)
	}
	now := v.cfg.Now().Unix()
	if now-sec > int64(v.cfg.Past/time.Second) || sec-now > int64(v.cfg.Future/time.Second) {
		return signedHeaders{}, v.refuse(ReasonTimestamp, fmt.Errorf("timestamp is %d s old", now-sec))
	}
	h.time = time.Unix(sec, 0)
	return h, nil
}
