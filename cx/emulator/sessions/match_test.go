package sessions_test

import (
	"net/http"
	"slices"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// MatchIntent tells what DetectIntent would find and changes nothing;
// FulfillIntent with its match does what DetectIntent does.
func TestMatchAndFulfill(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, http.HandlerFunc(office))))
	dtmf := &cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Dtmf{Dtmf: &cxpb.DtmfInput{Digits: "1"}}}
	event := &cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Event{Event: &cxpb.EventInput{Event: "sale"}}}
	intent := &cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Intent{Intent: &cxpb.IntentInput{Intent: name + "/intents/intent-hours"}}}
	for i, turn := range []struct {
		input *cxpb.QueryInput
		kind  cxpb.Match_MatchType
		texts []string
	}{
		{textInput("some rye please"), cxpb.Match_INTENT, []string{"How many?"}},
		{textInput("4"), cxpb.Match_PARAMETER_FILLING, []string{"Your number is ful-4-rye."}},
		{textInput("never heard of"), cxpb.Match_NO_MATCH, []string{"Pardon?"}},
		{textInput(""), cxpb.Match_NO_INPUT, []string{"Are you there?"}},
		{event, cxpb.Match_EVENT, []string{"Everything is cheaper, $trip.params.name."}},
		{intent, cxpb.Match_DIRECT_INTENT, []string{"From six to noon."}},
		{textInput("what does rye cost"), cxpb.Match_INTENT, []string{"One costs 300."}},
		{dtmf, cxpb.Match_INTENT, []string{"Good morning."}},
	} {
		req := &cxpb.MatchIntentRequest{Session: name + "/sessions/ful", QueryInput: turn.input}
		var matched *cxpb.MatchIntentResponse
		for range 2 { // the session stays as it is
			res, err := c.MatchIntent(t.Context(), req)
			if err != nil {
				t.Fatalf("turn %d: %v", i+1, err)
			}
			if matched != nil && !proto.Equal(res, matched) {
				t.Errorf("turn %d: matched again: %v, want %v", i+1, res, matched)
			}
			matched = res
		}
		if len(matched.GetMatches()) != 1 || matched.GetMatches()[0].GetMatchType() != turn.kind {
			t.Fatalf("turn %d: matches %v, want one %v", i+1, matched.GetMatches(), turn.kind)
		}
		res, err := c.FulfillIntent(t.Context(), &cxpb.FulfillIntentRequest{MatchIntentRequest: req, Match: matched.GetMatches()[0]})
		if err != nil {
			t.Fatalf("turn %d: %v", i+1, err)
		}
		if got := texts(res.GetQueryResult()); !slices.Equal(got, turn.texts) {
			t.Errorf("turn %d: replies %q, want %q", i+1, got, turn.texts)
		}
		if have := res.GetQueryResult().GetMatch(); have.GetMatchType() != turn.kind || have.GetIntent().GetName() != matched.GetMatches()[0].GetIntent().GetName() {
			t.Errorf("turn %d: match %v, want %v", i+1, have, matched.GetMatches()[0])
		}
	}
}

func TestPersistParameterChanges(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, nil)))
	for _, persist := range []bool{false, true} {
		req := &cxpb.MatchIntentRequest{
			Session: name + "/sessions/persist", QueryInput: textInput("hello"), PersistParameterChanges: persist,
			QueryParams: &cxpb.QueryParameters{Parameters: object(t, map[string]any{"guest": "Ada"})},
		}
		if _, err := c.MatchIntent(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		res, err := c.DetectIntent(t.Context(), say("persist", "hello"))
		if err != nil {
			t.Fatal(err)
		}
		if _, set := res.GetQueryResult().GetParameters().GetFields()["guest"]; set != persist {
			t.Errorf("persistParameterChanges %v: set %v", persist, set)
		}
	}
}

func TestMatchesThatCannotBeFulfilled(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, nil)))
	for what, tt := range map[string]struct {
		match *cxpb.Match
		code  codes.Code
	}{
		"none":              {nil, codes.InvalidArgument},
		"without a type":    {&cxpb.Match{}, codes.InvalidArgument},
		"an unknown intent": {&cxpb.Match{MatchType: cxpb.Match_INTENT, Intent: &cxpb.Intent{Name: name + "/intents/none"}}, codes.NotFound},
		"an event unnamed":  {&cxpb.Match{MatchType: cxpb.Match_EVENT}, codes.InvalidArgument},
		"a playbook":        {&cxpb.Match{MatchType: cxpb.Match_PLAYBOOK}, codes.InvalidArgument},
	} {
		_, err := c.FulfillIntent(t.Context(), &cxpb.FulfillIntentRequest{
			MatchIntentRequest: &cxpb.MatchIntentRequest{Session: name + "/sessions/s", QueryInput: textInput("hello")}, Match: tt.match,
		})
		if status.Code(err) != tt.code {
			t.Errorf("%s: %v, want %v", what, err, tt.code)
		}
	}
	if _, err := c.FulfillIntent(t.Context(), &cxpb.FulfillIntentRequest{}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("without a request: %v", err)
	}
}

// What is not served says so.
func TestUnserved(t *testing.T) {
	t.Parallel()
	c := client(t, serve(t, emulate(t, nil)))
	calls := map[string]func() error{
		"server streaming": func() error {
			stream, err := c.ServerStreamingDetectIntent(t.Context(), say("s", "hello"))
			if err != nil {
				return err
			}
			_, err = stream.Recv()
			return err
		},
		"streaming": func() error {
			stream, err := c.StreamingDetectIntent(t.Context())
			if err != nil {
				return err
			}
			_, err = stream.Recv()
			return err
		},
		"feedback": func() error {
			_, err := c.SubmitAnswerFeedback(t.Context(), &cxpb.SubmitAnswerFeedbackRequest{})
			return err
		},
	}
	for what, call := range calls {
		if st := status.Convert(call()); st.Code() != codes.Unimplemented || st.Message() == "" {
			t.Errorf("%s: %v, want Unimplemented", what, st)
		}
	}
}
