package flexible_test

import (
	"context"
	"encoding"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/flexible"
)

type quotes struct{ s string }

func (q quotes) MarshalText() ([]byte, error) { return []byte("<" + q.s + ">"), nil }

type within struct {
	Embedded
	Text   string                 `json:"text,omitempty"`
	List   []*string              `json:"list,omitempty"`
	Map    map[string]any         `json:"map,omitempty"`
	Key    map[quotes]int         `json:"key,omitempty"`
	Raw    json.RawMessage        `json:"raw,omitempty"`
	Quotes *quotes                `json:"quotes,omitempty"`
	Any    encoding.TextMarshaler `json:"any,omitempty"`
	Bytes  []byte                 `json:"bytes,omitempty"`
	Not    string                 `json:"-"`
}

type Embedded struct {
	Inner string `json:"inner,omitempty"`
}

// Text that is no UTF-8 is no answer, wherever it stands; a replacement
// character that the answer means is.
func TestHandlerAnswersOnlyUTF8(t *testing.T) {
	t.Parallel()
	bad, good := "a\xff", "a\ufffd"
	const both = `\ufffd` // what the encoder writes for \xff, and JSON may hold
	tests := []struct {
		name string
		out  any
		want string // empty: refused
	}{
		{"raw", json.RawMessage("\"\xff\""), ""},
		{"raw within", within{Raw: json.RawMessage("[\"\xff\"]")}, ""},
		{"text", bad, ""},
		{"a field", within{Text: bad}, ""},
		{"an embedded field", within{Embedded: Embedded{Inner: bad}}, ""},
		{"a list", within{List: []*string{&bad}}, ""},
		{"a value of a map", within{Map: map[string]any{"a": []any{bad}}}, ""},
		{"a key of a map", within{Map: map[string]any{bad: 1}}, ""},
		{"a key that writes itself", within{Key: map[quotes]int{{bad}: 1}}, ""},
		{"text that writes itself", within{Quotes: &quotes{bad}}, ""},
		{"behind an interface", within{Any: quotes{bad}}, ""},
		{"beside an escape that was meant", within{Raw: json.RawMessage(`"` + both + `"`), Text: bad}, ""},
		{"a replacement character", good, `"` + good + `"`},
		{"its escape", json.RawMessage(`"` + both + `"`), `"` + both + `"`},
		{"its escape within", &within{Raw: json.RawMessage(`"` + both + `"`), List: []*string{nil, &good}, Quotes: nil},
			`{"list":[null,"` + good + `"],"raw":"` + both + `"}`},
		{"the letters of the escape", within{Text: both, Map: map[string]any{"a": nil}}, `{"text":"\` + both + `","map":{"a":null}}`},
		{"bytes, which become letters", within{Bytes: []byte(bad), Raw: json.RawMessage(`"` + both + `"`)}, `{"raw":"` + both + `","bytes":"Yf8="}`},
		{"what is not sent", within{Not: bad, Raw: json.RawMessage(`"` + both + `"`)}, `{"raw":"` + both + `"}`},
	}
	for _, tt := range tests {
		h := flexible.NewHandler(func(context.Context, struct{}) (any, error) { return tt.out, nil }, silent())
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		body := w.Body.String()
		switch {
		case tt.want == "" && (w.Code != http.StatusInternalServerError || !strings.Contains(body, "cannot be encoded")):
			t.Errorf("%s: have %d %s, want 500", tt.name, w.Code, body)
		case tt.want != "" && (w.Code != http.StatusOK || body != tt.want):
			t.Errorf("%s: have %d %s, want 200 %s", tt.name, w.Code, body, tt.want)
		}
	}
}

// JSON in a query keeps the rules of JSON in a body.
func TestHandlerChecksJSONInTexts(t *testing.T) {
	t.Parallel()
	type in struct {
		Place  map[string]any  `cx:"query:place"`
		Tags   []string        `cx:"query:tag"`
		Raw    json.RawMessage `cx:"query:raw"`
		Text   string          `cx:"query:text"`
		Header []any           `cx:"header:X-List"`
		ID     []int           `cx:"path:id"`
	}
	h := flexible.NewHandler(func(context.Context, in) (string, error) { return "called", nil }, silent(), flexible.WithMaxElements(10))
	mux := http.NewServeMux()
	mux.Handle("/{id}", h)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		name, id, query, header string
		want                    string // part of the refusal, empty for none
	}{
		{"sound", "[1,2]", "place=" + url.QueryEscape(`{"a":{"b":1},"c":{"b":2}}`) + "&tag=a&tag=b&raw=" + deep(9), "[1]", ""},
		{"a key twice", "", "place=" + url.QueryEscape(`{"a":1,"\u0061":2}`), "", "place"},
		{"a key twice in raw JSON", "", "raw=" + url.QueryEscape(`[{"a":1,"a":2}]`), "", "raw"},
		{"not UTF-8", "", "place=" + url.QueryEscape("{\"a\":\"\xff\"}"), "", "place"},
		{"too many values", "", "tag=" + url.QueryEscape(`["a"`+strings.Repeat(`,"a"`, 10)+`]`), "", "tag"},
		{"too many values in a header", "", "", "[1" + strings.Repeat(",1", 10) + "]", "X-List"},
		{"too many values in the path", "[1" + strings.Repeat(",1", 10) + "]", "", "", "id"},
		{"a text is no JSON", "", "text=" + url.QueryEscape(`{"a":1,"a":2}`), "", ""},
	}
	for _, tt := range tests {
		if tt.id == "" {
			tt.id = "[]"
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+tt.id+"?"+tt.query, nil)
		if tt.header != "" {
			r.Header.Set("X-List", tt.header)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		body := w.Body.String()
		switch {
		case tt.want == "" && w.Code != http.StatusOK:
			t.Errorf("%s: have %d %s, want 200", tt.name, w.Code, body)
		case tt.want != "" && (w.Code != http.StatusBadRequest || !strings.Contains(body, tt.want)):
			t.Errorf("%s: have %d %s, want 400 on %s", tt.name, w.Code, body, tt.want)
		}
	}
	// Depth is a limit of its own.
	h = flexible.NewHandler(func(context.Context, in) (string, error) { return "called", nil }, silent())
	for n, status := range map[int]int{flexible.MaxDepth: http.StatusOK, flexible.MaxDepth + 1: http.StatusBadRequest} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?raw="+deep(n), nil))
		if w.Code != status {
			t.Errorf("%d levels: have %d %s, want %d", n, w.Code, w.Body, status)
		}
	}
}
