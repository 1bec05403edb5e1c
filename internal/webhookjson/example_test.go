package webhookjson_test

import (
	"errors"
	"fmt"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"google.golang.org/protobuf/types/known/structpb"
)

func ExampleDecode() {
	body := []byte(`{"fulfillment_info": {"tag": "confirm-order"}, "sessionInfo": {"parameters": {"count": 2}}, "new": {}}`)
	var req cxpb.WebhookRequest
	if err := webhookjson.Decode(body, &req, webhookjson.Limits{}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(req.GetFulfillmentInfo().GetTag(), req.GetSessionInfo().GetParameters()["count"].GetNumberValue())

	err := webhookjson.Decode([]byte(`{"payload": {"a": [1, 2, 3]}}`), &req, webhookjson.Limits{Elements: 5})
	var limit *webhookjson.LimitError
	fmt.Println(errors.As(err, &limit), err)
	// Output:
	// confirm-order 2
	// true webhookjson: elements is at least 6 at byte 25, the limit is 5
}

func ExampleAppend() {
	resp := &cxpb.WebhookResponse{SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{
		"draft": structpb.NewNullValue(),
		"count": structpb.NewNumberValue(2),
	}}}
	raw, err := webhookjson.Append(nil, resp)
	fmt.Println(string(raw), err)

	resp.SessionInfo.Parameters["draft"] = nil
	_, err = webhookjson.Append(nil, resp)
	fmt.Println(err)
	// Output:
	// {"sessionInfo":{"parameters":{"count":2,"draft":null}}} <nil>
	// webhookjson: sessionInfo.parameters.draft: a value has no kind; an explicit null is structpb.NewNullValue()
}
