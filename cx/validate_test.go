package cx_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"google.golang.org/protobuf/types/known/structpb"
)

const ignoredLine = "answer holds what Dialogflow ignores or does not document"

// Handlers may return what Respond did not make: what breaks the API's
// reference is answered 500, the rest is sent and logged.
func TestAnswersAreChecked(t *testing.T) {
	t.Parallel()
	cycle := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	cycle.Fields["c"] = structpb.NewStructValue(cycle)
	tests := []struct {
		name   string
		resp   *cxpb.WebhookResponse
		status int
		log    string
	}{
		{"message without content", &cxpb.WebhookResponse{FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{
			Messages: []*cxpb.ResponseMessage{nil},
		}}, http.StatusInternalServerError, "fulfillmentResponse.messages[0]: required field is not set"},
		{"unknown merge behaviour", &cxpb.WebhookResponse{FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{
			MergeBehavior: 3,
		}}, http.StatusInternalServerError, "fulfillmentResponse.mergeBehavior: number is not in the enum"},
		{"payload that contains itself, on which an encoder would not end", &cxpb.WebhookResponse{Payload: cycle},
			http.StatusInternalServerError, "value is nested too deeply"},
		{"request sent back as the answer", &cxpb.WebhookResponse{
			SessionInfo: &cxpb.SessionInfo{Session: "projects/p/locations/l/agents/a/sessions/s"},
			PageInfo: &cxpb.PageInfo{FormInfo: &cxpb.PageInfo_FormInfo{ParameterInfo: []*cxpb.PageInfo_FormInfo_ParameterInfo{
				{DisplayName: "size", State: cxpb.PageInfo_FormInfo_ParameterInfo_FILLED, JustCollected: true},
			}}},
		}, http.StatusOK, `"fault":"sessionInfo.session: Dialogflow ignores this field in an answer","more":2`},
		{"good answer", say("fine"), http.StatusOK, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newHook(t, cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
				return tt.resp, nil
			}))
			got := k.post(t, requestBody("t"))
			<-k.seen // the log is written before
			if got.status != tt.status {
				t.Errorf("status is %d, want %d", got.status, tt.status)
			}
			if tt.status != http.StatusOK {
				checkErrorBody(t, got)
			}
			if !strings.Contains(k.log.String(), tt.log) {
				t.Errorf("the log lacks %s:\n%s", tt.log, k.log)
			}
			lines := len(k.log.lines(t, ignoredLine))
			if wanted := tt.status == http.StatusOK && tt.log != ""; wanted != (lines == 1) {
				t.Errorf("%d lines warn", lines)
			}
		})
	}
}
