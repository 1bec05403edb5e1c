package param_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/google/go-cmp/cmp"
)

// texts are an input such as the query of a URL.
type texts map[string][]string

func (q texts) Range(_ param.Wanted, yield func(int, string, param.Value)) error {
	for name, values := range q {
		yield(0, name, param.Text(values...))
	}
	return nil
}

func TestText(t *testing.T) {
	t.Parallel()
	type item struct {
		Size string `cx:"size"`
	}
	type dst struct {
		Text  string        `cx:"text"`
		Int   int           `cx:"int"`
		Uint  uint8         `cx:"uint"`
		Float float64       `cx:"float"`
		Bool  *bool         `cx:"bool"`
		List  []int         `cx:"list"`
		Item  *item         `cx:"item"`
		Any   any           `cx:"any"`
		Time  time.Time     `cx:"time"`
		For   time.Duration `cx:"for"`
		Num   json.Number   `cx:"num"`
	}
	yes := true
	tests := []struct {
		reason string
		query  texts
		want   dst
		kind   error
	}{
		{reason: "text as it is", query: texts{"text": {`{"a":1}`}}, want: dst{Text: `{"a":1}`}},
		{reason: "digits stay text", query: texts{"text": {"007"}}, want: dst{Text: "007"}},
		{reason: "typed by the field", query: texts{"int": {"-7"}, "uint": {"9.0"}, "float": {"1e3"}, "bool": {"true"}, "num": {"1.50"}},
			want: dst{Int: -7, Uint: 9, Float: 1000, Bool: &yes, Num: "1.50"}},
		{reason: "exact integers", query: texts{"int": {"9007199254740993"}}, want: dst{Int: 9007199254740993}},
		{reason: "repeated", query: texts{"list": {"1", "2"}}, want: dst{List: []int{1, 2}}},
		{reason: "one of a list", query: texts{"list": {"1"}}, want: dst{List: []int{1}}},
		{reason: "a list as JSON", query: texts{"list": {"[1,2]"}}, want: dst{List: []int{1, 2}}},
		{reason: "an object as JSON", query: texts{"item": {`{"size":"M"}`}}, want: dst{Item: &item{"M"}}},
		{reason: "any text", query: texts{"any": {"1"}}, want: dst{Any: "1"}},
		{reason: "any texts", query: texts{"any": {"1", "a"}}, want: dst{Any: []any{"1", "a"}}},
		{reason: "times", query: texts{"time": {"2026-11-22T00:00:00Z"}, "for": {`{"amount":2,"unit":"min"}`}},
			want: dst{Time: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), For: 2 * time.Minute}},
		{reason: "empty is absent but for text", query: texts{"text": {""}, "int": {""}, "bool": {""}, "list": {""}, "item": {""}, "time": {""}}, want: dst{}},
		{reason: "no value at all", query: texts{"int": {}}, want: dst{}},
		{reason: "no integer", query: texts{"int": {"7x"}}, kind: param.ErrType},
		{reason: "sign of plus", query: texts{"int": {"+7"}}, kind: param.ErrType},
		{reason: "leading zeros are no number", query: texts{"int": {"007"}}, kind: param.ErrType},
		{reason: "overflow", query: texts{"uint": {"256"}}, kind: param.ErrRange},
		{reason: "no number", query: texts{"float": {"NaN"}}, kind: param.ErrType},
		{reason: "beyond doubles", query: texts{"float": {"1e999"}}, kind: param.ErrRange},
		{reason: "no boolean", query: texts{"bool": {"yes"}}, kind: param.ErrType},
		{reason: "several where one is wanted", query: texts{"int": {"1", "2"}}, kind: param.ErrType},
		{reason: "several texts where one is wanted", query: texts{"text": {"1", "2"}}, kind: param.ErrType},
		{reason: "no JSON", query: texts{"item": {`{"size":`}}, kind: param.ErrType},
	}
	plan := compile[dst](t)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			var got dst
			err := plan.Bind(&got, tt.query, nil)
			if !errors.Is(err, tt.kind) {
				t.Fatalf("error %v, want %v", err, tt.kind)
			}
			if diff := cmp.Diff(tt.want, got); tt.kind == nil && diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmptyTextIsNotWhatIsRequired(t *testing.T) {
	t.Parallel()
	if err := compile[struct {
		N int `cx:"n,required"`
	}](t).Bind(new(struct {
		N int `cx:"n,required"`
	}), texts{"n": {""}}, nil); !errors.Is(err, param.ErrMissing) {
		t.Errorf("error %v, want the number to be missing", err)
	}
	if err := compile[struct {
		S string `cx:"s,required"`
	}](t).Bind(new(struct {
		S string `cx:"s,required"`
	}), texts{"s": {""}}, nil); err != nil {
		t.Errorf("error %v: the empty text is a value of a string", err)
	}
}

func TestUntagged(t *testing.T) {
	t.Parallel()
	type dst struct {
		Size  string
		Count int    `json:"how_many"`
		Skip  string `json:"-"`
		Other string `cx:"extra:other"`
	}
	conf := config()
	conf.Untagged = true
	plan, err := param.Compile(reflect.TypeFor[dst](), conf)
	if err != nil {
		t.Fatal(err)
	}
	want := dst{Size: "M", Count: 2, Other: "o"}
	for road, input := range roads(t, `{"size":"M","how_many":2,"Skip":"x","other":"no"}`, `{"other":"o"}`) {
		var got dst
		if err := plan.Bind(&got, input, nil); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", road, got, err, want)
		}
	}
}

func TestChecksAndReaders(t *testing.T) {
	t.Parallel()
	type even int
	type pair struct{ A, B string }
	type dst struct {
		Even  even    `cx:"even"`
		Evens []*even `cx:"evens"`
		Pair  *pair   `cx:"pair"`
	}
	inner, err := param.NewDecoder(reflect.TypeFor[struct{ A, B string }](), config())
	if err != nil {
		t.Fatal(err)
	}
	conf := config()
	conf.Checks = map[reflect.Type]func(any) error{reflect.TypeFor[even](): func(ptr any) error {
		if *ptr.(*even)%2 != 0 {
			return errors.New("want an even number")
		}
		return nil
	}}
	conf.Readers = map[reflect.Type]func(any, param.Value) error{reflect.TypeFor[pair](): func(ptr any, v param.Value) error {
		if text, ok := v.Str(); ok {
			*ptr.(*pair) = pair{A: text}
			return nil
		}
		return inner.Decode((*struct{ A, B string })(ptr.(*pair)), v, "", "")
	}}
	plan, err := param.Compile(reflect.TypeFor[dst](), conf)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text, fault string
		want        pair
		kind        error
	}{
		{text: `{"even":2,"evens":[4],"pair":"a"}`, want: pair{A: "a"}},
		{text: `{"even":null,"pair":{"a":"a","b":"b"}}`, want: pair{A: "a", B: "b"}},
		{text: `{"even":3}`, kind: param.ErrFormat, fault: `session parameter "even": want an even number`},
		{text: `{"evens":[4,5]}`, kind: param.ErrFormat, fault: `session parameter "evens[1]": want an even number`},
		{text: `{"pair":{"a":1}}`, kind: param.ErrType, fault: `session parameter "pair.A": want a string, have a number`},
	} {
		for road, input := range roads(t, tt.text) {
			var got dst
			err := plan.Bind(&got, input, nil)
			switch {
			case !errors.Is(err, tt.kind):
				t.Errorf("%s from %s: error %v, want %v", tt.text, road, err, tt.kind)
			case err != nil && err.Error() != tt.fault:
				t.Errorf("%s from %s: error %v, want %s", tt.text, road, err, tt.fault)
			case err == nil && (got.Pair == nil || *got.Pair != tt.want):
				t.Errorf("%s from %s: %+v, want %+v", tt.text, road, got.Pair, tt.want)
			}
		}
	}
}
