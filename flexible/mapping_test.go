package flexible_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/flexible"
	"github.com/google/go-cmp/cmp"
)

func compileMapping(t *testing.T, m map[string]string, opts ...flexible.CompileOption) *flexible.Webhook {
	t.Helper()
	w, err := flexible.Compile(webhook(&service{Uri: "https://shop.example/", ParameterMapping: m}), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestExtract(t *testing.T) {
	t.Parallel()
	mapping := map[string]string{
		"city": "$.result.address.parts[?(@.kind == 'locality')].text.value", "country": "$.result.address.parts[?(@.kind == 'country')].kind",
		"$flow.first": "result.address.parts[0].text", "missing": "result.none", "range": "groups[7]", "$flow.null": "null",
	}
	want := map[string]any{
		"city": []any{"Leiden"}, "country": []any{}, "$flow.first": map[string]any{"value": "Leiden"}, "$flow.null": nil,
		"missing": nil, "range": nil,
	}
	got, err := compileMapping(t, mapping).Extract([]byte(address))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	delete(want, "missing")
	delete(want, "range")
	got, err = compileMapping(t, mapping, flexible.KeepMissing()).Extract([]byte(address))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("keeping what is missing: %v (-want +got)\n%s", err, diff)
	}
}

func TestExtractReadsNoWebhookResponse(t *testing.T) {
	t.Parallel()
	w := compileMapping(t, map[string]string{"total": "sessionInfo.parameters.total"})
	got, err := w.Extract([]byte(`{"sessionInfo":{"parameters":{"total":7,"other":1}},"targetPage":"p"}`))
	if diff := cmp.Diff(map[string]any{"total": 7.0}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func TestExtractRefusals(t *testing.T) {
	t.Parallel()
	w := compileMapping(t, map[string]string{"a": "b"})
	atLimit := `{"b":"` + strings.Repeat("x", flexible.MaxResponseBytes-len(`{"b":""}`)) + `"}`
	tests := []struct {
		name, body string
		want       error
	}{
		{"empty", "", flexible.ErrEmptyAnswer},
		{"blank", " \r\n", flexible.ErrEmptyAnswer},
		{"text", "OK", flexible.ErrAnswerSyntax},
		{"two values", `{"b":1}{"b":2}`, flexible.ErrAnswerSyntax},
		{"cut off", `{"b":1`, flexible.ErrAnswerSyntax},
		{"too deep", strings.Repeat("[", 20000) + strings.Repeat("]", 20000), flexible.ErrAnswerSyntax},
		{"at the limit", atLimit, nil},
		{"over the limit", atLimit + " ", flexible.ErrAnswerSize},
		{"no object", `[1]`, nil},
		{"null", `null`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := w.Extract([]byte(tt.body))
			if !errors.Is(err, tt.want) || (err != nil && got != nil) {
				t.Errorf("have %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func TestExtractBoundsDescent(t *testing.T) {
	t.Parallel()
	w := compileMapping(t, map[string]string{"all": "$..*..*"})
	body := strings.Repeat(`[1,`, 9000) + "1" + strings.Repeat("]", 9000)
	if got, err := w.Extract([]byte(body)); err == nil {
		t.Errorf("have %d parameters, want an error on the number of results", len(got))
	}
}

func TestExtractedParametersCanBeSent(t *testing.T) {
	t.Parallel()
	w, err := flexible.Compile(webhook(&service{
		Uri: "https://shop.example/$flow.id", RequestBody: `{"tags":"$session.params.tags"}`,
		ParameterMapping: map[string]string{"$flow.id": "id", "tags": "tags"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	params, err := w.Extract([]byte(`{"id":"A 7","tags":["x",{"y":1.5}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req, err := w.NewRequest(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	got := observe(t, req)
	if got.URL != "https://shop.example/A%207" || got.Body != `{"tags":["x",{"y":1.5}]}` {
		t.Errorf("have %s %s", got.URL, got.Body)
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for target, path := range compileMapping(t, map[string]string{"a": "b[0].c", "$flow.d": "$.e"}).Targets() {
		got[target] = path.String()
	}
	if diff := cmp.Diff(map[string]string{"a": "$.b[0].c", "$flow.d": "$.e"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
