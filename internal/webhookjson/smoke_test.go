package webhookjson_test

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/corpus"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"os"
	"path/filepath"
	"testing"
)

func TestCorpusSmoke(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus.Dir(t, "recorded"), "request-*.json"))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		same(t, b)
	}
}
func BenchmarkX(b *testing.B) {
	body, _ := os.ReadFile("/work/shared/corpus/recorded/request-39.json")
	b.Run("protojson", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			reference(body)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r cxpb.WebhookRequest
			webhookjson.Decode(body, &r, wide)
		}
	})
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		var r webhookjson.Raw
		for b.Loop() {
			r.Scan(body, wide)
		}
	})
}
