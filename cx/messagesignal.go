package cx

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
)

// LiveAgentHandoff tells the client to hand the conversation to a person. It
// only signals: the session goes on until something ends it. The metadata is
// any value whose JSON is an object, or nil.
func LiveAgentHandoff(metadata any) Part {
	return messagePart("LiveAgentHandoff", func() (*cxpb.ResponseMessage, error) {
		s, err := answer.Struct(metadata)
		if err != nil {
			return nil, at("liveAgentHandoff.metadata", err)
		}
		return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_LiveAgentHandoff_{
			LiveAgentHandoff: &cxpb.ResponseMessage_LiveAgentHandoff{Metadata: s},
		}}, nil
	})
}

// ConversationSuccess records that the conversation reached its aim, for the
// client and for statistics. The metadata is any value whose JSON is an
// object, or nil.
func ConversationSuccess(metadata any) Part {
	return messagePart("ConversationSuccess", func() (*cxpb.ResponseMessage, error) {
		s, err := answer.Struct(metadata)
		if err != nil {
			return nil, at("conversationSuccess.metadata", err)
		}
		return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_ConversationSuccess_{
			ConversationSuccess: &cxpb.ResponseMessage_ConversationSuccess{Metadata: s},
		}}, nil
	})
}

// TelephonyTransferCall tells the client to transfer the phone call to a
// number in the form of E.164: a plus sign and digits, "+14155550123".
func TelephonyTransferCall(number string) Part {
	return messagePart("TelephonyTransferCall", func() (*cxpb.ResponseMessage, error) {
		return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_TelephonyTransferCall_{
			TelephonyTransferCall: &cxpb.ResponseMessage_TelephonyTransferCall{
				Endpoint: &cxpb.ResponseMessage_TelephonyTransferCall_PhoneNumber{PhoneNumber: number},
			},
		}}, nil
	})
}

// KnowledgeInfoCard marks the place of the info card of a knowledge answer in
// Dialogflow Messenger. Dialogflow leaves it out where generative knowledge is
// not in use.
func KnowledgeInfoCard() Part {
	return messagePart("KnowledgeInfoCard", func() (*cxpb.ResponseMessage, error) {
		return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_KnowledgeInfoCard_{
			KnowledgeInfoCard: new(cxpb.ResponseMessage_KnowledgeInfoCard),
		}}, nil
	})
}

// ToolCall asks the client to run an action of a tool. The tool is named in
// full, projects/P/locations/L/agents/A/tools/T; the input is any value whose
// JSON is an object, or nil.
func ToolCall(tool, action string, input any) Part {
	return messagePart("ToolCall", func() (*cxpb.ResponseMessage, error) {
		s, err := answer.Struct(input)
		if err != nil {
			return nil, at("toolCall.inputParameters", err)
		}
		return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_ToolCall{
			ToolCall: &cxpb.ToolCall{Tool: tool, Action: action, InputParameters: s},
		}}, nil
	})
}
