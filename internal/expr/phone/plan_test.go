package phone_test

import (
	"testing"

	"github.com/cxhook/cxhook/internal/expr"
	"github.com/cxhook/cxhook/internal/expr/phone"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		number, region string
		want           expr.PhoneNumber
		reason         string
	}{
		{"650-206-5555", "US", expr.PhoneNumber{CountryCode: "1", AreaCode: "650", Number: "2065555"}, "a number of the region"},
		{"+1 650 206 5555", "CH", expr.PhoneNumber{CountryCode: "1", AreaCode: "650", Number: "2065555"}, "a country code wins over the region"},
		{"+41 79 210 55 55", "US", expr.PhoneNumber{CountryCode: "41", Number: "792105555"}, "a mobile number has no area code"},
		{"+39 06 6982 1234", "US", expr.PhoneNumber{CountryCode: "39", AreaCode: "06", Number: "69821234"}, "a leading zero that counts"},
	} {
		got, err := phone.Plan{}.Parse(tc.number, tc.region)
		if err != nil || got != tc.want {
			t.Errorf("%s in %s (%s): have %+v, %v, want %+v", tc.number, tc.region, tc.reason, got, err, tc.want)
		}
		if !(phone.Plan{}).Valid(tc.number, tc.region) {
			t.Errorf("%s in %s (%s) is not valid", tc.number, tc.region, tc.reason)
		}
	}
}

func TestNoNumbers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ number, region, reason string }{
		{"", "US", "nothing"}, {"hello", "US", "no digits"}, {"123", "US", "too short"}, {"650-206-5555", "XX", "an unknown region"},
		{"+1 000 000 0000", "US", "never assigned"},
	} {
		if n, err := (phone.Plan{}).Parse(tc.number, tc.region); err == nil {
			t.Errorf("%q in %s (%s): have %+v, want an error", tc.number, tc.region, tc.reason, n)
		}
		if (phone.Plan{}).Valid(tc.number, tc.region) {
			t.Errorf("%q in %s (%s) is valid", tc.number, tc.region, tc.reason)
		}
	}
}
