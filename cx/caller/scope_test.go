package caller_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
)

func TestStatusOfTheForm(t *testing.T) {
	t.Parallel()
	const filled = `{"displayName":"a","required":true,"state":"FILLED"%s}`
	tests := []struct{ name, infos, want string }{
		{"all filled", fmt.Sprintf(filled, ""), "FINAL"},
		{"an optional one is empty", fmt.Sprintf(filled, "") + `,{"displayName":"b","state":"EMPTY"}`, "FINAL"},
		{"a required one is empty, one was just given", fmt.Sprintf(filled, `,"justCollected":true`) + `,{"displayName":"b","required":true,"state":"EMPTY"}`, "UPDATED"},
		{"a required one is invalid", fmt.Sprintf(filled, "") + `,{"displayName":"b","required":true,"state":"INVALID"}`, "$page.params.status"},
		{"no form", "", "$page.params.status"},
	}
	for _, tt := range tests {
		var got string
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("X-Status")
			jsonAnswer("{}")(w, r)
		})
		w := resource(func(s *service) { s.RequestHeaders = map[string]string{"X-Status": "$page.params.status"} })
		call(t, newCaller(t, w, caller.ToHandler(h)), &caller.Turn{Request: request(t, `{"pageInfo":{"formInfo":{"parameterInfo":[`+tt.infos+`]}}}`)})
		if got != tt.want {
			t.Errorf("%s: status %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestHeaderReferences(t *testing.T) {
	t.Parallel()
	const text = `{"sessionInfo":{"session":"projects/p/sessions/s:1","parameters":{"size":"L","count":3,"tel":"650-206-5555"}},
		"intentInfo":{"parameters":{"city":{"originalValue":"nyc","resolvedValue":"New York"}}},"languageCode":"de","transcript":"hm",
		"languageInfo":{"resolvedLanguageCode":"de-de"},"payload":{"k":"v"},
		"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"size","required":true,"state":"FILLED","justCollected":true}]}}}`
	tests := []struct{ value, want string }{
		{"Size $session.params.size, $session.params.count.", "Size L, 3."},
		{"$sys.func.UPPER($intent.params.city.original)/$intent.params.city.resolved", "NYC/New York"},
		{"$sys.func.FORMAT_DATE($sys.func.NOW(), \"yyyy-MM-dd\")", "2026-01-02"},
		{"$request.session-id $request.language $request.user-utterance $request.resolved-language $request.payload.k", "s:1 de hm de-de v"},
		{"$page.params.status $page.params.size.status", "FINAL UPDATED"},
		{"$flow.none stays", "$flow.none stays"},
		{"$conversation", "$conversation"},
		{"$sys.func.IS_PHONE_NUMBER($session.params.tel) $sys.func.GET_FIELD($sys.func.TO_PHONE_NUMBER($session.params.tel), \"area-code\")", "true 650"},
	}
	clock := flexible.Env{Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }}
	for _, kind := range []cxpb.Webhook_GenericWebService_WebhookType{cxpb.Webhook_GenericWebService_STANDARD, cxpb.Webhook_GenericWebService_FLEXIBLE} {
		headers := map[string]string{}
		for i, tt := range tests {
			headers[fmt.Sprintf("X-%d", i)] = tt.value
		}
		var got http.Header
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header
			jsonAnswer("{}")(w, r)
		})
		w := resource(func(s *service) { s.WebhookType, s.RequestHeaders = kind, headers })
		res := call(t, newCaller(t, w, caller.ToHandler(h), caller.WithFunctions(clock)), &caller.Turn{Request: request(t, text)})
		for i, tt := range tests {
			if v := got.Get(fmt.Sprintf("X-%d", i)); v != tt.want {
				t.Errorf("%v: header %q became %q, want %q", kind, tt.value, v, tt.want)
			}
		}
		if diff := cmp.Diff([]string{`configured header "X-5": $flow.none is not set`}, res.Warnings); diff != "" {
			t.Errorf("%v: warnings (-want +got):\n%s", kind, diff)
		}
	}
}
