package flexible_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/flexible"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
)

type place struct {
	Street string `json:"street" param:"$flow.street"`
	Zip    string `json:"zip"`
}

type part struct {
	ID string `json:"id" param:"part-ids"`
}

type orderIn struct {
	Order string   `cx:"path:order,required" param:"order-number"`
	Full  bool     `cx:"query:full"`
	Brand string   `cx:"header:X-Brand" param:"$flow.brand"`
	Size  string   `cx:"size,required"`
	Tags  []string `cx:"tags" param:"$flow.tags"`
	To    place    `cx:"to"`
	Whole struct {
		A int `json:"a"`
	} `cx:"whole"`
	Plain   string `json:"plain"`
	Said    string `cx:"said" param:"$intent.params.size.original"`
	Nothing string `cx:"-"`
}

type orderOut struct {
	Status string          `json:"status"`
	Total  float64         `json:"total" param:"$flow.total"`
	Note   string          `json:"note" param:"-"`
	To     *place          `json:"to"`
	Parts  []part          `json:"parts"`
	Raw    json.RawMessage `json:"raw-data,omitempty" param:"raw"`
	Odd    int             `json:"odd name" param:"odd"`
	hidden int
}

func describeOrder() (*cxpb.Webhook, error) {
	return flexible.Describe[orderIn, orderOut](flexible.Endpoint{
		DisplayName: "order", URL: "https://shop.example/orders/{order}/lines", Method: "PUT", Timeout: 7 * time.Second,
		Headers: map[string]string{"x-fixed": "1"},
	})
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	_ = orderOut{}.hidden
	got, err := describeOrder()
	if err != nil {
		t.Fatal(err)
	}
	want := webhook(&service{
		Uri:            "https://shop.example/orders/$session.params.order-number/lines?full=$session.params.full",
		HttpMethod:     cxpb.Webhook_GenericWebService_PUT,
		RequestHeaders: map[string]string{"x-fixed": "1", "X-Brand": "$flow.brand"},
		RequestBody: `{
  "size": "$session.params.size",
  "tags": "$flow.tags",
  "to": {
    "street": "$flow.street",
    "zip": "$session.params.zip"
  },
  "whole": "$session.params.whole",
  "plain": "$session.params.plain",
  "said": "$intent.params.size.original"
}`,
		ParameterMapping: map[string]string{
			"status": "$.status", "$flow.total": "$.total", "$flow.street": "$.to.street", "part-ids": "$.parts[*].id",
			"raw": "$.raw-data", "odd": "$['odd name']",
		},
	})
	want.DisplayName, want.Timeout = "order", durationpb.New(7*time.Second)
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	w, err := flexible.Compile(got)
	if err != nil {
		t.Fatal(err)
	}
	if err := flexible.Check[orderIn, orderOut](w); err != nil {
		t.Errorf("a resource that was just described has drifted: %v", err)
	}
}

func TestDescribeMethod(t *testing.T) {
	t.Parallel()
	type none struct{}
	type queried struct {
		A string `cx:"query:a b" param:"x"`
	}
	got, err := flexible.Describe[queried, none](flexible.Endpoint{DisplayName: "w", URL: "https://shop.example/?x=1"})
	if err != nil {
		t.Fatal(err)
	}
	want := webhook(&service{
		Uri:        "https://shop.example/?x=1&a%20b=$session.params.x",
		HttpMethod: cxpb.Webhook_GenericWebService_GET,
	})
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDescribeErrors(t *testing.T) {
	t.Parallel()
	type none struct{}
	type bodied struct {
		A string `cx:"a"`
	}
	type pathed struct {
		A string `cx:"path:a"`
	}
	type dotted struct {
		A string `cx:"path:a"`
		B string `cx:"path:b"`
	}
	type badName struct {
		A string `cx:"a b"`
	}
	type badReference struct {
		A string `cx:"a" param:"$sys.func.NOW()"`
	}
	type badSource struct {
		A string `cx:"cookie:a"`
	}
	type badTarget struct {
		A string `json:"a" param:"$request.a"`
	}
	type twice struct {
		A string `json:"a" param:"x"`
		B string `json:"b" param:"x"`
	}
	type queried struct {
		A string `cx:"query:page"`
	}
	type called struct {
		A string `json:"a"`
		F struct {
			F func() `json:"f"`
		} `json:"b" param:"-"`
	}
	type keyed struct {
		A map[struct{}]string `json:"a"`
	}
	type unnamed struct {
		A string `json:"a b"`
	}
	at := func(url string) flexible.Endpoint { return flexible.Endpoint{DisplayName: "w", URL: url} }
	tests := []struct {
		name, want string
		make       func() (*cxpb.Webhook, error)
	}{
		{"no name", "display name", func() (*cxpb.Webhook, error) {
			return flexible.Describe[none, none](flexible.Endpoint{URL: "https://shop.example/"})
		}},
		{"no URL", "uri", func() (*cxpb.Webhook, error) { return flexible.Describe[none, none](at("")) }},
		{"a method that is none", "FETCH", func() (*cxpb.Webhook, error) {
			return flexible.Describe[none, none](flexible.Endpoint{DisplayName: "w", URL: "https://shop.example/", Method: "FETCH"})
		}},
		{"a body with GET", "GET has no body", func() (*cxpb.Webhook, error) {
			return flexible.Describe[bodied, none](flexible.Endpoint{DisplayName: "w", URL: "https://shop.example/", Method: "GET"})
		}},
		{"too long", "timeout", func() (*cxpb.Webhook, error) {
			return flexible.Describe[none, none](flexible.Endpoint{DisplayName: "w", URL: "https://shop.example/", Timeout: time.Minute})
		}},
		{"a variable without a field", `"b"`, func() (*cxpb.Webhook, error) { return flexible.Describe[none, none](at("https://shop.example/{b}")) }},
		{"a field without a variable", "{a}", func() (*cxpb.Webhook, error) { return flexible.Describe[pathed, none](at("https://shop.example/")) }},
		{"a variable in the host", "parameter", func() (*cxpb.Webhook, error) { return flexible.Describe[pathed, none](at("https://{a}.example/")) }},
		{"a reference that runs on", "ends only before", func() (*cxpb.Webhook, error) {
			return flexible.Describe[dotted, none](at("https://shop.example/{a}.json/{b}"))
		}},
		{"a name that is none", "no parameter name", func() (*cxpb.Webhook, error) { return flexible.Describe[badName, none](at("https://shop.example/")) }},
		{"a function", "no parameter name", func() (*cxpb.Webhook, error) {
			return flexible.Describe[badReference, none](at("https://shop.example/"))
		}},
		{"an unknown source", "cookie", func() (*cxpb.Webhook, error) { return flexible.Describe[badSource, none](at("https://shop.example/")) }},
		{"no struct in", "struct", func() (*cxpb.Webhook, error) { return flexible.Describe[[]int, none](at("https://shop.example/")) }},
		{"no struct out", "struct", func() (*cxpb.Webhook, error) {
			return flexible.Describe[none, map[string]any](at("https://shop.example/"))
		}},
		{"a target that cannot be set", "can be set", func() (*cxpb.Webhook, error) {
			return flexible.Describe[none, badTarget](at("https://shop.example/"))
		}},
		{"a parameter twice", "twice", func() (*cxpb.Webhook, error) { return flexible.Describe[none, twice](at("https://shop.example/")) }},
		{"a query parameter twice", `the URL sets the query parameter "page" too`, func() (*cxpb.Webhook, error) {
			return flexible.Describe[queried, none](at("https://shop.example/?x=1&Page=$flow.page"))
		}},
		{"an answer with a function", "func() has no JSON", func() (*cxpb.Webhook, error) {
			return flexible.Describe[none, called](at("https://shop.example/"))
		}},
		{"an answer with keys that are no texts", "a key of JSON is a text", func() (*cxpb.Webhook, error) {
			return flexible.Describe[none, keyed](at("https://shop.example/"))
		}},
		{"a JSON name that is no parameter's", "letters", func() (*cxpb.Webhook, error) {
			return flexible.Describe[none, unnamed](at("https://shop.example/"))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, err := tt.make()
			if err == nil || w != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("have %v, %v, want an error on %s", w, err, tt.want)
			}
		})
	}
}
