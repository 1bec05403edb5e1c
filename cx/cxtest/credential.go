package cxtest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// cookieLength is the shortest part of a header, such as a cookie's value, that
// is looked for elsewhere; shorter ones are settings rather than secrets.
const cookieLength = 8

// sensitive reports whether the name of a header, a cookie or a query parameter
// says that its value is a credential.
func sensitive(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "www-authenticate", "proxy-authenticate":
		return false // the question, not the answer
	}
	words := strings.FieldsFunc(name, func(c rune) bool { return c == '-' || c == '_' || c == '.' })
	for i, w := range words {
		for _, part := range []string{"secret", "token", "signature", "passw", "cookie", "jwt", "sessionid", "apikey"} {
			if strings.Contains(w, part) {
				return true
			}
		}
		switch {
		case strings.HasPrefix(w, "auth") && w != "author" && w != "authority",
			w == "key" || w == "sig" || w == "sid",
			w == "id" && i > 0 && words[i-1] == "session":
			return true
		}
	}
	return false
}

// header deletes credentials from h and notes their values.
func (r *redactor) header(h http.Header) {
	for name, values := range h {
		canonical := http.CanonicalHeaderKey(name)
		if !r.headers[canonical] && !sensitive(canonical) {
			continue
		}
		for _, v := range values {
			if canonical == "Cookie" || canonical == "Set-Cookie" {
				r.cookies(v)
			} else {
				r.credential(v)
			}
		}
		delete(h, name)
	}
}

// cookies notes the values of cookies.
func (r *redactor) cookies(header string) {
	for pair := range strings.SplitSeq(header, ";") {
		name, v, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch strings.ToLower(name) {
		case "path", "domain", "expires", "max-age", "samesite":
			continue
		}
		v = strings.Trim(v, `"`)
		if len(v) >= cookieLength || sensitive(name) && len(v) >= wordLength {
			r.note(v)
			if plain, err := url.PathUnescape(v); err == nil {
				r.note(plain)
			}
		}
	}
}

// credential notes a header's value: the whole, what follows the scheme, the
// parts of basic credentials, and the values of parameters.
func (r *redactor) credential(value string) {
	value = strings.TrimSpace(value)
	r.note(value)
	scheme, token := "", value
	if i := strings.IndexAny(value, " \t"); i >= 0 {
		scheme, token = value[:i], strings.TrimSpace(value[i:])
		r.note(token)
	}
	if strings.EqualFold(scheme, "Basic") {
		r.basic(token)
		return
	}
	for pair := range strings.FieldsFuncSeq(token, func(c rune) bool { return c == ',' || c == ';' }) {
		name, v, ok := strings.Cut(strings.TrimSpace(pair), "=")
		switch strings.ToLower(name) {
		case "uri", "realm", "algorithm", "qop", "nc":
			continue
		}
		if v = strings.Trim(v, `" `); ok && len(v) >= cookieLength {
			r.note(v)
		}
	}
}

// basic notes the password, and the name unless it is a short one.
func (r *redactor) basic(token string) {
	token = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(token, "="))
	pair, err := base64.RawStdEncoding.DecodeString(token)
	if err != nil || !utf8.Valid(pair) {
		return
	}
	user, password, _ := strings.Cut(string(pair), ":")
	r.note(password)
	if len(user) >= cookieLength {
		r.note(user)
	}
}
