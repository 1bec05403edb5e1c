package caller

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/internal/resource"
)

// Headers of every call, as recorded calls have them.
const (
	userAgent      = "Google-Dialogflow"
	acceptEncoding = "gzip, deflate, br"
)

// headerTemplate is a configured header.
type headerTemplate struct {
	name    string
	value   *flexible.Template
	dropped string // why it is not sent, if so
}

// headerTemplates prepares the configured headers, in the order of their
// names, by the rules of flexible.Compile.
func headerTemplates(headers map[string]string, opts []flexible.CompileOption) ([]headerTemplate, error) {
	list := make([]headerTemplate, 0, len(headers))
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := resource.CanonicalHeader(name)
		if reason := resource.UnusableHeader(canonical); reason != "" {
			list = append(list, headerTemplate{name: name, dropped: reason})
			continue
		}
		if other, dup := seen[canonical]; dup {
			return nil, fmt.Errorf("caller: header %q: the same header as %q", name, other)
		}
		seen[canonical] = name
		value, err := flexible.ParseHeader(headers[name], opts...)
		if err != nil {
			return nil, fmt.Errorf("caller: header %q: %w", name, &headerError{err})
		}
		list = append(list, headerTemplate{name: name, value: value})
	}
	return list, nil
}

// headerError is a fault of a header value. The values of both kinds of webhook
// are read by package flexible, whose name would mislead for standard ones.
type headerError struct{ err error }

func (e *headerError) Error() string { return strings.TrimPrefix(e.err.Error(), "flexible: ") }
func (e *headerError) Unwrap() error { return e.err }

// headerSet collects headers and what was dropped on the way.
type headerSet struct {
	header   http.Header
	warnings []string
}

// set adds a header, replacing one of the same name, unless it must not or
// cannot be sent. origin says where it comes from; the value is not named.
func (s *headerSet) set(origin, name, value string) {
	canonical := resource.CanonicalHeader(name)
	value = strings.Trim(value, " \t")
	reason := resource.UnusableHeader(canonical)
	switch {
	case reason != "":
		s.warn("%s %q dropped: %s", origin, name, reason)
	case !httpguts.ValidHeaderFieldValue(value):
		s.warn("%s %q dropped: its value holds control characters", origin, name)
	default:
		s.header[canonical] = []string{value}
	}
}

func (s *headerSet) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// headers returns the headers of a call. An error is a renderError, or means
// that credentials could not be had.
func (c *Caller) headers(ctx context.Context, t *Turn, env *flexible.Env, hasBody bool) (*headerSet, error) {
	s := &headerSet{header: http.Header{
		"User-Agent":      {userAgent},
		"Accept":          {"*/*"},
		"Accept-Encoding": {acceptEncoding},
	}}
	if hasBody {
		s.header.Set("Content-Type", "application/json")
	}
	for _, h := range c.configured {
		if h.dropped != "" {
			s.warn("configured header %q dropped: %s", h.name, h.dropped)
			continue
		}
		value, err := h.value.Append(nil, watched(env, func(what string) { s.warn("configured header %q: %s", h.name, what) }))
		if err != nil {
			return nil, &renderError{fmt.Errorf("header %q: %w", h.name, &headerError{err})}
		}
		s.set("configured header", h.name, string(value))
	}
	if err := c.secretHeaders(ctx, s); err != nil {
		return nil, err
	}
	if err := c.authorization(ctx, s.header); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(t.Headers)) {
		s.set("header of the turn", name, t.Headers[name])
	}
	if c.cfg.keepAlive {
		s.header.Set("Connection", "keep-alive")
	}
	return s, nil
}

// secretHeaders adds the headers whose values are secrets. They win over
// configured ones of the same name.
func (c *Caller) secretHeaders(ctx context.Context, s *headerSet) error {
	if c.cfg.unauthenticated {
		return nil
	}
	secrets := c.service.GetSecretVersionsForRequestHeaders()
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		value, err := c.secret(ctx, secrets[name].GetSecretVersion())
		if err != nil {
			return err
		}
		s.set("secret header", name, value)
	}
	return nil
}
