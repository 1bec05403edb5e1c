package flexible_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/flexible"
	"github.com/google/go-cmp/cmp"
)

func TestBodyRender(t *testing.T) {
	t.Parallel()
	params := flexible.Params{
		"size": 3.0, "name": "Ann \"A\" \\ O'Neil\n<&>\u2028é😀", "paid": true, "gone": nil, "empty": "",
		"tags": []any{"a", 1.0, nil}, "user": map[string]any{"id": "u/7", "zip": map[string]any{"code": 12.5}},
		"a.b": "dotted", "a": map[string]any{"b": "field", "c": "other"},
		"trap": `","admin":true,"x":"`, "again": "$session.params.size $sys.func.NOW() {{.}}", "params": "p",
		"$flow.size": 4.0, "$flow.x.y": "flow dotted", "$request.language": "en", "$vip.params.tier": "gold",
		"big": json.Number("12345678901234567890"), "int": 7, "__proto__": "plain", "a[0]": "brackets",
	}
	tests := []struct {
		name, body, want string // the name holds the reason
	}{
		{"a whole number loses the quotes", `{"size":"$session.params.size"}`, `{"size":3}`},
		{"a number in a longer text is text", `{"t":"This is a number: $session.params.size"}`, `{"t":"This is a number: 3"}`},
		{"a blank around the reference makes a text", `{"t":"$session.params.size "}`, `{"t":"3 "}`},
		{"a string stays a string, escaped", `["$session.params.name"]`, "[\"Ann \\\"A\\\" \\\\ O'Neil\\n<&>\u2028é😀\"]"},
		{"a string in a text is escaped too", `["<$session.params.name>"]`, "[\"<Ann \\\"A\\\" \\\\ O'Neil\\n<&>\u2028é😀>\"]"},
		{"an empty string is a value", `["$session.params.empty","-$session.params.empty-"]`, `["","--"]`},
		{"a boolean keeps its type", `["$session.params.paid","is $session.params.paid"]`, `[true,"is true"]`},
		{"a list and an object keep their type", `{"t":"$session.params.tags","u":"$session.params.user"}`,
			`{"t":["a",1,null],"u":{"id":"u/7","zip":{"code":12.5}}}`},
		{"an object in a text is compact JSON", `["u: $session.params.user"]`, `["u: {\"id\":\"u/7\",\"zip\":{\"code\":12.5}}"]`},
		{"fields and indexes", `["$session.params.user.zip.code","$session.params.tags[1]","$session.params.user.id."]`, `[12.5,1,"u/7."]`},
		{"the longest known name wins", `["$session.params.a.b","$session.params.a.c"]`, `["dotted","other"]`},
		{"other scopes", `["$flow.size","$flow.x.y","$request.language","$vip.params.tier"]`, `[4,"flow dotted","en","gold"]`},
		{"names in any case", `["$session.params.SIZE"]`, `[3]`},
		{"structure in a value is text", `{"n":"$session.params.trap"}`, `{"n":"\",\"admin\":true,\"x\":\""}`},
		{"structure in a value within a text is text", `{"n":"x $session.params.trap"}`, `{"n":"x \",\"admin\":true,\"x\":\""}`},
		{"a reference in a value is never expanded", `["$session.params.again","x $session.params.again"]`,
			`["$session.params.size $sys.func.NOW() {{.}}","x $session.params.size $sys.func.NOW() {{.}}"]`},
		{"several references", `["$session.params.size$session.params.size, $flow.size/$session.params.a.b"]`, `["33, 4/dotted"]`},
		{"concatenation", `["1$session.params.size"]`, `["13"]`},
		{"a top-level string", ` "$session.params.user" `, `{"id":"u/7","zip":{"code":12.5}}`},
		{"constants keep their spelling", `{"a": 1.50, "b": [true, false, null, 1e3, "x\u0041"], "c": {}, "d": []}`, `{"a":1.50,"b":[true,false,null,1e3,"xA"],"c":{},"d":[]}`},
		{"keys are never changed", `{"$session.params.size":1,"ä\"":2}`, `{"$session.params.size":1,"ä\"":2}`},
		{"a system function is text", `["$sys.func.ADD(1, 2)"]`, `["$sys.func.ADD(1, 2)"]`},
		{"what is no reference is text", `["$100","$$","$conversation","$","$.x"]`, `["$100","$$","$conversation","$","$.x"]`},
		{"unset as a whole is null", `["$session.params.none","$session.params.gone","$session.params.user.none"]`, `[null,null,null]`},
		{"unset in a text stays as written", `["<$session.params.none>","<$session.params.gone>"]`, `["<$session.params.none>","<$session.params.gone>"]`},
		{"an index out of range is unset", `["$session.params.tags[9]","$session.params.size[0]"]`, `[null,null]`},
		{"digits beyond a double survive", `["$session.params.big","n $session.params.big"]`, `[12345678901234567890,"n 12345678901234567890"]`},
		{"a Go integer is a number", `["$session.params.int"]`, `[7]`},
		{"odd names are plain data", `["$session.params.__proto__"]`, `["plain"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := flexible.ParseBody(tt.body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.Render(params)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("have %s\nwant %s", got, tt.want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("not JSON: %s", got)
			}
		})
	}
}

func TestBodyAllSessionParameters(t *testing.T) {
	t.Parallel()
	tmpl, err := flexible.ParseBody(`{"params":"$session.params"}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tmpl.Render(flexible.Params{"a": 1, "b": nil, "$flow.c": 2})
	if want := `{"params":{"a":1,"b":null}}`; err != nil || got != want {
		t.Errorf("have %s, %v, want %s", got, err, want)
	}
}

func TestBodyFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		offset     int
	}{
		{"a reference without quotes", `{"a": $session.params.size}`, 6},
		{"cut off", `{"a": "b"`, 9},
		{"a comma too many", `{"a": 1,}`, 8},
		{"two values", `{} {}`, 3},
		{"single quotes", `{'a': 1}`, 1},
		{"nothing but blanks", ` `, 1},
		{"a key twice", `{"a": 1, "b": {"c": 1, "c": 2}}`, 23},
		{"a line break in a string", "[\"a\nb\"]", 3},
		{"not UTF-8", "[\"\xff\"]", -1},
		{"too deep", strings.Repeat("[", 200) + strings.Repeat("]", 200), 129},
		{"too long", `"` + strings.Repeat("a", flexible.MaxRenderedBytes) + `"`, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := flexible.ParseBody(tt.body)
			var faults flexible.Faults
			if !errors.As(err, &faults) || len(faults) != 1 {
				t.Fatalf("have %v, want one fault", err)
			}
			if faults[0].Offset != tt.offset {
				t.Errorf("have the fault at %d, want %d: %v", faults[0].Offset, tt.offset, err)
			}
		})
	}
}

func TestBodyReportsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := flexible.ParseBody(`{"a":1,"a":2,"b":[{"c":1,"c":2}]}`)
	var faults flexible.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("have %v", err)
	}
	var at []int
	for _, f := range faults {
		at = append(at, f.Offset)
	}
	if diff := cmp.Diff([]int{7, 25}, at); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBodyWarnsOfFunctions(t *testing.T) {
	t.Parallel()
	tmpl, err := flexible.ParseBody(`{"id":"$sys.func.UUID() $sys.func.UPPER($session.params.a)"}`)
	if err != nil {
		t.Fatal(err)
	}
	if w := tmpl.Warnings(); len(w) != 1 || w[0].Offset != 6 {
		t.Errorf("have warnings %v, want one at byte 6", w)
	}
	got, err := tmpl.Render(flexible.Params{"a": "b"})
	if want := `{"id":"$sys.func.UUID() $sys.func.UPPER(b)"}`; err != nil || got != want {
		t.Errorf("have %s, %v, want %s", got, err, want)
	}
}

func TestBodyRefusedValues(t *testing.T) {
	t.Parallel()
	loop := map[string]any{}
	loop["self"] = []any{loop}
	tests := []struct {
		name  string
		value any
	}{
		{"not a number", math.NaN()},
		{"infinite", math.Inf(-1)},
		{"a number that is none", json.Number("1,\"x\":2")},
		{"a value that contains itself", loop},
		{"a function", func() {}},
		{"deep within", map[string]any{"a": []any{math.NaN()}}},
		{"keys that become one", map[string]any{"\xff": 1, "\xfe": 2}},
		{"a key that becomes another", []any{map[string]any{"a\xff": 1, "a\ufffd": 2}}},
		{"keys of another type of map that become one", map[string]string{"\xff": "1", "\xfe": "2"}},
		{"over the limit", strings.Repeat("x", flexible.MaxRenderedBytes)},
	}
	for _, tt := range tests {
		for _, body := range []string{`["$session.params.v"]`, `["v: $session.params.v"]`} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				tmpl, err := flexible.ParseBody(body)
				if err != nil {
					t.Fatal(err)
				}
				_, err = tmpl.Render(flexible.Params{"v": tt.value})
				var refused *flexible.ValueError
				if !errors.As(err, &refused) || refused.Reference != "$session.params.v" {
					t.Errorf("have %v, want a *ValueError on $session.params.v", err)
				}
			})
		}
	}
}

func TestBodyInvalidUTF8(t *testing.T) {
	t.Parallel()
	tmpl, err := flexible.ParseBody(`["$session.params.v","<$session.params.v>"]`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tmpl.Render(flexible.Params{"v": map[string]any{"\xff": 1, "\xff\xff": 2}})
	if want := "[{\"\ufffd\":1,\"\ufffd\ufffd\":2},\"<{\\\"\ufffd\\\":1,\\\"\ufffd\ufffd\\\":2}>\"]"; err != nil || out != want {
		t.Errorf("keys that stay apart: have %s, %v, want %s", out, err, want)
	}
	got, err := tmpl.Render(flexible.Params{"v": "a\xffb\x00\x1f"})
	if want := "[\"a\ufffdb\\u0000\\u001f\",\"<a\ufffdb\\u0000\\u001f>\"]"; err != nil || got != want {
		t.Errorf("have %s, %v, want %s", got, err, want)
	}
}

func TestWithUnset(t *testing.T) {
	t.Parallel()
	const body = `["$session.params.x","<$session.params.x>"]`
	tests := []struct {
		name string
		opts []flexible.CompileOption
		want string // empty: refused
	}{
		{"default", nil, `[null,"<$session.params.x>"]`},
		{"empty everywhere", []flexible.CompileOption{flexible.WithUnset(flexible.SendEmpty)}, `[null,"<>"]`},
		{"literal everywhere", []flexible.CompileOption{flexible.WithUnset(flexible.SendLiteral)}, `["$session.params.x","<$session.params.x>"]`},
		{"literal in one place", []flexible.CompileOption{flexible.WithUnset(flexible.SendLiteral, flexible.InBody)}, `["$session.params.x","<$session.params.x>"]`},
		{"refused everywhere", []flexible.CompileOption{flexible.WithUnset(flexible.Refuse)}, ""},
		{"refused in texts", []flexible.CompileOption{flexible.WithUnset(flexible.Refuse, flexible.InText)}, ""},
		{"refused elsewhere", []flexible.CompileOption{flexible.WithUnset(flexible.Refuse, flexible.InURL, flexible.InHeader)}, `[null,"<$session.params.x>"]`},
	}
	for _, tt := range tests {
		for name, params := range map[string]flexible.Params{"unset": {}, "null": {"x": nil}} {
			t.Run(tt.name+" "+name, func(t *testing.T) {
				t.Parallel()
				tmpl, err := flexible.ParseBody(body, tt.opts...)
				if err != nil {
					t.Fatal(err)
				}
				got, err := tmpl.Render(params)
				if tt.want == "" {
					var refused *flexible.ValueError
					if !errors.As(err, &refused) || !errors.Is(err, flexible.ErrUnset) {
						t.Errorf("have %q, %v, want a *ValueError that is ErrUnset", got, err)
					}
					return
				}
				if err != nil || got != tt.want {
					t.Errorf("have %s, %v, want %s", got, err, tt.want)
				}
			})
		}
	}
}

func TestWithUnsetPanics(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(){
		"policy": func() { flexible.WithUnset(flexible.Unset(9)) },
		"place":  func() { flexible.WithUnset(flexible.Refuse, flexible.Place(-1)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("an unknown value is accepted")
				}
			}()
			f()
		})
	}
}
