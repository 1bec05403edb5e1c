package flexible_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/cxhook/cxhook/flexible"
)

type lookup struct {
	Order string `cx:"path:order,required" param:"order-number"`
	Full  bool   `cx:"query:full"`
}

type found struct {
	Status string  `json:"status" param:"order-status"`
	Total  float64 `json:"total" param:"$flow.total"`
}

func find(_ context.Context, in lookup) (found, error) {
	if in.Order != "A/7" {
		return found{}, flexible.Errorf(http.StatusNotFound, "no order %q", in.Order)
	}
	return found{Status: "sent", Total: 9.5}, nil
}

// One resource, read three ways: it is made from the types of the handler,
// plays Dialogflow, and is served.
func Example() {
	resource, err := flexible.Describe[lookup, found](flexible.Endpoint{
		DisplayName: "find-order",
		Method:      http.MethodGet,
		URL:         "https://shop.example/orders/{order}",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resource.GetGenericWebService().GetUri())

	webhook, err := flexible.Compile(resource)
	if err != nil {
		log.Fatal(err)
	}
	request, err := webhook.NewRequest(context.Background(), map[string]any{"order-number": "A/7", "full": true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(request.Method, request.URL)

	routes := http.NewServeMux()
	routes.Handle("GET /orders/{order}", flexible.NewHandler(find, silent()))
	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, request)
	fmt.Println(answer.Code, answer.Body)

	params, err := webhook.Extract(answer.Body.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		fmt.Println(name, "=", params[name])
	}
	// Output:
	// https://shop.example/orders/$session.params.order-number?full=$session.params.full
	// GET https://shop.example/orders/A%2F7?full=true
	// 200 {"status":"sent","total":9.5}
	// $flow.total = 9.5
	// order-status = sent
}

func ExampleCompile() {
	resource, err := flexible.LoadWebhook([]byte(`{
		"displayName": "cart",
		"genericWebService": {
			"uri": "https://$session.params.host/cart",
			"webhookType": "FLEXIBLE",
			"httpMethod": "POST",
			"requestBody": "{\"size\": $session.params.size}",
			"parameterMapping": [{"key": "total", "value": "$.lines[0.total"}]
		},
		"timeout": {"seconds": 5}
	}`))
	if err != nil {
		log.Fatal(err)
	}
	_, err = flexible.Compile(resource)
	for _, fault := range err.(flexible.Faults) { //nolint:errorlint // the example shows the plain type
		fmt.Println(fault.Field, "at byte", fault.Offset)
	}
	// Output:
	// genericWebService.uri at byte 8
	// genericWebService.requestBody at byte 9
	// genericWebService.parameterMapping["total"] at byte 9
}

func ExampleTemplate() {
	body, err := flexible.ParseBody(`{"count": "$session.params.count", "note": "$session.params.count shirts for $flow.name"}`)
	if err != nil {
		log.Fatal(err)
	}
	text, err := body.Render(flexible.Params{"count": 2, "$flow.name": `Ann "A"`})
	fmt.Println(text, err)
	// Output: {"count":2,"note":"2 shirts for Ann \"A\""} <nil>
}

func ExampleWithUnset() {
	body, err := flexible.ParseBody(`["$session.params.size", "size: $session.params.size"]`, flexible.WithUnset(flexible.Refuse, flexible.InText))
	if err != nil {
		log.Fatal(err)
	}
	_, err = body.Render(flexible.Params{})
	fmt.Println(err)
	// Output: flexible: the value of $session.params.size cannot stand in a text of the body: expr: not set
}

func ExamplePath() {
	path, err := flexible.ParsePath("lines[?(@.kind == 'shirt')].sku")
	if err != nil {
		log.Fatal(err)
	}
	answer := map[string]any{"lines": []any{
		map[string]any{"kind": "shirt", "sku": "S-1"}, map[string]any{"kind": "hat", "sku": "H-1"},
	}}
	value, found, err := path.Get(answer)
	fmt.Println(path, value, found, err)
	// Output: $.lines[?@.kind == 'shirt'].sku [S-1] true <nil>
}

func ExampleCheck() {
	resource, err := flexible.Describe[lookup, found](flexible.Endpoint{
		DisplayName: "find-order",
		URL:         "https://shop.example/orders/{order}",
	})
	if err != nil {
		log.Fatal(err)
	}
	resource.GetGenericWebService().ParameterMapping["eta"] = "$.delivery.eta"
	webhook, err := flexible.Compile(resource)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(flexible.Check[lookup, found](webhook))
	// Output: flexible: genericWebService.parameterMapping["eta"]: the answer type does not produce $.delivery.eta: flexible_test.found has no field "delivery"
}

func ExampleNewHandler() {
	type cart struct {
		SKU   string `json:"sku"`
		Count int    `json:"count"`
	}
	add := func(_ context.Context, in cart) (map[string]int, error) {
		return map[string]int{"items": in.Count}, nil
	}
	server := httptest.NewServer(flexible.NewHandler(add, silent()))
	defer server.Close()
	webhook, err := flexible.ParseBody(`{"sku": "$session.params.sku", "count": "$session.params.count"}`)
	if err != nil {
		log.Fatal(err)
	}
	for _, count := range []any{2, "two"} {
		body, err := webhook.Append(nil, &flexible.Env{Scope: flexible.Params{"sku": "S-1", "count": count}})
		if err != nil {
			log.Fatal(err)
		}
		status, text := post(server, body)
		fmt.Println(status, text)
	}
	// Output:
	// 200 {"items":2}
	// 400 {"error":{"status":400,"message":"body parameter \"count\": want an integer, have a string"}}
}

func post(server *httptest.Server, body []byte) (int, string) {
	resp, err := server.Client().Post(server.URL, "application/json", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
