package emulator

import (
	"errors"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/internal/expr"
)

// outcome is what a fulfillment asks for: a transition of its webhook, or the
// event of its failure.
type outcome struct {
	target target
	event  string
}

// fulfil runs a fulfillment: presets, generators, messages, conditional cases,
// webhook.
func (t *turn) fulfil(f *fulfillment, source Source) (outcome, error) {
	if f == nil {
		return outcome{}, nil
	}
	for _, p := range f.presets {
		t.preset(p)
	}
	if err := t.generate(f); err != nil {
		return outcome{}, err
	}
	t.say(f.messages, source)
	for _, list := range f.cases {
		t.sayCases(list, source)
	}
	if f.src.PartialResponses {
		t.flush()
	}
	if f.src.Webhook == "" {
		return outcome{}, nil
	}
	return t.callWebhook(f.src.Webhook, f.src.Tag)
}

// preset sets a parameter. A value that is one reference to nothing, or a call
// that fails, forgets it.
func (t *turn) preset(p preset) {
	v, err := p.value.Eval(&t.env, func(piece *expr.Piece, err error) (any, error) {
		if errors.Is(err, expr.ErrUnset) || errors.Is(err, expr.ErrNull) {
			return nil, nil
		}
		return piece.Source(), nil
	})
	if err != nil {
		return // over a limit: the parameter stays as it is
	}
	params := t.s.params
	switch p.target.Space {
	case expr.Flow:
		params = t.s.at.vars
	case expr.Request:
		params = t.request
	}
	assignTarget(params, p.target, v)
}

// say queues the messages for the session's language and channel.
func (t *turn) say(list []*message, source Source) {
	language := t.languageOf(list)
	for _, m := range list {
		if m.language == "" || m.language == language {
			t.put(m, source)
		}
	}
}

// languageOf picks the language of a list of messages: the session's, else
// its main language, else the agent's default.
func (t *turn) languageOf(list []*message) string {
	has := func(language string) bool {
		for _, m := range list {
			if m.language == language {
				return true
			}
		}
		return false
	}
	return t.em().language(t.s.language, has)
}

func (t *turn) put(m *message, source Source) {
	if m.channel != "" && m.channel != t.channel() {
		return
	}
	if m.src.GetKnowledgeInfoCard() != nil {
		return // shown with what a data store answered
	}
	reply := t.render(m)
	if reply.Message.ResponseType != source {
		reply.Message = withSource(reply.Message, source)
	}
	t.queue = append(t.queue, queued{reply, m})
}

func (t *turn) sayCases(list caseList, source Source) {
	for _, b := range list {
		if b.broken {
			continue
		}
		if b.cond != nil {
			if holds, _ := b.cond.Eval(&t.env); !holds {
				continue
			}
		}
		var plain []*message
		for _, c := range b.content {
			if c.message != nil {
				plain = append(plain, c.message)
				continue
			}
			t.say(plain, source)
			plain = nil
			t.sayCases(c.nested, source)
		}
		t.say(plain, source)
		return
	}
}

// flush sends what is queued as a partial response, if the client takes them.
func (t *turn) flush() {
	if t.in.Query.Partial && t.partials < maxPartial && t.flushed < len(t.queue) {
		t.partials++
		t.flushed = len(t.queue)
	}
}

// generate asks the model for what the generators of a fulfillment make.
func (t *turn) generate(f *fulfillment) error {
	for _, g := range f.src.Generators {
		q := &ModelRequest{Kind: "generator", Name: g.Generator, Output: g.Output, Inputs: make(map[string]string)}
		for name, src := range g.Inputs {
			tpl, err := expr.ParseTemplate(src)
			if err != nil {
				continue
			}
			if q.Inputs[name], err = tpl.Render(&t.env, nil); err != nil {
				q.Inputs[name] = src
			}
		}
		answer, ok, err := t.model(q)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if target, err := expr.ParseTarget(g.Output); err == nil {
			params := t.s.params
			if target.Space == expr.Request {
				params = t.request
			}
			assignTarget(params, target, answer.Value)
		}
	}
	return nil
}

// model asks the user's model; without one the turn notes what it needs.
func (t *turn) model(q *ModelRequest) (ModelAnswer, bool, error) {
	q.Text, q.Flow, q.Page, q.Parameters = t.in.Text, t.s.at.page.flow.name, t.s.at.page.name, t.s.params
	if t.em().opts.model != nil {
		a, ok, err := t.em().opts.model(t.ctx, q)
		if err != nil || ok {
			return a, ok, err
		}
	}
	what := q.Kind
	if q.Name != "" {
		what += " " + q.Name
	}
	t.res.NeedsModel = append(t.res.NeedsModel, what)
	return ModelAnswer{}, false, nil
}

// askModel lets the model answer the user. It reports whether it did.
func (t *turn) askModel(q *ModelRequest) (bool, error) {
	a, ok, err := t.model(q)
	if err != nil || !ok {
		return false, err
	}
	for name, v := range a.Parameters {
		assign(t.s.params, name, v)
	}
	for _, text := range a.Texts {
		t.putText(text)
	}
	return true, nil
}

// putText queues a text that is no message of the agent.
func (t *turn) putText(text string) {
	m := &cxpb.ResponseMessage{
		Message:      &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: []string{text}}},
		ResponseType: cxpb.ResponseMessage_HANDLER_PROMPT,
	}
	t.queue = append(t.queue, queued{reply: Reply{Message: m, Variants: []string{text}}})
}
