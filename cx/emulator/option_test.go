package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// session starts a conversation with an agent of testdata.
func session(t testing.TB, name string, opts ...emulator.Option) *emulator.Session {
	t.Helper()
	a := load(t, name)
	em, err := emulator.New(a, append([]emulator.Option{emulator.WithMatcher(emulator.ExactMatcher(a))}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return em.NewSession("s")
}

func detect(t testing.TB, s *emulator.Session, in emulator.Input) *emulator.Result {
	t.Helper()
	res, err := s.Detect(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func texts(t testing.TB, what string, res *emulator.Result, want ...string) {
	t.Helper()
	if !slices.Equal(res.Texts(), want) {
		t.Errorf("%s: replies %q, want %q", what, res.Texts(), want)
	}
}

// Each rule that is an assumption has two sides.
func TestRules(t *testing.T) {
	t.Parallel()
	t.Run("forms start empty", func(t *testing.T) {
		t.Parallel()
		s := session(t, "forms", emulator.WithRules(emulator.Rules{FormsStartEmpty: true}))
		in := emulator.Input{Text: "an order", Query: emulator.QueryParams{Parameters: map[string]any{"bread": "wheat", "count": 2.0}}}
		texts(t, "prefilled", detect(t, s, in), "Let us see.", "Which bread?")
		texts(t, "given", detect(t, s, emulator.Input{Text: "rye"}), "rye it is.", "How many?")
	})
	t.Run("unknown events", func(t *testing.T) {
		t.Parallel()
		s := session(t, "events", emulator.WithRules(emulator.Rules{RaiseUnknownEvents: true}))
		texts(t, "event", detect(t, s, emulator.Input{Event: "nobody"}), "First.")
	})
	t.Run("previous page", func(t *testing.T) {
		t.Parallel()
		s := session(t, "flows", emulator.WithRules(emulator.Rules{EnterPreviousPage: true}))
		detect(t, s, emulator.Input{Text: "hello"})
		detect(t, s, emulator.Input{Text: "next page"})
		texts(t, "back", detect(t, s, emulator.Input{Text: "go back"}), "In the lobby.")
	})
	t.Run("the session at its end", func(t *testing.T) {
		t.Parallel()
		for keep, want := range map[bool]map[string]any{true: {"x": 1.0}, false: {}} {
			s := session(t, "scope", emulator.WithRules(emulator.Rules{KeepSessionAtEnd: keep}))
			detect(t, s, emulator.Input{Text: "hello", Query: emulator.QueryParams{Parameters: map[string]any{"x": 1.0}}})
			if res := detect(t, s, emulator.Input{Text: "bye"}); !res.Ended || res.Page != "End Session" {
				t.Errorf("at %q, ended %v", res.Page, res.Ended)
			}
			if diff := cmp.Diff(want, detect(t, s, emulator.Input{Text: "help"}).Parameters); diff != "" {
				t.Errorf("keep %v: %s", keep, diff)
			}
		}
	})
}

// An event that nothing handles is sys.unknown-event.
func TestUnknownEvent(t *testing.T) {
	t.Parallel()
	a, err := agent.Load(fstest.MapFS{
		"agent.json": {Data: []byte(`{"startFlow":"Start"}`)},
		"flows/Start/Start.json": {Data: []byte(`{"displayName":"Start","eventHandlers":[
			{"event":"tick","triggerFulfillment":{"messages":[{"text":{"text":["Tock."]}}]}},
			{"event":"sys.unknown-event","triggerFulfillment":{"messages":[{"text":{"text":["What was that?"]}}]}},
			{"event":"sys.no-match-default","triggerFulfillment":{"messages":[{"text":{"text":["Pardon?"]}}]}}]}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, raise := range []bool{false, true} {
		em, err := emulator.New(a, emulator.WithRules(emulator.Rules{RaiseUnknownEvents: raise}))
		if err != nil {
			t.Fatal(err)
		}
		s := em.NewSession("s")
		texts(t, "handled", detect(t, s, emulator.Input{Event: "Tick"}), "Tock.")
		texts(t, "unknown", detect(t, s, emulator.Input{Event: "boom"}), "What was that?")
	}
}

// A no-input raised by name counts for its own handler alone; the failure of a
// webhook in the same turn still finds the handler of its family.
func TestNamedEventAndWebhookError(t *testing.T) {
	t.Parallel()
	a, err := agent.Load(fstest.MapFS{
		"agent.json": {Data: []byte(`{"startFlow":"Start"}`)},
		"flows/Start/Start.json": {Data: []byte(`{"displayName":"Start","transitionRoutes":[{"condition":"$session.params.seen = null","targetPage":"Fetch"}],
			"eventHandlers":[{"event":"sys.no-input-default","triggerFulfillment":{"messages":[{"text":{"text":["Hello?"]}}]}}]}`)},
		"flows/Start/pages/Fetch.json": {Data: []byte(`{"displayName":"Fetch","entryFulfillment":{"webhook":"table","tag":"all"},"transitionRoutes":[{"condition":"true","targetPage":"Start Page"}],
			"eventHandlers":[{"event":"webhook.error","triggerFulfillment":{"setParameterActions":[{"parameter":"seen","value":true}],"messages":[{"text":{"text":["No table."]}}]},"targetPage":"Start Page"}]}`)},
		"webhooks/table.json": {Data: []byte(`{"displayName":"table","genericWebService":{"uri":"https://example.com"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	em, err := emulator.New(a)
	if err != nil {
		t.Fatal(err)
	}
	texts(t, "by name", detect(t, em.NewSession("s"), emulator.Input{Event: "sys.no-input-default"}), "No table.", "Hello?")
}

func TestDirectIntentAndCurrentPage(t *testing.T) {
	t.Parallel()
	s := session(t, "scope")
	res := detect(t, s, emulator.Input{Intent: "hours"})
	texts(t, "direct", res, "We open at nine.")
	if res.Match.Kind != emulator.MatchDirect || res.Match.Intent != "hours" {
		t.Errorf("match %+v", res.Match)
	}
	in := emulator.Input{Text: "hello", Query: emulator.QueryParams{CurrentPage: emulator.PageName{Flow: "Start", Page: "Shelf"}, FlowVersions: []string{"v2"}}}
	res = detect(t, s, in)
	texts(t, "moved", res, "Hello again.", "You stand at the desk.")
	if len(res.Notes) != 1 {
		t.Errorf("flow versions leave no note: %q", res.Notes)
	}
	for in, want := range map[*emulator.Input]error{
		{Intent: "nothing"}: emulator.ErrUnknownIntent,
		{Query: emulator.QueryParams{CurrentPage: emulator.PageName{Flow: "Start", Page: "nowhere"}}}: emulator.ErrUnknownPage,
	} {
		if _, err := s.Detect(t.Context(), *in); !errors.Is(err, want) {
			t.Errorf("%+v: error %v, want %v", *in, err, want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Detect(ctx, emulator.Input{Text: "hello"}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context's end: %v", err)
	}
}

// generative is an agent whose turns need a model.
func generative(t *testing.T) *agent.Agent {
	t.Helper()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	a, err := agent.Load(fstest.MapFS{
		"agent.json": file(`{"startFlow":"Start","defaultLanguageCode":"en"}`),
		"flows/Start/Start.json": file(`{"displayName":"Start","transitionRoutes":[
			{"intent":"talk","triggerFulfillment":{"messages":[{"text":{"text":["One moment."]}}]},"targetPlaybook":"Talker"},
			{"intent":"poem","triggerFulfillment":{"generators":[{"generator":"Poet","outputParameter":"$request.generative.poem","inputParameters":[{"key":"about","value":"$session.params.topic"}]}],
			 "messages":[{"text":{"text":["Here: $request.generative.poem"]}}]}}],
			"eventHandlers":[{"event":"sys.no-match-default","triggerFulfillment":{"enableGenerativeFallback":true,"messages":[{"text":{"text":["Pardon?"]}}]}}]}`),
		"playbooks/Talker/Talker.json": file(`{"displayName":"Talker"}`),
		"intents/talk/talk.json":       file(`{"displayName":"talk"}`),
		"intents/poem/poem.json":       file(`{"displayName":"poem"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestModel(t *testing.T) {
	t.Parallel()
	model := func(_ context.Context, q *emulator.ModelRequest) (emulator.ModelAnswer, bool, error) {
		switch q.Kind {
		case "generator":
			return emulator.ModelAnswer{Value: "a poem about " + q.Inputs["about"]}, q.Name == "Poet", nil
		case "playbook":
			return emulator.ModelAnswer{Texts: []string{q.Name + " here."}, Parameters: map[string]any{"talked": true}}, true, nil
		}
		return emulator.ModelAnswer{Texts: []string{fmt.Sprintf("You said %q.", q.Text)}}, true, nil
	}
	a := generative(t)
	for name, c := range map[string]struct {
		opts  []emulator.Option
		want  []string
		needs []string
	}{
		"without": {nil, []string{"Here: $request.generative.poem", "Pardon?", "One moment."}, []string{"generator Poet", "generative fallback", "playbook Talker"}},
		"with":    {[]emulator.Option{emulator.WithModel(model)}, []string{"Here: a poem about bees", `You said "xyz".`, "One moment.", "Talker here."}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			em, err := emulator.New(a, c.opts...)
			if err != nil {
				t.Fatal(err)
			}
			s := em.NewSession("s")
			var said, needs []string
			for _, in := range []emulator.Input{
				{Intent: "poem", Query: emulator.QueryParams{Parameters: map[string]any{"topic": "bees"}}}, {Text: "xyz"}, {Intent: "talk"},
			} {
				res := detect(t, s, in)
				said = append(said, res.Texts()...)
				for _, n := range res.NeedsModel {
					needs = append(needs, strings.TrimSuffix(n, " sys.no-match-default"))
				}
			}
			if diff := cmp.Diff(c.want, said); diff != "" {
				t.Errorf("replies: %s", diff)
			}
			if diff := cmp.Diff(c.needs, needs); diff != "" {
				t.Errorf("needs: %s", diff)
			}
		})
	}
}

// END_FLOW returns from 25 flows and no more: older callers fell off the stack.
func TestStackHolds25(t *testing.T) {
	t.Parallel()
	a, err := agent.Load(fstest.MapFS{
		"agent.json":           {Data: []byte(`{"startFlow":"A"}`)},
		"flows/A/A.json":       {Data: []byte(`{"displayName":"A","transitionRoutes":[{"intent":"go","targetFlow":"B"},{"intent":"end","targetPage":"END_FLOW"}]}`)},
		"flows/B/B.json":       {Data: []byte(`{"displayName":"B","transitionRoutes":[{"condition":"$session.params.at != 1","triggerFulfillment":{"setParameterActions":[{"parameter":"at","value":1}]}},{"intent":"on","targetFlow":"A"},{"intent":"end","targetPage":"End Flow"}]}`)},
		"intents/go/go.json":   {Data: []byte(`{"displayName":"go"}`)},
		"intents/on/on.json":   {Data: []byte(`{"displayName":"on"}`)},
		"intents/end/end.json": {Data: []byte(`{"displayName":"end"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for calls, want := range map[int]int{0: 1, 3: 4, 25: 26, 40: 26} {
		em, err := emulator.New(a)
		if err != nil {
			t.Fatal(err)
		}
		s := em.NewSession("s")
		for i := range calls {
			detect(t, s, emulator.Input{Intent: []string{"go", "on"}[i%2]})
		}
		ends := 1
		for !detect(t, s, emulator.Input{Intent: "end"}).Ended {
			ends++
		}
		if ends != want {
			t.Errorf("%d calls: the session ended with the %dth end, want the %dth", calls, ends, want)
		}
	}
}

func TestPartialResponses(t *testing.T) {
	t.Parallel()
	a, err := agent.Load(fstest.MapFS{
		"agent.json": {Data: []byte(`{"startFlow":"Start"}`)},
		"flows/Start/Start.json": {Data: []byte(`{"displayName":"Start","transitionRoutes":[{"intent":"go","targetPage":"P",
			"triggerFulfillment":{"returnPartialResponses":true,"messages":[{"text":{"text":["Early."]}}]}}]}`)},
		"flows/Start/pages/P.json": {Data: []byte(`{"displayName":"P","entryFulfillment":{"messages":[{"text":{"text":["Late."]}},{"text":{"text":["On air."]},"channel":"radio"}]}}`)},
		"intents/go/go.json":       {Data: []byte(`{"displayName":"go"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	em, err := emulator.New(a)
	if err != nil {
		t.Fatal(err)
	}
	for want, q := range map[string]emulator.QueryParams{
		"Early. false, Late. false":                {},
		"Early. true, Late. false":                 {Partial: true},
		"Early. false, Late. false, On air. false": {Channel: "RADIO"},
	} {
		var got []string
		for _, m := range detect(t, em.NewSession("s"), emulator.Input{Intent: "go", Query: q}).Messages {
			got = append(got, fmt.Sprintf("%s %v", m.Message.GetText().GetText()[0], m.Partial))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("have %q, want %q", got, want)
		}
	}
}
