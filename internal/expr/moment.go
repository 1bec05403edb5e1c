package expr

import (
	"fmt"
	"strings"
	"time"
)

// A moment is a date, a time of day or both, without a zone: the fields of
// time, which is in UTC, are those of the value.
type moment struct {
	time             time.Time
	year, month, day bool // which fields were given
	clock            bool
	whole            bool // year, month and day, hours and minutes as far as any of each is given, all numbers
	fields           int  // how many fields were given
}

func (m *moment) date() bool { return m.year || m.month || m.day }

// The fields of a date or time object.
var momentFields = [...]string{"year", "month", "day", "hours", "minutes", "seconds", "nanos"}

// toMoment reads an object such as {"year":2023,"month":7,"day":10}, or a text
// such as 2023-07-10 or 2023-07-10T10:00:00. A month or day that is missing is the first.
func toMoment(v any) (moment, bool) {
	switch v := v.(type) {
	case map[string]any:
		return objectMoment(v)
	case string:
		return textMoment(v)
	}
	return moment{}, false
}

func objectMoment(object map[string]any) (moment, bool) {
	values := [len(momentFields)]int{1, 1, 1}
	limits := [len(momentFields)]int{9999, 12, 31, 23, 59, 59, 999_999_999}
	var given [len(momentFields)]bool
	m := moment{whole: true}
	for i, name := range momentFields {
		v, ok := object[name]
		if !ok || v == nil {
			continue
		}
		n, ok := castNumber(v)
		if !ok || n != float64(int(n)) || n < 0 || int(n) > limits[i] || i < 3 && n == 0 {
			return moment{}, false
		}
		if _, isText := v.(string); isText {
			m.whole = false
		}
		values[i], given[i] = int(n), true
		m.fields++
	}
	m.year, m.month, m.day = given[0], given[1], given[2]
	m.clock = given[3] || given[4] || given[5]
	if m.date() && !(m.year && m.month && m.day) || m.clock && !(given[3] && given[4]) {
		m.whole = false
	}
	y := values[0]
	if !m.year {
		y = 2000 // a leap year: 29 February is a day
	}
	m.time = time.Date(y, time.Month(values[1]), values[2], values[3], values[4], values[5], values[6], time.UTC)
	return m, (m.date() || m.clock) && m.time.Day() == values[2]
}

func textMoment(s string) (moment, bool) {
	const longest = 40
	if len(s) < len("00:00") || len(s) > longest || s[0] < '0' || s[0] > '9' {
		return moment{}, false
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return moment{time: t, year: true, month: true, day: true}, true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{time: naive(t), year: true, month: true, day: true, clock: true}, true
		}
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{time: t, clock: true}, true
		}
	}
	return moment{}, false
}

// naive is the time in UTC that has the fields that t has in its zone.
func naive(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// append appends 2023-07-10, 10:00:00 or both with a T between.
func (m *moment) append(dst []byte) []byte {
	layout := ""
	if m.date() {
		layout = time.DateOnly
	}
	if m.clock {
		if layout != "" {
			layout += "T"
		}
		layout += time.TimeOnly
	}
	return m.time.AppendFormat(dst, layout)
}

// object returns the moment as NOW and form parameters have it.
func (m *moment) object() map[string]any {
	t, out := m.time, make(map[string]any, len(momentFields))
	if m.date() {
		out["year"], out["month"], out["day"] = float64(t.Year()), float64(t.Month()), float64(t.Day())
	}
	if m.clock {
		out["hours"], out["minutes"] = float64(t.Hour()), float64(t.Minute())
		out["seconds"], out["nanos"] = float64(t.Second()), float64(t.Nanosecond())
	}
	return out
}

func momentArg(args []any, i int) (moment, error) {
	m, ok := toMoment(args[i])
	if !ok {
		if s, isText := args[i].(string); isText {
			return m, fmt.Errorf("argument %d: %.40q is not a date", i+1, s)
		}
		return m, wrongKind(i, "a date or time", args[i])
	}
	return m, nil
}

func now(r *run, _ []any) (any, error) {
	m := moment{time: naive(r.now()), year: true, month: true, day: true, clock: true}
	return m.object(), nil
}

// addDate adds to a date or time; hours and less make a date a date with a time.
func addDate(_ *run, args []any) (any, error) {
	m, err := momentArg(args, 0)
	if err != nil {
		return nil, err
	}
	const far = 1 << 40
	n, err := intArg(args, 1, -far, far)
	if err != nil {
		return nil, err
	}
	unit, err := textArg(args, 2)
	if err != nil {
		return nil, err
	}
	if err := m.add(n, strings.TrimSuffix(strings.ToUpper(unit), "S")); err != nil {
		return nil, err
	}
	return m.object(), nil
}

const secondsOfDay = 24 * 60 * 60

func (m *moment) add(n int, unit string) error {
	seconds := 0
	switch unit {
	case "YEAR", "MONTH", "WEEK", "DAY":
		if !m.date() {
			return fmt.Errorf("the time has no date to add %sS to", unit)
		}
	case "HOUR":
		seconds = 60 * 60
	case "MINUTE":
		seconds = 60
	case "SECOND":
		seconds = 1
	default:
		return fmt.Errorf("unit %.20q: want YEARS, MONTHS, WEEKS, DAYS, HOURS, MINUTES or SECONDS", unit)
	}
	years := n
	switch unit {
	case "MONTH":
		years = n / 12
	case "WEEK":
		years = n / 52
	case "DAY":
		years = n / 365
	case "HOUR", "MINUTE", "SECOND":
		years = n / (365 * secondsOfDay / seconds)
	}
	if y := m.time.Year() + years; y < 1 || y > 9999 {
		return fmt.Errorf("the result is in the year %d, want 1 to 9999", y)
	}
	switch unit {
	case "YEAR":
		m.time = addMonths(m.time, 12*n)
	case "MONTH":
		m.time = addMonths(m.time, n)
	case "WEEK":
		m.time = m.time.AddDate(0, 0, 7*n)
	case "DAY":
		m.time = m.time.AddDate(0, 0, n)
	default:
		perDay := secondsOfDay / seconds
		m.time = m.time.AddDate(0, 0, n/perDay).Add(time.Duration(n%perDay*seconds) * time.Second)
		m.clock = true
	}
	if y := m.time.Year(); m.date() && (y < 1 || y > 9999) {
		return fmt.Errorf("the result is in the year %d, want 1 to 9999", y)
	}
	return nil
}

// addMonths keeps the day, or takes the last of a month that is too short.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

func isFutureDate(r *run, args []any) (any, error) {
	order, err := againstNow(r, args)
	return order > 0, err
}

func isPastDate(r *run, args []any) (any, error) {
	order, err := againstNow(r, args)
	return order < 0, err
}

// againstNow compares a date with today, a time of day with the time now, and
// both with now.
func againstNow(r *run, args []any) (int, error) {
	m, err := momentArg(args, 0)
	if err != nil {
		return 0, err
	}
	now := naive(r.now())
	switch {
	case !m.clock:
		now = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	case !m.date():
		now = time.Date(m.time.Year(), m.time.Month(), m.time.Day(), now.Hour(), now.Minute(), now.Second(), now.Nanosecond(), time.UTC)
	}
	return m.time.Compare(now), nil
}
