package cx_test

import (
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
)

func at(page, session string) *cxpb.WebhookRequest {
	return &cxpb.WebhookRequest{
		PageInfo:    &cxpb.PageInfo{CurrentPage: page},
		SessionInfo: &cxpb.SessionInfo{Session: session},
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	const (
		agent   = "projects/p/locations/us-central1/agents/a"
		page    = agent + "/flows/f/pages/START_PAGE"
		session = agent + "/sessions/s:1"
	)
	testParts(t, []partTest{
		{"page", []cx.Part{cx.TargetPage(agent + "/flows/f/pages/g")}, `{"targetPage":"` + agent + `/flows/f/pages/g"}`},
		{"flow", []cx.Part{cx.TargetFlow(agent + "/flows/f")}, `{"targetFlow":"` + agent + `/flows/f"}`},
		{"page of the current flow", []cx.Part{cx.GoToPage(at(page, session), "g")}, `{"targetPage":"` + agent + `/flows/f/pages/g"}`},
		{"end of the session", []cx.Part{cx.GoToPage(at(page, session), cx.EndSession)}, `{"targetPage":"` + agent + `/flows/f/pages/END_SESSION"}`},
		{"end of the flow", []cx.Part{cx.GoToPage(at(page, session), cx.EndFlowWithCancellation)},
			`{"targetPage":"` + agent + `/flows/f/pages/END_FLOW_WITH_CANCELLATION"}`},
		{"flow of the current agent", []cx.Part{cx.GoToFlow(at(page, session), "h")}, `{"targetFlow":"` + agent + `/flows/h"}`},
		{"flow by the session", []cx.Part{cx.GoToFlow(at("", session), cx.DefaultStartFlow)},
			`{"targetFlow":"` + agent + `/flows/00000000-0000-0000-0000-000000000000"}`},
		{"flow by the session of an environment", []cx.Part{cx.GoToFlow(at("", agent+"/environments/-/sessions/s"), "h")},
			`{"targetFlow":"` + agent + `/flows/h"}`},
	})
	testFaults(t, []faultTest{
		{"empty page", []cx.Part{cx.TargetPage("")}, cx.ErrTarget, 0, "TargetPage", "targetPage"},
		{"page by its display name", []cx.Part{cx.TargetPage("Start Page")}, cx.ErrTarget, 0, "TargetPage", "targetPage"},
		{"page in place of a flow", []cx.Part{cx.TargetFlow(page)}, cx.ErrTarget, 0, "TargetFlow", "targetFlow"},
		{"flow in place of a page", []cx.Part{cx.TargetPage(agent + "/flows/f")}, cx.ErrTarget, 0, "TargetPage", "targetPage"},
		{"page without an id", []cx.Part{cx.GoToPage(at(page, session), "")}, cx.ErrTarget, 0, "GoToPage", "targetPage"},
		{"full name in place of an id", []cx.Part{cx.GoToPage(at(page, session), page)}, cx.ErrTarget, 0, "GoToPage", "targetPage"},
		{"page of a request without a page", []cx.Part{cx.GoToPage(at("", session), "g")}, cx.ErrTarget, 0, "GoToPage", "targetPage"},
		{"page of no request", []cx.Part{cx.GoToPage(nil, "g")}, cx.ErrTarget, 0, "GoToPage", "targetPage"},
		{"flow without an id", []cx.Part{cx.GoToFlow(at(page, session), "")}, cx.ErrTarget, 0, "GoToFlow", "targetFlow"},
		{"flow of a request without names", []cx.Part{cx.GoToFlow(&cxpb.WebhookRequest{}, "h")}, cx.ErrTarget, 0, "GoToFlow", "targetFlow"},
		{"flow of odd names", []cx.Part{cx.GoToFlow(at("a/b/c/d/e/f/g/h", "//////"), "h")}, cx.ErrTarget, 0, "GoToFlow", "targetFlow"},
		{"second target", []cx.Part{cx.GoToFlow(at(page, session), "h"), cx.GoToPage(at(page, session), "g")},
			cx.ErrConflict, 1, "GoToPage", "targetFlow"},
	})
}
