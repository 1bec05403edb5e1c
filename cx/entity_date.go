package cx

import (
	"errors"
	"fmt"
	"time"
)

// Date is a value of the system entity @sys.date: a day without a time and
// without a time zone.
//
//	{"year": 2026, "month": 11, "day": 22}
//
// A parameter binds only with all three numbers and if there is such a day.
type Date struct {
	Year  int `json:"year" cx:"year,required"`
	Month int `json:"month" cx:"month,required"` // 1 is January
	Day   int `json:"day" cx:"day,required"`
	// Original is what the end-user said, if Dialogflow tells.
	Original string `json:"original,omitempty" cx:"original"`
}

// DateOf returns the day of t in the location of t.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{Year: y, Month: int(m), Day: d}
}

// In returns the start of the day in a time zone. A nil location means UTC.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, zone(loc))
}

// String returns the date in the form 2026-11-22.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// IsZero reports whether d has no year, month and day.
func (d Date) IsZero() bool { return d.Year == 0 && d.Month == 0 && d.Day == 0 }

func (d Date) check() error {
	if d.Year < 1 || d.Year > 9999 || DateOf(d.In(nil)) != (Date{Year: d.Year, Month: d.Month, Day: d.Day}) {
		return errors.New("want a day of the calendar from year 1 to 9999")
	}
	return nil
}

// zone returns loc, or UTC for nil.
func zone(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}

// DatePeriod is a value of the system entity @sys.date-period: a run of days,
// the last included.
//
//	{"startDate": {"year": …}, "endDate": {"year": …}}
type DatePeriod struct {
	StartDate Date `json:"startDate" cx:"startDate,required"`
	EndDate   Date `json:"endDate" cx:"endDate,required"`
	// Original is what the end-user said, if Dialogflow tells.
	Original string `json:"original,omitempty" cx:"original"`
}

// Bounds returns the start of the first day and the start of the day after
// the last in a time zone. A nil location means UTC.
func (p DatePeriod) Bounds(loc *time.Location) (start, end time.Time) {
	e := p.EndDate
	e.Day++
	return p.StartDate.In(loc), e.In(loc)
}

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value.
func (d Date) MarshalJSON() ([]byte, error) {
	type plain Date
	return orNull(d == Date{}, plain(d))
}

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value.
func (p DatePeriod) MarshalJSON() ([]byte, error) {
	type plain DatePeriod
	return orNull(p == DatePeriod{}, plain(p))
}
