package flexible_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/flexible"
	"github.com/google/go-cmp/cmp"
)

type lineIn struct {
	SKU   string `json:"sku"`
	Count int    `json:"count"`
}

type checkedIn struct {
	ID    string            `cx:"path:id"`
	Lang  string            `cx:"query:lang,required"`
	Page  int               `cx:"query:page"`
	Tags  []string          `cx:"query:tag"`
	Key   string            `cx:"header:x-key,required"`
	Many  int               `cx:"header:X-Count"`
	Size  string            `cx:"size,required"`
	Count int               `cx:"count"`
	Lines []lineIn          `cx:"lines"`
	Map   map[string]lineIn `cx:"map"`
	Zip   string            `cx:"to.zip"`
	When  time.Time         `cx:"when"`
	Any   any               `cx:"any"`
}

type checkedOut struct {
	Status string                `json:"status"`
	Deep   *struct{ A []lineIn } `json:"deep"`
	ByName map[string]checkedOut `json:"byName"`
	When   time.Time             `json:"when"`
	Raw    json.RawMessage       `json:"raw"`
	Free   any                   `json:"free"`
	Bytes  []byte                `json:"bytes"`
	lineIn                       // embedded: sku and count
	Strung float64               `json:"strung,string"`
	Hidden string                `json:"-"`
}

// sound is a resource that fits checkedIn and checkedOut.
func sound() *service {
	return &service{
		Uri:            "https://shop.example/o/$flow.id?lang=$session.params.lang&page=2&tag=a&tag=$flow.tag",
		RequestHeaders: map[string]string{"X-Key": "k", "X-Other": "any"},
		RequestBody: `{"size":"$session.params.size","count":1,"lines":[{"sku":"x $flow.a","count":"$flow.b"}],
			"map":{"k":{"count":2}},"to":{"zip":"$flow.zip","more":1},"when":"2026-01-02T03:04:05Z","any":[1]}`,
		ParameterMapping: map[string]string{
			"a": "status", "b": "$.deep.A[0].sku", "c": "byName.x.byName['y'].status", "d": "$.deep.A[*].count", "e": "raw.any.thing[0]",
			"f": "free[?(@.a == 1)].b", "g": "sku", "h": "$..sku", "i": "$", "j": "when", "k": "deep.A[?(@.sku == 'x' && @.count >= 1 && !@.not)].count", "n": "deep.A[?@.sku == $.status || $.when < 'x' || @.count != null]", "o": "byName[?@.strung == '1' && @.raw.x == 1 && @.deep]", "l": "*.A", "m": "bytes",
		},
	}
}

func TestCheckSound(t *testing.T) {
	t.Parallel()
	w, err := flexible.Compile(webhook(sound()))
	if err != nil {
		t.Fatal(err)
	}
	if err := flexible.Check[checkedIn, checkedOut](w); err != nil {
		t.Error(err)
	}
	if err := flexible.Check[json.RawMessage, any](w); err != nil {
		t.Errorf("raw types fit everything: %v", err)
	}
	if err := flexible.Check[*map[string]any, *checkedOut](w); err != nil {
		t.Errorf("a map reads any object: %v", err)
	}
}

func TestCheckDrift(t *testing.T) {
	t.Parallel()
	mapped := func(path string) func(*service) {
		return func(g *service) { g.ParameterMapping = map[string]string{"p": path} }
	}
	const p = `parameterMapping["p"]`
	tests := []struct {
		name   string
		change func(*service)
		fields []string
	}{
		{"a query parameter nobody reads", func(g *service) { g.Uri += "&pages=2" }, []string{"uri"}},
		{"a required query parameter that is not sent", func(g *service) { g.Uri = "https://shop.example/o/$flow.id" }, []string{"uri"}},
		{"no room for the path variable", func(g *service) { g.Uri = "https://shop.example?lang=en" }, []string{"uri"}},
		{"a required header that is not sent", func(g *service) { g.RequestHeaders = nil }, []string{"requestHeaders"}},
		{"a body field nobody reads", func(g *service) { g.RequestBody = `{"size":"","sise":"$flow.a"}` }, []string{"requestBody"}},
		{"a nested body field nobody reads", func(g *service) { g.RequestBody = `{"size":"","lines":[{},{"skv":1}]}` }, []string{"requestBody"}},
		{"a required body field that is not sent", func(g *service) { g.RequestBody = `{}` }, []string{"requestBody"}},
		{"no body", func(g *service) { g.RequestBody = "" }, []string{"requestBody"}},
		{"a body that is a list", func(g *service) { g.RequestBody = `[]` }, []string{"requestBody"}},
		{"a number for a text", func(g *service) { g.RequestBody = `{"size":1}` }, []string{"requestBody"}},
		{"a text with a reference for a number", func(g *service) { g.RequestBody = `{"size":"","count":"1$flow.n"}` }, []string{"requestBody"}},
		{"an object for a list", func(g *service) { g.RequestBody = `{"size":"","lines":{}}` }, []string{"requestBody"}},
		{"a number for a time", func(g *service) { g.RequestBody = `{"size":"","when":5}` }, []string{"requestBody"}},
		{"two at once", func(g *service) { g.RequestBody = `{"a":1,"b":2,"size":""}` }, []string{"requestBody", "requestBody"}},
		{"a field the answer lacks", mapped("$.statvs"), []string{p}},
		{"a field of a text", mapped("status.code"), []string{p}},
		{"a nested field the answer lacks", mapped("deep.A[0].skv"), []string{p}},
		{"an index of an object", mapped("deep[0]"), []string{p}},
		{"a field of a list", mapped("deep.A.sku"), []string{p}},
		{"an index of a map", mapped("byName[0]"), []string{p}},
		{"a field of a time", mapped("when.year"), []string{p}},
		{"an index of bytes", mapped("bytes[0]"), []string{p}},
		{"a filter asks for what the items lack", mapped("deep.A[?(@.skv == 'x')].count"), []string{p}},
		{"a filter asks for it as an alternative", mapped("deep.A[?(@.sku == 'x' || @.skv.a > 1)].count"), []string{p}},
		{"a filter asks whether it is there", mapped("deep.A[?@.skv]"), []string{p}},
		{"a filter compares a text with a number", mapped("deep.A[?@.sku > 1]"), []string{p}},
		{"a filter compares a number with a text", mapped("deep.A[?'1' == @.count]"), []string{p}},
		{"a filter compares a text with a boolean", mapped("deep.A[?@.sku == true]"), []string{p}},
		{"a filter compares an object with a text", mapped("byName[?@.deep == 'x']"), []string{p}},
		{"a filter compares a quoted number with a number", mapped("byName[?@.strung == 1]"), []string{p}},
		{"a filter asks the root in vain", mapped("deep.A[?@.sku == $.statvs]"), []string{p}},
		{"a number that is no integer", func(g *service) { g.RequestBody = `{"size":"","count":1.5}` }, []string{"requestBody"}},
		{"a number that is too large", func(g *service) { g.RequestBody = `{"size":"","lines":[{"count":1e30}]}` }, []string{"requestBody"}},
		{"a text that is no time", func(g *service) { g.RequestBody = `{"size":"","when":"soon"}` }, []string{"requestBody"}},
		{"a required field that is null", func(g *service) { g.RequestBody = `{"size":null}` }, []string{"requestBody"}},
		{"a query value that is no number", func(g *service) { g.Uri += "&page=one" }, []string{"uri"}},
		{"a query parameter twice", func(g *service) { g.Uri += "&lang=$flow.b" }, []string{"uri"}},
		{"a query parameter twice, once constant", func(g *service) { g.Uri += "&page=1&page=2" }, []string{"uri"}},
		{"a header value that is no number", func(g *service) { g.RequestHeaders["x-count"] = "many" }, []string{`requestHeaders["X-Count"]`}},
		{"what is left out of the JSON", mapped("Hidden"), []string{p}},
		{"a name in another case", mapped("Status"), []string{p}},
		{"any field, but none leads on", mapped("deep.*.sku"), []string{p}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := sound()
			tt.change(g)
			g.HttpMethod = cxpb.Webhook_GenericWebService_POST
			w, err := flexible.Compile(webhook(g))
			if err != nil {
				t.Fatal(err)
			}
			err = flexible.Check[checkedIn, checkedOut](w)
			var faults flexible.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("have %v, want faults", err)
			}
			var fields []string
			for _, f := range faults {
				fields = append(fields, f.Field)
			}
			for i := range tt.fields {
				tt.fields[i] = "genericWebService." + tt.fields[i]
			}
			if diff := cmp.Diff(tt.fields, fields); diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// A fault within the body is named by the way to it.
func TestCheckNamesPlaces(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"size":"","lines":[{},{"sku":1}]}`:        `"lines[1].sku" is a number`,
		`{"size":"","lines":[{"count":1.5}]}`:       `does not read "lines[0].count": `,
		`{"size":"","map":{"k":{"skv":1}}}`:         `does not read "map.k.skv"`,
		`{"size":"","lines":[{"skv":"$flow.sku"}]}`: `does not read "lines[0].skv"`,
	} {
		g := sound()
		g.RequestBody, g.HttpMethod = body, cxpb.Webhook_GenericWebService_POST
		w, err := flexible.Compile(webhook(g))
		if err != nil {
			t.Fatal(err)
		}
		if err := flexible.Check[checkedIn, checkedOut](w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

func TestCheckTypesThatCannotBeBound(t *testing.T) {
	t.Parallel()
	w, err := flexible.Compile(webhook(&service{Uri: "https://shop.example/"}))
	if err != nil {
		t.Fatal(err)
	}
	if err := flexible.Check[chan int, any](w); err == nil {
		t.Error("a channel is accepted")
	}
	if err := flexible.Check[struct{ F func() }, any](w); err == nil {
		t.Error("a function is accepted")
	}
	// An answer of such a type can never be encoded.
	if err := flexible.Check[any, struct{ A []struct{ F func() } }](w); err == nil || !strings.Contains(err.Error(), "field A: field F: func() has no JSON") {
		t.Errorf("an answer with a function: have %v", err)
	}
}
