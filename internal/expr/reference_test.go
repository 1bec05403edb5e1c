package expr_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/internal/expr"
)

func TestReferences(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src    string
		want   any
		reason string
	}{
		{"$session.params.size", "L", "a session parameter"},
		{"$session.params.SIZE", "L", "names are compared without regard to case"},
		{"$flow.step", 1.0, "a flow parameter"},
		{"$flow.retry-count", 3.0, "hyphens belong to names"},
		{"$session.params.colour.name", "red", "the longest known name wins over a field"},
		{"$session.params.colour.code", 7.0, "a field of a composite"},
		{"$session.params.items[1].name", "socks", "indexes count from 0"},
		{"$session.params.items[0].tags[1]", "cotton", "an index after a field"},
		{"$flow.zip[0]", "94043", "an index of a flow parameter"},
		{"$session.params.sizes[$flow.step]", "M", "an index that is a reference"},
		{"$session.params.sizes[$sys.func.TO_TEXT($flow.step)]", "M", "an index that is a call, of a text"},
		{"$session.params.forgotten", nil, "an explicit null is a value"},
		{"$session.params.empty", "", "an empty text is a value"},
		{"$session.params.__proto__", "plain", "key names are plain data"},
		{"$intent.params.city", "Zürich", "an intent parameter is its resolved value"},
		{"$intent.params.city.original", "zurich", "what was said"},
		{"$intent.params.city.resolved", "Zürich", "what it means"},
		{"$page.params.status", "FINAL", "the form's status"},
		{"$page.params.size.status", "UPDATED", "the status of a form parameter"},
		{"$request.session-id", "s-1", "the request scope"},
		{"$request.payload.telephony.caller_id", "+41441234567", "fields of the request's payload"},
		{"$loyalty.params.tier", "gold", "a custom scope"},
	} {
		got, err := single(t, tc.src)
		if err != nil {
			t.Errorf("%s (%s): %v", tc.src, tc.reason, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tc.src, tc.reason, diff)
		}
	}
}

func TestWholeScope(t *testing.T) {
	t.Parallel()
	got, err := single(t, "$session.params")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(shop()[expr.Session], got); diff != "" {
		t.Errorf("all session parameters (-want +got):\n%s", diff)
	}
}

func TestUnsetReferences(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ src, reason string }{
		{"$session.params.nothing", "no such parameter"},
		{"$session.params.items[2]", "an index beyond the end"},
		{"$session.params.items[0].price", "no such field"},
		{"$session.params.size.length", "a field of a text"},
		{"$session.params.forgotten.field", "a field of null"},
		{"$session.params.size[0]", "an index of a text"},
		{"$session.params.sizes[$session.params.size]", "an index that is no number"},
		{"$session.params.sizes[$session.params.price]", "an index that is no integer"},
		{"$loyalty.params.points", "a custom scope without the name"},
		{"$other.params.x", "a scope that is not there"},
	} {
		if v, err := single(t, tc.src); !errors.Is(err, expr.ErrUnset) {
			t.Errorf("%s (%s): have %v, %v, want ErrUnset", tc.src, tc.reason, v, err)
		}
	}
}

func TestReferenceIsAskedLongestNameFirst(t *testing.T) {
	t.Parallel()
	var asked []string
	env := &expr.Env{Scope: expr.ScopeFunc(func(space, name string) (any, bool) {
		asked = append(asked, space+":"+name)
		return nil, false
	})}
	p, _ := parseTemplate(t, "$session.params.a.b[0].c").Single()
	if _, err := p.Eval(env); !errors.Is(err, expr.ErrUnset) {
		t.Errorf("have %v, want ErrUnset", err)
	}
	if diff := cmp.Diff([]string{"session:a.b", "session:a"}, asked); diff != "" {
		t.Errorf("names asked for (-want +got):\n%s", diff)
	}
	if got, want := p.Reference().Name(), "a.b"; got != want {
		t.Errorf("have name %q, want %q", got, want)
	}
}

func TestReferenceSteps(t *testing.T) {
	t.Parallel()
	src := "$flow.a" + strings.Repeat("[0]", expr.MaxPathSteps)
	_, err := expr.ParseTemplate(src)
	var limit *expr.LimitError
	if !errors.As(err, &limit) || limit.Max != expr.MaxPathSteps || limit.Have != expr.MaxPathSteps+1 {
		t.Errorf("%d steps: have %v, want a limit error with both numbers", expr.MaxPathSteps+1, err)
	}
}

func TestFindPrefersTheNameAsWritten(t *testing.T) {
	t.Parallel()
	params := map[string]any{"Size": 1, "SIZE": 2, "size": 3, "\u212aey": 4, "Z-1_.": 5}
	index := expr.Index{Params: params}
	for name, find := range map[string]func(string) (any, bool){
		"Find":  func(name string) (any, bool) { return expr.Find(params, name) },
		"Index": index.Find,
	} {
		for asked, want := range map[string]any{"size": 3, "Size": 1, "sIzE": 2, "z-1_.": 5} {
			if got, ok := find(asked); !ok || got != want {
				t.Errorf("%s: %s: have %v, want %v (as written, else the first in byte order)", name, asked, got, want)
			}
		}
		for asked, reason := range map[string]string{"sizes": "a longer name", "key": "a K of another script", "z-1\x7f.": "an underline is no letter"} {
			if got, ok := find(asked); ok || got != nil {
				t.Errorf("%s: %s: have %v, want nothing: %s", name, asked, got, reason)
			}
		}
		if all, ok := find(""); !ok || len(all.(map[string]any)) != len(params) {
			t.Errorf("%s: the empty name gives %v", name, all)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		src    string
		want   expr.Target
		reason string
	}{
		{"size", expr.Target{Space: expr.Session, Name: "size"}, "a plain name is a session parameter"},
		{"member.name", expr.Target{Space: expr.Session, Name: "member.name"}, "plain names may hold dots"},
		{"$flow.step", expr.Target{Space: expr.Flow, Name: "step"}, "a flow parameter"},
		{"$session.params.a.b[1]", expr.Target{Space: expr.Session, Name: "a", Path: []any{"b", 1}}, "a part of a composite"},
		{`$sys.func.NESTED_FIELD("$session.params.order", "lines[2]", "colour")`,
			expr.Target{Space: expr.Session, Name: "order", Path: []any{"lines", 2, "colour"}}, "the function that names a part"},
	} {
		got, err := expr.ParseTarget(tc.src)
		if err != nil {
			t.Errorf("%s (%s): %v", tc.src, tc.reason, err)
			continue
		}
		if diff := cmp.Diff(&tc.want, got); diff != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tc.src, tc.reason, diff)
		}
	}
	for _, tc := range []struct{ src, reason string }{
		{"", "nothing"}, {"$session.params", "a whole scope"}, {"$flow.a and more", "text after the reference"},
		{"$100", "no reference"}, {"$sys.func.NOW()", "another function"}, {"$flow.a[$flow.i]", "an index that is a reference"},
		{`$sys.func.NESTED_FIELD("$flow.a", "b[x]")`, "an index that is a name"},
	} {
		_, err := expr.ParseTarget(tc.src)
		var syntax *expr.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q (%s): have %v, want a syntax error", tc.src, tc.reason, err)
		}
	}
}
