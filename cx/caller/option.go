package caller

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/internal/resource"
)

// Option changes how a [Caller] is set up or what it decides where
// Dialogflow's behaviour is not documented. A nil Option changes nothing, so
// that one may be chosen by a condition.
type Option func(*config) error

func (o Option) apply(c *config) error {
	if o == nil {
		return nil
	}
	return o(c)
}

type config struct {
	log         *slog.Logger
	environment *cxpb.Environment
	retry       RetryPolicy
	retryDelay  time.Duration
	keepAlive   bool
	allowLocal  bool

	directory       func(ctx context.Context, service string) (string, error)
	secrets         func(ctx context.Context, version string) ([]byte, error)
	tokens          func(ctx context.Context, r TokenRequest) (string, error)
	oauth           *OAuthConfig
	unauthenticated bool
	authOrder       []AuthorizationSource
	certificate     *tls.Certificate

	flexible  []flexible.CompileOption
	functions flexible.Env

	lenientAnswers bool
	emptyAnswers   bool
	anyContentType bool
	only200        bool
	notFoundOn404  bool
	caseSensitive  bool
	undocumented   bool
	decimals       bool
}

func defaults() config {
	return config{
		log:          slog.Default(),
		retry:        RetryPassing,
		authOrder:    resource.DefaultOrder(),
		functions:    flexible.Env{Phone: PhoneNumbers()},
		undocumented: true,
	}
}

// flag makes an option that sets one switch.
func flag(set func(*config)) Option {
	return func(c *config) error {
		set(c)
		return nil
	}
}

// WithLogger sets where the in-process server of [ToHandler] reports panics
// of the handler. The default is slog.Default().
func WithLogger(log *slog.Logger) Option {
	return func(c *config) error {
		if log == nil {
			return errors.New("caller: WithLogger needs a logger")
		}
		c.log = log
		return nil
	}
}

// WithEnvironment calls the webhook as an environment of the agent has it:
// the entry of webhookConfig.webhookOverrides with the resource's name, or
// else its display name, replaces the fields that it sets. An environment
// without such an entry changes nothing.
func WithEnvironment(e *cxpb.Environment) Option {
	return flag(func(c *config) { c.environment = e })
}

// AllowLocal permits loopback and private addresses, and plain http to them
// (never to a public address). Without it the caller refuses them when it
// dials, as Dialogflow cannot reach them either, so that no name and no
// redirect leads into the caller's own network. Link-local addresses, where
// clouds keep their metadata servers, are refused in any case.
// Addresses that come from [WithServiceDirectory] may always be private.
func AllowLocal() Option { return flag(func(c *config) { c.allowLocal = true }) }

// WithRetry sets which failures of the first attempt are tried once more. The
// default is [RetryPassing]; nil means none. The documentation says only
// "non-terminal errors, for example timeouts or connection errors".
func WithRetry(p RetryPolicy) Option { return flag(func(c *config) { c.retry = p }) }

// WithRetryDelay sets the pause before the second attempt. Whether Dialogflow
// makes one is not documented; the default is none.
func WithRetryDelay(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return errors.New("caller: the delay of the retry is negative")
		}
		c.retryDelay = d
		return nil
	}
}

// WithKeepAlive keeps connections open between calls and says so in the
// header. Recorded calls have Connection: close in some places and keep-alive
// in others; the default is close. A caller with it needs [Caller.Close].
func WithKeepAlive() Option { return flag(func(c *config) { c.keepAlive = true }) }

// WithServiceDirectory supplies the address, as host:port, of a service of a
// service directory (projects/P/locations/L/namespaces/N/services/S), which a
// resource of that kind is called at. The URI still gives the scheme, the Host
// header and the name in the certificate. The function is called once per
// attempt.
func WithServiceDirectory(resolve func(ctx context.Context, service string) (addr string, err error)) Option {
	return flag(func(c *config) { c.directory = resolve })
}

// WithClientCertificate presents a certificate when the service asks for one,
// as Dialogflow does (mutual TLS).
func WithClientCertificate(cert tls.Certificate) Option {
	return flag(func(c *config) { c.certificate = &cert })
}

// LenientAnswers accepts unknown keys and unknown enum names in the answer of
// a standard webhook, turns what breaks the reference of the API otherwise,
// such as a text message without a text, into [Result.Warnings], and takes an
// answer of a flexible one that is not JSON for one that sets no parameter.
// Answers with unknown keys have been seen to work; the rest is not documented.
// The default is strict.
func LenientAnswers() Option { return flag(func(c *config) { c.lenientAnswers = true }) }

// EmptyAnswers takes an empty body of a successful answer for {}. The default
// is a failed call, except for flexible webhooks that map no parameter or
// answer with the status 204.
func EmptyAnswers() Option { return flag(func(c *config) { c.emptyAnswers = true }) }

// AnyContentType accepts JSON under any Content-Type or none. By default it
// must be application/json, text/json or a type that ends in +json, where the
// body is read at all.
func AnyContentType() Option { return flag(func(c *config) { c.anyContentType = true }) }

// OnlyStatus200 takes 200 alone for success. By default every 2xx is.
func OnlyStatus200() Option { return flag(func(c *config) { c.only200 = true }) }

// NotFoundOn404 raises webhook.error.not-found for the status 404. The page
// describes that event as an unreachable URL and does not mention 404, for
// which the default is webhook.error.
func NotFoundOn404() Option { return flag(func(c *config) { c.notFoundOn404 = true }) }

// CaseSensitiveNames keeps parameters apart whose names differ in case only.
// By default an answer changes the parameter whatever the case, since names
// are documented as case-insensitive, and the name of the session stays.
func CaseSensitiveNames() Option { return flag(func(c *config) { c.caseSensitive = true }) }

// WithoutUndocumentedKeys leaves out what only recorded requests show:
// redactedText and source in queued messages, and a responseType where the
// turn gives none.
func WithoutUndocumentedKeys() Option { return flag(func(c *config) { c.undocumented = false }) }

// DecimalNumbers prints whole numbers of parameters as older recordings have
// them, 9.0 for 9. A service must bear both.
func DecimalNumbers() Option { return flag(func(c *config) { c.decimals = true }) }
