package flexible_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/flexible"
)

// TestLinearTime times hostile input of growing length. Sixteen times the
// input may take up to 128 times as long: noise does not reach that, and a
// quadratic course passes it at 256.
func TestLinearTime(t *testing.T) {
	body := func(src string) {
		if tmpl, err := flexible.ParseBody(src); err == nil {
			_, _ = tmpl.Render(flexible.Params{"a": "b", "$flow.a": []any{1.0}})
		}
	}
	url := func(src string) {
		if tmpl, err := flexible.ParseURL(src); err == nil {
			_, _ = tmpl.Render(flexible.Params{"a": "b%25%25", "$flow.a": []any{1.0}})
		}
	}
	header := func(src string) {
		if tmpl, err := flexible.ParseHeader(src); err == nil {
			_, _ = tmpl.Render(flexible.Params{"a": "b"})
		}
	}
	value := func(src string) {
		tmpl, err := flexible.ParseURL("https://h/$session.params.v")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = tmpl.Render(flexible.Params{"v": src})
	}
	missing := func(src string) {
		n := strings.Count(src, "$")
		params := make(flexible.Params, n)
		for i := range n {
			params[fmt.Sprintf("%08d", i)] = i
		}
		if tmpl, err := flexible.ParseBody(src); err == nil {
			_, _ = tmpl.Render(params)
		}
	}
	path := func(src string) { _, _ = flexible.ParsePath(src) }
	h := flexible.NewHandler(func(context.Context, json.RawMessage) (any, error) { return nil, nil }, silent())
	keys := func(src string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("{"+manyKeys(len(src))+"}"))
		r.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	const n = 750
	tests := []struct {
		name              string
		run               func(string)
		start, again, end string
	}{
		{"body of references", body, `["`, "$session.params.a ", `"]`},
		{"body of strings", body, `[""`, `,"$flow.a"`, `]`},
		{"body of functions", body, `["`, "$sys.func.A(", `"]`},
		{"body of dollars", body, `["`, "$", `"]`},
		{"body of dotted names", body, `["$session.params`, ".a", `"]`},
		{"body of open indexes", body, `["`, "$session.params.a[", `"]`},
		{"body of nested indexes", body, `["`, "$flow.a[$flow.a", `"]`},
		{"body of constants", body, `[1`, ",1", `]`},
		{"body of nesting", body, ``, "[", ``},
		{"body of keys", body, `{"a":1`, `,"a":1`, `}`},
		{"body of missing parameters", missing, `["`, "$session.params.missing1 ", `"]`},
		{"body of whole scopes", missing, `["`, "$session.params[0] ", `"]`},
		{"URL of references", url, "https://h", "/$session.params.a", ""},
		{"URL of adjoining references", url, "https://h/", "$flow.a", ""},
		{"URL of percent signs", url, "https://h/", "%25", ""},
		{"URL of queries", url, "https://h/?", "a=$flow.a&", ""},
		{"header of functions", header, "", "$sys.func.UPPER($session.params.a)", ""},
		{"header of open functions", header, "", "$sys.func.UPPER(", ""},
		{"header of open quotes", header, "", `$sys.func.UPPER("`, ""},
		{"value of encoded dots", value, "", "%2e%2e%2f", "x"},
		{"value of encoded percent signs", value, "", "%25", ""},
		{"handler's body of keys", keys, "", "k", ""},
		{"path of steps", path, "$", ".a", ""},
		{"path of filters", path, "$", "[?(@.a == 1)]", ""},
		{"path of nested filters", path, "$", "[?(@", ""},
		{"path of parentheses", path, "$[?", "(", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			timed := func(n int) time.Duration {
				src := tt.start + strings.Repeat(tt.again, n) + tt.end
				best := time.Duration(1 << 62)
				runtime.GC() // the collector's share depends on the machine's load
				defer debug.SetGCPercent(debug.SetGCPercent(-1))
				for range 5 {
					start := time.Now()
					tt.run(src)
					best = min(best, time.Since(start))
				}
				return best
			}
			n := n
			if strings.HasPrefix(tt.name, "path") {
				n = 60 // longer paths are refused
			}
			if strings.Contains(tt.name, "missing") || strings.Contains(tt.name, "whole scopes") {
				n = 150 // a square law would take minutes
			}
			// A busy machine slows single measurements, a square law all of
			// them: it makes 256 of 16.
			for attempt := 1; ; attempt++ {
				small, large := timed(n), timed(16*n)
				t.Logf("%d: %v, %d: %v", n, small, 16*n, large)
				if large <= 128*max(small, 50*time.Microsecond) {
					return
				}
				if attempt == 5 {
					t.Fatalf("%d times as long for 16 times the input, in each of %d attempts", large/max(small, 1), attempt)
				}
			}
		})
	}
}

// Parameters are found without a pass over all of them for each reference,
// whether they are there in another case or not at all: the names that are
// folded grow with parameters and references, not with their product.
func TestLookupsGrowLinearly(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 100, 1000} {
		params := flexible.Params{}
		var src strings.Builder
		src.WriteString("[")
		for i := range n {
			params[fmt.Sprintf("Size-%d", i)] = i
			fmt.Fprintf(&src, `"$session.params.size-%d","$session.params.none-%d","$flow.none-%d",`, i, i, i)
		}
		src.WriteString("null]")
		tmpl, err := flexible.ParseBody(src.String())
		if err != nil {
			t.Fatal(err)
		}
		out, folded, err := flexible.RenderCounting(tmpl, params)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(out, "[0,null,null,1,null,null,2,") {
			t.Fatalf("%d parameters: rendered %.40s", n, out)
		}
		if most := n + 3*n; folded > most {
			t.Errorf("%d parameters and %d references: %d names folded, want at most %d", n, 3*n, folded, most)
		}
	}
}
