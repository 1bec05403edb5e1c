package flexible

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/cxhook/cxhook/internal/resource"
)

// Check reports where a resource and the Go types of its handler have drifted
// apart: what the resource sends and In does not read, what In requires and
// the resource does not send, what is sent with a type that In cannot read, and
// what the resource takes from the answer that Out cannot produce. The error
// is [Faults].
//
// What is written out in the resource, in body, query, headers and the filters of
// paths, is held against the types as it is. A reference that is a whole body
// value can have any type, so it fits everywhere. Types that are not known before there is a value (any,
// json.RawMessage, what marshals or unmarshals itself) fit everything.
// Differences that leave both sides working are no drift: fields of Out that
// nothing takes, and fields of In that are not required and not sent.
func Check[In, Out any](w *Webhook) error {
	c := checker{w: w}
	c.request(reflect.TypeFor[In]())
	c.answer(reflect.TypeFor[Out]())
	prefix := "genericWebService"
	if w.resource.GetServiceDirectory() != nil {
		prefix = "serviceDirectory.genericWebService"
	}
	return c.faults.in(prefix).err()
}

type checker struct {
	w      *Webhook
	faults Faults
}

func (c *checker) failf(field string, offset int, format string, args ...any) {
	c.faults = append(c.faults, Faults{faultf(offset, format, args...)}.in(field)...)
}

// request compares what is sent with In.
func (c *checker) request(t reflect.Type) {
	t = deref(t)
	if t == reflect.TypeFor[json.RawMessage]() {
		return
	}
	if t.Kind() != reflect.Struct {
		decoder, err := param.NewDecoder(t, bindConfig())
		switch {
		case err != nil:
			c.failf("", -1, "the request type: %w", err)
		case c.w.body != nil:
			c.value(c.w.body.body, decoder.Shape(), "the body")
		}
		return
	}
	plan, err := param.Compile(t, bindConfig())
	if err != nil {
		c.failf("", -1, "the request type: %w", err)
		return
	}
	var sources [4][]param.Field
	for _, f := range plan.Fields() {
		sources[f.Source] = append(sources[f.Source], f)
	}
	c.path(sources[fromPath])
	c.query(sources[fromQuery])
	c.body(sources[fromBody], t)
	c.headers(sources[fromHeader])
}

// path can count only: the resource knows no names of path variables.
func (c *checker) path(fields []param.Field) {
	path := strings.TrimPrefix(pathOf(c.w.url.text), c.w.url.origin)
	if have := strings.Count(path, "/"); have < len(fields) {
		c.failf("uri", -1, "the path has %d segments, the request type reads %d", have, len(fields))
	}
	if c.w.url.pathRefs > 0 && len(fields) == 0 {
		c.failf("uri", -1, "the path holds references, the request type reads nothing from it")
	}
}

func (c *checker) query(fields []param.Field) {
	sent := map[string]bool{}
	for _, p := range queryParameters(c.w.url.text) {
		sent[p.name] = true
		f, ok := readerOf(fields, p.name)
		switch {
		case !ok:
			c.failf("uri", -1, "the request type does not read the query parameter %q", p.name)
		case f.Name == "": // a field reads from within
		case len(p.values) > 1 && f.Shape.Bind(param.Text("", "")) != nil:
			c.failf("uri", -1, "the query parameter %q is sent %d times, the request type reads one value", p.name, len(p.values))
		case p.constant:
			if err := f.Bind(param.Text(p.values...)); err != nil {
				c.failf("uri", -1, "the request type does not read the value of the query parameter %q: %w", p.name, err)
			}
		}
	}
	for _, f := range fields {
		if f.Required && !isSent(sent, f.Name) {
			c.failf("uri", -1, "the request type requires the query parameter %q", f.Name)
		}
	}
}

// queryParameter is what a URL template sends under one name.
type queryParameter struct {
	name     string
	values   []string
	constant bool // no value holds a dollar sign, and so a reference
}

// queryParameters reads a URL template in its normal form, in its order, but
// for parameters whose name only a value gives.
func queryParameters(text string) []*queryParameter {
	_, raw, _ := strings.Cut(text, "?")
	var list []*queryParameter
	byName := map[string]*queryParameter{}
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil || name == "" || strings.Contains(key, "$") {
			continue
		}
		p := byName[name]
		if p == nil {
			p = &queryParameter{name: name, constant: true}
			byName[name], list = p, append(list, p)
		}
		plain, err := url.QueryUnescape(value)
		p.constant = p.constant && err == nil && !strings.Contains(value, "$")
		p.values = append(p.values, plain)
	}
	return list
}

func (c *checker) headers(fields []param.Field) {
	sent := map[string]bool{"Content-Type": c.w.body != nil}
	for _, h := range c.w.headers {
		sent[h.name] = true
	}
	for name := range resource.Service(c.w.resource).GetSecretVersionsForRequestHeaders() {
		sent[name] = true
	}
	for _, f := range fields {
		if f.Required && !isSent(sent, f.Name) {
			c.failf("requestHeaders", -1, "the request type requires the header %q", f.Name)
		}
	}
	for _, h := range c.w.headers {
		f, ok := readerOf(fields, h.name)
		if !ok || f.Name == "" || len(h.value.References()) > 0 {
			continue
		}
		if err := f.Bind(param.Text(h.value.text)); err != nil {
			c.failf(fmt.Sprintf("requestHeaders[%q]", h.name), -1, "the request type does not read the value: %w", err)
		}
	}
}

// isSent compares names without regard to case, as binding does.
func isSent(sent map[string]bool, name string) bool {
	for s, ok := range sent {
		if ok && strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// isSentWithin reports whether a value of this name is sent, or a composite
// that a dotted name begins with.
func isSentWithin(sent map[string]bool, name string) bool {
	for !isSent(sent, name) {
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return false
		}
		name = name[:dot]
	}
	return true
}

// readerOf returns the field that a value is bound to. A field with a dotted
// name also reads from the composite that its name begins with.
func readerOf(fields []param.Field, name string) (f param.Field, ok bool) {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	for _, f := range fields {
		if len(f.Name) > len(name) && f.Name[len(name)] == '.' && strings.EqualFold(f.Name[:len(name)], name) {
			return param.Field{}, true
		}
	}
	return param.Field{}, false
}

func (c *checker) body(fields []param.Field, t reflect.Type) {
	if c.w.body == nil {
		for _, f := range fields {
			if f.Required {
				c.failf("requestBody", -1, "the request type requires %q, there is no body", f.Name)
			}
		}
		return
	}
	switch n := c.w.body.body; n.kind {
	case jsonAny:
	case jsonObject:
		c.members(n, fields, "")
	default:
		c.failf("requestBody", n.offset, "the body is %s, the request type %v reads an object", n.kind, t)
	}
}

// members compares an object of the body with the fields of a struct.
func (c *checker) members(n *bodyNode, fields []param.Field, path string) {
	sent := map[string]bool{}
	for _, child := range n.children {
		sent[child.name] = true
		at := strings.TrimPrefix(path+"."+child.name, ".")
		f, ok := readerOf(fields, child.name)
		switch {
		case !ok:
			c.failf("requestBody", child.offset, "the request type does not read %q", at)
		case f.Required && child.kind == jsonNull:
			c.failf("requestBody", child.offset, "the request type requires %q, it is null", at)
		case f.Name != "": // else a field reads from within
			c.value(child, f.Shape, at)
		}
	}
	for _, f := range fields {
		if f.Required && !isSentWithin(sent, f.Name) {
			c.failf("requestBody", n.offset, "the request type requires %q", strings.TrimPrefix(path+"."+f.Name, "."))
		}
	}
}

// value compares the value at a path in the body with what reads it.
func (c *checker) value(n *bodyNode, s param.Shape, path string) {
	if n.kind == jsonAny {
		return
	}
	if !s.Reads(param.JSON([]byte(n.kind.sample()))) {
		c.failf("requestBody", n.offset, "%q is %s, the request type does not read one there", path, n.kind)
		return
	}
	if n.literal != "" {
		if err := s.Bind(param.JSON([]byte(n.literal))); err != nil {
			c.failf("requestBody", n.offset, "the request type does not read %q: %w", path, err)
		}
		return
	}
	fields, isStruct := s.Fields()
	if n.kind == jsonObject && isStruct {
		c.members(n, fields, path)
		return
	}
	if elem, ok := s.Elem(); ok {
		for i, child := range n.children {
			at := fmt.Sprintf("%s[%d]", path, i)
			if n.kind == jsonObject {
				at = path + "." + child.name
			}
			c.value(child, elem, at)
		}
	}
}
