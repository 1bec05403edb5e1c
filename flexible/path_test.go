package flexible_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/cxhook/cxhook/flexible"
	"github.com/google/go-cmp/cmp"
)

// address is an answer of the shape that address services give.
const address = `{"result":{"address":{"parts":[
	{"kind":"locality","text":{"value":"Leiden"},"level":"CONFIRMED","inferred":true},
	{"kind":"postal_code","text":{"value":"2311 GJ"},"level":"CONFIRMED"},
	{"kind":"street","text":{"value":"Rapenburg"},"level":"SUSPICIOUS","inferred":false}]}},
	"groups":[{"people":[{"id":1},{"id":2}]},{"people":[]},{"people":[{"id":3}]}],
	"a.b":"dotted","":"empty","__proto__":"p","a[0]":"brackets","null":null}`

func TestPathGet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path, want string // want is JSON; the name holds the reason
		found, definite  bool
	}{
		{"a field", "$.result.address.parts[0].kind", `"locality"`, true, true},
		{"without the prefix", "result.address.parts[0].kind", `"locality"`, true, true},
		{"the whole answer", "$", address, true, true},
		{"an object", "result.address.parts[1].text", `{"value":"2311 GJ"}`, true, true},
		{"a null that is there", "null", `null`, true, true},
		{"nothing there", "result.none.at.all", `null`, false, true},
		{"an index out of range", "groups[9].people", `null`, false, true},
		{"a negative index counts from the end", "groups[-1].people[0].id", `3`, true, true},
		{"a negative index out of range", "groups[-4]", `null`, false, true},
		{"an index into an object", "result[0]", `null`, false, true},
		{"a field of a list", "groups.people", `null`, false, true},
		{"a filter gives a list of one", "$.result.address.parts[?(@.kind == 'locality')].text.value", `["Leiden"]`, true, false},
		{"a filter gives a list of none", "$.result.address.parts[?(@.kind == 'country')].text.value", `[]`, false, false},
		{"and, or, parentheses", "$.result.address.parts[?(@.level == 'CONFIRMED' && ((@.kind == 'street') || (@.kind == 'postal_code')))].kind", `["postal_code"]`, true, false},
		{"a comparison with true", "$.result.address.parts[?(@.inferred==true && (@.kind == 'locality' || @.kind == 'street'))].kind", `["locality"]`, true, false},
		{"wildcards one after another", "$.groups[*].people[*].id", `[1,2,3]`, true, false},
		{"a name in brackets", "$['a.b']", `"dotted"`, true, true},
		{"a dot is a step", "a.b", `null`, false, true},
		{"an odd name", "__proto__", `"p"`, true, true},
		{"an empty name", "$['']", `"empty"`, true, true},
		{"brackets in a name", "$['a[0]']", `"brackets"`, true, true},
	}
	var answer any
	if err := json.Unmarshal([]byte(address), &answer); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := flexible.ParsePath(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			var want any
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			got, found, err := p.Get(answer)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" || found != tt.found {
				t.Errorf("found %v, want %v (-want +got)\n%s", found, tt.found, diff)
			}
			if p.Definite() != tt.definite {
				t.Errorf("have definite %v, want %v", p.Definite(), tt.definite)
			}
			again, err := flexible.ParsePath(p.String())
			if err != nil || again.String() != p.String() {
				t.Errorf("%s does not read back: %v", p, err)
			}
		})
	}
}

func TestParsePathFaults(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"empty": "", "a blank": " ", "an open bracket": "a[0", "an open filter": "a[?(@.b == 'c'", "no field": "a.", "a word as index": "a[b]",
		"a single equals sign": "a[?(@.b = 'c')]", "text after the end": "a b",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := flexible.ParsePath(src)
			var faults flexible.Faults
			if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Offset < 0 {
				t.Errorf("have %v, %v, want one fault with its place", p, err)
			}
		})
	}
}
