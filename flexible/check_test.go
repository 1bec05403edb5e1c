package flexible_test

import (
	"encoding/json"
	"errors"
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
	Key   string            `cx:"header:x-key,required"`
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
	Call   func()                `json:"call"`
	Hidden string                `json:"-"`
}

// sound is a resource that fits checkedIn and checkedOut.
func sound() *service {
	return &service{
		Uri:            "https://shop.example/o/$flow.id?lang=$session.params.lang",
		RequestHeaders: map[string]string{"X-Key": "k"},
		RequestBody: `{"size":"$session.params.size","count":1,"lines":[{"sku":"x $flow.a","count":"$flow.b"}],
			"map":{"k":{"count":2}},"to":{"zip":"$flow.zip","more":1},"when":"$flow.t","any":[1]}`,
		ParameterMapping: map[string]string{
			"a": "status", "b": "$.deep.A[0].sku", "c": "byName.x.byName['y'].status", "d": "$.deep.A[*].count", "e": "raw.any.thing[0]",
			"f": "free[?(@.a == 1)].b", "g": "sku", "h": "$..sku", "i": "$", "j": "when", "k": "deep.A[?(@.sku == 'x')].count", "l": "*.A", "m": "bytes",
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
		{"a query parameter nobody reads", func(g *service) { g.Uri += "&page=2" }, []string{"uri"}},
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
		{"what has no JSON", mapped("call"), []string{p}},
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
}
