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
		"$.a[?(@.b == 'c')].d['e',0]": {name("a"), some, name("d"), some},
		"a..b":                        {name("a"), within},
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
