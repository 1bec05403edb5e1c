package param_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/cxhook/cxhook/internal/status"
)

type embeddedTwice struct {
	F string `cx:"size"`
	G string `cx:"Size"`
}

func TestCompileFaults(t *testing.T) {
	t.Parallel()
	type embedded struct {
		A string `cx:"a"`
	}
	tests := []struct {
		reason string
		dst    any
		names  string // what the error must name
	}{
		{"no struct", "", "string"},
		{"no type", nil, "nil"},
		{"no tag at all", struct{ Size string }{}, "no field"},
		{"empty name", struct {
			F string `cx:""`
		}{}, "F"},
		{"empty name with source", struct {
			F string `cx:"extra:"`
		}{}, "F"},
		{"space in front", struct {
			F string `cx:" size"`
		}{}, `F: name " size" has space around it`},
		{"empty name says so", struct {
			F string `cx:"extra:"`
		}{}, `F: name "extra:" is empty`},
		{"no type is written out", struct {
			A struct{ Deeply []struct{ Nested chan int } } `cx:"a"`
		}{}, "field struct{…}.A: field struct{…}.Deeply: field struct{…}.Nested: type chan int"},
		{"string of a text", struct {
			F string `cx:"f,string"`
		}{}, "the option string is for numbers and booleans, not for string"},
		{"string of a list", struct {
			F []int `cx:"f,string"`
		}{}, "not for []int"},
		{"string twice", struct {
			F int `cx:"f,string,string"`
		}{}, "repeated option"},
		{"a known source of a nested field", struct {
			F struct {
				G int `cx:"extra:g"`
			} `cx:"f"`
		}{}, `G: name "extra:g" gives a source`},
		{"a source deep in a list", struct {
			F map[string][]struct {
				G int `cx:"session:g"`
			} `cx:"f"`
		}{}, `G: name "session:g" gives a source`},
		{"the same value names the struct", embeddedTwice{}, `fields F and G of param_test.embeddedTwice bind the same value`},
		{"unknown source", struct {
			F string `cx:"sesion:size"`
		}{}, "sesion"},
		{"unknown option", struct {
			F string `cx:"size,omitempty"`
		}{}, "omitempty"},
		{"repeated option", struct {
			F string `cx:"size,required,required"`
		}{}, "required"},
		{"source of a nested field", struct {
			F struct {
				G chan int `cx:"extra:size"`
			} `cx:"f"`
		}{}, "G"},
		{"channel", struct {
			F chan int `cx:"size"`
		}{}, "chan int"},
		{"function in a list", struct {
			F []func() `cx:"size"`
		}{}, "func()"},
		{"bytes", struct {
			F []byte `cx:"size"`
		}{}, "json.RawMessage"},
		{"array", struct {
			F [2]int `cx:"size"`
		}{}, "[2]int"},
		{"complex number", struct {
			F complex128 `cx:"size"`
		}{}, "complex128"},
		{"keys that are no strings", struct {
			F map[int]string `cx:"size"`
		}{}, "map[int]string"},
		{"interface with methods", struct {
			F error `cx:"size"`
		}{}, "error"},
		{"pointer to pointer", struct {
			F **int `cx:"size"`
		}{}, "**int"},
		{"field that is not exported", struct {
			f string `cx:"size"`
		}{}, "f"},
		{"the same value twice", struct {
			F string `cx:"size"`
			G string `cx:"Size"`
		}{}, "F and G"},
		{"the same value in an embedded struct", struct {
			embedded
			G string `cx:"a"`
		}{}, "A and G"},
		{"embedded pointer", struct {
			*embedded
		}{}, "embedded"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			_, err := param.Compile(reflect.TypeOf(tt.dst), config())
			if err == nil || !strings.Contains(err.Error(), tt.names) {
				t.Errorf("error %v, want one that names %s", err, tt.names)
			}
			if unfit := new(param.Error); errors.As(err, &unfit) {
				t.Errorf("error %v is told to the caller", err)
			}
		})
	}
}

func TestCompileNeedsSources(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 33} {
		_, err := param.Compile(reflect.TypeFor[struct{}](), &param.Config{Tag: "cx", Sources: make([]string, n)})
		if err == nil {
			t.Errorf("a plan of %d sources was compiled", n)
		}
	}
}

func TestRequired(t *testing.T) {
	t.Parallel()
	type dst struct {
		A *string `cx:"a,required"`
		B any     `cx:"extra:b,required"`
	}
	plan := compile[dst](t)
	for _, tt := range []struct{ session, extra, source, name string }{
		{`{}`, `{"b":1}`, "session", "a"},
		{`{"a":null}`, `{"b":1}`, "session", "a"},
		{`{"a":"x"}`, `{}`, "extra", "b"},
		{`{"a":""}`, `{"b":null}`, "extra", "b"},
		{`{}`, `{}`, "session", "a"},
	} {
		for road, input := range roads(t, tt.session, tt.extra) {
			err := plan.Bind(new(dst), input, nil)
			var unfit *param.Error
			if !errors.As(err, &unfit) || !errors.Is(err, param.ErrMissing) || unfit.Source != tt.source || unfit.Name != tt.name {
				t.Errorf("%s %s from %s: error %v, want %s %s to be missing", tt.session, tt.extra, road, err, tt.source, tt.name)
			}
		}
	}
	for road, input := range roads(t, `{"a":""}`, `{"b":false}`) {
		if err := plan.Bind(new(dst), input, nil); err != nil {
			t.Errorf("zero values from %s: %v", road, err)
		}
	}
}

func TestDefaultsStay(t *testing.T) {
	t.Parallel()
	type dst struct {
		Size  string             `cx:"size"`
		Count *int               `cx:"count"`
		Tags  []string           `cx:"tags"`
		More  map[string]int     `cx:"more"`
		Item  struct{ A, B int } `cx:"item"`
		Other string
	}
	plan := compile[dst](t)
	for road, input := range roads(t, `{"size":null,"tags":["x"],"more":{"y":2},"item":{"b":5,"a":null},"Other":"no"}`) {
		tags, more := []string{"a", "b"}, map[string]int{"x": 1}
		got := dst{Size: "M", Count: new(int), Tags: tags, More: more, Other: "mine"}
		got.Item.A = 4
		if err := plan.Bind(&got, input, nil); err != nil {
			t.Fatal(err)
		}
		if got.Size != "M" || got.Count == nil || got.Item.A != 4 || got.Item.B != 5 || got.Other != "mine" {
			t.Errorf("%s: %+v: a default was lost", road, got)
		}
		if tags[0] != "a" || len(more) != 1 || len(got.Tags) != 1 || len(got.More) != 1 {
			t.Errorf("%s: tags %v became %v, more %v became %v: want fresh ones", road, tags, got.Tags, more, got.More)
		}
	}
}

func TestBoundValuesOwnTheirMemory(t *testing.T) {
	t.Parallel()
	type dst struct {
		Text string            `cx:"text"`
		Raw  []byte            `cx:"-"`
		Any  any               `cx:"any"`
		Map  map[string]string `cx:"map"`
		List []string          `cx:"list"`
	}
	body := []byte(`{"text":"text","any":{"key":"any"},"map":{"key":"map"},"list":["list"]}`)
	var got dst
	if err := compile[dst](t).Bind(&got, objects{param.JSON(body)}, nil); err != nil {
		t.Fatal(err)
	}
	for i := range body {
		body[i] = '#'
	}
	if got.Text != "text" || got.Map["key"] != "map" || got.List[0] != "list" || got.Any.(map[string]any)["key"] != "any" {
		t.Errorf("%+v: want what was bound before the body was overwritten", got)
	}
}

func TestWrongDestination(t *testing.T) {
	t.Parallel()
	type dst struct {
		A string `cx:"a"`
	}
	plan := compile[dst](t)
	for _, d := range []any{nil, dst{}, (*dst)(nil), new(string), new(struct{ A string })} {
		err := plan.Bind(d, objects{}, nil)
		if unfit := new(param.Error); err == nil || errors.As(err, &unfit) {
			t.Errorf("%T: error %v, want a fault of the program", d, err)
		}
	}
}

func TestErrorIsABadRequest(t *testing.T) {
	t.Parallel()
	err := error(&param.Error{Source: "session", Name: "size", Err: param.ErrMissing})
	code, text := status.Of(err)
	if code != http.StatusBadRequest || text != `session parameter "size": required, but missing or null` {
		t.Errorf("answered %d %q", code, text)
	}
	code, text = status.Of(status.Errorf(http.StatusNotFound, "no such order").WithCause(err))
	if code != http.StatusNotFound || text != "no such order" {
		t.Errorf("answered %d %q, want the error around it", code, text)
	}
}

func TestCauseIsFoundNotTold(t *testing.T) {
	t.Parallel()
	type dst struct {
		When time.Time `cx:"when"`
	}
	for road, input := range roads(t, `{"when":"my birthday"}`) {
		err := compile[dst](t).Bind(new(dst), input, nil)
		var cause *time.ParseError
		if !errors.As(err, &cause) || strings.Contains(err.Error(), "birthday") {
			t.Errorf("%s: error %v, cause %v", road, err, cause)
		}
	}
}

func TestConcurrentBinds(t *testing.T) {
	t.Parallel()
	type dst struct {
		Tree tree   `cx:"tree"`
		Path string `cx:"tree.name"`
	}
	plan := compile[dst](t)
	inputs := roads(t, `{"tree":{"name":"a","children":[{"name":"b"}]}}`)
	var wg sync.WaitGroup
	for _, input := range inputs {
		for range 8 {
			wg.Go(func() {
				for range 50 {
					var got dst
					if err := plan.Bind(&got, input, nil); err != nil || got.Path != "a" || got.Tree.Children[0].Name != "b" {
						t.Errorf("%+v, %v", got, err)
					}
				}
			})
		}
	}
	wg.Wait()
}
