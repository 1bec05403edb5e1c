package sessions_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/sessions"
)

// with changes a request.
func with(req *cxpb.DetectIntentRequest, change func(*cxpb.DetectIntentRequest)) *cxpb.DetectIntentRequest {
	if req.QueryParams == nil {
		req.QueryParams = &cxpb.QueryParameters{}
	}
	change(req)
	return req
}

// Every request that is refused names what is wrong with it, as
// google.rpc.Status and, for a field, as google.rpc.BadRequest.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, nil), sessions.WithAgentName(name)))
	flow := name + "/flows/00000000-0000-0000-0000-000000000000"
	type detect = cxpb.DetectIntentRequest
	for what, tt := range map[string]struct {
		change func(*detect)
		code   codes.Code
		field  string // of the BadRequest, empty if there is none
		says   string
	}{
		"no session":           {func(r *detect) { r.Session = "" }, codes.InvalidArgument, "session", "projects/PROJECT"},
		"a session without id": {func(r *detect) { r.Session = name + "/sessions/" }, codes.InvalidArgument, "session", "/sessions/SESSION"},
		"a bare session id":    {func(r *detect) { r.Session = "s1" }, codes.InvalidArgument, "session", "projects/PROJECT"},
		"a slash in the id":    {func(r *detect) { r.Session = name + "/sessions/a/b" }, codes.InvalidArgument, "session", "/sessions/SESSION"},
		"an empty environment": {func(r *detect) { r.Session = name + "/environments//sessions/a" }, codes.InvalidArgument, "session", "environment"},
		"a long id":            {func(r *detect) { r.Session = name + "/sessions/" + strings.Repeat("x", 37) }, codes.InvalidArgument, "session", "37 characters, at most 36"},
		"another agent":        {func(r *detect) { r.Session = strings.Replace(r.Session, "0e1d2c3b", "other", 1) }, codes.NotFound, "", "agents/other"},
		"no query input":       {func(r *detect) { r.QueryInput = nil }, codes.InvalidArgument, "query_input.input", "neither"},
		"an empty query input": {func(r *detect) { r.QueryInput.Input = nil }, codes.InvalidArgument, "query_input.input", "neither"},
		"no language":          {func(r *detect) { r.QueryInput.LanguageCode = "" }, codes.InvalidArgument, "query_input.language_code", "no language code"},
		"not a language":       {func(r *detect) { r.QueryInput.LanguageCode = "english please" }, codes.InvalidArgument, "query_input.language_code", `"english please"`},
		"an event without name": {func(r *detect) {
			r.QueryInput.Input = &cxpb.QueryInput_Event{Event: &cxpb.EventInput{}}
		}, codes.InvalidArgument, "query_input.event.event", "no name"},
		"audio":           {func(r *detect) { r.QueryInput.Input = &cxpb.QueryInput_Audio{Audio: &cxpb.AudioInput{}} }, codes.Unimplemented, "", "speech"},
		"a tool's result": {func(r *detect) { r.QueryInput.Input = &cxpb.QueryInput_ToolCallResult{} }, codes.Unimplemented, "", "not"},
		"an unknown intent": {func(r *detect) {
			r.QueryInput.Input = &cxpb.QueryInput_Intent{Intent: &cxpb.IntentInput{Intent: name + "/intents/nobody"}}
		}, codes.NotFound, "", "intents/nobody"},
		"an intent by display name": {func(r *detect) {
			r.QueryInput.Input = &cxpb.QueryInput_Intent{Intent: &cxpb.IntentInput{Intent: "hello"}}
		}, codes.InvalidArgument, "", "hello"},
		"an unknown page":         {func(r *detect) { r.QueryParams.CurrentPage = flow + "/pages/nowhere" }, codes.NotFound, "", "pages/nowhere"},
		"a page of unknown flow":  {func(r *detect) { r.QueryParams.CurrentPage = name + "/flows/none/pages/START_PAGE" }, codes.NotFound, "", "flows/none"},
		"the end of a session":    {func(r *detect) { r.QueryParams.CurrentPage = flow + "/pages/END_SESSION" }, codes.NotFound, "", "END_SESSION"},
		"a page by display name":  {func(r *detect) { r.QueryParams.CurrentPage = "Order" }, codes.InvalidArgument, "", "Order"},
		"a flow for a page":       {func(r *detect) { r.QueryParams.CurrentPage = flow }, codes.InvalidArgument, "", "/pages/PAGE"},
		"a page of another agent": {func(r *detect) { r.QueryParams.CurrentPage = emulator.PagePath("flow-hours", "START_PAGE") }, codes.InvalidArgument, "", "another agent"},
		"a playbook":              {func(r *detect) { r.QueryParams.CurrentPlaybook = name + "/playbooks/p" }, codes.Unimplemented, "", "playbooks"},
		"no such time zone":       {func(r *detect) { r.QueryParams.TimeZone = "Mars/Base" }, codes.InvalidArgument, "query_params.time_zone", "Mars/Base"},
		"a life of no time":       {func(r *detect) { r.QueryParams.SessionTtl = durationpb.New(0) }, codes.InvalidArgument, "query_params.session_ttl", "0s"},
		"a life of over a day":    {func(r *detect) { r.QueryParams.SessionTtl = durationpb.New(24*time.Hour + 1) }, codes.InvalidArgument, "query_params.session_ttl", "24h0m0s"},
		"more than a message":     {func(r *detect) { r.QueryInput = textInput(strings.Repeat("x", 5<<20)) }, codes.ResourceExhausted, "", "larger than max"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := c.DetectIntent(t.Context(), with(say("s", "hello"), tt.change))
			st := status.Convert(err)
			if st.Code() != tt.code || !strings.Contains(st.Message(), tt.says) {
				t.Fatalf("error %v, want %v that says %q", err, tt.code, tt.says)
			}
			field := ""
			for _, d := range st.Details() {
				if bad, ok := d.(*errdetails.BadRequest); ok {
					field = bad.GetFieldViolations()[0].GetField()
				}
			}
			if field != tt.field {
				t.Errorf("the BadRequest names field %q, want %q", field, tt.field)
			}
		})
	}
}

// Names of sessions as they have been seen: with an environment, with the
// environment of telephone gateways, with colons.
func TestSessionNames(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			SessionInfo struct{ Session string }
			PageInfo    struct{ CurrentPage string }
		}
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, req.SessionInfo.Session, req.PageInfo.CurrentPage)
	})
	c := client(t, serve(t, emulate(t, h)))
	var want []string
	for _, agentName := range []string{name, "projects/p/locations/global/agents/-"} {
		for _, rest := range []string{"/sessions/1", "/environments/draft/sessions/1", "/environments/-/sessions/1", "/sessions/dfMessenger-58641064:detectIntent", "/sessions/ä é"} {
			req := say("", "hello")
			req.Session = agentName + rest
			res, err := c.DetectIntent(t.Context(), req)
			if err != nil {
				t.Fatalf("%s: %v", req.Session, err)
			}
			page := res.GetQueryResult().GetCurrentPage().GetName()
			if !strings.HasPrefix(page, agentName+"/flows/") {
				t.Errorf("%s: page %q is not below the agent", req.Session, page)
			}
			notes := res.GetQueryResult().GetDiagnosticInfo().AsMap()["Emulator Notes"]
			if (notes != nil) != strings.Contains(rest, "environments") {
				t.Errorf("%s: notes %v", req.Session, notes)
			}
			req.QueryInput = textInput("it was stale")
			if _, err := c.DetectIntent(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			want = append(want, req.Session, page)
		}
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("sessions and pages that the webhook saw (-want +have):\n%s", diff)
	}
}

// What an answer names can be sent back.
func TestNamesOfAnswersCanBeSentBack(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, http.HandlerFunc(office))))
	res, err := c.DetectIntent(t.Context(), say("one", "an order"))
	if err != nil {
		t.Fatal(err)
	}
	first := res.GetQueryResult()
	req := with(say("two", "dark"), func(r *cxpb.DetectIntentRequest) {
		r.QueryParams.CurrentPage = first.GetCurrentPage().GetName()
		r.QueryParams.Parameters = object(t, map[string]any{"count": 7})
	})
	if res, err = c.DetectIntent(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if got := texts(res.GetQueryResult()); !slices.Equal(got, []string{"Your number is two-7-rye."}) {
		t.Errorf("at the page of the answer: %q", got)
	}
	req = say("three", "")
	req.QueryInput.Input = &cxpb.QueryInput_Intent{Intent: &cxpb.IntentInput{Intent: first.GetMatch().GetIntent().GetName()}}
	if res, err = c.DetectIntent(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if r := res.GetQueryResult(); r.GetMatch().GetMatchType() != cxpb.Match_DIRECT_INTENT || r.GetTriggerIntent() != first.GetMatch().GetIntent().GetName() || r.GetCurrentPage().GetDisplayName() != "Order" {
		t.Errorf("the intent of the answer: %v", r)
	}
	start := first.GetCurrentFlow().GetName() + "/pages/START_PAGE"
	if res, err = c.DetectIntent(t.Context(), with(say("three", "hello"), func(r *cxpb.DetectIntentRequest) { r.QueryParams.CurrentPage = start })); err != nil {
		t.Fatal(err)
	}
	if got := res.GetQueryResult().GetCurrentPage().GetName(); got != start {
		t.Errorf("at %q, want %q", got, start)
	}
}

// The kinds of input and what the answer repeats of them.
func TestInputs(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, nil)))
	detect := func(input *cxpb.QueryInput, p *cxpb.QueryParameters) *cxpb.QueryResult {
		t.Helper()
		res, err := c.DetectIntent(t.Context(), &cxpb.DetectIntentRequest{Session: name + "/sessions/inputs", QueryInput: input, QueryParams: p})
		if err != nil {
			t.Fatal(err)
		}
		return res.GetQueryResult()
	}
	r := detect(&cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Event{Event: &cxpb.EventInput{Event: "SALE"}}},
		&cxpb.QueryParameters{ParameterScope: "trip", Parameters: object(t, map[string]any{"name": "Ada"})})
	if !slices.Equal(texts(r), []string{"Everything is cheaper, Ada."}) || r.GetTriggerEvent() != "SALE" || r.GetMatch().GetMatchType() != cxpb.Match_EVENT || r.GetMatch().GetEvent() != "SALE" {
		t.Errorf("event with a parameter of its own scope: %v", r)
	}
	if len(r.GetParameters().GetFields()) != 0 {
		t.Errorf("parameters of another scope are in the session: %v", r.GetParameters())
	}
	digits := &cxpb.DtmfInput{Digits: "1", FinishDigit: "#"}
	if r = detect(&cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Dtmf{Dtmf: digits}}, nil); !slices.Equal(texts(r), []string{"Good morning."}) || !proto.Equal(r.GetDtmf(), digits) {
		t.Errorf("keys: %v", r)
	}
	if r = detect(textInput(strings.Repeat("x", 257)), nil); !slices.Equal(texts(r), []string{"That was long."}) || r.GetMatch().GetMatchType() != cxpb.Match_NO_MATCH {
		t.Errorf("a text of 257 characters: %v", r)
	}
	for code, want := range map[string][2]string{"de-AT": {"Guten Morgen.", "de"}, "DE": {"Guten Morgen.", "de"}, "fr": {"Pardon?", "en"}} {
		r = detect(&cxpb.QueryInput{LanguageCode: code, Input: &cxpb.QueryInput_Text{Text: &cxpb.TextInput{Text: "moin"}}}, nil)
		if texts(r)[0] != want[0] || r.GetLanguageCode() != want[1] {
			t.Errorf("language %q: %q in %q, want %q in %q", code, texts(r), r.GetLanguageCode(), want[0], want[1])
		}
	}
}

func TestQueryParameters(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sent []http.Header
	var bodies []map[string]any
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		sent, bodies = append(sent, r.Header), append(bodies, body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	})
	noon := func() time.Time { return time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC) }
	c := client(t, serve(t, emulate(t, h, emulator.WithClock(noon))))
	detect := func(text string, p *cxpb.QueryParameters) *cxpb.QueryResult {
		t.Helper()
		req := say("params", text)
		req.QueryParams = p
		req.QueryInput.LanguageCode = "en-US"
		res, err := c.DetectIntent(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return res.GetQueryResult()
	}
	detect("it was stale", &cxpb.QueryParameters{
		WebhookHeaders: map[string]string{"X-Shop": "7", "Host": "elsewhere"}, Payload: object(t, map[string]any{"telephony": map[string]any{"caller_id": "+1"}}),
	})
	if len(sent) != 1 || sent[0].Get("X-Shop") != "7" {
		t.Fatalf("webhook headers %v", sent)
	}
	if diff := cmp.Diff(map[string]any{"telephony": map[string]any{"caller_id": "+1"}}, bodies[0]["payload"]); diff != "" || bodies[0]["languageCode"] != "en-US" {
		t.Errorf("webhook request with language %v and payload: %s", bodies[0]["languageCode"], diff)
	}
	if r := detect("it was stale", &cxpb.QueryParameters{DisableWebhook: true}); len(sent) != 1 || len(r.GetWebhookStatuses()) != 0 {
		t.Errorf("a disabled webhook was called: %v", r)
	}
	r := detect("show me", &cxpb.QueryParameters{Channel: "kiosk", Parameters: object(t, map[string]any{"guest": "Ada"})})
	if got := r.GetResponseMessages(); len(got) != 2 || got[0].GetPayload().GetFields()["card"].GetStringValue() != "Rolls for Ada" || got[1].GetChannel() != "kiosk" {
		t.Errorf("with a channel: %v", got)
	}
	forget := &structpb.Struct{Fields: map[string]*structpb.Value{"guest": structpb.NewNullValue()}}
	if r = detect("hello", &cxpb.QueryParameters{Parameters: forget}); r.GetParameters().GetFields()["guest"] != nil {
		t.Errorf("null does not forget: %v", r.GetParameters())
	}
	for zone, want := range map[string]string{"": "It is 14.", "Asia/Tokyo": "It is 21."} {
		if got := texts(detect("what time is it", &cxpb.QueryParameters{TimeZone: zone})); !slices.Equal(got, []string{want}) {
			t.Errorf("time zone %q: %q, want %q", zone, got, want)
		}
	}
	r = detect("hello", &cxpb.QueryParameters{
		FlowVersions: []string{name + "/flows/f/versions/1"}, LlmModelSettings: &cxpb.LlmModelSettings{}, AnalyzeQueryTextSentiment: true,
		SessionEntityTypes: []*cxpb.SessionEntityType{{}},
	})
	if notes, _ := r.GetDiagnosticInfo().AsMap()["Emulator Notes"].([]any); len(notes) != 4 {
		t.Errorf("notes %q, want one for each thing that is not emulated", notes)
	}
	req := with(say("params", "hello"), func(r *cxpb.DetectIntentRequest) {
		r.ResponseView = cxpb.DetectIntentResponseView_DETECT_INTENT_RESPONSE_VIEW_BASIC
	})
	if res, err := c.DetectIntent(t.Context(), req); err != nil || res.GetQueryResult().GetDiagnosticInfo() != nil {
		t.Errorf("basic view: %v, %v", res.GetQueryResult().GetDiagnosticInfo(), err)
	}
}
