package caller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"

	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/internal/expr/phone"
	"github.com/cxhook/cxhook/internal/resource"
)

// WithFlexible sets what the documentation leaves open about templates and
// mappings: what is sent for unset parameters, also in header values
// (flexible.WithUnset), and what a missing path does (flexible.KeepMissing).
func WithFlexible(opts ...flexible.CompileOption) Option {
	return flag(func(c *config) {
		for _, opt := range opts {
			if opt != nil {
				c.flexible = append(c.flexible, opt)
			}
		}
	})
}

// WithFunctions sets what system functions in header values work with: the
// clock, the time zone, randomness, telephone numbers ([PhoneNumbers] where
// env.Phone is nil), and who is told of each call of a function and of each
// unset reference. The functions of env must be safe for concurrent use. Its
// Scope is not used.
func WithFunctions(env flexible.Env) Option {
	if env.Phone == nil {
		env.Phone = PhoneNumbers()
	}
	return flag(func(c *config) { c.functions = env })
}

// PhoneNumbers returns the numbering plans of libphonenumber, which a [Caller]
// uses by default. Which tables Dialogflow uses is not documented. It is safe
// for concurrent use.
func PhoneNumbers() flexible.PhonePlan { return phone.Plan{} }

// flex is the protocol of flexible webhooks: the resource's own request out,
// parameters back.
type flex struct {
	c    *Caller
	hook *flexible.Webhook
}

// newFlex compiles the resource without its headers, which are those of both
// kinds of webhook, and with a host that stands for the one that is called.
func newFlex(c *Caller, w *cxpb.Webhook) (*flex, error) {
	w = proto.CloneOf(w)
	w.Timeout = nil // is checked for both kinds
	s := resource.Service(w)
	s.RequestHeaders = nil
	if host := strings.TrimSuffix(s.GetUri(), afterHost(s.GetUri())); strings.Contains(host, "$") {
		return nil, fmt.Errorf("caller: webhook %q: scheme and host %q hold a reference", w.GetDisplayName(), host)
	}
	s.Uri = c.url.Scheme + "://" + c.url.Host + afterHost(strings.TrimSpace(s.GetUri()))
	hook, err := flexible.Compile(w, append(slices.Clone(c.cfg.flexible), flexible.PlainHTTP())...)
	if err != nil {
		return nil, fmt.Errorf("caller: webhook %q: %w", w.GetDisplayName(), err)
	}
	for _, f := range hook.Warnings() {
		c.warnings = append(c.warnings, f.String())
	}
	return &flex{c: c, hook: hook}, nil
}

func (f *flex) outgoing(ctx context.Context, _ *Turn, env *flexible.Env) (*outgoing, error) {
	out := &outgoing{}
	r, err := f.hook.RequestIn(ctx, watched(env, func(what string) {
		out.warnings = append(out.warnings, "URL or body: "+what)
	}))
	if err != nil {
		return nil, &renderError{err}
	}
	out.method, out.url = r.Method, r.URL
	if r.Body != nil {
		out.body, err = io.ReadAll(r.Body)
	}
	return out, err
}

// incoming sets the mapped parameters. A resource that maps nothing takes any
// answer; an empty answer with the status 204 sets nothing.
func (f *flex) incoming(res *Result) error {
	if len(f.c.service.GetParameterMapping()) == 0 || res.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := f.c.checkAnswer(res.Header, res.Body); err != nil {
		return f.c.tolerated(err)
	}
	params, err := f.hook.Extract(res.Body)
	switch {
	case errors.Is(err, flexible.ErrEmptyAnswer): // and that is allowed
		return nil
	case err != nil:
		return f.c.tolerated(err)
	}
	session, flow := f.c.paramsOf(res.Session), f.c.paramsOf(res.Flow)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if inFlow, ok := strings.CutPrefix(name, "$flow."); ok {
			flow.put(inFlow, params[name])
		} else {
			session.put(strings.TrimPrefix(name, "$session.params."), params[name])
		}
	}
	return nil
}

// tolerated returns the fault of a flexible answer unless it is of no account.
func (c *Caller) tolerated(err error) error {
	if c.cfg.lenientAnswers {
		return nil
	}
	return err
}

// watched returns env with a warning, once, for each thing without a value. The
// text of a failed function is left out: it may hold a parameter's value.
func watched(env *flexible.Env, warn func(what string)) *flexible.Env {
	own, told := *env, map[string]bool{}
	once := func(what string) {
		if !told[what] {
			told[what] = true
			warn(what)
		}
	}
	own.OnUnset = func(ref string) {
		once(ref + " is not set")
		if env.OnUnset != nil {
			env.OnUnset(ref)
		}
	}
	own.OnCall = func(r flexible.CallResult) {
		if r.Err != nil {
			once("the system function " + r.Func + " failed")
		}
		if env.OnCall != nil {
			env.OnCall(r)
		}
	}
	return &own
}

// renderError is a request that cannot be made of the turn's parameters.
type renderError struct{ err error }

func (e *renderError) Error() string { return e.err.Error() }
func (e *renderError) Unwrap() error { return e.err }
