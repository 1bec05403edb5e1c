package cx

import (
	"encoding/json"
	"errors"
	"reflect"
	"time"

	"github.com/cxhook/cxhook/internal/param"
)

// When is any value of the system entity @sys.date-time: a day, a day with a
// time, a period of days, a period between two times of given days, and of
// the entities that say less: a time of day or a period of a day. Exactly one
// field is set.
type When struct {
	DateTime       *DateTime
	DatePeriod     *DatePeriod
	DateTimePeriod *DateTimePeriod
	Time           *Time
	TimePeriod     *TimePeriod
}

// Bounds returns the first moment that w means and the first after it, in a
// time zone: equal for a point in time, a day apart for a day. It reports
// false if w says no date. A nil location means UTC.
func (w When) Bounds(loc *time.Location) (start, end time.Time, ok bool) {
	switch {
	case w.DateTime != nil:
		day := w.DateTime.Date()
		if w.DateTime.DateOnly {
			start, end = DatePeriod{StartDate: day, EndDate: day}.Bounds(loc)
		} else {
			start = w.DateTime.In(loc)
			end = start
		}
	case w.DatePeriod != nil:
		start, end = w.DatePeriod.Bounds(loc)
	case w.DateTimePeriod != nil:
		start, end = w.DateTimePeriod.Bounds(loc)
	default:
		return start, end, false
	}
	return start, end, true
}

// Original returns what the end-user said, if Dialogflow tells.
func (w When) Original() string {
	switch {
	case w.DateTime != nil:
		return w.DateTime.Original
	case w.DatePeriod != nil:
		return w.DatePeriod.Original
	case w.DateTimePeriod != nil:
		return w.DateTimePeriod.Original
	case w.Time != nil:
		return w.Time.Original
	case w.TimePeriod != nil:
		return w.TimePeriod.Original
	}
	return ""
}

var (
	datePeriodForms     = formDecoder[DatePeriod](nil)
	dateTimePeriodForms = formDecoder[DateTimePeriod](map[reflect.Type]func(any, param.Value) error{
		reflect.TypeFor[DateTime](): func(ptr any, v param.Value) error { return ptr.(*DateTime).read(v) },
	})
	timeForms       = formDecoder[Time](nil)
	timePeriodForms = formDecoder[TimePeriod](nil)
)

func (w *When) read(v param.Value) error {
	var next When
	var err error
	switch {
	case !v.Find("startDateTime", "endDateTime").Absent():
		next.DateTimePeriod = new(DateTimePeriod)
		err = decodeForm(dateTimePeriodForms, next.DateTimePeriod, v)
	case !v.Find("startDate", "endDate").Absent():
		next.DatePeriod = new(DatePeriod)
		err = decodeForm(datePeriodForms, next.DatePeriod, v)
	case !v.Find("startTime", "endTime").Absent():
		next.TimePeriod = new(TimePeriod)
		err = decodeForm(timePeriodForms, next.TimePeriod, v)
	case !v.Find("year", "month", "day").Absent():
		next.DateTime = new(DateTime)
		err = next.DateTime.read(v)
	case !v.Find("hours").Absent():
		next.Time = new(Time)
		err = decodeForm(timeForms, next.Time, v)
	default:
		err = errors.New("want a date, a time or a period")
	}
	if err == nil {
		*w = next
	}
	return err
}

// MarshalJSON returns the form that Dialogflow delivers. A When that says
// nothing is null.
func (w When) MarshalJSON() ([]byte, error) {
	switch {
	case w.DateTime != nil:
		return json.Marshal(w.DateTime)
	case w.DatePeriod != nil:
		return json.Marshal(w.DatePeriod)
	case w.DateTimePeriod != nil:
		return json.Marshal(w.DateTimePeriod)
	case w.Time != nil:
		return json.Marshal(w.Time)
	case w.TimePeriod != nil:
		return json.Marshal(w.TimePeriod)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON writes, by the rules of [Bind].
func (w *When) UnmarshalJSON(data []byte) error { return unmarshal(data, w.read) }
