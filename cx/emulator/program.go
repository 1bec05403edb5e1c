package emulator

import (
	"slices"
	"strings"

	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/internal/expr"
)

// program is an agent made ready to run: names resolved, expressions read. It
// is immutable and shared by all sessions.
type program struct {
	agent *agent.Agent
	flows map[string]*flow
	start *flow
}

// flow is a flow with its start page.
type flow struct {
	name   string
	src    *agent.Flow
	start  *page
	pages  map[string]*page
	routes []*handler // of the flow and its groups
	events []*handler
}

// page is a page, or the start page of a flow.
type page struct {
	name   string
	flow   *flow
	src    *agent.Page // nil for start pages
	entry  *fulfillment
	form   []*formParameter
	own    []*handler // routes of the page and its groups
	order  []*handler // all routes in scope, in order of evaluation
	events []*handler

	intents []string // of the routes in scope, in order, each once
}

type formParameter struct {
	src       *agent.FormParameter
	prompt    *fulfillment
	reprompts []*handler
}

// handler is a route or an event handler.
type handler struct {
	id     string
	intent string
	cond   *expr.Condition // nil if there is none
	broken bool            // the condition cannot be read: it never holds
	event  string          // normalised, see eventName
	do     *fulfillment
	target target
}

// name is how diagnostics call the handler.
func (h *handler) name() string {
	switch {
	case h.event != "":
		return h.event
	case h.intent != "":
		return h.intent
	case h.cond != nil:
		return h.cond.Source()
	}
	return h.id
}

// target is where a transition leads. The zero target leads nowhere.
type target struct {
	special  agent.Special
	page     *page
	flow     *flow
	playbook string
	again    bool // the same page's handlers are evaluated once more
}

func (t target) isZero() bool { return t == target{} }

func compile(a *agent.Agent) *program {
	p := &program{agent: a, flows: make(map[string]*flow)}
	for name, src := range a.Flows {
		f := &flow{name: name, src: src, pages: make(map[string]*page)}
		f.start = &page{name: "Start Page", flow: f}
		for pageName, srcPage := range src.Pages {
			f.pages[pageName] = &page{name: pageName, flow: f, src: srcPage}
		}
		p.flows[name] = f
	}
	for _, f := range p.flows {
		p.compileFlow(f)
	}
	p.start = p.flows[a.StartFlow]
	if p.start == nil { // a playbook starts: the first flow by name stands in
		for _, f := range p.flows {
			if p.start == nil || f.name < p.start.name {
				p.start = f
			}
		}
	}
	return p
}

func (p *program) compileFlow(f *flow) {
	f.routes = p.routes(f, f.src.Routes)
	f.routes = append(f.routes, p.groups(f, f.src.GroupNames, f.src.AgentGroups)...)
	f.events = p.handlers(f, f.src.Events)
	f.start.order = ordered(nil, f.routes, true)
	f.start.intents = intentsOf(f.start.order)
	for _, pg := range f.pages {
		pg.entry = p.fulfillment(pg.src.Entry)
		pg.own = p.routes(f, pg.src.Routes)
		pg.own = append(pg.own, p.groups(f, pg.src.GroupNames, pg.src.AgentGroups)...)
		pg.order = ordered(pg.own, f.routes, false)
		pg.intents = intentsOf(pg.order)
		pg.events = p.handlers(f, pg.src.Events)
		for _, src := range pg.src.Form {
			pg.form = append(pg.form, &formParameter{src: src, prompt: p.fulfillment(src.Prompt), reprompts: p.handlers(f, src.Reprompts)})
		}
	}
}

// ordered lists the routes in scope in the order of evaluation: those with an
// intent before those with a condition only, the page's before the flow's. Of
// the flow's, the ones with a condition only count on the start page.
func ordered(own, flow []*handler, start bool) []*handler {
	var list []*handler
	for _, set := range [][]*handler{own, flow} {
		for _, h := range set {
			if h.intent != "" {
				list = append(list, h)
			}
		}
	}
	if start {
		own = flow
	}
	for _, h := range own {
		if h.intent == "" {
			list = append(list, h)
		}
	}
	return list
}

func intentsOf(list []*handler) []string {
	var names []string
	for _, h := range list {
		if h.intent != "" && !slices.Contains(names, h.intent) {
			names = append(names, h.intent)
		}
	}
	return names
}

// groups resolves route groups: those of the flow come before those of the
// agent.
func (p *program) groups(f *flow, names, agents []string) []*handler {
	var own, shared []*handler
	for _, name := range names {
		if g := f.src.Groups[name]; g != nil {
			own = append(own, p.routes(f, g.Routes)...)
		} else if g := p.agent.RouteGroups[name]; g != nil {
			shared = append(shared, p.routes(f, g.Routes)...)
		}
	}
	for _, name := range agents {
		if g := p.agent.RouteGroups[name]; g != nil {
			shared = append(shared, p.routes(f, g.Routes)...)
		}
	}
	return append(own, shared...)
}

func (p *program) routes(f *flow, list []*agent.Route) []*handler {
	var out []*handler
	for _, r := range list {
		h := &handler{id: r.ID, intent: r.Intent, do: p.fulfillment(r.Trigger), target: p.target(f, r.Target)}
		h.cond, h.broken = condition(r.Condition)
		if h.intent == "" && h.cond == nil {
			h.broken = true
		}
		out = append(out, h)
	}
	return out
}

// condition reads a condition. An empty one is nil and not broken.
func condition(src string) (c *expr.Condition, broken bool) {
	if strings.TrimSpace(src) == "" {
		return nil, false
	}
	c, err := expr.ParseCondition(src)
	return c, err != nil
}

func (p *program) handlers(f *flow, list []*agent.EventHandler) []*handler {
	var out []*handler
	for _, e := range list {
		out = append(out, &handler{id: e.ID, event: eventName(e.Event), do: p.fulfillment(e.Trigger), target: p.target(f, e.Target)})
	}
	return out
}

// eventName brings the spellings of an event to one: without regard to case,
// and as the current documentation spells what older exports spell with dots.
func eventName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if strings.HasPrefix(name, "flow.") {
		name = strings.ReplaceAll(name, ".", "-")
	}
	return name
}

// target resolves where a route of flow f leads; what is not in the agent
// leads nowhere.
func (p *program) target(f *flow, t agent.Target) target {
	switch {
	case t.Playbook != "":
		return target{playbook: t.Playbook}
	case t.Flow != "":
		return target{flow: p.flows[t.Flow]}
	case t.Page == "":
		return target{}
	}
	if pg := f.pages[t.Page]; pg != nil {
		return target{page: pg}
	}
	if s, ok := agent.ParseSpecial(t.Page); ok {
		return target{special: s}
	}
	return target{}
}

// page finds a page by the name of its flow and its own; an empty name, or
// that of the start page, is the start page.
func (p *program) page(flowName, pageName string) *page {
	f := p.flows[flowName]
	if flowName == "" {
		f = p.start
	}
	if f == nil {
		return nil
	}
	if pg := f.pages[pageName]; pg != nil {
		return pg
	}
	if s, ok := agent.ParseSpecial(pageName); pageName == "" || ok && s == agent.StartPage {
		return f.start
	}
	return nil
}
