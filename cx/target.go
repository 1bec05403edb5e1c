package cx

import (
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
)

// Ids of the pages and the flow that every agent has, for [GoToPage] and
// [GoToFlow]. In a full name they stand where the id of a page or a flow
// stands: …/flows/F/pages/END_SESSION. Agents use them as targets of their
// routes; that a webhook may name each of them is not documented.
//
// Sources: https://docs.cloud.google.com/dialogflow/cx/docs/concept/handler
// for the events, exported agents for the names.
const (
	// StartPage is the start page of the flow.
	StartPage = "START_PAGE"
	// CurrentPage goes to the current page anew.
	CurrentPage = "CURRENT_PAGE"
	// PreviousPage is the page from which the current one was reached.
	PreviousPage = "PREVIOUS_PAGE"
	// EndFlow ends the flow and returns to the one that called it.
	EndFlow = "END_FLOW"
	// EndFlowWithFailure does so with the event flow-failed.
	EndFlowWithFailure = "END_FLOW_WITH_FAILURE"
	// EndFlowWithCancellation does so with the event flow-cancelled.
	EndFlowWithCancellation = "END_FLOW_WITH_CANCELLATION"
	// EndFlowWithHumanEscalation does so with the event
	// flow-failed-human-escalation.
	EndFlowWithHumanEscalation = "END_FLOW_WITH_HUMAN_ESCALATION"
	// EndSession ends the session.
	EndSession = "END_SESSION"
	// DefaultStartFlow is the flow in which sessions begin.
	DefaultStartFlow = "00000000-0000-0000-0000-000000000000"
)

// TargetPage moves the session to a page at once. The name is the full one,
// projects/P/locations/L/agents/A/flows/F/pages/PAGE, of a page in the flow
// that called the webhook; [GoToPage] needs the last id only. An answer has
// one target.
func TargetPage(name string) Part {
	return func(resp *cxpb.WebhookResponse) error {
		return setPage(resp, "TargetPage", name)
	}
}

// TargetFlow moves the session to a flow of the same agent at once. The name
// is the full one, projects/P/locations/L/agents/A/flows/FLOW; [GoToFlow]
// needs the last id only. An answer has one target.
func TargetFlow(name string) Part {
	return func(resp *cxpb.WebhookResponse) error {
		return setFlow(resp, "TargetFlow", name)
	}
}

// GoToPage moves the session to a page of the current flow, given by its id,
// which is the last part of its full name, or one of the constants like
// [EndSession]. It is an error if the request does not tell the current page.
func GoToPage(req *cxpb.WebhookRequest, id string) Part {
	return func(resp *cxpb.WebhookResponse) error {
		current := req.GetPageInfo().GetCurrentPage()
		if !answer.PageName(current) {
			return failed("GoToPage", "targetPage", answer.Say(ErrTarget, "the request does not name the current page"))
		}
		if err := checkID(id, "TargetPage"); err != nil {
			return failed("GoToPage", "targetPage", err)
		}
		return setPage(resp, "GoToPage", current[:strings.LastIndex(current, "/")+1]+id)
	}
}

// GoToFlow moves the session to the start of a flow of the current agent,
// given by its id, which is the last part of its full name. It is an error if
// the request names neither its page nor its session.
func GoToFlow(req *cxpb.WebhookRequest, id string) Part {
	return func(resp *cxpb.WebhookResponse) error {
		agent, ok := agentOf(req.GetPageInfo().GetCurrentPage())
		if !ok {
			agent, ok = agentOf(req.GetSessionInfo().GetSession())
		}
		if !ok {
			return failed("GoToFlow", "targetFlow", answer.Say(ErrTarget, "the request names neither its page nor its session"))
		}
		if err := checkID(id, "TargetFlow"); err != nil {
			return failed("GoToFlow", "targetFlow", err)
		}
		return setFlow(resp, "GoToFlow", agent+"/flows/"+id)
	}
}

// checkID refuses what is not the last part of a full name.
func checkID(id, full string) error {
	switch {
	case id == "":
		return answer.Say(ErrTarget, "the id is empty")
	case strings.Contains(id, "/"):
		return answer.Say(ErrTarget, "the id has a slash: want the last part of the name only; for a full name use %s", full)
	}
	return nil
}

// agentOf returns the agent of a page or a session:
// projects/P/locations/L/agents/A.
func agentOf(name string) (string, bool) {
	end := 0
	for range 6 {
		i := strings.IndexByte(name[end:], '/')
		if i <= 0 {
			return "", false
		}
		end += i + 1
	}
	agent := name[:end-1]
	return agent, answer.FlowName(agent + "/flows/-")
}

func setPage(resp *cxpb.WebhookResponse, kind, name string) error {
	if resp.Transition != nil {
		return failed(kind, transitionPath(resp), ErrConflict)
	}
	if err := answer.CheckPageName(name); err != nil {
		return failed(kind, "targetPage", err)
	}
	resp.Transition = &cxpb.WebhookResponse_TargetPage{TargetPage: name}
	return nil
}

func setFlow(resp *cxpb.WebhookResponse, kind, name string) error {
	if resp.Transition != nil {
		return failed(kind, transitionPath(resp), ErrConflict)
	}
	if err := answer.CheckFlowName(name); err != nil {
		return failed(kind, "targetFlow", err)
	}
	resp.Transition = &cxpb.WebhookResponse_TargetFlow{TargetFlow: name}
	return nil
}

// transitionPath returns the name of the target that is set.
func transitionPath(resp *cxpb.WebhookResponse) string {
	if _, page := resp.GetTransition().(*cxpb.WebhookResponse_TargetPage); page {
		return "targetPage"
	}
	return "targetFlow"
}
