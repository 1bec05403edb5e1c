package cxtest_test

import (
	"context"
	"log/slog"
	"net/http"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx"
)

// orderStatus answers with a text, sets a parameter and forgets another.
func orderStatus(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	id := req.GetSessionInfo().GetParameters()["order-id"]
	if id == nil {
		return nil, cx.Errorf(http.StatusBadRequest, "no order")
	}
	if id.GetNumberValue() == 404 {
		return nil, cx.Errorf(http.StatusNotFound, "no order 404")
	}
	return &cxpb.WebhookResponse{
		FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{Messages: []*cxpb.ResponseMessage{
			{Message: &cxpb.ResponseMessage_Text_{Text: &cxpb.ResponseMessage_Text{Text: []string{"It is on its way.", "Under way."}}}},
			{Message: &cxpb.ResponseMessage_Payload{Payload: &structpb.Struct{}}},
		}},
		SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{
			"status":   structpb.NewStringValue("shipped"),
			"order-id": structpb.NewNullValue(),
		}},
	}, nil
}

// chooseSize invalidates the form parameter size and leads to a page.
func chooseSize(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	return &cxpb.WebhookResponse{
		PageInfo: &cxpb.PageInfo{FormInfo: &cxpb.PageInfo_FormInfo{ParameterInfo: []*cxpb.PageInfo_FormInfo_ParameterInfo{
			{DisplayName: "size", State: cxpb.PageInfo_FormInfo_ParameterInfo_INVALID},
		}}},
		Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: "projects/p/locations/l/agents/a/flows/f/pages/END_SESSION"},
		FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{
			MergeBehavior: cxpb.WebhookResponse_FulfillmentResponse_REPLACE,
		},
	}, nil
}

// newService is a service with both handlers.
func newService() http.Handler {
	mux := cx.NewMux()
	mux.Handle("order-status", cx.HandlerFunc(orderStatus))
	mux.Handle("choose-size", cx.HandlerFunc(chooseSize))
	return cx.NewHTTPHandler(mux, cx.WithLogger(slog.New(slog.DiscardHandler)))
}
