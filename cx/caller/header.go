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
)

// Headers of every call, as recorded calls have them.
const (
	userAgent      = "Google-Dialogflow"
	acceptEncoding = "gzip, deflate, br"
)

// forbidden reports whether neither a resource nor a turn may set a header.
// The first ten are documented for queryParams.webhookHeaders, whose list ends
// in "etc."; the others are those that belong to the connection.
func forbidden(canonical string) bool {
	switch canonical {
	case "Host", "Content-Length", "Connection", "From", "User-Agent", "Accept-Encoding",
		"If-Modified-Since", "If-None-Match", "X-Forwarded-For",
		"Transfer-Encoding", "Te", "Trailer", "Upgrade", "Keep-Alive", "Expect", "Proxy-Connection":
		return true
	}
	return false
}

// headerTemplate is a configured header.
type headerTemplate struct {
	name  string
	value *flexible.Template
}

// headerTemplates prepares the configured headers, in the order of their
// names. Names that cannot be sent are left to [headerSet.set].
func headerTemplates(headers map[string]string, opts []flexible.CompileOption) ([]headerTemplate, error) {
	list := make([]headerTemplate, 0, len(headers))
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		value, err := flexible.ParseHeader(headers[name], opts...)
		if err != nil {
			return nil, fmt.Errorf("caller: header %q: %w", name, err)
		}
		list = append(list, headerTemplate{name, value})
	}
	return list, nil
}

// headerSet collects headers and what was dropped on the way.
type headerSet struct {
	header   http.Header
	warnings []string
}

// set adds a header, replacing one of the same name, unless it must not or
// cannot be sent. origin says where it comes from; the value is not named.
func (s *headerSet) set(origin, name, value string) {
	canonical := http.CanonicalHeaderKey(strings.TrimSpace(name))
	value = strings.Trim(value, " \t")
	switch {
	case !httpguts.ValidHeaderFieldName(canonical):
		s.warn("%s %q dropped: not a header name", origin, name)
	case forbidden(canonical):
		s.warn("%s %q dropped: Dialogflow does not allow the name", origin, name)
	case !httpguts.ValidHeaderFieldValue(value):
		s.warn("%s %q dropped: its value holds control characters", origin, name)
	default:
		s.header[canonical] = []string{value}
	}
}

func (s *headerSet) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// headers returns the headers of a call. An error means that credentials could
// not be had.
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
		value, err := h.value.Append(nil, env)
		if err != nil {
			s.warn("configured header %q dropped: %v", h.name, err)
			continue
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
