package cx_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestRespond(t *testing.T) {
	t.Parallel()
	testParts(t, []partTest{
		{"nothing is the empty answer", nil, `{}`},
		{"nil parts are left out", []cx.Part{nil, cx.Text("a"), nil},
			`{"fulfillmentResponse":{"messages":[{"text":{"text":["a"]}}]}}`},
		{"everything together", []cx.Part{
			cx.Text("a"), cx.SetParam("n", 1), cx.InvalidateFormParam("size"), cx.ClearParam("draft"), cx.Text("b"),
			cx.WebhookPayload(map[string]any{"k": "v"}), cx.TargetFlow("projects/p/locations/l/agents/a/flows/f"), cx.Replace(),
		}, `{
			"fulfillmentResponse":{"messages":[{"text":{"text":["a"]}},{"text":{"text":["b"]}}],"mergeBehavior":"REPLACE"},
			"sessionInfo":{"parameters":{"n":1,"draft":null}},
			"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","state":"INVALID"}]}},
			"payload":{"k":"v"},
			"targetFlow":"projects/p/locations/l/agents/a/flows/f"
		}`},
		{"parts of parts keep their order", []cx.Part{
			cx.Text("1"), cx.Parts(cx.Text("2"), cx.Parts(cx.Text("3"), nil)), cx.Text("4"),
		}, `{"fulfillmentResponse":{"messages":[
			{"text":{"text":["1"]}},{"text":{"text":["2"]}},{"text":{"text":["3"]}},{"text":{"text":["4"]}}]}}`},
		{"a part of the user's own", []cx.Part{
			cx.Text("1"), part(func(r *cxpb.WebhookResponse) {
				r.FulfillmentResponse.Messages = append(r.FulfillmentResponse.Messages, r.FulfillmentResponse.Messages[0])
			}),
		}, `{"fulfillmentResponse":{"messages":[{"text":{"text":["1"]}},{"text":{"text":["1"]}}]}}`},
		{"custom payload", []cx.Part{cx.WebhookPayload(struct {
			Score float64 `json:"score"`
		}{0.5})}, `{"payload":{"score":0.5}}`},
		{"empty payload is an object", []cx.Part{cx.WebhookPayload(map[string]any(nil))}, `{"payload":{}}`},
	})
}

func TestRespondFaults(t *testing.T) {
	t.Parallel()
	const pageName = "projects/p/locations/l/agents/a/flows/f/pages/g"
	addMessage := func(m *cxpb.ResponseMessage) cx.Part {
		return part(func(r *cxpb.WebhookResponse) {
			r.FulfillmentResponse = &cxpb.WebhookResponse_FulfillmentResponse{
				Messages: append(r.GetFulfillmentResponse().GetMessages(), m),
			}
		})
	}
	setRaw := func(v *structpb.Value) cx.Part {
		return part(func(r *cxpb.WebhookResponse) {
			r.SessionInfo = &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"raw": v}}
		})
	}
	testFaults(t, []faultTest{
		{"two targets", []cx.Part{cx.TargetPage(pageName), cx.Text("a"), cx.TargetFlow("projects/p/locations/l/agents/a/flows/f")},
			cx.ErrConflict, 2, "TargetFlow", "targetPage"},
		{"one target twice", []cx.Part{cx.TargetPage(pageName), cx.TargetPage(pageName)}, cx.ErrConflict, 1, "TargetPage", "targetPage"},
		{"target replaced by the user's own part", []cx.Part{cx.TargetPage(pageName), part(func(r *cxpb.WebhookResponse) {
			r.Transition = &cxpb.WebhookResponse_TargetFlow{TargetFlow: "projects/p/locations/l/agents/a/flows/f"}
		})}, cx.ErrConflict, 1, "", "targetFlow"},
		{"two payloads", []cx.Part{cx.WebhookPayload(struct{}{}), cx.WebhookPayload(struct{}{})}, cx.ErrConflict, 1, "WebhookPayload", "payload"},
		{"payload that is no object", []cx.Part{cx.WebhookPayload([]int{1})}, cx.ErrNotObject, 0, "WebhookPayload", "payload"},
		{"payload that is null", []cx.Part{cx.WebhookPayload(nil)}, cx.ErrNotObject, 0, "WebhookPayload", "payload"},
		{"NaN in the payload", []cx.Part{cx.WebhookPayload(map[string]any{"n": math.NaN()})}, cx.ErrNotFinite, 0, "WebhookPayload", `payload["n"]`},
		{"append and replace", []cx.Part{cx.Append(), cx.Replace()}, cx.ErrConflict, 1, "Replace", "fulfillmentResponse.mergeBehavior"},
		{"part in parts", []cx.Part{cx.Text("a"), cx.Parts(cx.Text("b"), cx.Parts(nil, cx.Text("")))},
			cx.ErrEmptyText, 1, "Parts[1].Parts[1].Text", "fulfillmentResponse.messages[2].text.text[0]"},
		{"message of the user's own", []cx.Part{
			cx.Text("a"), cx.SetParam("n", 1), addMessage(&cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_EndInteraction_{}}), cx.Text("b"),
		}, cx.ErrOutputOnly, 2, "", "fulfillmentResponse.messages[1].endInteraction"},
		{"form parameter of the user's own", []cx.Part{
			cx.InvalidateFormParam("a"), part(func(r *cxpb.WebhookResponse) {
				r.PageInfo.FormInfo.ParameterInfo = append(r.PageInfo.FormInfo.ParameterInfo, &cxpb.PageInfo_FormInfo_ParameterInfo{
					DisplayName: "b", State: cxpb.PageInfo_FormInfo_ParameterInfo_FILLED,
				})
			}),
		}, cx.ErrFormState, 1, "", "pageInfo.formInfo.parameterInfo[1].state"},
		{"parameter without a kind of the user's own", []cx.Part{cx.Text("a"), setRaw(&structpb.Value{})},
			cx.ErrEmptyValue, -1, "", `sessionInfo.parameters["raw"]`},
		{"nil parameter of the user's own", []cx.Part{setRaw(nil)}, cx.ErrEmptyValue, -1, "", `sessionInfo.parameters["raw"]`},
		{"merge behaviour of the user's own", []cx.Part{part(func(r *cxpb.WebhookResponse) {
			r.FulfillmentResponse = &cxpb.WebhookResponse_FulfillmentResponse{MergeBehavior: 7}
		})}, cx.ErrUnknownEnum, -1, "", "fulfillmentResponse.mergeBehavior"},
	})
}

func TestPartErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		parts []cx.Part
		want  string
	}{
		{"built in", []cx.Part{cx.Text("a"), cx.SetParam("size", math.Inf(1))},
			`cx: part 1 (SetParam): sessionInfo.parameters["size"]: number is not finite`},
		{"of the user's own", []cx.Part{func(*cxpb.WebhookResponse) error { return errors.New("sold out") }},
			`cx: part 0: sold out`},
		{"of the whole", []cx.Part{part(func(r *cxpb.WebhookResponse) {
			r.SessionInfo = &cxpb.SessionInfo{Session: "s"}
		})}, `cx: answer: sessionInfo.session: Dialogflow ignores this field in an answer`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := cx.Respond(tt.parts...); err == nil || err.Error() != tt.want {
				t.Errorf("have %v\nwant %s", err, tt.want)
			}
		})
	}
}

// The status that a part of the user's own chooses must reach the caller.
func TestPartErrorKeepsTheCause(t *testing.T) {
	t.Parallel()
	_, err := cx.Respond(cx.Parts(func(*cxpb.WebhookResponse) error {
		return fmt.Errorf("stock: %w", cx.Errorf(http.StatusNotFound, "no such article"))
	}))
	chosen, ok := errors.AsType[*cx.Error](err)
	if !ok || chosen.Status() != http.StatusNotFound {
		t.Errorf("have %v, want an Error of status 404", err)
	}
	if p, ok := errors.AsType[*cx.PartError](err); !ok || p.Kind != "Parts[0]" {
		t.Errorf("have %v, want a PartError of Parts[0]", err)
	}
}

func TestPartErrorHoldsNoValue(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, p := range []cx.Part{
		cx.Text(secret + "\xff"), cx.SetParam("a", secret+"\xff"), cx.SetParam("a", json.RawMessage(secret)),
		cx.TelephonyTransferCall(secret), cx.CustomPayload(secret), cx.SetFormParam("a", json.Number(secret)),
	} {
		if _, err := cx.Respond(p); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("have %v, want an error without the value", err)
		}
	}
}

// A part may be a package-level variable of a service.
func TestPartsAreReusable(t *testing.T) {
	t.Parallel()
	variants := []string{"a", "b"}
	p := cx.Parts(
		cx.TextVariants(variants...), cx.SetParam("list", []int{1}), cx.InvalidateFormParam("size"),
		cx.Message(&cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_KnowledgeInfoCard_{}}),
		cx.LiveAgentHandoff(map[string]any{"k": 1}), cx.WebhookPayload(map[string]any{"k": 1}),
	)
	want, err := cx.Respond(p)
	if err != nil {
		t.Fatal(err)
	}
	want = proto.CloneOf(want)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := cx.Respond(p)
			if err != nil {
				t.Error(err)
				return
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("answer differs (-first +later):\n%s", diff)
			}
			// What one call does to its answer must not reach the next.
			got.FulfillmentResponse.Messages[0].GetText().Text[0] = "changed"
			got.FulfillmentResponse.Messages[1].Channel = "changed"
			got.FulfillmentResponse.Messages[2].GetLiveAgentHandoff().Metadata.Fields["k"] = structpb.NewNullValue()
			got.SessionInfo.Parameters["list"].GetListValue().Values[0] = structpb.NewNullValue()
			got.PageInfo.FormInfo.ParameterInfo[0].DisplayName = "changed"
			got.Payload.Fields["k"] = structpb.NewNullValue()
		})
	}
	wg.Wait()
}

// Parts work on any response, not only below Respond.
func TestPartOnAResponseOfYourOwn(t *testing.T) {
	t.Parallel()
	resp := new(cxpb.WebhookResponse)
	if err := cx.Text("a")(resp); err != nil {
		t.Fatal(err)
	}
	err := cx.Text("")(resp)
	if p, ok := errors.AsType[*cx.PartError](err); !ok || p.Index != -1 || p.Kind != "Text" {
		t.Errorf("have %v, want a PartError of Text without an index", err)
	}
	if n := len(resp.GetFulfillmentResponse().GetMessages()); n != 1 {
		t.Errorf("the answer has %d messages, want 1: a part that fails adds nothing", n)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := cx.Validate(nil); err != nil {
		t.Error(err)
	}
	if err := cx.Validate(&cxpb.WebhookResponse{}); err != nil {
		t.Error(err)
	}
	for name, resp := range map[string]*cxpb.WebhookResponse{
		"breaks the reference":  {SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"a": nil}}},
		"Dialogflow ignores it": {SessionInfo: &cxpb.SessionInfo{Session: "s"}},
		"documentation is open": {Transition: &cxpb.WebhookResponse_TargetPage{}},
	} {
		err := cx.Validate(resp)
		if _, ok := errors.AsType[*cx.Fault](err); !ok {
			t.Errorf("%s: have %v, want a Fault", name, err)
		}
	}
}

func BenchmarkRespond(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cx.Respond(
			cx.Textf("%d shirts in %s, on their way.", 3, "medium"),
			cx.SetParam("cancel-period", 2),
			cx.SetParam("size", "medium"),
			cx.ClearParam("draft"),
			cx.InvalidateFormParam("date"),
		); err != nil {
			b.Fatal(err)
		}
	}
}
