package cxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// spy is a testing.TB that keeps what is reported to it.
type spy struct {
	testing.TB
	reports []string
	logs    []string
	fatal   bool
}

// stopped ends a spied function, as FailNow ends a test.
type stopped struct{}

func (s *spy) Helper() {}

func (s *spy) Logf(format string, args ...any) {
	s.logs = append(s.logs, fmt.Sprintf(format, args...))
}

func (s *spy) Errorf(format string, args ...any) {
	s.reports = append(s.reports, fmt.Sprintf(format, args...))
}

func (s *spy) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	s.fatal = true
	panic(stopped{})
}

func (s *spy) Fatal(args ...any) { s.Fatalf("%s", fmt.Sprint(args...)) }

// spied returns what f reports.
func spied(t *testing.T, f func(testing.TB)) (s *spy) {
	t.Helper()
	s = &spy{TB: t}
	defer func() {
		if r := recover(); r != nil && r != any(stopped{}) {
			panic(r)
		}
	}()
	f(s)
	return s
}

func TestChecks(t *testing.T) {
	t.Parallel()
	order := func(tb testing.TB) *cxtest.Answer {
		return cxtest.New(tb, newService()).Call(cxtest.Request("order-status", cxtest.Param("order-id", 17), cxtest.Queued("One moment.")))
	}
	size := func(tb testing.TB) *cxtest.Answer {
		return cxtest.New(tb, newService()).Call(cxtest.Request("choose-size", cxtest.FormParam("size", "XXL"), cxtest.Queued("One moment.")))
	}
	fails := func(tag, event string, opts ...cxtest.RequestOption) func(testing.TB) {
		return func(tb testing.TB) { cxtest.New(tb, newService()).Fails(cxtest.Request(tag, opts...), event) }
	}
	tests := []struct {
		name   string
		check  func(testing.TB)
		want   []string // parts of the report; none for a check that passes
		onFail bool     // the report ends the test
	}{
		{"texts", func(tb testing.TB) { order(tb).WantTexts("It is on its way.") }, nil, false},
		{"other texts", func(tb testing.TB) { order(tb).WantTexts("Under way.") }, []string{"texts (-want +got)", "Under way.", "It is on its way."}, false},
		{"no texts", func(tb testing.TB) { size(tb).WantTexts() }, nil, false},
		{"parameters", func(tb testing.TB) { order(tb).WantParams(map[string]any{"STATUS": "shipped", "order-id": nil}) }, nil, false},
		{"other parameters", func(tb testing.TB) { order(tb).WantParams(map[string]any{"status": []int{1}}) }, []string{"session parameters", "shipped"}, false},
		{"a parameter that should be gone", func(tb testing.TB) { order(tb).WantParams(map[string]any{"status": nil}) }, []string{"status"}, false},
		{"invalid", func(tb testing.TB) { size(tb).WantInvalid("size") }, nil, false},
		{"nothing invalid", func(tb testing.TB) { size(tb).WantInvalid() }, []string{"invalidated", "size"}, false},
		{"target", func(tb testing.TB) { size(tb).WantTarget("END_SESSION") }, nil, false},
		{"whole target", func(tb testing.TB) {
			size(tb).WantTarget("projects/p/locations/l/agents/a/flows/f/pages/END_SESSION")
		}, nil, false},
		{"other target", func(tb testing.TB) { size(tb).WantTarget("SESSION") }, []string{"END_SESSION"}, false},
		{"no target", func(tb testing.TB) { order(tb).WantTarget("") }, nil, false},
		{"target where none is wanted", func(tb testing.TB) { size(tb).WantTarget("") }, []string{"END_SESSION"}, false},
		{"response", func(tb testing.TB) {
			size(tb).WantResponse(`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","state":"INVALID"}]}},
				"targetPage":"projects/p/locations/l/agents/a/flows/f/pages/END_SESSION","fulfillmentResponse":{"mergeBehavior":"REPLACE"}}`)
		}, nil, false},
		{"other response", func(tb testing.TB) { size(tb).WantResponse(`{}`) }, []string{"response (-want +got)", "INVALID"}, false},
		{"wanted response that is none", func(tb testing.TB) { size(tb).WantResponse(`{"text":1}`) }, []string{"wanted response"}, true},
		{"failure", fails("order-status", caller.EventBadRequest), nil, false},
		{"other failure", fails("order-status", caller.EventTimeout), []string{caller.EventBadRequest, caller.EventTimeout, `"no order"`, `"tag": "order-status"`}, true},
		{"success where a failure is wanted", fails("choose-size", caller.EventError), []string{"succeeded"}, true},
		{"failure where a success is wanted", func(tb testing.TB) { cxtest.New(tb, newService()).Call(cxtest.Request("other")) },
			[]string{caller.EventError, "status 404"}, true},
		{"malformed target", func(tb testing.TB) { answered(tb, `{"targetPage":"abc"}`).WantTarget("abc") }, []string{`"abc" is not a full resource name`}, false},
		{"target of the wrong kind", func(tb testing.TB) {
			answered(tb, `{"targetFlow":"projects/p/locations/l/agents/a/flows/f/pages/g"}`).WantTarget("g")
		}, []string{"not a full resource name"}, false},
		{"target flow", func(tb testing.TB) {
			answered(tb, `{"targetFlow":"projects/p/locations/l/agents/a/flows/f"}`).WantTarget("f")
		}, nil, false},
		{"an answer without what is required", func(tb testing.TB) { answered(tb, `{"fulfillmentResponse":{"messages":[{"text":{}}]}}`) }, []string{"text.text: required"}, true},
		{"a parameter that cannot be", func(tb testing.TB) { order(tb).WantParams(map[string]any{"n": uint64(1<<53 + 1)}) }, []string{`parameter "n"`, "9007199254740993"}, true},
		{"failure of a turn", func(tb testing.TB) { keyed(tb).FailsTurn(turnWith("old"), caller.EventRejected) }, nil, false},
		{"other failure of a turn", func(tb testing.TB) { keyed(tb).FailsTurn(turnWith("old"), caller.EventTimeout) }, []string{caller.EventRejected}, true},
		{"success of a turn where a failure is wanted", func(tb testing.TB) { keyed(tb).FailsTurn(turnWith("new"), caller.EventRejected) }, []string{"succeeded"}, true},
		{"turn that fails", func(tb testing.TB) { keyed(tb).Turn(turnWith("old")) }, []string{caller.EventRejected}, true},
		{"unusable resource", func(tb testing.TB) { cxtest.NewWebhook(tb, nil, caller.ToResource()) }, []string{"nil webhook"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := spied(t, tt.check)
			if (len(s.reports) != 0) != (len(tt.want) != 0) || len(s.reports) > 1 || s.fatal != tt.onFail {
				t.Fatalf("reports %q, fatal %v; want parts %q, %v", s.reports, s.fatal, tt.want, tt.onFail)
			}
			for _, part := range tt.want {
				if !strings.Contains(s.reports[0], part) {
					t.Errorf("report lacks %q:\n%s", part, s.reports[0])
				}
			}
		})
	}
}

// answered is a call of a service that answers with the JSON.
func answered(tb testing.TB, body string) *cxtest.Answer {
	return cxtest.New(tb, answerJSON(body), nil).Call(cxtest.Request("t", nil))
}

// keyed calls a service that wants the header X-Key to be new.
func keyed(tb testing.TB) *cxtest.Caller {
	return cxtest.New(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "new" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answerJSON(`{}`)(w, r)
	}))
}

func turnWith(key string) *caller.Turn {
	return &caller.Turn{Request: cxtest.Request("t"), Headers: map[string]string{"x-key": key}}
}

// A caller reports to the test that it is bound to, the first stays bound to
// its own.
func TestCallerIn(t *testing.T) {
	t.Parallel()
	first := &spy{TB: t}
	c := cxtest.New(first, newService())
	second := spied(t, func(tb testing.TB) { c.In(tb).Call(cxtest.Request("other")) })
	if len(first.reports) != 0 || len(second.reports) != 1 || !second.fatal {
		t.Errorf("reports %q of the first test and %q of the second, want one of the second", first.reports, second.reports)
	}
	size := cxtest.Request("choose-size", cxtest.FormParam("size", "XXL"))
	c.In(t).Call(size).WantInvalid("size")
	second = spied(t, func(tb testing.TB) { c.In(tb).Call(size).WantInvalid() })
	if len(first.reports) != 0 || len(second.reports) != 1 {
		t.Errorf("reports %q and %q of an answer's check, want one of the second", first.reports, second.reports)
	}
}

// What Dialogflow would ignore in an answer is logged and fails nothing.
func TestWarningsAreLogged(t *testing.T) {
	t.Parallel()
	s := spied(t, func(tb testing.TB) { answered(tb, `{"sessionInfo":{"parameters":{"a b":1}}}`) })
	if len(s.reports) != 0 || len(s.logs) != 1 || !strings.Contains(s.logs[0], `parameters["a b"]`) {
		t.Errorf("reports %q, logs %q; want one log", s.reports, s.logs)
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	got := cxtest.Request("order-status",
		cxtest.ResponseID("r"), cxtest.Session("s:1"), cxtest.Page("Order Status"), cxtest.Intent("order/status"),
		cxtest.IntentParam("id", "seventeen", 17), cxtest.FormParam("size", "L"), cxtest.FormParam("note", nil),
		cxtest.Params(map[string]any{"list": []string{"a"}, "none": nil}), cxtest.Queued("One.", "Two."), cxtest.Language("de"),
		cxtest.Payload(map[string]any{"telephony": map[string]string{"caller_id": "+15550100"}}), cxtest.Transcript("hm"))
	const agent = "projects/test/locations/global/agents/11111111-1111-4111-8111-111111111111"
	want := &cxpb.WebhookRequest{}
	if err := protojson.Unmarshal([]byte(`{
		"detectIntentResponseId": "r", "languageCode": "de", "transcript": "hm", "fulfillmentInfo": {"tag": "order-status"},
		"sessionInfo": {"session": "`+agent+`/sessions/s:1", "parameters": {"size": "L", "list": ["a"], "none": null}},
		"pageInfo": {"currentPage": "`+agent+`/flows/00000000-0000-0000-0000-000000000000/pages/Order-Status", "displayName": "Order Status",
			"formInfo": {"parameterInfo": [{"displayName": "size", "required": true, "state": "FILLED", "value": "L", "justCollected": true},
				{"displayName": "note", "required": true, "state": "EMPTY"}]}},
		"intentInfo": {"lastMatchedIntent": "`+agent+`/intents/order-status", "displayName": "order/status", "confidence": 1,
			"parameters": {"id": {"originalValue": "seventeen", "resolvedValue": 17}}},
		"messages": [{"text": {"text": ["One."]}, "responseType": "HANDLER_PROMPT"}, {"text": {"text": ["Two."]}, "responseType": "HANDLER_PROMPT"}],
		"payload": {"telephony": {"caller_id": "+15550100"}}
	}`), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	for name, opt := range map[string]cxtest.RequestOption{"text": cxtest.Text("x"), "dtmfDigits": cxtest.DTMF("12#"), "triggerEvent": cxtest.Event("e")} {
		if b, err := protojson.Marshal(cxtest.Request("t", opt)); err != nil || !strings.Contains(string(b), `"`+name+`"`) {
			t.Errorf("%s: %s, %v", name, b, err)
		}
	}
	a, b := cxtest.Request("t"), cxtest.Request("t")
	if a.GetDetectIntentResponseId() == b.GetDetectIntentResponseId() || a.GetSessionInfo().GetSession() == b.GetSessionInfo().GetSession() {
		t.Error("two requests share their ids")
	}
}

func TestRequestPanicsOnWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(){
		"func":    func() { cxtest.Param("func", func() {}) },
		"payload": func() { cxtest.Payload([]int{1}) },

		`parameter "big": Dialogflow's numbers are doubles and would change 9007199254740993`: func() { cxtest.Param("big", 9007199254740993) },
		`intent parameter "big"`:          func() { cxtest.IntentParam("big", "x", json.Number("-9007199254740993")) },
		`form parameter "big"`:            func() { cxtest.FormParam("big", map[string]any{"deep": []any{uint64(math.MaxUint64)}}) },
		`parameter "list"`:                func() { cxtest.Request("t", cxtest.Params(map[string]any{"list": []int64{1, math.MaxInt64}})) },
		`payload "payload": Dialogflow's`: func() { cxtest.Payload(map[string]any{"n": 1<<53 + 1}) },
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), name) {
					t.Errorf("panic %v, want one that names %q", r, name)
				}
			}()
			f()
		}()
	}
}

// Numbers that a double holds are sent, however large.
func TestRequestTakesWhatADoubleHolds(t *testing.T) {
	t.Parallel()
	for want, value := range map[float64]any{
		9007199254740992: 1 << 53, 9007199254740994: int64(1<<53 + 2), 1e300: 1e300, -1e20: -1e20, 0.1: 0.1, 12345678901234567: json.Number("12345678901234567.0"),
	} {
		got := cxtest.Request("t", cxtest.Param("n", value)).GetSessionInfo().GetParameters()["n"].GetNumberValue()
		if got != want {
			t.Errorf("%v became %v", value, got)
		}
	}
}

func TestHandlersSeeThePathOfTheURI(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("POST webhook.test/webhook", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{}`)
	})
	cxtest.New(t, mux).Call(cxtest.Request("t"))
}
