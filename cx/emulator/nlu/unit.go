package nlu

import (
	"math"
	"strings"
)

// unitKind is what a unit measures.
type unitKind string

const (
	duration    unitKind = "duration"
	length      unitKind = "length"
	area        unitKind = "area"
	weight      unitKind = "weight"
	volume      unitKind = "volume"
	speed       unitKind = "speed"
	information unitKind = "information"
	temperature unitKind = "temperature"
)

// unit is a unit of measure with the name that Dialogflow delivers.
type unit struct {
	kind unitKind
	name string
}

// symbols are the units that are written alike in all languages.
func symbols() map[string]unit {
	return unitTable(`duration:s=s/sec/secs|min=min/mins|h=h/hr/hrs|
length:mm=mm|cm=cm|m=m|km=km|inch=inch|ft=ft|yd=yd|mi=mi|
area:m^2=m2/m²/sqm|km^2=km2/km²|ha=ha|ft^2=ft2/ft²/sqft|
weight:mg=mg|g=g/gr|kg=kg/kgs|lb=lb/lbs|oz=oz|t=t|
volume:ml=ml|cl=cl|dl=dl|L=l|gal=gal|
speed:km/h=kmh/kph/km_h|mph=mph|m/s=m_s|
information:B=b|KB=kb|MB=mb|GB=gb|TB=tb|bit=bit/bits|
temperature:C=c|F=f|`)
}

// unitTable reads "kind:name=form/form|name=form|" lines; blanks in forms are
// underscores.
func unitTable(text string) map[string]unit {
	m := map[string]unit{}
	for _, line := range strings.Split(text, "\n") {
		kind, items, _ := strings.Cut(line, ":")
		for _, item := range strings.Split(items, "|") {
			name, forms, ok := strings.Cut(item, "=")
			if !ok {
				continue
			}
			for _, f := range strings.Split(forms, "/") {
				m[normalise(strings.ReplaceAll(f, "_", " "))] = unit{unitKind(kind), name}
			}
		}
	}
	return m
}

// withSymbols adds the units of all languages to those of one.
func withSymbols(m map[string]unit) map[string]unit {
	for form, u := range symbols() {
		if _, ok := m[form]; !ok {
			m[form] = u
		}
	}
	return m
}

// amountAt finds amounts of a kind of unit: @sys.unit-length and its like.
func amountAt(kind unitKind) recogniserFunc {
	return func(s *scan, i int) []hit {
		v, u, to, ok := s.amount(i, kind)
		if !ok {
			return nil
		}
		h := s.hit(i, to, nil)
		h.value = map[string]any{"amount": v, "unit": u, "original": s.original(h)}
		return []hit{h}
	}
}

// amount reads a number with a unit of a kind.
func (s *scan) amount(i int, kind unitKind) (float64, string, int, bool) {
	v, to, ok := s.number(i, true)
	if !ok || to >= len(s.tokens) {
		return 0, "", i, false
	}
	if gap := strings.TrimSpace(s.between(to)); gap != "" && gap != "°" && gap != "-" {
		return 0, "", i, false
	}
	for n := min(3, len(s.tokens)-to); n > 0; n-- {
		if u, ok := s.pack.units[s.phrase(to, to+n)]; ok && u.kind == kind {
			return v, u.name, to + n, true
		}
	}
	return 0, "", i, false
}

// durationParts orders the units of fixed length, in seconds.
var durationParts = map[string]float64{"s": 1, "min": 60, "h": 3600, "day": 86400, "wk": 7 * 86400}

// durationAt finds lengths of time: "two weeks", "an hour and a half",
// "2 hours 30 minutes". The parts of a sum are given in the smallest unit.
func durationAt(s *scan, i int) []hit {
	v, u, to, ok := s.span(i)
	if !ok {
		return nil
	}
	for to < len(s.tokens) {
		at := s.skip(to, s.pack.numbers.and)
		if at == to {
			at = s.skip(to, andWords)
		}
		if at >= len(s.tokens) {
			break
		}
		more, smaller, end, ok := s.span(at)
		big, small := durationParts[u], durationParts[smaller]
		if !ok || big == 0 || small == 0 || small >= big {
			break
		}
		v, u, to = v*big/small+more, smaller, end
	}
	h := s.hit(i, to, nil)
	h.value = map[string]any{"amount": v, "unit": u, "original": s.original(h)}
	return []hit{h}
}

var andWords = phrases("and|y|e|et|und|en|i|ve")

// span reads one length of time, with halves.
func (s *scan) span(i int) (float64, string, int, bool) {
	if _, n := longest(s, halves, i, 1); n > 0 {
		at := i + n
		for at < len(s.tokens) && s.isArticle(at) {
			at++
		}
		if at < len(s.tokens) {
			if u, ok := s.pack.units[s.word(at)]; ok && u.kind == duration {
				v, name := smallerUnit(0.5, u.name)
				return v, name, at + 1, true
			}
		}
		return 0, "", i, false
	}
	v, name, to, ok := s.amount(i, duration)
	if !ok {
		return 0, "", i, false
	}
	if _, n := longest(s, andHalf, to, 3); n > 0 {
		v, name = smallerUnit(v+0.5, name)
		to += n
	}
	return v, name, to, true
}

var (
	halves  = phrases("half|media|medio|demi|demie|halbe|halben|halber|mezza|mezzora|meia|meio|pol|yarim|half")
	andHalf = phrases("and a half|y media|y medio|et demie|et demi|e mezza|e mezzo|e meia|e meio|i pol|bucuk")
)

// smallerUnit gives half hours, minutes, days and years in whole numbers.
func smallerUnit(v float64, u string) (float64, string) {
	switch {
	case v == math.Trunc(v):
		return v, u
	case u == "h":
		return v * 60, "min"
	case u == "min":
		return v * 60, "s"
	case u == "day":
		return v * 24, "h"
	case u == "yr":
		return v * 12, "mo"
	}
	return v, u
}

// ageAt finds ages: "25 years old", "3 months".
func ageAt(s *scan, i int) []hit {
	v, u, to, ok := s.amount(i, duration)
	if !ok || u == "s" || u == "min" || u == "h" {
		return nil
	}
	if _, n := longest(s, oldWords, to, 2); n > 0 {
		to += n
	}
	h := s.hit(i, to, nil)
	h.value = map[string]any{"amount": v, "unit": u, "original": s.original(h)}
	return []hit{h}
}

var oldWords = phrases("old|of age|de edad|alt|oud|de idade|yasinda")

// temperatureAt finds temperatures. A bare "degrees" is of the unit of the
// region: Fahrenheit in the United States, else Celsius.
func temperatureAt(s *scan, i int) []hit {
	v, to, ok := s.number(i, false)
	if !ok {
		return nil
	}
	u := ""
	if gap := strings.TrimSpace(s.between(to)); strings.HasPrefix(gap, "°") {
		u = s.degrees()
	}
	if to < len(s.tokens) {
		if _, n := longest(s, degreeWords, to, 1); n > 0 {
			u, to = s.degrees(), to+n
		}
	}
	if to < len(s.tokens) {
		if scale, ok := s.pack.units[s.word(to)]; ok && scale.kind == temperature && strings.Trim(s.between(to), " °º") == "" {
			u, to = scale.name, to+1
		} else if scale, ok := scales[s.word(to)]; ok {
			u, to = scale, to+1
		}
	}
	if u == "" {
		return nil
	}
	h := s.signed(i, to, v)[0]
	if to < len(s.tokens) || strings.HasPrefix(strings.TrimSpace(s.text[h.end:]), "°") {
		if rest := s.text[h.end:]; strings.HasPrefix(strings.TrimLeft(rest, " "), "°") {
			h.end += strings.Index(rest, "°") + len("°")
		}
	}
	h.value = map[string]any{"amount": v, "unit": u, "original": s.original(h)}
	return []hit{h}
}

func (s *scan) degrees() string {
	if s.region == "US" {
		return "F"
	}
	return "C"
}

var (
	degreeWords = phrases("degree|degrees|grado|grados|grad|degre|degres|gradi|grau|graus|graden|stopni|stopnie|derece")
	scales      = map[string]string{"celsius": "C", "centigrade": "C", "fahrenheit": "F", "kelvin": "K"}
)
