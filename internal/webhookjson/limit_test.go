package webhookjson_test

import (
	"errors"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

func nested(before, open, inner, shut, after string, n int) string {
	return before + strings.Repeat(open, n) + inner + strings.Repeat(shut, n) + after
}

// The request is level 1, the Struct 2; the limit is protojson's.
func TestDepthEqualsProtojson(t *testing.T) {
	t.Parallel()
	shapes := []struct {
		name string
		body func(n int) string
		last int // the deepest that is accepted
	}{
		{"empty lists in a payload", func(n int) string { return nested(`{"payload":{"a":`, "[", "", "]", "}}", n) }, 62},
		{"lists around a number", func(n int) string { return nested(`{"payload":{"a":`, "[", "1", "]", "}}", n) }, 61},
		{"objects in a parameter", func(n int) string { return nested(`{"sessionInfo":{"parameters":{"a":`, `{"a":`, "1", "}", "}}}", n) }, 61},
		{"lists in an unknown field", func(n int) string { return nested(`{"x":`, "[", "1", "]", "}", n) }, 63},
		{"unknown objects inside a message", func(n int) string { return nested(`{"messages":[{"x":`, `{"a":`, "1", "}", "}]}", n) }, 62},
	}
	for _, tt := range shapes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{1, tt.last - 1, tt.last, tt.last + 1, tt.last + 2, 10_000} {
				body := []byte(tt.body(n))
				same(t, body)
				var req cxpb.WebhookRequest
				var limit *webhookjson.LimitError
				err := webhookjson.Decode(body, &req, webhookjson.Limits{})
				if errors.As(err, &limit) != (n > tt.last) {
					t.Errorf("depth %d: %v, want a limit above %d", n, err, tt.last)
				}
				if limit != nil && (limit.What != "depth" || limit.Limit != webhookjson.DefaultDepth) {
					t.Errorf("depth %d: %+v", n, limit)
				}
			}
		})
	}
}

func TestDepthIsConfigurable(t *testing.T) {
	t.Parallel()
	body := []byte(`{"payload":{"a":[1]}}`) // request, Struct, list, number
	for depth, ok := range map[int]bool{3: false, 4: true} {
		var req cxpb.WebhookRequest
		var raw webhookjson.Raw
		lim := webhookjson.Limits{Depth: depth}
		if err := webhookjson.Decode(body, &req, lim); (err == nil) != ok {
			t.Errorf("Decode with depth %d: %v", depth, err)
		}
		if err := raw.Scan(body, lim); (err == nil) != ok {
			t.Errorf("Scan with depth %d: %v", depth, err)
		}
	}
}

// Every value counts once, wherever it is; names do not count.
func TestElementsAreCountedExactly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body string
		n    int
	}{
		{`{}`, 1},
		{`{"text":"a"}`, 2},
		{`{"text":null}`, 2},
		{`{"sessionInfo":{"parameters":{"a":[1,{},[]]}}}`, 7},
		{`{"x":{"y":[1,2,{"z":null}]}}`, 7},
		{`{"messages":[{"text":{"text":["a","b"]}},{}]}`, 8},
		{`{"intentInfo":{"parameters":{"a":{"resolvedValue":1}}}}`, 5},
	}
	for _, tt := range tests {
		for _, max := range []int{tt.n - 1, tt.n} {
			if max == 0 {
				continue // means the default
			}
			var req cxpb.WebhookRequest
			var raw webhookjson.Raw
			lim := webhookjson.Limits{Elements: max}
			for what, err := range map[string]error{
				"Decode": webhookjson.Decode([]byte(tt.body), &req, lim),
				"Scan":   raw.Scan([]byte(tt.body), lim),
			} {
				var limit *webhookjson.LimitError
				if errors.As(err, &limit) != (max < tt.n) {
					t.Errorf("%s(%s) with at most %d elements = %v, it has %d", what, tt.body, max, err, tt.n)
				}
				if limit != nil && (limit.What != "elements" || limit.Limit != max || !errors.Is(err, webhookjson.ErrSyntax)) {
					t.Errorf("%s(%s) = %+v", what, tt.body, limit)
				}
			}
		}
	}
}

// The body that costs protojson 59 times its size is refused early.
func TestElementsBoundHostileBody(t *testing.T) {
	t.Parallel()
	body := []byte(`{"payload":{"a":[` + strings.Repeat("{},", 1<<20/3) + `{}]}}`)
	var req cxpb.WebhookRequest
	var limit *webhookjson.LimitError
	if err := webhookjson.Decode(body, &req, webhookjson.Limits{}); !errors.As(err, &limit) {
		t.Fatalf("Decode = %v, want a LimitError", err)
	}
	if limit.ByteOffset > 4*webhookjson.DefaultElements {
		t.Errorf("refused at byte %d, want soon after %d elements", limit.ByteOffset, webhookjson.DefaultElements)
	}
}
