package sessions

import (
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/emulator"
)

// result is the turn as the API tells it.
func (q *query) result(res *emulator.Result) *cxpb.QueryResult {
	info := res.Diagnostic()
	info["Session Id"] = q.name.ID
	out := &cxpb.QueryResult{
		LanguageCode:   res.Language,
		Parameters:     object(res.Parameters),
		CurrentPage:    q.page(res),
		CurrentFlow:    &cxpb.Flow{Name: q.flow(res), DisplayName: res.Flow},
		Match:          q.matchOf(res),
		DiagnosticInfo: object(info),
	}
	out.Intent = out.Match.GetIntent()                        //nolint:staticcheck // deprecated and still filled: older clients read it
	out.IntentDetectionConfidence = out.Match.GetConfidence() //nolint:staticcheck // the same
	q.setQuery(out)
	for _, m := range res.Messages {
		out.ResponseMessages = append(out.ResponseMessages, m.Message)
	}
	if res.Ended {
		out.ResponseMessages = append(out.ResponseMessages, &cxpb.ResponseMessage{
			Message: &cxpb.ResponseMessage_EndInteraction_{EndInteraction: &cxpb.ResponseMessage_EndInteraction{}},
		})
	}
	for _, w := range res.Webhooks {
		out.WebhookStatuses = append(out.WebhookStatuses, w.Status)
		out.WebhookPayloads = append(out.WebhookPayloads, w.Payload)
	}
	return out
}

// setQuery repeats the input.
func (q *query) setQuery(out *cxpb.QueryResult) {
	switch in := q.sent.GetInput().(type) {
	case *cxpb.QueryInput_Text:
		out.Query = &cxpb.QueryResult_Text{Text: in.Text.GetText()}
	case *cxpb.QueryInput_Intent:
		out.Query = &cxpb.QueryResult_TriggerIntent{TriggerIntent: in.Intent.GetIntent()}
	case *cxpb.QueryInput_Event:
		out.Query = &cxpb.QueryResult_TriggerEvent{TriggerEvent: in.Event.GetEvent()}
	case *cxpb.QueryInput_Dtmf:
		out.Query = &cxpb.QueryResult_Dtmf{Dtmf: in.Dtmf}
	}
}

func (q *query) flow(res *emulator.Result) string { return q.name.Agent + "/flows/" + res.FlowID }

func (q *query) page(res *emulator.Result) *cxpb.Page {
	return &cxpb.Page{Name: q.flow(res) + "/pages/" + res.PageID, DisplayName: res.Page}
}

// matchOf says how the input was understood.
func (q *query) matchOf(res *emulator.Result) *cxpb.Match {
	m := &cxpb.Match{
		MatchType: cxpb.Match_MatchType(cxpb.Match_MatchType_value[string(res.Match.Kind)]),
		Event:     res.Match.Event, Confidence: float32(res.Match.Confidence),
		ResolvedInput: q.input.Text + q.input.DTMF,
	}
	if res.Match.Intent != "" {
		m.Intent = &cxpb.Intent{Name: q.name.Agent + "/intents/" + res.Match.IntentID, DisplayName: res.Match.Intent}
	}
	if len(res.Match.Parameters) > 0 {
		values := make(map[string]any, len(res.Match.Parameters))
		for name, slot := range res.Match.Parameters {
			values[name] = slot.Value
		}
		m.Parameters = object(values)
	}
	return m
}

func (q *query) matchResponse(res *emulator.Result) *cxpb.MatchIntentResponse {
	out := &cxpb.MatchIntentResponse{Matches: []*cxpb.Match{q.matchOf(res)}, CurrentPage: q.page(res)}
	switch in := q.sent.GetInput().(type) {
	case *cxpb.QueryInput_Text:
		out.Query = &cxpb.MatchIntentResponse_Text{Text: in.Text.GetText()}
	case *cxpb.QueryInput_Intent:
		out.Query = &cxpb.MatchIntentResponse_TriggerIntent{TriggerIntent: in.Intent.GetIntent()}
	case *cxpb.QueryInput_Event:
		out.Query = &cxpb.MatchIntentResponse_TriggerEvent{TriggerEvent: in.Event.GetEvent()}
	}
	return out
}

// match reads a match that matchOf gave. What the user said of a parameter is
// not in it.
func (q *query) match(m *cxpb.Match) (emulator.Match, error) {
	if m == nil || m.GetMatchType() == cxpb.Match_MATCH_TYPE_UNSPECIFIED {
		return emulator.Match{}, invalid("match", "the request has no match with a type")
	}
	out := emulator.Match{
		Kind: emulator.MatchKind(m.GetMatchType().String()), Event: m.GetEvent(), Confidence: float64(m.GetConfidence()),
	}
	switch out.Kind {
	case emulator.MatchIntent, emulator.MatchDirect:
		name, err := q.em.IntentOf(q.name.Agent, m.GetIntent().GetName())
		if err != nil {
			return emulator.Match{}, statusOf(err)
		}
		out.Intent = name
	case emulator.MatchParameter, emulator.MatchNone, emulator.MatchNoInput:
	case emulator.MatchEvent:
		if strings.TrimSpace(out.Event) == "" {
			return emulator.Match{}, invalid("match.event", "the event has no name")
		}
	default:
		return emulator.Match{}, invalid("match.match_type", "a match of type %s cannot be fulfilled here", m.GetMatchType())
	}
	for name, v := range m.GetParameters().AsMap() {
		if out.Parameters == nil {
			out.Parameters = make(map[string]emulator.Slot)
		}
		out.Parameters[name] = emulator.Slot{Value: v}
	}
	return out, nil
}

// object makes a message of plain JSON. What the engine holds is plain JSON;
// what an agent made otherwise is left out with its field.
func object(fields map[string]any) *structpb.Struct {
	out := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(fields))}
	for name, v := range fields {
		if p, err := structpb.NewValue(v); err == nil {
			out.Fields[name] = p
		}
	}
	return out
}
