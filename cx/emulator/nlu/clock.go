package nlu

import "strings"

// clockWords are the words for times of day of a language.
type clockWords struct {
	am, pm  map[string]bool
	hour    map[string]bool // "o'clock", after a number
	named   map[string]int  // noon and midnight, in hours
	at      map[string]bool // before a time
	half    map[string]int  // before an hour: minutes to add, negative before it
	past    map[string]bool // "ten past five"
	to      map[string]bool // "ten to five"
	quarter map[string]bool
	minutes map[string]int // after an hour: "y media"
	// parts of the day, hours of begin and end
	parts map[string][2]int
}

// clockTime is a time of day.
type clockTime struct {
	hours, minutes, seconds int
	// vague says that the hour may be meant in the other half of the day.
	vague bool
}

func (t clockTime) valid() bool {
	return t.hours >= 0 && t.hours <= 24 && t.minutes >= 0 && t.minutes < 60 && t.seconds >= 0 && t.seconds < 60 &&
		(t.hours < 24 || t.minutes == 0 && t.seconds == 0)
}

func (t clockTime) object() map[string]any {
	return map[string]any{"hours": float64(t.hours), "minutes": float64(t.minutes), "seconds": float64(t.seconds), "nanos": 0.0}
}

// on adds the members of a time to those of a day.
func (t clockTime) on(d day) map[string]any {
	object := d.object()
	for k, v := range t.object() {
		object[k] = v
	}
	return object
}

func (t clockTime) minute() int { return t.hours*60 + t.minutes }

// timeAt finds a time of day: @sys.time.
func timeAt(s *scan, i int) []hit {
	t, to, ok := s.time(i)
	if !ok && s.assume && len(s.tokens) <= 2 {
		// A bare number is a time where one was asked for, a misspelt unit is not.
		t, to, ok = s.hourNumber(i)
		ok = ok && (to == len(s.tokens) || s.tokens[to].gap != gapNone)
	}
	if !ok {
		return nil
	}
	return s.one(i, to, t.object())
}

// time reads a time of day at token i that is surely one.
func (s *scan) time(i int) (clockTime, int, bool) {
	w := &s.pack.clock
	if h, n := longest(s, w.named, i, 3); n > 0 {
		return clockTime{hours: h}, i + n, true
	}
	if t, to, ok := s.timeBeforeHour(i); ok {
		return s.halfOfDay(t, to, true)
	}
	t, to, ok := s.hourNumber(i)
	if !ok {
		return t, i, false
	}
	sure := to > i+1 && s.tokens[i].digits && s.tokens[i+1].digits
	if minutes, n := longest(s, w.minutes, to, 3); n > 0 {
		t.minutes = minutes
		if minutes < 0 {
			t.hours, t.minutes = (t.hours+23)%24, 60+minutes
		}
		sure, to = true, to+n
	}
	if i > 0 && w.at[s.word(i-1)] || i > 1 && w.at[s.phrase(i-2, i)] {
		sure = true
	}
	return s.halfOfDay(t, to, sure)
}

// halfOfDay reads what follows the hour: am, pm, o'clock, "in the evening".
func (s *scan) halfOfDay(t clockTime, to int, sure bool) (clockTime, int, bool) {
	w := &s.pack.clock
	if _, n := longest(s, w.hour, to, 2); n > 0 {
		to += n
		sure = true
		if to < len(s.tokens) && s.tokens[to].digits && s.tokens[to].gap == gapNone {
			t.minutes = s.integer(to, 2)
			to++
		}
	}
	pm := -1
	if _, n := longest(s, w.am, to, 3); n > 0 {
		to, pm = to+n, 0
	} else if _, n := longest(s, w.pm, to, 3); n > 0 {
		to, pm = to+n, 1
	} else if part, n := s.partOfDay(to); n > 0 && sure {
		to += n
		pm = 0
		if part[0] >= 12 {
			pm = 1
		}
	}
	t.vague = t.hours >= 1 && t.hours <= 12 && pm < 0
	switch {
	case pm == 1 && t.hours < 12:
		t.hours += 12
	case pm == 0 && t.hours == 12:
		t.hours = 0
	case pm >= 0 && t.hours > 12 && t.hours > 23:
		return t, to, false
	}
	return t, to, (sure || pm >= 0) && t.valid()
}

// partOfDay reads "in the evening" and the like.
func (s *scan) partOfDay(i int) ([2]int, int) {
	for skip := 0; skip <= 2 && i+skip < len(s.tokens); skip++ {
		if part, n := longest(s, s.pack.clock.parts, i+skip, 2); n > 0 {
			return part, skip + n
		}
		if w := s.word(i + skip); !s.pack.function[w] {
			break
		}
	}
	return [2]int{}, 0
}

// hourNumber reads an hour, with minutes and seconds in digits.
func (s *scan) hourNumber(i int) (clockTime, int, bool) {
	var t clockTime
	if i >= len(s.tokens) {
		return t, i, false
	}
	if !s.tokens[i].digits {
		if s.isArticle(i) {
			return t, i, false
		}
		v, n := longest(s, s.pack.numbers.small, i, s.pack.numbers.maxWords)
		t.hours = int(v)
		return t, i + n, n > 0 && t.valid()
	}
	if i > 0 && s.tokens[i].gap == gapNone || i > 0 && strings.ContainsAny(s.between(i), "$€£/") {
		return t, i, false
	}
	t.hours = s.integer(i, 2)
	to := i + 1
	for _, part := range []*int{&t.minutes, &t.seconds} {
		if to >= len(s.tokens) || !s.tokens[to].digits || len(s.word(to)) != 2 {
			break
		}
		if mark := s.between(to); mark != ":" && (mark != "." || to != i+1) {
			break
		}
		*part = s.integer(to, 2)
		to++
	}
	return t, to, t.valid()
}

// timeBeforeHour reads "half past three", "quarter to five", "halb drei".
func (s *scan) timeBeforeHour(i int) (clockTime, int, bool) {
	w := &s.pack.clock
	minutes, n := longest(s, w.half, i, 3)
	at := i + n
	if n == 0 {
		m := 15
		_, n = longest(s, w.quarter, i, 2)
		at = i + n
		if n == 0 {
			v, to, ok := s.number(i, false)
			if !ok || v < 1 || v > 59 || v != float64(int(v)) {
				return clockTime{}, i, false
			}
			m, at = int(v), to
			if at < len(s.tokens) && s.pack.units[s.word(at)] == (unit{duration, "min"}) {
				at++
			} else if m%5 != 0 {
				// "3 to 4" is a span.
				return clockTime{}, i, false
			}
		}
		if _, n := longest(s, w.past, at, 1); n > 0 {
			minutes, at = m, at+n
		} else if _, n := longest(s, w.to, at, 1); n > 0 {
			minutes, at = -m, at+n
		} else {
			return clockTime{}, i, false
		}
	}
	t, to, ok := s.hourNumber(at)
	if !ok || t.minutes != 0 {
		return clockTime{}, i, false
	}
	t.minutes = minutes
	if minutes < 0 {
		t.hours, t.minutes = (t.hours+23)%24, 60+minutes
	}
	return t, to, t.valid()
}

// timeSpan is a span within a day.
type timeSpan struct{ start, end clockTime }

func (p timeSpan) object() map[string]any {
	return map[string]any{"startTime": p.start.object(), "endTime": p.end.object()}
}

func timePeriodAt(s *scan, i int) []hit {
	p, to, ok := s.timePeriod(i, false)
	if !ok {
		return nil
	}
	return s.one(i, to, p.object())
}

// timePeriod reads "from 2 to 3 pm", "between two and three", "morning".
// Loosely, two bare hours will do.
func (s *scan) timePeriod(i int, loose bool) (timeSpan, int, bool) {
	w := &s.pack.dates
	if part, n := longest(s, s.pack.clock.parts, i, 2); n > 0 {
		return timeSpan{clockTime{hours: part[0]}, clockTime{hours: part[1]}}, i + n, true
	}
	at := i
	if _, n := longest(s, w.from, at, 2); n > 0 {
		at, loose = at+n, true
	}
	start, to, sure := s.time(at)
	if !sure {
		if start, to, _ = s.hourNumber(at); to == at || !start.valid() {
			return timeSpan{}, i, false
		}
		start.vague = start.hours <= 12
	}
	_, n := longest(s, w.until, to, 2)
	if n == 0 && (to >= len(s.tokens) || strings.Trim(s.between(to), " ") != "-") {
		return timeSpan{}, i, false
	}
	end, last, endSure := s.time(to + n)
	if !endSure {
		ok := false
		if end, last, ok = s.hourNumber(to + n); !ok || !sure && !loose {
			return timeSpan{}, i, false
		}
	}
	// "2 to 3 pm": the first hour is in the same half of the day.
	if start.vague && !end.vague && end.hours >= 12 && start.hours < 12 && start.minute()+12*60 < end.minute() {
		start.hours += 12
	}
	if end.vague && !start.vague && start.hours >= 12 && end.hours < 12 && start.minute() < end.minute()+12*60 {
		end.hours += 12
	}
	return timeSpan{start, end}, last, true
}
