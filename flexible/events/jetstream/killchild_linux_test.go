package jetstream_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// prepareChild mounts the child's file system and lets any process of this
// user trace the child, which some systems allow its ancestors alone.
func prepareChild(cfg childConfig) error {
	const setPtracer, anyProcess = 0x59616d61, ^uintptr(0)
	// Systems without that restriction answer EINVAL.
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setPtracer, anyProcess, 0)
	if cfg.Tmpfs == "" {
		return nil
	}
	dir := filepath.Dir(cfg.Dir)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+cfg.Tmpfs); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	return os.WriteFile(ballast(cfg), make([]byte, 512<<10), 0o600)
}
