package agent

import "strings"

// Special is a target that is no page of the flow but a way through it.
type Special string

// The special targets, as newer exports spell them. Older ones write "End
// Session", "Start Page" and so on; see [ParseSpecial].
const (
	StartPage         Special = "START_PAGE"
	EndFlow           Special = "END_FLOW"
	EndFlowCancelled  Special = "END_FLOW_WITH_CANCELLATION"
	EndFlowFailed     Special = "END_FLOW_WITH_FAILURE"
	EndFlowEscalation Special = "END_FLOW_WITH_HUMAN_ESCALATION"
	EndSession        Special = "END_SESSION"
	PreviousPage      Special = "PREVIOUS_PAGE"
	CurrentPage       Special = "CURRENT_PAGE"
)

// ParseSpecial reads the name of a special target in either spelling, and
// also as the last part of a resource name. Ok is false for the names of pages.
func ParseSpecial(name string) (s Special, ok bool) {
	if i := strings.LastIndex(name, "/pages/"); i >= 0 {
		name = name[i+len("/pages/"):]
	}
	s = Special(strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(name), " ", "_")))
	switch s {
	case StartPage, EndFlow, EndFlowCancelled, EndFlowFailed, EndFlowEscalation, EndSession, PreviousPage, CurrentPage:
		return s, true
	}
	return "", false
}
