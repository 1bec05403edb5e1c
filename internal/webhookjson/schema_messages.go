package webhookjson

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// responseMessageTable is the code for the messages of a turn.
func responseMessageTable() *table {
	type msg = cxpb.ResponseMessage
	kind := oneof[msg]{func(m *msg) any { return m.Message }, func(m *msg, w any) { setOneof(&m.Message, w) }}
	return newTable(&msg{},
		known{"text", &choiceMessage[msg, cxpb.ResponseMessage_Text_, cxpb.ResponseMessage_Text]{
			kind, func(w *cxpb.ResponseMessage_Text_) **cxpb.ResponseMessage_Text { return &w.Text }, textTable(),
			func(b *blocks) *block[pair[cxpb.ResponseMessage_Text_, cxpb.ResponseMessage_Text]] { return &b.texts }}, 0},
		known{"payload", oneStruct(kind, func(w *cxpb.ResponseMessage_Payload) **structpb.Struct { return &w.Payload }), 0},
		known{"conversation_success", oneMessage(kind, func(w *cxpb.ResponseMessage_ConversationSuccess_) **cxpb.ResponseMessage_ConversationSuccess {
			return &w.ConversationSuccess
		}, conversationSuccessTable()), 0},
		known{"output_audio_text", oneMessage(kind, func(w *cxpb.ResponseMessage_OutputAudioText_) **cxpb.ResponseMessage_OutputAudioText {
			return &w.OutputAudioText
		}, outputAudioTextTable()), 0},
		known{"live_agent_handoff", oneMessage(kind, func(w *cxpb.ResponseMessage_LiveAgentHandoff_) **cxpb.ResponseMessage_LiveAgentHandoff {
			return &w.LiveAgentHandoff
		}, liveAgentHandoffTable()), 0},
		known{"end_interaction", oneMessage(kind, func(w *cxpb.ResponseMessage_EndInteraction_) **cxpb.ResponseMessage_EndInteraction {
			return &w.EndInteraction
		}, newTable(&cxpb.ResponseMessage_EndInteraction{})), 0},
		known{"play_audio", oneMessage(kind, func(w *cxpb.ResponseMessage_PlayAudio_) **cxpb.ResponseMessage_PlayAudio { return &w.PlayAudio }, playAudioTable()), 0},
		known{"mixed_audio", oneMessage(kind, func(w *cxpb.ResponseMessage_MixedAudio_) **cxpb.ResponseMessage_MixedAudio { return &w.MixedAudio }, mixedAudioTable()), 0},
		known{"telephony_transfer_call", oneMessage(kind, func(w *cxpb.ResponseMessage_TelephonyTransferCall_) **cxpb.ResponseMessage_TelephonyTransferCall {
			return &w.TelephonyTransferCall
		}, telephonyTransferCallTable()), 0},
		known{"knowledge_info_card", oneMessage(kind, func(w *cxpb.ResponseMessage_KnowledgeInfoCard_) **cxpb.ResponseMessage_KnowledgeInfoCard {
			return &w.KnowledgeInfoCard
		}, newTable(&cxpb.ResponseMessage_KnowledgeInfoCard{})), 0},
		known{"tool_call", oneMessage(kind, func(w *cxpb.ResponseMessage_ToolCall) **cxpb.ToolCall { return &w.ToolCall }, toolCallTable()), 0},
		known{"response_type", enumField(func(m *msg) *cxpb.ResponseMessage_ResponseType { return &m.ResponseType }), 0},
		known{"channel", &text[msg]{func(m *msg) *string { return &m.Channel }}, 0},
	)
}

func textTable() *table {
	type msg = cxpb.ResponseMessage_Text
	return newTable(&msg{},
		known{"text", &texts[msg]{func(m *msg) *[]string { return &m.Text }}, 0},
		known{"allow_playback_interruption", &flag[msg]{func(m *msg) *bool { return &m.AllowPlaybackInterruption }}, 0},
	)
}

func conversationSuccessTable() *table {
	type msg = cxpb.ResponseMessage_ConversationSuccess
	return newTable(&msg{},
		known{"metadata", &structure[msg]{func(m *msg) **structpb.Struct { return &m.Metadata }}, 0},
	)
}

func liveAgentHandoffTable() *table {
	type msg = cxpb.ResponseMessage_LiveAgentHandoff
	return newTable(&msg{},
		known{"metadata", &structure[msg]{func(m *msg) **structpb.Struct { return &m.Metadata }}, 0},
	)
}

func outputAudioTextTable() *table {
	type msg = cxpb.ResponseMessage_OutputAudioText
	source := oneof[msg]{func(m *msg) any { return m.Source }, func(m *msg, w any) { setOneof(&m.Source, w) }}
	return newTable(&msg{},
		known{"text", oneText(source, func(w *cxpb.ResponseMessage_OutputAudioText_Text) *string { return &w.Text }), 0},
		known{"ssml", oneText(source, func(w *cxpb.ResponseMessage_OutputAudioText_Ssml) *string { return &w.Ssml }), 0},
		known{"allow_playback_interruption", &flag[msg]{func(m *msg) *bool { return &m.AllowPlaybackInterruption }}, 0},
	)
}

func playAudioTable() *table {
	type msg = cxpb.ResponseMessage_PlayAudio
	return newTable(&msg{},
		known{"audio_uri", &text[msg]{func(m *msg) *string { return &m.AudioUri }}, 0},
		known{"allow_playback_interruption", &flag[msg]{func(m *msg) *bool { return &m.AllowPlaybackInterruption }}, 0},
	)
}

func mixedAudioTable() *table {
	type msg = cxpb.ResponseMessage_MixedAudio
	type segment = cxpb.ResponseMessage_MixedAudio_Segment
	content := oneof[segment]{func(m *segment) any { return m.Content }, func(m *segment, w any) { setOneof(&m.Content, w) }}
	segments := newTable(&segment{},
		known{"audio", oneBytes(content, func(w *cxpb.ResponseMessage_MixedAudio_Segment_Audio) *[]byte { return &w.Audio }), 0},
		known{"uri", oneText(content, func(w *cxpb.ResponseMessage_MixedAudio_Segment_Uri) *string { return &w.Uri }), 0},
		known{"allow_playback_interruption", &flag[segment]{func(m *segment) *bool { return &m.AllowPlaybackInterruption }}, 0},
	)
	return newTable(&msg{},
		known{"segments", &messages[msg, segment]{func(m *msg) *[]*segment { return &m.Segments }, segments, 0}, 0},
	)
}

func telephonyTransferCallTable() *table {
	type msg = cxpb.ResponseMessage_TelephonyTransferCall
	endpoint := oneof[msg]{func(m *msg) any { return m.Endpoint }, func(m *msg, w any) { setOneof(&m.Endpoint, w) }}
	return newTable(&msg{},
		known{"phone_number", oneText(endpoint, func(w *cxpb.ResponseMessage_TelephonyTransferCall_PhoneNumber) *string { return &w.PhoneNumber }), 0},
	)
}

func toolCallTable() *table {
	type msg = cxpb.ToolCall
	return newTable(&msg{},
		known{"tool", &text[msg]{func(m *msg) *string { return &m.Tool }}, 0},
		known{"action", &text[msg]{func(m *msg) *string { return &m.Action }}, 0},
		known{"input_parameters", &structure[msg]{func(m *msg) **structpb.Struct { return &m.InputParameters }}, 0},
	)
}
