package emulator

import "time"

// Input is what the end user did: at most one of Text, Event, DTMF and Intent
// is set. With none of them it is a no-input: the user said nothing.
type Input struct {
	Text     string
	Event    string // name of an event, without regard to case
	DTMF     string // digits
	Intent   string // display name of an intent that is triggered directly
	Language string // such as "en-US"; empty is the session's, at first the agent's default

	Query QueryParams
}

// QueryParams is what queryParams of a detectIntent call says.
type QueryParams struct {
	// Parameters are set in the session before the turn; nil forgets.
	Parameters map[string]any
	// Payload is sent to webhooks and answers $request.payload.
	Payload map[string]any
	// WebhookHeaders are added to every webhook call of the turn.
	WebhookHeaders map[string]string
	// DisableWebhook keeps all webhooks from being called.
	DisableWebhook bool
	// CurrentPage moves the session there before the turn and drops what
	// the session held.
	CurrentPage PageName
	// Channel selects the messages of a channel.
	Channel string
	// Scope is parameterScope: Parameters are then read as
	// $SCOPE.params.NAME and are no part of the session.
	Scope string
	// FlowVersions are noted and not obeyed: an export has one version.
	FlowVersions []string
	// Location is the time zone of the turn; nil is the agent's.
	Location *time.Location
	// Partial says that the client takes partial responses (streaming).
	Partial bool
}

// PageName names a page by display names. An empty Page is the flow's start
// page.
type PageName struct{ Flow, Page string }

func (n PageName) isZero() bool { return n == PageName{} }
