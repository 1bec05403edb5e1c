package jetstream_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/internal/jetstream"
)

// The watch over the store looks while streams come and go: one that is half
// made at that moment is no failure, for which the server would be stopped.
func TestStreamsInTheMakingAreNoFailure(t *testing.T) {
	t.Parallel()
	var log lines
	conn := open(t, jetstream.Config{Dir: freshDir(t), LoseOnPowerCut: true, Logger: log.logger()})
	for n, end := 0, time.Now().Add(2*time.Second); time.Now().Before(end); n++ {
		name := fmt.Sprintf("S%d", n)
		if _, err := conn.EnsureStream(t.Context(), natsjs.StreamConfig{Name: name, Subjects: []string{name}}); err != nil {
			t.Fatal(err)
		}
		if err := conn.JetStream().DeleteStream(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(log.String(), "does not write") {
		t.Errorf("the store is taken for failing:\n%s", &log)
	}
}
