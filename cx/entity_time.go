package cx

import (
	"errors"
	"fmt"
	"time"
)

// Time is a value of the system entity @sys.time: a time of day without a
// date and without a time zone.
//
//	{"hours": 16, "minutes": 30, "seconds": 0, "nanos": 0}
//
// A parameter binds only with its hours; the rest is 0 if it is missing.
type Time struct {
	Hours   int `json:"hours" cx:"hours,required"` // 0 to 23, 24 for the end of the day
	Minutes int `json:"minutes" cx:"minutes"`
	Seconds int `json:"seconds" cx:"seconds"` // 60 in a leap second
	Nanos   int `json:"nanos" cx:"nanos"`
	// Original is what the end-user said, if Dialogflow tells.
	Original string `json:"original,omitempty" cx:"original"`
}

// TimeOf returns the time of day of t in the location of t.
func TimeOf(t time.Time) Time {
	h, m, s := t.Clock()
	return Time{Hours: h, Minutes: m, Seconds: s, Nanos: t.Nanosecond()}
}

// On returns the time on a day in a time zone, by the rules of [time.Date]
// where clocks change. A nil location means UTC.
func (t Time) On(d Date, loc *time.Location) time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, t.Hours, t.Minutes, t.Seconds, t.Nanos, zone(loc))
}

// SinceMidnight returns what a clock counts from 0:00 to t.
func (t Time) SinceMidnight() time.Duration {
	return time.Duration(t.Hours)*time.Hour + time.Duration(t.Minutes)*time.Minute +
		time.Duration(t.Seconds)*time.Second + time.Duration(t.Nanos)
}

// String returns the time in the form 16:30:00, with a fraction if it has
// one.
func (t Time) String() string {
	if t.Nanos == 0 {
		return fmt.Sprintf("%02d:%02d:%02d", t.Hours, t.Minutes, t.Seconds)
	}
	return fmt.Sprintf("%02d:%02d:%02d.%09d", t.Hours, t.Minutes, t.Seconds, t.Nanos)
}

func (t Time) check() error {
	within := t.Hours >= 0 && t.Hours < 24 || t == Time{Hours: 24, Original: t.Original}
	if !within || t.Minutes < 0 || t.Minutes > 59 || t.Seconds < 0 || t.Seconds > 60 || t.Nanos < 0 || t.Nanos > 999_999_999 {
		return errors.New("want a time from 0:00 to 24:00")
	}
	return nil
}

// TimePeriod is a value of the system entity @sys.time-period: a span of time
// on any day, the end not included. An end before the start is on the next
// day.
//
//	{"startTime": {"hours": …}, "endTime": {"hours": …}}
type TimePeriod struct {
	StartTime Time `json:"startTime" cx:"startTime,required"`
	EndTime   Time `json:"endTime" cx:"endTime,required"`
	// Original is what the end-user said, if Dialogflow tells.
	Original string `json:"original,omitempty" cx:"original"`
}

// On returns the start and the end of the period that begins on a day in a
// time zone. A nil location means UTC.
func (p TimePeriod) On(d Date, loc *time.Location) (start, end time.Time) {
	start = p.StartTime.On(d, loc)
	if p.EndTime.SinceMidnight() < p.StartTime.SinceMidnight() {
		d.Day++
	}
	return start, p.EndTime.On(d, loc)
}
