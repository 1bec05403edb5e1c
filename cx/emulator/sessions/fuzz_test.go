package sessions_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cxhook/cxhook/cx/emulator/sessions"
)

// Whatever names and values a request holds, it is answered or refused with a
// code that says whose fault it is, and the answer names the session's own
// agent.
func FuzzDetectIntent(f *testing.F) {
	f.Add(name+"/sessions/1", "hello", "en", "", "")
	f.Add(name+"/environments/-/sessions/a:b", "an order", "de-AT", name+"/flows/flow-hours/pages/START_PAGE", "Asia/Tokyo")
	f.Add(name+"/sessions/1", "2 rye", "en", name+"/flows/00000000-0000-0000-0000-000000000000/pages/page-order", "")
	f.Add("projects//locations//agents//sessions/", "", "", "projects/p", "Local")
	s := server(f, emulate(f, nil), sessions.WithMaxSessions(1_000_000))
	f.Fuzz(func(t *testing.T, session, text, language, page, zone string) {
		res, err := s.DetectIntent(t.Context(), &cxpb.DetectIntentRequest{
			Session:     session,
			QueryParams: &cxpb.QueryParameters{CurrentPage: page, TimeZone: zone},
			QueryInput:  &cxpb.QueryInput{LanguageCode: language, Input: &cxpb.QueryInput_Text{Text: &cxpb.TextInput{Text: text}}},
		})
		if err != nil {
			if c := status.Code(err); c != codes.InvalidArgument && c != codes.NotFound {
				t.Errorf("refused with %v: %v", c, err)
			}
			return
		}
		agent, _, _ := strings.Cut(session, "/environments/")
		agent, _, _ = strings.Cut(agent, "/sessions/")
		for _, resource := range []string{res.GetQueryResult().GetCurrentPage().GetName(), res.GetQueryResult().GetCurrentFlow().GetName()} {
			if !strings.HasPrefix(resource, agent+"/flows/") {
				t.Errorf("session %q is answered with %q", session, resource)
			}
		}
	})
}
