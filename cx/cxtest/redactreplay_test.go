package cxtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// repeating is a service that repeats parameters in a text and in a parameter.
func repeating(format string) http.Handler {
	return cx.NewHTTPHandler(cx.HandlerFunc(func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		params := req.GetSessionInfo().GetParameters()
		v := params["guests"].AsInterface()
		return cx.Respond(cx.Textf(format, v), cx.SetParam("said", fmt.Sprint(v)))
	}), cx.WithLogger(slog.New(slog.DiscardHandler)))
}

// What a handler repeats of a removed value replays, whatever its type.
func TestRepeatedValuesReplay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		value  string // JSON
		format string
		text   string // in the archive
		never  string
	}{
		{"a number", `123456`, "%v guests on Friday", "0 guests on Friday", "123456"},
		{"a short number", `3`, "%v guests on Friday", "0 guests on Friday", `"3`},
		{"zero", `0`, "%v guests", "0 guests", "REMOVED"},
		{"a number as a double", `7.0`, "%v guests", "0 guests", "7"},
		{"a number that Go prints with an exponent", `1234567`, "%v guests", "0 guests", "e+06"},
		{"an exponent that Go prints without", `5e3`, "%v guests", "0 guests", "5000"},
		{"a negative number", `-42`, "%v degrees", "0 degrees", "42"},
		{"a fraction", `1.25`, "%v kg", "0 kg", "1.25"},
		{"digits after the point", `123456`, "%.2f guests", "0.00 guests", "123456"},
		{"true", `true`, "guests: %v", "guests: false", "true"},
		{"false", `false`, "guests: %v", "guests: false", "REMOVED"},
		{"a text", `"many"`, "%v guests", "REMOVED guests", "many"},
		{"a text of digits", `"123456"`, "%v guests", "REMOVED guests", "123456"},
		{"a list", `[12, "some", true]`, "guests: %v", "guests: [0 REMOVED false]", "some"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service := repeating(tt.format)
			url, dir := recording(t, service.ServeHTTP, cxtest.RemoveParams("guests"))
			send(t, "POST", url+"/webhook", "application/json", `{"fulfillmentInfo":{"tag":"book"},"sessionInfo":{"parameters":{"guests":`+tt.value+`}}}`)
			_, data := only(t, dir)
			_, data, _ = strings.Cut(data, "-- request.json --")
			if !strings.Contains(data, tt.text) || strings.Contains(data, tt.never) {
				t.Errorf("the archive lacks %q or holds %q:\n%s", tt.text, tt.never, data)
			}
			cxtest.Replay(t, os.DirFS(dir), "*.txtar", service)
		})
	}
}

// Grouped digits, and a number that the user's words give as a text: the
// number is what the handler reads.
func TestNumbersInTextsBecomeZero(t *testing.T) {
	t.Parallel()
	url, dir := recording(t, answerJSON(`{"n":123456.0,"cancel":12,"payload":"{\"n\":123456}"}`), cxtest.RemoveParams("guests", "few"))
	send(t, "POST", url, "application/json", `{"sessionInfo":{"parameters":{"guests":123456,"few":"12"}},
		"intentInfo":{"parameters":{"guests":{"originalValue":"123456","resolvedValue":123456}}},"text":"123,456 or 123 456, 12 of them late"}`)
	_, data := only(t, dir)
	for _, part := range []string{`"text": "0 or 0, REMOVED of them late"`, `"originalValue": "REMOVED"`, `"resolvedValue": 0`, `"n": 0,`, `"cancel": 12,`, `"payload": "{\"n\":0}"`} {
		if !strings.Contains(data, part) {
			t.Errorf("the archive lacks %s:\n%s", part, data)
		}
	}
}

// Whatever number is removed: the archive replays with a handler that repeats
// it, and holds it nowhere.
func FuzzRemovedNumberReplays(f *testing.F) {
	for _, v := range []float64{0, 1, -1, 12, 123456, 1234567, 1e21, 1e-7, 0.1, -2.5e10, math.MaxFloat64, 9007199254740993} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return // no JSON
		}
		service := repeating("%v guests")
		dir := t.TempDir()
		record, err := cxtest.Record(dir, cxtest.RemoveParams("guests"), nil, cxtest.RecordErrors(func(err error) { t.Error(err) }))
		if err != nil {
			t.Fatal(err)
		}
		number, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf(`{"sessionInfo":{"parameters":{"guests":%s}}}`, number)
		r := httptest.NewRequest(http.MethodPost, "/h", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		record(service).ServeHTTP(httptest.NewRecorder(), r)
		_, data := only(t, dir)
		e, err := cxtest.ParseExchange([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		again := httptest.NewRecorder()
		r = httptest.NewRequest(http.MethodPost, "/h", strings.NewReader(string(e.RequestBody)))
		r.Header.Set("Content-Type", "application/json")
		service.ServeHTTP(again, r)
		got, err := io.ReadAll(again.Body)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(e.ResponseBody, &a) != nil || json.Unmarshal(got, &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("recorded %s, replayed %s", e.ResponseBody, got)
		}
	})
}
