package param

import (
	"math"
	"time"
)

// UnitDuration returns the length of one unit of the system entity
// @sys.duration, if all units of its kind have the same length: s, min, h,
// day and wk, and what they are called in full. A month or a year has no
// length of its own. A day is 24 hours.
func UnitDuration(unit string) (time.Duration, bool) {
	switch unit {
	case "ms", "millisecond", "milliseconds":
		return time.Millisecond, true
	case "s", "sec", "second", "seconds":
		return time.Second, true
	case "min", "minute", "minutes":
		return time.Minute, true
	case "h", "hr", "hour", "hours":
		return time.Hour, true
	case "day", "days", "d":
		return 24 * time.Hour, true
	case "wk", "week", "weeks":
		return 7 * 24 * time.Hour, true
	}
	return 0, false
}

// Multiply returns amount units, rounded to the nanosecond, and whether the
// product is a time.Duration.
func Multiply(amount float64, unit time.Duration) (time.Duration, bool) {
	d := math.Round(amount * float64(unit))
	// 2^63 is the first double beyond; NaN compares false.
	if !(math.Abs(d) < 1<<63) {
		return 0, false
	}
	return time.Duration(d), true
}
