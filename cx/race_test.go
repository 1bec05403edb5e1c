//go:build race

package cx_test

// raceEnabled reports whether the race detector watches, which takes memory
// of its own.
const raceEnabled = true
