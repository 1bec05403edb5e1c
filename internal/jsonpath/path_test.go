package jsonpath_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

func decode(t *testing.T, s string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func parse(t *testing.T, src string) *jsonpath.Path {
	t.Helper()
	p, err := jsonpath.Parse(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return p
}

const trip = `{
	"routes": [
		{"legs": [{"distance": {"value": 1200, "text": "1.2 km"}}], "toll": false},
		{"legs": [], "toll": true}
	],
	"parts": [
		{"kind": "city", "name": {"text": "Bern"}, "sure": true, "rank": 1},
		{"kind": "street", "name": {"text": "Marktgasse"}, "sure": false, "rank": 2},
		{"kind": "code", "name": {"text": "3011"}, "rank": 3}
	],
	"a.b": "dotted", "a[0]": "bracket", "": "empty", "__proto__": "proto", "it's": "quote", "name-with-hyphens": 1, "0": "zero",
	"größe": "L", "nothing": null, "matrix": [[1, 2], [3, [4]]], "deep": {"x": {"x": {"x": 1}}}
}`

func TestDefinitePaths(t *testing.T) {
	t.Parallel()
	doc := decode(t, trip)
	for _, tc := range []struct {
		path   string
		want   any
		reason string
	}{
		{"$.routes[0].legs[0].distance.value", 1200.0, "the documented form"},
		{"routes[0].legs[0].distance.value", 1200.0, "without the dollar sign"},
		{" $.routes[1].toll ", true, "blanks around it"},
		{"$['routes'][0]['toll']", false, "names in brackets"},
		{`["routes"][0]["toll"]`, false, "brackets first, double quotes"},
		{"$.parts[-1].kind", "code", "a negative index counts from the end"},
		{"$['a.b']", "dotted", "a dotted key is plain data in quotes"},
		{"$['a[0]']", "bracket", "so is one with brackets"},
		{"$['']", "empty", "an empty key"},
		{"$.__proto__", "proto", "a name with underscores"},
		{`$['it\'s']`, "quote", "an escaped quote"},
		{`$["it's"]`, "quote", "a quote in the other quotes"},
		{"$.name-with-hyphens", 1.0, "hyphens"},
		{"0", "zero", "digits are a name when they are not in brackets"},
		{"$.größe", "L", "letters beyond ASCII"},
		{`$['gr\u00f6\u00DFe']`, "L", "escaped letters"},
		{"$.nothing", nil, "null is a value"},
		{"$", doc, "everything"},
	} {
		p := parse(t, tc.path)
		got, found, err := p.Get(doc)
		if err != nil || !found || !p.Definite() {
			t.Errorf("%s (%s): found %v, definite %v, %v", tc.path, tc.reason, found, p.Definite(), err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tc.path, tc.reason, diff)
		}
	}
}

func TestMissingDefinitePaths(t *testing.T) {
	t.Parallel()
	doc := decode(t, trip)
	for _, src := range []string{
		"$.nope", "$.routes.legs", "$.routes[2]", "$.routes[-3]", "$.nothing.x", "$.a.b", "$[0]", "$.parts[0].kind.x", "$.parts[0].kind[0]", "$.Routes",
	} {
		if v, found, err := parse(t, src).Get(doc); found || v != nil || err != nil {
			t.Errorf("%s: have %v, %v, %v, want nothing", src, v, found, err)
		}
		if list, err := parse(t, src).Select(doc); len(list) != 0 || list == nil || err != nil {
			t.Errorf("%s: have %v, %v, want an empty list", src, list, err)
		}
	}
}

func TestIndefinitePaths(t *testing.T) {
	t.Parallel()
	doc := decode(t, trip)
	for _, tc := range []struct {
		path   string
		want   []any
		reason string
	}{
		{"$.parts[*].kind", []any{"city", "street", "code"}, "a wildcard over a list"},
		{"$.parts[0].*", []any{"city", map[string]any{"text": "Bern"}, 1.0, true}, "a wildcard over an object, by name"},
		{"$.parts[0:2].rank", []any{1.0, 2.0}, "a slice"}, {"$.parts[:1].rank", []any{1.0}, "a slice from the start"},
		{"$.parts[-2:].rank", []any{2.0, 3.0}, "a slice from the end"}, {"$.parts[::2].rank", []any{1.0, 3.0}, "a step"},
		{"$.parts[::-1].rank", []any{3.0, 2.0, 1.0}, "backwards"}, {"$.parts[5:1:-1].rank", []any{3.0}, "bounds beyond the list"},
		{"$.parts[1:0].rank", []any{}, "an empty slice"}, {"$.parts[::0].rank", []any{}, "a step of 0 selects nothing"},
		{"$.parts[0, -1].rank", []any{1.0, 3.0}, "several indexes"}, {"$.parts[0]['rank','kind']", []any{1.0, "city"}, "several names, in their order"},
		{"$..value", []any{1200.0}, "descendants"}, {"$.deep..x", []any{map[string]any{"x": map[string]any{"x": 1.0}}, map[string]any{"x": 1.0}, 1.0}, "descendants, outer first"},
		{"$.matrix..[0]", []any{[]any{1.0, 2.0}, 1.0, 3.0, 4.0}, "descendants by index"}, {"$.matrix[1]..*", []any{3.0, []any{4.0}, 4.0}, "all descendants"},
		{"$.parts[?(@.kind == 'city')].name.text", []any{"Bern"}, "a filter with further steps"},
		{"parts[?(@.sure==true && ((@.kind == 'city') || (@.kind == 'code')))].kind", []any{"city"}, "and, or and parentheses"},
		{"$.parts[?(@.kind == 'none')].name", []any{}, "no hit is an empty list"},
		{`$.parts[?@.kind == "street"].rank`, []any{2.0}, "no parentheses, double quotes"},
		{"$.parts[?@.sure].rank", []any{1.0, 2.0}, "existence, whatever the value"}, {"$.parts[?!@.sure].rank", []any{3.0}, "absence"},
		{"$.parts[?!(@.rank == 1)].rank", []any{2.0, 3.0}, "negation"}, {"$.parts[?(@.rank>=2&&@.rank<3)].rank", []any{2.0}, "order of numbers"},
		{"$.parts[?@.kind > 'city' && @.kind <= 'code'].rank", []any{3.0}, "order of texts"}, {"$.parts[?@.rank != '1'].rank", []any{1.0, 2.0, 3.0}, "kinds differ"},
		{"$.parts[?@.rank < '2'].rank", []any{}, "different kinds are in no order"}, {"$.parts[?@.sure == @.nope].rank", []any{3.0}, "missing equals missing"},
		{"$.parts[?@.sure != @.nope].rank", []any{1.0, 2.0}, "and nothing else"}, {"$.parts[?@.sure <= @.nope].rank", []any{3.0}, "in <= too"},
		{"$.parts[?@.sure == null].rank", []any{}, "missing is not null"}, {"$[?@ == null]", []any{nil}, "null"},
		{"$.parts[?@.rank == $.routes[0].legs[0].distance.nope].rank", []any{}, "from the root"}, {"$.parts[?@.name == $.parts[1].name].rank", []any{2.0}, "objects"},
		{"$.matrix[?@ == $.matrix[0]]", []any{[]any{1.0, 2.0}}, "lists"}, {"$.parts[?@.name.*].rank", []any{1.0, 2.0, 3.0}, "an indefinite query exists"},
		{"$.parts[?@.rank == 1e0 || @.rank == -0.5].rank", []any{1.0}, "forms of numbers"}, {"$.matrix[?@[?@ == 2]][1]", []any{2.0}, "a filter in a filter"},
		{"$.parts[?@.sure <= true].rank", []any{1.0}, "<= holds for equal booleans"}, {"$.parts[?(@.rank<2||@.rank>2)&&@.kind!='x'].rank", []any{1.0, 3.0}, "&& after a group"},
		{"$.nope[*]", []any{}, "a missing list"}, {"$.nothing..x", []any{}, "descendants of null"}, {"*", inOrder(doc), "a bare wildcard"},
	} {
		p := parse(t, tc.path)
		got, err := p.Select(doc)
		if err != nil || p.Definite() {
			t.Errorf("%s (%s): definite %v, %v", tc.path, tc.reason, p.Definite(), err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tc.path, tc.reason, diff)
		}
		again := parse(t, p.String())
		if again.String() != p.String() {
			t.Errorf("%s is written as %s, then as %s", tc.path, p, again)
		}
		if list, err := again.Select(doc); err != nil || !cmp.Equal(got, list) {
			t.Errorf("%s, written as %s: have %v, %v, want %v", tc.path, p, list, err, got)
		}
		if value, found, err := p.Get(doc); err != nil || found != (len(got) > 0) || !cmp.Equal(any(got), value) {
			t.Errorf("%s: Get has %v, %v, %v, want the list", tc.path, value, found, err)
		}
	}
}

// inOrder is the values of the document in the order of their names.
func inOrder(doc any) []any {
	var out []any
	object := doc.(map[string]any)
	for _, k := range []string{"", "0", "__proto__", "a.b", "a[0]", "deep", "größe", "it's", "matrix", "name-with-hyphens", "nothing", "parts", "routes"} {
		out = append(out, object[k])
	}
	return out
}

func TestNumbersOfEveryKind(t *testing.T) {
	t.Parallel()
	p := parse(t, "$[?@ == 2]")
	in := []any{2, int64(2), 2.0, json.Number("2.0"), uint8(2), float32(2), json.Number("x"), "2", true}
	got, err := p.Select(in)
	if diff := cmp.Diff(in[:6], got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	const single = "a path of names and indexes only, as it is compared"
	for _, tc := range []struct {
		path     string
		offset   int
		expected string
	}{
		{"", 0, "a path"}, {"  ", 0, "a path"}, {"$x", 1, `".", "[" or the end`}, {"$.a b", 3, `".", "[" or the end`}, {"$.", 2, `a name or "*"`},
		{"$..", 3, `a name or "*"`}, {".a", 0, `a name or "*"`}, {"$.a.", 4, `a name or "*"`}, {"a..b.", 5, `a name or "*"`}, {"$.'a'", 2, `a name or "*"`},
		{"$[", 2, `an index, a quoted name, "*", a slice or "?"`}, {"$[a]", 2, `an index, a quoted name, "*", a slice or "?"`}, {"$[]", 2, `an index, a quoted name, "*", a slice or "?"`},
		{"$[0", 3, `"," or "]"`}, {"$[0 1]", 4, `"," or "]"`}, {"$[01]", 2, "an integer without leading zeros"}, {"$[-0]", 2, "an integer without leading zeros"},
		{"$[-]", 2, "an integer without leading zeros"}, {"$[99999999999999999999]", 2, "an integer without leading zeros"}, {"$[9007199254740992]", 2, "an integer without leading zeros"},
		{"$['a", 4, "the closing '"}, {`$['\x']`, 4, "an escape such as \\n or \\u00e9"}, {`$['\"']`, 4, "an escape such as \\n or \\u00e9"},
		{`$['\u12']`, 4, `four hexadecimal digits after \u, and pairs of surrogates`}, {`$['\ud800']`, 4, `four hexadecimal digits after \u, and pairs of surrogates`},
		{"$['a\tb']", 4, "an escape in the place of a control character"}, {"$['\xff']", 2, "a text in UTF-8"}, {"$.\xff", 2, "a name in UTF-8"},
		{"$[?]", 3, `"@", "$", a quoted text, a number, true, false or null`}, {"$[?(@.a]", 7, `"&&", "||" or ")"`}, {"$[?@.a = 1]", 7, `"," or "]"`},
		{"$[?@.a == ]", 10, `"@", "$", a quoted text, a number, true, false or null`}, {"$[?1]", 4, "a comparison operator"}, {"$[?@.* == 1]", 3, single}, {"$[?1 == @..a]", 8, single},
		{"$[?!@.a == 1]", 4, "parentheses around a comparison after !"}, {"$[?@.a == 01]", 10, "a JSON number"}, {"$[?@.a == 1.]", 10, "a JSON number"}, {"$[?@.a == -]", 10, "a JSON number"},
		{"$[?@.a == nullx]", 10, `"@", "$", a quoted text, a number, true, false or null`}, {"$[?length(@) == 1]", 3, `"@", "$", a quoted text, a number, true, false or null`},
		{"$[?@.a &&]", 9, `"@", "$", a quoted text, a number, true, false or null`}, {"$[:x]", 3, `"," or "]"`},
	} {
		_, err := jsonpath.Parse(tc.path)
		var syntax *jsonpath.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: have %v, want a syntax error", tc.path, err)
			continue
		}
		if syntax.Offset != tc.offset || syntax.Expected != tc.expected {
			t.Errorf("%q: have offset %d, expected %s; want offset %d, expected %s", tc.path, syntax.Offset, syntax.Expected, tc.offset, tc.expected)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	var limit *jsonpath.LimitError
	for name, src := range map[string]string{
		"bytes":            "$" + strings.Repeat(".a", jsonpath.MaxPathBytes/2),
		"parentheses":      "$[?" + strings.Repeat("(", jsonpath.MaxDepth+1),
		"filters":          "$" + strings.Repeat("[?@", jsonpath.MaxDepth+1),
		"negated groups":   "$[?" + strings.Repeat("!(", jsonpath.MaxDepth+1),
		"filters of roots": "$" + strings.Repeat("[?$", jsonpath.MaxDepth+1),
	} {
		if _, err := jsonpath.Parse(src); !errors.As(err, &limit) || limit.Have <= limit.Max {
			t.Errorf("%s: have %v, want a limit error with both numbers", name, err)
		}
	}
	deep := any(1.0)
	for range 400 {
		deep = []any{deep, 2.0}
	}
	wide := make([]any, 2000)
	for i := range wide {
		wide[i] = []any{float64(i)}
	}
	for _, tc := range []struct {
		path string
		doc  any
	}{
		{"$..*..*..*", deep}, {"$[*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*,*]", wide},
		{"$..[?@..[?@..*]]", deep}, {"$[?$[?$[*]]]", wide},
	} {
		_, err := parse(t, tc.path).Select(tc.doc)
		if !errors.As(err, &limit) || limit.Have <= limit.Max {
			t.Errorf("%s: have %v, want a limit error with both numbers", tc.path, err)
		}
	}
}
