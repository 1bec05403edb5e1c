package refusal

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// module is how the stacks of this module's goroutines are told from others.
const module = "github.com/cxhook/cxhook/"

// settle is how long goroutines may take to end after the last test.
const settle = 10 * time.Second

// Main runs the tests of a package and fails when a goroutine of the module
// outlives them. Call it from TestMain with os.Exit.
func Main(m *testing.M) int {
	code := m.Run()
	deadline := time.Now().Add(settle)
	left := goroutines()
	for len(left) > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond) // nothing signals the end of a goroutine
		left = goroutines()
	}
	if len(left) > 0 {
		fmt.Fprintf(os.Stderr, "%d goroutines left after the tests:\n%s\n", len(left), strings.Join(left, "\n\n"))
		return max(code, 1)
	}
	return code
}

// goroutines returns the stacks of all goroutines but the caller's that run
// code of the module.
func goroutines() []string {
	buf := make([]byte, 1<<20)
	all := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	var found []string
	for _, stack := range all[1:] {
		if strings.Contains(stack, module) {
			found = append(found, stack)
		}
	}
	return found
}
