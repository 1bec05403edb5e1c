package emulator

import (
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/internal/expr"
)

// fulfillment is a fulfillment with its expressions read.
type fulfillment struct {
	src      *agent.Fulfillment
	presets  []preset
	messages []*message
	cases    []caseList
}

type preset struct {
	target *expr.Target // nil if it cannot be read: the preset does nothing
	value  *expr.Value
}

type caseList []branch

type branch struct {
	cond    *expr.Condition
	broken  bool
	content []content
}

type content struct {
	message *message
	nested  caseList
}

// message is one message with its templates.
type message struct {
	language string
	channel  string
	src      *cxpb.ResponseMessage
	texts    []*expr.Template // of a text message, one for each variant
	literal  bool             // nothing in it is to be evaluated
}

func (p *program) fulfillment(src *agent.Fulfillment) *fulfillment {
	if src == nil {
		return nil
	}
	f := &fulfillment{src: src}
	for _, s := range src.Presets {
		t, err := expr.ParseTarget(s.Parameter)
		if err != nil {
			continue
		}
		v, err := expr.ParseValue(s.Value)
		if err != nil {
			continue
		}
		f.presets = append(f.presets, preset{t, v})
	}
	for i := range src.Messages {
		f.messages = append(f.messages, compileMessage(&src.Messages[i]))
	}
	for i := range src.Cases {
		f.cases = append(f.cases, compileCases(&src.Cases[i]))
	}
	return f
}

func compileCases(list *agent.CaseList) caseList {
	var out caseList
	for _, c := range list.Cases {
		b := branch{}
		b.cond, b.broken = condition(c.Condition)
		for _, item := range c.Content {
			if item.Nested != nil {
				b.content = append(b.content, content{nested: compileCases(item.Nested)})
			} else if item.Message != nil {
				b.content = append(b.content, content{message: compileMessage(item.Message)})
			}
		}
		out = append(out, b)
	}
	return out
}

func compileMessage(src *agent.Message) *message {
	m := &message{language: src.Language, channel: strings.ToLower(src.Message.GetChannel()), src: src.Message}
	if text := src.Message.GetText(); text != nil {
		m.literal = true
		for _, variant := range text.GetText() {
			t, err := expr.ParseTemplate(variant)
			if err != nil {
				t, _ = expr.ParseTemplate("") // over the limit of templates: shown as nothing
			}
			m.literal = m.literal && t.IsLiteral()
			m.texts = append(m.texts, t)
		}
	}
	return m
}
