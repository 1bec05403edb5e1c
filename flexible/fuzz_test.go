package flexible_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cxhook/cxhook/flexible"
)

// The values of these targets may be nested deeply. They are compared by
// reflect.DeepEqual, because cmp.Diff takes twice as long for each list around
// a value.

// FuzzBodyValues: whatever a parameter holds, the body parses back to it, and
// nothing beside it changes.
func FuzzBodyValues(f *testing.F) {
	for _, s := range []string{
		`"x"`, `1e300`, `-0`, `[null,true,{"a":"\u0000\u2028"}]`, `{"":{"a.b":[]}}`, `"\",\"admin\":true,\"x\":\""`, `"$session.params.other"`, `12345678901234567890`,
		strings.Repeat("[", 100) + strings.Repeat("]", 100),
	} {
		f.Add([]byte(s))
	}
	body, err := flexible.ParseBody(`{"whole":"$session.params.v","rest":[1,"$session.params.v"],"text":"<$session.params.s>"}`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if json.Unmarshal(data, &v) != nil {
			return
		}
		text := string([]rune(string(data))) // a replacement for each byte that is no UTF-8
		out, err := body.Render(flexible.Params{"v": v, "s": string(data), "other": "wrong"})
		var refused *flexible.ValueError
		if errors.As(err, &refused) {
			if len(data) < 128 {
				t.Fatalf("refused: %v", err)
			}
			return // too deep or too long
		}
		var got any
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		want := map[string]any{"whole": v, "rest": []any{1.0, v}, "text": "<" + text + ">"}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%s holds %v, want %v", out, got, want)
		}
	})
}

// FuzzBody: no template panics; what is read renders to JSON and reads back
// as itself.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"a":"$session.params.a","b":["x $flow.b","$sys.func.NOW()","$$","$session.params.a[$flow.i]"]}`, `"$flow.x"`, `[]`, `{"a":1,"a":2}`, `[1.0,true,null]`,
	} {
		f.Add(s, "v")
	}
	f.Fuzz(func(t *testing.T, src, value string) {
		body, err := flexible.ParseBody(src)
		if err != nil {
			return
		}
		again, err := flexible.ParseBody(body.String())
		if err != nil || again.String() != body.String() {
			t.Fatalf("%s reads back as %s: %v", body, again, err)
		}
		if have, want := again.References(), body.References(); !slices.Equal(have, want) {
			t.Fatalf("references %q, want %q", have, want)
		}
		for _, policy := range []flexible.Unset{flexible.SendEmpty, flexible.SendLiteral} {
			for _, set := range []bool{true, false} {
				again, err := flexible.ParseBody(src, flexible.WithUnset(policy))
				if err != nil {
					t.Fatal(err)
				}
				out, err := again.Render(scopeFunc(func(string, string) (any, bool) { return value, set }))
				if err == nil && !json.Valid([]byte(out)) {
					t.Fatalf("not JSON: %s", out)
				}
			}
		}
	})
}

// FuzzURL: no template panics; what is read never changes its host, keeps one
// path segment and one query value for each reference, and reads back as
// itself.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"https://h/$flow.a/b?c=$session.params.d#e", "https://h:1/%2F?a=%", " https://h ", "https://h/$sys.func.NOW()", "https://[::1]/ä b", "https://h/$session.params.a.$flow.b",
	} {
		f.Add(s, "../x")
		f.Add(s, "a/b?c#d&e=\r\n@\\%2f")
	}
	f.Fuzz(func(t *testing.T, src, value string) {
		tmpl, err := flexible.ParseURL(src)
		if err != nil {
			return
		}
		again, err := flexible.ParseURL(tmpl.String())
		if err != nil || again.String() != tmpl.String() {
			t.Fatalf("%s reads back as %s: %v", tmpl, again, err)
		}
		plain, err := tmpl.Render(scopeFunc(func(string, string) (any, bool) { return "x", true }))
		if err != nil {
			return // dots of the template around a reference
		}
		out, err := tmpl.Render(scopeFunc(func(string, string) (any, bool) { return value, true }))
		if err != nil {
			var refused *flexible.ValueError
			if !errors.As(err, &refused) {
				t.Fatal(err)
			}
			return
		}
		want, err := url.Parse(plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := url.Parse(out)
		if err != nil {
			t.Fatal(err)
		}
		if got.Scheme != want.Scheme || got.Host != want.Host || got.User != nil || got.Fragment != "" {
			t.Fatalf("%s leads elsewhere than %s", out, plain)
		}
		if have, need := strings.Count(got.EscapedPath(), "/"), strings.Count(want.EscapedPath(), "/"); have != need {
			t.Fatalf("%s has %d segments, want %d", out, have, need)
		}
		if have, need := strings.Count(got.RawQuery, "&"), strings.Count(want.RawQuery, "&"); have != need {
			t.Fatalf("%s has %d values, want %d", out, have, need)
		}
		for _, segment := range strings.Split(got.EscapedPath(), "/") {
			if plain, err := url.PathUnescape(segment); err == nil && (plain == "." || plain == "..") {
				t.Fatalf("%s has a dot segment", out)
			}
		}
		if _, err := http.NewRequestWithContext(t.Context(), http.MethodGet, out, nil); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzHeader: no template panics, and what is rendered can be sent.
func FuzzHeader(f *testing.F) {
	f.Add("a $flow.b $sys.func.UPPER($flow.b)", "v\r\nx: y")
	f.Add(`$sys.func.JOIN(",", [1, "a"])`, "")
	f.Fuzz(func(t *testing.T, src, value string) {
		tmpl, err := flexible.ParseHeader(src)
		if err != nil {
			return
		}
		again, err := flexible.ParseHeader(tmpl.String())
		if err != nil || again.String() != tmpl.String() {
			t.Fatalf("%s reads back as %s: %v", tmpl, again, err)
		}
		out, err := tmpl.Render(scopeFunc(func(string, string) (any, bool) { return value, true }))
		if err == nil && strings.ContainsAny(out, "\r\n\x00") {
			t.Fatalf("a header of %q", out)
		}
	})
}

// FuzzPath: no path panics on any answer, what is read reads back as itself
// and selects the same.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"$.a[0].b", "a", "$..*", "a[?(@.b == 'c' && (@.d > 1 || !@.e))].f", "$['a',0][1:2:-1]", "__proto__"} {
		f.Add(s, []byte(`{"a":[{"b":"c","d":2,"f":[1]}],"__proto__":1}`))
	}
	f.Fuzz(func(t *testing.T, src string, data []byte) {
		p, err := flexible.ParsePath(src)
		if err != nil {
			return
		}
		again, err := flexible.ParsePath(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%s reads back as %s: %v", p, again, err)
		}
		var answer any
		if json.Unmarshal(data, &answer) != nil {
			return
		}
		v, found, err := p.Get(answer)
		v2, found2, err2 := again.Get(answer)
		if !reflect.DeepEqual(v, v2) || found != found2 || (err == nil) != (err2 == nil) {
			t.Fatalf("%s selects %v (%v, %v), written again %v (%v, %v)", p, v, found, err, v2, found2, err2)
		}
		if list, ok := v.([]any); err == nil && !p.Definite() && (!ok || list == nil) {
			t.Fatalf("an indefinite path gives %#v", v)
		}
	})
}

// strictJSON is a plain reading of what a body may be: one JSON value, no key
// twice in an object, at most so deep and with so many values.
func strictJSON(data []byte, maxDepth, maxValues int) bool {
	if !utf8.Valid(data) {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	type level struct {
		keys map[string]bool // nil in a list
		key  bool            // a key comes next
	}
	var levels []level
	values := 0
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return values > 0 && len(levels) == 0 && json.Valid(data)
		}
		if err != nil {
			return false
		}
		top := len(levels) - 1
		if top >= 0 && levels[top].key {
			if name, ok := tok.(string); ok {
				if levels[top].keys[name] {
					return false
				}
				levels[top].keys[name], levels[top].key = true, false
				continue
			}
		}
		if top >= 0 && levels[top].keys != nil {
			levels[top].key = true
		}
		switch tok {
		case json.Delim('{'):
			levels = append(levels, level{keys: map[string]bool{}, key: true})
		case json.Delim('['):
			levels = append(levels, level{})
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:top]
			continue
		}
		if values++; values > maxValues || len(levels) > maxDepth {
			return false
		}
	}
}

// FuzzHandlerBody: a handler accepts exactly the bodies that are strict JSON,
// and hands raw ones on with the same meaning.
func FuzzHandlerBody(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,{"b":null}],"c":"\u0061\""}`, `{"a":1,"\u0061":2}`, `[[],{},""]`, ` 1 `, `{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}`, "[\"\xff\"]", `{}{}`, "\v0",
		strings.Repeat("[", 64) + strings.Repeat("]", 64), strings.Repeat("[", 65) + strings.Repeat("]", 65),
	} {
		f.Add([]byte(s))
	}
	h := flexible.NewHandler(func(_ context.Context, in json.RawMessage) (json.RawMessage, error) { return in, nil },
		silent(), flexible.WithMaxElements(1000), flexible.WithTimeout(flexible.MaxTimeout)) // a busy machine is no late handler
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4000 || len(bytes.Trim(data, " \t\r\n")) == 0 {
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(data))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		want := http.StatusBadRequest
		if strictJSON(data, flexible.MaxDepth, 1000) {
			want = http.StatusOK
		}
		if w.Code != want {
			t.Fatalf("have %d %s, want %d", w.Code, w.Body, want)
		}
		if want != http.StatusOK {
			return
		}
		var before, after any
		if json.Unmarshal(data, &before) != nil || json.Unmarshal(w.Body.Bytes(), &after) != nil {
			return // numbers beyond a double
		}
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("%s came back as %s", data, w.Body)
		}
	})
}
