package cx_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // where the system has no time zones

	"github.com/cxhook/cxhook/cx"
	"github.com/google/go-cmp/cmp"
)

// entity binds one JSON value to T on both roads and compares. A value that
// binds must marshal to JSON that means the same.
func entity[T cx.ParamType](t *testing.T, text string, want T, kind error) {
	t.Helper()
	body := `{"sessionInfo":{"parameters":{"v":` + text + `}}}`
	var fromBody struct {
		V T `cx:"v"`
	}
	_, rawErr := cx.ServeBody(t.Context(), keep(&fromBody), []byte(body))
	fromMessage, err := cx.Param[T](request(t, body), "v")
	if !errors.Is(err, kind) || !errors.Is(rawErr, kind) {
		t.Errorf("%T %s: errors %v and %v, want %v", want, text, rawErr, err, kind)
		return
	}
	if kind != nil {
		return
	}
	for road, got := range map[string]T{"body": fromBody.V, "message": fromMessage} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%T %s from the %s (-want +got):\n%s", want, text, road, diff)
		}
	}
	again, err := json.Marshal(fromMessage)
	if err != nil {
		t.Fatal(err)
	}
	var x, y any
	if err := errors.Join(json.Unmarshal([]byte(text), &x), json.Unmarshal(again, &y)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x, y); diff != "" {
		t.Errorf("%T %s marshals to another value (-want +got):\n%s", want, text, diff)
	}
	resp, err := cx.Respond(cx.SetParam("v", fromMessage))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x, resp.GetSessionInfo().GetParameters()["v"].AsInterface()); diff != "" {
		t.Errorf("%T %s is set as another value (-want +got):\n%s", want, text, diff)
	}
	var back T
	if err := json.Unmarshal(again, &back); err != nil || !cmp.Equal(back, want) {
		t.Errorf("%T %s reads back as %v, %v", want, again, back, err)
	}
}

const (
	day      = `{"year":2026,"month":11,"day":22}`
	clock    = `{"hours":16,"minutes":30,"seconds":0,"nanos":0}`
	midnight = `{"hours":0,"minutes":0,"seconds":0,"nanos":0}`
	moment   = `{"year":2026,"month":11,"day":22,"hours":16,"minutes":30,"seconds":0,"nanos":0}`
)

var (
	theDay    = cx.Date{Year: 2026, Month: 11, Day: 22}
	theClock  = cx.Time{Hours: 16, Minutes: 30}
	theMoment = cx.DateTime{Year: 2026, Month: 11, Day: 22, Hours: 16, Minutes: 30}
	onlyDay   = cx.DateTime{Year: 2026, Month: 11, Day: 22, DateOnly: true}
)

func TestDateAndTimeEntities(t *testing.T) {
	t.Parallel()
	entity(t, day, theDay, nil)
	entity(t, `{"year":2026.0,"month":11.0,"day":22.0,"original":"tomorrow"}`, cx.Date{Year: 2026, Month: 11, Day: 22, Original: "tomorrow"}, nil)
	entity(t, `{"year":2028,"month":2,"day":29}`, cx.Date{Year: 2028, Month: 2, Day: 29}, nil)
	entity(t, `{"year":2026,"month":2,"day":29}`, cx.Date{}, cx.ErrParamFormat)
	entity(t, `{"year":0,"month":2,"day":2}`, cx.Date{}, cx.ErrParamFormat)
	entity(t, `{"year":10000,"month":2,"day":2}`, cx.Date{}, cx.ErrParamFormat)
	entity(t, `{"month":2,"day":2}`, cx.Date{}, cx.ErrParamMissing)
	entity(t, `{"year":2026,"month":2.5,"day":2}`, cx.Date{}, cx.ErrParamType)
	entity(t, `"2026-11-22"`, cx.Date{}, cx.ErrParamType)
	entity(t, `{"startDate":`+day+`,"endDate":`+day+`}`, cx.Date{}, cx.ErrParamMissing)
	entity(t, `[`+day+`]`, []cx.Date{theDay}, nil)

	entity(t, clock, theClock, nil)
	entity(t, midnight, cx.Time{}, nil)
	entity(t, `{"hours":24,"minutes":0,"seconds":0,"nanos":0}`, cx.Time{Hours: 24}, nil)
	for _, bad := range []string{
		`{"hours":25}`, `{"hours":24,"minutes":1}`, `{"hours":-1}`, `{"hours":1,"minutes":60}`,
		`{"hours":1,"seconds":61}`, `{"hours":1,"nanos":1000000000}`, `{"hours":1,"minutes":-1}`,
	} {
		entity(t, bad, cx.Time{}, cx.ErrParamFormat)
	}
	entity(t, `{"startTime":`+clock+`}`, cx.Time{}, cx.ErrParamMissing)

	entity(t, moment, theMoment, nil)
	entity(t, day, onlyDay, nil)
	entity(t, `{"year":2026,"month":11,"day":22,"minutes":30}`, cx.DateTime{}, cx.ErrParamFormat)
	entity(t, `{"year":2026,"month":11,"day":31}`, cx.DateTime{}, cx.ErrParamFormat)
	entity(t, `{"year":2026,"month":11,"day":22,"hours":25}`, cx.DateTime{}, cx.ErrParamFormat)
	entity(t, `{"startDate":`+day+`,"endDate":`+day+`}`, cx.DateTime{}, cx.ErrParamMissing)
	entity(t, `"soon"`, cx.DateTime{}, cx.ErrParamType)
}

func TestPeriodEntities(t *testing.T) {
	t.Parallel()
	days := `{"startDate":` + day + `,"endDate":{"year":2026,"month":11,"day":30},"original":"this month"}`
	times := `{"startTime":` + clock + `,"endTime":` + midnight + `}`
	moments := `{"startDateTime":` + moment + `,"endDateTime":` + day + `}`
	theDays := cx.DatePeriod{StartDate: theDay, EndDate: cx.Date{Year: 2026, Month: 11, Day: 30}, Original: "this month"}
	theTimes := cx.TimePeriod{StartTime: theClock}
	theMoments := cx.DateTimePeriod{StartDateTime: theMoment, EndDateTime: onlyDay}
	entity(t, days, theDays, nil)
	entity(t, times, theTimes, nil)
	entity(t, moments, theMoments, nil)
	entity(t, day, cx.DatePeriod{}, cx.ErrParamMissing)
	entity(t, `{"startDate":`+day+`,"endDate":{"year":2026,"month":11,"day":31}}`, cx.DatePeriod{}, cx.ErrParamFormat)
	entity(t, `{"startDate":`+day+`}`, cx.DatePeriod{}, cx.ErrParamMissing)

	entity(t, day, cx.When{DateTime: &onlyDay}, nil)
	entity(t, moment, cx.When{DateTime: &theMoment}, nil)
	entity(t, days, cx.When{DatePeriod: &theDays}, nil)
	entity(t, moments, cx.When{DateTimePeriod: &theMoments}, nil)
	entity(t, clock, cx.When{Time: &theClock}, nil)
	entity(t, times, cx.When{TimePeriod: &theTimes}, nil)
	for text, kind := range map[string]error{
		`{}`: cx.ErrParamFormat, `"soon"`: cx.ErrParamFormat, `[]`: cx.ErrParamFormat,
		`{"startDate":` + day + `}`: cx.ErrParamMissing, `{"year":2026}`: cx.ErrParamMissing, `{"hours":99}`: cx.ErrParamFormat,
	} {
		if _, err := cx.Param[cx.When](session(t, `{"v":`+text+`}`), "v"); !errors.Is(err, kind) {
			t.Errorf("%s as a When: error %v, want %v", text, err, kind)
		}
	}
	if _, err := cx.Param[cx.When](session(t, `{"v":{"startDate":`+day+`,"endDate":{"year":1}}}`), "v"); err == nil ||
		err.Error() != `session parameter "v.endDate.month": required, but missing or null` {
		t.Errorf("error %v, want the path inside of the entity", err)
	}
}

func TestOtherEntities(t *testing.T) {
	t.Parallel()
	entity(t, `{"amount":15,"currency":"USD","original":"$15"}`, cx.UnitCurrency{Amount: 15, Currency: "USD", Original: "$15"}, nil)
	entity(t, `{"amount":15}`, cx.UnitCurrency{}, cx.ErrParamMissing)
	entity(t, `15`, cx.UnitCurrency{}, cx.ErrParamType)
	entity(t, `{"amount":2.5,"unit":"km"}`, cx.Quantity{Amount: 2.5, Unit: "km"}, nil)
	entity(t, `{"amount":-4,"unit":"C"}`, cx.Temperature{Amount: -4, Unit: "C"}, nil)
	entity(t, `{"amount":2,"unit":"h","original":"two hours"}`, cx.Duration{Amount: 2, Unit: "h", Original: "two hours"}, nil)
	entity(t, `{"unit":"h"}`, cx.Duration{}, cx.ErrParamMissing)
	entity(t, `{"name":"Ada","original":"ada"}`, cx.Person{Name: "Ada", Original: "ada"}, nil)
	entity(t, `{"original":"ada"}`, cx.Person{}, cx.ErrParamMissing)
	entity(t, `"5 Sample Road, Bern"`, cx.Address{Original: "5 Sample Road, Bern"}, nil)
	entity(t, `{"street-address":"5 Sample Road","city":"Bern","original":"5 Sample Road, Bern"}`,
		cx.Address{StreetAddress: "5 Sample Road", City: "Bern", Original: "5 Sample Road, Bern"}, nil)
	entity(t, `{"business-name":"b","subadmin-area":"s","admin-area":"a","zip-code":"z","country":"c","island":"i","shortcut":"home"}`,
		cx.Address{BusinessName: "b", SubadminArea: "s", AdminArea: "a", ZipCode: "z", Country: "c", Island: "i", Shortcut: "home"}, nil)
	entity(t, `{"city":8000}`, cx.Address{}, cx.ErrParamType)
	entity(t, `8000`, cx.Address{}, cx.ErrParamType)
}

func TestEntityConversions(t *testing.T) {
	t.Parallel()
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int, loc *time.Location) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, loc)
	}
	end := cx.Time{Hours: 1}
	bounds := []struct {
		reason     string
		when       cx.When
		loc        *time.Location
		start, end time.Time
		ok         bool
	}{
		{"a point has no length", cx.When{DateTime: &theMoment}, zurich, at(22, 16, 30, zurich), at(22, 16, 30, zurich), true},
		{"a day is a day long", cx.When{DateTime: &onlyDay}, zurich, at(22, 0, 0, zurich), at(23, 0, 0, zurich), true},
		{"no location is UTC", cx.When{DateTime: &onlyDay}, nil, at(22, 0, 0, time.UTC), at(23, 0, 0, time.UTC), true},
		{"the last day counts", cx.When{DatePeriod: &cx.DatePeriod{StartDate: theDay, EndDate: cx.Date{Year: 2026, Month: 11, Day: 30}}}, zurich,
			at(22, 0, 0, zurich), time.Date(2026, 12, 1, 0, 0, 0, 0, zurich), true},
		{"from a point to the end of a day", cx.When{DateTimePeriod: &cx.DateTimePeriod{StartDateTime: theMoment, EndDateTime: onlyDay}}, zurich,
			at(22, 16, 30, zurich), at(23, 0, 0, zurich), true},
		{"a time has no date", cx.When{Time: &theClock}, zurich, time.Time{}, time.Time{}, false},
		{"nothing has no date", cx.When{}, zurich, time.Time{}, time.Time{}, false},
	}
	for _, tt := range bounds {
		start, end, ok := tt.when.Bounds(tt.loc)
		if !start.Equal(tt.start) || !end.Equal(tt.end) || ok != tt.ok {
			t.Errorf("%s: %v to %v, %v; want %v to %v", tt.reason, start, end, ok, tt.start, tt.end)
		}
	}
	start, stop := cx.TimePeriod{StartTime: theClock, EndTime: end}.On(theDay, zurich)
	if !start.Equal(at(22, 16, 30, zurich)) || !stop.Equal(at(23, 1, 0, zurich)) {
		t.Errorf("a period over midnight: %v to %v", start, stop)
	}
	now := time.Date(2026, 11, 22, 16, 30, 1, 5, zurich)
	if got := cx.DateTimeOf(now).In(zurich); !got.Equal(now) {
		t.Errorf("there and back: %v, want %v", got, now)
	}
	for want, got := range map[string]interface{ String() string }{
		"2026-11-22": theDay, "16:30:00": theClock, "16:30:01.000000005": cx.TimeOf(now), "2026-11-22T16:30:00": theMoment, "0900-01-02": cx.Date{Year: 900, Month: 1, Day: 2},
	} {
		if got.String() != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	for _, when := range []cx.When{
		{DateTime: &cx.DateTime{Original: "said"}}, {DatePeriod: &cx.DatePeriod{Original: "said"}}, {Time: &cx.Time{Original: "said"}},
		{DateTimePeriod: &cx.DateTimePeriod{Original: "said"}}, {TimePeriod: &cx.TimePeriod{Original: "said"}},
	} {
		if when.Original() != "said" {
			t.Errorf("%+v: original %q", when, when.Original())
		}
	}
	if (cx.When{}).Original() != "" || onlyDay.String() != "2026-11-22" {
		t.Error("nothing has an original, or a day alone a time")
	}
	if !(cx.Date{Original: "x"}).IsZero() || theDay.IsZero() {
		t.Error("a date without numbers is zero, no other is")
	}
}

func TestAmountConversions(t *testing.T) {
	t.Parallel()
	for d, want := range map[cx.Duration]time.Duration{
		{Amount: 1.5, Unit: "h"}: 90 * time.Minute, {Amount: 2, Unit: "wk"}: 14 * 24 * time.Hour, {Amount: 1, Unit: "day"}: 24 * time.Hour,
		{Amount: 3, Unit: "min"}: 3 * time.Minute, {Amount: 0.5, Unit: "s"}: 500 * time.Millisecond,
		{Amount: 1, Unit: "mo"}: -1, {Amount: 1, Unit: "yr"}: -1, {Amount: 1, Unit: ""}: -1, {Amount: 1e15, Unit: "wk"}: -1,
	} {
		got, err := d.Duration()
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%+v is %v, %v; want %v", d, got, err, want)
		}
	}
	from := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for d, want := range map[cx.Duration]time.Time{
		{Amount: 1, Unit: "mo"}: from.AddDate(0, 1, 0), {Amount: 2, Unit: "yr"}: from.AddDate(2, 0, 0), {Amount: 2, Unit: "wk"}: from.AddDate(0, 0, 14),
		{Amount: 3, Unit: "day"}: from.AddDate(0, 0, 3), {Amount: 1.5, Unit: "day"}: from.Add(36 * time.Hour), {Amount: 90, Unit: "min"}: from.Add(90 * time.Minute),
	} {
		if got, err := d.After(from); err != nil || !got.Equal(want) {
			t.Errorf("%+v after %v is %v, %v; want %v", d, from, got, err, want)
		}
	}
	if _, err := (cx.Duration{Amount: 1.5, Unit: "mo"}).After(from); err == nil {
		t.Error("a month and a half has a length")
	}
	for u, want := range map[cx.UnitCurrency]int64{{Amount: 19.99}: 1999, {Amount: -0.07}: -7, {Amount: 1e13}: 1e15, {Amount: 19.999}: -1, {Amount: 1e15}: -1} {
		got, err := u.Minor(2)
		if want == -1 && err == nil || want != -1 && (err != nil || got != want) {
			t.Errorf("%v is %d, %v; want %d", u.Amount, got, err, want)
		}
	}
	for temp, want := range map[cx.Temperature]float64{{Amount: 212, Unit: "F"}: 100, {Amount: 20, Unit: "C"}: 20, {Amount: 0, Unit: "K"}: -273.15} {
		if got, err := temp.Celsius(); err != nil || got != want {
			t.Errorf("%+v is %v, %v; want %v", temp, got, err, want)
		}
	}
	if _, err := (cx.Temperature{Amount: 1, Unit: "R"}).Celsius(); err == nil {
		t.Error("an unknown unit was converted")
	}
}
