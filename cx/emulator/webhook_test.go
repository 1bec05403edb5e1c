package emulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// hooked runs the agent of the webhook tests against a handler; nil is a
// webhook that nothing is mapped to.
func hooked(t testing.TB, a *agent.Agent, h http.Handler) *emulator.Session {
	t.Helper()
	callers := make(emulator.Callers)
	if h != nil {
		c, err := caller.New(a.Webhooks["desk"], caller.ToHandler(h), caller.Unauthenticated())
		if err != nil {
			t.Fatal(err)
		}
		callers["desk"] = c
	}
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)), emulator.WithWebhooks(callers))
	if err != nil {
		t.Fatal(err)
	}
	return em.NewSession("s")
}

func say(t testing.TB, s *emulator.Session, text string) *emulator.Result {
	t.Helper()
	res, err := s.Detect(t.Context(), emulator.Input{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

func answer(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	})
}

// counted counts the requests of a handler; nil stays nil.
func counted(h http.Handler) (http.Handler, *atomic.Int32) {
	n := new(atomic.Int32)
	if h == nil {
		return nil, n
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		h.ServeHTTP(w, r)
	}), n
}

// Every documented failure, with and without a target, with a handler at the
// page, at the flow, and none: the event is raised only without a target, and
// the finest handler of the nearest level takes it.
func TestWebhookFailures(t *testing.T) {
	t.Parallel()
	failures := []struct {
		name    string
		handler http.Handler
		event   string
		reason  string
	}{
		{"timeout", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Minute) }), caller.EventTimeout, "after the retry"},
		{"400", status(400), caller.EventBadRequest, "bad request"},
		{"401", status(401), caller.EventRejected, "rejected"},
		{"403", status(403), caller.EventRejected, "rejected too"},
		{"404", status(404), caller.EventError, "the page ties not-found to reachability"},
		{"500", status(500), caller.EventError, "no finer event"},
		{"503", status(503), caller.EventUnavailable, "unavailable"},
		{"unreachable", nil, caller.EventNotFound, "nothing there"},
		{"too large", answer(`{"payload":{"x":"` + strings.Repeat("x", 65<<10) + `"}}`), caller.EventError, "over 64 KiB"},
		{"not JSON", answer("<html>"), caller.EventError, "no answer"},
	}
	places := []struct {
		name, flow, page string
		stay             func(event string) []string
	}{
		{"page", "Start", "Own", func(e string) []string { return []string{"Staying.", "page " + e} }},
		{"coarse", "Start", "Coarse", func(string) []string { return []string{"Staying.", "page webhook.error"} }},
		{"flow", "Guarded", "Below", func(e string) []string { return []string{"Staying.", "flow " + e} }},
		{"none", "Start", "Plain", func(string) []string { return []string{"Staying."} }},
		{"handler with target", "Start", "Leads", func(string) []string { return []string{"Staying.", "Sorry.", "Here is next."} }},
	}
	for _, f := range failures {
		for _, p := range places {
			t.Run(f.name+"/"+p.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // the timeout passes at once
					a := load(t, "webhooks")
					for text, want := range map[string][]string{"stay": p.stay(f.event), "go": {"Going.", "Here is next."}} {
						h, attempts := counted(f.handler)
						s := hooked(t, a, h)
						if err := s.Start(emulator.PageName{Flow: p.flow, Page: p.page}); err != nil {
							t.Fatal(err)
						}
						res := say(t, s, text)
						if diff := cmp.Diff(want, res.Texts()); diff != "" {
							t.Errorf("%s (%s): replies, want -, have +:\n%s", text, f.reason, diff)
						}
						if len(res.Webhooks) != 1 || res.Webhooks[0].Event != f.event || res.Webhooks[0].Status.GetCode() == 0 {
							t.Errorf("%s: webhook runs %+v, want one failed with %s", text, res.Webhooks, f.event)
						}
						if run := res.Webhooks[0]; f.name == "timeout" && (attempts.Load() != 2 || run.Latency != 10*time.Second) {
							t.Errorf("%s: %d attempts in %v, want two of 5s", text, attempts.Load(), run.Latency)
						}
					}
					time.Sleep(2 * time.Minute) // no real time: the slow handlers end
				})
			})
		}
	}
}

func TestFailureOfAnEntryTakesOver(t *testing.T) {
	t.Parallel()
	s := hooked(t, load(t, "webhooks"), status(500))
	if err := s.Start(emulator.PageName{Flow: "Start", Page: "Entry"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Looking.", "The search failed."}, say(t, s, "look").Texts()); diff != "" {
		t.Error(diff)
	}
}

// $request.webhook_status_code belongs to the turn of the call: in its own turn
// the handler reads it, in the next one it is unset.
func TestStatusCodeIsOfTheTurn(t *testing.T) {
	t.Parallel()
	s := hooked(t, load(t, "webhooks"), status(503))
	if err := s.Start(emulator.PageName{Flow: "Start", Page: "Own"}); err != nil {
		t.Fatal(err)
	}
	if got := say(t, s, "code").Texts(); !slices.Equal(got, []string{"It was 503."}) {
		t.Errorf("in the turn of the call: %q", got)
	}
	if got := say(t, s, "status").Texts(); !slices.Equal(got, []string{"Code $request.webhook_status_code."}) {
		t.Errorf("the status code of an earlier turn is read: %q", got)
	}
}

func TestSeveralCallsInATurn(t *testing.T) {
	t.Parallel()
	var tags []string
	var seen []int
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			FulfillmentInfo struct{ Tag string }
			Messages        []json.RawMessage
		}
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			t.Error(err)
		}
		tags, seen = append(tags, req.FulfillmentInfo.Tag), append(seen, len(req.Messages))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"fulfillmentResponse":{"messages":[{"text":{"text":["call %d"]}}]},"sessionInfo":{"parameters":{"calls":%d}},"payload":{"n":%d}}`, len(tags), len(tags), len(tags))
	})
	res := say(t, hooked(t, load(t, "webhooks"), h), "twice")
	if diff := cmp.Diff([]string{"Twice.", "call 1", "Second.", "call 2", "Both calls seen."}, res.Texts()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"first", "second"}, tags); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 3}, seen); diff != "" {
		t.Errorf("each call sees the queue so far: %s", diff)
	}
	if len(res.Webhooks) != 2 || res.Webhooks[1].Payload.GetFields()["n"].GetNumberValue() != 2 {
		t.Errorf("webhook runs %+v", res.Webhooks)
	}
}

func TestReplaceDropsTheQueue(t *testing.T) {
	t.Parallel()
	s := hooked(t, load(t, "webhooks"), answer(`{"fulfillmentResponse":{"mergeBehavior":"REPLACE","messages":[{"text":{"text":["only this"]}}]}}`))
	if err := s.Start(emulator.PageName{Flow: "Start", Page: "Plain"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"only this", "Here is next."}, say(t, s, "go").Texts()); diff != "" {
		t.Error(diff)
	}
}

func TestWebhookMovesTheConversation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body, page, flow string
		texts            []string
	}{
		"page":    {`{"targetPage":"` + emulator.PagePath("flow-start", "page-next") + `"}`, "Next", "Start", []string{"Staying.", "Here is next."}},
		"flow":    {`{"targetFlow":"projects/p/locations/l/agents/a/flows/flow-guarded"}`, "Start Page", "Guarded", []string{"Staying."}},
		"session": {`{"targetPage":"` + emulator.PagePath("flow-start", "END_SESSION") + `"}`, "End Session", "Start", []string{"Staying."}},
		"unknown": {`{"targetPage":"` + emulator.PagePath("flow-start", "nowhere") + `"}`, "Plain", "Start", []string{"Staying."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooked(t, load(t, "webhooks"), answer(c.body))
			if err := s.Start(emulator.PageName{Flow: "Start", Page: "Plain"}); err != nil {
				t.Fatal(err)
			}
			res := say(t, s, "stay")
			if res.Page != c.page || res.Flow != c.flow || !slices.Equal(res.Texts(), c.texts) {
				t.Errorf("at %s of %s after %q, want %s of %s after %q", res.Page, res.Flow, res.Texts(), c.page, c.flow, c.texts)
			}
		})
	}
}

// A webhook refuses a value of a form; it is asked for again by the handler of
// the parameter, then another value is taken.
func TestInvalidatedParameter(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"value": 999`) {
			_, _ = io.WriteString(w, `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","state":"INVALID"}]}}}`)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	})
	s := hooked(t, load(t, "webhooks"), h)
	for i, step := range []struct {
		text string
		want []string
	}{
		{"report", []string{"How large?"}},
		{"999", []string{"That cannot be."}},
		{"20", []string{"Which colour?"}},
		{"green", []string{"Reported: 20.", "Here is next."}},
	} {
		res := say(t, s, step.text)
		if diff := cmp.Diff(step.want, res.Texts()); diff != "" {
			t.Errorf("turn %d, %q: want -, have +:\n%s", i+1, step.text, diff)
		}
		if _, set := res.Parameters["size"]; set == (i < 2) {
			t.Errorf("turn %d: parameters %v", i+1, res.Parameters)
		}
	}
}

func TestResponseTypes(t *testing.T) {
	t.Parallel()
	s := hooked(t, load(t, "webhooks"), answer(`{}`))
	var types []cxpb.ResponseMessage_ResponseType
	for _, text := range []string{"report", "3", "blue"} {
		for _, m := range say(t, s, text).Messages {
			types = append(types, m.Message.GetResponseType())
		}
	}
	want := []cxpb.ResponseMessage_ResponseType{
		cxpb.ResponseMessage_PARAMETER_PROMPT, cxpb.ResponseMessage_PARAMETER_PROMPT,
		cxpb.ResponseMessage_HANDLER_PROMPT, cxpb.ResponseMessage_ENTRY_PROMPT,
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Error(diff)
	}
}

func TestDisabledWebhooksAreNotCalled(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("called") })
	s := hooked(t, load(t, "webhooks"), h)
	if err := s.Start(emulator.PageName{Flow: "Start", Page: "Plain"}); err != nil {
		t.Fatal(err)
	}
	res, err := s.Detect(t.Context(), emulator.Input{Text: "stay", Query: emulator.QueryParams{DisableWebhook: true}})
	if err != nil || !slices.Equal(res.Texts(), []string{"Staying."}) || len(res.Webhooks) != 0 {
		t.Errorf("replies %q, runs %v, error %v", res.Texts(), res.Webhooks, err)
	}
}
