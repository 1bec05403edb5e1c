package cx_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"google.golang.org/protobuf/types/known/structpb"
)

func ExampleTyped() {
	type order struct {
		Size  string  `cx:"size,required"`
		Count int64   `cx:"count"`
		Day   cx.Date `cx:"delivery-date"`
		Said  string  `cx:"intent-original:size"`
	}
	hooks := cx.NewMux()
	hooks.Handle("confirm-order", cx.Typed(func(_ context.Context, in order) (*cxpb.WebhookResponse, error) {
		fmt.Printf("%d of size %s (%q) on %v\n", in.Count, in.Size, in.Said, in.Day)
		return nil, nil
	}))
	server := httptest.NewServer(cx.NewHTTPHandler(hooks))
	defer server.Close()

	for _, parameters := range []string{
		`{"Size": "M", "count": 2.0, "delivery-date": {"year": 2026, "month": 11, "day": 24}}`,
		`{"size": null, "count": 2}`,
	} {
		resp, err := http.Post(server.URL, "application/json", strings.NewReader(`{
			"fulfillmentInfo": {"tag": "confirm-order"},
			"intentInfo": {"parameters": {"size": {"originalValue": "medium", "resolvedValue": "M"}}},
			"sessionInfo": {"parameters": `+parameters+`}
		}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(resp.Status)
	}
	// Output:
	// 2 of size M ("medium") on 2026-11-24
	// 200 OK
	// 400 Bad Request
}

func ExampleTypedWith() {
	type order struct {
		Size  string `cx:"size"`
		Count int64  `cx:"count"`
	}
	h := cx.TypedWith(order{Size: "M", Count: 1}, func(_ context.Context, in order) (*cxpb.WebhookResponse, error) {
		return cx.Respond(cx.Textf("%d of size %s", in.Count, in.Size))
	})
	resp, err := h.ServeWebhook(context.Background(), &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{
		Parameters: map[string]*structpb.Value{"count": structpb.NewNumberValue(3)},
	}})
	fmt.Println(resp.GetFulfillmentResponse().GetMessages()[0].GetText().GetText()[0], err)
	// Output: 3 of size M <nil>
}

func ExampleBind() {
	req := &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{
		"count": structpb.NewStringValue("two"),
		"address": structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"city":     structpb.NewStringValue("Bern"),
			"original": structpb.NewStringValue("in Bern"),
		}}),
	}}}

	delivery := struct {
		City    string     `cx:"address.city"`
		Address cx.Address `cx:"address"`
		Express bool       `cx:"express"`
	}{Express: true} // the default
	err := cx.Bind(req, &delivery)
	fmt.Println(delivery.City, delivery.Address.Original, delivery.Express, err)

	var order struct {
		Count int `cx:"count,required"`
	}
	err = cx.Bind(req, &order)
	fmt.Println(err)
	fmt.Println(errors.Is(err, cx.ErrParamType), errors.Is(err, cx.ErrParamMissing))
	// Output:
	// Bern in Bern true <nil>
	// session parameter "count": want an integer, have a string
	// true false
}

func ExampleParam() {
	req := &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{
		"Size":  structpb.NewStringValue("M"),
		"count": structpb.NewNumberValue(2),
	}}}
	size, err := cx.Param[string](req, "size")
	fmt.Println(size, err)
	count, err := cx.Param[int](req, "count")
	fmt.Println(count, err)
	_, err = cx.Param[string](req, "payload:telephony.caller_id")
	fmt.Println(err)
	fmt.Println(cx.ParamOr(req, "colour", "blue"))
	// Output:
	// M <nil>
	// 2 <nil>
	// payload parameter "telephony.caller_id": required, but missing or null
	// blue
}

func ExampleWhen() {
	type booking struct {
		When cx.When `cx:"when,required"`
	}
	req := &cxpb.WebhookRequest{SessionInfo: &cxpb.SessionInfo{Parameters: map[string]*structpb.Value{
		"when": structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"year":  structpb.NewNumberValue(2026),
			"month": structpb.NewNumberValue(11),
			"day":   structpb.NewNumberValue(24),
		}}),
	}}}
	var in booking
	if err := cx.Bind(req, &in); err != nil {
		fmt.Println(err)
		return
	}
	from, until, ok := in.When.Bounds(time.UTC)
	fmt.Println(from.Format(time.RFC3339), until.Format(time.RFC3339), ok)
	// Output:
	// 2026-11-24T00:00:00Z 2026-11-25T00:00:00Z true
}
