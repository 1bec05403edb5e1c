package nlu_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

func TestRegion(t *testing.T) {
	t.Parallel()
	m := empty()
	tests := []struct {
		name         string
		lang, region string
		text, entity string
		want         any
	}{
		{"the dollar of the region", "en", "CA", "$5", "unit-currency", money(5, "CAD", "$5")},
		{"the region of the language", "en-au", "", "$5", "unit-currency", money(5, "AUD", "$5")},
		{"the region wins over the language", "en-au", "US", "$5", "unit-currency", money(5, "USD", "$5")},
		{"degrees", "en", "GB", "20 degrees", "temperature", amount(20, "C", "20 degrees")},
		{"a language without words of its own takes digits", "ko", "", "2026-12-01", "date", date(2026, 12, 1)},
	}
	for _, tt := range tests {
		in := nlu.Input{Text: tt.text, Language: tt.lang, Region: tt.region, Now: sunday}
		if diff := cmp.Diff(tt.want, extracted(t, m, in, "@sys."+tt.entity)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

// TestNow: the day is that of the time zone of Now, and Now has a default.
func TestNow(t *testing.T) {
	t.Parallel()
	m := empty()
	late := time.Date(2026, time.December, 31, 23, 30, 0, 0, time.FixedZone("west", -8*3600))
	in := nlu.Input{Text: "tomorrow", Language: "en", Now: late}
	if diff := cmp.Diff(date(2027, 1, 1), extracted(t, m, in, "@sys.date")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	before := time.Now().UTC()
	got := extracted(t, m, nlu.Input{Text: "today"}, "@sys.date")
	after := time.Now().UTC()
	for _, day := range []time.Time{before, after} {
		y, mo, d := day.Date()
		if cmp.Equal(got, date(float64(y), float64(mo), float64(d))) {
			return
		}
	}
	t.Errorf("today is %v", got)
}
