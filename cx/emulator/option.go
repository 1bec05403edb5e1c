package emulator

import (
	"context"
	"math/rand/v2"
	"time"
)

// Option changes a default of [New].
type Option func(*options)

type options struct {
	matcher  Matcher
	webhooks Webhooks
	model    Model
	now      func() time.Time
	pick     func(n int) int
	uuid     func() string
	rules    Rules
}

// Rules are assumptions about what the documentation leaves open. The zero
// value is what recorded conversations show; FIDELITY.md has the evidence for each.
type Rules struct {
	// FormsStartEmpty asks for form parameters although a session parameter
	// of the same name is set.
	FormsStartEmpty bool
	// RaiseUnknownEvents raises a no-match for an event that nothing
	// handles, sys.unknown-event included; by default it is silent.
	RaiseUnknownEvents bool
	// EnterPreviousPage runs the entry of the page that PREVIOUS_PAGE leads
	// to; by default its state is restored and nothing of the entry runs.
	EnterPreviousPage bool
	// KeepSessionAtEnd keeps the parameters after End Session.
	KeepSessionAtEnd bool
}

// WithMatcher sets what understands the user. Without one, only events,
// directly triggered intents and silence are understood.
func WithMatcher(m Matcher) Option { return func(o *options) { o.matcher = m } }

// WithWebhooks sets what calls the webhooks. Without it every webhook is
// unreachable.
func WithWebhooks(w Webhooks) Option { return func(o *options) { o.webhooks = w } }

// WithModel answers for playbooks, generators, data stores and generative
// fallback. Without it the turn says what it needs a model for and goes on.
func WithModel(m Model) Option { return func(o *options) { o.model = m } }

// WithClock replaces the system's clock.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithVariant chooses one of n variants of a text; the default is at random.
func WithVariant(pick func(n int) int) Option { return func(o *options) { o.pick = pick } }

// WithUUID replaces the source of response ids.
func WithUUID(uuid func() string) Option { return func(o *options) { o.uuid = uuid } }

// WithRules replaces assumptions about undocumented behaviour.
func WithRules(r Rules) Option { return func(o *options) { o.rules = r } }

// ModelRequest is what a turn would ask a model.
type ModelRequest struct {
	Kind       string // playbook, generator, data store, generative fallback
	Name       string // of the playbook or the generator
	Text       string // what the user said
	Flow, Page string
	Inputs     map[string]string // of a generator
	Output     string            // the parameter that takes a generator's answer
	Parameters map[string]any    // of the session; must not be changed
}

// ModelAnswer is what the model said.
type ModelAnswer struct {
	Texts      []string
	Value      any            // what a generator made
	Parameters map[string]any // to set in the session
}

// Model answers what needs a model. Ok is false if it does not.
type Model func(ctx context.Context, q *ModelRequest) (a ModelAnswer, ok bool, err error)

func defaults() options {
	return options{now: time.Now, pick: rand.IntN, uuid: newUUID}
}
