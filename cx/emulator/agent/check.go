package agent

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cxhook/cxhook/internal/expr"
)

// check reports what the agent names and does not have, pages that nothing
// leads to, and expressions that cannot be read.
func (l *loader) check() {
	a := l.agent
	l.file, l.place = "agent.json", ""
	if a.StartFlow == "" && a.StartPlaybook == "" && len(a.Flows) > 0 {
		l.fault(FaultMalformed, "startFlow", "the agent names no start")
	}
	if a.StartFlow != "" && a.Flows[a.StartFlow] == nil {
		l.fault(FaultDangling, "startFlow", fmt.Sprintf("there is no flow %q", a.StartFlow))
	}
	for _, name := range slices.Sorted(maps.Keys(a.RouteGroups)) {
		l.checkGroup(a.RouteGroups[name], nil)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Flows)) {
		l.checkFlow(a.Flows[name])
	}
	for _, name := range slices.Sorted(maps.Keys(a.Intents)) {
		l.checkIntent(a.Intents[name])
	}
	for _, c := range a.TestCases {
		l.checkTestCase(c)
	}
}

// checkFlow also walks the pages of the flow.
func (l *loader) checkFlow(f *Flow) {
	l.file = f.File
	led := make(map[string]bool) // pages that something leads to
	note := func(routes []*Route, events []*EventHandler) {
		for _, r := range routes {
			led[r.Target.Page] = true
		}
		for _, e := range events {
			led[e.Target.Page] = true
		}
	}
	l.checkHandlers(f, f.Routes, f.Events)
	l.checkGroupNames(f, f.GroupNames, f.AgentGroups)
	note(f.Routes, f.Events)
	for _, name := range slices.Sorted(maps.Keys(f.Groups)) {
		l.checkGroup(f.Groups[name], f)
		note(f.Groups[name].Routes, nil)
	}
	for _, g := range l.agent.RouteGroups {
		note(g.Routes, nil)
	}
	names := slices.Sorted(maps.Keys(f.Pages))
	for _, name := range names {
		l.checkPage(f, f.Pages[name])
		note(f.Pages[name].Routes, f.Pages[name].Events)
		for _, fp := range f.Pages[name].Form {
			note(nil, fp.Reprompts)
		}
	}
	for _, name := range names {
		if !led[name] {
			l.file, l.place = f.Pages[name].File, ""
			l.fault(FaultUnreachable, "page", fmt.Sprintf("no route or handler leads to page %q", name))
		}
	}
}

func (l *loader) checkPage(f *Flow, p *Page) {
	l.file = p.File
	l.checkFulfillment("entryFulfillment", p.Entry)
	for i, fp := range p.Form {
		place := fmt.Sprintf("form.parameters[%d]", i)
		l.checkFulfillment(place+".initialPromptFulfillment", fp.Prompt)
		l.checkEntityType(place, fp.EntityType)
		for j, h := range fp.Reprompts {
			l.checkTarget(fmt.Sprintf("%s.repromptEventHandlers[%d]", place, j), f, h.Target)
			l.checkFulfillment(fmt.Sprintf("%s.repromptEventHandlers[%d]", place, j), h.Trigger)
		}
	}
	l.checkHandlers(f, p.Routes, p.Events)
	l.checkGroupNames(f, p.GroupNames, p.AgentGroups)
}

// checkGroup checks a route group; those of the agent have no flow.
func (l *loader) checkGroup(g *RouteGroup, f *Flow) {
	l.file = g.File
	l.checkHandlers(f, g.Routes, nil)
}

func (l *loader) checkGroupNames(f *Flow, own, agents []string) {
	for i, name := range own {
		if f.Groups[name] == nil && l.agent.RouteGroups[name] == nil {
			l.fault(FaultDangling, fmt.Sprintf("transitionRouteGroups[%d]", i), fmt.Sprintf("there is no route group %q", name))
		}
	}
	for i, name := range agents {
		if l.agent.RouteGroups[name] == nil {
			l.fault(FaultDangling, fmt.Sprintf("agentTransitionRouteGroups[%d]", i), fmt.Sprintf("the agent has no route group %q", name))
		}
	}
}

func (l *loader) checkHandlers(f *Flow, routes []*Route, events []*EventHandler) {
	for i, r := range routes {
		place := fmt.Sprintf("transitionRoutes[%d]", i)
		if r.Intent != "" && l.agent.Intents[r.Intent] == nil {
			l.fault(FaultDangling, place, fmt.Sprintf("there is no intent %q", r.Intent))
		}
		if r.Intent == "" && strings.TrimSpace(r.Condition) == "" {
			l.fault(FaultMalformed, place, "the route has neither intent nor condition")
		}
		l.checkCondition(place, r.Condition)
		l.checkTarget(place, f, r.Target)
		l.checkFulfillment(place, r.Trigger)
	}
	for i, h := range events {
		place := fmt.Sprintf("eventHandlers[%d]", i)
		l.checkTarget(place, f, h.Target)
		l.checkFulfillment(place, h.Trigger)
	}
}

func (l *loader) checkTarget(place string, f *Flow, t Target) {
	_, special := ParseSpecial(t.Page)
	switch {
	case t.Page != "" && !special && f != nil && f.Pages[t.Page] == nil:
		l.fault(FaultDangling, place, fmt.Sprintf("flow %q has no page %q", f.DisplayName, t.Page))
	case t.Flow != "" && l.agent.Flows[t.Flow] == nil:
		l.fault(FaultDangling, place, fmt.Sprintf("there is no flow %q", t.Flow))
	case t.Playbook != "" && l.agent.Playbooks[t.Playbook] == nil:
		l.fault(FaultDangling, place, fmt.Sprintf("there is no playbook %q", t.Playbook))
	}
}

func (l *loader) checkCondition(place, src string) {
	if strings.TrimSpace(src) == "" {
		return
	}
	if _, err := expr.ParseCondition(src); err != nil {
		l.fault(FaultExpression, place, err.Error())
	}
}

func (l *loader) checkFulfillment(place string, f *Fulfillment) {
	if f == nil {
		return
	}
	if f.Webhook != "" && l.agent.Webhooks[f.Webhook] == nil {
		l.fault(FaultDangling, place, fmt.Sprintf("there is no webhook %q", f.Webhook))
	}
	for i, p := range f.Presets {
		at := fmt.Sprintf("%s.setParameterActions[%d]", place, i)
		if _, err := expr.ParseTarget(p.Parameter); err != nil {
			l.fault(FaultExpression, at, err.Error())
		}
		v, err := expr.ParseValue(p.Value)
		if err != nil {
			l.fault(FaultExpression, at, err.Error())
			continue
		}
		l.problems(at, v.Problems())
	}
	for i, m := range f.Messages {
		l.checkMessage(fmt.Sprintf("%s.messages[%d]", place, i), m)
	}
	for i := range f.Cases {
		l.checkCases(fmt.Sprintf("%s.conditionalCases[%d]", place, i), &f.Cases[i])
	}
}

func (l *loader) checkCases(place string, list *CaseList) {
	for i, c := range list.Cases {
		at := fmt.Sprintf("%s.cases[%d]", place, i)
		l.checkCondition(at, c.Condition)
		for _, content := range c.Content {
			switch {
			case content.Nested != nil:
				l.checkCases(at, content.Nested)
			case content.Message != nil:
				l.checkMessage(at, *content.Message)
			}
		}
	}
}

func (l *loader) checkMessage(place string, m Message) {
	for _, text := range m.Message.GetText().GetText() {
		t, err := expr.ParseTemplate(text)
		if err != nil {
			l.fault(FaultExpression, place, err.Error())
			continue
		}
		l.problems(place, t.Problems())
	}
}

func (l *loader) problems(place string, list []*expr.SyntaxError) {
	for _, p := range list {
		l.fault(FaultExpression, place, p.Error())
	}
}

func (l *loader) checkIntent(in *Intent) {
	l.file = in.File
	for i, p := range in.Parameters {
		l.checkEntityType(fmt.Sprintf("parameters[%d]", i), p.EntityType)
	}
}

func (l *loader) checkEntityType(place, name string) {
	bare := strings.TrimPrefix(name, "@")
	if bare == "" || strings.HasPrefix(bare, "sys.") || l.agent.EntityTypes[bare] != nil {
		return
	}
	l.fault(FaultDangling, place, fmt.Sprintf("there is no entity type %q", name))
}

// checkTestCase reports a recording that names what the agent no longer has.
func (l *loader) checkTestCase(c *TestCase) {
	l.file = c.File
	start := l.agent.Flows[c.Flow]
	if c.Flow != "" && start == nil {
		l.fault(FaultDangling, "testConfig", fmt.Sprintf("there is no flow %q", c.Flow))
	}
	if _, special := ParseSpecial(c.Page); start != nil && c.Page != "" && !special && start.Pages[c.Page] == nil {
		l.fault(FaultDangling, "testConfig", fmt.Sprintf("flow %q has no page %q", c.Flow, c.Page))
	}
	for i, t := range c.Turns {
		if t.Intent != "" && l.agent.Intents[t.Intent] == nil {
			l.fault(FaultDangling, fmt.Sprintf("turn %d", i+1), fmt.Sprintf("there is no intent %q", t.Intent))
		}
	}
}
