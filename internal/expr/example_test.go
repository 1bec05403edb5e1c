package expr_test

import (
	"errors"
	"fmt"

	"github.com/cxhook/cxhook/internal/expr"
)

func ExampleParseTemplate() {
	env := &expr.Env{Scope: expr.Params{
		expr.Session: {"size": "L", "count": 2},
		expr.Flow:    {"colours": []any{"red", "blue"}},
	}}
	t, err := expr.ParseTemplate("$session.params.count of $session.params.size in $sys.func.UPPER($flow.colours[0]), $session.params.gift.")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Render(env, nil))
	fmt.Println(t.Render(env, func(p *expr.Piece, err error) (any, error) {
		if errors.Is(err, expr.ErrUnset) {
			return "no gift", nil
		}
		return p.Source(), nil
	}))
	// Output:
	// 2 of L in RED, $session.params.gift. <nil>
	// 2 of L in RED, no gift. <nil>
}

func ExampleParseCondition() {
	env := &expr.Env{Scope: expr.Params{expr.Session: {"count": 2}, expr.Page: {"status": "FINAL"}}}
	for _, src := range []string{
		`$page.params.status = FINAL AND $session.params.count < 10`,
		`$session.params.size != null`,
		`$session.params.count = 2 && true`,
	} {
		c, err := expr.ParseCondition(src)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(c.Eval(env))
	}
	// Output:
	// true <nil>
	// false <nil>
	// expr: offset 26: expected AND, OR or the end, found "&& true"
}

func ExampleParseValue() {
	v, err := expr.ParseValue(map[string]any{"qty": "$session.params.count", "note": "x$session.params.count"})
	if err != nil {
		fmt.Println(err)
		return
	}
	env := &expr.Env{Scope: expr.Params{expr.Session: {"count": 2}}}
	fmt.Println(v.Eval(env, nil))
	// Output:
	// map[note:x2 qty:2] <nil>
}
