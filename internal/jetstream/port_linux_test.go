package jetstream_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/jetstream"
)

// A server without a port cannot be reached by another user of the machine.
// Not parallel: the process's sockets are counted.
func TestEmbeddedListensNowhere(t *testing.T) {
	before := listeners(t)
	single(t, true) // the control: a server with a port is seen
	if got := listeners(t); got != before+1 {
		t.Fatalf("%d sockets listen with a server on a port, want %d", got, before+1)
	}
	open(t, jetstream.Config{Dir: freshDir(t)})
	if got := listeners(t); got != before+1 {
		t.Errorf("%d sockets listen with an embedded server beside it, want %d", got, before+1)
	}
}

// listeners counts the TCP sockets of this process that listen.
func listeners(t *testing.T) int {
	t.Helper()
	mine := make(map[string]bool)
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if link, err := os.Readlink(fd); err == nil { // the one of the listing itself is gone
			mine[link] = true
		}
	}
	count := 0
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		text, err := os.ReadFile(table)
		if os.IsNotExist(err) { // no IPv6 here
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			const state, inode, listening = 3, 9, "0A"
			if len(f) > inode && f[state] == listening && mine[fmt.Sprintf("socket:[%s]", f[inode])] {
				count++
			}
		}
	}
	return count
}
