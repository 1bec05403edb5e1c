package emulator

import (
	"strconv"

	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// Step is one thing that ran in a turn.
type Step struct {
	Kind   string // start, route, event, entry, prompt, webhook, transition
	Name   string
	Page   string // display name of the page on which it ran; after a transition the one that it led to
	Flow   string
	PageID string // last part of the resource name
	FlowID string
	// RouteID, Intent and Condition are those of a route, RouteID also that
	// of an event handler.
	RouteID, Intent, Condition string
}

// step notes what runs.
func (t *turn) step(kind, name string) {
	at := t.s.at.page
	t.res.Steps = append(t.res.Steps, Step{
		Kind: kind, Name: name, Page: at.name, Flow: at.flow.name, PageID: at.id(), FlowID: at.flow.id(),
	})
}

// stepOf notes the route or event handler that runs.
func (t *turn) stepOf(kind string, h *handler) {
	t.step(kind, h.name())
	s := &t.res.Steps[len(t.res.Steps)-1]
	s.RouteID, s.Intent = h.id, h.intent
	if h.cond != nil {
		s.Condition = h.cond.Source()
	}
}

// Diagnostic returns what QueryResult.diagnosticInfo holds for the turn, plain
// JSON. Its shape is not documented; it is as public recordings have it,
// without the replies and parameters that they repeat at every step. "Needs
// Model" and "Emulator Notes" are this package's own.
func (r *Result) Diagnostic() map[string]any {
	d := diagnosis{res: r, chain: []any{}, triggered: []any{}}
	for _, s := range r.Steps {
		d.add(s)
	}
	info := map[string]any{
		"Response Id": r.ResponseID, "Execution Sequence": d.sequence,
		"Transition Targets Chain": d.chain, "Triggered Transition Names": d.triggered,
		"Alternative Matched Intents": []any{},
	}
	if m := r.matchedIntent(); m != nil {
		info["Alternative Matched Intents"] = []any{m}
	}
	if len(r.Webhooks) > 0 {
		latencies := make([]any, 0, len(r.Webhooks))
		for _, w := range r.Webhooks {
			latencies = append(latencies, float64(w.Latency.Milliseconds()))
		}
		info["Webhook Latencies (ms)"] = latencies
	}
	if len(r.NeedsModel) > 0 {
		info["Needs Model"] = anyList(r.NeedsModel)
	}
	if len(r.Notes) > 0 {
		info["Emulator Notes"] = anyList(r.Notes)
	}
	return info
}

// matchedIntent is the intent that the input matched, nil if it did none.
func (r *Result) matchedIntent() map[string]any {
	if r.Match.Kind != MatchIntent {
		return nil
	}
	return map[string]any{
		"Type": "NLU", "Active": true, "Id": r.Match.IntentID, "DisplayName": r.Match.Intent, "Score": r.Match.Confidence,
	}
}

// diagnosis gathers the execution sequence. A webhook call and a transition
// belong to the step of the handler, entry or prompt that caused them.
type diagnosis struct {
	res       *Result
	sequence  []any
	machine   map[string]any // of the last step
	last      map[string]any
	flow      string // in which the last step ran
	webhooks  int    // shown so far
	chain     []any
	triggered []any
}

func (d *diagnosis) add(s Step) {
	switch s.Kind {
	case "start":
		state := map[string]any{"FlowState": flowState(s)}
		if m := d.res.matchedIntent(); m != nil {
			state["MatchedIntent"] = m
		}
		d.begin(map[string]any{"Type": "INITIAL_STATE", "InitialState": state})
	case "webhook":
		if d.last != nil && d.webhooks < len(d.res.Webhooks) {
			d.last["FunctionExecution"] = map[string]any{"Webhook": d.res.Webhooks[d.webhooks].diagnostic()}
			d.webhooks++
		}
	case "transition":
		target := map[string]any{"TargetPage": s.PageID}
		switch {
		case s.Name == "End Session":
			target["TargetPage"] = string(agent.EndSession)
		case s.FlowID != d.flow && s.PageID == string(agent.StartPage):
			target = map[string]any{"TargetFlow": s.FlowID}
		}
		d.chain = append(d.chain, target)
		for key, v := range target {
			d.machine[key] = v
		}
	default:
		d.machine = map[string]any{"FlowState": flowState(s)}
		d.begin(map[string]any{"Type": "STATE_MACHINE", "StateMachine": d.machine})
		if s.Kind != "route" && s.Kind != "event" {
			break
		}
		d.triggered = append(d.triggered, s.RouteID)
		for key, v := range map[string]string{
			"TriggeredTransitionRouteId": s.RouteID, "TriggeredIntent": s.Intent, "TriggeredCondition": s.Condition,
		} {
			if v != "" {
				d.machine[key] = v
			}
		}
		if s.Kind == "event" {
			d.machine["TriggeredEvent"] = s.Name
		}
	}
	d.flow = s.FlowID
}

func (d *diagnosis) begin(step map[string]any) {
	d.last = step
	if d.machine == nil {
		d.machine = make(map[string]any)
	}
	d.sequence = append(d.sequence, map[string]any{"Step " + strconv.Itoa(len(d.sequence)+1): step})
}

func flowState(s Step) map[string]any {
	status := "TRANSITION_ROUTING"
	switch s.Kind {
	case "entry":
		status = "ENTERING_PAGE"
	case "prompt":
		status = "PROCESSING_FORM"
	}
	page := map[string]any{"PageId": s.PageID, "Name": s.Page, "Status": status}
	if s.Kind == "prompt" {
		page["ActiveParameter"] = s.Name
	}
	return map[string]any{"FlowId": s.FlowID, "Name": s.Flow, "Version": 0.0, "PageState": page}
}

// diagnostic is the call's part; a webhook that nothing was mapped to was not
// called.
func (w *WebhookRun) diagnostic() map[string]any {
	if w.Diagnostic != nil {
		return w.Diagnostic
	}
	return map[string]any{"Status": w.Status.GetMessage()}
}

func anyList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
