package sessions_test

import (
	"net/http"
	"slices"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
)

// Google's client holds a whole conversation: a form, a webhook that answers,
// one whose failure raises an event, one whose answer is mapped to a
// parameter, another flow, the end, and a new beginning.
func TestConversation(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, http.HandlerFunc(office))))
	for i, turn := range []struct {
		said, page, flow, intent string
		match                    cxpb.Match_MatchType
		texts                    []string
		params                   map[string]any
		statuses                 []int32
	}{
		{"hello", "Start Page", "Default Start Flow", "hello", cxpb.Match_INTENT, []string{"Good morning."}, map[string]any{}, nil},
		{"an order", "Order", "Default Start Flow", "order", cxpb.Match_INTENT, []string{"Which bread?"}, map[string]any{}, nil},
		{"dark", "Order", "Default Start Flow", "", cxpb.Match_PARAMETER_FILLING, []string{"How many?"}, map[string]any{"bread": "rye"}, nil},
		{"", "Order", "Default Start Flow", "", cxpb.Match_NO_INPUT, []string{"How many?"}, map[string]any{"bread": "rye"}, nil},
		{"3", "Ordered", "Default Start Flow", "", cxpb.Match_PARAMETER_FILLING, []string{"Your number is c1-3-rye."}, map[string]any{"bread": "rye", "count": 3.0, "order_number": "c1-3-rye"}, []int32{0}},
		{"hello", "Start Page", "Default Start Flow", "hello", cxpb.Match_INTENT, nil, nil, nil}, // consumed by the route that leads here
		{"it was stale", "Start Page", "Default Start Flow", "complain", cxpb.Match_INTENT, []string{"I am passing it on.", "The office is closed (503)."}, nil, []int32{14}},
		{"what does white cost", "Price", "Default Start Flow", "price", cxpb.Match_INTENT, []string{"One costs 500."}, map[string]any{"bread": "wheat", "count": 3.0, "order_number": "c1-3-rye", "price": 500.0}, []int32{0}},
		{"when are you open", "Price", "Default Start Flow", "hours", cxpb.Match_INTENT, []string{"From six to noon."}, nil, nil},
		{"what is this", "Price", "Default Start Flow", "", cxpb.Match_NO_MATCH, []string{"Pardon?"}, nil, nil},
		{"bye", "End Session", "Default Start Flow", "bye", cxpb.Match_INTENT, []string{"Goodbye."}, nil, nil},
		{"hello", "Start Page", "Default Start Flow", "hello", cxpb.Match_INTENT, []string{"Good morning."}, map[string]any{}, nil},
	} {
		res, err := c.DetectIntent(t.Context(), say("c1", turn.said))
		if err != nil {
			t.Fatalf("turn %d, %q: %v", i+1, turn.said, err)
		}
		r := res.GetQueryResult()
		if r.GetCurrentPage().GetDisplayName() != turn.page || r.GetCurrentFlow().GetDisplayName() != turn.flow {
			t.Errorf("turn %d, %q: at %q of %q, want %q of %q", i+1, turn.said, r.GetCurrentPage().GetDisplayName(), r.GetCurrentFlow().GetDisplayName(), turn.page, turn.flow)
		}
		if m := r.GetMatch(); m.GetMatchType() != turn.match || m.GetIntent().GetDisplayName() != turn.intent {
			t.Errorf("turn %d, %q: match %v, want %v of %q", i+1, turn.said, m, turn.match, turn.intent)
		}
		if !slices.Equal(texts(r), turn.texts) {
			t.Errorf("turn %d, %q: replies %q, want %q", i+1, turn.said, texts(r), turn.texts)
		}
		if diff := cmp.Diff(turn.params, r.GetParameters().AsMap()); turn.params != nil && diff != "" {
			t.Errorf("turn %d, %q: parameters (-want +have):\n%s", i+1, turn.said, diff)
		}
		var codes []int32
		for _, s := range r.GetWebhookStatuses() {
			codes = append(codes, s.GetCode())
		}
		if !slices.Equal(codes, turn.statuses) || len(r.GetWebhookPayloads()) != len(turn.statuses) {
			t.Errorf("turn %d, %q: webhook statuses %v and %d payloads, want %v and as many", i+1, turn.said, codes, len(r.GetWebhookPayloads()), turn.statuses)
		}
	}
}

// Every field of an answer, against what public recordings of the API show.
func TestWholeAnswer(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, http.HandlerFunc(office))))
	req := say("s", "some dark please")
	req.QueryParams = &cxpb.QueryParameters{Parameters: object(t, map[string]any{"count": 2, "guest": "Ada"})}
	res, err := c.DetectIntent(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	start := map[string]any{
		"FlowId": "00000000-0000-0000-0000-000000000000", "Name": "Default Start Flow", "Version": 0,
		"PageState": map[string]any{"PageId": "START_PAGE", "Name": "Start Page", "Status": "TRANSITION_ROUTING"},
	}
	order := map[string]any{
		"FlowId": "00000000-0000-0000-0000-000000000000", "Name": "Default Start Flow", "Version": 0,
		"PageState": map[string]any{"PageId": "page-order", "Name": "Order", "Status": "TRANSITION_ROUTING"},
	}
	ordered := map[string]any{
		"FlowId": "00000000-0000-0000-0000-000000000000", "Name": "Default Start Flow", "Version": 0,
		"PageState": map[string]any{"PageId": "page-ordered", "Name": "Ordered", "Status": "ENTERING_PAGE"},
	}
	matched := map[string]any{"Type": "NLU", "Active": true, "Id": "intent-order", "DisplayName": "order", "Score": 1}
	intent := &cxpb.Intent{Name: name + "/intents/intent-order", DisplayName: "order"}
	diagnostic := res.GetQueryResult().GetDiagnosticInfo().AsMap()
	step := diagnostic["Execution Sequence"].([]any)[2].(map[string]any)["Step 3"].(map[string]any)["FunctionExecution"].(map[string]any)["Webhook"].(map[string]any)
	for _, key := range []string{"Latency"} { // how long it took is not known beforehand
		if s, ok := step[key].(string); !ok || s == "" {
			t.Errorf("diagnosticInfo of the webhook: %v", step)
		}
		delete(step, key)
	}
	if list, ok := diagnostic["Webhook Latencies (ms)"].([]any); !ok || len(list) != 1 {
		t.Errorf("Webhook Latencies (ms) = %v, want one", diagnostic["Webhook Latencies (ms)"])
	}
	delete(diagnostic, "Webhook Latencies (ms)")
	if res.GetResponseId() == "" || diagnostic["Response Id"] != res.GetResponseId() {
		t.Errorf("response id %q, in diagnosticInfo %v", res.GetResponseId(), diagnostic["Response Id"])
	}
	delete(diagnostic, "Response Id")
	res.QueryResult.DiagnosticInfo = object(t, diagnostic)
	want := &cxpb.DetectIntentResponse{
		ResponseId: res.GetResponseId(), ResponseType: cxpb.DetectIntentResponse_FINAL,
		QueryResult: &cxpb.QueryResult{
			Query: &cxpb.QueryResult_Text{Text: "some dark please"}, LanguageCode: "en",
			Parameters: object(t, map[string]any{"bread": "rye", "count": 2, "guest": "Ada", "order_number": "s-2-rye"}),
			ResponseMessages: []*cxpb.ResponseMessage{{
				Message:      &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: []string{"Your number is s-2-rye."}}},
				ResponseType: cxpb.ResponseMessage_ENTRY_PROMPT,
			}},
			WebhookStatuses: res.GetQueryResult().GetWebhookStatuses(), // an empty one, see TestConversation
			WebhookPayloads: []*structpb.Struct{object(t, map[string]any{"for": "s"})},
			CurrentPage:     &cxpb.Page{Name: name + "/flows/00000000-0000-0000-0000-000000000000/pages/page-ordered", DisplayName: "Ordered"},
			CurrentFlow:     &cxpb.Flow{Name: name + "/flows/00000000-0000-0000-0000-000000000000", DisplayName: "Default Start Flow"},
			Intent:          intent, IntentDetectionConfidence: 1, //nolint:staticcheck // deprecated and still filled
			Match: &cxpb.Match{
				Intent: intent, MatchType: cxpb.Match_INTENT, Confidence: 1, ResolvedInput: "some dark please",
				Parameters: object(t, map[string]any{"bread": "rye"}),
			},
			DiagnosticInfo: object(t, map[string]any{
				"Session Id":                  "s",
				"Alternative Matched Intents": []any{matched},
				"Triggered Transition Names":  []any{"route-order", "route-final"},
				"Transition Targets Chain":    []any{map[string]any{"TargetPage": "page-order"}, map[string]any{"TargetPage": "page-ordered"}},
				"Execution Sequence": []any{
					map[string]any{"Step 1": map[string]any{"Type": "INITIAL_STATE", "InitialState": map[string]any{"FlowState": start, "MatchedIntent": matched}}},
					map[string]any{"Step 2": map[string]any{"Type": "STATE_MACHINE", "StateMachine": map[string]any{
						"FlowState": start, "TriggeredIntent": "order", "TriggeredTransitionRouteId": "route-order", "TargetPage": "page-order",
					}}},
					map[string]any{"Step 3": map[string]any{
						"Type": "STATE_MACHINE",
						"StateMachine": map[string]any{
							"FlowState": order, "TriggeredCondition": `$page.params.status = "FINAL"`, "TriggeredTransitionRouteId": "route-final", "TargetPage": "page-ordered",
						},
						"FunctionExecution": map[string]any{"Webhook": map[string]any{
							"Status": "OK", "URL": "https://bakery.example.com/office", "Unauthorized FulfillmentResponse": false,
						}},
					}},
					map[string]any{"Step 4": map[string]any{"Type": "STATE_MACHINE", "StateMachine": map[string]any{"FlowState": ordered}}},
				},
			}),
		},
	}
	if diff := cmp.Diff(want, res, protocmp.Transform()); diff != "" {
		t.Errorf("answer (-want +have):\n%s", diff)
	}
}

func object(t testing.TB, fields map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(fields)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
