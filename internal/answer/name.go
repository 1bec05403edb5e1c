package answer

import "strings"

// ParamName reports whether name is a parameter name by the documentation:
// ASCII letters, digits, '.', '_' and '-', at least one.
func ParamName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return name != ""
}

// CheckParamName returns why name is no parameter name, as an [ErrName], or
// nil.
func CheckParamName(name string) error {
	switch {
	case name == "":
		return Say(ErrName, "the parameter name is empty")
	case !ParamName(name):
		return Say(ErrName, "the parameter name has a character other than letters A to Z and a to z, digits, '.', '_' and '-'")
	}
	return nil
}

// The forms of full names, for the texts of faults.
const (
	PageForm = "projects/P/locations/L/agents/A/flows/F/pages/PAGE"
	FlowForm = "projects/P/locations/L/agents/A/flows/FLOW"
)

// CheckPageName returns why name is not the full name of a page, as an
// [ErrTarget], or nil.
func CheckPageName(name string) error {
	return checkTarget(name, "page", PageForm, PageName(name))
}

// CheckFlowName returns why name is not the full name of a flow, as an
// [ErrTarget], or nil.
func CheckFlowName(name string) error {
	return checkTarget(name, "flow", FlowForm, FlowName(name))
}

func checkTarget(name, what, form string, good bool) error {
	switch {
	case good:
		return nil
	case name == "":
		return Say(ErrTarget, "the name of the %s is empty, want %s", what, form)
	}
	return Say(ErrTarget, "not the full resource name of a %s, want %s", what, form)
}

// PhoneNumber reports whether s is in the form of E.164: a plus sign and two
// to fifteen digits, the first of them not zero.
func PhoneNumber(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	if !ok || len(digits) < 2 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// PageName reports whether name is the full resource name of a page.
func PageName(name string) bool {
	return resourceName(name, "projects", "locations", "agents", "flows", "pages")
}

// FlowName reports whether name is the full resource name of a flow.
func FlowName(name string) bool {
	return resourceName(name, "projects", "locations", "agents", "flows")
}

// resourceName reports whether name is collection/id/collection/id… with these
// collections and no empty id.
func resourceName(name string, collections ...string) bool {
	rest := name
	for i, collection := range collections {
		got, after, ok := strings.Cut(rest, "/")
		if !ok || got != collection {
			return false
		}
		id, after, more := strings.Cut(after, "/")
		if id == "" || more != (i < len(collections)-1) {
			return false
		}
		rest = after
	}
	return true
}
