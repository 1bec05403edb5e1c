package flexible_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/flexible"
)

// benchCase is a webhook of the shape of real ones: of the median, of the one
// with the largest body, of the one with the largest mapping.
type benchCase struct {
	name   string
	g      *service
	answer string
}

func benchCases() []benchCase {
	large := &service{
		Uri: "https://shop.example",
		RequestBody: `{
  "customer_number": "$session.params.customer_number",
  "article_number": "$flow.article_number",
  "delivery_kind": "$flow.delivery_kind",
  "gift_card_number": "$session.params.last_four_digits_of_gift_card",
  "gift_card_until": "$flow.gift_card_until",
  "second_card_number": "$session.params.last_four_digits_of_card",
  "order_amount": "$flow.order_amount",
  "fulfillmentInfo": {
    "tag": "placeOrderWithGiftCard"
  }
}`,
		ParameterMapping: map[string]string{"$flow.order_status": "order_status_code"},
	}
	kinds := make([]string, 6)
	for i := range kinds {
		kinds[i] = fmt.Sprintf("(@.kind == 'component_kind_%d')", i)
	}
	mapping := map[string]string{"$flow.all": "$.result", "$flow.region": "$.result.address.postal.region", "$flow.gap": "$.result.address.missing"}
	for i := range 7 {
		mapping[fmt.Sprintf("$flow.part_%d", i)] = fmt.Sprintf("$.result.address.parts[?(@.kind == 'component_kind_%d')].name.text", i)
	}
	for _, level := range []string{"CONFIRMED", "SUSPICIOUS", "PLAUSIBLE"} {
		mapping["$flow."+level] = "$.result.address.parts[?(@.level == '" + level + "' && (" + strings.Join(kinds, " || ") + "))].kind"
	}
	parts := make([]string, 8)
	for i := range parts {
		parts[i] = fmt.Sprintf(`{"kind":"component_kind_%d","level":"CONFIRMED","name":{"text":"Some Name %d","language":"en"},"inferred":%v}`, i, i, i%2 == 0)
	}
	return []benchCase{
		{
			"median", &service{
				Uri: "https://shop.example",
				RequestBody: `{
  "customer_number": "$session.params.customer_number",
  "order_number": "$flow.order_number",
  "fulfillmentInfo": {
    "tag": "findOrderOfCustomer"
  }
}`,
				ParameterMapping: map[string]string{"order_status": "order_status"},
			}, `{"order_status":"sent","code":200}`,
		},
		{"largest-body", large, `{"order_status_code":"accepted"}`},
		{
			"largest-mapping", &service{
				Uri: "https://address.example/v1:check?key=some-key&language=$session.params.language", RequestBody: `{"address":"$flow.address"}`, ParameterMapping: mapping,
			}, `{"result":{"address":{"parts":[` + strings.Join(parts, ",") + `],"postal":{"region":"NL"}},"id":"x"}}`,
		},
	}
}

func benchParams() map[string]any {
	return map[string]any{
		"customer_number": "4711-0815", "last_four_digits_of_gift_card": "1234", "last_four_digits_of_card": "5678", "language": "en",
		"$flow.order_number": 12345.0, "$flow.article_number": "tea-7", "$flow.delivery_kind": "express", "$flow.gift_card_until": "2027-01",
		"$flow.order_amount": 19.9,
		"$flow.address":      map[string]any{"lines": []any{"Rapenburg 70"}, "city": "Leiden", "region": "NL"},
	}
}

func BenchmarkNewRequest(b *testing.B) {
	for _, c := range benchCases() {
		b.Run(c.name, func(b *testing.B) {
			w, err := flexible.Compile(webhook(c.g))
			if err != nil {
				b.Fatal(err)
			}
			params := benchParams()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.NewRequest(b.Context(), params); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTemplate renders the body alone, into a buffer that is used again.
func BenchmarkTemplate(b *testing.B) {
	for _, c := range benchCases() {
		b.Run(c.name, func(b *testing.B) {
			body, err := flexible.ParseBody(c.g.RequestBody)
			if err != nil {
				b.Fatal(err)
			}
			env := &flexible.Env{Scope: flexible.Params(benchParams())}
			buf, err := body.Append(nil, env)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				if buf, err = body.Append(buf[:0], env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkExtract(b *testing.B) {
	for _, c := range benchCases() {
		b.Run(c.name, func(b *testing.B) {
			w, err := flexible.Compile(webhook(c.g))
			if err != nil {
				b.Fatal(err)
			}
			answer := []byte(c.answer)
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.Extract(answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, c := range benchCases() {
		b.Run(c.name, func(b *testing.B) {
			w := webhook(c.g)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := flexible.Compile(w); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
