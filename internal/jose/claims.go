package jose

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxClaimsDepth bounds the nesting of claims, the object itself included.
const maxClaimsDepth = 16

// Claims are the members of a JSON object of which every name occurs once and
// is taken letter by letter. The same reader serves the payloads of tokens and
// the answers of issuers. The accessors tell a missing claim and one of
// another type from a good one by ok alone; use Has where the two differ.
type Claims struct {
	members []member
}

type member struct {
	name  string
	value jsontext.Value
}

// ParseClaims reads exactly one JSON object: no duplicate names at any depth,
// no invalid UTF-8, nothing after it, and at most 16 levels of nesting. Its
// error wraps ErrClaims, and ErrDuplicate when it is for that alone.
func ParseClaims(payload []byte) (Claims, error) {
	c := Claims{members: make([]member, 0, 12)}
	err := members(payload, maxClaimsDepth, func(name string, value jsontext.Value) error {
		c.members = append(c.members, member{name, value})
		return nil
	})
	switch {
	case errors.Is(err, errDuplicate):
		return Claims{}, ErrDuplicate
	case err != nil:
		return Claims{}, ErrClaims
	}
	return c, nil
}

func (c Claims) get(name string) jsontext.Value {
	for i := range c.members {
		if c.members[i].name == name {
			return c.members[i].value
		}
	}
	return nil
}

// Has reports whether the claim is there, null included.
func (c Claims) Has(name string) bool { return c.get(name) != nil }

// String returns a claim that is a string.
func (c Claims) String(name string) (value string, ok bool) { return text(c.get(name)) }

// Strings returns a claim that is a string or an array of strings.
func (c Claims) Strings(name string) (list []string, ok bool) {
	v := c.get(name)
	if v.Kind() == '[' {
		return texts(v)
	}
	s, ok := text(v)
	return []string{s}, ok
}

// Bool returns a claim that is true or false.
func (c Claims) Bool(name string) (value, ok bool) {
	kind := c.get(name).Kind()
	return kind == 't', kind == 't' || kind == 'f'
}

// Time returns a claim that is a NumericDate of RFC 7519: seconds since 1970,
// written with at most 11 digits and perhaps 9 decimal places. Signs and
// exponents are not taken.
func (c Claims) Time(name string) (t time.Time, ok bool) { return ParseTime(string(c.get(name))) }

// ParseTime reads the text of a NumericDate as [Claims.Time] does.
func ParseTime(s string) (t time.Time, ok bool) {
	whole, fraction, dotted := strings.Cut(s, ".")
	sec, ok := digits(whole, 11)
	if !ok {
		return time.Time{}, false
	}
	if !dotted {
		return time.Unix(sec, 0), true
	}
	nsec, ok := digits(fraction, 9)
	if !ok {
		return time.Time{}, false
	}
	for range 9 - len(fraction) {
		nsec *= 10
	}
	return time.Unix(sec, nsec), true
}

// digits reads 1 to n decimal digits and nothing else, no sign either.
func digits(s string, n int) (int64, bool) {
	if len(s) > n {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 10, 63)
	return int64(v), err == nil
}
