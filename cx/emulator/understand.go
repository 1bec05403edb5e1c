package emulator

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The events that the engine itself raises.
const (
	eventNoMatch       = "sys.no-match-"
	eventNoInput       = "sys.no-input-"
	eventInvalid       = "sys.invalid-parameter"
	eventLongUtterance = "sys.long-utterance"
	eventUnknown       = "sys.unknown-event"
	suffixDefault      = "default"
)

// understand finds out what the input is: an intent, values of the form, or
// an event.
func (t *turn) understand() error {
	in := &t.in
	switch {
	case in.Event != "":
		return t.understandEvent()
	case in.Intent != "":
		if t.s.em.prog.agent.Intents[in.Intent] == nil {
			return fmt.Errorf("%w: %q", ErrUnknownIntent, in.Intent)
		}
		t.intent = in.Intent
		t.res.Match = Match{Kind: MatchDirect, Intent: in.Intent, Confidence: 1}
		t.matched()
		return nil
	case in.DTMF != "":
		return t.understandText(in.DTMF, true)
	case strings.TrimSpace(in.Text) == "":
		t.res.Match.Kind = MatchNoInput
		t.count(eventNoInput)
		return nil
	case utf8.RuneCountInString(in.Text) > maxUtterance:
		t.res.Match.Kind = MatchNone
		if h, _ := t.handlerOf(eventLongUtterance); h != nil {
			t.event = eventLongUtterance
			return nil
		}
		t.count(eventNoMatch)
		return nil
	}
	return t.understandText(in.Text, false)
}

func (t *turn) understandEvent() error {
	event := eventName(t.in.Event)
	switch {
	case strings.HasPrefix(event, eventNoInput):
		t.res.Match = Match{Kind: MatchNoInput, Event: event}
		t.event = event
		return nil
	case strings.HasPrefix(event, eventNoMatch):
		t.res.Match = Match{Kind: MatchNone, Event: event}
		t.event = event
		return nil
	}
	t.res.Match = Match{Kind: MatchEvent, Event: t.in.Event}
	t.event = event
	if h, _ := t.handlerOf(event); h != nil {
		return nil
	}
	t.event = eventUnknown
	if h, _ := t.handlerOf(eventUnknown); h == nil && t.s.em.opts.rules.RaiseUnknownEvents {
		t.count(eventNoMatch)
	}
	return nil
}

// understandText matches a text, or digits, against the intents in scope and
// the form.
func (t *turn) understandText(text string, dtmf bool) error {
	m := t.s.em.opts.matcher
	if m == nil {
		t.res.Match.Kind = MatchNone
		t.count(eventNoMatch)
		return nil
	}
	u := &Utterance{
		Text: text, DTMF: dtmf, Language: t.s.language, Agent: t.s.em.prog.agent, Intents: t.s.at.page.intents,
		Now: t.s.em.opts.now().In(t.env.Location), Parameters: t.s.params,
	}
	match, ok, err := m.Match(t.ctx, u)
	if err != nil {
		return err
	}
	if ok {
		t.intent = match.Intent
		t.res.Match = Match{Kind: MatchIntent, Intent: match.Intent, Confidence: match.Confidence, Parameters: match.Parameters}
		t.take(match.Parameters)
		t.matched()
		return nil
	}
	slots, err := t.fill(u)
	if err != nil {
		return err
	}
	if len(slots) > 0 {
		t.res.Match = Match{Kind: MatchParameter, Confidence: 1, Parameters: slots}
		t.take(slots)
		t.matched()
		return nil
	}
	t.res.Match.Kind = MatchNone
	return t.noMatch()
}

// noMatch raises the event for an input that nothing understands, unless a
// data store answers it.
func (t *turn) noMatch() error {
	pg := t.s.at.page
	if pg.flow.src.Knowledge || pg.src != nil && pg.src.Knowledge {
		answered, err := t.askModel(&ModelRequest{Kind: "data store", Name: pg.name})
		if err != nil || answered {
			return err
		}
	}
	t.count(eventNoMatch)
	return nil
}

// take writes the values that the input gave into the session, under the names
// of their parameters.
func (t *turn) take(slots map[string]Slot) {
	t.slots = slots
	for name, slot := range slots {
		t.s.set(name, slot.Value)
		t.updated[strings.ToLower(name)] = true
		for _, fp := range t.s.at.page.form {
			if strings.EqualFold(fp.src.DisplayName, name) {
				delete(t.s.at.form.invalid, fp)
				delete(t.s.at.form.open, fp)
			}
		}
	}
}

// fill finds the values that the input gives to the form. When a parameter was
// asked for, the input counts only if it gives that one; others may come along.
func (t *turn) fill(u *Utterance) (map[string]Slot, error) {
	want := t.wanted()
	if len(want) == 0 {
		return nil, nil
	}
	slots, err := t.s.em.opts.matcher.Fill(t.ctx, u, want)
	if err != nil {
		return nil, err
	}
	if want[0].Prompted {
		if _, given := slots[want[0].Name]; !given {
			return nil, nil
		}
	}
	return slots, nil
}

// wanted lists the form's parameters that may take a value: the one that was
// asked for first, then those without a value.
func (t *turn) wanted() []FormSlot {
	at := &t.s.at
	prompted := at.form.prompted
	var list []FormSlot
	add := func(fp *formParameter) {
		list = append(list, FormSlot{
			Name: fp.src.DisplayName, EntityType: fp.src.EntityType, IsList: fp.src.IsList, Required: fp.src.Required,
			Prompted: fp == prompted, Filled: at.filled(fp, t.s.params),
		})
	}
	if prompted != nil {
		add(prompted)
	}
	for _, fp := range at.page.form {
		if fp != prompted && !at.filled(fp, t.s.params) {
			add(fp)
		}
	}
	return list
}

// matched forgets the no-matches and no-inputs so far.
func (t *turn) matched() { clear(t.s.counts) }

// count raises a no-match or a no-input, numbered by how many there were at
// this place since something matched.
func (t *turn) count(prefix string) {
	key := countKey{page: t.s.at.page, param: t.s.at.form.prompted, noInput: prefix == eventNoInput}
	t.s.counts[key]++
	t.event = fmt.Sprintf("%s%d", prefix, t.s.counts[key])
	t.res.Match.Event = t.event
}

// handlerOf finds the handler of an event, and says whether it is one of the
// parameter that was asked for. The finer event wins within a level.
func (t *turn) handlerOf(event string) (h *handler, ofParameter bool) {
	names := eventFamily(event)
	if t.in.Event != "" && isUnanswered(event) {
		names = names[:1] // raised by name: only its own handler counts
	}
	at := &t.s.at
	if fp := at.form.prompted; fp != nil && !isWebhookError(event) {
		if h := pick(fp.reprompts, names); h != nil {
			return h, true
		}
		if isUnanswered(event) { // a form's no-match or no-input: the prompt is given again
			return nil, false
		}
	}
	if event == eventInvalid {
		return nil, false
	}
	if h := pick(at.page.events, names); h != nil {
		return h, false
	}
	return pick(at.page.flow.events, names), false
}

// pick returns the first handler of the first name that has one.
func pick(list []*handler, names []string) *handler {
	for _, name := range names {
		for _, h := range list {
			if h.event == name {
				return h
			}
		}
	}
	return nil
}

// eventFamily lists the events that a handler may be written for, the finest
// first.
func eventFamily(event string) []string {
	switch {
	case strings.HasPrefix(event, eventNoMatch):
		return []string{event, eventNoMatch + suffixDefault}
	case strings.HasPrefix(event, eventNoInput):
		return []string{event, eventNoInput + suffixDefault}
	case strings.HasPrefix(event, "webhook.error."):
		return []string{event, "webhook.error"}
	}
	return []string{event}
}

// unanswered reports whether a no-match or a no-input is still to be handled.
func (t *turn) unanswered() bool { return isUnanswered(t.event) }

func isUnanswered(event string) bool {
	return strings.HasPrefix(event, eventNoMatch) || strings.HasPrefix(event, eventNoInput)
}

func isWebhookError(event string) bool {
	return event == "webhook.error" || strings.HasPrefix(event, "webhook.error.")
}
