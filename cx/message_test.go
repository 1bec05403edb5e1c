package cx_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"google.golang.org/protobuf/types/known/structpb"
)

const toolName = "projects/p/locations/l/agents/a/tools/t"

func TestMessages(t *testing.T) {
	t.Parallel()
	testParts(t, []partTest{
		{"text", []cx.Part{cx.Text("Fine.")}, `{"fulfillmentResponse":{"messages":[{"text":{"text":["Fine."]}}]}}`},
		{"text is not a format", []cx.Part{cx.Text("100 %d")}, `{"fulfillmentResponse":{"messages":[{"text":{"text":["100 %d"]}}]}}`},
		{"formatted text", []cx.Part{cx.Textf("%d in %q", 2, "m")}, `{"fulfillmentResponse":{"messages":[{"text":{"text":["2 in \"m\""]}}]}}`},
		{"variants are one message", []cx.Part{cx.TextVariants("Hi", "Hello")}, `{"fulfillmentResponse":{"messages":[{"text":{"text":["Hi","Hello"]}}]}}`},
		{"two texts are two messages", []cx.Part{cx.Text("Hi"), cx.Text("Hello")},
			`{"fulfillmentResponse":{"messages":[{"text":{"text":["Hi"]}},{"text":{"text":["Hello"]}}]}}`},
		{"blank text may be meant", []cx.Part{cx.Text(" ")}, `{"fulfillmentResponse":{"messages":[{"text":{"text":[" "]}}]}}`},
		{"payload of a map", []cx.Part{cx.CustomPayload(map[string]any{"richContent": [][]any{{map[string]any{"type": "divider"}}}})},
			`{"fulfillmentResponse":{"messages":[{"payload":{"richContent":[[{"type":"divider"}]]}}]}}`},
		{"payload of a struct", []cx.Part{cx.CustomPayload(struct {
			Type string `json:"type"`
			Rows []int  `json:"rows"`
		}{"list", []int{1, 2}})}, `{"fulfillmentResponse":{"messages":[{"payload":{"type":"list","rows":[1,2]}}]}}`},
		{"payload of raw JSON", []cx.Part{cx.CustomPayload(json.RawMessage(`{"a":{"b":null}}`))},
			`{"fulfillmentResponse":{"messages":[{"payload":{"a":{"b":null}}}]}}`},
		{"payload of protobuf", []cx.Part{cx.CustomPayload(&structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewBoolValue(true)}})},
			`{"fulfillmentResponse":{"messages":[{"payload":{"a":true}}]}}`},
		{"payload of 24 levels", []cx.Part{cx.CustomPayload(levels(24))},
			`{"fulfillmentResponse":{"messages":[{"payload":` + string(levels(24)) + `}]}}`},
		{"audio text", []cx.Part{cx.OutputAudioText("Hi there")}, `{"fulfillmentResponse":{"messages":[{"outputAudioText":{"text":"Hi there"}}]}}`},
		{"audio SSML", []cx.Part{cx.OutputAudioSSML("<speak>Hi<break/></speak>")},
			`{"fulfillmentResponse":{"messages":[{"outputAudioText":{"ssml":"<speak>Hi<break/></speak>"}}]}}`},
		{"audio clip", []cx.Part{cx.PlayAudio("gs://clips/hold.wav")}, `{"fulfillmentResponse":{"messages":[{"playAudio":{"audioUri":"gs://clips/hold.wav"}}]}}`},
		{"handoff", []cx.Part{cx.LiveAgentHandoff(map[string]string{"queue": "refunds"})},
			`{"fulfillmentResponse":{"messages":[{"liveAgentHandoff":{"metadata":{"queue":"refunds"}}}]}}`},
		{"handoff without metadata", []cx.Part{cx.LiveAgentHandoff(nil)}, `{"fulfillmentResponse":{"messages":[{"liveAgentHandoff":{}}]}}`},
		{"success", []cx.Part{cx.ConversationSuccess(struct{ Order int }{7})},
			`{"fulfillmentResponse":{"messages":[{"conversationSuccess":{"metadata":{"Order":7}}}]}}`},
		{"success without metadata", []cx.Part{cx.ConversationSuccess(nil)}, `{"fulfillmentResponse":{"messages":[{"conversationSuccess":{}}]}}`},
		{"transfer", []cx.Part{cx.TelephonyTransferCall("+14155550123")},
			`{"fulfillmentResponse":{"messages":[{"telephonyTransferCall":{"phoneNumber":"+14155550123"}}]}}`},
		{"card", []cx.Part{cx.KnowledgeInfoCard()}, `{"fulfillmentResponse":{"messages":[{"knowledgeInfoCard":{}}]}}`},
		{"tool call", []cx.Part{cx.ToolCall(toolName, "pay", map[string]int{"amount": 5})},
			`{"fulfillmentResponse":{"messages":[{"toolCall":{"tool":"` + toolName + `","action":"pay","inputParameters":{"amount":5}}}]}}`},
		{"tool call without input", []cx.Part{cx.ToolCall(toolName, "pay", nil)},
			`{"fulfillmentResponse":{"messages":[{"toolCall":{"tool":"` + toolName + `","action":"pay"}}]}}`},
		{"message made by hand", []cx.Part{cx.Message(&cxpb.ResponseMessage{
			ResponseType: cxpb.ResponseMessage_HANDLER_PROMPT,
			Message:      &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: []string{"a"}}},
		})}, `{"fulfillmentResponse":{"messages":[{"responseType":"HANDLER_PROMPT","text":{"text":["a"]}}]}}`},
		{"append", []cx.Part{cx.Append(), cx.Append()}, `{"fulfillmentResponse":{"mergeBehavior":"APPEND"}}`},
		{"replace by nothing", []cx.Part{cx.Replace()}, `{"fulfillmentResponse":{"mergeBehavior":"REPLACE"}}`},
	})
}

func TestChannel(t *testing.T) {
	t.Parallel()
	testParts(t, []partTest{
		{"one message of several", []cx.Part{cx.Text("a"), cx.Channel("VOICE", cx.Text("b")), cx.Text("c")},
			`{"fulfillmentResponse":{"messages":[{"text":{"text":["a"]}},{"channel":"VOICE","text":{"text":["b"]}},{"text":{"text":["c"]}}]}}`},
		{"group", []cx.Part{cx.Channel("VOICE", cx.OutputAudioText("a"), cx.Parts(cx.PlayAudio("u")), cx.SetParam("n", 1))}, `{
			"fulfillmentResponse":{"messages":[{"channel":"VOICE","outputAudioText":{"text":"a"}},{"channel":"VOICE","playAudio":{"audioUri":"u"}}]},
			"sessionInfo":{"parameters":{"n":1}}}`},
		{"the inner channel stays", []cx.Part{cx.Channel("OUT", cx.Channel("IN", cx.Text("a")), cx.Text("b"))},
			`{"fulfillmentResponse":{"messages":[{"channel":"IN","text":{"text":["a"]}},{"channel":"OUT","text":{"text":["b"]}}]}}`},
		{"no messages", []cx.Part{cx.Channel("VOICE")}, `{}`},
		{"messages taken away inside", []cx.Part{cx.Text("a"), cx.Channel("VOICE", part(func(r *cxpb.WebhookResponse) {
			r.FulfillmentResponse = nil
		}))}, `{}`},
	})
	testFaults(t, []faultTest{
		{"without a name", []cx.Part{cx.Channel("", cx.Text("a"))}, cx.ErrName, 0, "Channel", ""},
		{"name that is not UTF-8", []cx.Part{cx.Channel("\xff", cx.Text("a"))}, cx.ErrUTF8, 0, "Channel", ""},
		{"part inside", []cx.Part{cx.Text("a"), cx.Channel("VOICE", cx.Text("b"), cx.Text(""))},
			cx.ErrEmptyText, 1, "Channel[1].Text", "fulfillmentResponse.messages[2].text.text[0]"},
	})
}

// levels returns the JSON of n objects in one another.
func levels(n int) json.RawMessage {
	return json.RawMessage(strings.Repeat(`{"o":`, n-1) + "{}" + strings.Repeat("}", n-1))
}

func TestMessageFaults(t *testing.T) {
	t.Parallel()
	const first = "fulfillmentResponse.messages[0]."
	cycle := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	cycle.Fields["c"] = structpb.NewStructValue(cycle)
	testFaults(t, []faultTest{
		{"empty text", []cx.Part{cx.Text("")}, cx.ErrEmptyText, 0, "Text", first + "text.text[0]"},
		{"empty formatted text", []cx.Part{cx.Textf("%s", "")}, cx.ErrEmptyText, 0, "Textf", first + "text.text[0]"},
		{"no variants", []cx.Part{cx.TextVariants()}, cx.ErrRequired, 0, "TextVariants", first + "text.text"},
		{"empty variant", []cx.Part{cx.TextVariants("a", "")}, cx.ErrEmptyText, 0, "TextVariants", first + "text.text[1]"},
		{"text that is not UTF-8", []cx.Part{cx.Text("a\xff")}, cx.ErrUTF8, 0, "Text", first + "text.text[0]"},
		{"payload that is a list", []cx.Part{cx.CustomPayload([]int{1})}, cx.ErrNotObject, 0, "CustomPayload", first + "payload"},
		{"payload that is null", []cx.Part{cx.CustomPayload(nil)}, cx.ErrNotObject, 0, "CustomPayload", first + "payload"},
		{"payload of 25 levels", []cx.Part{cx.CustomPayload(levels(25))}, cx.ErrTooDeep, 0, "CustomPayload",
			first + "payload"},
		{"payload with NaN", []cx.Part{cx.CustomPayload(map[string]any{"n": math.NaN()})}, cx.ErrNotFinite, 0, "CustomPayload", first + `payload["n"]`},
		{"payload with a great integer", []cx.Part{cx.CustomPayload(json.RawMessage(`{"n":9007199254740993}`))}, cx.ErrInexact, 0, "CustomPayload", first + "payload"},
		{"empty audio text", []cx.Part{cx.OutputAudioText("")}, cx.ErrEmptyText, 0, "OutputAudioText", first + "outputAudioText.text"},
		{"empty audio SSML", []cx.Part{cx.OutputAudioSSML("")}, cx.ErrEmptyText, 0, "OutputAudioSSML", first + "outputAudioText.ssml"},
		{"clip without a place", []cx.Part{cx.PlayAudio("")}, cx.ErrRequired, 0, "PlayAudio", first + "playAudio.audioUri"},
		{"handoff with a list", []cx.Part{cx.LiveAgentHandoff([]int{})}, cx.ErrNotObject, 0, "LiveAgentHandoff", first + "liveAgentHandoff.metadata"},
		{"success with text", []cx.Part{cx.ConversationSuccess("x")}, cx.ErrNotObject, 0, "ConversationSuccess", first + "conversationSuccess.metadata"},
		{"transfer to a local number", []cx.Part{cx.TelephonyTransferCall("555-0123")}, cx.ErrPhoneNumber, 0, "TelephonyTransferCall",
			first + "telephonyTransferCall.phoneNumber"},
		{"tool by its display name", []cx.Part{cx.ToolCall("till", "pay", nil)}, cx.ErrName, 0, "ToolCall", first + "toolCall.tool"},
		{"tool without an action", []cx.Part{cx.ToolCall(toolName, "", nil)}, cx.ErrRequired, 0, "ToolCall", first + "toolCall.action"},
		{"tool with text for input", []cx.Part{cx.ToolCall(toolName, "pay", "all")}, cx.ErrNotObject, 0, "ToolCall", first + "toolCall.inputParameters"},
		{"nil message made by hand", []cx.Part{cx.Message(nil)}, cx.ErrRequired, 0, "Message", "fulfillmentResponse.messages[0]"},
		{"end of the interaction made by hand", []cx.Part{cx.Message(&cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_EndInteraction_{}})},
			cx.ErrOutputOnly, 0, "Message", first + "endInteraction"},
		{"message that contains itself", []cx.Part{cx.Message(&cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_Payload{Payload: cycle}})},
			cx.ErrTooDeep, 0, "Message", first + `payload["c"]["c"]…`},
	})
}
