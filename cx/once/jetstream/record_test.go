package jetstream_test

import (
	"bytes"
	"testing"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/jetstream"
)

// A record that is read is one that could have been written.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("cxk\x01d\x00\x00\x00\x00\x00\x00\x00\x07result"))
	f.Add([]byte("cxk\x01r\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"))
	f.Add([]byte("cxk\x01x\x00\x00\x00\x00\x00\x00\x00\x07"))
	f.Fuzz(func(t *testing.T, b []byte) {
		again, state, err := jetstream.Reread(b)
		if err != nil {
			return
		}
		if state == once.Running {
			again = append(again[:5:5], append(b[5:13:13], again[13:]...)...) // the claim of a running one is not read
		}
		if !bytes.Equal(again, b) {
			t.Errorf("%q is read as %v and written as %q", b, state, again)
		}
	})
}
