//go:build !unix

package main

import "time"

// cpuTime is not known here; the columns that need it stay empty.
func cpuTime() time.Duration { return 0 }
