package agent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/internal/exportjson"
)

// The wire types are the shapes of the export's files. They hold what the
// package reads and nothing else; unknown keys are dropped.

type wireAgent struct {
	DisplayName            string
	DefaultLanguageCode    string
	SupportedLanguageCodes []string
	TimeZone               string
	StartFlow              string
	StartPlaybook          string
	ProjectNumber          json.Number
}

type wireFlow struct {
	Name, DisplayName          string
	TransitionRoutes           []wireRoute
	EventHandlers              []wireHandler
	TransitionRouteGroups      []string
	AgentTransitionRouteGroups []string
	NluSettings                struct{ ClassificationThreshold float64 }
	KnowledgeConnectorSettings wireKnowledge
}

type wirePage struct {
	Name, DisplayName          string
	EntryFulfillment           *wireFulfillment
	Form                       struct{ Parameters []wireFormParameter }
	TransitionRoutes           []wireRoute
	EventHandlers              []wireHandler
	TransitionRouteGroups      []string
	AgentTransitionRouteGroups []string
	KnowledgeConnectorSettings wireKnowledge
}

type wireKnowledge struct {
	Enabled              bool
	DataStoreConnections []json.RawMessage
}

func (k wireKnowledge) on() bool { return k.Enabled && len(k.DataStoreConnections) > 0 }

type wireGroup struct {
	Name, DisplayName string
	TransitionRoutes  []wireRoute
}

type wireTarget struct{ TargetPage, TargetFlow, TargetPlaybook string }

func (t wireTarget) target() Target {
	return Target{Page: t.TargetPage, Flow: t.TargetFlow, Playbook: t.TargetPlaybook}
}

type wireRoute struct {
	Name, Intent, Condition string
	TriggerFulfillment      *wireFulfillment
	wireTarget
}

type wireHandler struct {
	Name, Event        string
	TriggerFulfillment *wireFulfillment
	wireTarget
}

type wireFormParameter struct {
	DisplayName, EntityType  string
	IsList, Required, Redact bool
	DefaultValue             any
	FillBehavior             struct {
		InitialPromptFulfillment *wireFulfillment
		RepromptEventHandlers    []wireHandler
	}
}

type wireFulfillment struct {
	Messages            []json.RawMessage
	ConditionalCases    []wireCases
	SetParameterActions []struct {
		Parameter string
		Value     any
	}
	Webhook, Tag             string
	ReturnPartialResponses   bool
	EnableGenerativeFallback bool
	Generators               []struct {
		Generator, OutputParameter string
		InputParameters            []wirePair
	}
}

type wirePair struct{ Key, Value string }

type wireCases struct {
	Cases []struct {
		Condition   string
		CaseContent []struct {
			Message         json.RawMessage
			AdditionalCases *wireCases
		}
	}
}

type wireIntent struct {
	Name, DisplayName, DtmfPattern string
	Priority                       int
	IsFallback                     bool
	Labels                         []wirePair
	Parameters                     []struct {
		ID             string `json:"id"`
		EntityType     string
		IsList, Redact bool
	}
}

type wirePhrases struct {
	TrainingPhrases []struct {
		RepeatCount  int
		LanguageCode string
		Parts        []struct {
			Text        string
			ParameterID string `json:"parameterId"`
		}
	}
}

type wireEntityType struct {
	Name, DisplayName, Kind, AutoExpansionMode string
	EnableFuzzyExtraction, Redact              bool
}

type wireEntities struct {
	Entities []struct {
		Value, LanguageCode, DtmfPattern string
		Synonyms                         []string
	}
	ExcludedPhrases []struct{ Value, LanguageCode string }
}

type wireNamed struct{ Name, DisplayName, Goal string }

type wireTestCase struct {
	DisplayName, Notes, LanguageCode string
	Tags                             []string
	TestConfig                       struct {
		Flow, Page         string
		TrackingParameters []string
	}
	CreationTime              struct{ Seconds, Nanos int64 }
	TestCaseConversationTurns []wireTurn
	ConversationTurns         []json.RawMessage // of playbooks
}

type wireTurn struct {
	UserInput struct {
		IsWebhookEnabled   bool
		InjectedParameters map[string]any
		Input              struct {
			LanguageCode string
			Text         *struct{ Text string }
			Event        struct{ Event string }
			Dtmf         struct{ Digits string }
		}
	}
	VirtualAgentOutput json.RawMessage
}

type wireOutput struct {
	SessionParameters map[string]any
	TriggeredIntent   struct{ Name string }
	CurrentPage       struct{ Name, Flow string }
	CurrentFlow       struct{ Name, DisplayName string } // the name is a resource name where both are there
	TextResponses     []struct{ Text []string }
}

// fulfillment converts a fulfillment; what is malformed in it is reported and
// left out.
func (l *loader) fulfillment(w *wireFulfillment) *Fulfillment {
	if w == nil {
		return nil
	}
	f := &Fulfillment{
		Webhook: w.Webhook, Tag: w.Tag,
		PartialResponses: w.ReturnPartialResponses, GenerativeFallback: w.EnableGenerativeFallback,
	}
	for _, raw := range w.Messages {
		if m := l.message(raw); m != nil {
			f.Messages = append(f.Messages, *m)
		}
	}
	for i := range w.ConditionalCases {
		f.Cases = append(f.Cases, l.cases(&w.ConditionalCases[i]))
	}
	for _, p := range w.SetParameterActions {
		f.Presets = append(f.Presets, Preset{p.Parameter, p.Value})
	}
	for _, g := range w.Generators {
		call := GeneratorCall{Generator: g.Generator, Output: g.OutputParameter, Inputs: make(map[string]string)}
		for _, in := range g.InputParameters {
			call.Inputs[in.Key] = in.Value
		}
		f.Generators = append(f.Generators, call)
	}
	return f
}

func (l *loader) cases(w *wireCases) CaseList {
	var list CaseList
	for _, c := range w.Cases {
		branch := Case{Condition: c.Condition}
		for _, content := range c.CaseContent {
			if content.AdditionalCases != nil {
				nested := l.cases(content.AdditionalCases)
				branch.Content = append(branch.Content, CaseContent{Nested: &nested})
			} else if m := l.message(content.Message); m != nil {
				branch.Content = append(branch.Content, CaseContent{Message: m})
			}
		}
		list.Cases = append(list.Cases, branch)
	}
	return list
}

// message converts a message, or returns nil if there is none.
func (l *loader) message(raw json.RawMessage) *Message {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var extra struct{ LanguageCode string }
	if err := json.Unmarshal(raw, &extra); err != nil {
		l.fault(FaultMalformed, "message", err.Error())
		return nil
	}
	m := &Message{Language: strings.ToLower(extra.LanguageCode), Message: new(cxpb.ResponseMessage)}
	if err := exportjson.Unmarshal(raw, m.Message); err != nil {
		l.fault(FaultMalformed, "message", err.Error())
		return nil
	}
	return m
}

func (l *loader) routes(list []wireRoute) []*Route {
	var routes []*Route
	for i := range list {
		w := &list[i]
		routes = append(routes, &Route{
			ID: w.Name, Intent: w.Intent, Condition: w.Condition,
			Trigger: l.fulfillment(w.TriggerFulfillment), Target: w.target(),
		})
	}
	return routes
}

func (l *loader) handlers(list []wireHandler) []*EventHandler {
	var handlers []*EventHandler
	for i := range list {
		w := &list[i]
		handlers = append(handlers, &EventHandler{
			ID: w.Name, Event: w.Event, Trigger: l.fulfillment(w.TriggerFulfillment), Target: w.target(),
		})
	}
	return handlers
}

func (l *loader) turn(w *wireTurn) (Turn, error) {
	in := &w.UserInput
	t := Turn{
		Event: in.Input.Event.Event, DTMF: in.Input.Dtmf.Digits, Language: in.Input.LanguageCode,
		Webhooks: in.IsWebhookEnabled, Injected: in.InjectedParameters, Raw: w.VirtualAgentOutput,
	}
	if in.Input.Text != nil {
		t.Text = &in.Input.Text.Text
	}
	if len(w.VirtualAgentOutput) == 0 {
		return t, nil
	}
	var out wireOutput
	if err := json.Unmarshal(w.VirtualAgentOutput, &out); err != nil {
		return t, fmt.Errorf("recorded answer: %w", err)
	}
	t.Intent, t.Page, t.PageFlow, t.Flow = out.TriggeredIntent.Name, out.CurrentPage.Name, out.CurrentPage.Flow, cmp.Or(out.CurrentFlow.DisplayName, out.CurrentFlow.Name)
	t.Parameters = out.SessionParameters
	if out.TextResponses != nil {
		t.Texts = make([][]string, 0, len(out.TextResponses))
		for _, r := range out.TextResponses {
			t.Texts = append(t.Texts, r.Text)
		}
	}
	return t, nil
}
