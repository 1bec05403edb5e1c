package expr_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/internal/expr"
)

func TestRender(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ src, want, reason string }{
		{"no reference", "no reference", "plain text"},
		{"", "", "nothing"},
		{"This is a number: $session.params.count", "This is a number: 2", "a number becomes text"},
		{"$session.params.size/$session.params.count", "L/2", "references with a slash between"},
		{"1$session.params.size", "1L", "a reference right after text"},
		{"$session.params.size.", "L.", "a dot at the end is text"},
		{"$session.params.size. Next", "L. Next", "a dot before a blank is text"},
		{"$session.params.size-$session.params.count", "L-2", "a hyphen between references is text"},
		{"$$session.params.price", "$9.5", "a dollar sign before a reference is text"},
		{"$100, $XX, $., $ and $", "$100, $XX, $., $ and $", "other dollar signs are text"},
		{"$conversation $.result[0] $session.size", "$conversation $.result[0] $session.size", "names outside the grammar are text"},
		{"$session.params.nothing stays", "$session.params.nothing stays", "what is unset stays as written"},
		{"$session.params.forgotten stays", "$session.params.forgotten stays", "what is null stays as written"},
		{"due $session.params.due at $session.params.at", "due 2024-02-29 at 09:05:00", "dates and times as recorded turns show them"},
		{"sizes $session.params.sizes", "sizes S, M, L", "a list is its items"},
		{"for $session.params.customer!", "for ada lovelace!", "a composite with an original text is that text"},
		{"$session.params.colour.", `{"code":7,"name":"blue"}.`, "other composites are JSON with keys in order"},
		{"items $session.params.items", `items {"name":"shirt","tags":["new","cotton"]}, {"name":"socks"}`, "composites are compact JSON"},
		{"$session.params.trap!", "$session.params.size $sys.func.NOW()!", "values are not read again"},
		{"$session.params.sizeés", "Lés", "letters beyond ASCII end a name"},
		{"gift: $session.params.gift", "gift: true", "a boolean"},
		{"total $sys.func.MULTIPLY($session.params.count, $session.params.price).", "total 19.", "a call in a text"},
		{"x $sys.func.LEN($session.params.nothing) y", "x $sys.func.LEN($session.params.nothing) y", "a call that fails stays as written"},
		{"x $sys.func.NOPE(1) y", "x $sys.func.NOPE(1) y", "an unknown function stays as written"},
		{"x $sys.func.ADD(1, y", "x $sys.func.ADD(1, y", "a call without its end is text"},
		{"x $sys.func.ADD y $session.params.size", "x $sys.func.ADD y L", "a call without parentheses is text, what follows is read"},
	} {
		got, err := parseTemplate(t, tc.src).Render(fixedEnv(), nil)
		if err != nil || got != tc.want {
			t.Errorf("%q (%s): have %q, %v, want %q", tc.src, tc.reason, got, err, tc.want)
		}
	}
}

func TestPiecesCoverTheText(t *testing.T) {
	t.Parallel()
	src := "a $session.params.size.b, $sys.func.ADD(1, 2)$flow.x"
	type piece struct {
		Start, End int
		Source     string
		Kind       string
	}
	var got []piece
	tmpl := parseTemplate(t, src)
	checkPieces(t, tmpl)
	for _, p := range tmpl.Pieces() {
		kind := "literal"
		if p.Reference() != nil {
			kind = "reference in " + p.Reference().Space()
		} else if p.Call() != nil {
			kind = "call of " + p.Call().Func()
		}
		got = append(got, piece{p.Start, p.End, p.Source(), kind})
	}
	want := []piece{
		{0, 2, "a ", "literal"},
		{2, 24, "$session.params.size.b", "reference in session"},
		{24, 26, ", ", "literal"},
		{26, 45, "$sys.func.ADD(1, 2)", "call of ADD"},
		{45, 52, "$flow.x", "reference in flow"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pieces of %q (-want +got):\n%s", src, diff)
	}
}

func TestTemplateValueKeepsTheType(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src    string
		want   any
		reason string
	}{
		{"$session.params.count", 2.0, "exactly one reference"},
		{"$session.params.sizes", []any{"S", "M", "L"}, "a list"},
		{"$sys.func.IDENTITY($session.params.gift)", true, "exactly one call"},
		{"$session.params.forgotten", nil, "null"},
		{" $session.params.count", " 2", "a blank makes it a text"},
		{"$session.params.count$session.params.count", "22", "two references are a text"},
		{"$session.params.nothing", "$session.params.nothing", "unset stays as written"},
		{"plain", "plain", "a text"},
	} {
		got, err := parseTemplate(t, tc.src).Value(fixedEnv(), nil)
		if err != nil {
			t.Errorf("%q (%s): %v", tc.src, tc.reason, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%q (%s) (-want +got):\n%s", tc.src, tc.reason, diff)
		}
	}
}

func TestMissingDecides(t *testing.T) {
	t.Parallel()
	var told []string
	missing := func(p *expr.Piece, err error) (any, error) {
		var failed *expr.FuncError
		switch {
		case errors.Is(err, expr.ErrUnset):
			told = append(told, "unset "+p.Source())
		case errors.Is(err, expr.ErrNull):
			told = append(told, "null "+p.Source())
		case errors.As(err, &failed):
			told = append(told, "failed "+failed.Func)
		}
		return "?", nil
	}
	src := "$session.params.nothing $session.params.forgotten $sys.func.GET($session.params.sizes, 9)"
	got, err := parseTemplate(t, src).Render(fixedEnv(), missing)
	if err != nil || got != "? ? ?" {
		t.Errorf("have %q, %v, want the caller's answers", got, err)
	}
	want := []string{"unset $session.params.nothing", "null $session.params.forgotten", "failed GET"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("what the caller was told (-want +got):\n%s", diff)
	}
	stop := errors.New("stop")
	_, err = parseTemplate(t, src).Render(fixedEnv(), func(*expr.Piece, error) (any, error) { return nil, stop })
	if !errors.Is(err, stop) {
		t.Errorf("have %v, want the caller's own error", err)
	}
}

func TestTemplateProblems(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src      string
		offset   int
		expected string
	}{
		{"see $sys.func.", 14, "the name of a system function"},
		{"see $sys.func.ADD", 17, `"("`},
		{"see $sys.func.ADD(1, 2", 22, `")"`},
		{"see $sys.func.ADD(1 2]", 22, `")"`},
		{`see $sys.func.LEN("a" b)`, 22, `"," or ")"`},
		{`see $sys.func.LEN("a`, 20, `a closing "\""`},
		{"see $sys.func.LEN(,)", 18, "an argument"},
		{"see $sys.func.COUNT([1)", 23, `"]"`},
		{"see $sys.func.NOPE(1)", 14, "a system function"},
		{"see $sys.func.MID(1)", 4, "3 arguments for MID, not 1"},
		{"see $sys.func.LEN($sys.func.Len(1))", 28, "a system function"},
	} {
		problems := parseTemplate(t, tc.src).Problems()
		if len(problems) != 1 {
			t.Errorf("%q: have %d problems, want 1: %v", tc.src, len(problems), problems)
			continue
		}
		wantSyntaxError(t, tc.src, problems[0], tc.offset, tc.expected)
	}
}

func TestTemplateLimits(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat("$sys.func.LEN(", expr.MaxDepth+1) + "1" + strings.Repeat(")", expr.MaxDepth+1)
	for _, tc := range []struct {
		name, src string
		max       int
	}{
		{"bytes", strings.Repeat("a", expr.MaxTemplateBytes+1), expr.MaxTemplateBytes},
		{"nested calls", nested, expr.MaxDepth},
		{"nested lists", "$sys.func.COUNT(" + strings.Repeat("[", expr.MaxDepth+1), expr.MaxDepth},
		{"nested indexes", strings.Repeat("$flow.a[", expr.MaxDepth+2), expr.MaxDepth},
	} {
		_, err := expr.ParseTemplate(tc.src)
		var limit *expr.LimitError
		if !errors.As(err, &limit) || limit.Max != tc.max || limit.Have <= tc.max {
			t.Errorf("%s: have %v, want a limit error with both numbers", tc.name, err)
		}
	}
}

func TestValueTree(t *testing.T) {
	t.Parallel()
	in := map[string]any{
		"title": "Size $session.params.size",
		"lines": []any{"$session.params.count", "$session.params.items[0]", 7.0, nil, "plain"},
		"$flow.step": map[string]any{
			"when": "$session.params.due", "gone": "$session.params.nothing", "null": "$session.params.forgotten",
			"sum": "$sys.func.ADD($flow.step, 1)", "failed": "$sys.func.ADD($session.params.size, 1)",
		},
	}
	want := map[string]any{
		"title": "Size L",
		"lines": []any{2.0, map[string]any{"name": "shirt", "tags": []any{"new", "cotton"}}, 7.0, nil, "plain"},
		"$flow.step": map[string]any{
			"when": map[string]any{"year": 2024.0, "month": 2.0, "day": 29.0},
			"gone": "$session.params.nothing", "null": nil,
			"sum": 2.0, "failed": "$sys.func.ADD($session.params.size, 1)",
		},
	}
	v, err := expr.ParseValue(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Eval(fixedEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("evaluated (-want +got):\n%s", diff)
	}
	if len(v.Problems()) != 0 {
		t.Errorf("have %v, want no problems", v.Problems())
	}
	deep := any("$flow.step")
	for range expr.MaxDepth + 1 {
		deep = []any{deep}
	}
	var limit *expr.LimitError
	if _, err := expr.ParseValue(deep); !errors.As(err, &limit) || limit.Max != expr.MaxDepth {
		t.Errorf("%d levels: have %v, want a limit error", expr.MaxDepth+1, err)
	}
	broken, err := expr.ParseValue([]any{"$sys.func.", map[string]any{"a": "$sys.func.ADD("}})
	if err != nil || len(broken.Problems()) != 2 {
		t.Errorf("have %v, %v, want the problems of both texts", broken.Problems(), err)
	}
}
