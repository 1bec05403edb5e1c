package jetstream_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/internal/jetstream"
)

// Not parallel: every goroutine of a server in the process is one of its own.
func TestCloseLeavesNoGoroutine(t *testing.T) {
	for range 3 {
		conn := open(t, jetstream.Config{Dir: freshDir(t)})
		_, err := conn.EnsureKeyValue(t.Context(), natsjs.KeyValueConfig{Bucket: "B"})
		if err != nil {
			t.Fatal(err)
		}
		kv, err := conn.JetStream().KeyValue(t.Context(), "B")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kv.Create(t.Context(), "k", []byte("v")); err != nil {
			t.Fatal(err)
		}
		shut(t, conn)
	}
	var left []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); runtime.Gosched() {
		if left = engineGoroutines(); len(left) == 0 {
			return
		}
	}
	t.Errorf("%d goroutines left after Close, the first:\n%s", len(left), left[0])
}

func engineGoroutines() []string {
	buf := make([]byte, 4<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var list []string
	for _, stack := range strings.Split(string(buf), "\n\n") {
		if strings.Contains(stack, "engineGoroutines") {
			continue
		}
		if strings.Contains(stack, "github.com/nats-io/") || strings.Contains(stack, "internal/jetstream.") {
			list = append(list, stack)
		}
	}
	return list
}
