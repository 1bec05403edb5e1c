package nlu_test

import (
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

// sunday is the day that the tables tell dates from.
var sunday = time.Date(2026, time.November, 22, 10, 30, 0, 0, time.UTC)

// empty extracts system entities alone.
func empty() *nlu.Model { return nlu.Compile(nlu.Config{}) }

func text(s string) nlu.Input { return nlu.Input{Text: s, Language: "en", Now: sunday} }

// extracted returns the value of an entity type in a text, nil if there is
// none.
func extracted(t *testing.T, m *nlu.Model, in nlu.Input, entityType string) any {
	t.Helper()
	v, ok := m.Extract(in, entityType)
	if !ok {
		return nil
	}
	checkSpan(t, in.Text, v)
	return v.Resolved
}

func checkSpan(t *testing.T, text string, v nlu.Value) {
	t.Helper()
	if v.Start < 0 || v.End > len(text) || v.Start >= v.End || text[v.Start:v.End] != v.Original {
		t.Errorf("%q: span %d to %d is not the original %q", text, v.Start, v.End, v.Original)
	}
	if v.Confidence <= 0 || v.Confidence > 1 {
		t.Errorf("%q: confidence %v", text, v.Confidence)
	}
}

type object = map[string]any

func date(y, m, d float64) object { return object{"year": y, "month": m, "day": d} }

func clock(h, m float64) object {
	return object{"hours": h, "minutes": m, "seconds": 0.0, "nanos": 0.0}
}

func at(d object, c object) object {
	all := object{}
	for _, o := range []object{d, c} {
		for k, v := range o {
			all[k] = v
		}
	}
	return all
}

func days(from, to object) object { return object{"startDate": from, "endDate": to} }

func hours(from, to object) object { return object{"startTime": from, "endTime": to} }

func amount(v float64, unit, original string) object {
	return object{"amount": v, "unit": unit, "original": original}
}

func money(v float64, currency, original string) object {
	return object{"amount": v, "currency": currency, "original": original}
}
