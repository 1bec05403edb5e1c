package cxtest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// The agent of the requests that [Request] builds.
const (
	agent = "projects/test/locations/global/agents/11111111-1111-4111-8111-111111111111"
	zero  = "00000000-0000-0000-0000-000000000000"
	flow  = agent + "/flows/" + zero
)

// RequestOption sets a part of a request. Options that take a value accept
// whatever marshals to JSON and panic, with the name, on what does not. So they
// do on an integer that no double holds, such as 9007199254740993: numbers of
// parameters are doubles in Dialogflow, which cannot send it either; a string
// keeps it. An archive of [Replay] sends whatever digits it holds.
//
// A nil option changes nothing.
type RequestOption func(*cxpb.WebhookRequest)

// Request returns what Dialogflow sends to a standard webhook for a tag. By
// default it comes from the start page of a session of its own, in the
// language en, with the text "hello" and a detectIntentResponseId that no other
// request has.
func Request(tag string, opts ...RequestOption) *cxpb.WebhookRequest {
	req := &cxpb.WebhookRequest{
		DetectIntentResponseId: newID(),
		FulfillmentInfo:        &cxpb.WebhookRequest_FulfillmentInfo{Tag: tag},
		LanguageCode:           "en",
		PageInfo:               &cxpb.PageInfo{CurrentPage: flow + "/pages/START_PAGE", DisplayName: "Start Page"},
		SessionInfo:            &cxpb.SessionInfo{Session: agent + "/sessions/" + newID()},
		Query:                  &cxpb.WebhookRequest_Text{Text: "hello"},
	}
	for _, opt := range opts {
		if opt != nil {
			opt(req)
		}
	}
	return req
}

// newID returns a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// ResponseID sets detectIntentResponseId. Two requests with the same one are
// two attempts of the same call.
func ResponseID(id string) RequestOption {
	return func(r *cxpb.WebhookRequest) { r.DetectIntentResponseId = id }
}

// Session sets the session: a whole name (projects/…) or its last part.
func Session(id string) RequestOption {
	return func(r *cxpb.WebhookRequest) {
		if !strings.HasPrefix(id, "projects/") {
			id = agent + "/sessions/" + id
		}
		r.SessionInfo.Session = id
	}
}

// Param sets a session parameter. A nil value is an explicit null, which
// Dialogflow sends for parameters that were touched and are not set.
func Param(name string, value any) RequestOption {
	v := mustValue("parameter", name, value)
	return func(r *cxpb.WebhookRequest) {
		if r.SessionInfo.Parameters == nil {
			r.SessionInfo.Parameters = map[string]*structpb.Value{}
		}
		r.SessionInfo.Parameters[name] = v
	}
}

// Params sets several session parameters.
func Params(params map[string]any) RequestOption {
	return func(r *cxpb.WebhookRequest) {
		for name, value := range params {
			Param(name, value)(r)
		}
	}
}

// Intent sets the intent that was matched last, with confidence 1.
func Intent(displayName string) RequestOption {
	return func(r *cxpb.WebhookRequest) {
		info := intent(r)
		info.DisplayName, info.Confidence = displayName, 1
		info.LastMatchedIntent = agent + "/intents/" + identifier(displayName)
	}
}

// IntentParam adds a parameter of the intent: what the user said and what
// that was resolved to.
func IntentParam(name, original string, resolved any) RequestOption {
	v := mustValue("intent parameter", name, resolved)
	return func(r *cxpb.WebhookRequest) {
		info := intent(r)
		if info.Parameters == nil {
			info.Parameters = map[string]*cxpb.WebhookRequest_IntentInfo_IntentParameterValue{}
		}
		info.Parameters[name] = &cxpb.WebhookRequest_IntentInfo_IntentParameterValue{OriginalValue: original, ResolvedValue: v}
	}
}

func intent(r *cxpb.WebhookRequest) *cxpb.WebhookRequest_IntentInfo {
	if r.IntentInfo == nil {
		r.IntentInfo = &cxpb.WebhookRequest_IntentInfo{}
	}
	return r.IntentInfo
}

// Page sets the current page, by its display name, in the default flow.
func Page(displayName string) RequestOption {
	return func(r *cxpb.WebhookRequest) {
		r.PageInfo.CurrentPage, r.PageInfo.DisplayName = flow+"/pages/"+identifier(displayName), displayName
	}
}

// FormParam adds a parameter of the page's form that has a value, which is
// also a session parameter. A nil value makes it an empty one.
func FormParam(name string, value any) RequestOption {
	v := mustValue("form parameter", name, value)
	return func(r *cxpb.WebhookRequest) {
		if r.PageInfo.FormInfo == nil {
			r.PageInfo.FormInfo = &cxpb.PageInfo_FormInfo{}
		}
		p := &cxpb.PageInfo_FormInfo_ParameterInfo{DisplayName: name, Required: true, State: cxpb.PageInfo_FormInfo_ParameterInfo_EMPTY}
		if value != nil {
			p.State, p.Value, p.JustCollected = cxpb.PageInfo_FormInfo_ParameterInfo_FILLED, v, true
			Param(name, value)(r)
		}
		r.PageInfo.FormInfo.ParameterInfo = append(r.PageInfo.FormInfo.ParameterInfo, p)
	}
}

// Queued adds text messages that the turn has queued before the webhook.
func Queued(texts ...string) RequestOption {
	return func(r *cxpb.WebhookRequest) {
		for _, text := range texts {
			r.Messages = append(r.Messages, &cxpb.ResponseMessage{
				ResponseType: cxpb.ResponseMessage_HANDLER_PROMPT,
				Message:      &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: []string{text}}},
			})
		}
	}
}

// Text sets what the user wrote.
func Text(s string) RequestOption {
	return func(r *cxpb.WebhookRequest) { r.Query = &cxpb.WebhookRequest_Text{Text: s} }
}

// Transcript sets what the user said.
func Transcript(s string) RequestOption {
	return func(r *cxpb.WebhookRequest) { r.Query = &cxpb.WebhookRequest_Transcript{Transcript: s} }
}

// DTMF sets the keys that the user pressed.
func DTMF(digits string) RequestOption {
	return func(r *cxpb.WebhookRequest) { r.Query = &cxpb.WebhookRequest_DtmfDigits{DtmfDigits: digits} }
}

// Event sets the event that started the turn.
func Event(name string) RequestOption {
	return func(r *cxpb.WebhookRequest) { r.Query = &cxpb.WebhookRequest_TriggerEvent{TriggerEvent: name} }
}

// Language sets the language code, as the client sent it.
func Language(code string) RequestOption {
	return func(r *cxpb.WebhookRequest) { r.LanguageCode = code }
}

// Payload sets the payload of queryParams, a value that marshals to a JSON
// object, such as {"telephony":{"caller_id":"+15550100"}}.
func Payload(v any) RequestOption {
	s := mustValue("payload", "payload", v).GetStructValue()
	if s == nil {
		panic(fmt.Sprintf("cxtest: payload of type %T is no JSON object", v))
	}
	return func(r *cxpb.WebhookRequest) { r.Payload = s }
}

// mustValue is toValue for what a test states.
func mustValue(kind, name string, v any) *structpb.Value {
	value, err := toValue(kind, name, v)
	if err != nil {
		panic(err.Error())
	}
	return value
}

// toValue converts through JSON, so that structs and slices of any type do.
func toValue(kind, name string, v any) (*structpb.Value, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("cxtest: %s %q: %w", kind, name, err)
	}
	tree, err := parseTree(b)
	if err != nil {
		return nil, fmt.Errorf("cxtest: %s %q: %w", kind, name, err)
	}
	if n := inexact(tree); n != "" {
		return nil, fmt.Errorf("cxtest: %s %q: Dialogflow's numbers are doubles and would change %s; send it as a string", kind, name, n)
	}
	value := &structpb.Value{}
	if err := protojson.Unmarshal(b, value); err != nil {
		return nil, fmt.Errorf("cxtest: %s %q: %w", kind, name, err)
	}
	return value, nil
}

// inexact returns an integer within a value that a double cannot hold, or
// nothing. A number with a point or an exponent is a double by its own account.
func inexact(n *node) json.Number {
	if v, ok := n.scalar.(json.Number); ok {
		whole, ok := new(big.Int).SetString(v.String(), 10)
		if !ok {
			return ""
		}
		if _, accuracy := new(big.Float).SetInt(whole).Float64(); accuracy != big.Exact {
			return v
		}
	}
	for _, m := range n.members {
		if v := inexact(m); v != "" {
			return v
		}
	}
	return ""
}

// identifier makes the last part of a resource name from a display name.
func identifier(displayName string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' {
			return '-'
		}
		return r
	}, displayName)
}
