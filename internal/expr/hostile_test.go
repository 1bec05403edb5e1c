package expr_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/expr"
)

// TestWorkIsBounded has short expressions whose results would be vast.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 4096)
	many := make(list, 4096)
	env := &expr.Env{Scope: expr.Params{expr.Flow: {"long": long, "many": many}}}
	for _, call := range []string{
		`SUBSTITUTE($flow.long, "", $flow.long)`,
		`JOIN($flow.long, $sys.func.SPLIT($flow.long, ""))`,
		`SUBSTITUTE($sys.func.SUBSTITUTE($flow.long, "", "abcdefgh"), "", $flow.long)`,
		`SUBSTITUTE($sys.func.SUBSTITUTE($flow.long, "", "abcdefgh"), "(a|b|c|d|e){900}x", "y")`,
		"CONCATENATE(" + strings.Repeat("$flow.long, ", 2000) + "1)",
		"APPEND($flow.many" + strings.Repeat(", $flow.many", 2000) + ")",
		`CONCATENATE("` + strings.Repeat("$flow.long", 2000) + `")`,
	} {
		p, ok := parseTemplate(t, "$sys.func."+call).Single()
		if !ok {
			t.Fatalf("%.60s is no call", call)
		}
		_, err := p.Eval(env)
		var limit *expr.LimitError
		if !errors.As(err, &limit) || limit.Have <= limit.Max {
			t.Errorf("%.60s: have %v, want a limit error with both numbers", call, err)
		}
	}
	tmpl := parseTemplate(t, strings.Repeat("$flow.long ", 2000))
	var limit *expr.LimitError
	if _, err := tmpl.Render(env, nil); !errors.As(err, &limit) || limit.Max != expr.MaxWork {
		t.Errorf("a text of many long values: have %v, want a limit error", err)
	}
	tmpl = parseTemplate(t, strings.Repeat("$sys.func.CONCATENATE($flow.long, $flow.long) ", 2000))
	if _, err := tmpl.Render(env, nil); !errors.As(err, &limit) {
		t.Errorf("a text of many calls: have %v, want the limit error, not literal text", err)
	}
}

func TestPatternsAreBounded(t *testing.T) {
	t.Parallel()
	env := &expr.Env{Scope: expr.Params{expr.Flow: {"p": strings.Repeat("a", 2000), "big": "((a{30}){30}){1}|(b{999})(c{999})(d{999})(e{999})(f{999})"}}}
	for _, call := range []string{
		`SUBSTITUTE(a, $flow.p, b)`, `SUBSTITUTE(a, $flow.big, b)`,
		`FILTER([1], "` + strings.Repeat("[0]", 2000) + `")`, `IS_DATE("1", $flow.p)`, `IS_PHONE_NUMBER($flow.p)`,
	} {
		p, _ := parseTemplate(t, "$sys.func."+call).Single()
		withPhone := *env
		withPhone.Phone = fixedEnv().Phone
		_, err := p.Eval(&withPhone)
		var limit *expr.LimitError
		if !errors.As(err, &limit) || limit.Have <= limit.Max {
			t.Errorf("%.60s: have %v, want a limit error with both numbers", call, err)
		}
	}
}

func TestDeepObjectsAreRefused(t *testing.T) {
	t.Parallel()
	env := &expr.Env{Scope: expr.Params{expr.Flow: {"deep": strings.Repeat("[", 5000) + strings.Repeat("]", 5000)}}}
	p, _ := parseTemplate(t, "$sys.func.TO_OBJECT($flow.deep)").Single()
	var limit *expr.LimitError
	if _, err := p.Eval(env); !errors.As(err, &limit) || limit.Max != expr.MaxDepth {
		t.Errorf("have %v, want a limit error", err)
	}
}

// hostileTexts are shapes that make careless readers read twice or more.
func hostileTexts(n int) map[string]string {
	fill := func(unit string) string { return strings.Repeat(unit, max(n/len(unit), 1)) }
	return map[string]string{
		"open calls":             fill("$sys.func.ADD("),
		"open calls after text":  fill("$sys.func.ADD(x "),
		"calls with junk":        fill("$sys.func.ADD($flow.a x"),
		"open double quotes":     fill(`$sys.func.ADD("`),
		"open single quotes":     fill(`$sys.func.ADD('`),
		"escaped quotes":         fill(`$sys.func.ADD(a"\"`),
		"twice escaped":          fill(`$sys.func.ADD(\"`),
		"many apostrophes":       "$sys.func.ADD(" + fill("'a,") + "b)",
		"bare quotes":            "$sys.func.ADD(" + fill(`x"\"`) + ")",
		"dollars":                fill("$"),
		"dots":                   "$flow" + fill(".a"),
		"dots alone":             "$flow.a" + fill("."),
		"open indexes":           fill("$flow.a["),
		"brackets":               "$sys.func.COUNT(" + fill("[1,") + ")",
		"parentheses":            fill("("),
		"nested conditions":      fill(`$sys.func.IF(`),
		"nested quoted":          fill(`$sys.func.IF("\"\\\"`),
		"NOT":                    fill("NOT "),
		"hyphens":                "$flow.a" + fill("-"),
		"comparisons":            fill("$flow.a = 1 AND ") + "true",
		"comparisons in groups":  fill("(") + fill("$flow.a = 1) OR "),
		"backslashes":            `$sys.func.LEN("` + fill(`\`),
		"list in list with junk": fill("$sys.func.COUNT([$sys.func.COUNT([1] x"),
	}
}

// TestHostileTexts reads shapes of half a megabyte and of 64 KiB. A reader that takes more than
// time in proportion needs minutes; the bound is generous for slow machines.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	const bound = 20 * time.Second
	started := time.Now()
	for name, src := range hostileTexts(expr.MaxTemplateBytes / 2) {
		if tmpl, err := expr.ParseTemplate(src); err == nil {
			checkPieces(t, tmpl)
			if _, err := tmpl.Render(fixedEnv(), nil); err != nil && !errors.As(err, new(*expr.LimitError)) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for name, src := range hostileTexts(expr.MaxConditionBytes - 200) {
		c, err := expr.ParseCondition(src)
		if err != nil {
			continue
		}
		if _, err := c.Eval(fixedEnv()); err != nil && !errors.As(err, new(*expr.FuncError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if took := time.Since(started); took > bound {
		t.Errorf("took %v, want less than %v", took, bound)
	}
}

// TestConcurrentUse shares parsed expressions; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	tmpl := parseTemplate(t, `$session.params.size $sys.func.SUBSTITUTE($flow.x, "[a-z]+", "") $sys.func.FILTER($session.params.items, "$..name")`)
	c := parseCondition(t, `$sys.func.IF("$session.params.size = L", $session.params.count, 0) = 2`)
	want, err := tmpl.Render(fixedEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				if got, err := tmpl.Render(fixedEnv(), nil); got != want || err != nil {
					t.Errorf("have %q, %v, want %q", got, err, want)
				}
				if ok, err := c.Eval(fixedEnv()); !ok || err != nil {
					t.Errorf("have %v, %v, want it to hold", ok, err)
				}
			}
		})
	}
	wait.Wait()
}
