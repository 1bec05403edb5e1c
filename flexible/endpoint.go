package flexible

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/expr"
	"github.com/cxhook/cxhook/internal/resource"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Endpoint is what [Describe] must be told beside the types.
type Endpoint struct {
	// DisplayName is the webhook's name, unique in the agent. Required.
	DisplayName string
	// URL is where the handler is served, with the path variables of In in
	// braces: https://shop.example/orders/{order}. Required.
	URL string
	// Method is the HTTP method; by default POST if In has body fields, else
	// GET.
	Method string
	// Timeout is the time limit of one attempt, at most [MaxTimeout]. Zero
	// leaves it to Dialogflow, which waits [DefaultTimeout].
	Timeout time.Duration
	// Headers are sent with every call. Values may hold references.
	Headers map[string]string
}

// Describe makes the webhook resource that calls a handler of In and Out.
//
// In is a struct, with the tags that [NewHandler] reads. Each of its fields is
// sent: in the JSON body, in the URL's query, in place of {name} in the URL's
// path, or as a header. Its value is the session parameter of the same name,
// or what the tag param names: a session parameter (param:"size"), a flow
// parameter (param:"$flow.size") or any other reference. A struct in the body is
// one composite parameter, or, when fields in it are tagged with param, an object
// of several.
//
// Out is a struct too. Each of its JSON fields is mapped to the session
// parameter of the same name, or to the one that the tag param names
// (param:"total", param:"$flow.total"), or to none (param:"-"). When fields
// within a struct or list are tagged with param, those are mapped in its
// place.
//
// The resource passes [Compile]. It asks for no authentication but
// Dialogflow's own default, the ID token of its service agent.
func Describe[In, Out any](e Endpoint) (*cxpb.Webhook, error) {
	d := describer{}
	in, err := requestFields(reflect.TypeFor[In]())
	if err != nil {
		return nil, err
	}
	g := &cxpb.Webhook_GenericWebService{
		WebhookType:    cxpb.Webhook_GenericWebService_FLEXIBLE,
		RequestHeaders: d.headers(e.Headers, in),
		RequestBody:    d.body(in),
		Uri:            d.url(e.URL, in),
	}
	g.HttpMethod = d.method(e.Method, g.RequestBody != "")
	g.ParameterMapping = d.mapping(reflect.TypeFor[Out]())
	w := &cxpb.Webhook{
		DisplayName: e.DisplayName,
		Webhook:     &cxpb.Webhook_GenericWebService_{GenericWebService: g},
	}
	if e.DisplayName == "" {
		d.failf("the display name is empty")
	}
	if e.Timeout != 0 {
		w.Timeout = durationpb.New(e.Timeout)
	}
	if err := errors.Join(d.errs...); err != nil {
		return nil, err
	}
	if _, err := Compile(w); err != nil {
		return nil, err
	}
	return w, nil
}

type describer struct{ errs []error }

func (d *describer) failf(format string, args ...any) {
	d.errs = append(d.errs, fmt.Errorf("flexible: "+format, args...))
}

// body returns the body template of the body fields, indented as the console
// writes it, or nothing if there is none.
func (d *describer) body(in []requestField) string {
	var b strings.Builder
	d.object(&b, slices.DeleteFunc(slices.Clone(in), func(f requestField) bool { return f.Source != fromBody }), "")
	if b.String() == "{}" {
		return ""
	}
	return b.String()
}

func (d *describer) object(b *strings.Builder, fields []requestField, indent string) {
	b.WriteString("{")
	for i, f := range fields {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n" + indent + "  " + quoted(f.Name) + ": ")
		if f.inner != nil {
			d.object(b, f.inner, indent+"  ")
			continue
		}
		b.WriteString(quoted(d.reference(f)))
	}
	if len(fields) > 0 {
		b.WriteString("\n" + indent)
	}
	b.WriteString("}")
}

// parameterName is what Dialogflow allows as the name of a parameter.
var parameterName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// reference returns the reference that feeds a field.
func (d *describer) reference(f requestField) string {
	ref := f.param
	if !strings.HasPrefix(ref, "$") {
		ref = "$session.params." + ref
	}
	t, err := expr.ParseTemplate(ref)
	if err == nil {
		if p, ok := t.Single(); ok && p.Reference() != nil {
			return ref
		}
	}
	d.failf("field %s: %q is no parameter name and no reference", f.goes, f.param)
	return ref
}

var pathVariable = regexp.MustCompile(`\{[^{}]*\}`)

// headers returns the constant headers and those of the header fields.
func (d *describer) headers(fixed map[string]string, in []requestField) map[string]string {
	all := maps.Clone(fixed)
	for _, f := range in {
		if f.Source != fromHeader {
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		if _, dup := all[f.Name]; dup {
			d.failf("field %s: the endpoint sets the header %q too", f.goes, f.Name)
		}
		if reason := resource.UnusableHeader(resource.CanonicalHeader(f.Name)); reason != "" {
			d.failf("field %s: %s", f.goes, reason)
		}
		all[f.Name] = d.reference(f)
	}
	return all
}

// url puts references in place of the path variables and appends the query.
func (d *describer) url(src string, in []requestField) string {
	used := map[string]bool{}
	var want []string
	out := pathVariable.ReplaceAllStringFunc(src, func(variable string) string {
		name := variable[1 : len(variable)-1]
		for _, f := range in {
			if f.Source == fromPath && f.Name == name {
				used[name] = true
				want = append(want, d.reference(f))
				return want[len(want)-1]
			}
		}
		d.failf("no field of source path is named %q, as the URL asks", name)
		return variable
	})
	fixed := queryNames(src)
	separator := "?"
	if strings.Contains(src, "?") {
		separator = "&"
	}
	for _, f := range in {
		switch f.Source {
		case fromPath:
			if !used[f.Name] {
				d.failf("field %s: the URL has no {%s}", f.goes, f.Name)
			}
		case fromQuery:
			if slices.ContainsFunc(fixed, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
				d.failf("field %s: the URL sets the query parameter %q too", f.goes, f.Name)
			}
			want = append(want, d.reference(f))
			out += separator + string(appendEscapedURL(nil, f.Name)) + "=" + want[len(want)-1]
			separator = "&"
		}
	}
	if t, faults := parseURL(out, newSettings(nil)); len(faults) == 0 && !slices.Equal(t.References(), want) {
		d.failf("the URL %s is read with the references %q, want %q: a reference ends only before a character that no name holds", out, t.References(), want)
	}
	return out
}

// queryNames returns the names of the query parameters of a URL, decoded.
func queryNames(src string) []string {
	_, raw, _ := strings.Cut(src, "?")
	raw, _, _ = strings.Cut(raw, "#")
	var names []string
	for pair := range strings.SplitSeq(raw, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(key); err == nil && name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (d *describer) method(name string, body bool) cxpb.Webhook_GenericWebService_HttpMethod {
	if name == "" {
		name = http.MethodGet
		if body {
			name = http.MethodPost
		}
	}
	m, known := cxpb.Webhook_GenericWebService_HttpMethod_value[name]
	if !known || m == 0 {
		d.failf("the method is %q, want GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS", name)
	}
	return cxpb.Webhook_GenericWebService_HttpMethod(m)
}

// mapping returns the parameter mapping of an answer type.
func (d *describer) mapping(out reflect.Type) map[string]string {
	t, ok := structOf(out)
	if !ok {
		d.failf("the answer type is %s, want a struct", out)
		return nil
	}
	if err := unencodable(t, map[reflect.Type]bool{}); err != nil {
		d.failf("the answer type %s: %w", out, err)
	}
	m := map[string]string{}
	d.mapFields(m, t, "$", map[reflect.Type]bool{})
	return m
}

func (d *describer) mapFields(m map[string]string, t reflect.Type, path string, open map[reflect.Type]bool) {
	if open[t] {
		d.failf("type %s holds itself and has fields tagged param", t)
		return
	}
	open[t] = true
	defer delete(open, t)
	for _, f := range wireFields(t) {
		at := path + step(f.name)
		param, named := f.tag.Lookup("param")
		switch {
		case param == "-":
		case !named && tagged(f.typ, map[reflect.Type]bool{}):
			inner := deref(f.typ)
			for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Array {
				inner, at = deref(inner.Elem()), at+"[*]"
			}
			d.mapFields(m, inner, at, open)
		case !named && path != "$":
			// below the top only what is tagged is mapped
		default:
			if !named {
				param = f.name
			}
			d.mapField(m, t.Name()+"."+f.field, param, at)
		}
	}
}

func (d *describer) mapField(m map[string]string, field, param, path string) {
	if err := checkTarget(param); err != nil {
		d.failf("field %s: %w", field, err)
		return
	}
	if _, dup := m[param]; dup {
		d.failf("field %s: the parameter %q is mapped twice", field, param)
		return
	}
	m[param] = path
}

var plainStep = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// step returns the step of a path to a field.
func step(name string) string {
	if plainStep.MatchString(name) {
		return "." + name
	}
	return "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
}
