package cxtest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"
)

// removed stands in an archive for what was removed.
const removed = "REMOVED"

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
// parameters of a form do. Strings that hold JSON are searched as well, and
// written anew if something was in them. It reports whether something was.
func (r *redactor) tree(n *node) bool {
	if n.kind == scalarNode {
		inner, ok := embedded(n)
		if !ok || !r.tree(inner) {
			return false
		}
		if b, err := inner.json(); err == nil {
			n.scalar = string(b)
		}
		return true
	}
	found := false
	named := n.kind == objectNode && r.named(n)
	for i, m := range n.members {
		switch {
		case n.kind == objectNode && r.params[strings.ToLower(n.keys[i])],
			named && isValue(n.keys[i]):
			r.remove(m)
			found = true
		case r.tree(m):
			found = true
		}
	}
	return found
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
