// Package expr reads and evaluates the small language that Dialogflow CX
// agents are written in: references ($session.params.size), system functions
// ($sys.func.UPPER($flow.city)), the texts both stand in, and conditions
// ($page.params.status = "FINAL" AND $session.params.count > 2). It works on
// plain Go values and knows nothing of protobuf, HTTP or agents.
//
// A whole use, twice:
//
//	t, err := expr.ParseTemplate("Your $session.params.size shirt is on its way.")
//	text, err := t.Render(env, nil)              // unresolved references stay as written
//
//	c, err := expr.ParseCondition(`$session.params.count >= 2 AND $flow.paid = true`)
//	ok, err := c.Eval(env)                       // ok holds even when err reports a failed function
//
// where env carries what the expressions read:
//
//	env := &expr.Env{Scope: expr.Params{expr.Session: {"size": "L", "count": 2}, expr.Flow: {"paid": true}}}
//
// # Values
//
// Values are nil, bool, string, []any, map[string]any, and numbers: float64,
// json.Number or any Go integer. A reference hands a value on as it is, so
// a json.Number keeps its digits; every number that a function computes is a
// float64, computed in decimal (ADD(0.1, 0.2) is 0.3). Values are never
// changed in place. nil is an explicit null; a reference that names nothing
// is not nil but the error [ErrUnset], so callers can tell the two apart.
//
// # References
//
// A reference is $session.params.NAME, $flow.NAME, $intent.params.NAME,
// $page.params.NAME, $request.NAME or $CUSTOM.params.NAME, followed by fields
// (.field) and list indexes ([0], or [$flow.i]). Parameter names may hold
// dots, so the longest name that the [Scope] knows wins; they are compared
// without regard to case by [Params], fields of a value with it. A dot or hyphen that no name character
// follows is text. .original and .resolved of intent parameters and the
// status of a form are names like any other, answered by the Scope.
// Any other $ in a text is text: $100, $$, $.path, $conversation.
//
// # Functions
//
// The 40 system functions are called as $sys.func.NAME(args); NAME is upper-case,
// rand alone may also be lower-case. An argument is "quoted", 'quoted', a
// number, true, false, null (any case), a [list], a reference, a call, or a
// bare text that ends at the next comma or parenthesis. Quoted and bare texts
// are templates themselves: references in them are replaced, and one that is
// exactly a reference is its value, whatever the type. In a quoted text \\ \n
// \r \t and the escaped quote itself are escapes and every other backslash stays, because patterns need it. The first
// argument of IF, when it is quoted or holds an operator, is a condition; it is read when
// the expression is, never made from values. A list passed to APPEND or REMOVE
// counts as its items. An unset reference is null to a function. A failed
// function is a [*FuncError]; every call, failed or not, is also reported to
// [Env.OnCall].
//
// # Conditions
//
// The operators are : = != < <= > >= AND OR NOT (upper-case) and parentheses.
// The right side is cast to the type of the left; strings compare by bytes,
// case included. : looks for a substring in a string and equals = for all else.
// null, true and false are known in any case, words need no quotes; to what is unset, "null" in
// quotes is null too. null and unset are the
// same to a condition: equal to null, unequal to all else, never greater or less. A backslash
// before punctuation in a quoted operand is dropped.
// AND binds tighter than OR; the product calls a mix of both without parentheses invalid, so it
// gives a warning, or an error under [Strict]. && || == ! and lower-case and, or, not are no operators.
//
// # Limits
//
// A condition may have [MaxConditionBytes], a template [MaxTemplateBytes],
// nesting is bounded by [MaxDepth], a reference by [MaxPathSteps] and what
// one evaluation produces by [MaxWork]; beyond them a [*LimitError] names both numbers.
// Reading and evaluating take time in proportion to their input. A
// value is never read as an expression again.
//
// Parsed expressions are immutable and safe for concurrent use; an Env is as
// safe as the functions in it.
package expr
