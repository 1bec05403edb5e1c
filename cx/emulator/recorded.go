package emulator

import (
	"context"
	"errors"
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// recordedMatcher answers what Dialogflow recorded of its own understanding of
// one turn: the triggered intent, and the values of slots that the matcher
// behind it does not find.
type recordedMatcher struct {
	behind Matcher // may be nil
	turn   *agent.Turn
	before map[string]any // the recorded parameters of the turn before
}

func (m *recordedMatcher) Match(ctx context.Context, u *Utterance) (IntentMatch, bool, error) {
	if len(m.turn.Raw) == 0 && m.behind != nil {
		return m.behind.Match(ctx, u)
	}
	if m.turn.Intent == "" {
		return IntentMatch{}, false, nil
	}
	for _, name := range u.Intents {
		if name != m.turn.Intent {
			continue
		}
		match, err := m.slots(ctx, u, name)
		if err != nil {
			return IntentMatch{}, false, err
		}
		if in := u.Agent.Intents[name]; in != nil {
			for _, p := range in.Parameters {
				m.addRecorded(u, match.Parameters, p.ID)
			}
		}
		return match, true, nil
	}
	return IntentMatch{}, false, nil
}

// slots finds the values of an intent that is known to match: by its training
// phrases, else wherever they stand in the text.
func (m *recordedMatcher) slots(ctx context.Context, u *Utterance, intent string) (IntentMatch, error) {
	match := IntentMatch{Intent: intent, Confidence: 1, Parameters: make(map[string]Slot)}
	if m.behind == nil {
		return match, nil
	}
	alone := *u
	alone.Intents = []string{intent}
	exact, ok, err := m.behind.Match(ctx, &alone)
	if err != nil {
		return match, err
	}
	for name, slot := range exact.Parameters {
		match.Parameters[name] = slot
	}
	if k, is := m.behind.(knower); is && !ok {
		for name, slot := range k.Known(u, intent) {
			match.Parameters[name] = slot
		}
	}
	return match, nil
}

func (m *recordedMatcher) Fill(ctx context.Context, u *Utterance, want []FormSlot) (map[string]Slot, error) {
	slots := make(map[string]Slot)
	if m.behind != nil {
		found, err := m.behind.Fill(ctx, u, want)
		if err != nil {
			return nil, err
		}
		for name, slot := range found {
			slots[name] = slot
		}
	}
	for _, w := range want {
		m.addRecorded(u, slots, w.Name)
	}
	return slots, nil
}

// addRecorded adds the recorded value of a parameter that was not found, or
// only assumed, if it is new in the turn.
func (m *recordedMatcher) addRecorded(u *Utterance, slots map[string]Slot, name string) {
	if have, found := slots[name]; found && !have.Assumed {
		return
	}
	v, ok := lookup(m.turn.Parameters, name)
	if !ok || v == nil {
		return
	}
	if old, had := lookup(m.before, name); had && equalJSON(old, v) {
		return
	}
	slots[name] = Slot{Original: u.Text, Value: v}
}

// knower is a matcher that finds the values of an intent that is known.
type knower interface {
	Known(u *Utterance, intent string) map[string]Slot
}

// recordedWebhooks answers calls with what of one recorded turn only a webhook
// can have done: parameters that are new and that no preset, match or form
// explains, and texts that no message of the agent explains.
//
// Whether the agent itself comes to a value is found out by running the turn
// without it: a trial holds back the texts and every parameter that presets of
// the agent set, and the run after it adds what the trial did not come to.
type recordedWebhooks struct {
	known    *explained
	turn     *agent.Turn
	before   map[string]any
	trial    *Result // what the trial came to; nil in the trial itself
	withheld bool    // the trial kept something back
	spoken   bool
	answered map[request]map[string]any // the session at each call
}

// request is what tells the calls of a turn apart.
type request struct{ webhook, tag, page string }

// errAnswered fails a call that was made in the same turn already: the recording
// holds one answer to it, and a service that gave the same again would lead the
// turn in a circle.
var errAnswered = errors.New("emulator: the recorded turn holds no second answer to the same call")

// repeated reports whether a call is made once more from the same page with
// nothing changed in the session.
func (w *recordedWebhooks) repeated(webhook string, turn *caller.Turn) bool {
	r := request{webhook, turn.Request.GetFulfillmentInfo().GetTag(), turn.Request.GetPageInfo().GetCurrentPage()}
	last, again := w.answered[r]
	if again && equalJSON(last, turn.Scopes.Session) {
		return true
	}
	if w.answered == nil {
		w.answered = make(map[request]map[string]any)
	}
	w.answered[r] = turn.Scopes.Session
	return false
}

// explains reports whether the agent sets the parameter: in the trial, whether
// it may; after it, whether it did.
func (w *recordedWebhooks) explains(name string, v any) bool {
	sets := w.known.parameter(name)
	if w.trial == nil {
		w.withheld = w.withheld || sets
		return sets
	}
	have, ok := lookup(w.trial.Parameters, name)
	return sets && ok && equalJSON(have, v)
}

func (w *recordedWebhooks) Call(_ context.Context, webhook string, turn *caller.Turn) (*caller.Result, error) {
	if w.repeated(webhook, turn) {
		return nil, errAnswered
	}
	answer := &cxpb.WebhookResponse{SessionInfo: &cxpb.SessionInfo{Parameters: make(map[string]*structpb.Value)}}
	session := make(map[string]any, len(turn.Scopes.Session))
	for name, v := range turn.Scopes.Session {
		session[name] = v
	}
	for name, v := range w.turn.Parameters {
		if v == nil || strings.HasPrefix(name, "$") {
			continue
		}
		if old, had := w.before[name]; had && equalJSON(old, v) {
			continue
		}
		if have, ok := lookup(session, name); ok && equalJSON(have, v) || w.explains(name, v) {
			continue
		}
		assign(session, name, v)
		answer.SessionInfo.Parameters[name] = protoValue(v)
	}
	if !w.spoken {
		w.spoken = true
		answer.FulfillmentResponse = w.texts()
	}
	return &caller.Result{StatusCode: 200, Session: session, Flow: turn.Scopes.Flow, Page: turn.Request.GetPageInfo(), Response: answer}, nil
}

// saidInTrial reports whether the agent itself said a text with the values that
// the webhook set.
func (w *recordedWebhooks) saidInTrial(text string) bool {
	if w.trial == nil {
		return false
	}
	return slices.ContainsFunc(w.trial.Messages, func(r Reply) bool {
		return slices.ContainsFunc(r.Variants, func(v string) bool { return squeeze(v) == squeeze(text) })
	})
}

func (w *recordedWebhooks) texts() *cxpb.WebhookResponse_FulfillmentResponse {
	var messages []*cxpb.ResponseMessage
	for _, texts := range w.turn.Texts {
		for _, text := range texts {
			if !w.known.text(text) && !w.saidInTrial(text) {
				messages = append(messages, &cxpb.ResponseMessage{
					Message: &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: []string{text}}},
				})
			}
		}
	}
	if messages == nil {
		return nil
	}
	if w.trial == nil {
		w.withheld = true
		return nil
	}
	return &cxpb.WebhookResponse_FulfillmentResponse{Messages: messages}
}
