//go:build unix

package auth_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// TestSecretFilePipe: opening a pipe that nobody writes to would wait for ever.
func TestSecretFilePipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	answer := make(chan error, 1)
	go func() {
		w, err := auth.SecretFile(t.Context(), path, auth.SecretWatchConfig{})
		if err == nil {
			w.Close()
		}
		answer <- err
	}()
	select {
	case err := <-answer:
		if err == nil {
			t.Error("accepted")
		}
	case <-time.After(20 * time.Second): // finds hangs
		t.Error("opening waits for a writer")
		writer, err := os.OpenFile(path, os.O_WRONLY, 0) // lets it go on
		if err != nil {
			t.Fatal(err)
		}
		_ = writer.Close()
		<-answer
	}
}
