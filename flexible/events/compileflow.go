package events

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (c *compiler) flow(at string, f *Flow) {
	compiled := flow{triggers: f.Triggers, all: len(f.Triggers) == 0 || slices.Contains(f.Triggers, "*")}
	if !compiled.all && c.src.cfg.Type == "" && !c.pathType() {
		c.add(c.at(at), errors.New("has triggers, but nothing gives the type of an event"))
	}
	for i := range f.Branches {
		b := &f.Branches[i]
		place := fmt.Sprintf("%s.branches[%d]", at, i)
		if b.When == "" {
			c.add(c.at(place), errors.New("has no condition"))
		}
		compiled.branches = append(compiled.branches, branch{
			when: c.expression(place+".when", b.When), then: c.target(place, &b.Target),
		})
	}
	switch {
	case f.Default != nil:
		t := c.target(at+".default", f.Default)
		compiled.fallback = &t
	default:
		c.add(c.at(at), errors.New("has no default, so an event that no branch takes would be lost; ignore: true drops it on purpose"))
	}
	c.src.flows = append(c.src.flows, compiled)
}

func (c *compiler) target(at string, t *Target) target {
	compiled := target{handler: t.Handler, run: t.Run, reply: &c.src.reply}
	set := 0
	for _, given := range []bool{t.Handler != "", t.Run != "", t.Ignore} {
		if given {
			set++
		}
	}
	if set != 1 {
		c.add(c.at(at), errors.New("needs exactly one of handler, run and ignore"))
	}
	if t.Handler != "" {
		if _, ok := c.cfg.Handlers[t.Handler]; !ok {
			c.addf(c.at(at+".handler"), "there is no handler %q; there are %s", t.Handler, listNames(c.cfg.Handlers))
		}
		c.needsQueue(at)
	}
	if t.Run != "" {
		if compiled.runFunc = c.cfg.Runs[t.Run]; compiled.runFunc == nil {
			c.addf(c.at(at+".run"), "there is no run %q; there are %s", t.Run, listNames(c.cfg.Runs))
		}
	}
	if t.Reply != nil {
		c.add(c.at(at+".reply"), t.Reply.check())
		compiled.reply = t.Reply
		if t.Run != "" {
			c.add(c.at(at+".reply"), errors.New("is set for a run, which makes its own"))
		}
	}
	if t.Payload != "" {
		template, err := parseTemplate(t.Payload)
		c.add(c.at(at+".payload"), err)
		if err == nil {
			c.reads(at+".payload", template.reads())
			compiled.template = template
		}
	}
	return compiled
}

func (c *compiler) needsQueue(at string) {
	if c.cfg.Queue == nil {
		c.add(c.at(at), errors.New("goes to a handler, and no queue is set to record it"))
	}
}

func listNames[V any](m map[string]V) string {
	if len(m) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}

// ownFlows makes a flow of every handler and every run, for the type of its
// own name.
func (c *compiler) ownFlows() {
	if len(c.cfg.Handlers)+len(c.cfg.Runs) == 0 {
		c.add(c.at("flows"), errors.New("there is no flow, and no handler or run that could be one"))
		return
	}
	if c.src.cfg.Type == "" && !c.pathType() {
		c.add(c.at("flows"), errors.New("there is no flow, and nothing gives the type by which a handler could be found"))
	}
	for _, name := range slices.Sorted(maps.Keys(c.cfg.Handlers)) {
		c.needsQueue("flows")
		c.src.flows = append(c.src.flows, flow{triggers: []string{name}, fallback: &target{handler: name, reply: &c.src.reply}})
	}
	for _, name := range slices.Sorted(maps.Keys(c.cfg.Runs)) {
		if _, taken := c.cfg.Handlers[name]; !taken {
			c.src.flows = append(c.src.flows, flow{triggers: []string{name}, fallback: &target{run: name, runFunc: c.cfg.Runs[name], reply: &c.src.reply}})
		}
	}
}

// flowFor returns the first flow for a type, or nil.
func (s *source) flowFor(kind string) *flow {
	for i := range s.flows {
		f := &s.flows[i]
		if f.all || slices.Contains(f.triggers, kind) {
			return f
		}
	}
	return nil
}

// choose returns the target of an event.
func (f *flow) choose(e *Event) *target {
	for i := range f.branches {
		if f.branches[i].when.holds(e) {
			return &f.branches[i].then
		}
	}
	return f.fallback
}
