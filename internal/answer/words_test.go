package answer_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/answer"
)

// TestWords holds the texts to what their reader can act on.
func TestWords(t *testing.T) {
	t.Parallel()
	ring := map[string]any{}
	ring["self"] = ring
	deep := func(levels int) json.RawMessage {
		return json.RawMessage(`{"a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + "}")
	}
	fails := func(f func(any) error, v any) func() error { return func() error { return f(v) } }
	payload := func(v any) error { _, err := answer.Payload(v); return err }
	value := func(v any) error { _, err := answer.Value(v); return err }
	params := func(v any) error { _, err := answer.Params(v); return err }
	type nestedSource struct {
		B int `cx:"form:b"`
	}
	tests := []struct {
		name string
		try  func() error
		kind error
		want string
	}{
		{"payload too deep", fails(payload, deep(81)), answer.ErrTooDeep, `value is nested too deeply: more than 24 levels, or it contains itself`},
		{"deeper than the parser goes", fails(payload, deep(500)), answer.ErrTooDeep, `value is nested too deeply: more than 24 levels, or it contains itself`},
		{"value too deep", fails(value, deep(61)), answer.ErrTooDeep, `value is nested too deeply: more than 60 levels, or it contains itself`},
		{"ring", fails(payload, ring), answer.ErrTooDeep, `["self"]["self"]["self"]["self"]…: value is nested too deeply: more than 24 levels, or it contains itself`},
		{"json tags only", fails(params, struct {
			A int `json:"a"`
		}{}), answer.ErrUnsupported,
			`no field of the struct has a cx tag for a session parameter: tag the fields to set, such as cx:"size", or give a map; json tags name none here`},
		{"source of a nested field", fails(value, nestedSource{}), answer.ErrUnsupported,
			`Go value has no JSON: answer_test.nestedSource: field B: cx tag "form:b" gives a source, which only the fields of the outermost struct have`},
		{"empty name", func() error { return answer.CheckParamName("") }, answer.ErrName, `the parameter name is empty`},
		{"name with a space", func() error { return answer.CheckParamName("a b") }, answer.ErrName,
			`the parameter name has a character other than letters A to Z and a to z, digits, '.', '_' and '-'`},
		{"page by a word", func() error { return answer.CheckPageName("abc") }, answer.ErrTarget,
			`not the full resource name of a page, want projects/P/locations/L/agents/A/flows/F/pages/PAGE`},
		{"flow without a name", func() error { return answer.CheckFlowName("") }, answer.ErrTarget,
			`the name of the flow is empty, want projects/P/locations/L/agents/A/flows/FLOW`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := tt.try(); !errors.Is(err, tt.kind) || err.Error() != tt.want {
				t.Errorf("have %v\nwant %s", err, tt.want)
			}
		})
	}
	for _, levels := range []int{24, 25} {
		if err := payload(deep(levels)); errors.Is(err, answer.ErrTooDeep) != (levels > 24) {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
}
