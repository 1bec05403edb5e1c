package cxtest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// removed stands in an archive for what was removed.
const removed = "REMOVED"

// Values up to this length are found in a text as a whole word only, longer
// ones anywhere.
const wordLength = 4

// cookieLength is the shortest value of a cookie that is looked for elsewhere.
const cookieLength = 8

// errOpaque is a body that cannot be searched for what must not be written.
var errOpaque = errors.New("the body is neither JSON nor a form, so parameters cannot be removed from it")

// redactor removes credentials and named parameters from one exchange.
type redactor struct {
	headers map[string]bool // canonical names, beside the ones always removed
	params  map[string]bool // names in lower case
	values  map[string]bool // texts that must not be written
	pattern *regexp.Regexp  // finds them; nil if there are none
}

// always are the headers that carry credentials.
func always(canonical string) bool {
	switch canonical {
	case "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Goog-Api-Key",
		"X-Goog-Iap-Jwt-Assertion", "X-Serverless-Authorization", "X-Auth-Token", "X-Amz-Security-Token":
		return true
	}
	return false
}

// exchange removes what must not be written, first noting the values
// everywhere, then replacing them everywhere.
func (r *redactor) exchange(e *Exchange) error {
	r.values = map[string]bool{}
	r.header(e.RequestHeader)
	r.header(e.ResponseHeader)
	path, query := r.query(e.Target)
	request, err := r.body(e.RequestHeader, e.RequestBody)
	if err != nil {
		return err
	}
	response, err := r.body(e.ResponseHeader, e.ResponseBody)
	if err != nil {
		return err
	}
	if err := r.compile(); err != nil {
		return err
	}
	e.Target = r.target(path, query)
	for _, h := range []http.Header{e.RequestHeader, e.ResponseHeader} {
		for name := range h {
			for i, v := range h[name] {
				h[name][i] = r.replace(v)
			}
		}
	}
	if e.RequestBody, err = request(); err != nil {
		return err
	}
	e.ResponseBody, err = response()
	return err
}

// header deletes credentials from h and notes their values.
func (r *redactor) header(h http.Header) {
	for name, values := range h {
		canonical := http.CanonicalHeaderKey(name)
		if !always(canonical) && !r.headers[canonical] {
			continue
		}
		for _, v := range values {
			r.credential(canonical, v)
		}
		delete(h, name)
	}
}

// credential notes a header's value: that of each cookie, else the whole, what
// follows the scheme, and the password of basic credentials. Short values of
// cookies are settings rather than secrets.
func (r *redactor) credential(canonical, value string) {
	if canonical == "Cookie" || canonical == "Set-Cookie" {
		for pair := range strings.SplitSeq(value, ";") {
			if _, v, _ := strings.Cut(pair, "="); len(v) >= cookieLength {
				r.note(v)
			}
		}
		return
	}
	r.note(value)
	_, token, ok := strings.Cut(value, " ")
	if !ok {
		return
	}
	r.note(token)
	if pair, err := base64.StdEncoding.DecodeString(token); err == nil && utf8.Valid(pair) {
		_, password, _ := strings.Cut(string(pair), ":")
		r.note(password)
	}
}

func (r *redactor) note(value string) {
	if value = strings.TrimSpace(value); value != "" && value != removed {
		r.values[value] = true
	}
}

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

// pairs removes the values of named parameters in a query or a form.
func (r *redactor) pairs(pairs []string) {
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil && r.params[strings.ToLower(plain)] {
			if v, err := url.QueryUnescape(value); err == nil {
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
		return r.replace(s)
	}
	if clean := r.replace(plain); clean != plain {
		return encode(clean)
	}
	return s
}

// body notes the values of named parameters in a body and returns how to
// write it once all values are known.
func (r *redactor) body(h http.Header, body []byte) (func() ([]byte, error), error) {
	if len(body) == 0 {
		return func() ([]byte, error) { return nil, nil }, nil
	}
	tree, err := parseTree(body)
	switch {
	case err == nil:
		r.tree(tree)
		return func() ([]byte, error) {
			if r.pattern == nil && len(r.params) == 0 {
				return body, nil
			}
			r.clean(tree, "")
			return tree.json()
		}, nil
	case strings.HasPrefix(h.Get("Content-Type"), "application/x-www-form-urlencoded"):
		pairs := strings.Split(string(body), "&")
		r.pairs(pairs)
		return func() ([]byte, error) { return []byte(r.form(pairs)), nil }, nil
	case len(r.params) > 0 || !utf8.Valid(body) && len(r.values) > 0:
		return nil, errOpaque
	}
	return func() ([]byte, error) {
		if r.pattern == nil {
			return body, nil
		}
		if !utf8.Valid(body) {
			return nil, errOpaque
		}
		return []byte(r.replace(string(body))), nil
	}, nil
}

// tree removes the values of named parameters: members of that name at any
// depth, and the values of objects that carry the name in a member, as the
// parameters of a form do. Strings that hold JSON are searched as well.
func (r *redactor) tree(n *node) {
	if n.kind == scalarNode {
		inner, ok := embedded(n)
		if !ok {
			return
		}
		r.tree(inner)
		if b, err := inner.json(); err == nil && len(r.params) > 0 {
			n.scalar = string(b)
		}
		return
	}
	named := n.kind == objectNode && r.named(n)
	for i, m := range n.members {
		switch {
		case n.kind == objectNode && r.params[strings.ToLower(n.keys[i])],
			named && isValue(n.keys[i]):
			r.remove(m)
		default:
			r.tree(m)
		}
	}
}

// embedded parses a string that holds an object or a list.
func embedded(n *node) (*node, bool) {
	s := strings.TrimSpace(n.text())
	if s == "" || s[0] != '{' && s[0] != '[' {
		return nil, false
	}
	inner, err := parseTree([]byte(s))
	return inner, err == nil
}

// named reports whether an object is a parameter of one of the names.
func (r *redactor) named(n *node) bool {
	for _, key := range []string{"displayName", "display_name", "name", "key", "id", "parameter"} {
		if s := n.get(key).text(); s != "" && r.params[strings.ToLower(s)] {
			return true
		}
	}
	return false
}

func isValue(key string) bool {
	switch key {
	case "value", "originalValue", "original_value", "resolvedValue", "resolved_value":
		return true
	}
	return false
}

// remove replaces a value by one of the same shape and notes what it was.
func (r *redactor) remove(n *node) {
	switch v := n.scalar.(type) {
	case string:
		r.note(v)
		n.scalar = removed
	case json.Number:
		r.note(v.String())
		if whole, ok := strings.CutSuffix(v.String(), ".0"); ok {
			r.note(whole)
		}
		n.scalar = json.Number("0")
	case bool:
		n.scalar = false
	}
	for _, m := range n.members {
		r.remove(m)
	}
}

// compile makes one pattern of all values, the longest first.
func (r *redactor) compile() (err error) {
	if len(r.values) == 0 {
		return nil
	}
	values := make([]string, 0, len(r.values))
	for v := range r.values {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = valuePattern(v)
	}
	r.pattern, err = regexp.Compile("(?i)" + strings.Join(parts, "|"))
	return err
}

// valuePattern finds a value in a text: a short one as a word, a number of
// several digits also when it is grouped by blanks, dots, hyphens or
// parentheses.
func valuePattern(v string) string {
	digits := strings.TrimPrefix(v, "+")
	isNumber := digits != "" && strings.Trim(digits, "0123456789") == ""
	switch {
	case len(v) < wordLength:
		return wordEdge(v[0]) + regexp.QuoteMeta(v) + wordEdge(v[len(v)-1])
	case isNumber:
		return regexp.QuoteMeta(v[:len(v)-len(digits)]) + strings.Join(strings.Split(digits, ""), `[ .()\-]{0,2}`)
	}
	return regexp.QuoteMeta(v)
}

// wordEdge returns the pattern of a word boundary beside the byte c of a value,
// empty if c is not of a word.
func wordEdge(c byte) string {
	if c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
		return `\b`
	}
	return ""
}

func (r *redactor) replace(s string) string {
	if r.pattern == nil {
		return s
	}
	return r.pattern.ReplaceAllString(s, removed)
}

// clean replaces the values in all strings and names of a tree, except in the
// tag of a request, which decides where it goes.
func (r *redactor) clean(n *node, parent string) {
	if s, ok := n.scalar.(string); ok {
		n.scalar = r.replace(s)
	}
	if v, ok := n.scalar.(json.Number); ok && r.values[v.String()] && len(v.String()) >= wordLength {
		n.scalar = json.Number("0")
	}
	for i, m := range n.members {
		key := ""
		if n.kind == objectNode {
			key = n.keys[i]
			if parent == "fulfillmentInfo" && key == "tag" {
				continue
			}
			n.keys[i] = r.replace(key)
		}
		r.clean(m, key)
	}
}
