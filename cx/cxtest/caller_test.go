package cxtest_test

import (
	"fmt"
	"io"
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
	fatal   bool
}

// stopped ends a spied function, as FailNow ends a test.
type stopped struct{}

func (s *spy) Helper() {}

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
