package agent

import (
	"encoding/json"
	"strconv"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// Agent is an exported agent. Maps are keyed by display name as the export
// spells it; look up through the methods, which mind the case rules. An Agent
// is read-only after loading and safe for concurrent use.
type Agent struct {
	DisplayName     string
	DefaultLanguage string
	Languages       []string // further ones
	TimeZone        string
	StartFlow       string // display name; empty if a playbook starts
	StartPlaybook   string
	ProjectNumber   string

	Flows       map[string]*Flow
	Intents     map[string]*Intent
	EntityTypes map[string]*EntityType
	Webhooks    map[string]*cxpb.Webhook
	RouteGroups map[string]*RouteGroup // of the agent; flows have their own
	Playbooks   map[string]*Playbook
	Generators  map[string]*Generator
	TestCases   []*TestCase

	// Faults is the report of what is wrong in the export. Nothing in it
	// kept the agent from loading.
	Faults []Fault
}

// Flow is a flow with its start page, whose routes, handlers and entry are
// those of the flow itself.
type Flow struct {
	ID          string // the bare UUID
	DisplayName string
	Routes      []*Route
	Events      []*EventHandler
	GroupNames  []string // route groups of the flow, in order
	AgentGroups []string // route groups of the agent, in order
	Pages       map[string]*Page
	Groups      map[string]*RouteGroup
	Knowledge   bool    // data stores answer what nothing else does
	Threshold   float64 // classification threshold of the NLU settings, 0..1
	File        string
}

// Page is a page other than a start page.
type Page struct {
	ID          string
	DisplayName string
	Flow        *Flow
	Entry       *Fulfillment // nil if there is none
	Form        []*FormParameter
	Routes      []*Route
	Events      []*EventHandler
	GroupNames  []string
	AgentGroups []string
	Knowledge   bool
	File        string
}

// RouteGroup is a list of routes that pages and flows share.
type RouteGroup struct {
	ID          string
	DisplayName string
	Routes      []*Route
	File        string
}

// Route is a transition route.
type Route struct {
	ID        string
	Intent    string // display name, empty for a condition route
	Condition string
	Trigger   *Fulfillment
	Target    Target
}

// EventHandler handles an event by name.
type EventHandler struct {
	ID      string
	Event   string
	Trigger *Fulfillment
	Target  Target
}

// Target is where a route or a handler leads. At most one field is set.
type Target struct {
	Page     string // display name or one of the special names, see Special
	Flow     string
	Playbook string
}

// IsZero reports whether the target leads nowhere.
func (t Target) IsZero() bool { return t == Target{} }

// FormParameter is one parameter of a page's form.
type FormParameter struct {
	DisplayName string
	EntityType  string // "@sys.date" or the display name of an entity type with or without @
	IsList      bool
	Required    bool
	Default     any // plain JSON, nil if there is none
	Redact      bool
	Prompt      *Fulfillment // initial prompt
	Reprompts   []*EventHandler
}

// Fulfillment is what a route, a handler, a page's entry or a prompt does.
type Fulfillment struct {
	Messages           []Message
	Cases              []CaseList
	Presets            []Preset
	Webhook            string // display name
	Tag                string
	PartialResponses   bool
	GenerativeFallback bool
	Generators         []GeneratorCall
}

// Message is one message of a fulfillment.
type Message struct {
	Language string // as exported, lower case; empty counts for all
	Message  *cxpb.ResponseMessage
}

// CaseList is one conditional case: the first case whose condition holds
// gives its content.
type CaseList struct{ Cases []Case }

// Case is one branch of a CaseList. An empty condition always holds.
type Case struct {
	Condition string
	Content   []CaseContent
}

// CaseContent is a message or a nested CaseList.
type CaseContent struct {
	Message *Message
	Nested  *CaseList
}

// Preset sets a parameter: plain JSON with references, nil forgets.
type Preset struct {
	Parameter string
	Value     any
}

// GeneratorCall asks a generator, which needs a model.
type GeneratorCall struct {
	Generator string
	Output    string // the parameter that takes the answer
	Inputs    map[string]string
}

// Intent is an intent with its training phrases by language.
type Intent struct {
	ID          string
	DisplayName string
	Priority    int
	IsFallback  bool
	DTMFPattern string
	Parameters  []IntentParameter
	Phrases     map[string][]Phrase // by lower-case language code
	Labels      map[string]string
	File        string
}

// IntentParameter is a parameter of an intent.
type IntentParameter struct {
	ID         string
	EntityType string
	IsList     bool
	Redact     bool
}

// Phrase is one training phrase.
type Phrase struct {
	Parts  []PhrasePart
	Repeat int
}

// PhrasePart is a piece of a phrase, annotated if it has a parameter.
type PhrasePart struct {
	Text      string
	Parameter string
}

// Kinds of entity types.
const (
	KindMap    = "KIND_MAP"
	KindList   = "KIND_LIST"
	KindRegexp = "KIND_REGEXP"
)

// EntityType is a custom entity type, or an extension of a system one.
type EntityType struct {
	ID          string
	DisplayName string
	Kind        string
	Expand      bool // automatic expansion
	Fuzzy       bool
	Redact      bool
	Entities    map[string][]Entity // by lower-case language code
	Excluded    map[string][]string
	File        string
}

// Entity is one entry of an entity type.
type Entity struct {
	Value       string
	Synonyms    []string
	DTMFPattern string
}

// Generator is a prompt that a model answers.
type Generator struct {
	ID, DisplayName string
}

// Playbook is kept by name: it needs a model to run.
type Playbook struct {
	ID, DisplayName, Goal string
}

// TestCase is a recorded conversation.
type TestCase struct {
	File        string // path within the export
	DisplayName string
	Tags        []string
	Notes       string
	Language    string
	Flow        string // start flow, empty for the agent's
	Page        string // start page, empty for the flow's start page
	Tracking    []string
	Created     time.Time // when it was recorded, zero if unknown
	Turns       []Turn
	Playbook    bool // holds the turns of a playbook, which need a model
}

// Turn is one recorded turn.
type Turn struct {
	Text     *string // what the user wrote; nil for another kind of input
	Event    string
	DTMF     string
	Language string
	Webhooks bool           // webhooks were enabled
	Injected map[string]any // parameters set before the turn

	// What Dialogflow answered. Texts is nil where it was not recorded.
	Intent     string
	Page       string
	PageFlow   string
	Flow       string
	Parameters map[string]any // nil where not recorded
	Texts      [][]string
	Raw        json.RawMessage // the whole virtualAgentOutput
}

// Said tells in a few words what the user did in the turn.
func (t *Turn) Said() string {
	switch {
	case t.Event != "":
		return "event " + t.Event
	case t.DTMF != "":
		return "keys " + t.DTMF
	case t.Text != nil && *t.Text != "":
		return strconv.Quote(*t.Text)
	}
	return "no input"
}
