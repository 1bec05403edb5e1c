package jetstream_test

import (
	"os"
	"testing"

	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

func TestMain(m *testing.M) {
	clustertest.RunNode()
	os.Exit(m.Run())
}
