package caller

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/internal/resource"
)

// Timeouts of one attempt. A resource without a timeout, or with one of zero,
// has the default.
const (
	DefaultTimeout = 5 * time.Second
	MaxTimeout     = 30 * time.Second
)

// ErrDisabled is returned by [Caller.Call] for a resource that is disabled.
var ErrDisabled = errors.New("caller: the webhook is disabled")

// Caller calls one webhook. It is safe for concurrent use.
type Caller struct {
	cfg        config
	service    *cxpb.Webhook_GenericWebService
	disabled   bool
	timeout    time.Duration
	url        *url.URL
	configured []headerTemplate
	warnings   []string
	transport  *http.Transport
	protocol   protocol
	oauth      *oauthTokens // nil without WithOAuth
}

// protocol is what differs between the kinds of webhook.
type protocol interface {
	// outgoing makes the request of a call. A renderError means that the
	// call fails, another error that the turn cannot be sent.
	outgoing(context.Context, *Turn, *flexible.Env) (*outgoing, error)
	// incoming reads the body of a successful answer and applies it to the
	// conversation in the result. An error is a bad answer, and leaves the
	// conversation as it was.
	incoming(*Result) error
}

// outgoing is a request before the headers.
type outgoing struct {
	method string
	url    *url.URL
	body   []byte // nil for none

	warnings []string
}

// New returns a caller for the webhook that w describes. It copies w. An error
// names what of the resource, the target or the options cannot be used.
func New(w *cxpb.Webhook, target Target, opts ...Option) (*Caller, error) {
	if w == nil {
		return nil, errors.New("caller: nil webhook resource")
	}
	cfg := defaults()
	for _, opt := range opts {
		if err := opt.apply(&cfg); err != nil {
			return nil, err
		}
	}
	w = resource.Overridden(w, cfg.environment)
	c := &Caller{cfg: cfg, disabled: w.GetDisabled(), service: resource.Service(w)}
	if c.service == nil {
		return nil, fmt.Errorf("caller: webhook %q has neither a web service nor a service directory", w.GetDisplayName())
	}
	if err := checkCredentials(c.service, &cfg); err != nil {
		return nil, err
	}
	var err error
	if c.timeout, err = timeoutOf(w); err != nil {
		return nil, err
	}
	if c.configured, err = headerTemplates(c.service.GetRequestHeaders(), cfg.flexible); err != nil {
		return nil, err
	}
	if c.url, err = target.location(c.service.GetUri(), c.isFlexible()); err != nil {
		return nil, err
	}
	if c.transport, err = c.connect(w, target); err != nil {
		return nil, err
	}
	if err := c.speak(w); err != nil {
		return nil, err
	}
	if c.oauth, err = c.newOAuth(); err != nil {
		return nil, err
	}
	return c, nil
}

func timeoutOf(w *cxpb.Webhook) (time.Duration, error) {
	if w.GetTimeout() == nil {
		return DefaultTimeout, nil
	}
	if err := w.GetTimeout().CheckValid(); err != nil {
		return 0, fmt.Errorf("caller: timeout: %w", err)
	}
	switch d := w.GetTimeout().AsDuration(); {
	case d < 0 || d > MaxTimeout:
		return 0, fmt.Errorf("caller: the timeout is %v, want 0 for the default or at most %v", d, MaxTimeout)
	case d == 0: // not documented; taken for a timeout that is not set
		return DefaultTimeout, nil
	default:
		return d, nil
	}
}

// connect checks that the target can be reached by the rules and returns the
// transport to it.
func (c *Caller) connect(w *cxpb.Webhook, target Target) (*http.Transport, error) {
	d := &dialer{plain: c.url.Scheme == "http", allowLocal: c.cfg.allowLocal}
	if target.handler != nil {
		return newTransport(&c.cfg, target, d), nil
	}
	if d.plain && !c.cfg.allowLocal {
		return nil, fmt.Errorf("caller: URI %q: the scheme is http, need https or AllowLocal", c.url)
	}
	if dir := w.GetServiceDirectory(); dir != nil && target.url == "" {
		if c.cfg.directory == nil {
			return nil, fmt.Errorf("caller: service %q: need WithServiceDirectory", dir.GetService())
		}
		d.service, d.directory = dir.GetService(), c.cfg.directory
	}
	var err error
	d.tls, err = tlsConfig(c.url.Hostname(), c.service.GetAllowedCaCerts(), c.cfg.certificate)
	if err != nil {
		return nil, err
	}
	return newTransport(&c.cfg, target, d), nil
}

func (c *Caller) isFlexible() bool {
	return c.service.GetWebhookType() == cxpb.Webhook_GenericWebService_FLEXIBLE
}

// speak sets the protocol of the resource's kind.
func (c *Caller) speak(w *cxpb.Webhook) (err error) {
	switch kind := c.service.GetWebhookType(); kind {
	case cxpb.Webhook_GenericWebService_FLEXIBLE:
		c.protocol, err = newFlex(c, w)
	case cxpb.Webhook_GenericWebService_STANDARD, cxpb.Webhook_GenericWebService_WEBHOOK_TYPE_UNSPECIFIED:
		c.protocol = standard{c}
	default:
		err = fmt.Errorf("caller: webhook %q is of the unknown type %v", w.GetDisplayName(), kind)
	}
	return err
}

// Warnings returns what is suspect in the resource and yet no error, such as a
// URL that ends in a reference to nothing. The slice must not be changed.
func (c *Caller) Warnings() []string { return c.warnings }
