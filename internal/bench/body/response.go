package body

import (
	"fmt"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// Response returns an answer whose JSON has about size bytes: texts, a
// payload and session parameters.
func Response(size int) *cxpb.WebhookResponse {
	return response(least(func(units int) bool { return proto.Size(response(units))*7/5 >= size }))
}

func response(units int) *cxpb.WebhookResponse {
	g := newGenerator()
	resp := &cxpb.WebhookResponse{
		FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{
			MergeBehavior: cxpb.WebhookResponse_FulfillmentResponse_REPLACE,
		},
		SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{}},
	}
	for i := range units {
		name := fmt.Sprintf("%s-%d", g.word(), i)
		switch i % 4 {
		case 0:
			resp.FulfillmentResponse.Messages = append(resp.FulfillmentResponse.Messages, text(g.phrase(12)))
		case 1:
			resp.SessionInfo.Parameters[name] = structpb.NewNumberValue(float64(g.IntN(1000)))
		case 2:
			resp.SessionInfo.Parameters[name] = g.address()
		case 3:
			resp.FulfillmentResponse.Messages = append(resp.FulfillmentResponse.Messages, g.chips())
		}
	}
	return resp
}

func text(s string) *cxpb.ResponseMessage {
	return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: []string{s}}}}
}

func (g generator) address() *structpb.Value {
	return structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
		"street":   structpb.NewStringValue(g.phrase(3)),
		"city":     structpb.NewStringValue(g.word()),
		"verified": structpb.NewBoolValue(g.IntN(2) == 0),
		"lat":      structpb.NewNumberValue(float64(g.IntN(9000)) / 100),
	}})
}

func (g generator) chips() *cxpb.ResponseMessage {
	options := make([]*structpb.Value, 3)
	for i := range options {
		options[i] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"text": structpb.NewStringValue(g.phrase(2)),
		}})
	}
	return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_Payload{Payload: &structpb.Struct{Fields: map[string]*structpb.Value{
		"type":    structpb.NewStringValue("chips"),
		"options": structpb.NewListValue(&structpb.ListValue{Values: options}),
	}}}}
}
