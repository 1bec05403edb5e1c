package answer_test

import (
	"errors"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
)

func TestCheckMessageErrors(t *testing.T) {
	t.Parallel()
	inf := object("n", object()).GetStructValue()
	inf.Fields["n"] = nil
	tests := []struct {
		name string
		in   *message
		want error
		path string
	}{
		{"nil message", nil, answer.ErrRequired, ""},
		{"message without content", &message{Channel: "c"}, answer.ErrRequired, ""},
		{"nil text", &message{Message: (*cxpb.ResponseMessage_Text_)(nil)}, answer.ErrRequired, ""},
		{"nil payload", &message{Message: (*cxpb.ResponseMessage_Payload)(nil)}, answer.ErrRequired, ""},
		{"nil audio text", &message{Message: (*cxpb.ResponseMessage_OutputAudioText_)(nil)}, answer.ErrRequired, ""},
		{"nil audio clip", &message{Message: (*cxpb.ResponseMessage_PlayAudio_)(nil)}, answer.ErrRequired, ""},
		{"nil mixed audio", &message{Message: (*cxpb.ResponseMessage_MixedAudio_)(nil)}, answer.ErrRequired, ""},
		{"nil handoff", &message{Message: (*cxpb.ResponseMessage_LiveAgentHandoff_)(nil)}, answer.ErrRequired, ""},
		{"nil success", &message{Message: (*cxpb.ResponseMessage_ConversationSuccess_)(nil)}, answer.ErrRequired, ""},
		{"nil transfer", &message{Message: (*cxpb.ResponseMessage_TelephonyTransferCall_)(nil)}, answer.ErrRequired, ""},
		{"nil card", &message{Message: (*cxpb.ResponseMessage_KnowledgeInfoCard_)(nil)}, answer.ErrRequired, ""},
		{"nil end", &message{Message: (*cxpb.ResponseMessage_EndInteraction_)(nil)}, answer.ErrRequired, ""},
		{"nil tool call", &message{Message: (*cxpb.ResponseMessage_ToolCall)(nil)}, answer.ErrRequired, ""},
		{"text without variants", text(), answer.ErrRequired, ".text.text"},
		{"text without its message", &message{Message: &cxpb.ResponseMessage_Text_{}}, answer.ErrRequired, ".text.text"},
		{"text", text("a", "\xff"), answer.ErrUTF8, ".text.text[1]"},
		{"channel", &message{Channel: "\xff", Message: text("a").Message}, answer.ErrUTF8, ".channel"},
		{"response type", &message{ResponseType: 9, Message: text("a").Message}, answer.ErrUnknownEnum, ".responseType"},
		{"payload", &message{Message: &cxpb.ResponseMessage_Payload{Payload: inf}}, answer.ErrEmptyValue, `.payload["n"]`},
		{"audio text", audio(&cxpb.ResponseMessage_OutputAudioText{Source: &cxpb.ResponseMessage_OutputAudioText_Text{Text: "\xff"}}),
			answer.ErrUTF8, ".outputAudioText.text"},
		{"audio SSML", audio(&cxpb.ResponseMessage_OutputAudioText{Source: &cxpb.ResponseMessage_OutputAudioText_Ssml{Ssml: "\xff"}}),
			answer.ErrUTF8, ".outputAudioText.ssml"},
		{"clip without a place", play(nil), answer.ErrRequired, ".playAudio.audioUri"},
		{"clip", play(&cxpb.ResponseMessage_PlayAudio{AudioUri: "\xff"}), answer.ErrUTF8, ".playAudio.audioUri"},
		{"mixed audio", &message{Message: &cxpb.ResponseMessage_MixedAudio_{MixedAudio: &cxpb.ResponseMessage_MixedAudio{
			Segments: []*cxpb.ResponseMessage_MixedAudio_Segment{{Content: &cxpb.ResponseMessage_MixedAudio_Segment_Uri{Uri: "\xff"}}}}}},
			answer.ErrUTF8, ".mixedAudio.segments[0].uri"},
		{"handoff", &message{Message: &cxpb.ResponseMessage_LiveAgentHandoff_{
			LiveAgentHandoff: &cxpb.ResponseMessage_LiveAgentHandoff{Metadata: inf}}}, answer.ErrEmptyValue, `.liveAgentHandoff.metadata["n"]`},
		{"success", &message{Message: &cxpb.ResponseMessage_ConversationSuccess_{
			ConversationSuccess: &cxpb.ResponseMessage_ConversationSuccess{Metadata: inf}}}, answer.ErrEmptyValue, `.conversationSuccess.metadata["n"]`},
		{"transfer", call("\xff"), answer.ErrUTF8, ".telephonyTransferCall.phoneNumber"},
		{"tool call without its message", tool(nil), answer.ErrRequired, ".toolCall.tool"},
		{"tool call without a tool", tool(&cxpb.ToolCall{Action: "pay"}), answer.ErrRequired, ".toolCall.tool"},
		{"tool call without an action", tool(&cxpb.ToolCall{Tool: agent + "/tools/t"}), answer.ErrRequired, ".toolCall.action"},
		{"tool", tool(&cxpb.ToolCall{Tool: "\xff", Action: "pay"}), answer.ErrUTF8, ".toolCall.tool"},
		{"action", tool(&cxpb.ToolCall{Tool: agent + "/tools/t", Action: "\xff"}), answer.ErrUTF8, ".toolCall.action"},
		{"tool input", tool(&cxpb.ToolCall{Tool: agent + "/tools/t", Action: "pay", InputParameters: inf}), answer.ErrEmptyValue, `.toolCall.inputParameters["n"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := "fulfillmentResponse.messages[1]" + tt.path
			in := messages(text("first"), tt.in)
			wantFault(t, answer.Check(in, nil), tt.want, path)
			wantFault(t, answer.Strict(in), tt.want, path)
			err := answer.StrictMessage(1, tt.in)
			wantFault(t, err, tt.want, path)
			f, _ := errors.AsType[*answer.Fault](err)
			if m, p := answer.Locate(f); m != 1 || p != -1 {
				t.Errorf("located at message %d, form parameter %d; want 1, -1", m, p)
			}
		})
	}
}

func TestCheckMessageLesser(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   *message
		want error
		path string
	}{
		{"empty text", text("a", ""), answer.ErrEmptyText, ".text.text[1]"},
		{"interruption of text", &message{Message: &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{
			Text: []string{"a"}, AllowPlaybackInterruption: true}}}, answer.ErrOutputOnly, ".text.allowPlaybackInterruption"},
		{"empty audio text", audio(&cxpb.ResponseMessage_OutputAudioText{Source: &cxpb.ResponseMessage_OutputAudioText_Text{}}), answer.ErrEmptyText, ".outputAudioText.text"},
		{"empty audio SSML", audio(&cxpb.ResponseMessage_OutputAudioText{Source: &cxpb.ResponseMessage_OutputAudioText_Ssml{}}), answer.ErrEmptyText, ".outputAudioText.ssml"},
		{"audio text without a source", audio(nil), answer.ErrEmptyText, ".outputAudioText"},
		{"audio text whose source is nil", audio(&cxpb.ResponseMessage_OutputAudioText{Source: (*cxpb.ResponseMessage_OutputAudioText_Text)(nil)}), answer.ErrEmptyText, ".outputAudioText"},
		{"interruption of audio text", audio(&cxpb.ResponseMessage_OutputAudioText{
			Source:                    &cxpb.ResponseMessage_OutputAudioText_Text{Text: "a"},
			AllowPlaybackInterruption: true,
		}), answer.ErrOutputOnly, ".outputAudioText.allowPlaybackInterruption"},
		{"interruption of a clip", play(&cxpb.ResponseMessage_PlayAudio{AudioUri: "a", AllowPlaybackInterruption: true}),
			answer.ErrOutputOnly, ".playAudio.allowPlaybackInterruption"},
		{"end of the interaction", &message{Message: &cxpb.ResponseMessage_EndInteraction_{}}, answer.ErrOutputOnly, ".endInteraction"},
		{"mixed audio", &message{Message: &cxpb.ResponseMessage_MixedAudio_{}}, answer.ErrOutputOnly, ".mixedAudio"},
		{"transfer to nobody", &message{Message: &cxpb.ResponseMessage_TelephonyTransferCall_{}}, answer.ErrPhoneNumber, ".telephonyTransferCall.phoneNumber"},
		{"tool by its display name", tool(&cxpb.ToolCall{Tool: "till", Action: "pay"}), answer.ErrName, ".toolCall.tool"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantLesser(t, messages(text("first"), tt.in), tt.want, "fulfillmentResponse.messages[1]"+tt.path)
			wantFault(t, answer.StrictMessage(1, tt.in), tt.want, "fulfillmentResponse.messages[1]"+tt.path)
		})
	}
}

func TestPhoneNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     bool
	}{
		{"fifteen digits", "+123456789012345", true},
		{"short number of a small country", "+2906123", true},
		{"sixteen digits", "+1234567890123456", false},
		{"no plus sign", "14155550123", false},
		{"zero first, which is no country", "+04155550123", false},
		{"international prefix in place of the plus sign", "0014155550123", false},
		{"written with spaces", "+1 415 555 0123", false},
		{"written with dashes", "+1-415-555-0123", false},
		{"letters", "+1415555CALL", false},
		{"digits of another script", "+١٢٣٤", false},
		{"plus sign alone", "+", false},
		{"one digit", "+1", false},
		{"empty", "", false},
		{"line end", "+14155550123\n", false},
		{"two plus signs", "++14155550123", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := answer.PhoneNumber(tt.in); got != tt.want {
				t.Errorf("PhoneNumber(%q) is %t, want %t", tt.in, got, tt.want)
			}
		})
	}
}
