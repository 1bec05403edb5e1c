package expr_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/expr"
)

var fuzzTexts = []string{
	"Hi $session.params.a.b[0].c, $flow.x. $$sys.func.ADD(1, 2) $100",
	`$sys.func.IF("$sys.func.GET_FIELD($flow.a, \"b\")=null", 'x', [1, "a", $flow.c])`,
	`$sys.func.SUBSTITUTE($flow.x, "[^a-z\s]+", "") $sys.func.FORMAT_DATE($sys.func.NOW(), "d 'de' MMMM", "es")`,
	`$sys.func.TO_OBJECT("{'a': $flow.x, b: [1, c]}") $sys.func.FILTER("$flow.l", "$[?(@.a == 'x')]")`,
	`$sys.func.IF($flow.a = "x, y" AND NOT ($flow.b : c), bare text, f(a, b)) $flow.l[$sys.func.TO_TEXT($flow.i)]`,
	`$sys.func.JOIN(", ", $sys.func.SPLIT($flow.x, "\."), " and ") $sys.func.SUBSTITUTE($a, \"\\s+\", \"\")`,
	`$sys.func.ADD_DATE("2024-01-31", 1, "MONTHS") $sys.func.IS_DATE("21 Apr 29", "uu MMM dd")`,
}

// FuzzTemplate wants: no panic; pieces that cover the text; calls whose
// canonical spelling reads back to itself; errors of the known kinds only.
func FuzzTemplate(f *testing.F) {
	for i, src := range fuzzTexts {
		f.Add(src, uint64(i))
	}
	f.Fuzz(func(t *testing.T, src string, seed uint64) {
		tmpl, err := expr.ParseTemplate(src)
		if err != nil {
			if !errors.As(err, new(*expr.LimitError)) {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		checkPieces(t, tmpl)
		for _, p := range tmpl.Pieces() {
			if call := p.Call(); call != nil {
				checkStable(t, call)
			}
		}
		env := randomEnv(rand.New(rand.NewPCG(seed, 0)))
		if _, err := tmpl.Value(env, nil); err != nil && !errors.As(err, new(*expr.LimitError)) {
			t.Fatalf("%q: %v", src, err)
		}
		if target, err := expr.ParseTarget(src); err == nil && target.Name == "" {
			t.Fatalf("%q is a target without a name", src)
		}
	})
}

// FuzzCondition wants: no panic; a canonical spelling that reads back to
// itself and holds in the same cases.
func FuzzCondition(f *testing.F) {
	for i, src := range []string{
		`$session.params.a = "x" AND ($flow.b != null OR NOT $page.params.status = FINAL)`,
		`$sys.func.LEN($sys.func.SUBSTITUTE($flow.x, "\s+", "")) >= 3 OR true AND $a.b : "\,"`,
		`$flow.l = [1, "a", [b]] AND $flow.x<-1.5e3`, `true = True`, `"$flow.x" = word/with.dots:1`, `NOT NOT (false)`,
	} {
		f.Add(src, uint64(i))
	}
	for i, src := range fuzzTexts {
		f.Add(src+" = 1", uint64(i))
	}
	f.Fuzz(func(t *testing.T, src string, seed uint64) {
		c, err := expr.ParseCondition(src)
		if err != nil {
			var syntax *expr.SyntaxError
			if errors.As(err, &syntax) && (syntax.Offset < 0 || syntax.Offset > len(src) || syntax.Expected == "") {
				t.Fatalf("%q: error at offset %d of %d", src, syntax.Offset, len(src))
			}
			if syntax == nil && !errors.As(err, new(*expr.LimitError)) {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		canonical := c.String()
		again, err := expr.ParseCondition(canonical)
		if errors.As(err, new(*expr.LimitError)) {
			return // canonical parentheses may nest deeper, escapes be longer
		}
		if err != nil || again.String() != canonical {
			t.Fatalf("%q is written as %q, which reads as %v, %v", src, canonical, again, err)
		}
		one, err1 := c.Eval(randomEnv(rand.New(rand.NewPCG(seed, 0))))
		two, err2 := again.Eval(randomEnv(rand.New(rand.NewPCG(seed, 0))))
		if one != two && !usesChance(src) || (err1 == nil) != (err2 == nil) && !usesChance(src) {
			t.Fatalf("%q holds %v (%v), written as %q %v (%v)", src, one, err1, canonical, two, err2)
		}
	})
}

// usesChance says whether a condition can differ from itself.
func usesChance(src string) bool {
	return strings.Contains(src, "RAND") || strings.Contains(src, "rand") || strings.Contains(src, "UUID")
}
