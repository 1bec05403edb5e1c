package emulator

import (
	"context"

	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

// ExactMatcher understands literal training phrases and the values of entity
// types, without a model: see package nlu for what it finds. It compiles the
// agent's phrases once; share it between emulators of the same agent.
func ExactMatcher(a *agent.Agent) Matcher {
	return &exactMatcher{agent: a, model: nlu.Compile(nluConfig(a))}
}

type exactMatcher struct {
	agent *agent.Agent
	model *nlu.Model
}

// Match implements Matcher.
func (m *exactMatcher) Match(ctx context.Context, u *Utterance) (IntentMatch, bool, error) {
	match, err := m.model.Match(ctx, nluInput(u), u.Intents)
	if err != nil || match.Kind == nlu.NoMatch {
		return IntentMatch{}, false, err
	}
	return IntentMatch{Intent: match.Intent, Confidence: match.Confidence, Parameters: slotsOf(match.Parameters)}, true, nil
}

// Fill implements Matcher.
func (m *exactMatcher) Fill(_ context.Context, u *Utterance, want []FormSlot) (map[string]Slot, error) {
	params := make([]nlu.Parameter, 0, len(want)+1)
	if len(want) > 0 && !want[0].Prompted {
		params = append(params, nlu.Parameter{}) // the place of the one that was asked for
	}
	for _, w := range want {
		params = append(params, nlu.Parameter{ID: w.Name, EntityType: w.EntityType, IsList: w.IsList})
	}
	return slotsOf(m.model.Fill(nluInput(u), params)), nil
}

// Known implements knower: the values of an intent that is known to match.
func (m *exactMatcher) Known(u *Utterance, intent string) map[string]Slot {
	return slotsOf(m.model.Parameters(nluInput(u), intent))
}

func slotsOf(values map[string]nlu.Value) map[string]Slot {
	slots := make(map[string]Slot, len(values))
	for name, v := range values {
		slots[name] = Slot{Original: v.Original, Value: v.Resolved, Assumed: v.Assumed()}
	}
	return slots
}

func nluInput(u *Utterance) nlu.Input {
	return nlu.Input{Text: u.Text, Language: u.Language, DTMF: u.DTMF, Now: u.Now}
}

// nluConfig gives the matcher what it needs of an agent.
func nluConfig(a *agent.Agent) nlu.Config {
	cfg := nlu.Config{DefaultLanguage: a.DefaultLanguage}
	for _, in := range a.Intents {
		cfg.Intents = append(cfg.Intents, nluIntent(in))
	}
	for _, e := range a.EntityTypes {
		t := nlu.EntityType{
			Name: e.DisplayName, Kind: nlu.Map, Fuzzy: e.Fuzzy, Expand: e.Expand,
			Entities: make(map[string][]nlu.Entity), Excluded: e.Excluded,
		}
		switch e.Kind {
		case agent.KindList:
			t.Kind = nlu.List
		case agent.KindRegexp:
			t.Kind = nlu.Regexp
		}
		for language, list := range e.Entities {
			for _, entry := range list {
				t.Entities[language] = append(t.Entities[language], nlu.Entity{Value: entry.Value, Synonyms: entry.Synonyms, DTMFPattern: entry.DTMFPattern})
			}
		}
		cfg.EntityTypes = append(cfg.EntityTypes, t)
	}
	return cfg
}

func nluIntent(in *agent.Intent) nlu.Intent {
	out := nlu.Intent{
		Name: in.DisplayName, Priority: in.Priority, IsFallback: in.IsFallback, DTMFPattern: in.DTMFPattern,
		Phrases: make(map[string][]nlu.Phrase),
	}
	for _, p := range in.Parameters {
		out.Parameters = append(out.Parameters, nlu.Parameter{ID: p.ID, EntityType: p.EntityType, IsList: p.IsList})
	}
	for language, list := range in.Phrases {
		for _, phrase := range list {
			var parts nlu.Phrase
			for _, part := range phrase.Parts {
				parts = append(parts, nlu.Part{Text: part.Text, Parameter: part.Parameter})
			}
			out.Phrases[language] = append(out.Phrases[language], parts)
		}
	}
	return out
}
