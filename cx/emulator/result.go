package emulator

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"time"
)

// MatchKind says how the input was understood.
type MatchKind string

// The kinds of match, as Dialogflow names them.
const (
	MatchNone      MatchKind = "NO_MATCH"
	MatchNoInput   MatchKind = "NO_INPUT"
	MatchIntent    MatchKind = "INTENT"
	MatchDirect    MatchKind = "DIRECT_INTENT"
	MatchParameter MatchKind = "PARAMETER_FILLING"
	MatchEvent     MatchKind = "EVENT"
)

// Result is what a turn came to.
type Result struct {
	ResponseID string
	Language   string
	Match      Match
	Messages   []Reply // in the order they are sent
	// Parameters are all session parameters after the turn, plain JSON. The
	// map is the result's own; the values in it must not be changed.
	Parameters map[string]any
	Page       string // display name; "End Session" when the session ended
	Flow       string
	PageID     string // last part of the resource name
	FlowID     string
	Ended      bool
	Webhooks   []WebhookRun
	Steps      []Step // what ran, in order
	// NeedsModel names what the turn would have asked a model for and did
	// not get: playbooks, generators, data stores, generative fallback.
	NeedsModel []string
	Notes      []string // what the emulator did not do as asked
}

// Match is how the input was understood.
type Match struct {
	Kind       MatchKind
	Intent     string // display name
	IntentID   string // last part of the resource name
	Confidence float64
	Event      string // the event that was raised for the input
	Parameters map[string]Slot
}

// Slot is the value of an intent's or a form's parameter.
type Slot struct {
	Original string
	Value    any
	// Assumed says that only its place speaks for the value: it was asked
	// for, and what was said may be one, such as any word for a name.
	Assumed bool
}

// Source says what a reply was made for.
type Source = cxpb.ResponseMessage_ResponseType

// Reply is one message of a turn.
type Reply struct {
	Message  *cxpb.ResponseMessage // as sent: one variant, references replaced
	Variants []string              // of a text message, all variants with references replaced
	Partial  bool                  // sent before the turn was over
}

// WebhookRun is one call of a webhook.
type WebhookRun struct {
	Name    string
	Tag     string
	Status  *spb.Status      // empty for success
	Payload *structpb.Struct // of the answer
	Latency time.Duration
	Event   string // the event of a failure
	// Diagnostic is the call's part of diagnosticInfo.
	Diagnostic map[string]any
}

// Texts returns the chosen text of every text message.
func (r *Result) Texts() []string {
	var texts []string
	for _, m := range r.Messages {
		texts = append(texts, m.Message.GetText().GetText()...)
	}
	return texts
}
