package cxtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/cxhook/cxhook/cx/cxtest"
)

// Nothing of a credential or of a named parameter is written, wherever it is
// repeated; what is beside it stays.
func TestSecretsAreRemoved(t *testing.T) {
	t.Parallel()
	const canary = "hunter2-canary"
	const card = "4111111111111111"
	tests := []struct {
		name    string
		target  string
		ctype   string
		body    string
		header  []string
		answer  string
		options []cxtest.RecordOption
		never   []string // must not be in the archive
		kept    []string // must be
	}{
		{"authorization, repeated in both bodies and the URL", "/h?token=" + canary, "application/json", `{"a":"my ` + canary + ` is"}`,
			[]string{"Authorization", "Bearer " + canary}, `{"b":["x` + canary + `"],"` + canary + `":1}`, nil,
			[]string{canary, "Authorization"}, []string{`"my REMOVED is"`, "token=REMOVED"}},
		{"basic password", "/h", "application/json", `{"a":"` + canary + `"}`, []string{"Authorization", "Basic dXNlcjpodW50ZXIyLWNhbmFyeQ=="}, `{}`, nil,
			[]string{canary, "dXNlcjpodW50ZXIy"}, nil},
		{"cookies", "/h", "application/json", `{"a":"` + canary + `"}`, []string{"Cookie", "lang=en; s=" + canary}, `{"languageCode":"en"}`, nil,
			[]string{canary, "Cookie"}, []string{`"languageCode": "en"`}},
		{"configured header", "/h", "application/json", `{}`, []string{"x-tenant-key", canary, "X-Other", "see " + canary}, `{}`,
			[]cxtest.RecordOption{cxtest.RemoveHeaders("X-Tenant-Key")}, []string{canary, "X-Tenant-Key"}, []string{"X-Other: see REMOVED"}},
		{"session parameter at every depth and in texts", "/h", "application/json",
			`{"sessionInfo":{"parameters":{"Card":"` + card + `","size":"L","deep":{"list":[{"card":{"number":"` + card + `","cvc":123,"ok":true}}]}}},
			"text":"it is 4111 1111 1111 1111, cvc 123","messages":[{"text":{"text":["Card ` + card + `?"]}}],"fulfillmentInfo":{"tag":"pay"}}`, nil,
			`{"sessionInfo":{"parameters":{"last":"` + card + `"}}}`, []cxtest.RecordOption{cxtest.RemoveParams("card")},
			[]string{card, "4111 1111", "123"}, []string{`"size": "L"`, `"cvc": 0`, `"ok": false`, `"it is REMOVED, cvc 0"`, `"tag": "pay"`}},
		{"intent and form parameters", "/h", "application/json",
			`{"intentInfo":{"parameters":{"phone":{"originalValue":"five five five","resolvedValue":"555"}}},
			"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"PHONE","state":"FILLED","value":"555"},{"displayName":"size","value":"L"}]}},
			"transcript":"call five five five or 555, not 5550"}`, nil, `{}`, []cxtest.RecordOption{cxtest.RemoveParams("phone")},
			[]string{"five five five", `"555"`, " 555,"}, []string{"not 5550", `"value": "L"`, `"state": "FILLED"`}},
		{"the tag stays, the value goes", "/h", "application/json", `{"fulfillmentInfo":{"tag":"refund"},"topic":"refund","text":"a refund"}`, nil, `{}`,
			[]cxtest.RecordOption{cxtest.RemoveParams("topic")}, []string{"a refund"}, []string{`"tag": "refund"`}},
		{"snake case", "/h", "application/json", `{"page_info":{"form_info":{"parameter_info":[{"display_name":"pin","value":4242}]}},"n":4242}`, nil, `{}`,
			[]cxtest.RecordOption{cxtest.RemoveParams("pin")}, []string{"4242"}, nil},
		{"JSON within a string", "/h", "application/json", `{"log":"{\"pin\":\"` + canary + `\"}"}`, nil, `{}`, []cxtest.RecordOption{cxtest.RemoveParams("pin")},
			[]string{canary}, nil},
		{"query and path", "/users/Jane%20Doe/x?Name=Jane+Doe&q=1", "", "", nil, `{"hello":"jane doe"}`, []cxtest.RecordOption{cxtest.RemoveParams("name")},
			[]string{"Jane", "jane"}, []string{"/users/REMOVED/x?Name=REMOVED&q=1"}},
		{"form body", "/h", "application/x-www-form-urlencoded", "pin=" + canary + "&a=b+" + canary, nil, `{}`, []cxtest.RecordOption{cxtest.RemoveParams("pin")},
			[]string{canary}, []string{"a=b+REMOVED"}},
		{"escaped in JSON", "/h", "application/json", `{"pin":"a\u003cb\"c","t":"say a<b\"c"}`, nil, `{}`, []cxtest.RecordOption{cxtest.RemoveParams("pin")},
			[]string{"a<b", `a\u003cb`}, []string{"say REMOVED"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, dir := recording(t, answerJSON(tt.answer), tt.options...)
			method := "POST"
			if tt.body == "" {
				method = "GET"
			}
			if got := send(t, method, url+tt.target, tt.ctype, tt.body, tt.header...); got != tt.answer {
				t.Errorf("the client got %q, want %q", got, tt.answer)
			}
			_, data := only(t, dir)
			for _, secret := range tt.never {
				if strings.Contains(data, secret) {
					t.Errorf("the archive holds %q:\n%s", secret, data)
				}
			}
			for _, text := range tt.kept {
				if !strings.Contains(data, text) {
					t.Errorf("the archive lacks %q:\n%s", text, data)
				}
			}
		})
	}
}

// What cannot be searched is not written.
func TestOpaqueBodiesAreNotRecorded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, ctype, body string
		opts              []cxtest.RecordOption
		header            []string
	}{
		{"no JSON while parameters are removed", "application/json", `{"pin":"1234"`, []cxtest.RecordOption{cxtest.RemoveParams("pin")}, nil},
		{"binary while credentials are removed", "application/octet-stream", "\xff\xfe", nil, []string{"Authorization", "Bearer x"}},
		{"too long", "text/plain", strings.Repeat("x", cxtest.MaxRecordedBytes+1), nil, nil},
	}
	for _, tt := range tests {
		var mu sync.Mutex
		var failures []error
		failed := cxtest.RecordErrors(func(err error) {
			mu.Lock()
			defer mu.Unlock()
			failures = append(failures, err)
		})
		url, dir := recording(t, answerJSON(`{}`), append(tt.opts, failed)...)
		if got := send(t, "POST", url, tt.ctype, tt.body, tt.header...); got != `{}` {
			t.Errorf("%s: the client got %q", tt.name, got)
		}
		mu.Lock()
		if n := len(archives(t, dir)); n != 0 || len(failures) != 1 || strings.Contains(fmt.Sprint(failures), "1234") {
			t.Errorf("%s: %d archives, failures %v; want none and one", tt.name, n, failures)
		}
		mu.Unlock()
	}
}

// Whatever a removed parameter holds, its text is nowhere in the archive.
func FuzzRemovedParameter(f *testing.F) {
	for _, v := range []string{"hunter2", "4111 1111", `{"a": [1, 2]}`, "[1, 2]", "ÄÖÜ straße", "a\"b\\c", "<b>&", "\u2028x\n\ty", "(.*)+$", "sessionInfo", "7001 0+00", "70      01"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		v = strings.TrimSpace(strings.ToValidUTF8(v, "?"))
		if len(v) < 4 || strings.Contains("removed", strings.ToLower(v)) {
			return // short values are removed as whole words only
		}
		body, err := json.Marshal(map[string]any{
			"sessionInfo": map[string]any{"parameters": map[string]any{"card": map[string]any{"deep": []any{v}}}},
			"text":        "before " + v + " after" + v,
			"list":        []any{v, map[string]any{v: 1}},
		})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		record, err := cxtest.Record(dir, cxtest.RemoveParams("CARD"), cxtest.RecordErrors(func(err error) { t.Errorf("%q: %v", v, err) }))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/h?q="+url.QueryEscape(v), bytes.NewReader(body))
		record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, r.Body)
		})).ServeHTTP(httptest.NewRecorder(), r)
		_, data := only(t, dir)
		e, err := cxtest.ParseExchange([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		target, err := url.QueryUnescape(e.Target)
		if err != nil || strings.Contains(target, v) {
			t.Errorf("target %q holds %q (%v)", target, v, err)
		}
		for _, body := range [][]byte{e.RequestBody, e.ResponseBody} {
			var x any
			if err := json.Unmarshal(body, &x); err != nil {
				t.Fatal(err)
			}
			if text := findText(x, v); text != "" {
				t.Errorf("%q is in %q of\n%s", v, text, body)
			}
		}
	})
}

// findText returns a string or a name within x that holds text.
func findText(x any, text string) string {
	switch x := x.(type) {
	case string:
		if strings.Contains(x, text) {
			return x
		}
	case []any:
		for _, v := range x {
			if found := findText(v, text); found != "" {
				return found
			}
		}
	case map[string]any:
		for k, v := range x {
			if found := findText(k, text) + findText(v, text); found != "" {
				return found
			}
		}
	}
	return ""
}
