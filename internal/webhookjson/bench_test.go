package webhookjson_test

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"fmt"
	"github.com/cxhook/cxhook/internal/bench/body"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"google.golang.org/protobuf/encoding/protojson"
	"testing"
)

func BenchmarkCodec(b *testing.B) {
	for _, n := range []int{1 << 10, 4 << 10, 16 << 10, 60 << 10, 1 << 20} {
		for style, sn := range []string{"pretty", "compact"} {
			raw := body.Request(n, body.Style(style))
			b.Run(fmt.Sprintf("%d/%s/protojson", n, sn), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					var r cxpb.WebhookRequest
					protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: 64}.Unmarshal(raw, &r)
				}
			})
			b.Run(fmt.Sprintf("%d/%s/decode", n, sn), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					var r cxpb.WebhookRequest
					if err := webhookjson.Decode(raw, &r, wide); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("%d/%s/scan", n, sn), func(b *testing.B) {
				b.ReportAllocs()
				var r webhookjson.Raw
				for b.Loop() {
					r.Scan(raw, wide)
				}
			})
		}
	}
	for _, n := range []int{300, 2 << 10, 60 << 10} {
		resp := body.Response(n)
		b.Run(fmt.Sprintf("%d/protojson-encode", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				protojson.Marshal(resp)
			}
		})
		var buf []byte
		b.Run(fmt.Sprintf("%d/encode", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				buf, _ = webhookjson.Append(buf[:0], resp)
			}
		})
		b.Log(n, len(buf))
	}
}
