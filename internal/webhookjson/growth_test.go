package webhookjson_test

import (
	"runtime"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/internal/bench/body"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// What a body costs grows with its length and no faster: from 16 KB, where the
// frame of a request no longer counts, to the largest body that is accepted by
// default. Memory is compared, since it is the same in every run; times are
// printed, and bounded where the work would be quadratic.
func TestGrowthIsLinear(t *testing.T) {
	var req cxpb.WebhookRequest
	var raw webhookjson.Raw
	work := map[string]func(in []byte) error{
		"Decode": func(in []byte) error { return webhookjson.Decode(in, &req, webhookjson.Limits{}) },
		"Scan":   func(in []byte) error { raw = webhookjson.Raw{}; return raw.Scan(in, webhookjson.Limits{}) },
	}
	for name, do := range work {
		var first, firstTime float64
		for _, size := range []int{16 << 10, 64 << 10, 256 << 10, 1 << 20} {
			in := body.Request(size, body.Pretty)
			memory, took := 1e18, time.Hour
			for range 5 { // the least, since scratch space is allocated now and then
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				err := do(in)
				took = min(took, time.Since(start))
				runtime.ReadMemStats(&after)
				if err != nil {
					t.Fatal(err)
				}
				memory = min(memory, float64(after.TotalAlloc-before.TotalAlloc))
			}
			perByte, timePerByte := memory/float64(len(in)), float64(took)/float64(len(in))
			t.Logf("%s of %7d bytes: %5.2f bytes and %5.2f ns for each", name, len(in), perByte, timePerByte)
			if first == 0 {
				first, firstTime = perByte, timePerByte
			}
			// Large bodies leave the scratch space that is kept.
			if perByte > 2*first+1 {
				t.Errorf("%s of %d bytes allocates %.2f bytes for each, of the smallest %.2f", name, len(in), perByte, first)
			}
			if timePerByte > 30*firstTime { // quadratic work would take 64 times as long
				t.Errorf("%s of %d bytes takes %.2f ns for each, of the smallest %.2f", name, len(in), timePerByte, firstTime)
			}
		}
	}
}
