package jetstream

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

// lockName is the file whose lock makes the directory one process's own. The
// server keeps its data in a folder beside it and takes no lock.
const lockName = "lock"

// openDir makes the directory if it is missing, checks that it is the owner's
// alone and takes its lock, which ends with the process at the latest.
func openDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDir, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%w: %q is not a directory", ErrDir, dir)
	}
	// Windows has access lists in place of mode bits.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%w: %q has the mode %04o, want 0700; a directory that does not exist is made with it", ErrDir, dir, mode)
	}
	lock := flock.New(filepath.Join(dir, lockName), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %q takes no lock: %w", ErrDir, dir, err), lock.Close())
	}
	if !locked {
		return nil, errors.Join(fmt.Errorf("%w: %q", ErrInUse, dir), lock.Close())
	}
	return lock, nil
}

// writable reports whether the directory takes a small file and flushes it.
// It is asked before a server that ran out of space is started again.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	// More than a file's metadata, so that it needs blocks of its own.
	_, err = f.Write(make([]byte, probeBytes))
	return errors.Join(err, f.Sync(), f.Close())
}

const probeBytes = 64 << 10
