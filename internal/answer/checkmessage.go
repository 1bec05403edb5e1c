package answer

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// message checks one message of the answer. Dialogflow's reference calls its
// content required.
func (c *checker) message(i int, m *cxpb.ResponseMessage) *Fault {
	found := content{checker: c, index: i}
	f := found.check(m)
	if f == nil {
		return nil
	}
	return found.place(f)
}

// content is the walk through one message.
type content struct {
	*checker
	index int
}

func (c *content) place(f *Fault) *Fault {
	f = f.In("fulfillmentResponse.messages" + Index(c.index))
	f.message = c.index + 1
	return f
}

// note reports a lesser fault at a place inside the message.
func (c *content) note(path string, err error) {
	if c.lesser != nil {
		c.lesser(c.place(fault(path, err)))
	}
}

// outputOnly reports a flag that only Dialogflow sets.
func (c *content) outputOnly(path string, set bool) {
	if set {
		c.note(path, ErrOutputOnly)
	}
}

func (c *content) check(m *cxpb.ResponseMessage) *Fault {
	if !isUTF8(m.GetChannel()) {
		return fault("channel", ErrUTF8)
	}
	if _, known := cxpb.ResponseMessage_ResponseType_name[int32(m.GetResponseType())]; !known {
		return fault("responseType", ErrUnknownEnum)
	}
	switch k := m.GetMessage().(type) {
	case *cxpb.ResponseMessage_Text_:
		if k != nil {
			return c.text(k.Text)
		}
	case *cxpb.ResponseMessage_Payload:
		if k != nil {
			return under("payload", checkStruct(k.Payload, 1, MaxPayloadDepth))
		}
	case *cxpb.ResponseMessage_OutputAudioText_:
		if k != nil {
			return c.outputAudioText(k.OutputAudioText)
		}
	case *cxpb.ResponseMessage_PlayAudio_:
		if k != nil {
			return c.playAudio(k.PlayAudio)
		}
	case *cxpb.ResponseMessage_MixedAudio_:
		if k != nil {
			return c.mixedAudio(k.MixedAudio)
		}
	default:
		return c.signal(m)
	}
	return fault("", ErrRequired)
}

// signal checks the messages that tell the client to do something.
func (c *content) signal(m *cxpb.ResponseMessage) *Fault {
	switch k := m.GetMessage().(type) {
	case *cxpb.ResponseMessage_LiveAgentHandoff_:
		if k != nil {
			return under("liveAgentHandoff.metadata", checkStruct(k.LiveAgentHandoff.GetMetadata(), 1, MaxDepth))
		}
	case *cxpb.ResponseMessage_ConversationSuccess_:
		if k != nil {
			return under("conversationSuccess.metadata", checkStruct(k.ConversationSuccess.GetMetadata(), 1, MaxDepth))
		}
	case *cxpb.ResponseMessage_TelephonyTransferCall_:
		if k != nil {
			return c.transferCall(k.TelephonyTransferCall)
		}
	case *cxpb.ResponseMessage_KnowledgeInfoCard_:
		if k != nil {
			return nil
		}
	case *cxpb.ResponseMessage_EndInteraction_:
		if k != nil {
			c.note("endInteraction", ErrOutputOnly)
			return nil
		}
	case *cxpb.ResponseMessage_ToolCall:
		if k != nil {
			return c.toolCall(k.ToolCall)
		}
	}
	return fault("", ErrRequired)
}

func (c *content) text(t *cxpb.ResponseMessage_Text) *Fault {
	if len(t.GetText()) == 0 {
		return fault("text.text", ErrRequired)
	}
	for i, variant := range t.Text {
		if !isUTF8(variant) {
			return fault("text.text"+Index(i), ErrUTF8)
		}
		if variant == "" && c.lesser != nil {
			c.note("text.text"+Index(i), ErrEmptyText)
		}
	}
	c.outputOnly("text.allowPlaybackInterruption", t.AllowPlaybackInterruption)
	return nil
}

func (c *content) outputAudioText(t *cxpb.ResponseMessage_OutputAudioText) *Fault {
	path, text := "outputAudioText", ""
	switch s := t.GetSource().(type) {
	case *cxpb.ResponseMessage_OutputAudioText_Text:
		if s != nil {
			path, text = "outputAudioText.text", s.Text
		}
	case *cxpb.ResponseMessage_OutputAudioText_Ssml:
		if s != nil {
			path, text = "outputAudioText.ssml", s.Ssml
		}
	}
	if !isUTF8(text) {
		return fault(path, ErrUTF8)
	}
	if text == "" {
		c.note(path, ErrEmptyText)
	}
	c.outputOnly("outputAudioText.allowPlaybackInterruption", t.GetAllowPlaybackInterruption())
	return nil
}

func (c *content) playAudio(p *cxpb.ResponseMessage_PlayAudio) *Fault {
	switch {
	case p.GetAudioUri() == "":
		return fault("playAudio.audioUri", ErrRequired)
	case !isUTF8(p.AudioUri):
		return fault("playAudio.audioUri", ErrUTF8)
	}
	c.outputOnly("playAudio.allowPlaybackInterruption", p.AllowPlaybackInterruption)
	return nil
}

// mixedAudio checks what a webhook should not send at all.
func (c *content) mixedAudio(a *cxpb.ResponseMessage_MixedAudio) *Fault {
	for i, s := range a.GetSegments() {
		if u, ok := s.GetContent().(*cxpb.ResponseMessage_MixedAudio_Segment_Uri); ok && u != nil && !isUTF8(u.Uri) {
			return fault("mixedAudio.segments"+Index(i)+".uri", ErrUTF8)
		}
	}
	c.note("mixedAudio", ErrOutputOnly)
	return nil
}

func (c *content) transferCall(t *cxpb.ResponseMessage_TelephonyTransferCall) *Fault {
	number := ""
	if e, ok := t.GetEndpoint().(*cxpb.ResponseMessage_TelephonyTransferCall_PhoneNumber); ok && e != nil {
		number = e.PhoneNumber
	}
	if !isUTF8(number) {
		return fault("telephonyTransferCall.phoneNumber", ErrUTF8)
	}
	if !PhoneNumber(number) {
		c.note("telephonyTransferCall.phoneNumber", ErrPhoneNumber)
	}
	return nil
}

func (c *content) toolCall(t *cxpb.ToolCall) *Fault {
	switch {
	case t.GetTool() == "":
		return fault("toolCall.tool", ErrRequired)
	case !isUTF8(t.Tool):
		return fault("toolCall.tool", ErrUTF8)
	case t.Action == "":
		return fault("toolCall.action", ErrRequired)
	case !isUTF8(t.Action):
		return fault("toolCall.action", ErrUTF8)
	}
	if !resourceName(t.Tool, "projects", "locations", "agents", "tools") {
		c.note("toolCall.tool", Say(ErrName, "not the full resource name of a tool, want projects/P/locations/L/agents/A/tools/TOOL"))
	}
	return under("toolCall.inputParameters", checkStruct(t.GetInputParameters(), 1, MaxDepth))
}

func under(path string, f *Fault) *Fault {
	if f == nil {
		return nil
	}
	return f.In(path)
}
