package cx_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// everySource takes values from all sources.
type everySource struct {
	Size     string         `cx:"size"`
	Count    int64          `cx:"session:count"`
	City     string         `cx:"address.city"`
	Resolved float64        `cx:"intent:amount"`
	Said     string         `cx:"intent-original:amount"`
	Form     []string       `cx:"form:colours"`
	Caller   *string        `cx:"payload:telephony.caller_id"`
	Rest     map[string]any `cx:"payload:rest"`
}

const everySourceBody = `{
  "fulfillmentInfo": {"tag": "t"},
  "undocumented": [{"sessionInfo": {"parameters": {"size": "no"}}}],
  "intentInfo": {"parameters": {"Amount": {"originalValue": "two and a half", "resolvedValue": 2.5, "new": 1}}, "confidence": 1.0},
  "pageInfo": {"displayName": "p", "formInfo": {"parameterInfo": [
    {"displayName": "size", "value": "no"},
    {"displayName": "colours", "state": "FILLED", "value": ["red", "blue"]}
  ]}},
  "payload": {"telephony": {"caller_id": "+12025550143"}, "rest": {"a": [null]}},
  "sessionInfo": {"session": "s", "parameters": {"Size": "M", "count": 9007199254740993, "address": {"city": "Bern", "original": "in Bern"}}}
}`

func wantEverySource() everySource {
	caller := "+12025550143"
	return everySource{
		Size: "M", Count: 9007199254740993, City: "Bern", Resolved: 2.5, Said: "two and a half",
		Form: []string{"red", "blue"}, Caller: &caller, Rest: map[string]any{"a": []any{nil}},
	}
}

// keep returns a handler that stores what it was called with.
func keep[P any](into *P) cx.Handler {
	return cx.Typed(func(_ context.Context, in P) (*cxpb.WebhookResponse, error) {
		*into = in
		return &cxpb.WebhookResponse{}, nil
	})
}

func request(tb testing.TB, body string) *cxpb.WebhookRequest {
	tb.Helper()
	req := new(cxpb.WebhookRequest)
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: 64}).Unmarshal([]byte(body), req); err != nil {
		tb.Fatalf("test data: %v", err)
	}
	return req
}

func TestTypedOnEveryRoad(t *testing.T) {
	t.Parallel()
	snake := strings.NewReplacer("intentInfo", "intent_info", "originalValue", "original_value", "resolvedValue", "resolved_value",
		"pageInfo", "page_info", "formInfo", "form_info", "parameterInfo", "parameter_info", "displayName", "display_name",
		`"sessionInfo": {"session"`, `"session_info": {"session"`).Replace(everySourceBody)
	for name, body := range map[string]string{"camel case": everySourceBody, "snake case": snake, "escaped names": strings.ReplaceAll(everySourceBody, "Info", `\u0049nfo`)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got everySource
			if _, err := cx.ServeBody(t.Context(), keep(&got), []byte(body)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantEverySource(), got); diff != "" {
				t.Errorf("from the body (-want +got):\n%s", diff)
			}
			got = everySource{}
			ctx := cx.WithRawBody(t.Context(), []byte(body))
			if _, err := keep(&got).ServeWebhook(ctx, request(t, body)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantEverySource(), got); diff != "" {
				t.Errorf("from the message beside its body (-want +got):\n%s", diff)
			}
			_, err := keep(&got).ServeWebhook(t.Context(), request(t, body))
			if !errors.Is(err, cx.ErrParamInexact) {
				t.Errorf("from the message alone: error %v, want %v", err, cx.ErrParamInexact)
			}
		})
	}
}

// TestTypedWithoutParts gives requests that lack what the plan asks for, or
// hold a null in its place.
func TestTypedWithoutParts(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]everySource{
		`{}`: {},
		`{"sessionInfo":null,"intentInfo":null,"pageInfo":null,"payload":null}`:                                                      {},
		`{"sessionInfo":{"parameters":null},"intentInfo":{"parameters":null},"pageInfo":{"formInfo":null}}`:                          {},
		`{"pageInfo":{"formInfo":{"parameterInfo":null}}}`:                                                                           {},
		`{"pageInfo":{"formInfo":{}},"intentInfo":{"parameters":{"amount":{}}}}`:                                                     {},
		`{"intentInfo":{"parameters":{"amount":{"originalValue":"","resolvedValue":null}}}}`:                                         {},
		`{"pageInfo":{"formInfo":{"parameterInfo":[{},{"displayName":"colours"},{"displayName":"x","value":1}]}}}`:                   {},
		`{"sessionInfo":{"session":"s"},"text":"x","payload":{"size":"no"}}`:                                                         {},
		`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"colours","value":["a"]},{"displayName":"colours","value":[]}]}}}`: {Form: []string{"a"}},
	} {
		var fromBody, fromMessage everySource
		if _, err := cx.ServeBody(t.Context(), keep(&fromBody), []byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if _, err := keep(&fromMessage).ServeWebhook(t.Context(), request(t, body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if diff := cmp.Diff(want, fromBody); diff != "" {
			t.Errorf("%s from the body (-want +got):\n%s", body, diff)
		}
		if diff := cmp.Diff(want, fromMessage); diff != "" {
			t.Errorf("%s from the message (-want +got):\n%s", body, diff)
		}
	}
	var got everySource
	if _, err := keep(&got).ServeWebhook(t.Context(), nil); err != nil {
		t.Errorf("no message at all: %v", err)
	}
}

// TestTypedHeedsChangedMessages proves that what a handler in front has put
// into the message is not lost to the body.
func TestTypedHeedsChangedMessages(t *testing.T) {
	t.Parallel()
	var got everySource
	req := request(t, everySourceBody)
	req.SessionInfo.Parameters["Size"] = structpb.NewStringValue("XL")
	delete(req.SessionInfo.Parameters, "address")
	ctx := cx.WithRawBody(t.Context(), []byte(everySourceBody))
	if _, err := keep(&got).ServeWebhook(ctx, req); err != nil {
		t.Fatal(err)
	}
	want := wantEverySource()
	want.Size, want.City = "XL", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEmptyOriginalIsAbsent holds the roads together where the message does
// not tell an empty text from none.
func TestEmptyOriginalIsAbsent(t *testing.T) {
	t.Parallel()
	type said struct {
		Words *string `cx:"intent-original:size"`
	}
	for _, value := range []string{`{}`, `{"originalValue":null}`, `{"originalValue":""}`, `{"original_value":""}`} {
		body := `{"intentInfo":{"parameters":{"size":` + value + `}}}`
		var fromBody, fromMessage said
		_, bodyErr := cx.ServeBody(t.Context(), keep(&fromBody), []byte(body))
		_, messageErr := keep(&fromMessage).ServeWebhook(t.Context(), request(t, body))
		if bodyErr != nil || messageErr != nil || fromBody.Words != nil || fromMessage.Words != nil {
			t.Errorf("%s: %v and %v, %v and %v; want no text", body, fromBody.Words, fromMessage.Words, bodyErr, messageErr)
		}
	}
}

func TestTypedPointer(t *testing.T) {
	t.Parallel()
	type order struct {
		Size string `cx:"size"`
	}
	var first, second *order
	body := []byte(`{"sessionInfo":{"parameters":{"size":"M"}}}`)
	for _, into := range []**order{&first, &second} {
		if _, err := cx.ServeBody(t.Context(), keep(into), body); err != nil {
			t.Fatal(err)
		}
	}
	if first == second || *first != (order{"M"}) {
		t.Errorf("%+v and %+v, want two of the same content", first, second)
	}
}

func TestTypedOverHTTP(t *testing.T) {
	t.Parallel()
	type order struct {
		ID   int64  `cx:"id,required"`
		Size string `cx:"size"`
	}
	var got order
	mux := cx.NewMux()
	mux.Handle("order", keep(&got))
	server := httptest.NewServer(cx.NewHTTPHandler(mux))
	defer server.Close()
	tests := []struct {
		reason, parameters string
		status             int
		text               string
		want               order
	}{
		{reason: "exact integers", parameters: `{"ID":9007199254740993,"size":null}`, status: http.StatusOK, want: order{ID: 9007199254740993}},
		{reason: "missing", parameters: `{}`, status: http.StatusBadRequest, text: "id"},
		{reason: "unfit", parameters: `{"id":1,"size":123456}`, status: http.StatusBadRequest, text: "size"},
	}
	for _, tt := range tests {
		got = order{}
		body := `{"fulfillmentInfo":{"tag":"order"},"sessionInfo":{"parameters":` + tt.parameters + `}}`
		resp, err := server.Client().Post(server.URL, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != tt.status || got != tt.want || !strings.Contains(string(text), tt.text) || strings.Contains(string(text), "123456") {
			t.Errorf("%s: answered %d %s, bound %+v", tt.reason, resp.StatusCode, text, got)
		}
	}
}

func TestTypedPanicsAtRegistration(t *testing.T) {
	t.Parallel()
	type misspelt struct {
		F string `cx:"sesion:size"`
	}
	type unfit struct {
		F chan int `cx:"size"`
	}
	type bare struct{ Size string }
	for name, register := range map[string]func(){
		"sesion":       func() { keep(new(misspelt)) },
		"chan int":     func() { keep(new(unfit)) },
		"no field":     func() { keep(new(bare)) },
		"map[string]":  func() { keep(new(map[string]any)) },
		"nil function": func() { cx.Typed[everySource](nil) },
	} {
		func() {
			defer func() {
				text, _ := recover().(string)
				if !strings.HasPrefix(text, "cx: Typed: ") || !strings.Contains(text, name) {
					t.Errorf("panicked with %q, want it to name %s", text, name)
				}
			}()
			register()
		}()
	}
	keep(new(struct{})) // a handler that takes no parameters
}
