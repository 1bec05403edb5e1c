package emulator

import (
	"fmt"
	"reflect"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// PagePath returns the resource name of a page of [LocalAgent] by the ids of
// its flow and its own.
func PagePath(flowID, pageID string) string { return pagePath(LocalAgent, flowID, pageID) }

func pagePath(agentName, flowID, pageID string) string {
	return agentName + "/flows/" + flowID + "/pages/" + pageID
}

// webhookRequest makes the message that a standard webhook is sent.
func (t *turn) webhookRequest(tag string) *cxpb.WebhookRequest {
	at := &t.s.at
	req := &cxpb.WebhookRequest{
		DetectIntentResponseId: t.res.ResponseID,
		FulfillmentInfo:        &cxpb.WebhookRequest_FulfillmentInfo{Tag: tag},
		PageInfo: &cxpb.PageInfo{
			CurrentPage: pagePath(t.s.name.Agent, at.page.flow.id(), at.page.id()),
			DisplayName: at.page.name,
		},
		SessionInfo:  &cxpb.SessionInfo{Session: t.s.name.String(), Parameters: protoValues(t.s.params)},
		LanguageCode: t.s.sent,
		LanguageInfo: &cxpb.LanguageInfo{InputLanguageCode: t.s.sent, ResolvedLanguageCode: t.res.Language, ConfidenceScore: 1},
	}
	if at.page.src != nil {
		req.PageInfo.FormInfo = t.formInfo()
	}
	if t.intent != "" {
		req.IntentInfo = t.intentInfo()
	}
	for _, q := range t.queue {
		req.Messages = append(req.Messages, q.reply.Message)
	}
	if payload, err := structpb.NewStruct(t.in.Query.Payload); err == nil && len(t.in.Query.Payload) > 0 {
		req.Payload = payload
	}
	switch {
	case t.in.Event != "":
		req.Query = &cxpb.WebhookRequest_TriggerEvent{TriggerEvent: t.in.Event}
	case t.in.Intent != "":
		req.Query = &cxpb.WebhookRequest_TriggerIntent{TriggerIntent: t.intentPath(t.in.Intent)}
	case t.in.DTMF != "":
		req.Query = &cxpb.WebhookRequest_DtmfDigits{DtmfDigits: t.in.DTMF}
	default:
		req.Query = &cxpb.WebhookRequest_Text{Text: t.in.Text}
	}
	return req
}

func (t *turn) intentPath(name string) string {
	id := ""
	if in := t.em().prog.agent.Intents[name]; in != nil {
		id = in.ID
	}
	return t.s.name.Agent + "/intents/" + resourceID(id, name)
}

func (t *turn) intentInfo() *cxpb.WebhookRequest_IntentInfo {
	info := &cxpb.WebhookRequest_IntentInfo{
		LastMatchedIntent: t.intentPath(t.intent), DisplayName: t.intent, Confidence: float32(t.res.Match.Confidence),
	}
	for name, slot := range t.slots {
		if info.Parameters == nil {
			info.Parameters = make(map[string]*cxpb.WebhookRequest_IntentInfo_IntentParameterValue)
		}
		info.Parameters[name] = &cxpb.WebhookRequest_IntentInfo_IntentParameterValue{
			OriginalValue: slot.Original, ResolvedValue: protoValue(slot.Value),
		}
	}
	return info
}

func (t *turn) formInfo() *cxpb.PageInfo_FormInfo {
	at := &t.s.at
	info := &cxpb.PageInfo_FormInfo{}
	for _, fp := range at.page.form {
		p := &cxpb.PageInfo_FormInfo_ParameterInfo{
			DisplayName: fp.src.DisplayName, Required: fp.src.Required,
			State: cxpb.PageInfo_FormInfo_ParameterInfo_EMPTY,
		}
		switch {
		case at.form.invalid[fp]:
			p.State = cxpb.PageInfo_FormInfo_ParameterInfo_INVALID
		case at.filled(fp, t.s.params):
			p.State = cxpb.PageInfo_FormInfo_ParameterInfo_FILLED
			v, _ := at.value(fp.src.DisplayName, t.s.params)
			p.Value = protoValue(v)
			p.JustCollected = t.updated[lowerName(fp)]
		}
		info.ParameterInfo = append(info.ParameterInfo, p)
	}
	return info
}

func protoValues(params map[string]any) map[string]*structpb.Value {
	if len(params) == 0 {
		return nil
	}
	out := make(map[string]*structpb.Value, len(params))
	for name, v := range params {
		out[name] = protoValue(v)
	}
	return out
}

// protoValue converts plain JSON; what is none becomes its text.
func protoValue(v any) *structpb.Value {
	p, err := structpb.NewValue(v)
	if err != nil {
		return structpb.NewStringValue(fmt.Sprint(v))
	}
	return p
}

func equalJSON(a, b any) bool { return reflect.DeepEqual(a, b) }
