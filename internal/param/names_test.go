package param_test

import (
	"errors"
	"testing"

	"github.com/cxhook/cxhook/internal/param"
)

func TestNames(t *testing.T) {
	t.Parallel()
	type dst struct {
		Size  string `cx:"size"`
		City  string `cx:"address.city"`
		Extra string `cx:"extra:size"`
	}
	tests := []struct {
		reason  string
		session string
		extra   string
		want    dst
		kind    error
	}{
		{reason: "exact", session: `{"size":"M"}`, want: dst{Size: "M"}},
		{reason: "other case", session: `{"SiZe":"M"}`, want: dst{Size: "M"}},
		{reason: "exact before other case", session: `{"SIZE":"L","size":"M","Size":"S"}`, want: dst{Size: "M"}},
		{reason: "exact decides, even if null", session: `{"SIZE":"L","size":null}`, want: dst{}},
		{reason: "two other cases", session: `{"SIZE":"L","Size":"M"}`, kind: param.ErrAmbiguous},
		{reason: "two other cases, one of them null", session: `{"SIZE":null,"Size":"M"}`, want: dst{Size: "M"}},
		{reason: "three other cases", session: `{"SIZE":"L","Size":"M","sIZE":"S"}`, kind: param.ErrAmbiguous},
		{reason: "only ASCII letters have a case", session: `{"\u017fize":"M"}`, want: dst{}},
		{reason: "escaped name", session: `{"si\u007ae":"M"}`, want: dst{Size: "M"}},
		{reason: "prefix and longer names are others", session: `{"siz":"S","sizes":"L"}`, want: dst{}},
		{reason: "sources are apart", session: `{"size":"M"}`, extra: `{"size":"L"}`, want: dst{Size: "M", Extra: "L"}},

		{reason: "name with a dot", session: `{"address.city":"Bern"}`, want: dst{City: "Bern"}},
		{reason: "member of a composite", session: `{"address":{"city":"Bern"}}`, want: dst{City: "Bern"}},
		{reason: "the whole name first", session: `{"address":{"city":"Bern"},"address.city":"Basel"}`, want: dst{City: "Basel"}},
		{reason: "a null under the whole name is absent", session: `{"address.city":null,"address":{"city":"Bern"}}`, want: dst{City: "Bern"}},
		{reason: "the same in other cases", session: `{"address.city":null,"Address":{"CITY":"Bern"}}`, want: dst{City: "Bern"}},
		{reason: "the whole name in another case first", session: `{"Address.City":"Basel","address":{"city":"Bern"}}`, want: dst{City: "Basel"}},
		{reason: "composite is a scalar", session: `{"address":"Bern"}`, want: dst{}},
		{reason: "composite is null", session: `{"address":null}`, want: dst{}},
		{reason: "member is null", session: `{"address":{"city":null}}`, want: dst{}},
		{reason: "member in two cases", session: `{"address":{"City":"Bern","CITY":"Basel"}}`, kind: param.ErrAmbiguous},
	}
	plan := compile[dst](t)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			if tt.extra == "" {
				tt.extra = "{}"
			}
			for road, input := range roads(t, tt.session, tt.extra) {
				var got dst
				err := plan.Bind(&got, input, nil)
				if !errors.Is(err, tt.kind) || tt.kind == nil && got != tt.want {
					t.Errorf("%s: %+v, %v; want %+v, %v", road, got, err, tt.want, tt.kind)
				}
			}
		})
	}
}

func TestDeepPath(t *testing.T) {
	t.Parallel()
	type dst struct {
		V string `cx:"a.b.c"`
	}
	plan := compile[dst](t)
	for session, want := range map[string]string{
		`{"a.b.c":"whole","a.b":{"c":"two"},"a":{"b.c":"one","b":{"c":"none"}}}`: "whole",
		`{"a.b":{"c":"two"},"a":{"b.c":"one","b":{"c":"none"}}}`:                 "two",
		`{"a.b":{"c":null},"a":{"b.c":"one","b":{"c":"none"}}}`:                  "one",
		`{"a.b":"scalar","a":{"b":{"c":"none"}}}`:                                "none",
		`{"a":{"b":{"c.":"none"}}}`:                                              "",
	} {
		for road, input := range roads(t, session) {
			var got dst
			if err := plan.Bind(&got, input, nil); err != nil || got.V != want {
				t.Errorf("%s from %s: %q, %v; want %q", session, road, got.V, err, want)
			}
			v, err := param.Lookup(input, 0, "session", "a.b.c")
			text, _ := v.Str()
			if err != nil || text != want || v.Absent() != (want == "") {
				t.Errorf("%s looked up in %s: %q, %v; want %q", session, road, text, err, want)
			}
		}
	}
}

func TestNestedFields(t *testing.T) {
	t.Parallel()
	type base struct {
		Embedded string `cx:"embedded"`
	}
	type inner struct {
		base
		ByTag    string `cx:"by-tag,required" json:"other"`
		ByJSON   string `json:"by_json,omitempty"`
		ByName   string
		Last     string `cx:"sys.last-name"`
		Skipped  string `cx:"-"`
		Hidden   string `json:"-"`
		unbound  string
		Optional *inner
	}
	type dst struct {
		Item inner `cx:"item,required"`
	}
	plan := compile[dst](t)
	text := `{"item":{"embedded":"e","by-tag":"t","By_Json":"j","byname":"n","sys.last-name":"l","Skipped":"x","Hidden":"x","unbound":"x","more":[]}}`
	want := inner{base: base{"e"}, ByTag: "t", ByJSON: "j", ByName: "n", Last: "l"}
	for road, input := range roads(t, text) {
		var got dst
		if err := plan.Bind(&got, input, nil); err != nil || got.Item != want || got.Item.unbound != "" {
			t.Errorf("%s: %+v, %v; want %+v", road, got.Item, err, want)
		}
	}
	for road, input := range roads(t, `{"item":{"by-tag":"t","optional":{"by-tag":null}}}`) {
		var unfit *param.Error
		err := plan.Bind(new(dst), input, nil)
		if !errors.As(err, &unfit) || !errors.Is(err, param.ErrMissing) || unfit.Name != "item.Optional.by-tag" {
			t.Errorf("%s: error %v, want item.Optional.by-tag to be missing", road, err)
		}
	}
}

func TestPathOfFault(t *testing.T) {
	t.Parallel()
	type dst struct {
		Orders []struct {
			Items map[string][]int `cx:"items"`
		} `cx:"orders"`
		Any any `cx:"any"`
	}
	plan := compile[dst](t)
	for road, input := range roads(t, `{"orders":[{},{"items":{"private":[1,"2"]}}]}`) {
		err := plan.Bind(new(dst), input, nil)
		const want = `session parameter "orders[1].items.*[1]": want an integer, have a string`
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", road, err, want)
		}
	}
}
