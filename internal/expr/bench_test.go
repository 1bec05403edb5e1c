package expr_test

import (
	"testing"

	"github.com/cxhook/cxhook/internal/expr"
)

func BenchmarkCondition(b *testing.B) {
	const src = `$session.params.size = "L" AND $session.params.count >= 2 AND ($page.params.status = FINAL OR $flow.step = null)`
	c, err := expr.ParseCondition(src)
	if err != nil {
		b.Fatal(err)
	}
	env := fixedEnv()
	b.ReportAllocs()
	for b.Loop() {
		if ok, _ := c.Eval(env); !ok {
			b.Fatal("does not hold")
		}
	}
}

func BenchmarkConditionWithFunction(b *testing.B) {
	c, err := expr.ParseCondition(`$sys.func.LEN($session.params.size) = 1 AND $sys.func.CONTAIN($session.params.sizes, "M") = true`)
	if err != nil {
		b.Fatal(err)
	}
	env := fixedEnv()
	b.ReportAllocs()
	for b.Loop() {
		if ok, _ := c.Eval(env); !ok {
			b.Fatal("does not hold")
		}
	}
}

func BenchmarkText(b *testing.B) {
	t, err := expr.ParseTemplate("Your $session.params.size shirt, $session.params.count pieces at $session.params.price each, comes on $session.params.due.")
	if err != nil {
		b.Fatal(err)
	}
	env := fixedEnv()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Render(env, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCondition(b *testing.B) {
	const src = `$session.params.size = "L" AND $session.params.count >= 2 AND ($page.params.status = FINAL OR $flow.step = null)`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expr.ParseCondition(src); err != nil {
			b.Fatal(err)
		}
	}
}
