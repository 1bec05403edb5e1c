package jsonpath_test

import (
	"testing"

	"github.com/cxhook/cxhook/internal/jsonpath"
	"github.com/google/go-cmp/cmp"
)

func TestSteps(t *testing.T) {
	t.Parallel()
	name := func(s string) jsonpath.Step { return jsonpath.Step{Kind: jsonpath.StepName, Name: s} }
	index, items := jsonpath.Step{Kind: jsonpath.StepIndex}, jsonpath.Step{Kind: jsonpath.StepItems}
	some, within := jsonpath.Step{Kind: jsonpath.StepAny}, jsonpath.Step{Kind: jsonpath.StepWithin}
	for path, want := range map[string][]jsonpath.Step{
		"$":                           {},
		"a['b c'][0]":                 {name("a"), name("b c"), index},
		"a[0:2].b[1,2]":               {name("a"), items, name("b"), items},
		"a[*].b.*":                    {name("a"), some, name("b"), some},
		"$.a[?(@.b == 'c')].d['e',0]": {name("a"), {Kind: jsonpath.StepAny, Asks: []jsonpath.Ask{{Steps: []jsonpath.Step{name("b")}, Literal: "c", Literally: true}}}, name("d"), some},
		"a..b":                        {name("a"), within},
		"$[?@.n > 1 && (@['b'].c || !@.not) || $.r == @]": {{Kind: jsonpath.StepAny, Asks: []jsonpath.Ask{
			{Steps: []jsonpath.Step{name("n")}, Literal: 1.0, Literally: true},
			{Steps: []jsonpath.Step{name("b"), name("c")}},
			{Steps: []jsonpath.Step{name("r")}, Root: true},
			{Steps: []jsonpath.Step{}},
		}}},
		"a[0,?@.x[?null != @.y]]": {name("a"), {Kind: jsonpath.StepAny, Asks: []jsonpath.Ask{
			{Steps: []jsonpath.Step{name("x"), {Kind: jsonpath.StepAny, Asks: []jsonpath.Ask{{Steps: []jsonpath.Step{name("y")}, Literally: true}}}}},
		}}},
	} {
		p, err := jsonpath.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Steps()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
}
