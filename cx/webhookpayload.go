package cx

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
)

// WebhookPayload sets the payload that goes past the agent to the caller of
// the API, who finds it in webhookPayloads of the query result. It is any
// value whose JSON is an object; [SetParam] says how Go values become JSON. An
// answer has one. For a message with a payload see [CustomPayload].
func WebhookPayload(payload any) Part {
	return func(resp *cxpb.WebhookResponse) error {
		if resp.Payload != nil {
			return failed("WebhookPayload", "payload", ErrConflict)
		}
		s, err := answer.Struct(payload)
		if err == nil && s == nil {
			err = ErrNotObject
		}
		if err != nil {
			return failed("WebhookPayload", "payload", err)
		}
		resp.Payload = s
		return nil
	}
}
