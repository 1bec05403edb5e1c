package cx

import (
	"bytes"
	"errors"
	"time"

	"github.com/cxhook/cxhook/internal/param"
)

// DateTime is a point of the system entity @sys.date-time: a day with or
// without a time, and without a time zone.
//
//	{"year": 2026, "month": 11, "day": 22, "hours": 16, "minutes": 30, "seconds": 0, "nanos": 0}
//	{"year": 2026, "month": 11, "day": 22}
//
// The same entity delivers periods, which do not bind to a DateTime. See
// [When], which takes all of them.
type DateTime struct {
	Year, Month, Day               int
	Hours, Minutes, Seconds, Nanos int
	// DateOnly says that the end-user named a day and no time. Then the
	// hours and what follows are 0 and not part of the value.
	DateOnly bool
	// Original is what the end-user said, if Dialogflow tells.
	Original string
}

// DateTimeOf returns date and time of t in the location of t.
func DateTimeOf(t time.Time) DateTime { return dateTime(DateOf(t), TimeOf(t)) }

func dateTime(d Date, t Time) DateTime {
	return DateTime{
		Year: d.Year, Month: d.Month, Day: d.Day,
		Hours: t.Hours, Minutes: t.Minutes, Seconds: t.Seconds, Nanos: t.Nanos,
	}
}

// Date returns the day of d.
func (d DateTime) Date() Date { return Date{Year: d.Year, Month: d.Month, Day: d.Day} }

// Time returns the time of day of d.
func (d DateTime) Time() Time {
	return Time{Hours: d.Hours, Minutes: d.Minutes, Seconds: d.Seconds, Nanos: d.Nanos}
}

// In returns the point in a time zone; the start of the day if there is no
// time. A nil location means UTC.
func (d DateTime) In(loc *time.Location) time.Time { return d.Time().On(d.Date(), loc) }

// String returns d in the form 2026-11-22T16:30:00, or the date alone.
func (d DateTime) String() string {
	if d.DateOnly {
		return d.Date().String()
	}
	return d.Date().String() + "T" + d.Time().String()
}

// dateTimeForm is the JSON of a [DateTime].
type dateTimeForm struct {
	Year     int    `json:"year" cx:"year,required"`
	Month    int    `json:"month" cx:"month,required"`
	Day      int    `json:"day" cx:"day,required"`
	Hours    *int   `json:"hours,omitempty" cx:"hours"`
	Minutes  *int   `json:"minutes,omitempty" cx:"minutes"`
	Seconds  *int   `json:"seconds,omitempty" cx:"seconds"`
	Nanos    *int   `json:"nanos,omitempty" cx:"nanos"`
	Original string `json:"original,omitempty" cx:"original"`
}

var dateTimeForms = formDecoder[dateTimeForm](nil)

func (d *DateTime) read(v param.Value) error {
	var f dateTimeForm
	if err := decodeForm(dateTimeForms, &f, v); err != nil {
		return err
	}
	day := Date{Year: f.Year, Month: f.Month, Day: f.Day}
	clock := Time{Hours: value(f.Hours), Minutes: value(f.Minutes), Seconds: value(f.Seconds), Nanos: value(f.Nanos)}
	if err := day.check(); err != nil {
		return err
	}
	if err := clock.check(); err != nil {
		return err
	}
	*d = dateTime(day, clock)
	d.DateOnly, d.Original = f.Hours == nil, f.Original
	if d.DateOnly && clock != (Time{}) {
		return errors.New("want hours where there are minutes or seconds")
	}
	return nil
}

// value returns what p points to, or 0.
func value(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value, with or without DateOnly.
func (d DateTime) MarshalJSON() ([]byte, error) {
	f := dateTimeForm{Year: d.Year, Month: d.Month, Day: d.Day, Original: d.Original}
	if !d.DateOnly {
		f.Hours, f.Minutes, f.Seconds, f.Nanos = &d.Hours, &d.Minutes, &d.Seconds, &d.Nanos
	}
	return orNull(d == DateTime{DateOnly: d.DateOnly}, f)
}

// UnmarshalJSON reads what MarshalJSON writes, by the rules of [Bind].
func (d *DateTime) UnmarshalJSON(data []byte) error { return unmarshal(data, d.read) }

// unmarshal is the common part of UnmarshalJSON methods: null is no value, and
// invalid UTF-8 is replaced as package json does.
func unmarshal(data []byte, read func(param.Value) error) error {
	v := param.JSON(bytes.ToValidUTF8(data, []byte("\uFFFD")))
	if v.Absent() {
		return nil
	}
	return read(v)
}

// DateTimePeriod is a span from one point to another, the end not included.
// The system entity @sys.date-time delivers it, for example for "tomorrow
// from 3 to 4".
//
//	{"startDateTime": {"year": …, "hours": …}, "endDateTime": {"year": …, "hours": …}}
type DateTimePeriod struct {
	StartDateTime DateTime `json:"startDateTime" cx:"startDateTime,required"`
	EndDateTime   DateTime `json:"endDateTime" cx:"endDateTime,required"`
	// Original is what the end-user said, if Dialogflow tells.
	Original string `json:"original,omitempty" cx:"original"`
}

// Bounds returns start and end in a time zone. A nil location means UTC. An
// end without a time is the end of that day.
func (p DateTimePeriod) Bounds(loc *time.Location) (start, end time.Time) {
	e := p.EndDateTime
	if e.DateOnly {
		e.Day++
	}
	return p.StartDateTime.In(loc), e.In(loc)
}

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value.
func (p DateTimePeriod) MarshalJSON() ([]byte, error) {
	type plain DateTimePeriod
	return orNull(p == DateTimePeriod{}, plain(p))
}
