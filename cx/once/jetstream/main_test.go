package jetstream_test

import (
	"os"
	"testing"

	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

func TestMain(m *testing.M) {
	clustertest.RunNode() // does not return in a node
	os.Exit(m.Run())
}
