package expr_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/internal/expr"
)

type object = map[string]any

type list = []any

func TestFunctions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		call string // without $sys.func.
		want any
	}{
		{"ADD(1, 2)", 3.0}, {"ADD(1, 2, 3.5)", 6.5}, {"ADD(0.1, 0.2)", 0.3}, {"ADD(7)", 7.0}, {"ADD($session.params.count, -2)", 0.0},
		{"MINUS(3, 2)", 1.0}, {"MINUS(0.3, 0.1)", 0.2}, {"MULTIPLY(2, 3, 4)", 24.0}, {"MULTIPLY(1.1, 1.1)", 1.21},
		{"DIVIDE(10, 4)", 2.5}, {"DIVIDE(10, 3)", 3.333}, {"DIVIDE(2, 3)", 0.667}, {"DIVIDE(10, 3, 0)", 3.0}, {"DIVIDE(-1, 2, 0)", -1.0},
		{"ROUND(10.5678, 2)", 10.57}, {"ROUND(2.5)", 3.0}, {"ROUND(-2.5)", -3.0}, {"ROUND(1.005, 2)", 1.01},
		{"ADD($sys.func.MINUS(2, 1), 3)", 4.0},

		{`CONCATENATE("a", "b", 1, true)`, "ab1true"}, {`CONCATENATE("+", "$flow.step")`, "+1"},
		{`LEN("größe")`, 5.0}, {`LEN("")`, 0.0}, {`LEN(12345)`, 5.0}, {"LEN($session.params.customer)", 12.0},
		{`LOWER("ÀB")`, "àb"}, {`UPPER("été")`, "ÉTÉ"},
		{`MID("google", 4, 2)`, "gl"}, {`MID("google", 1, 100)`, "google"}, {`MID("google", 7, 1)`, ""}, {`MID("größe", 3, 2)`, "öß"},
		{`SUBSTITUTE("good", "d", "gle")`, "google"}, {`SUBSTITUTE("a  b c", "\s+", "")`, "abc"}, {`SUBSTITUTE("a.b", "\.", "-")`, "a-b"},
		{`SUBSTITUTE("a.b", "\\.", "-")`, "a-b"}, {`SUBSTITUTE("ab12", "([0-9])", "<$1>")`, "ab<1><2>"}, {`SUBSTITUTE("a", "a", "\$1 $9 $x")`, "$1 $9 $x"},
		{`SUBSTITUTE("ab", "(x)?b", "[$1]")`, "a[]"}, {`SUBSTITUTE("ab", "", "-")`, "-a-b-"},
		{`SPLIT("a/b/c", "/")`, list{"a", "b", "c"}}, {`SPLIT("1.50", "\.")`, list{"1", "50"}}, {`SPLIT("1.50", ".")`, list{"1", "50"}},
		{`SPLIT("abc", "")`, list{"a", "b", "c"}}, {`SPLIT("a  b", "\s+")`, list{"a", "b"}}, {`SPLIT("", ",")`, list{""}},
		{`JOIN(", ", $session.params.sizes)`, "S, M, L"}, {`JOIN(", ", $session.params.sizes, " and ")`, "S, M and L"},
		{`JOIN("-", [1, 2], [3])`, "1-2-3"}, {`JOIN("-", ["a"], "+")`, "a"}, {`JOIN("-", [])`, ""},
		{`URL_ENCODE("a+b=c d&é")`, "a%2Bb%3Dc+d%26%C3%A9"},

		{"APPEND($session.params.sizes, XL)", list{"S", "M", "L", "XL"}}, {"APPEND([1], [2, 3], 4)", list{1.0, 2.0, 3.0, 4.0}},
		{`APPEND(null, "$flow.step", "x$flow.step")`, list{1.0, "x1"}}, {"APPEND($session.params.nothing, a)", list{"a"}},
		{"REMOVE([1, 2, 3, 2], 2)", list{1.0, 3.0}}, {`REMOVE($session.params.sizes, ["S", "L"])`, list{"M"}}, {"REMOVE([a], b)", list{"a"}},
		{"COUNT($session.params.sizes)", 3.0}, {"COUNT([])", 0.0}, {"UNIQUE([1, 2, 1.0, a, a])", list{1.0, 2.0, "a"}},
		{"CONTAIN($session.params.sizes, M)", true}, {"CONTAIN([1, 2], 3)", false}, {"CONTAIN($session.params.nothing, x)", false},
		{"MATCH([x, y, z], y)", 1.0}, {"MATCH([x], y)", -1.0}, {"GET([a, b], 1)", "b"}, {"GET($session.params.items, $flow.step)", object{"name": "socks"}},

		{"GET_FIELD($session.params.colour, name)", "blue"}, {`GET_FIELD($session.params.colour, "nope")`, nil},
		{"GET_FIELD($sys.func.NOW(), year)", 2026.0},
		{`NESTED_FIELD("$session.params.items", "[0]", "tags[1]")`, "cotton"}, {`NESTED_FIELD("$session.params.colour", "name")`, "blue"},
		{`NESTED_FIELD("$session.params.colour", "a", "b[3]")`, nil},
		{`FILTER("$session.params.items", "$[?(@.name == 'socks')].name")`, list{"socks"}}, {`FILTER($session.params.items, "$[0].name")`, "shirt"},
		{`FILTER($session.params.items, "$[9].name")`, nil}, {`FILTER($session.params.items, "[:1].name")`, list{"shirt"}},
		{`FILTER($session.params.items, "$[?(@.name=='none')]")`, list{}},
		{"IDENTITY($session.params.due)", object{"year": 2024.0, "month": 2.0, "day": 29.0}},

		{"TO_TEXT(123)", "123"}, {"TO_TEXT(1.50)", "1.5"}, {"TO_TEXT($session.params.due)", "2024-02-29"}, {"TO_TEXT(true)", "true"},
		{`TO_NUMBER("-3")`, -3.0}, {`TO_NUMBER(" 1.5e2 ")`, 150.0}, {"TO_NUMBER(4)", 4.0}, {`TO_NUMBER("007")`, 7.0},
		{`TO_OBJECT("{\"name\": \"test\"}")`, object{"name": "test"}}, {`TO_OBJECT("{'month': $flow.step, 'name': '$session.params.size'}")`, object{"month": 1.0, "name": "L"}},
		{`TO_OBJECT("{day: 5, x: [a, 'b\'c', null], y: 'say \"hi\"'}")`, object{"day": 5.0, "x": list{"a", "b'c", nil}, "y": `say "hi"`}},
		{`TO_OBJECT("[1, true]")`, list{1.0, true}}, {"TO_OBJECT($session.params.due)", object{"year": 2024.0, "month": 2.0, "day": 29.0}},
		{`TO_PHONE_NUMBER("650-206-5555")`, object{"country-code": "1", "area-code": "650", "number": "2065555"}},
		{`TO_PHONE_NUMBER("044 668 18 00", "ch")`, object{"country-code": "41", "area-code": "44", "number": "6681800"}},
		{`IS_PHONE_NUMBER("650-206-5555", "US")`, true}, {`IS_PHONE_NUMBER("+41 44 668 18 00")`, true}, {`IS_PHONE_NUMBER("12", "US")`, false},
		{`IS_CREDIT_CARD_NUMBER("4111111111111111")`, true}, {`IS_CREDIT_CARD_NUMBER("4111 1111-1111 1112")`, false}, {"IS_CREDIT_CARD_NUMBER(0)", false},
		{`IS_CREDIT_CARD_NUMBER("411111111111111x")`, false},

		{"RAND()", 0.25}, {"rand()", 0.25}, {"UUID()", "0b0e1d5c-0000-4000-8000-000000000001"},
		{`IF("1 < 2", 1, 2)`, 1.0}, {`IF("$session.params.size = M", a, b)`, "b"}, {"IF($session.params.size = L AND $flow.step = 1, a, b)", "a"},
		{`IF("$session.params.nothing = null", null, x)`, nil}, {`IF("$session.params.size != null", "size $session.params.size", "")`, "size L"},
		{"IF($sys.func.CONTAIN($session.params.sizes, M), yes, no)", "yes"}, {"IF($session.params.gift, yes, no)", "yes"},
		{`IF("$sys.func.GET_FIELD($session.params.colour, \"name\")=blue", true, false)`, true},
		{`IF("$flow.zip[0] != N/A", $sys.func.IF("$sys.func.LOWER($session.params.size) = l", in, out), none)`, "in"},
		{"IF(true, $session.params.nothing, x)", nil},
	} {
		got, err := single(t, "$sys.func."+tc.call)
		if err != nil {
			t.Errorf("%s: %v", tc.call, err)
			continue
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.call, diff)
		}
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args   string
		want   list
		reason string
	}{
		{`"a, b)", 'c, d'`, list{"a, b)", "c, d"}, "quotes hold commas and parentheses"},
		{`HH:mm, dd MMMM`, list{"HH:mm", "dd MMMM"}, "bare texts, with blanks inside"},
		{`f(a, b), {c, d}`, list{"f(a, b)", "{c, d}"}, "commas in parentheses belong to a bare text"},
		{`say "a, b", c`, list{`say "a, b"`, "c"}, "and those in its quotes"},
		{`NULL, False, TRUE`, list{nil, false, true}, "constants in any case"},
		{`-1.5e3, 01, +5`, list{-1500.0, "01", "+5"}, "numbers are those of JSON, others are texts"},
		{`$session.params.size, $session.params.nothing`, list{"L", nil}, "unset is null"},
		{`"$session.params.count", "no $session.params.nothing"`, list{2.0, "no $session.params.nothing"}, "quoted references"},
		{`$flow.step-$flow.step, $flow.step + 1`, list{"1-1", "1 + 1"}, "references in a bare text"},
		{`"a\"b\\c\nd\.e\'", 'f\'g\"'`, list{"a\"b\\c\nd\\.e\\'", `f'g\"`}, "escapes; other backslashes stay"},
		{`\"a\\s, b\", c`, list{`a\s, b`, "c"}, "a text escaped twice"},
		{`it's, 'tis`, list{"it's", "'tis"}, "an apostrophe is no quote"},
		{`[1, [a, "b"]], []`, list{list{1.0, list{"a", "b"}}, list{}}, "lists"},
		{"\n  1,\n\t2  ", list{1.0, 2.0}, "line ends and tabs around arguments"},
		{`$100, $`, list{"$100", "$"}, "dollar signs alone"},
	} {
		got, err := single(t, "$sys.func.NESTED_FIELD([["+tc.args+"]], \"[0]\")")
		if err != nil {
			t.Errorf("%s (%s): %v", tc.args, tc.reason, err)
			continue
		}
		if diff := cmp.Diff(any(tc.want), got); diff != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tc.args, tc.reason, diff)
		}
	}
}

func TestFunctionsFail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ call, reason string }{
		{"ADD(1, x)", "argument 2: have a text, want a number"},
		{"ADD($session.params.nothing, 1)", "argument 1 is null or not set"},
		{"MULTIPLY(1e308, 10)", "the result is too large"},
		{"DIVIDE(1, 0)", "division by zero"},
		{"DIVIDE(1, 3, 99)", "argument 3: have 99, want an integer from 0 to 30"},
		{"ROUND(1, 0.5)", "argument 2: have 0.5, want an integer from 0 to 30"},
		{"LEN($session.params.sizes)", "argument 1: have a list, want a text"},
		{"LEN($session.params.forgotten)", "argument 1 is null or not set"},
		{"MID(abc, 0, 1)", "argument 2: have 0, want an integer from 1 to 2147483648"},
		{"MID(abc, 1, -1)", "argument 3: have -1, want an integer from 0 to 2147483648"},
		{`SUBSTITUTE(a, "(", b)`, "pattern \"(\": error parsing regexp: missing closing ): `(`"},
		{"COUNT($session.params.size)", "argument 1: have a text, want a list"},
		{"COUNT($session.params.nothing)", "argument 1 is null or not set"},
		{"APPEND(a, b)", "argument 1: have a text, want a list"},
		{"GET([a], 1)", "index 1, the list has 1 items"},
		{"GET([a], -1)", "argument 2: have -1, want an integer from 0 to 2147483648"},
		{"GET_FIELD([a], a)", "argument 1: have a list, want an object"},
		{`NESTED_FIELD("$session.params.items", "a[x]")`, `argument 2: key "a[x]": want an index such as [0] at offset 1`},
		{`FILTER("$session.params.items", "$[")`, "jsonpath: offset 2: expected an index, a quoted name, \"*\", a slice or \"?\", found the end"},
		{"FILTER($session.params.nothing, a)", "argument 1 is null or not set"},
		{"TO_NUMBER(abc)", `"abc" is not a number`},
		{"TO_NUMBER(NaN)", `"NaN" is not a number`},
		{"TO_NUMBER(0x10)", `"0x10" is not a number`},
		{`TO_OBJECT("{'a': ")`, `"{'a': " is not JSON`},
		{`TO_OBJECT("{} {}")`, `"{} {}" has more after the JSON value`},
		{`TO_PHONE_NUMBER("12")`, `"12" is not a telephone number: no such number is assigned`},
		{"JOIN(x, $session.params.nothing)", "argument 2 is null or not set"},
		{"TO_TEXT($session.params.nothing)", "argument 1 is null or not set"},
		{"NOPE(1)", "no such system function"},
		{"Add(1)", "no such system function"},
		{"NOW(1)", "has 1 arguments, takes 0"},
		{"JOIN(1)", "has 1 arguments, takes 2 or more"},
		{"LEN($sys.func.GET([a], 1))", "argument 1: expr: GET: index 1, the list has 1 items"},
		{`IF("$flow.a = ", 1, 2)`, "condition: expr: offset 10: expected a value, found the end"},
		{`IF("$sys.func.LEN($flow.zip) = 1", 1, 2)`, "condition: expr: LEN: argument 1: have a list, want a text"},
	} {
		_, err := single(t, "$sys.func."+tc.call)
		var failed *expr.FuncError
		if !errors.As(err, &failed) {
			t.Errorf("%s: have %v, want a function error", tc.call, err)
			continue
		}
		if failed.Reason != tc.reason || failed.Source != "$sys.func."+tc.call {
			t.Errorf("%s: have %q of %q, want %q", tc.call, failed.Reason, failed.Source, tc.reason)
		}
	}
}

func TestPhoneFunctionsNeedAPlan(t *testing.T) {
	t.Parallel()
	p, _ := parseTemplate(t, "$sys.func.IS_PHONE_NUMBER(1)").Single()
	var failed *expr.FuncError
	if _, err := p.Eval(nil); !errors.As(err, &failed) {
		t.Errorf("have %v, want a function error without a plan", err)
	}
}

func TestCallsAreReported(t *testing.T) {
	t.Parallel()
	env := fixedEnv()
	var got []string
	env.OnCall = func(r expr.CallResult) {
		line := r.Func + " " + r.Source + " = " + expr.TextOf(r.Value)
		if r.Err != nil {
			line += " ! " + r.Err.Reason
		}
		got = append(got, line)
	}
	tmpl := parseTemplate(t, `$sys.func.ADD($sys.func.LEN(abc), 1) $sys.func.GET([], 0)`)
	if _, err := tmpl.Render(env, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"LEN $sys.func.LEN(abc) = 3",
		"ADD $sys.func.ADD($sys.func.LEN(abc), 1) = 4",
		"GET $sys.func.GET([], 0) = null ! index 0, the list has 0 items",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reported calls (-want +got):\n%s", diff)
	}
}

func TestOnlyTheChosenBranchRuns(t *testing.T) {
	t.Parallel()
	env := fixedEnv()
	var ran []string
	env.OnCall = func(r expr.CallResult) { ran = append(ran, r.Func) }
	p, _ := parseTemplate(t, "$sys.func.IF(true, $sys.func.RAND(), $sys.func.UUID())").Single()
	if _, err := p.Eval(env); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"RAND", "IF"}, ran); diff != "" {
		t.Errorf("functions that ran (-want +got):\n%s", diff)
	}
}

func TestDefaultRandomness(t *testing.T) {
	t.Parallel()
	p, _ := parseTemplate(t, "$sys.func.RAND()").Single()
	if v, err := p.Eval(nil); err != nil || v.(float64) < 0 || v.(float64) >= 1 {
		t.Errorf("RAND: have %v, %v, want a number in [0, 1)", v, err)
	}
	p, _ = parseTemplate(t, "$sys.func.UUID()").Single()
	a, _ := p.Eval(nil)
	b, _ := p.Eval(nil)
	if s := a.(string); len(s) != 36 || s[14] != '4' || strings.IndexByte("89ab", s[19]) < 0 || a == b {
		t.Errorf("UUID: have %v and %v, want two different ones of version 4", a, b)
	}
}

func TestNumbersOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, v := range []any{2.0, 2, int64(2), json.Number("2"), float32(2), int32(2), int16(2), int8(2), uint(2), uint64(2), uint32(2), uint16(2), uint8(2)} {
		env := &expr.Env{Scope: expr.Params{expr.Flow: {"n": v}}}
		if ok, err := parseCondition(t, "$flow.n = 2 AND $sys.func.ADD($flow.n, 1) = 3").Eval(env); !ok || err != nil {
			t.Errorf("%T: have %v, %v, want it to be the number 2", v, ok, err)
		}
		if got := expr.TextOf(v); got != "2" {
			t.Errorf("%T: have text %q, want 2", v, got)
		}
	}
	for _, v := range []any{math.NaN(), math.Inf(1), json.Number("x"), json.Number("1e999")} {
		env := &expr.Env{Scope: expr.Params{expr.Flow: {"n": v}}}
		if ok, _ := parseCondition(t, "$flow.n > 0 OR $flow.n <= 0 OR $flow.n = $flow.n").Eval(env); ok {
			t.Errorf("%v is no number, and yet equals or orders", v)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		v          any
		text, json string
	}{
		{1e15, "1000000000000000", "1000000000000000"}, {1e21, "1e+21", "1e+21"}, {0.1, "0.1", "0.1"}, {-0.5, "-0.5", "-0.5"},
		{json.Number("12345678901234567890"), "12345678901234567890", "12345678901234567890"}, {json.Number("9.0"), "9", "9.0"},
		{json.Number("oops"), "oops", "null"}, {math.Inf(1), "null", "null"},
		{"a\"\\\n\r\t\x01<é\xff", "a\"\\\n\r\t\x01<é\xff", `"a\"\\\n\r\t\u0001<é` + "\ufffd\""},
		{object{"b": nil, "a": list{true, "x"}}, `{"a":[true,"x"],"b":null}`, `{"a":[true,"x"],"b":null}`},
		{object{"year": 2024.0, "month": 2.0}, `{"month":2,"year":2024}`, `{"month":2,"year":2024}`},
		{object{"year": 2024.0, "month": 2.0, "day": 3.0, "x": 1.0}, `{"day":3,"month":2,"x":1,"year":2024}`, `{"day":3,"month":2,"x":1,"year":2024}`},
		{object{"year": 2024.0, "month": 2.0, "day": 3.0, "hours": 4.0, "minutes": 5.0}, "2024-02-03T04:05:00", `{"day":3,"hours":4,"minutes":5,"month":2,"year":2024}`},
		{object{"year": 2024.0, "month": 2.0, "day": 30.0}, `{"day":30,"month":2,"year":2024}`, `{"day":30,"month":2,"year":2024}`},
		{list{list{1.0, 2.0}, object{"original": "o"}}, "1, 2, o", `[[1,2],{"original":"o"}]`},
	} {
		if got := expr.TextOf(tc.v); got != tc.text {
			t.Errorf("%v: have text %q, want %q", tc.v, got, tc.text)
		}
		if got := string(expr.AppendJSON(nil, tc.v)); got != tc.json {
			t.Errorf("%v: have JSON %q, want %q", tc.v, got, tc.json)
		}
	}
}
