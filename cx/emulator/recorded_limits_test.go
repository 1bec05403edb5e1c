package emulator_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// library is an agent whose recordings are made up by the tests: what they hold
// beyond the wording of the recorded modes must not matter.
func library(t *testing.T) *agent.Agent {
	t.Helper()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	a, err := agent.Load(fstest.MapFS{
		"agent.json": file(`{"startFlow":"Start"}`),
		"flows/Start/Start.json": file(`{"displayName":"Start","transitionRoutes":[
			{"intent":"join","targetPage":"Form"},
			{"intent":"find","triggerFulfillment":{"messages":[{"text":{"text":["On $session.params.subject."]}}]}},
			{"intent":"greet","triggerFulfillment":{"webhook":"desk","tag":"visit"},"targetPage":"Hall"},
			{"intent":"sum up","triggerFulfillment":{"generators":[{"generator":"Clerk","outputParameter":"summary"}],"messages":[{"text":{"text":["So: $session.params.summary"]}}]}}]}`),
		"flows/Start/pages/Form.json": file(`{"displayName":"Form","form":{"parameters":[
			{"displayName":"name","required":true,"entityType":"@sys.person","fillBehavior":{"initialPromptFulfillment":{"messages":[{"text":{"text":["Your name?"]}}]}}},
			{"displayName":"age","required":true,"entityType":"@sys.number","fillBehavior":{"initialPromptFulfillment":{"messages":[{"text":{"text":["Your age?"]}}]}}}]}}`),
		"flows/Start/pages/Hall.json": file(`{"displayName":"Hall","transitionRoutes":[
			{"condition":"$session.params.visits = 1","targetPage":"Shelf"},
			{"condition":"true","triggerFulfillment":{"setParameterActions":[{"parameter":"visits","value":"$sys.func.ADD(0, 1)"}],"messages":[{"text":{"text":["Welcome."]}}]},"targetPage":"Shelf"}]}`),
		"flows/Start/pages/Shelf.json":     file(`{"displayName":"Shelf","transitionRoutes":[{"intent":"greet","triggerFulfillment":{"webhook":"desk","tag":"visit"},"targetPage":"Note"}]}`),
		"flows/Start/pages/Note.json":      file(`{"displayName":"Note","entryFulfillment":{"messages":[{"text":{"text":["<b>$session.params.note</b>"]}}]}}`),
		"entityTypes/subject/subject.json": file(`{"displayName":"subject","kind":"KIND_MAP"}`),
		"entityTypes/subject/entities/en.json": file(`{"entities":[{"value":"seas","synonyms":["sea","ocean"],"languageCode":"en"},
			{"value":"stars","synonyms":["star"],"languageCode":"en"}]}`),
		"intents/join/join.json":     file(`{"displayName":"join"}`),
		"intents/find/find.json":     file(`{"displayName":"find","parameters":[{"id":"subject","entityType":"@subject"}]}`),
		"intents/greet/greet.json":   file(`{"displayName":"greet"}`),
		"intents/sum up/sum up.json": file(`{"displayName":"sum up"}`),
		"webhooks/desk.json":         file(`{"displayName":"desk","genericWebService":{"uri":"https://example.com"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func clerk(_ context.Context, q *emulator.ModelRequest) (emulator.ModelAnswer, bool, error) {
	return emulator.ModelAnswer{Value: "done"}, q.Name == "Clerk", nil
}

// Recorded values are taken for what extraction does not find, or only
// assumes. What it finds stays, whether the recording has another value or none.
func TestRecordedValuesAreTheLastResort(t *testing.T) {
	t.Parallel()
	a := library(t)
	res := replay(t, a,
		recordedTurn("a book on the ocean", "find", map[string]any{"subject": "stars"}, "On stars."),
		recordedTurn("a book on the sea", "find", map[string]any{"subject": "stars", "shelf": "B"}, "On stars."),
		recordedTurn("join", "join", map[string]any{"subject": "stars", "shelf": "B"}, "Your name?"),
		recordedTurn("Xanthippe", "", map[string]any{"name": "Socrates"}, "Your age?"),
		recordedTurn("forty", "", map[string]any{"name": "Socrates", "age": 70.0}))
	texts(t, "found, another one recorded", res[0], "On seas.")
	texts(t, "found, the recording has nothing new", res[1], "On seas.")
	if got := res[3].Parameters["name"]; got != "Socrates" {
		t.Errorf("a name that is only assumed: %v, want the recorded one", got)
	}
	if got := res[4].Parameters["age"]; got != 40.0 {
		t.Errorf("a number that is found: %v, want it to stay", got)
	}
}

// A parameter that a preset computes later in the turn is the preset's: the
// webhook before it does not supply it, and the page's guard holds no sooner.
func TestRecordedWebhookLeavesPresetsTheirs(t *testing.T) {
	t.Parallel()
	a := library(t)
	res := replay(t, a, recordedTurn("hello", "greet", map[string]any{"visits": 1.0, "desk": "open"}, "Welcome."))[0]
	texts(t, "the guard", res, "Welcome.")
	if diff := cmp.Diff(map[string]any{"visits": 1.0, "desk": "open"}, res.Parameters); diff != "" {
		t.Errorf("parameters: %s", diff)
	}
}

// A message that is a reference alone explains the text of the value that the
// webhook sets, so the webhook does not say it as well.
func TestRecordedWebhookSaysNothingTwice(t *testing.T) {
	t.Parallel()
	a := library(t)
	res := replay(t, a,
		recordedTurn("hello", "greet", map[string]any{"visits": 1.0}, "Welcome."),
		recordedTurn("hello again", "greet", map[string]any{"visits": 1.0, "note": "We close."}, "<b>We close.</b>", "Soon."))
	texts(t, "the note", res[1], "Soon.", "<b>We close.</b>")
}

// A recorded value that was there before is not given once more.
func TestRecordedValuesAreNew(t *testing.T) {
	t.Parallel()
	a := library(t)
	res := replay(t, a,
		recordedTurn("hello", "", map[string]any{"subject": "stars"}),
		recordedTurn("a book", "find", map[string]any{"subject": "stars"}, "On stars."))
	texts(t, "an old value", res[1], "On $session.params.subject.")
}

// What a generator made needs a model, also where the recording holds it.
func TestRecordedModesAreNoModel(t *testing.T) {
	t.Parallel()
	a := library(t)
	res := replay(t, a, recordedTurn("sum it up", "sum up", map[string]any{"summary": "all is well"}, "So: all is well"))[0]
	texts(t, "a generator", res, "So: $session.params.summary")
	if diff := cmp.Diff([]string{"generator Clerk"}, res.NeedsModel); diff != "" {
		t.Errorf("needs: %s", diff)
	}
	runner := &emulator.CaseRunner{Agent: a, RecordedMatching: true, RecordedWebhooks: true, Options: []emulator.Option{emulator.WithModel(clerk)}}
	report := runner.Run(t.Context(), &agent.TestCase{Turns: []agent.Turn{recordedTurn("sum it up", "sum up", nil)}})
	texts(t, "with a model", report.Turns[0].Result, "So: done")
}
