//go:build unix

package auth_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

// TestSecretFilePipe: opening a pipe that nobody writes to would wait for ever.
func TestSecretFilePipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if w, err := auth.SecretFile(t.Context(), path, auth.SecretWatchConfig{}); err == nil {
		w.Close()
		t.Error("accepted")
	}
}
