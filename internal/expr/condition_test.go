package expr_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/internal/expr"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src    string
		want   bool
		reason string
	}{
		{"true", true, "the constant"}, {"True", true, "in any case"}, {"TRUE", true, "in any case"},
		{"false", false, "the other constant"}, {`"true"`, true, "quoted"},
		{"$session.params.gift", true, "a boolean parameter alone"},
		{"$session.params.size", false, "a text alone is not true"},
		{"$session.params.nothing", false, "unset is not true"},
		{`$session.params.size = "L"`, true, "equal texts"},
		{`$session.params.size="L"`, true, "no blanks are needed"},
		{`$session.params.size = L`, true, "a word needs no quotes"},
		{`$session.params.size = "l"`, false, "case counts"},
		{`$session.params.size != "M"`, true, "unequal texts"},
		{`$session.params.size > "K"`, true, "texts are in the order of bytes"},
		{`$session.params.size < "M" AND $session.params.size <= "L" AND $session.params.size >= "L"`, true, "all orders"},
		{`$page.params.status = FINAL`, true, "the form's status, unquoted"},
		{`$page.params.size.status = "UPDATED"`, true, "the status of a parameter"},
		{`$session.params.customer.sys = x`, false, "a field that is not there"},
		{"$session.params.count = 2", true, "a number"},
		{`$session.params.count = "2.0"`, true, "the right side becomes a number"},
		{`$session.params.count < "10"`, true, "numbers, not texts"},
		{"$session.params.count > -1", true, "a negative number"},
		{`$session.params.count = "two"`, false, "what is no number equals none"},
		{`$session.params.count != "two"`, true, "and is unequal"},
		{`$session.params.count < "two"`, false, "and in no order"},
		{"$session.params.gift = True", true, "a boolean in any case"},
		{`$session.params.gift = "true"`, true, "the right side becomes a boolean"},
		{"$session.params.gift != false", true, "unequal booleans"},
		{"$session.params.gift = 1", false, "a number is no boolean"},
		{"$flow.zip[0] = 94043", true, "a text against a number is a text"},
		{"$flow.zip[0] < 100000", false, "so the order is that of texts"},
		{"$session.params.empty = \"\"", true, "the empty text"},
		{"$session.params.empty = null", false, "is not null"},
		{"$session.params.empty != NULL", true, "null in any case"},
		{"$session.params.forgotten = null", true, "an explicit null"},
		{"$session.params.nothing = Null", true, "unset"},
		{"$session.params.nothing != null", false, "unset again"},
		{`$session.params.nothing = ""`, false, "unset is not the empty text"},
		{`$session.params.nothing != "x"`, true, "unset is unequal to all"},
		{`$session.params.nothing = "null"`, true, "but null in quotes is null"},
		{`$session.params.nothing != "null"`, false, "as recorded"},
		{`$session.params.nothing < 5`, false, "and in no order"},
		{"$session.params.nothing = $session.params.forgotten", true, "both are null"},
		{"$session.params.size = $page.params.size", true, "two references"},
		{`$session.params.customer.original : "lace"`, true, "has: part of a text"},
		{`$session.params.size : "l"`, false, "case counts"},
		{"$session.params.count : 2", true, "for others it is equality"},
		{"$session.params.sizes : M", false, "for lists too"},
		{`$session.params.sizes = ["S", "M", L]`, true, "a list written out"},
		{`$session.params.sizes = "[\"S\",\"M\",\"L\"]"`, true, "a list as JSON text"},
		{"$session.params.sizes[1] = M", true, "an item of a list"},
		{"$session.params.sizes = []", false, "the empty list"},
		{`$session.params.due = "2024-02-29"`, true, "a date against its text"},
		{"$session.params.due < $sys.func.NOW()", true, "dates are in order"},
		{"$session.params.due > $session.params.colour", false, "an object that is no date is in no order"},
		{"$sys.func.LEN($session.params.size) = 1", true, "a function on the left"},
		{"$session.params.count = $sys.func.ADD(1, 1)", true, "a function on the right"},
		{"$sys.func.CONTAIN($session.params.sizes, \"M\") = True", true, "a boolean function"},
		{"$sys.func.LEN($session.params.nothing) != 4", true, "a failed function counts as unset"},
		{"NOT $session.params.size = M", true, "NOT before a comparison"},
		{"NOT ($session.params.size = L OR $flow.step = 9)", false, "NOT before parentheses"},
		{"NOT NOT true", true, "twice"},
		{"true AND (false OR true)", true, "parentheses"},
		{"false OR false OR true", true, "a chain"},
		{"(((true)))", true, "many parentheses"},
		{"$session.params.size = L AND$flow.step=1", true, "an operator word before a dollar sign"},
		{"$session.params.size = \"a\\.b\"", false, "an escape in a text"},
		{"NOTE = NOTE", true, "a word that begins like an operator"},
		{"$session.params.size\n=\tL", true, "line ends and tabs are blanks"},
		{"$any.name = x", false, "a name outside the grammar is unset"},
		{`$session.params.size = "$page.params.size"`, true, "a quoted reference is evaluated"},
	} {
		c := parseCondition(t, tc.src)
		if got, _ := c.Eval(fixedEnv()); got != tc.want {
			t.Errorf("%s (%s): have %v, want %v", tc.src, tc.reason, got, tc.want)
		}
		again := parseCondition(t, c.String())
		if again.String() != c.String() {
			t.Errorf("%s: written as %s, then as %s", tc.src, c, again)
		}
		if got, _ := again.Eval(fixedEnv()); got != tc.want {
			t.Errorf("%s, written as %s: have %v, want %v", tc.src, c, got, tc.want)
		}
	}
}

func TestQuotedOperands(t *testing.T) {
	t.Parallel()
	env := &expr.Env{Scope: expr.Params{expr.Flow: {"x": "say \"hi\", 1\\2\n", "y": `a.b`, "bool": "True"}}}
	for src, want := range map[string]bool{
		`$flow.x = "say \"hi\"\, 1\\2\n"`: true,
		`$flow.y = "a\.b"`:                true,
		`$flow.bool = true`:               true,
		`$flow.bool = false`:              false,
	} {
		if got, err := parseCondition(t, src).Eval(env); got != want || err != nil {
			t.Errorf("%s: have %v, %v, want %v", src, got, err, want)
		}
	}
}

func TestConditionShortCircuit(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]int{
		"false AND $sys.func.RAND() > 2": 0,
		"true OR $sys.func.RAND() > 2":   0,
		"true AND $sys.func.RAND() > 2":  1,
	} {
		calls := 0
		env := fixedEnv()
		env.OnCall = func(expr.CallResult) { calls++ }
		if _, err := parseCondition(t, src).Eval(env); err != nil || calls != want {
			t.Errorf("%s: have %d calls, %v, want %d", src, calls, err, want)
		}
	}
}

func TestConditionReportsTheFirstFailure(t *testing.T) {
	t.Parallel()
	c := parseCondition(t, "$sys.func.LEN($session.params.sizes) = 1 OR $sys.func.GET($session.params.sizes, 9) = 1 OR true")
	holds, err := c.Eval(fixedEnv())
	var failed *expr.FuncError
	if !holds || !errors.As(err, &failed) || failed.Func != "LEN" {
		t.Errorf("have %v, %v, want true and the failure of LEN", holds, err)
	}
}

func TestMalformedConditions(t *testing.T) {
	t.Parallel()
	const more, operand = "AND, OR or the end", "a value"
	for _, tc := range []struct {
		src      string
		offset   int
		expected string
	}{
		{"", 0, operand}, {"  ", 2, operand}, {"$flow.a =", 9, operand}, {"$flow.a = AND true", 10, operand},
		{"$flow.a = 1 AND", 15, operand}, {"AND true", 0, operand}, {"true AND && AND true", 9, operand},
		{"$flow.a == 1", 9, operand}, {"$flow.a = <5", 10, operand}, {"! $flow.a", 0, operand}, {"()", 1, operand},
		{"$flow.a = 1 && $flow.b = 2", 12, more}, {"$flow.a = 1 and $flow.b = 2", 12, more},
		{"$flow.a || $flow.b", 8, more}, {"$flow.a != $flow.b+1", 18, more}, {"$flow.a = two words", 14, more},
		{"true)", 4, more}, {`$flow.a = "x"y`, 13, more},
		{"(true", 5, `AND, OR or ")"`}, {"(true OR false", 14, `AND, OR or ")"`},
		{`$flow.a = "x`, 12, `a closing "\""`}, {"$sys.func.LEN($flow.a = 1", 25, `")"`},
		{"$flow.a = [1, 2", 15, `"]"`}, {"$sys.func = 1", 0, "a reference that can be set"},
	} {
		c, err := expr.ParseCondition(tc.src)
		if err == nil && len(c.Warnings()) > 0 {
			err = c.Warnings()[0]
		}
		wantSyntaxError(t, tc.src, err, tc.offset, tc.expected)
	}
}

func TestConditionWarnings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src      string
		want     bool // AND binds tighter
		offset   int
		expected string
	}{
		{"true OR true AND false", true, 8, "parentheses where AND and OR are mixed"},
		{"false AND true OR true", true, 0, "parentheses where AND and OR are mixed"},
		{"(true OR true AND false)", true, 9, "parentheses where AND and OR are mixed"},
		{"word", false, 0, "a comparison, true or false"},
		{"1 = 1", true, 0, "a reference or a function on the left"},
		{"$price = 5", false, 0, "a reference that can be set"},
		{"$sys.func.NOPE() = null", true, 10, "a system function"},
	} {
		c := parseCondition(t, tc.src)
		if len(c.Warnings()) != 1 {
			t.Fatalf("%s: have warnings %v, want one", tc.src, c.Warnings())
		}
		wantSyntaxError(t, tc.src, c.Warnings()[0], tc.offset, tc.expected)
		if got, _ := c.Eval(fixedEnv()); got != tc.want {
			t.Errorf("%s: have %v, want %v", tc.src, got, tc.want)
		}
		_, err := expr.ParseCondition(tc.src, expr.Strict())
		wantSyntaxError(t, tc.src, err, tc.offset, tc.expected)
	}
	for _, src := range []string{"true AND (false OR true)", "true OR (false AND true)", "true AND true", "false OR true"} {
		if _, err := expr.ParseCondition(src, expr.Strict()); err != nil {
			t.Errorf("%s: %v, want no warning", src, err)
		}
	}
}

func TestConditionString(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`$flow.a="x"  AND( $flow.b :y OR NOT $flow.c )`: `$flow.a = "x" AND ($flow.b : y OR NOT $flow.c)`,
		"$flow.a = 1 AND $flow.b = 2 OR TRUE":           "($flow.a = 1 AND $flow.b = 2) OR TRUE",
		"$sys.func.MID( $flow.a,1 , 2)=ab":              "$sys.func.MID($flow.a, 1, 2) = ab",
		"NOT (true AND true)":                           "NOT (true AND true)",
		"((true))":                                      "true",
		"$flow.a = [ 1,'x', word ]":                     `$flow.a = [1, "x", "word"]`,
	} {
		if diff := cmp.Diff(want, parseCondition(t, src).String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
}

func TestConditionLimits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, src string
		max       int
	}{
		{"bytes", strings.Repeat(" ", expr.MaxConditionBytes) + "true", expr.MaxConditionBytes},
		{"parentheses", strings.Repeat("(", expr.MaxDepth+1), expr.MaxDepth},
		{"NOT", strings.Repeat("NOT ", expr.MaxDepth+1), expr.MaxDepth},
		{"IF in IF", strings.Repeat("$sys.func.IF(", expr.MaxDepth+1), expr.MaxDepth},
	} {
		_, err := expr.ParseCondition(tc.src)
		var limit *expr.LimitError
		if !errors.As(err, &limit) || limit.Max != tc.max || limit.Have <= tc.max {
			t.Errorf("%s: have %v, want a limit error with both numbers", tc.name, err)
		}
	}
}
