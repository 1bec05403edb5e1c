package caller_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/cxhook/cxhook/cx/caller"
)

// What a call costs beside the service's own work.
func BenchmarkCall(b *testing.B) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		jsonAnswer(`{"sessionInfo":{"parameters":{"a":1}}}`)(w, r)
	})
	flexible := flexibleHook("POST", hookURI, `{"a":"$session.params.count"}`, map[string]string{"a": "$.sessionInfo.parameters.a"})
	for _, bb := range []struct {
		name string
		c    *caller.Caller
	}{
		{"standard/process", newCaller(b, resource(), caller.ToHandler(h))},
		{"standard/socket", overSocket(b, resource(), h)},
		{"standard/socket kept alive", overSocket(b, resource(), h, caller.WithKeepAlive())},
		{"flexible/process", newCaller(b, flexible, caller.ToHandler(h))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			tn := &caller.Turn{Request: request(b, fullRequest)}
			b.ReportAllocs()
			for b.Loop() {
				if res := call(b, bb.c, tn); res.Failure != nil {
					b.Fatal(res.Failure)
				}
			}
		})
	}
}
