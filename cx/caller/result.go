package caller

import (
	"fmt"
	"net/http"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// Result is a call of a webhook of either kind and what it means for the
// conversation. It belongs to whoever made the call and shares nothing that
// can change with the [Turn].
type Result struct {
	// Failure says why the call failed; nil is success. After a failure the
	// conversation below is as it was before.
	Failure *Failure
	// Warnings tell what was left out or ignored: headers that may not be
	// sent, form parameters that the page does not have; and what in the
	// answer of a standard webhook Dialogflow ignores or does not document,
	// as cx.Validate names it: "answer: targetPage: …".
	Warnings []string

	// StatusCode is the HTTP status of the last attempt, which the agent
	// reads as $request.webhook_status_code; 0 if it had none.
	StatusCode int
	// Latency is the time from the first byte to the last, both attempts.
	Latency  time.Duration
	Attempts []Attempt

	// Method, URL and Sent are the request: Sent is its body. Headers are
	// left out because they hold credentials.
	Method string
	URL    string
	Sent   []byte
	// Header and Body are the last answer, as far as it was read.
	Header http.Header
	Body   []byte

	// Response is the answer of a standard webhook, nil for others and
	// after a failure.
	Response *cxpb.WebhookResponse
	// Session and Flow hold all parameters of these scopes after the call,
	// as plain JSON values. A parameter that the answer set to null is gone.
	Session map[string]any
	Flow    map[string]any
	// Page is the page after the call: values changed, invalidated
	// parameters in state INVALID without a value. It is nil if the turn
	// had none.
	Page *cxpb.PageInfo
	// Invalidated names the form parameters to be collected again. The
	// session parameters of these names stay in Session: the agent forgets
	// them when it asks again, as package emulator does, not by the answer.
	Invalidated []string
	// Messages are the queued messages after the call.
	Messages []*cxpb.ResponseMessage
	// TargetPage or TargetFlow is the transition that the answer asks for.
	TargetPage string
	TargetFlow string
	// Payload is the call's entry of QueryResult.webhookPayloads, empty for
	// a failed call.
	Payload *structpb.Struct
}

// Attempt is one request of a call.
type Attempt struct {
	StatusCode int // 0 if no answer came
	Latency    time.Duration
	Failure    *Failure // nil for success
}

// Event returns the event that the agent raises, empty after a success.
func (r *Result) Event() string {
	if r.Failure == nil {
		return ""
	}
	return r.Failure.Event
}

// Status returns the call's entry of QueryResult.webhookStatuses; it is empty
// for success.
func (r *Result) Status() *spb.Status {
	if r.Failure == nil {
		return &spb.Status{}
	}
	return r.Failure.Status()
}

// Diagnostic returns the call's entry in the execution sequence of
// diagnosticInfo, the value of FunctionExecution.Webhook. The shape is as it
// has been seen; it is not documented, and Status is so known for success
// only.
func (r *Result) Diagnostic() map[string]any {
	status := "OK"
	if r.Failure != nil {
		status = r.Failure.Status().GetMessage()
	}
	return map[string]any{
		"Latency":                          fmt.Sprintf("%d ms", r.Latency.Milliseconds()),
		"Status":                           status,
		"URL":                              r.URL,
		"Unauthorized FulfillmentResponse": false,
	}
}
