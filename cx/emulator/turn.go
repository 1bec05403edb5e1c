package emulator

import (
	"context"
	"fmt"
	"maps"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/internal/expr"
)

// Limits of a turn.
const (
	maxUtterance   = 256 // characters of text that are matched
	maxTransitions = 100 // of one turn; a loop of pages ends there
	maxPartial     = 3   // partial responses of one turn
)

// turn is one turn of a session while it runs.
type turn struct {
	ctx context.Context
	s   *Session
	in  Input
	res *Result
	env expr.Env

	intent   string // the matched intent, empty if none
	consumed bool   // a route was called for it
	// propagated says that a route of the intent led to the flow whose start
	// page is evaluated: a route there is called for the intent once more.
	propagated bool
	event      string // raised and not handled yet
	slots      map[string]Slot
	updated    map[string]bool // form parameters given in this turn, lower case
	request    map[string]any  // $request.x
	custom     map[string]any  // of queryParams.parameterScope

	queue       []queued
	flushed     int // messages of the queue that are sent already
	partials    int
	transitions int
	settled     bool   // a handler took over: the routes are not evaluated
	redirect    target // where the webhook of a page's entry leads
	reprompted  bool   // a handler of the parameter answered for the form
	stopped     bool   // the session ended or waits for a model
}

// queued is a reply in the queue.
type queued struct {
	reply  Reply
	source *message // nil for a webhook's or a model's
}

func newTurn(ctx context.Context, s *Session, in Input) *turn {
	t := &turn{
		ctx: ctx, s: s, in: in, env: s.em.env,
		res:     &Result{ResponseID: s.em.opts.uuid(), Language: s.em.language(s.language, s.em.speaks)},
		updated: make(map[string]bool),
	}
	t.env.Scope = t
	if in.Query.Location != nil {
		t.env.Location = in.Query.Location
	}
	t.request = map[string]any{
		"session-id": s.name.ID, "user-utterance": in.Text, "language": s.language, "resolved-language": t.res.Language,
	}
	if in.Query.Payload != nil {
		t.request["payload"] = in.Query.Payload
	}
	return t
}

// prepare takes over what the query parameters say.
func (t *turn) prepare() {
	for name, v := range t.in.Query.Parameters {
		if t.in.Query.Scope != "" {
			break
		}
		t.s.set(name, v)
	}
	if t.in.Query.Scope != "" {
		t.custom = t.in.Query.Parameters
	}
	for _, v := range t.in.Query.FlowVersions {
		t.res.Notes = append(t.res.Notes, fmt.Sprintf("flow version %q is not emulated: an export holds one version", v))
	}
	t.step("start", "")
}

// advance evaluates the handlers of the current page from a position on, and
// goes where they lead, until nothing leads further.
func (t *turn) advance(from int) error {
	for !t.stopped {
		next, err := t.redirect, error(nil)
		t.redirect = target{}
		if next.isZero() && !t.settled {
			if next, err = t.evaluate(from); err != nil {
				return err
			}
		}
		t.settled = false
		if next.isZero() && !t.stopped {
			if next, err = t.ask(); err != nil {
				return err
			}
		}
		if next.isZero() || t.stopped {
			break
		}
		if from, err = t.follow(next); err != nil {
			return err
		}
	}
	return t.ctx.Err()
}

// evaluate calls the handlers of the current page in their order, from a
// position on, and returns the target of the one that leads away.
func (t *turn) evaluate(from int) (target, error) {
	order := t.s.at.page.order
	for i := from; i < len(order); i++ {
		h := order[i]
		if h.intent == "" && t.propagated {
			t.consumed, t.propagated = true, false // it counts on the start page only
		}
		if !t.applies(h) || h.intent == "" && h.target.isZero() && t.unanswered() {
			continue
		}
		if h.intent != "" {
			t.consumed = true
		}
		t.stepOf("route", h)
		next, err := t.call(h)
		if err != nil || !next.isZero() || t.stopped {
			t.s.at.next = i + 1
			t.consumed = t.consumed && (h.intent == "" || next.flow == nil)
			t.propagated = !t.consumed && h.intent != ""
			return next, err
		}
		if t.event != "" && isWebhookError(t.event) {
			break
		}
	}
	t.consumed = t.consumed || t.propagated
	t.s.at.next = len(order)
	return t.raise()
}

// applies reports whether a route is to be called now.
func (t *turn) applies(h *handler) bool {
	if h.broken || h.intent != "" && (t.consumed || h.intent != t.intent) {
		return false
	}
	if h.cond == nil {
		return true
	}
	holds, _ := h.cond.Eval(&t.env) // a failed function counts as unset
	return holds
}

// call runs a handler and returns where it leads. The failure of its webhook
// is raised as an event only if it leads nowhere.
func (t *turn) call(h *handler) (target, error) {
	out, err := t.fulfil(h.do, cxpb.ResponseMessage_HANDLER_PROMPT)
	if err != nil {
		return target{}, err
	}
	if !out.target.isZero() {
		return out.target, nil
	}
	if h.target.isZero() && out.event != "" && h.event == "" {
		t.event = out.event
	}
	return h.target, nil
}

// raise hands the pending event to the first handler in scope: of the
// parameter, the page, the flow.
func (t *turn) raise() (target, error) {
	if t.event == "" {
		return target{}, nil
	}
	h, ofParameter := t.handlerOf(t.event)
	t.event = ""
	if h == nil {
		return target{}, nil
	}
	t.reprompted = t.reprompted || ofParameter
	t.stepOf("event", h)
	if h.do != nil && h.do.src.GenerativeFallback {
		answered, err := t.askModel(&ModelRequest{Kind: "generative fallback", Name: h.event})
		if err != nil || answered {
			return h.target, err
		}
	}
	return t.call(h)
}

// result gives the turn's result after it ran.
func (t *turn) result() *Result {
	r, at := t.res, t.s.at
	for i, q := range t.queue {
		if i < t.flushed {
			q.reply.Partial = true
		}
		r.Messages = append(r.Messages, q.reply)
	}
	r.Parameters = maps.Clone(t.s.params)
	r.Page, r.Flow, r.PageID, r.FlowID, r.Ended = at.page.name, at.page.flow.name, at.page.id(), at.page.flow.id(), t.s.ended
	if in := t.em().prog.agent.Intents[r.Match.Intent]; in != nil {
		r.Match.IntentID = resourceID(in.ID, in.DisplayName)
	}
	if r.Ended {
		r.Page, r.PageID = "End Session", string(agent.EndSession)
	}
	return r
}
