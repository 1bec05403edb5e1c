package emulator

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// LocalAgent is the resource name that an agent has where none is given.
const LocalAgent = "projects/local/locations/global/agents/local"

// maxSessionID is how many characters a session id may have.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/reference/rest/v3/projects.locations.agents.sessions/detectIntent.
const maxSessionID = 36

// Errors of resource names.
var (
	// ErrName reports a resource name that is not of its form.
	ErrName = errors.New("emulator: not a resource name of this kind")
	// ErrOtherAgent reports a resource of another agent than the session's.
	ErrOtherAgent = errors.New("emulator: a resource of another agent")
)

// SessionName is the resource name of a session in its parts.
type SessionName struct {
	// Agent is projects/PROJECT/locations/LOCATION/agents/AGENT.
	Agent string
	// Environment is the id of an environment, empty for the draft.
	// Telephone gateways write "-".
	Environment string
	// ID has at most 36 characters; a colon may be among them.
	ID string
}

// ParseSessionName reads AGENT/sessions/ID and
// AGENT/environments/ENVIRONMENT/sessions/ID. The error is [ErrName].
func ParseSessionName(name string) (SessionName, error) {
	path, rest, ok := cutAgent(name)
	if !ok {
		return SessionName{}, fmt.Errorf("%w: session %q, need projects/PROJECT/locations/LOCATION/agents/AGENT/sessions/SESSION", ErrName, name)
	}
	n := SessionName{Agent: path}
	part := strings.Split(rest, "/")
	if len(part) == 4 && part[0] == "environments" && part[1] != "" {
		n.Environment, part = part[1], part[2:]
	}
	if len(part) != 2 || part[0] != "sessions" || part[1] == "" {
		return SessionName{}, fmt.Errorf("%w: session %q, need /sessions/SESSION behind the agent or its environment", ErrName, name)
	}
	n.ID = part[1]
	if have := utf8.RuneCountInString(n.ID); have > maxSessionID {
		return SessionName{}, fmt.Errorf("%w: session id of %d characters, at most %d", ErrName, have, maxSessionID)
	}
	return n, nil
}

// String returns the whole name.
func (n SessionName) String() string {
	if n.Environment == "" {
		return n.Agent + "/sessions/" + n.ID
	}
	return n.Agent + "/environments/" + n.Environment + "/sessions/" + n.ID
}

// cutAgent cuts a resource name behind its agent.
func cutAgent(name string) (agentName, rest string, ok bool) {
	part := strings.SplitN(name, "/", 7)
	if len(part) != 7 || part[0] != "projects" || part[2] != "locations" || part[4] != "agents" ||
		part[1] == "" || part[3] == "" || part[5] == "" {
		return "", "", false
	}
	return strings.Join(part[:6], "/"), part[6], true
}

// ValidAgentName reports whether a name is
// projects/PROJECT/locations/LOCATION/agents/AGENT.
func ValidAgentName(name string) bool {
	_, rest, ok := cutAgent(name + "/.")
	return ok && rest == "."
}

// NewNamedSession starts a conversation as NewSession does. Webhooks see the
// session, its agent and the pages under this name.
func (e *Emulator) NewNamedSession(n SessionName) *Session {
	s := &Session{em: e, name: n}
	s.reset()
	return s
}

// within returns what a resource name says behind the agent that it must
// belong to. The form is what the name of its kind looks like.
func within(agentName, resource, kind, form string) ([]string, error) {
	path, rest, ok := cutAgent(resource)
	if !ok {
		return nil, fmt.Errorf("%w: %s %q, need projects/PROJECT/locations/LOCATION/agents/AGENT/%s", ErrName, kind, resource, form)
	}
	if path != agentName {
		return nil, fmt.Errorf("%w: %q is not below %q", ErrOtherAgent, resource, agentName)
	}
	return strings.Split(rest, "/"), nil
}

// PageOf finds the page of an agent that a resource name names:
// AGENT/flows/FLOW/pages/PAGE, as results and webhook requests have it. The
// errors are [ErrName], [ErrOtherAgent] and [ErrUnknownPage].
func (e *Emulator) PageOf(agentName, resource string) (PageName, error) {
	part, err := within(agentName, resource, "page", "flows/FLOW/pages/PAGE")
	if err != nil {
		return PageName{}, err
	}
	if len(part) != 4 || part[0] != "flows" || part[2] != "pages" || part[1] == "" || part[3] == "" {
		return PageName{}, fmt.Errorf("%w: page %q, need AGENT/flows/FLOW/pages/PAGE", ErrName, resource)
	}
	pg := e.pageOfResource(resource, nil)
	if pg == nil {
		return PageName{}, fmt.Errorf("%w: %q", ErrUnknownPage, resource)
	}
	if pg.src == nil {
		return PageName{Flow: pg.flow.name}, nil
	}
	return PageName{Flow: pg.flow.name, Page: pg.name}, nil
}

// IntentOf finds the display name of the intent that a resource name names:
// AGENT/intents/INTENT. The errors are [ErrName], [ErrOtherAgent] and
// [ErrUnknownIntent].
func (e *Emulator) IntentOf(agentName, resource string) (string, error) {
	part, err := within(agentName, resource, "intent", "intents/INTENT")
	if err != nil {
		return "", err
	}
	if len(part) != 2 || part[0] != "intents" || part[1] == "" {
		return "", fmt.Errorf("%w: intent %q, need AGENT/intents/INTENT", ErrName, resource)
	}
	for name, in := range e.prog.agent.Intents {
		if resourceID(in.ID, name) == part[1] {
			return name, nil
		}
	}
	return "", fmt.Errorf("%w: %q", ErrUnknownIntent, resource)
}

// resourceID is the last part of a resource name: the exported id, and where
// an export made by hand has none, the display name.
func resourceID(id, displayName string) string {
	if id != "" {
		return id
	}
	return url.PathEscape(displayName)
}

func (f *flow) id() string { return resourceID(f.src.ID, f.name) }

// id is the last part of the resource name of a page.
func (p *page) id() string {
	if p.src == nil {
		return string(agent.StartPage)
	}
	return resourceID(p.src.ID, p.name)
}
