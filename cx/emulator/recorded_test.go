package emulator_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// ferry is an agent whose recordings are made up by the tests.
func ferry(t *testing.T) *agent.Agent {
	t.Helper()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	a, err := agent.Load(fstest.MapFS{
		"agent.json": file(`{"startFlow":"Start"}`),
		"flows/Start/Start.json": file(`{"displayName":"Start","transitionRoutes":[
			{"intent":"sail","triggerFulfillment":{"messages":[{"text":{"text":["Sailing."]}}],"webhook":"port","tag":"sail"},"targetPage":"Deck"},
			{"intent":"wait","triggerFulfillment":{"messages":[{"text":{"text":["Waiting for $session.params.port."]}}]}}],
			"eventHandlers":[{"event":"sys.no-match-default","triggerFulfillment":{"messages":[{"text":{"text":["Pardon?"]}}]}}]}`),
		"flows/Start/pages/Deck.json": file(`{"displayName":"Deck","transitionRoutes":[
			{"condition":"$session.params.weather = \"fair\"","triggerFulfillment":{"setParameterActions":[{"parameter":"speed","value":"full"}]},"targetPage":"Cabin"},
			{"intent":"storm","triggerFulfillment":{"setParameterActions":[{"parameter":"weather","value":"foul"}]},"targetPage":"Cabin"}]}`),
		"flows/Start/pages/Cabin.json":     file(`{"displayName":"Cabin","form":{"parameters":[{"displayName":"name","required":true,"entityType":"@captain","fillBehavior":{"initialPromptFulfillment":{"messages":[{"text":{"text":["Your name?"]}}]}}}]},"transitionRoutes":[{"intent":"storm"},{"condition":"$page.params.status = \"FINAL\"","triggerFulfillment":{"messages":[{"text":{"text":["Aye, $session.params.name."]}}]},"targetPage":"End Session"}]}`),
		"entityTypes/captain/captain.json": file(`{"displayName":"captain","kind":"KIND_MAP"}`),
		"intents/sail/sail.json":           file(`{"displayName":"sail","parameters":[{"id":"port","entityType":"@sys.any"}]}`),
		"intents/wait/wait.json":           file(`{"displayName":"wait"}`),
		"intents/storm/storm.json":         file(`{"displayName":"storm"}`),
		"webhooks/port.json":               file(`{"displayName":"port","genericWebService":{"uri":"https://example.com"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func recordedTurn(text, intent string, params map[string]any, texts ...string) agent.Turn {
	t := agent.Turn{Text: &text, Intent: intent, Parameters: params, Webhooks: true, Raw: []byte("{}"), Texts: [][]string{}}
	for _, s := range texts {
		t.Texts = append(t.Texts, []string{s})
	}
	return t
}

func replay(t *testing.T, a *agent.Agent, turns ...agent.Turn) []*emulator.Result {
	t.Helper()
	runner := &emulator.CaseRunner{Agent: a, Matcher: emulator.ExactMatcher(a), RecordedMatching: true, RecordedWebhooks: true}
	report := runner.Run(t.Context(), &agent.TestCase{DisplayName: "made up", Turns: turns})
	if report.Err != nil {
		t.Fatal(report.Err)
	}
	var results []*emulator.Result
	for _, turn := range report.Turns {
		results = append(results, turn.Result)
	}
	return results
}

// The webhook supplies what is new and what the agent does not say itself; a
// slot of the intent comes from the recording too, and what a preset set stays
// the preset's.
func TestRecordedWebhook(t *testing.T) {
	t.Parallel()
	res := replay(t, ferry(t), recordedTurn("off we go", "sail", map[string]any{"port": "Dover", "weather": "fair", "speed": "full"}, "Sailing.", "The sea is calm.", "Your name?"))[0]
	if diff := cmp.Diff([]string{"Sailing.", "The sea is calm.", "Your name?"}, res.Texts()); diff != "" {
		t.Errorf("replies: %s", diff)
	}
	if diff := cmp.Diff(map[string]any{"port": "Dover", "weather": "fair", "speed": "full"}, res.Parameters); diff != "" {
		t.Errorf("parameters: %s", diff)
	}
	if res.Page != "Cabin" || res.Match.Parameters["port"].Value != "Dover" {
		t.Errorf("at %q, slots %v", res.Page, res.Match.Parameters)
	}
}

// A value that a preset of the agent can set, but did not in this turn, is the
// webhook's after all.
func TestRecordedWebhookSetsWhatNoPresetDid(t *testing.T) {
	t.Parallel()
	res := replay(t, ferry(t), recordedTurn("off we go", "sail", map[string]any{"weather": "foul"}, "Sailing."))[0]
	if res.Parameters["weather"] != "foul" || res.Page != "Deck" {
		t.Errorf("parameters %v at %q", res.Parameters, res.Page)
	}
}

// Without a call nothing is supplied: neither texts nor parameters, nor the
// page.
func TestRecordedTurnsAreNotPutRight(t *testing.T) {
	t.Parallel()
	turn := recordedTurn("later", "wait", map[string]any{"port": "Dover", "weather": "fair"}, "Something else.")
	turn.Page, turn.Flow = "Cabin", "Start"
	res := replay(t, ferry(t), turn, recordedTurn("a storm", "storm", nil))
	texts(t, "without a call", res[0], "Waiting for $session.params.port.")
	if len(res[0].Parameters) != 0 || res[0].Page != "Start Page" {
		t.Errorf("parameters %v at %q", res[0].Parameters, res[0].Page)
	}
	texts(t, "an intent out of scope", res[1], "Pardon?")
	if res[1].Match.Intent != "" || res[1].Match.Kind != emulator.MatchNone {
		t.Errorf("match %+v", res[1].Match)
	}
}

// Values come from the recording for parameters of the open form, and only
// those that are new in the turn.
func TestRecordedFormValues(t *testing.T) {
	t.Parallel()
	fair := map[string]any{"weather": "fair", "speed": "full"}
	with := func(more map[string]any) map[string]any {
		m := map[string]any{"weather": "fair", "speed": "full"}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	res := replay(t, ferry(t),
		recordedTurn("off we go", "sail", fair, "Sailing.", "Your name?"),
		recordedTurn("hm", "", with(map[string]any{"cargo": "tea"}), "Your name?"),
		recordedTurn("they call me Ada", "", with(map[string]any{"cargo": "tea", "name": "Ada"}), "Aye, Ada."))
	texts(t, "a parameter of no form", res[1], "Your name?")
	if _, taken := res[1].Parameters["cargo"]; taken || res[1].Match.Kind != emulator.MatchNone {
		t.Errorf("parameters %v, match %s", res[1].Parameters, res[1].Match.Kind)
	}
	texts(t, "the form's", res[2], "Aye, Ada.")
	if !res[2].Ended || res[2].Match.Kind != emulator.MatchParameter {
		t.Errorf("ended %v, match %s", res[2].Ended, res[2].Match.Kind)
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	a := ferry(t)
	turn := recordedTurn("later", "sail", map[string]any{"x": 1.0}, "One.", "Two.")
	turn.Page, turn.Flow = "Deck", "Other"
	runner := &emulator.CaseRunner{Agent: a}
	report := runner.Run(t.Context(), &agent.TestCase{Turns: []agent.Turn{turn}})
	var kinds []emulator.DiffKind
	for _, d := range report.Turns[0].Differences {
		kinds = append(kinds, d.Kind)
	}
	want := []emulator.DiffKind{emulator.DiffIntent, emulator.DiffPage, emulator.DiffFlow, emulator.DiffParameters, emulator.DiffUtterance}
	if !slices.Equal(kinds, want) || !report.Failed() {
		t.Errorf("differences %v, want %v", report.Turns[0].Differences, want)
	}
}
