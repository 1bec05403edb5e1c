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

// Step is one thing that ran in a turn.
type Step struct {
	Kind string // route, event, entry, prompt, webhook, transition, wait
	Name string
	Page string
	Flow string
}

// Texts returns the chosen text of every text message.
func (r *Result) Texts() []string {
	var texts []string
	for _, m := range r.Messages {
		texts = append(texts, m.Message.GetText().GetText()...)
	}
	return texts
}

// Diagnostic returns what QueryResult.diagnosticInfo holds for the turn. Its
// shape is not documented; it is as it has been seen.
func (r *Result) Diagnostic() map[string]any {
	steps := make([]any, 0, len(r.Steps))
	var chain, triggered []any
	for i, s := range r.Steps {
		steps = append(steps, map[string]any{stepKey(i): map[string]any{
			"Type": s.Kind, "Name": s.Name,
			"InitialState": map[string]any{"PageState": map[string]any{"Name": s.Page}, "FlowState": map[string]any{"Name": s.Flow}},
		}})
		switch s.Kind {
		case "transition":
			chain = append(chain, s.Name)
		case "route", "event":
			triggered = append(triggered, s.Name)
		}
	}
	var latencies []any
	for i, w := range r.Webhooks {
		latencies = append(latencies, float64(w.Latency.Milliseconds()))
		if w.Diagnostic != nil {
			steps = append(steps, map[string]any{stepKey(len(r.Steps) + i): map[string]any{
				"FunctionExecution": map[string]any{"Webhook": w.Diagnostic},
			}})
		}
	}
	info := map[string]any{
		"Execution Sequence": steps, "Transition Targets Chain": chain, "Triggered Transition Names": triggered,
	}
	if len(latencies) > 0 {
		info["Webhook Latencies (ms)"] = latencies
	}
	if len(r.NeedsModel) > 0 {
		list := make([]any, len(r.NeedsModel))
		for i, n := range r.NeedsModel {
			list[i] = n
		}
		info["Needs Model"] = list
	}
	return info
}
