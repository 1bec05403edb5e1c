package jsonpath_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

// TestRulesOfRFC9535 holds the examples of the tables of RFC 9535, and plain
// consequences of its rules. Members of objects come in the order of their
// names, which the standard leaves open.
func TestRulesOfRFC9535(t *testing.T) {
	t.Parallel()
	const (
		store = `{"store":{"book":[{"author":"Rees","title":"Sayings","price":8.95},{"author":"Waugh","title":"Sword","price":12.99},
			{"author":"Melville","title":"Moby Dick","isbn":"0-553-21311-3","price":8.99},{"author":"Tolkien","title":"Rings","isbn":"0-395-19395-8","price":22.99}],
			"bicycle":{"color":"red","price":399}}}`
		names   = `{"o":{"j j":{"k.k":3}},"'":{"@":2}}`
		letters = `["a","b","c","d","e","f","g"]`
		filters = `{"a":[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}],"o":{"p":1,"q":2,"r":3,"s":5,"t":{"u":6}},"e":"f"}`
		compare = `{"obj":{"x":"y"},"arr":[2,3]}`
		every   = `[[2,3],{"x":"y"}]` // all values of compare: the filter holds
		nulls   = `{"a":null,"b":[null],"c":[{}],"null":1}`
		kinds   = `{"a":[{"v":0},{"v":false},{"v":""},{"v":null},{},{"v":"1"},{"v":1},{"v":true}]}`
	)
	for _, tc := range []struct{ doc, path, want string }{
		{store, "$.store.book[*].author", `["Rees","Waugh","Melville","Tolkien"]`}, {store, "$..book[2].author", `["Melville"]`},
		{store, "$..book[2].publisher", `[]`}, {store, "$..book[-1].title", `["Rings"]`}, {store, "$..book[0,1].title", `["Sayings","Sword"]`},
		{store, "$..book[:2].title", `["Sayings","Sword"]`}, {store, "$..book[?@.isbn].title", `["Moby Dick","Rings"]`},
		{store, "$..book[?@.price<10].title", `["Sayings","Moby Dick"]`}, {store, "$.store..price", `[399,8.95,12.99,8.99,22.99]`},
		{names, `$.o['j j']['k.k']`, `[3]`}, {names, `$.o["j j"]["k.k"]`, `[3]`}, {names, `$["'"]["@"]`, `[2]`}, {names, `$['\'']['@']`, `[2]`},
		{`{"k":"v"}`, "$", `[{"k":"v"}]`}, {letters, "$[1]", `["b"]`}, {letters, "$[-2]", `["f"]`}, {letters, "$[-8]", `[]`},
		{letters, "$[1:3]", `["b","c"]`}, {letters, "$[5:]", `["f","g"]`}, {letters, "$[1:5:2]", `["b","d"]`}, {letters, "$[5:1:-2]", `["f","d"]`},
		{letters, "$[::-1]", `["g","f","e","d","c","b","a"]`}, {letters, "$[::0]", `[]`}, {letters, "$[0,0]", `["a","a"]`},
		{letters, "$[0:2,5]", `["a","b","f"]`}, {letters, "$[-1:-4:-1]", `["g","f","e"]`},
		{filters, "$.a[?@.b=='kilo']", `[{"b":"kilo"}]`}, {filters, "$.a[?(@.b=='kilo')]", `[{"b":"kilo"}]`}, {filters, "$.a[?@>3.5]", `[5,4,6]`},
		{filters, "$.a[?@.b]", `[{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}]`}, {filters, "$[?@.*]", `[[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}],{"p":1,"q":2,"r":3,"s":5,"t":{"u":6}}]`},
		{filters, "$[?@[?@.b]]", `[[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}]]`}, {filters, "$.o[?@<3,?@<3]", `[1,2,1,2]`},
		{filters, `$.a[?@<2||@.b=="k"]`, `[1,{"b":"k"}]`}, {filters, "$.o[?@>1&&@<4]", `[2,3]`}, {filters, "$.o[?@.u||@.x]", `[{"u":6}]`},
		{filters, "$.a[?@.b==$.x]", `[3,5,1,2,4,6]`}, {filters, "$.a[?@==@]", `[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}]`},
		{filters, "$.a[?!(@.b == 'j') && @.b].b", `["k",{},"kilo"]`}, {filters, "$.a[?@<4 && (@>2 || @==1)]", `[3,1]`},
		{compare, "$[?$.absent1==$.absent2]", every}, {compare, "$[?$.absent1<=$.absent2]", every}, {compare, "$[?$.absent=='g']", `[]`},
		{compare, "$[?$.absent1!=$.absent2]", `[]`}, {compare, "$[?$.absent!='g']", every}, {compare, "$[?1<=2]", every}, {compare, "$[?1>2]", `[]`},
		{compare, "$[?13=='13']", `[]`}, {compare, "$[?'a'<='b']", every}, {compare, "$[?'a'>'b']", `[]`}, {compare, "$[?$.obj==$.arr]", `[]`},
		{compare, "$[?$.obj!=$.arr]", every}, {compare, "$[?$.obj==$.obj]", every}, {compare, "$[?$.obj!=$.obj]", `[]`}, {compare, "$[?$.arr==$.arr]", every},
		{compare, "$[?$.obj==17]", `[]`}, {compare, "$[?$.obj!=17]", every}, {compare, "$[?$.obj<=$.arr]", `[]`}, {compare, "$[?$.obj<$.arr]", `[]`},
		{compare, "$[?$.obj<=$.obj]", every}, {compare, "$[?$.arr<=$.arr]", every}, {compare, "$[?1<=$.arr]", `[]`}, {compare, "$[?true<=true]", every}, {compare, "$[?true>true]", `[]`},
		{nulls, "$.a", `[null]`}, {nulls, "$.a[0]", `[]`}, {nulls, "$.a.d", `[]`}, {nulls, "$.b[0]", `[null]`}, {nulls, "$.b[*]", `[null]`}, {nulls, "$.b[?@]", `[null]`},
		{nulls, "$.b[?@==null]", `[null]`}, {nulls, "$.c[?@.d==null]", `[]`}, {nulls, "$.null", `[1]`},
		{kinds, "$.a[?@.v].v", `[0,false,"",null,"1",1,true]`}, {kinds, "$.a[?!@.v]", `[{}]`}, {kinds, "$.a[?(@.v == 1)]", `[{"v":1}]`},
		{kinds, "$.a[?(@.v == '1')]", `[{"v":"1"}]`}, {kinds, "$.a[?(@.v == true)]", `[{"v":true}]`}, {kinds, "$.a[?(@.v == 1.0e0)]", `[{"v":1}]`},
		{`{"x-y":2,"ü":1}`, "$.x-y", `[2]`}, {`{"x-y":2,"ü":1}`, "$.ü", `[1]`}, {`{"😀":1}`, `$["\uD83D\uDE00"]`, `[1]`},
		{`{"o":{"j":1,"k":2},"a":[5,3,[{"j":4},{"k":6}]]}`, "$..[0]", `[5,{"j":4}]`}, {`{"o":{"j":1,"k":2},"a":[5,3,[{"j":4},{"k":6}]]}`, "$..j", `[4,1]`},
	} {
		got, err := parse(t, tc.path).Select(decode(t, tc.doc))
		if diff := cmp.Diff(decode(t, tc.want), any(got)); diff != "" || err != nil {
			t.Errorf("%s of %.60s: %v (-want +got):\n%s", tc.path, tc.doc, err, diff)
		}
	}
}

// TestSyntaxOfRFC9535 holds texts that are no paths: each is a *SyntaxError.
func TestSyntaxOfRFC9535(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"", "$.", "$..", "$[", "$[]", "$['a'", "$[01]", "$[-0]", "$[1", "$.a.", "$.a b", "$.a[?]", "$[?(]", "$[?@.a==]", "$[?@.a==x]", "$[?@.a = 'x']",
		"$[?@.a == 'x'", "$[?@.a=='x)]", "$[?@.a && ]", "$[?1]", `$['a\x']`, `$["a\'"]`, `$['\uD800']`, `$['\uD800\u0041']`, "$[0,]", "$[,0]", "$[1.5]",
		"$[9007199254740992]", "$.a[?@[*]==1]", "$.a[?@..b==1]", "$[?@.a == 01]", "$[?@.a == 1.]", "$[?@.a == .5]", "$[?!@.a == 1]", "$a", "$.a]", "$.[0]",
		"$.'a'", "$[?@.a == 'x' and @.b]", "$[?@.a == 'x' | @.b]", "$[?(@.a == 'x'))]", "$.a[(@.length-1)]", "$.a[?@ == [1]]", "$.a[?@ == {}]", "$[0] x",
		"@.a", "$.*x", "$.a..[", "$[?@.a =~ /x/]", "$[::1:1]", "$[?nothing]", "$[?@.a == TRUE]", "$['a\x01b']", "\xff", "$[?length(@.a) > 1]",
	} {
		p, err := jsonpath.Parse(src)
		var syntax *jsonpath.SyntaxError
		if !errors.As(err, &syntax) || p != nil || syntax.Offset < 0 || syntax.Offset > len(src) {
			t.Errorf("%q: have %v, %v, want a *SyntaxError with a place", src, p, err)
		}
	}
}
