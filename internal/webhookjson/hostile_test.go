package webhookjson_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// hostile returns bodies of about size bytes that are made to cost as much as
// they can, by what they strain.
func hostile(size int) map[string][]byte {
	fill := func(before, unit, after string) []byte {
		n := max(1, (size-len(before)-len(after))/len(unit))
		return []byte(before + strings.Repeat(unit, n-1) + strings.TrimSuffix(unit, ",") + after)
	}
	deep := strings.Repeat(`{"":`, 58) + "0" + strings.Repeat("}", 58)
	return map[string][]byte{
		"empty objects":             fill(`{"payload":{"a":[`, `{},`, `]}}`),
		"objects of one":            fill(`{"payload":{"a":[`, `{"":0},`, `]}}`),
		"deep objects":              fill(`{"payload":{"a":[`, deep+",", `]}}`),
		"as many as are accepted":   []byte(`{"payload":{"a":[` + strings.TrimSuffix(strings.Repeat(deep+",", min(size/len(deep)-1, (webhookjson.DefaultElements-4)/59)), ",") + `]}}`),
		"deep lists":                fill(`{"payload":{"a":[`, strings.Repeat("[", 58)+strings.Repeat("]", 58)+",", `]}}`),
		"short strings":             fill(`{"payload":{"a":[`, `"",`, `]}}`),
		"escapes":                   fill(`{"payload":{"a":[`, `"\u00e9",`, `]}}`),
		"long numbers":              fill(`{"payload":{"a":[`, `0.10000000000000000555111512312578270211815834045410156250001,`, `]}}`),
		"one number":                fill(`{"payload":{"a":0.`, `1`, `}}`),
		"many messages":             fill(`{"messages":[`, `{"outputAudioText":{}},`, `]}`),
		"enum numbers":              fill(`{"messages":[`, `{"responseType":1e0},`, `]}`),
		"audio":                     fill(`{"messages":[{"mixedAudio":{"segments":[`, `{"audio":""},`, `]}}]}`),
		"names of extensions":       fill(`{`, `"[a]":0,`, `}`),
		"names that collide a bit":  fill(`{`, `"languageCodf":0,`, `}`),
		"unknown, deep":             fill(`{"x":[`, strings.Repeat("[", 60)+strings.Repeat("]", 60)+",", `]}`),
		"form parameters":           fill(`{"pageInfo":{"formInfo":{"parameterInfo":[`, `{"value":[]},`, `]}}}`),
		"blanks":                    fill(`{`, ` `, `}`),
		"duplicates at the far end": fill(`{"payload":{`, `"a":0,`, `}}`),
	}
}

// How much a hostile body costs is printed; the bound is ten times what it
// costs on a slow machine, and far below what protojson needs.
func TestHostileBodiesAreCheap(t *testing.T) {
	for name, body := range hostile(64 << 10) {
		var req cxpb.WebhookRequest
		best := time.Hour
		var err error
		for range 5 {
			start := time.Now()
			err = webhookjson.Decode(body, &req, webhookjson.Limits{})
			best = min(best, time.Since(start))
		}
		if err != nil && !errors.Is(err, webhookjson.ErrSyntax) {
			t.Errorf("%s: %v", name, err)
		}
		if best > 300*time.Millisecond {
			t.Errorf("%s takes %v", name, best)
		}
		t.Logf("%-26s %8v accepted %v", name, best, err == nil)
	}
}

// The memory that a body of 1 MiB can make the decoder hold is bounded by the
// cap on elements: this is what a limit on the bytes in work is computed from.
func TestHostileBodiesAreSmall(t *testing.T) {
	const most = 32 << 20
	for name, body := range hostile(1 << 20) {
		var before, after runtime.MemStats
		req := new(cxpb.WebhookRequest)
		runtime.GC()
		runtime.ReadMemStats(&before)
		err := webhookjson.Decode(body, req, webhookjson.Limits{})
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > most {
			t.Errorf("%s allocates %d bytes, want at most %d", name, got, most)
		} else {
			t.Logf("%-26s %9d bytes, accepted %v", name, got, err == nil)
		}
		runtime.KeepAlive(req)
	}
}
