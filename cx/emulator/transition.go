package emulator

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// follow goes to a target and returns the position from which the handlers of
// the page there are evaluated.
func (t *turn) follow(next target) (from int, err error) {
	t.transitions++
	if t.transitions > maxTransitions {
		t.res.Notes = append(t.res.Notes, "the turn ends after 100 transitions: the pages lead in a circle")
		t.stopped = true
		return 0, nil
	}
	switch {
	case next.again:
		return 0, nil
	case next.playbook != "":
		t.step("transition", "playbook "+next.playbook)
		t.stopped = true
		_, err := t.askModel(&ModelRequest{Kind: "playbook", Name: next.playbook})
		return 0, err
	case next.flow != nil:
		t.s.push(t.s.at)
		return 0, t.enter(frame{page: next.flow.start, vars: make(map[string]any)})
	case next.page != nil:
		return 0, t.enter(frame{page: next.page, vars: t.s.at.vars})
	}
	return t.followSpecial(next.special)
}

func (t *turn) followSpecial(s agent.Special) (from int, err error) {
	at := t.s.at
	switch s {
	case agent.StartPage:
		return 0, t.enter(frame{page: at.page.flow.start, vars: at.vars})
	case agent.CurrentPage:
		return 0, t.enter(frame{page: at.page, vars: at.vars})
	case agent.PreviousPage:
		return 0, t.goBack()
	case agent.EndSession:
		t.end()
		return 0, nil
	}
	return t.endFlow(s)
}

// leave remembers the page and its state, for PREVIOUS_PAGE.
func (t *turn) leave() {
	f := t.s.at
	t.s.previous = &f
}

// goBack restores the page before, or enters the start page where there is
// none.
func (t *turn) goBack() error {
	back := t.s.previous
	switch {
	case back == nil:
		return t.enter(frame{page: t.s.at.page.flow.start, vars: t.s.at.vars})
	case t.s.em.opts.rules.EnterPreviousPage:
		return t.enter(frame{page: back.page, vars: back.vars})
	}
	t.leave()
	t.s.at = *back
	t.reprompted = false
	t.step("transition", back.page.name)
	return nil
}

// end ends the session. The next input starts at the start flow.
func (t *turn) end() {
	t.step("transition", "End Session")
	t.s.ended, t.stopped = true, true
}

// endFlow goes back to the page that called the flow and goes on with the
// handlers that were not evaluated there.
func (t *turn) endFlow(s agent.Special) (from int, err error) {
	caller, ok := t.s.pop()
	if !ok {
		t.end()
		return 0, nil
	}
	t.leave()
	t.s.at = caller
	t.step("transition", caller.page.name)
	return caller.next, t.takeOver(endEvents[s])
}

// endEvents are the events that the ends of a flow raise on the calling page.
var endEvents = map[agent.Special]string{
	agent.EndFlowFailed:     "flow-failed",
	agent.EndFlowCancelled:  "flow-cancelled",
	agent.EndFlowEscalation: "flow-failed-human-escalation",
}

// enter makes a page the current one: its entry runs and its form is made
// ready. A webhook of the entry may lead on at once.
func (t *turn) enter(f frame) error {
	if f.page != t.s.at.page {
		t.leave()
	}
	t.s.at = f
	t.reprompted = false
	t.step("transition", f.page.name)
	t.openForm()
	if f.page.entry == nil {
		return nil
	}
	t.step("entry", f.page.name)
	out, err := t.fulfil(f.page.entry, cxpb.ResponseMessage_ENTRY_PROMPT)
	if err != nil {
		return err
	}
	t.redirect = out.target
	if out.event == "" {
		return nil
	}
	return t.takeOver(out.event)
}

// takeOver raises the failure of an entry's webhook or the end of a flow. If
// the page has a handler for it, that takes over: the routes of the page are not
// evaluated.
func (t *turn) takeOver(event string) error {
	if h, _ := t.handlerOf(event); event == "" || h == nil {
		return nil
	}
	was := t.event
	t.event = event
	next, err := t.raise()
	t.event = was
	t.redirect, t.settled = next, next.isZero()
	return err
}

// openForm gives the defaults to what of the form is empty.
func (t *turn) openForm() {
	at := &t.s.at
	for _, fp := range at.page.form {
		if _, set := at.value(fp.src.DisplayName, t.s.params); set {
			if t.s.em.opts.rules.FormsStartEmpty && !t.updated[lowerName(fp)] {
				if at.form.open == nil {
					at.form.open = make(map[*formParameter]bool)
				}
				at.form.open[fp] = true
			}
			continue
		}
		if fp.src.Default != nil {
			t.s.set(fp.src.DisplayName, fp.src.Default)
		}
	}
}

// ask queues the prompt of the first required parameter without a value. The
// prompt of a parameter that is given by it leads to another evaluation.
func (t *turn) ask() (target, error) {
	at := &t.s.at
	fp := at.missing(t.s.params)
	at.form.prompted = fp
	if fp == nil || t.reprompted {
		return target{}, nil
	}
	t.step("prompt", fp.src.DisplayName)
	out, err := t.fulfil(fp.prompt, cxpb.ResponseMessage_PARAMETER_PROMPT)
	if err != nil || !out.target.isZero() {
		return out.target, err
	}
	if out.event != "" {
		t.event = out.event
		return t.raise()
	}
	if at.filled(fp, t.s.params) {
		return target{again: true}, nil
	}
	return target{}, nil
}
