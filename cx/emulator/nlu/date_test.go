package nlu_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

// The dates are told from Sunday, November 22, 2026.
func TestDates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		lang, text string
		want       any
	}{
		{"en", "today", date(2026, 11, 22)},
		{"en", "the day after tomorrow", date(2026, 11, 24)},
		{"en", "Dec 31", date(2026, 12, 31)},
		{"en", "November 22", date(2026, 11, 22)}, // today counts
		{"en", "Mar 4", date(2027, 3, 4)},
		{"en", "on July 24th, 2028 if you can", date(2028, 7, 24)},
		{"en", "the 3rd of May 1998", date(1998, 5, 3)},
		{"en", "october twenty second nineteen eighty three", date(1983, 10, 22)},
		{"en", "2026-12-01", date(2026, 12, 1)},
		{"en", "12/01/2026", date(2026, 12, 1)},
		{"en", "12/1", date(2026, 12, 1)},
		{"en", "10/22/83", date(1983, 10, 22)},
		{"en-gb", "01/12/2026", date(2026, 12, 1)},
		{"en", "25/12/2026", date(2026, 12, 25)}, // no other order is a date
		{"en", "02/30/2026", nil},                // no such day
		{"en", "thursday", date(2026, 11, 26)},
		{"en", "sunday", date(2026, 11, 29)}, // not today
		{"en", "next friday", date(2026, 11, 27)},
		{"en", "last friday", date(2026, 11, 20)},
		{"en", "Monday, December 7", date(2026, 12, 7)},
		{"en", "in three days", date(2026, 11, 25)},
		{"en", "two weeks ago", date(2026, 11, 8)},
		{"en", "a month from now", date(2026, 12, 22)},
		{"en", "Christmas day", date(2026, 12, 25)},
		{"en", "the 5th", date(2026, 12, 5)},
		{"en", "February 29", date(2028, 2, 29)},
		{"en", "may I ask", nil},
		{"es", "el 5 de mayo", date(2027, 5, 5)},
		{"es", "pasado mañana", date(2026, 11, 24)},
		{"es", "el viernes que viene", date(2026, 11, 27)},
		{"es", "dentro de dos semanas", date(2026, 12, 6)},
		{"fr", "le 14 juillet 2027", date(2027, 7, 14)},
		{"fr", "lundi prochain", date(2026, 11, 23)},
		{"fr", "aujourd'hui", date(2026, 11, 22)},
		{"de", "3. Oktober", date(2027, 10, 3)},
		{"de", "nächsten Freitag", date(2026, 11, 27)},
		{"de", "24.12.2026", date(2026, 12, 24)},
		{"it", "il 2 giugno", date(2027, 6, 2)},
		{"it", "dopodomani", date(2026, 11, 24)},
		{"pt", "7 de setembro", date(2027, 9, 7)},
		{"pt", "amanhã", date(2026, 11, 23)},
		{"pl", "11 listopada", date(2027, 11, 11)},
		{"pl", "za trzy dni", date(2026, 11, 25)},
		{"tr", "29 Ekim 2027", date(2027, 10, 29)},
		{"tr", "yarın", date(2026, 11, 23)},
		{"nl", "27 april", date(2027, 4, 27)},
		{"nl", "volgende maandag", date(2026, 11, 23)},
	}
	m := empty()
	for _, tt := range tests {
		t.Run(tt.lang+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			in := nlu.Input{Text: tt.text, Language: tt.lang, Now: sunday}
			if diff := cmp.Diff(tt.want, extracted(t, m, in, "@sys.date")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPastDates(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(nlu.Config{PastDates: true})
	for text_, want := range map[string]any{
		"Dec 31": date(2025, 12, 31), "Mar 4": date(2026, 3, 4), "friday": date(2026, 11, 20), "the 25th": date(2026, 10, 25),
		"Dec 31 2027": date(2027, 12, 31),
	} {
		if diff := cmp.Diff(want, extracted(t, m, text(text_), "@sys.date")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text_, diff)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		lang, text, entity string
		want               any
	}{
		{"en", "8am", "time", clock(8, 0)},
		{"en", "12pm", "time", clock(12, 0)},
		{"en", "12 a.m.", "time", clock(0, 0)},
		{"en", "I would like to leave at 5pm", "time", clock(17, 0)},
		{"en", "17:45", "time", clock(17, 45)},
		{"en", "at 3 o'clock", "time", clock(3, 0)},
		{"en", "half past three", "time", clock(3, 30)},
		{"en", "quarter to five", "time", clock(4, 45)},
		{"en", "ten past six pm", "time", clock(18, 10)},
		{"en", "noon", "time", clock(12, 0)},
		{"en", "5", "time", clock(5, 0)},
		{"en", "5 in the afternoon", "time", nil},
		{"en", "at 5 in the afternoon", "time", clock(17, 0)},
		{"en", "99", "time", nil},
		{"en", "7m", "time", nil}, // a misspelt "7am" is no bare number
		{"es", "a las 5 de la tarde", "time", clock(17, 0)},
		{"es", "las tres y media", "time", clock(3, 30)},
		{"fr", "17h30", "time", clock(17, 30)},
		{"de", "14 Uhr", "time", clock(14, 0)},
		{"de", "halb drei", "time", clock(2, 30)},
		{"it", "alle 9", "time", clock(9, 0)},
		{"pt", "às 10 horas", "time", clock(10, 0)},
		{"pl", "o 15:30", "time", clock(15, 30)},
		{"tr", "saat 9", "time", clock(9, 0)},
		{"nl", "half vier", "time", clock(3, 30)},
		{"en", "from 2 to 3 pm", "time-period", hours(clock(14, 0), clock(15, 0))},
		{"en", "between two and three", "time-period", hours(clock(2, 0), clock(3, 0))},
		{"en", "in the morning", "time-period", hours(clock(8, 0), clock(12, 0))},
		{"en", "next week", "date-period", days(date(2026, 11, 23), date(2026, 11, 29))},
		{"en", "this month", "date-period", days(date(2026, 11, 1), date(2026, 11, 30))},
		{"en", "next year", "date-period", days(date(2027, 1, 1), date(2027, 12, 31))},
		{"en", "from May 3 to May 5", "date-period", days(date(2027, 5, 3), date(2027, 5, 5))},
		{"en", "last 3 days", "date-period", days(date(2026, 11, 19), date(2026, 11, 22))},
		{"en", "december", "date-period", days(date(2026, 12, 1), date(2026, 12, 31))},
		{"en", "in 2024", "date-period", days(date(2024, 1, 1), date(2024, 12, 31))},
		{"es", "la próxima semana", "date-period", days(date(2026, 11, 23), date(2026, 11, 29))},
		{"fr", "la semaine prochaine", "date-period", days(date(2026, 11, 23), date(2026, 11, 29))},
		{"de", "nächstes Jahr", "date-period", days(date(2027, 1, 1), date(2027, 12, 31))},
		{"en", "i will be there tomorrow", "date-time", date(2026, 11, 23)},
		{"en", "tomorrow at 2pm", "date-time", at(date(2026, 11, 23), clock(14, 0))},
		{"en", "at 5 pm on Friday", "date-time", at(date(2026, 11, 27), clock(17, 0))},
		{"en", "tomorrow between 2pm to 3pm", "date-time", object{
			"startDateTime": at(date(2026, 11, 23), clock(14, 0)), "endDateTime": at(date(2026, 11, 23), clock(15, 0)),
		}},
		{"en", "tomorrow 3 to 4", "date-time", object{
			"startDateTime": at(date(2026, 11, 23), clock(3, 0)), "endDateTime": at(date(2026, 11, 23), clock(4, 0)),
		}},
		{"en", "next year", "date-time", days(date(2027, 1, 1), date(2027, 12, 31))},
		{"de", "morgen um 14 Uhr", "date-time", at(date(2026, 11, 23), clock(14, 0))},
		{"es", "mañana a las 9", "date-time", at(date(2026, 11, 23), clock(9, 0))},
	}
	m := empty()
	for _, tt := range tests {
		t.Run(tt.lang+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			in := nlu.Input{Text: tt.text, Language: tt.lang, Now: sunday}
			if diff := cmp.Diff(tt.want, extracted(t, m, in, "@sys."+tt.entity)); diff != "" {
				t.Errorf("@sys.%s (-want +got)\n%s", tt.entity, diff)
			}
		})
	}
}
