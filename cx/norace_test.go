//go:build !race

package cx_test

const raceEnabled = false
