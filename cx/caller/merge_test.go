package caller_test

import (
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/cxhook/cxhook/cx/caller"
)

func answered(t *testing.T, req, answer string, opts ...caller.Option) *caller.Result {
	t.Helper()
	c := newCaller(t, resource(), caller.ToHandler(jsonAnswer(answer)), opts...)
	res := call(t, c, &caller.Turn{Request: request(t, req)})
	if res.Failure != nil {
		t.Fatal(res.Failure)
	}
	return res
}

func TestSessionParametersAreMerged(t *testing.T) {
	t.Parallel()
	const session = `{"sessionInfo":{"parameters":{"size":"L","Count":2,"draft":"x","none":null,"who":{"name":"Al","original":"al"}}}}`
	tests := []struct {
		name   string
		answer string
		opts   []caller.Option
		want   map[string]any
	}{
		{"nothing", `{}`, nil,
			map[string]any{"size": "L", "Count": 2.0, "draft": "x", "none": nil, "who": map[string]any{"name": "Al", "original": "al"}}},
		{"set, change, remove", `{"sessionInfo":{"parameters":{"new":[1,true,null],"size":"","draft":null,"none":null,"who":{"name":"Bo"}}}}`, nil,
			map[string]any{"size": "", "Count": 2.0, "new": []any{1.0, true, nil}, "who": map[string]any{"name": "Bo"}}},
		{"the case of a name does not matter", `{"sessionInfo":{"parameters":{"SIZE":"XL","count":null}}}`, nil,
			map[string]any{"size": "XL", "draft": "x", "none": nil, "who": map[string]any{"name": "Al", "original": "al"}}},
		{"the case of a name matters", `{"sessionInfo":{"parameters":{"SIZE":"XL","count":null}}}`, []caller.Option{caller.CaseSensitiveNames()},
			map[string]any{"size": "L", "SIZE": "XL", "Count": 2.0, "draft": "x", "none": nil, "who": map[string]any{"name": "Al", "original": "al"}}},
		{"removing what is not there", `{"sessionInfo":{"parameters":{"unknown":null}}}`, nil,
			map[string]any{"size": "L", "Count": 2.0, "draft": "x", "none": nil, "who": map[string]any{"name": "Al", "original": "al"}}},
		{"a session name in the answer is ignored", `{"sessionInfo":{"session":"other","parameters":{"draft":null}}}`, nil,
			map[string]any{"size": "L", "Count": 2.0, "none": nil, "who": map[string]any{"name": "Al", "original": "al"}}},
	}
	for _, tt := range tests {
		res := answered(t, session, tt.answer, tt.opts...)
		if diff := cmp.Diff(tt.want, res.Session); diff != "" {
			t.Errorf("%s: session (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestScopesOfTheTurnCount(t *testing.T) {
	t.Parallel()
	c := newCaller(t, resource(), caller.ToHandler(jsonAnswer(`{"sessionInfo":{"parameters":{"a":null,"c":3}}}`)))
	scopes := caller.Scopes{Session: map[string]any{"a": 1.0, "b": 2.0}, Flow: map[string]any{"f": true}}
	res := call(t, c, &caller.Turn{Request: request(t, `{"sessionInfo":{"parameters":{"x":1}}}`), Scopes: scopes})
	if diff := cmp.Diff(map[string]any{"b": 2.0, "c": 3.0}, res.Session); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(scopes.Flow, res.Flow); diff != "" {
		t.Errorf("flow (-want +got):\n%s", diff)
	}
	if len(scopes.Session) != 2 {
		t.Errorf("the turn was changed: %v", scopes.Session)
	}
	res.Flow["f"] = false
	if scopes.Flow["f"] != true {
		t.Error("the result shares the turn's flow parameters")
	}
}

func TestMessagesAreAppendedOrReplaced(t *testing.T) {
	t.Parallel()
	const queued = `{"messages":[{"text":{"text":["first"]}}]}`
	const answer = `{"fulfillmentResponse":{"messages":[{"text":{"text":["second"]}},{"payload":{"a":1}}]`
	tests := []struct {
		name, answer, want string
	}{
		{"no word of it", answer + `}}`, `{"messages":[{"text":{"text":["first"]}},{"text":{"text":["second"]}},{"payload":{"a":1}}]}`},
		{"append", answer + `,"mergeBehavior":"APPEND"}}`, `{"messages":[{"text":{"text":["first"]}},{"text":{"text":["second"]}},{"payload":{"a":1}}]}`},
		{"replace", answer + `,"mergeBehavior":"REPLACE"}}`, `{"messages":[{"text":{"text":["second"]}},{"payload":{"a":1}}]}`},
		{"replace by nothing", `{"fulfillmentResponse":{"mergeBehavior":"REPLACE"}}`, `{}`},
		{"nothing", `{}`, queued},
	}
	for _, tt := range tests {
		res := answered(t, queued, tt.answer)
		if diff := cmp.Diff(request(t, tt.want).GetMessages(), res.Messages, protocmp.Transform()); diff != "" {
			t.Errorf("%s: messages (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestFormIsChanged(t *testing.T) {
	t.Parallel()
	const page = `{"pageInfo":{"currentPage":"p","displayName":"Order","formInfo":{"parameterInfo":[
		{"displayName":"size","required":true,"state":"FILLED","value":"L","justCollected":true},
		{"displayName":"Count","state":"FILLED","value":2},
		{"displayName":"note","state":"EMPTY"}]}}}`
	infos := func(text string) string { return `{"pageInfo":{"formInfo":{"parameterInfo":[` + text + `]}}}` }
	tests := []struct {
		name, answer, want string
		invalidated        []string
		warnings           int
	}{
		{"invalid loses its value", infos(`{"displayName":"size","state":"INVALID"}`), `{"displayName":"size","required":true,"state":"INVALID","justCollected":true},
			{"displayName":"Count","state":"FILLED","value":2},{"displayName":"note","state":"EMPTY"}`, []string{"size"}, 0},
		{"invalid wins over a value", infos(`{"displayName":"size","state":"INVALID","value":"M"}`), `{"displayName":"size","required":true,"state":"INVALID","justCollected":true},
			{"displayName":"Count","state":"FILLED","value":2},{"displayName":"note","state":"EMPTY"}`, []string{"size"}, 0},
		{"value, null and a first value", infos(`{"displayName":"size","value":"M","required":false},{"displayName":"count","value":null},{"displayName":"note","value":"x"}`),
			`{"displayName":"size","required":true,"state":"FILLED","value":"M","justCollected":true},
			{"displayName":"Count","state":"EMPTY"},{"displayName":"note","state":"FILLED","value":"x"}`, nil, 0},
		{"other states and unknown parameters are ignored", infos(`{"displayName":"size","state":"EMPTY"},{"displayName":"colour","value":"red"}`),
			`{"displayName":"size","required":true,"state":"FILLED","value":"L","justCollected":true},
			{"displayName":"Count","state":"FILLED","value":2},{"displayName":"note","state":"EMPTY"}`, nil, 2},
	}
	for _, tt := range tests {
		res := answered(t, page, tt.answer)
		want := &cxpb.PageInfo{}
		if err := protojson.Unmarshal([]byte(`{"currentPage":"p","displayName":"Order","formInfo":{"parameterInfo":[`+tt.want+`]}}`), want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, res.Page, protocmp.Transform()); diff != "" {
			t.Errorf("%s: page (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.invalidated, res.Invalidated); diff != "" {
			t.Errorf("%s: invalidated (-want +got):\n%s", tt.name, diff)
		}
		if len(res.Warnings) != tt.warnings {
			t.Errorf("%s: warnings %q, want %d", tt.name, res.Warnings, tt.warnings)
		}
	}
}

func TestFormOfATurnWithoutPage(t *testing.T) {
	t.Parallel()
	res := answered(t, `{}`, `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","value":"L"}]}}}`)
	if res.Page != nil || len(res.Warnings) != 1 {
		t.Errorf("page %v, warnings %q; want none and one", res.Page, res.Warnings)
	}
}

func TestTargetAndPayload(t *testing.T) {
	t.Parallel()
	res := answered(t, `{"payload":{"x":1}}`, `{"targetPage":"projects/p/pages/a","payload":{"k":["v"]}}`)
	if res.TargetPage != "projects/p/pages/a" || res.TargetFlow != "" {
		t.Errorf("targets %q, %q", res.TargetPage, res.TargetFlow)
	}
	if diff := cmp.Diff(map[string]any{"k": []any{"v"}}, res.Payload.AsMap()); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
	res = answered(t, `{}`, `{"targetFlow":"projects/p/flows/b"}`)
	if res.TargetPage != "" || res.TargetFlow != "projects/p/flows/b" || len(res.Payload.AsMap()) != 0 {
		t.Errorf("targets %q, %q, payload %v", res.TargetPage, res.TargetFlow, res.Payload)
	}
}

func TestDiagnostic(t *testing.T) {
	t.Parallel()
	res := answered(t, `{}`, `{}`)
	d := res.Diagnostic()
	if d["Status"] != "OK" || d["URL"] != hookURI || d["Unauthorized FulfillmentResponse"] != false {
		t.Errorf("diagnostic %v", d)
	}
	c := newCaller(t, resource(), caller.ToHandler(answering(500, "", "")))
	failed := call(t, c, turn(t))
	const want = "Webhook call failed. Error: UNAVAILABLE, State: URL_UNREACHABLE, Reason: UNREACHABLE_5xx, HTTP status code: 500."
	if got := failed.Status().GetMessage(); got != want || failed.Diagnostic()["Status"] != want {
		t.Errorf("status %q, want %q", got, want)
	}
}
