package cxtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// removed stands in an archive for what was removed.
const removed = "REMOVED"

// errOpaque is a body that cannot be searched for what must not be written.
var errOpaque = errors.New("the body is neither JSON nor a form, so parameters cannot be removed from it")

// redactor removes credentials and named parameters from one exchange.
type redactor struct {
	headers map[string]bool   // canonical names, beside the ones always removed
	params  map[string]bool   // names in lower case
	values  map[string]string // texts that must not be written, and what stands for them
	numbers map[float64]bool  // numbers that must not be written, without their sign
	find    *finder           // finds the texts; nil if there are none
}

// exchange removes what must not be written, first noting the values
// everywhere, then replacing them everywhere.
func (r *redactor) exchange(e *Exchange) error {
	r.values, r.numbers = map[string]string{}, map[float64]bool{}
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
	if r.find, err = newFinder(r.values); err != nil {
		return err
	}
	e.Host = r.find.replace(e.Host)
	e.Target = r.target(path, query)
	for _, h := range []http.Header{e.RequestHeader, e.ResponseHeader} {
		for name := range h {
			for i, v := range h[name] {
				h[name][i] = r.find.replace(v)
			}
		}
	}
	if e.RequestBody, err = request(); err != nil {
		return err
	}
	e.ResponseBody, err = response()
	return err
}

// note marks a text as one that must not be written.
func (r *redactor) note(value string) {
	if value = strings.TrimSpace(value); value == "" || value == removed {
		return
	}
	if r.values[value] == "" { // what stands for a number stays
		r.values[value] = removed
	}
	if digits, _, ok := digitsOf(value); ok {
		r.noteNumber(json.Number(digits))
	}
	r.noteNumber(json.Number(value))
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
			if r.find == nil && len(r.params) == 0 {
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
		if r.find == nil {
			return body, nil
		}
		if !utf8.Valid(body) {
			return nil, errOpaque
		}
		return []byte(r.find.replace(string(body))), nil
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
		if inner, ok := embedded(n); ok {
			r.remove(inner)
		}
		r.note(v)
		n.scalar = removed
	case json.Number:
		for _, form := range forms(v) {
			r.values[form] = "0"
		}
		r.noteNumber(v)
		n.scalar = json.Number("0")
	case bool:
		if v {
			r.values["true"] = "false"
		}
		n.scalar = false
	}
	for i, m := range n.members {
		if n.kind == objectNode && !fieldName(n.keys[i]) {
			r.note(n.keys[i])
			n.keys[i] = fmt.Sprintf("%s-%d", removed, i+1)
		}
		r.remove(m)
	}
}

// fieldName reports whether the name of a member is one that a schema would
// have, rather than data.
func fieldName(name string) bool {
	for _, c := range name {
		if c != '_' && c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return name != ""
}

// clean replaces the values in all strings and names of a tree, and of JSON
// within its strings, except in the tag of a request, which decides where it
// goes. It reports whether anything was replaced.
func (r *redactor) clean(n *node, parent string) (changed bool) {
	switch v := n.scalar.(type) {
	case string:
		n.scalar = r.text(n)
		changed = n.scalar != v
	case json.Number:
		if r.repeated(v) {
			n.scalar, changed = json.Number("0"), true
		}
	}
	for i, m := range n.members {
		key := ""
		if n.kind == objectNode {
			key = n.keys[i]
			if parent == "fulfillmentInfo" && key == "tag" {
				continue
			}
			n.keys[i] = r.find.replace(key)
			changed = changed || n.keys[i] != key
		}
		changed = r.clean(m, key) || changed
	}
	return changed
}

// text returns what is written for a string.
func (r *redactor) text(n *node) string {
	s := n.text()
	if inner, ok := embedded(n); ok && r.clean(inner, "") {
		if b, err := inner.json(); err == nil {
			s = string(b)
		}
	}
	return r.find.replace(s)
}
