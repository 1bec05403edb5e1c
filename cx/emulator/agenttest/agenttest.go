// Package agenttest runs the test cases of an exported agent in go test:
//
//	func TestAgent(t *testing.T) {
//		agenttest.Run(t, os.DirFS("testdata/agent"), hooks)
//	}
//
// where hooks is the http.Handler that serves the agent's webhooks. Every case
// is a subtest; differences are told in Dialogflow's own terms: INTENT, PAGE, FLOW,
// PARAMETERS, UTTERANCE. The text matching is exact, see [emulator.ExactMatcher].
package agenttest

import (
	"io/fs"
	"net/http"
	"testing"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// Option changes how the cases are run.
type Option func(*emulator.CaseRunner)

// RecordedMatching lets the triggered intents that the cases recorded decide
// instead of the training phrases.
func RecordedMatching() Option {
	return func(r *emulator.CaseRunner) { r.RecordedMatching = true }
}

// RecordedWebhooks answers webhook calls from what the cases recorded; the
// handler is not called.
func RecordedWebhooks() Option {
	return func(r *emulator.CaseRunner) { r.RecordedWebhooks = true }
}

// Unreachable keeps the handler from being called for these webhooks, by
// display name: nobody is there, as far as the agent can tell.
func Unreachable(webhooks ...string) Option {
	return func(r *emulator.CaseRunner) {
		callers, _ := r.Webhooks.(emulator.Callers)
		for _, name := range webhooks {
			delete(callers, name)
		}
	}
}

// With adds options of the emulator, such as a clock or a model.
func With(opts ...emulator.Option) Option {
	return func(r *emulator.CaseRunner) { r.Options = append(r.Options, opts...) }
}

// Run runs every test case of the agent in fsys as a subtest, calling the
// handler for all webhooks of the agent as Dialogflow would, in memory. A nil handler
// leaves them unreachable. An agent without cases passes; one that does not
// load fails.
func Run(t *testing.T, fsys fs.FS, handler http.Handler, opts ...Option) {
	t.Helper()
	a, err := agent.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	callers := make(emulator.Callers)
	for name, w := range a.Webhooks {
		if handler == nil {
			break
		}
		c, err := caller.New(w, caller.ToHandler(handler), caller.Unauthenticated())
		if err != nil {
			t.Fatalf("webhook %q: %v", name, err)
		}
		callers[name] = c
	}
	runner := &emulator.CaseRunner{Agent: a, Matcher: emulator.ExactMatcher(a), Webhooks: callers}
	for _, o := range opts {
		o(runner)
	}
	for _, c := range a.TestCases {
		t.Run(c.DisplayName, func(t *testing.T) {
			report := runner.Run(t.Context(), c)
			for i, turn := range report.Turns {
				for _, d := range turn.Differences {
					t.Errorf("turn %d (%s): %s", i+1, c.Turns[i].Said(), d)
				}
			}
			if report.Err != nil {
				t.Error(report.Err)
			}
		})
	}
}
