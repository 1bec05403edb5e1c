package emulator_test

import (
	"testing"
	"testing/fstest"

	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// A recorded turn answers a call once. The same call again, from the same page
// with nothing changed, is unreachable: the pages would go round in a circle. A
// call with another session is answered.
func TestRecordedWebhookAnswersOnce(t *testing.T) {
	t.Parallel()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	const failed = `"eventHandlers":[{"event":"webhook.error","triggerFulfillment":{"setParameterActions":[{"parameter":"table","value":"empty"}]},"targetPage":"Hub"}]`
	a, err := agent.Load(fstest.MapFS{
		"agent.json": file(`{"startFlow":"Start"}`),
		"flows/Start/Start.json": file(`{"displayName":"Start","transitionRoutes":[
			{"intent":"load","targetPage":"Hub"},{"intent":"count","targetPage":"Counter"}]}`),
		"flows/Start/pages/Hub.json": file(`{"displayName":"Hub","transitionRoutes":[
			{"condition":"$session.params.table = null","targetPage":"Fetch"},
			{"condition":"true","triggerFulfillment":{"messages":[{"text":{"text":["The table is $session.params.table."]}}]}}]}`),
		"flows/Start/pages/Fetch.json": file(`{"displayName":"Fetch","entryFulfillment":{"webhook":"table","tag":"all"},
			"transitionRoutes":[{"condition":"true","targetPage":"Hub"}],` + failed + `}`),
		"flows/Start/pages/Counter.json": file(`{"displayName":"Counter","entryFulfillment":{
			"setParameterActions":[{"parameter":"n","value":"$sys.func.ADD($session.params.n, 1)"}],"webhook":"table","tag":"all"},
			"transitionRoutes":[{"condition":"$session.params.n < 3","targetPage":"Counter"},
			{"condition":"true","triggerFulfillment":{"messages":[{"text":{"text":["Three."]}}]}}],` + failed + `}`),
		"intents/load/load.json":   file(`{"displayName":"load"}`),
		"intents/count/count.json": file(`{"displayName":"count"}`),
		"webhooks/table.json":      file(`{"displayName":"table","genericWebService":{"uri":"https://example.com"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	res := replay(t, a, recordedTurn("load it", "load", nil, "The table is empty."))[0]
	texts(t, "the same call twice", res, "The table is empty.")
	if len(res.Webhooks) != 2 || res.Webhooks[0].Event != "" || res.Webhooks[1].Event != "webhook.error.not-found" {
		t.Errorf("calls %+v, want the first answered and the second not", res.Webhooks)
	}
	turn := recordedTurn("count", "count", nil, "Three.")
	turn.Injected = map[string]any{"n": 0.0}
	res = replay(t, a, turn)[0]
	texts(t, "calls with another session", res, "Three.")
	if len(res.Webhooks) != 3 {
		t.Errorf("%d calls, want 3", len(res.Webhooks))
	}
	for i, call := range res.Webhooks {
		if call.Event != "" {
			t.Errorf("call %d: %s", i+1, call.Event)
		}
	}
}
