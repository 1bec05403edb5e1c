package cx

import (
	"fmt"
	"math"
	"time"

	"github.com/cxhook/cxhook/internal/param"
)

// UnitCurrency is a value of the system entity @sys.unit-currency.
//
//	{"amount": 15, "currency": "USD", "original": "$15"}
type UnitCurrency struct {
	Amount   float64 `json:"amount" cx:"amount,required"`
	Currency string  `json:"currency" cx:"currency,required"` // ISO 4217
	Original string  `json:"original,omitempty" cx:"original"`
}

// Minor returns the amount in the smallest unit of a currency with the given
// number of decimals: 1999 for 19.99 and 2 decimals. It fails if that is no
// whole number below 2^53.
func (u UnitCurrency) Minor(decimals int) (int64, error) {
	scaled := u.Amount * math.Pow10(decimals)
	n := math.Round(scaled)
	if !(math.Abs(n) < 1<<53) || math.Abs(scaled-n) > 1e-6 {
		return 0, fmt.Errorf("cx: the amount is not a whole number of units with %d decimals", decimals)
	}
	return int64(n), nil
}

// Quantity is a value of the system entities of amounts with a unit:
// @sys.unit-length, @sys.unit-area, @sys.unit-volume, @sys.unit-weight,
// @sys.unit-speed and @sys.unit-information.
//
//	{"amount": 5, "unit": "km", "original": "5 kilometers"}
type Quantity struct {
	Amount   float64 `json:"amount" cx:"amount,required"`
	Unit     string  `json:"unit" cx:"unit,required"`
	Original string  `json:"original,omitempty" cx:"original"`
}

// Temperature is a value of the system entity @sys.temperature.
//
//	{"amount": 25, "unit": "F", "original": "25 degrees"}
type Temperature struct {
	Amount   float64 `json:"amount" cx:"amount,required"`
	Unit     string  `json:"unit" cx:"unit,required"` // "C", "F" or "K"
	Original string  `json:"original,omitempty" cx:"original"`
}

// Celsius returns the temperature in degrees Celsius. It fails on units other
// than C, F and K.
func (t Temperature) Celsius() (float64, error) {
	switch t.Unit {
	case "C":
		return t.Amount, nil
	case "F":
		return (t.Amount - 32) * 5 / 9, nil
	case "K":
		return t.Amount - 273.15, nil
	}
	return 0, fmt.Errorf("cx: %q is no unit of temperature, want C, F or K", t.Unit)
}

// Duration is a value of the system entity @sys.duration, and of @sys.age.
//
//	{"amount": 2, "unit": "h", "original": "2 hours"}
type Duration struct {
	Amount   float64 `json:"amount" cx:"amount,required"`
	Unit     string  `json:"unit" cx:"unit,required"` // s, min, h, day, wk, mo, yr …
	Original string  `json:"original,omitempty" cx:"original"`
}

// Duration returns the length for units of a fixed length: seconds, minutes,
// hours, days of 24 hours, and weeks. It fails on others, such as months, and
// beyond 292 years. See [Duration.After] for those.
func (d Duration) Duration() (time.Duration, error) {
	unit, ok := param.UnitDuration(d.Unit)
	if !ok {
		return 0, fmt.Errorf("cx: the unit %q has no fixed length", d.Unit)
	}
	length, ok := param.Multiply(d.Amount, unit)
	if !ok {
		return 0, fmt.Errorf("cx: %g %s are beyond the 292 years of a time.Duration", d.Amount, d.Unit)
	}
	return length, nil
}

// After returns t plus the duration. Days, weeks, months and years, in whole
// numbers, are counted on the calendar in the location of t, by the rules of
// [time.Time.AddDate]: one month after January 31 is early March.
func (d Duration) After(t time.Time) (time.Time, error) {
	n := int(d.Amount)
	if float64(n) == d.Amount && n > -1_000_000 && n < 1_000_000 {
		switch d.Unit {
		case "day", "days":
			return t.AddDate(0, 0, n), nil
		case "wk", "week", "weeks":
			return t.AddDate(0, 0, 7*n), nil
		case "mo", "month", "months":
			return t.AddDate(0, n, 0), nil
		case "yr", "year", "years":
			return t.AddDate(n, 0, 0), nil
		}
	}
	length, err := d.Duration()
	return t.Add(length), err
}

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value.
func (u UnitCurrency) MarshalJSON() ([]byte, error) {
	type plain UnitCurrency
	return orNull(u == UnitCurrency{}, plain(u))
}

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value.
func (q Quantity) MarshalJSON() ([]byte, error) {
	type plain Quantity
	return orNull(q == Quantity{}, plain(q))
}

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value.
func (t Temperature) MarshalJSON() ([]byte, error) {
	type plain Temperature
	return orNull(t == Temperature{}, plain(t))
}

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value.
func (d Duration) MarshalJSON() ([]byte, error) {
	type plain Duration
	return orNull(d == Duration{}, plain(d))
}
