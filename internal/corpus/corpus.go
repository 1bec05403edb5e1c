// Package corpus finds the measuring material that lies beside the module:
// exported agents, webhook resources, recorded bodies and test vectors. It is
// for tests only, and the only place that decides whether they are skipped.
package corpus

import (
	"os"
	"path/filepath"
	"testing"
)

// Variable names the environment variable that says where the material is.
const Variable = "CXHOOK_SHARED"

// Dir returns the path of a file or folder of the material, joined from elem.
// Without the environment variable it looks in the folder named shared beside
// the module and skips the test when there is none. With the variable, a
// missing path fails the test.
func Dir(tb testing.TB, elem ...string) string {
	tb.Helper()
	root, set := os.LookupEnv(Variable)
	if !set {
		root = filepath.Join(moduleRoot(tb), "..", "shared")
	}
	path := filepath.Join(append([]string{root, "corpus"}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		if set {
			tb.Fatalf("corpus: %s is set, but %v", Variable, err)
		}
		tb.Skipf("corpus: no measuring material here (%v); set %s to its folder", err, Variable)
	}
	return path
}

func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("corpus: no go.mod above the test's folder")
		}
		dir = parent
	}
}
