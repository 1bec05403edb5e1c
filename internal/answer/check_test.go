package answer_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	agent = "projects/p/locations/global/agents/a"
	page  = agent + "/flows/f/pages/g"
)

type (
	response  = cxpb.WebhookResponse
	message   = cxpb.ResponseMessage
	formParam = cxpb.PageInfo_FormInfo_ParameterInfo
)

func messages(m ...*message) *response {
	return &response{FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{Messages: m}}
}

func text(variants ...string) *message {
	return &message{Message: &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: variants}}}
}

func payload(v *structpb.Value) *message {
	return &message{Message: &cxpb.ResponseMessage_Payload{Payload: v.GetStructValue()}}
}

func audio(t *cxpb.ResponseMessage_OutputAudioText) *message {
	return &message{Message: &cxpb.ResponseMessage_OutputAudioText_{OutputAudioText: t}}
}

func play(p *cxpb.ResponseMessage_PlayAudio) *message {
	return &message{Message: &cxpb.ResponseMessage_PlayAudio_{PlayAudio: p}}
}

func call(number string) *message {
	return &message{Message: &cxpb.ResponseMessage_TelephonyTransferCall_{
		TelephonyTransferCall: &cxpb.ResponseMessage_TelephonyTransferCall{
			Endpoint: &cxpb.ResponseMessage_TelephonyTransferCall_PhoneNumber{PhoneNumber: number},
		},
	}}
}

func tool(t *cxpb.ToolCall) *message {
	return &message{Message: &cxpb.ResponseMessage_ToolCall{ToolCall: t}}
}

func param(name string, v *structpb.Value) *response {
	return &response{SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{name: v}}}
}

func form(p ...*formParam) *response {
	return &response{PageInfo: &cxpb.PageInfo{FormInfo: &cxpb.PageInfo_FormInfo{ParameterInfo: p}}}
}

// objects returns n levels of objects.
func objects(n int) *structpb.Value {
	v := object()
	for range n - 1 {
		v = object("o", v)
	}
	return v
}

func TestCheckGood(t *testing.T) {
	t.Parallel()
	deep := objects(answer.MaxDepth)
	tests := []struct {
		name string
		in   *response
	}{
		{"no answer", nil},
		{"empty answer", &response{}},
		{"every message", every()},
		{"null parameter", param("a", null())},
		{"null of an odd number encodes as null", param("a", &structpb.Value{Kind: &structpb.Value_NullValue{NullValue: 7}})},
		{"nil struct and list encode as empty", param("a", list(
			&structpb.Value{Kind: &structpb.Value_StructValue{}}, &structpb.Value{Kind: &structpb.Value_ListValue{}}))},
		{"custom payload of 24 levels", messages(payload(objects(24)))},
		{"parameter of the allowed depth", param("a", deep)},
		{"payload of the webhook of the allowed depth", &response{Payload: deep.GetStructValue()}},
		{"invalid form parameter", form(&formParam{DisplayName: "a", State: cxpb.PageInfo_FormInfo_ParameterInfo_INVALID})},
		{"required means something in a request and no harm here", form(&formParam{DisplayName: "a", Required: true, Value: null()})},
		{"target page", &response{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: page}}},
		{"symbolic page", &response{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: agent + "/flows/f/pages/END_SESSION"}}},
		{"target flow", &response{Transition: &cxpb.WebhookResponse_TargetFlow{TargetFlow: agent + "/flows/f"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := answer.Strict(tt.in); err != nil {
				t.Error(err)
			}
		})
	}
}

// every returns an answer with every kind of content that a webhook may send.
func every() *response {
	meta := object("a", list(num(1), str("x"), truth(true), null(), object("b", num(-0.5)))).GetStructValue()
	return &response{
		FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{
			MergeBehavior: cxpb.WebhookResponse_FulfillmentResponse_REPLACE,
			Messages: []*message{
				text("one", "two"),
				{Channel: "VOICE", Message: &cxpb.ResponseMessage_Payload{Payload: meta}},
				audio(&cxpb.ResponseMessage_OutputAudioText{Source: &cxpb.ResponseMessage_OutputAudioText_Text{Text: "hi"}}),
				audio(&cxpb.ResponseMessage_OutputAudioText{Source: &cxpb.ResponseMessage_OutputAudioText_Ssml{Ssml: "<speak>hi</speak>"}}),
				play(&cxpb.ResponseMessage_PlayAudio{AudioUri: "gs://clips/a.wav"}),
				{Message: &cxpb.ResponseMessage_LiveAgentHandoff_{LiveAgentHandoff: &cxpb.ResponseMessage_LiveAgentHandoff{Metadata: meta}}},
				{Message: &cxpb.ResponseMessage_LiveAgentHandoff_{}},
				{Message: &cxpb.ResponseMessage_ConversationSuccess_{ConversationSuccess: &cxpb.ResponseMessage_ConversationSuccess{Metadata: meta}}},
				call("+14155550123"),
				{Message: &cxpb.ResponseMessage_KnowledgeInfoCard_{}},
				tool(&cxpb.ToolCall{Tool: agent + "/tools/t", Action: "pay", InputParameters: meta}),
			},
		},
		SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"a.b_c-9": num(1), "D": null()}},
		PageInfo: &cxpb.PageInfo{FormInfo: &cxpb.PageInfo_FormInfo{ParameterInfo: []*formParam{
			{DisplayName: "size", State: cxpb.PageInfo_FormInfo_ParameterInfo_INVALID, Value: str("m")},
		}}},
		Payload:    meta,
		Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: page},
	}
}

// Faults that keep an answer from being sent: errors of Check and of Strict.
func TestCheckErrors(t *testing.T) {
	t.Parallel()
	cycle := object("a", null())
	cycle.GetStructValue().Fields["a"] = cycle
	tests := []struct {
		name string
		in   *response
		want error
		path string
	}{
		{"nil parameter", param("a", nil), answer.ErrEmptyValue, `sessionInfo.parameters["a"]`},
		{"parameter without a kind", param("a", &structpb.Value{}), answer.ErrEmptyValue, `sessionInfo.parameters["a"]`},
		{"null kind that is nil", param("a", &structpb.Value{Kind: (*structpb.Value_NullValue)(nil)}), answer.ErrEmptyValue, `sessionInfo.parameters["a"]`},
		{"bool kind that is nil", param("a", &structpb.Value{Kind: (*structpb.Value_BoolValue)(nil)}), answer.ErrEmptyValue, `sessionInfo.parameters["a"]`},
		{"number kind that is nil", param("a", &structpb.Value{Kind: (*structpb.Value_NumberValue)(nil)}), answer.ErrEmptyValue, `sessionInfo.parameters["a"]`},
		{"string kind that is nil", param("a", &structpb.Value{Kind: (*structpb.Value_StringValue)(nil)}), answer.ErrEmptyValue, `sessionInfo.parameters["a"]`},
		{"struct kind that is nil", param("a", &structpb.Value{Kind: (*structpb.Value_StructValue)(nil)}), answer.ErrEmptyValue, `sessionInfo.parameters["a"]`},
		{"list kind that is nil", param("a", &structpb.Value{Kind: (*structpb.Value_ListValue)(nil)}), answer.ErrEmptyValue, `sessionInfo.parameters["a"]`},
		{"nil in a list", param("a", object("b", list(null(), nil))), answer.ErrEmptyValue, `sessionInfo.parameters["a"]["b"][1]`},
		{"NaN", param("a", num(math.NaN())), answer.ErrNotFinite, `sessionInfo.parameters["a"]`},
		{"infinity", &response{Payload: object("a", list(num(math.Inf(1)))).GetStructValue()}, answer.ErrNotFinite, `payload["a"][0]`},
		{"value that contains itself", param("a", cycle), answer.ErrTooDeep, ""},
		{"list one level too deep", param("a", object("l", object("l", list(objects(answer.MaxDepth-2))))), answer.ErrTooDeep, ""},
		{"custom payload of 25 levels", messages(payload(objects(25))), answer.ErrTooDeep, ""},
		{"custom payload of 24 objects and a list", messages(payload(object("l", object("l", list(objects(22)))))), answer.ErrTooDeep, ""},
		{"payload too deep", &response{Payload: objects(answer.MaxDepth + 1).GetStructValue()}, answer.ErrTooDeep, ""},
		{"parameter name", param("\xff", null()), answer.ErrUTF8, `sessionInfo.parameters["\xff"]`},
		{"parameter text", param("a", str("\xff")), answer.ErrUTF8, `sessionInfo.parameters["a"]`},
		{"key of an object", param("a", object("\xff", null())), answer.ErrUTF8, `sessionInfo.parameters["a"]["\xff"]`},
		{"session", &response{SessionInfo: &cxpb.SessionInfo{Session: "\xff"}}, answer.ErrUTF8, "sessionInfo.session"},
		{"current page", &response{PageInfo: &cxpb.PageInfo{CurrentPage: "\xff"}}, answer.ErrUTF8, "pageInfo.currentPage"},
		{"page display name", &response{PageInfo: &cxpb.PageInfo{DisplayName: "\xff"}}, answer.ErrUTF8, "pageInfo.displayName"},
		{"target page", &response{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: "\xff"}}, answer.ErrUTF8, "targetPage"},
		{"target flow", &response{Transition: &cxpb.WebhookResponse_TargetFlow{TargetFlow: "\xff"}}, answer.ErrUTF8, "targetFlow"},
		{"merge behaviour", &response{FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{MergeBehavior: 3}},
			answer.ErrUnknownEnum, "fulfillmentResponse.mergeBehavior"},
		{"nil form parameter", form(nil), answer.ErrRequired, "pageInfo.formInfo.parameterInfo[0].displayName"},
		{"form parameter without a name", form(&formParam{DisplayName: "a"}, &formParam{Value: null()}), answer.ErrRequired, "pageInfo.formInfo.parameterInfo[1].displayName"},
		{"form parameter name", form(&formParam{DisplayName: "\xff"}), answer.ErrUTF8, "pageInfo.formInfo.parameterInfo[0].displayName"},
		{"form parameter value", form(&formParam{DisplayName: "a", Value: &structpb.Value{}}), answer.ErrEmptyValue, "pageInfo.formInfo.parameterInfo[0].value"},
		{"form parameter state", form(&formParam{DisplayName: "a", State: 4}), answer.ErrUnknownEnum, "pageInfo.formInfo.parameterInfo[0].state"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, answer.Check(tt.in, nil), tt.want, tt.path)
			wantFault(t, answer.Strict(tt.in), tt.want, tt.path)
		})
	}
}

func wantFault(t *testing.T, err, want error, path string) {
	t.Helper()
	f, ok := errors.AsType[*answer.Fault](err)
	if !ok || !errors.Is(err, want) {
		t.Errorf("have %v, want a Fault of %v", err, want)
		return
	}
	if path != "" && f.Path != path {
		t.Errorf("path is %s, want %s", f.Path, path)
	}
	if !strings.HasPrefix(err.Error(), f.Path+": ") {
		t.Errorf("the text %q does not begin with the path %q", err, f.Path)
	}
}

// Faults that an answer may be sent with: nothing for Check but a note, errors
// of Strict.
func TestCheckLesser(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   *response
		want error
		path string
	}{
		{"session", &response{SessionInfo: &cxpb.SessionInfo{Session: agent + "/sessions/s"}}, answer.ErrIgnored, "sessionInfo.session"},
		{"current page", &response{PageInfo: &cxpb.PageInfo{CurrentPage: page}}, answer.ErrIgnored, "pageInfo.currentPage"},
		{"page display name", &response{PageInfo: &cxpb.PageInfo{DisplayName: "Order"}}, answer.ErrIgnored, "pageInfo.displayName"},
		{"parameter without a name", param("", null()), answer.ErrName, `sessionInfo.parameters[""]`},
		{"parameter outside the alphabet", param("cancel period", null()), answer.ErrName, `sessionInfo.parameters["cancel period"]`},
		{"parameter of another script", param("größe", null()), answer.ErrName, `sessionInfo.parameters["größe"]`},
		{"state filled", form(&formParam{DisplayName: "a", State: cxpb.PageInfo_FormInfo_ParameterInfo_FILLED}), answer.ErrFormState, "pageInfo.formInfo.parameterInfo[0].state"},
		{"state empty", form(&formParam{DisplayName: "a", State: cxpb.PageInfo_FormInfo_ParameterInfo_EMPTY}), answer.ErrFormState, "pageInfo.formInfo.parameterInfo[0].state"},
		{"just collected", form(&formParam{DisplayName: "a", JustCollected: true}), answer.ErrIgnored, "pageInfo.formInfo.parameterInfo[0].justCollected"},
		{"empty target page", &response{Transition: &cxpb.WebhookResponse_TargetPage{}}, answer.ErrTarget, "targetPage"},
		{"target page that is nil", &response{Transition: (*cxpb.WebhookResponse_TargetPage)(nil)}, answer.ErrTarget, "targetPage"},
		{"target page by its display name", &response{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: "End Session"}}, answer.ErrTarget, "targetPage"},
		{"flow as target page", &response{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: agent + "/flows/f"}}, answer.ErrTarget, "targetPage"},
		{"page with an empty id", &response{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: agent + "/flows/f/pages/"}}, answer.ErrTarget, "targetPage"},
		{"page with a slash behind", &response{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: page + "/"}}, answer.ErrTarget, "targetPage"},
		{"page of another collection", &response{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: agent + "/flows/f/intents/g"}}, answer.ErrTarget, "targetPage"},
		{"page as target flow", &response{Transition: &cxpb.WebhookResponse_TargetFlow{TargetFlow: page}}, answer.ErrTarget, "targetFlow"},
		{"target flow that is nil", &response{Transition: (*cxpb.WebhookResponse_TargetFlow)(nil)}, answer.ErrTarget, "targetFlow"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantLesser(t, tt.in, tt.want, tt.path)
		})
	}
}

func wantLesser(t *testing.T, in *response, want error, path string) {
	t.Helper()
	var noted []*answer.Fault
	if err := answer.Check(in, func(f *answer.Fault) { noted = append(noted, f) }); err != nil {
		t.Errorf("Check refuses it: %v", err)
	}
	if len(noted) != 1 {
		t.Fatalf("%d faults are noted, want 1: %v", len(noted), noted)
	}
	wantFault(t, noted[0], want, path)
	wantFault(t, answer.Strict(in), want, path)
	if err := answer.Check(in, nil); err != nil {
		t.Errorf("Check without a function refuses it: %v", err)
	}
}

func TestCheckNotesAll(t *testing.T) {
	t.Parallel()
	in := messages(text(""), call("110"))
	in.PageInfo = &cxpb.PageInfo{CurrentPage: page}
	var noted []error
	if err := answer.Check(in, func(f *answer.Fault) { noted = append(noted, f.Err) }); err != nil {
		t.Fatal(err)
	}
	want := []error{answer.ErrEmptyText, answer.ErrPhoneNumber, answer.ErrIgnored}
	if len(noted) != len(want) {
		t.Fatalf("noted %v, want %v", noted, want)
	}
	for i := range want {
		if !errors.Is(noted[i], want[i]) {
			t.Errorf("note %d is %v, want %v", i, noted[i], want[i])
		}
	}
}

// A name of a parameter may be as long as the answer; logs should not be.
func TestFaultShortensNames(t *testing.T) {
	t.Parallel()
	err := answer.Check(param(strings.Repeat("n", 1<<16), nil), nil)
	if n := len(err.Error()); n > 200 {
		t.Errorf("the error has %d bytes", n)
	}
}
