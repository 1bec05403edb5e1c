package events

import (
	"context"
	"time"
)

// Defaults and bounds of a source.
const (
	// DefaultEventBytes is the limit of a body where none is set, MaxEventBytes
	// the largest that can be.
	DefaultEventBytes = 1 << 20
	MaxEventBytes     = 16 << 20
	// DefaultRunLimit is how long a synchronous run may take, MaxRunLimit the
	// longest that can be set.
	DefaultRunLimit = 10 * time.Second
	MaxRunLimit     = 30 * time.Second
)

// HandlerFunc works on one delivery of a job, after its event was answered.
// What it returns is read as [Queue.Work] says. Its context is no request's:
// it ends with the time of the work and not with a connection. It must bear to
// run twice for one event; see [Effect].
type HandlerFunc func(context.Context, Delivery) error

// RunFunc answers an event while its sender waits. A nil reply is 200 without
// a body. An error of cx.Errorf or flexible.Errorf answers with its status and
// text, any other error 500. Its context ends at the source's limit, and not
// when the sender hangs up.
type RunFunc func(context.Context, Delivery) (*Reply, error)

// Unknown says what becomes of events without a flow.
type Unknown int

// What becomes of events without a flow.
const (
	// UnknownRefused answers 404.
	UnknownRefused Unknown = iota
	// UnknownIgnored logs the event and answers as if it was taken.
	UnknownIgnored
)

// Source is one system that sends events: where they arrive, how they are
// verified, what tells them apart and what becomes of them. [WorkerEvents],
// [ChatPlatform], [WorkflowTrigger], [GitHub], [Stripe], [Shopify] and
// [StandardWebhooks] return ready ones, whose fields can be changed before
// use.
//
// ID, Type, Order and the conditions are expressions in the grammar of
// expr-lang/expr over event.payload, event.type, event.tenant,
// event.provider, event.source, event.id, event.signed_id,
// headers['lower-case-name'], query.name and vars.alias: literals, members,
// == != < <= > >= in contains startsWith endsWith, and, or, not. What is not
// there is nil, which equals nothing but nil and is in no order, so that a
// missing header is no match; only != and not hold for it.
type Source struct {
	// Name is unique among the sources: lower-case letters, digits and hyphens.
	Name string
	// Disabled answers 404 to everything; only Name and Paths then matter.
	Disabled bool
	// Paths are where events arrive, such as "/webhook" or
	// "/events/webhook/{tenant}/{event_type}". The places {tenant}, {event_type}
	// and {provider} stand for one segment of letters, digits and . _ - each,
	// and {rest} at the end for the rest of the path, which is not looked at.
	Paths []string
	// Verify must be set; Unverified() lets everybody in.
	Verify Verification
	// Unsigned lists the parts of a request that may decide about its event
	// although a signature does not cover them: whoever has seen one signed body
	// can send it again with others. Without a signature it need not be set.
	Unsigned []Part
	// Tenants lists those that {tenant} takes; others are answered 404. Empty
	// takes all.
	Tenants []string
	// MaxBytes bounds the body. The default is DefaultEventBytes.
	MaxBytes int64
	// Form also takes forms, whose field payload is then the event, as GitHub
	// sends them where a hook is set up so.
	Form bool
	// AnyContentType reads the body as JSON whatever its content type says.
	// Without it anything but application/json is answered 415.
	AnyContentType bool
	// ID is the expression that names an event within its source, tenant
	// included; events it gives nothing for are not checked for duplicates.
	// IDFunc, if set, takes its place. Without both nothing is checked.
	ID     string
	IDFunc func(*Event) string
	// SameBody answers 400 to an id that comes again with another body, which a
	// sender never does whose ids name deliveries. Without it that is a
	// duplicate like any other.
	SameBody bool
	// Type is the expression for the event's type. The default is what the path
	// gives.
	Type string
	// Order is the expression that groups events: those of one group are worked
	// on one after the other. The default is no order.
	Order string
	// Picks become variables, for expressions and for the handler.
	Picks []Pick
	// Headers lists the headers that a job keeps.
	Headers []string
	// Flows are tried in order: the first that has the event's type among its
	// triggers decides. Without any, every handler, and every run, is a flow for
	// the type of its own name.
	Flows []Flow
	// Unknown is for events of which no flow has the type.
	Unknown Unknown
	// Reply answers an event that was taken. The default is 200 "ok".
	Reply *Reply
	// RunLimit is how long a synchronous run may take, after which 408 answers.
	// The default is DefaultRunLimit.
	RunLimit time.Duration
	// OnceOpen takes events although the store of ids is down, so that an event
	// may be taken twice. Without it they are answered 503.
	OnceOpen bool
}

// Flow says what becomes of events of some types.
type Flow struct {
	// Triggers are the types. None, or "*", are all.
	Triggers []string
	// Branches are tried in order; the first whose condition holds decides.
	Branches []Branch
	// Default is for events that no branch takes. It may be nil where no branch
	// is.
	Default *Target
}

// Branch is a target under a condition.
type Branch struct {
	When string
	Target
}

// Target says what becomes of one event: exactly one of Handler, Run and
// Ignore is set.
type Target struct {
	// Reply answers the event in place of the source's.
	Reply *Reply
	// Handler is the name of the handler that works on the event after it was
	// recorded and answered.
	Handler string
	// Run is the name of the function that makes the answer.
	Run string
	// Ignore answers the event and does nothing.
	Ignore bool
	// Payload is a template for the job's payload: JSON with places such as
	// {{event.payload}} or "{{event.payload.id}}", which hold expressions. The
	// default is the payload as it came. One pass fills it: nothing in an
	// event is read as a template.
	Payload string
}
