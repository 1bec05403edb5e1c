package emulator_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

func TestParseSessionName(t *testing.T) {
	t.Parallel()
	const a = "projects/p/locations/global/agents/a"
	for name, want := range map[string]emulator.SessionName{
		a + "/sessions/1":                                   {Agent: a, ID: "1"},
		a + "/environments/-/sessions/1":                    {Agent: a, Environment: "-", ID: "1"},
		a + "/environments/e1/sessions/x:detectIntent":      {Agent: a, Environment: "e1", ID: "x:detectIntent"},
		a + "/sessions/" + strings.Repeat("é", 36):          {Agent: a, ID: strings.Repeat("é", 36)},
		"projects/-/locations/-/agents/-/sessions/sessions": {Agent: "projects/-/locations/-/agents/-", ID: "sessions"},
	} {
		n, err := emulator.ParseSessionName(name)
		if err != nil || n != want || n.String() != name {
			t.Errorf("%q: %+v, %q, %v, want %+v", name, n, n, err, want)
		}
	}
	for _, name := range []string{
		"", "1", "sessions/1", a, a + "/", a + "/sessions", a + "/sessions/", a + "/sessions/1/", a + "/sessions/1/2", a + "/session/1",
		"/" + a + "/sessions/1", "projects//locations/l/agents/a/sessions/1", "projects/p/agents/a/sessions/1",
		a + "/environments/e1", a + "/environments//sessions/1", a + "/environments/e1/sessions/", a + "/flows/f/sessions/1",
		a + "/sessions/" + strings.Repeat("x", 37),
	} {
		if n, err := emulator.ParseSessionName(name); !errors.Is(err, emulator.ErrName) {
			t.Errorf("%q: %+v, %v, want ErrName", name, n, err)
		}
	}
}

// An export made by hand may lack ids; names are then made of display names
// and still lead back.
func TestNamesWithoutIDs(t *testing.T) {
	t.Parallel()
	a, err := agent.Load(fstest.MapFS{
		"agent.json":                {Data: []byte(`{"startFlow":"In/Out"}`)},
		"flows/F/F.json":            {Data: []byte(`{"displayName":"In/Out","transitionRoutes":[{"intent":"go on","targetPage":"A B/C"}]}`)},
		"flows/F/pages/P.json":      {Data: []byte(`{"displayName":"A B/C"}`)},
		"intents/go on/go on.json":  {Data: []byte(`{"displayName":"go on"}`)},
		"intents/other/intent.json": {Data: []byte(`{"displayName":"other","name":"other-id"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	em, err := emulator.New(a)
	if err != nil {
		t.Fatal(err)
	}
	res := detect(t, em.NewSession("s"), emulator.Input{Intent: "go on"})
	page := emulator.PagePath(res.FlowID, res.PageID)
	if got, err := em.PageOf(emulator.LocalAgent, page); err != nil || got != (emulator.PageName{Flow: "In/Out", Page: "A B/C"}) {
		t.Errorf("%q: %+v, %v", page, got, err)
	}
	intent := emulator.LocalAgent + "/intents/" + res.Match.IntentID
	if got, err := em.IntentOf(emulator.LocalAgent, intent); err != nil || got != "go on" {
		t.Errorf("%q: %q, %v", intent, got, err)
	}
	for name, want := range map[string]error{
		emulator.LocalAgent + "/intents/none":              emulator.ErrUnknownIntent,
		emulator.LocalAgent + "/intents/":                  emulator.ErrName,
		"go on":                                            emulator.ErrName,
		"projects/p/locations/l/agents/a/intents/other-id": emulator.ErrOtherAgent,
	} {
		if _, err := em.IntentOf(emulator.LocalAgent, name); !errors.Is(err, want) {
			t.Errorf("intent %q: %v, want %v", name, err, want)
		}
	}
}

// Who gives a display name is told what a resource name looks like.
func TestNameErrorsSayTheForm(t *testing.T) {
	t.Parallel()
	em, err := emulator.New(load(t, "webhooks"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := em.PageOf(emulator.LocalAgent, "Start"); !errors.Is(err, emulator.ErrName) || !strings.Contains(err.Error(), "/agents/AGENT/flows/FLOW/pages/PAGE") {
		t.Errorf("page: %v", err)
	}
	if _, err := em.IntentOf(emulator.LocalAgent, "hello"); !errors.Is(err, emulator.ErrName) || !strings.Contains(err.Error(), "/agents/AGENT/intents/INTENT") {
		t.Errorf("intent: %v", err)
	}
}

// The steps of a turn that goes to another flow and back, and of an event.
func TestDiagnostic(t *testing.T) {
	t.Parallel()
	s := hooked(t, load(t, "webhooks"), status(400))
	if err := s.Start(emulator.PageName{Flow: "Guarded", Page: "Below"}); err != nil {
		t.Fatal(err)
	}
	info := say(t, s, "stay").Diagnostic()
	flow := map[string]any{
		"FlowId": "flow-guarded", "Name": "Guarded", "Version": 0.0,
		"PageState": map[string]any{"PageId": "page-below", "Name": "Below", "Status": "TRANSITION_ROUTING"},
	}
	steps := info["Execution Sequence"].([]any)
	last := steps[len(steps)-1].(map[string]any)["Step 3"].(map[string]any)
	want := map[string]any{"Type": "STATE_MACHINE", "StateMachine": map[string]any{
		"FlowState": flow, "TriggeredEvent": "webhook.error.bad-request", "TriggeredTransitionRouteId": "e",
	}}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Errorf("the handler of the failure (-want +have):\n%s", diff)
	}
	res := detect(t, hooked(t, load(t, "webhooks"), answer(`{"targetFlow":"`+emulator.LocalAgent+`/flows/flow-guarded"}`)), emulator.Input{Intent: "twice"})
	chain := []any{map[string]any{"TargetFlow": "flow-guarded"}}
	if diff := cmp.Diff(chain, res.Diagnostic()["Transition Targets Chain"]); diff != "" {
		t.Errorf("targets (-want +have):\n%s", diff)
	}
}
