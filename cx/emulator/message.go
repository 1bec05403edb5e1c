package emulator

import (
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/internal/expr"
)

func (t *turn) em() *Emulator { return t.s.em }

func (t *turn) channel() string { return strings.ToLower(t.in.Query.Channel) }

// language picks the language to speak out of those at hand: the wanted one,
// else its main language, else the agent's default.
func (e *Emulator) language(want string, has func(string) bool) string {
	main, _, _ := strings.Cut(want, "-")
	for _, code := range []string{want, main, e.prog.agent.DefaultLanguage} {
		if has(code) {
			return code
		}
	}
	return want
}

// speaks reports whether the agent has a language.
func (e *Emulator) speaks(code string) bool {
	a := e.prog.agent
	return strings.EqualFold(code, a.DefaultLanguage) ||
		slices.ContainsFunc(a.Languages, func(s string) bool { return strings.EqualFold(code, s) })
}

// render replaces the references of a message and picks a variant.
func (t *turn) render(m *message) Reply {
	if m.texts == nil {
		return Reply{Message: t.renderOther(m.src)}
	}
	r := Reply{Variants: make([]string, 0, len(m.texts))}
	for _, tpl := range m.texts {
		text, err := tpl.Render(&t.env, nil)
		if err != nil {
			text = tpl.String()
		}
		r.Variants = append(r.Variants, text)
	}
	var chosen []string
	if len(r.Variants) > 0 {
		chosen = []string{r.Variants[t.em().opts.pick(len(r.Variants))]}
	}
	r.Message = &cxpb.ResponseMessage{
		Message: &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: chosen}},
		Channel: m.src.GetChannel(),
	}
	return r
}

// renderOther replaces the references in payloads, speech and metadata.
func (t *turn) renderOther(src *cxpb.ResponseMessage) *cxpb.ResponseMessage {
	m := proto.Clone(src).(*cxpb.ResponseMessage)
	switch kind := m.Message.(type) {
	case *cxpb.ResponseMessage_Payload:
		kind.Payload = t.renderStruct(kind.Payload)
	case *cxpb.ResponseMessage_LiveAgentHandoff_:
		kind.LiveAgentHandoff.Metadata = t.renderStruct(kind.LiveAgentHandoff.GetMetadata())
	case *cxpb.ResponseMessage_ConversationSuccess_:
		kind.ConversationSuccess.Metadata = t.renderStruct(kind.ConversationSuccess.GetMetadata())
	case *cxpb.ResponseMessage_OutputAudioText_:
		switch source := kind.OutputAudioText.Source.(type) {
		case *cxpb.ResponseMessage_OutputAudioText_Text:
			source.Text = t.renderText(source.Text)
		case *cxpb.ResponseMessage_OutputAudioText_Ssml:
			source.Ssml = t.renderText(source.Ssml)
		}
	case *cxpb.ResponseMessage_TelephonyTransferCall_:
		if number, ok := kind.TelephonyTransferCall.Endpoint.(*cxpb.ResponseMessage_TelephonyTransferCall_PhoneNumber); ok {
			number.PhoneNumber = t.renderText(number.PhoneNumber)
		}
	}
	return m
}

func (t *turn) renderText(src string) string {
	tpl, err := expr.ParseTemplate(src)
	if err != nil {
		return src
	}
	text, err := tpl.Render(&t.env, nil)
	if err != nil {
		return src
	}
	return text
}

func (t *turn) renderStruct(src *structpb.Struct) *structpb.Struct {
	if src == nil {
		return nil
	}
	v, err := expr.ParseValue(src.AsMap())
	if err != nil {
		return src
	}
	out, err := v.Eval(&t.env, nil)
	if err != nil {
		return src
	}
	fields, ok := out.(map[string]any)
	if !ok {
		return src
	}
	rendered, err := structpb.NewStruct(fields)
	if err != nil {
		return src
	}
	return rendered
}

// withSource sets what a message was made for.
func withSource(m *cxpb.ResponseMessage, s Source) *cxpb.ResponseMessage {
	m.ResponseType = s
	return m
}
