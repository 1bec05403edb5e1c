package emulator_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// A form may fill parameters of the flow, as the product's own prebuilt
// components do: their values are seen in the flow, are no part of the session, and
// end with the run of the flow.
func TestFormFillsTheFlow(t *testing.T) {
	t.Parallel()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	a, err := agent.Load(fstest.MapFS{
		"agent.json":             file(`{"startFlow":"Start"}`),
		"flows/Start/Start.json": file(`{"displayName":"Start","transitionRoutes":[{"intent":"measure","targetFlow":"Room"}]}`),
		"flows/Room/Room.json":   file(`{"displayName":"Room","transitionRoutes":[{"condition":"true","targetPage":"Size"}]}`),
		"flows/Room/pages/Size.json": file(`{"displayName":"Size","form":{"parameters":[
			{"displayName":"$flow.unit","entityType":"@sys.any","defaultValue":"metres"},
			{"displayName":"$flow.width","required":true,"entityType":"@sys.number","fillBehavior":{"initialPromptFulfillment":{"messages":[{"text":{"text":["How wide, in $flow.unit?"]}}]}}},
			{"displayName":"$session.params.height","required":true,"entityType":"@sys.number","fillBehavior":{"initialPromptFulfillment":{"messages":[{"text":{"text":["How high?"]}}]}}}]},
			"transitionRoutes":[
			{"condition":"$page.params.width.status = \"UPDATED\"","triggerFulfillment":{"messages":[{"text":{"text":["$page.params.width wide."]}}]}},
			{"condition":"$page.params.status = \"FINAL\"","triggerFulfillment":{"messages":[{"text":{"text":["$flow.width by $session.params.height."]}}]},"targetPage":"End Flow"}]}`),
		"intents/measure/measure.json": file(`{"displayName":"measure"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
	if err != nil {
		t.Fatal(err)
	}
	s := em.NewSession("s")
	texts(t, "the first prompt", detect(t, s, emulator.Input{Intent: "measure"}), "How wide, in metres?")
	res := detect(t, s, emulator.Input{Text: "three"})
	texts(t, "the second", res, "3 wide.", "How high?")
	if diff := cmp.Diff(map[string]any{}, res.Parameters); diff != "" {
		t.Errorf("the session: %s", diff)
	}
	res = detect(t, s, emulator.Input{Text: "two"})
	texts(t, "both", res, "3 by 2.")
	if diff := cmp.Diff(map[string]any{"height": 2.0}, res.Parameters); diff != "" {
		t.Errorf("the session: %s", diff)
	}
	texts(t, "the next run starts anew", detect(t, s, emulator.Input{Intent: "measure"}), "How wide, in metres?")
}
