package cxtest

import (
	"net/url"
	"strings"
)

// query splits a target, removing the values of named parameters.
func (r *redactor) query(target string) (path string, pairs []string) {
	path, raw, ok := strings.Cut(target, "?")
	if !ok {
		return path, nil
	}
	pairs = strings.Split(raw, "&")
	r.pairs(pairs)
	return path, pairs
}

// pairs removes the values of named parameters, and of those whose names are
// those of credentials, in a query or a form.
func (r *redactor) pairs(pairs []string) {
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			plain = name
		}
		named := r.params[strings.ToLower(plain)]
		if named || value != "" && sensitive(plain) {
			v, err := url.QueryUnescape(value)
			if err != nil {
				v = value
			}
			if named || len(v) >= wordLength {
				r.note(v)
			}
			pairs[i] = name + "=" + removed
		}
	}
}

func (r *redactor) target(path string, pairs []string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = r.escaped(s, url.PathUnescape, url.PathEscape)
	}
	path = strings.Join(segments, "/")
	if plain, err := url.PathUnescape(path); err == nil { // a value may hold slashes
		if clean := r.find.replace(plain); clean != plain {
			path = (&url.URL{Path: clean}).EscapedPath()
		}
	}
	if pairs == nil {
		return path
	}
	return path + "?" + r.form(pairs)
}

func (r *redactor) form(pairs []string) string {
	for i, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		pairs[i] = r.escaped(name, url.QueryUnescape, url.QueryEscape)
		if ok {
			pairs[i] += "=" + r.escaped(value, url.QueryUnescape, url.QueryEscape)
		}
	}
	return strings.Join(pairs, "&")
}

// escaped replaces in an escaped text, which stays as it is if nothing is
// found.
func (r *redactor) escaped(s string, decode func(string) (string, error), encode func(string) string) string {
	plain, err := decode(s)
	if err != nil {
		return r.find.replace(s)
	}
	if clean := r.find.replace(plain); clean != plain {
		return encode(clean)
	}
	return s
}
