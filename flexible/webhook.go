package flexible

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"

	"github.com/cxhook/cxhook/internal/endpoint"
	"github.com/cxhook/cxhook/internal/resource"
)

// Time limits of one attempt of a call.
const (
	DefaultTimeout = endpoint.DefaultTimeout
	MaxTimeout     = endpoint.MaxTimeout
)

// Webhook is a flexible webhook ready to play Dialogflow's part: to make
// requests and to take answers apart. It is immutable and safe for concurrent
// use.
type Webhook struct {
	resource *cxpb.Webhook
	method   string
	timeout  time.Duration
	url      *Template
	body     *Template // nil: none
	headers  []header
	mappings []mapping
	warnings Faults
	set      settings
}

type header struct {
	name  string // canonical
	value *Template
}

// Compile checks a resource whole and makes a [Webhook] of it: the URL, the
// method, the body, the header values and the parameter mapping. The error is
// [Faults], all faults with their places, or [ErrNotFlexible]. The resource is
// copied.
//
// Only POST, PUT and PATCH may have a body. A resource without a method is a
// POST, which no source documents. What is suspect and yet no fault is one of the
// [Webhook.Warnings]. Authentication and secret versions are not looked at.
func Compile(w *cxpb.Webhook, opts ...CompileOption) (*Webhook, error) {
	g := resource.Service(w)
	if g.GetWebhookType() != cxpb.Webhook_GenericWebService_FLEXIBLE {
		return nil, ErrNotFlexible
	}
	c := &Webhook{resource: proto.CloneOf(w), set: newSettings(opts)}
	var faults Faults
	faults = append(faults, c.compileURL(g)...)
	faults = append(faults, c.compileMethod(g)...)
	faults = append(faults, c.compileBody(g)...)
	faults = append(faults, c.compileHeaders(g)...)
	faults = append(faults, c.compileMapping(g)...)
	c.checkCertificates(g)
	prefix := "genericWebService"
	if w.GetServiceDirectory() != nil {
		prefix = "serviceDirectory.genericWebService"
	}
	faults, c.warnings = faults.in(prefix), c.warnings.in(prefix)
	faults = append(faults, c.compileTimeout(w)...)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return c, nil
}

func (w *Webhook) compileURL(g *cxpb.Webhook_GenericWebService) (faults Faults) {
	if w.url, faults = parseURL(g.GetUri(), w.set); w.url != nil {
		w.warnings = append(w.warnings, w.url.warnings.in("uri")...)
	}
	return faults.in("uri")
}

func (w *Webhook) compileMethod(g *cxpb.Webhook_GenericWebService) Faults {
	switch m := g.GetHttpMethod(); m {
	case cxpb.Webhook_GenericWebService_HTTP_METHOD_UNSPECIFIED:
		w.method = http.MethodPost
	case cxpb.Webhook_GenericWebService_POST, cxpb.Webhook_GenericWebService_GET, cxpb.Webhook_GenericWebService_HEAD,
		cxpb.Webhook_GenericWebService_PUT, cxpb.Webhook_GenericWebService_DELETE, cxpb.Webhook_GenericWebService_PATCH,
		cxpb.Webhook_GenericWebService_OPTIONS:
		w.method = m.String()
	default:
		return Faults{faultf(-1, "unknown method %d", m)}.in("httpMethod")
	}
	return nil
}

func (w *Webhook) compileBody(g *cxpb.Webhook_GenericWebService) (faults Faults) {
	src := g.GetRequestBody()
	if strings.TrimSpace(src) == "" {
		return nil
	}
	if w.method != "" && !hasBody(w.method) {
		faults = append(faults, faultf(-1, "%s has no body, only POST, PUT and PATCH have one", w.method))
	}
	body, more := parseBody(src, w.set)
	if w.body = body; body != nil {
		w.warnings = append(w.warnings, body.warnings.in("requestBody")...)
	}
	return append(faults, more...).in("requestBody")
}

func hasBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// compileHeaders leaves out headers that are not sent: agents hold some, and
// the rest of their call is sound. The caller does the same.
func (w *Webhook) compileHeaders(g *cxpb.Webhook_GenericWebService) (faults Faults) {
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(g.GetRequestHeaders())) {
		field := fmt.Sprintf("requestHeaders[%q]", name)
		canonical := resource.CanonicalHeader(name)
		if reason := resource.UnusableHeader(canonical); reason != "" {
			w.warnings = append(w.warnings, Faults{faultf(-1, "%s; the header is not sent", reason)}.in(field)...)
			continue
		}
		if other, dup := seen[canonical]; dup {
			faults = append(faults, Faults{faultf(-1, "the same header as %q", other)}.in(field)...)
		}
		seen[canonical] = name
		value, wrong := parseHeader(g.GetRequestHeaders()[name], w.set)
		faults = append(faults, wrong.in(field)...)
		if len(wrong) == 0 {
			w.headers = append(w.headers, header{canonical, value})
		}
	}
	return faults
}

// checkCertificates warns only: calls may go elsewhere than to the resource's
// own server.
func (w *Webhook) checkCertificates(g *cxpb.Webhook_GenericWebService) {
	for i, der := range g.GetAllowedCaCerts() {
		if _, err := x509.ParseCertificate(der); err != nil {
			field := fmt.Sprintf("allowedCaCerts[%d]", i)
			w.warnings = append(w.warnings, Faults{faultf(-1, "no certificate in DER: %w", err)}.in(field)...)
		}
	}
}

func (w *Webhook) compileTimeout(r *cxpb.Webhook) Faults {
	w.timeout = DefaultTimeout
	if r.GetTimeout() == nil {
		return nil
	}
	if err := r.GetTimeout().CheckValid(); err != nil {
		return Faults{faultf(-1, "%w", err)}.in("timeout")
	}
	switch d := r.GetTimeout().AsDuration(); {
	case d < 0 || d > MaxTimeout:
		return Faults{faultf(-1, "the timeout is %v, want 0 for the default or at most %v", d, MaxTimeout)}.in("timeout")
	case d == 0: // not documented; taken for a timeout that is not set
		w.warnings = append(w.warnings, Faults{faultf(-1, "the timeout is 0, taken for the default of %v", DefaultTimeout)}.in("timeout")...)
	default:
		w.timeout = d
	}
	return nil
}

// Resource returns a copy of the resource that w was made from.
func (w *Webhook) Resource() *cxpb.Webhook { return proto.CloneOf(w.resource) }

// Method returns the HTTP method of the calls.
func (w *Webhook) Method() string { return w.method }

// Timeout returns the time limit of one attempt: [DefaultTimeout] if the
// resource has none, or one of zero, about which the API says nothing.
func (w *Webhook) Timeout() time.Duration { return w.timeout }

// Warnings returns what is suspect in the resource and yet no fault, such as
// a header that cannot be sent and is left out. The slice must not be changed.
func (w *Webhook) Warnings() []Fault { return w.warnings }

// NewRequest makes the HTTP request that Dialogflow sends for the given
// parameters: see [Params] for the keys of the map. It carries the configured
// headers and, with a body, Content-Type application/json unless a header
// says otherwise. It carries no authentication, and neither User-Agent nor
// Accept of Dialogflow. An error is a [*ValueError].
func (w *Webhook) NewRequest(ctx context.Context, params map[string]any) (*http.Request, error) {
	return w.RequestIn(ctx, &Env{Scope: Params(params)})
}

// RequestIn is [Webhook.NewRequest] for parameters that are looked up when
// they are needed. System functions in header values read the clock of env;
// one that fails counts as unset, and env.OnCall is told of it.
func (w *Webhook) RequestIn(ctx context.Context, env *Env) (*http.Request, error) {
	env = inOneRendering(env)
	target, err := w.url.Append(w.url.buffer(), env)
	if err != nil {
		return nil, err
	}
	var payload []byte
	if w.body != nil {
		if payload, err = w.body.Append(w.body.buffer(), env); err != nil {
			return nil, err
		}
	}
	req, err := w.request(ctx, string(target), payload)
	if err != nil {
		return nil, err
	}
	for i := range w.headers {
		value, err := w.headers[i].value.Append(nil, env)
		if err != nil {
			return nil, err
		}
		req.Header[w.headers[i].name] = []string{string(bytes.TrimSpace(value))}
	}
	return req, nil
}

func (w *Webhook) request(ctx context.Context, target string, payload []byte) (*http.Request, error) {
	var body io.Reader
	if w.body != nil {
		body = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(ctx, w.method, target, body)
	if err != nil {
		return nil, fmt.Errorf("flexible: %w", err)
	}
	if w.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
