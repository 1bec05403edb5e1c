package flexible_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/flexible"
)

// What stands where a text is declared is a text, or a 400 that names the
// field and not the value; what is null or absent is no text that says so.
func TestOtherValuesInPlaceOfATextAreRefused(t *testing.T) {
	t.Parallel()
	type in struct {
		Size string `cx:"size"`
	}
	h := flexible.NewHandler(func(_ context.Context, i in) (string, error) { return "<" + i.Size + ">", nil }, silent())
	for _, tt := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"text", `{"size":"L"}`, 200, `"<L>"`},
		{"object", `{"size":{"canary":1}}`, 400, "size"},
		{"list", `{"size":["canary"]}`, 400, "size"},
		{"number", `{"size":4711}`, 400, "size"},
		{"boolean", `{"size":true}`, 400, "size"},
		{"null", `{"size":null}`, 200, `"<>"`},
		{"absent", `{}`, 200, `"<>"`},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) || strings.Contains(w.Body.String(), "canary") || strings.Contains(w.Body.String(), "4711") {
			t.Errorf("%s: have %d %s, want %d with %s", tt.name, w.Code, w.Body, tt.status, tt.want)
		}
	}
}

// Keys that mean something to other programs are plain data on every way:
// out in a body, in through a handler, back by a path.
func TestOddKeysArePlainData(t *testing.T) {
	t.Parallel()
	odd := map[string]any{
		"__proto__": "proto", "constructor": map[string]any{"prototype": 1.0}, "": "empty", "a.b": "dotted", "a[0]": "bracket",
		"$session.params.x": "reference", "size": "plain", "\u017fize": "long s", "s\u0456ze": "Cyrillic", "$.a": 1.0,
	}
	w, err := flexible.Compile(webhook(&service{
		Uri: "https://shop.example/", RequestBody: `{"odd":"$session.params.odd"}`,
		ParameterMapping: map[string]string{
			"proto": "__proto__", "inner": "constructor.prototype", "empty": "['']", "dotted": "['a.b']", "bracket": `["a[0]"]`, "plain": "size",
			"field": "a.b", "item": "a[0]",
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	req, err := w.NewRequest(t.Context(), map[string]any{"odd": odd, "x": "wrong", "a": map[string]any{"b": "wrong"}})
	if err != nil {
		t.Fatal(err)
	}
	type in struct {
		Odd map[string]any `cx:"odd"`
	}
	rec := httptest.NewRecorder()
	flexible.NewHandler(func(_ context.Context, i in) (map[string]any, error) { return i.Odd, nil }, silent()).ServeHTTP(rec, req)
	var got map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	if diff := cmp.Diff(odd, got); diff != "" {
		t.Errorf("(-sent +answered)\n%s", diff)
	}
	params, err := w.Extract(rec.Body.Bytes())
	want := map[string]any{
		"proto": "proto", "inner": 1.0, "empty": "empty", "dotted": "dotted", "bracket": "bracket", "plain": "plain", "field": nil, "item": nil,
	}
	if diff := cmp.Diff(want, params); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// The limit of an answer counts the bytes that leave, escapes included and
// without any that encoding/json would add.
func TestAnswerLimitCountsWhatIsSent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, unit string
		bytes      int // of the unit in JSON
	}{
		{"letters", "x", 1},
		{"markup is not escaped", "<", 1},
		{"emoji", "😀", 4},
		{"a line separator is escaped", "\u2028", 6},
		{"a quote is escaped", `"`, 2},
		{"a control character is escaped", "\x01", 6},
	} {
		units := (flexible.MaxResponseBytes - 2) / tt.bytes
		fill := strings.Repeat("x", flexible.MaxResponseBytes-2-units*tt.bytes)
		for extra, status := range map[string]int{"": http.StatusOK, "x": http.StatusInternalServerError} {
			out := strings.Repeat(tt.unit, units) + fill + extra
			h := flexible.NewHandler(func(context.Context, struct{}) (string, error) { return out, nil }, silent())
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
			if w.Code != status || status == http.StatusOK && w.Body.Len() != flexible.MaxResponseBytes {
				t.Errorf("%s, %d bytes over the limit: have %d with %d bytes, want %d", tt.name, len(extra), w.Code, w.Body.Len(), status)
			}
		}
	}
}

// Whatever status an error has, the answer's is one that Dialogflow knows.
func TestErrorStatusesAreDialogflows(t *testing.T) {
	t.Parallel()
	for have, want := range map[int]int{
		-1: 500, 0: 500, 99: 500, 200: 500, 204: 500, 302: 500, 400: 400, 401: 401, 403: 403, 404: 404, 405: 404, 418: 400, 429: 503,
		500: 500, 502: 503, 503: 503, 599: 500, 1000: 500,
	} {
		h := flexible.NewHandler(func(context.Context, struct{}) (any, error) { return nil, flexible.Errorf(have, "no") }, silent())
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		if w.Code != want || w.Body.Len() == 0 || w.Body.Len() > 1024 || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%d is answered %d with %d bytes of %s, want %d", have, w.Code, w.Body.Len(), w.Header().Get("Content-Type"), want)
		}
	}
}
