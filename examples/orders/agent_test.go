package main

import (
	"os"
	"slices"
	"testing"

	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/cx/emulator/agenttest"
	"github.com/cxhook/cxhook/flexible"
)

// exported is the agent that talks to the desk.
const exported = "../../testdata/agents/orders"

// The agent's own test cases, against the service: every kind of webhook and
// every event of a failure.
func TestAgent(t *testing.T) {
	t.Parallel()
	agenttest.Run(t, os.DirFS(exported), service(t), agenttest.Unreachable("loyalty"))
}

// The agent has cases for all events of failed webhooks, nothing in it is
// wrong, and its flexible webhooks fit the handlers.
func TestAgentIsWhole(t *testing.T) {
	t.Parallel()
	a, err := agent.Load(os.DirFS(exported))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Faults {
		t.Error(f)
	}
	for _, event := range []string{
		"webhook.error", "webhook.error.timeout", "webhook.error.bad-request",
		"webhook.error.rejected", "webhook.error.unavailable", "webhook.error.not-found",
	} {
		handled := func(e *agent.EventHandler) bool { return e.Event == event }
		found := slices.ContainsFunc(a.Flows[a.StartFlow].Events, handled)
		for _, p := range a.Flows[a.StartFlow].Pages {
			found = found || slices.ContainsFunc(p.Events, handled)
		}
		if !found {
			t.Errorf("the agent has no handler for %s", event)
		}
	}
	for name, check := range map[string]func(*flexible.Webhook) error{
		"stock":       flexible.Check[stockIn, stockOut],
		"place-order": flexible.Check[placeIn, placeOut],
		"address":     flexible.Check[addressIn, addressOut],
	} {
		w, err := flexible.Compile(a.Webhooks[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := check(w); err != nil {
			t.Errorf("%s has drifted from its handler: %v", name, err)
		}
	}
}
