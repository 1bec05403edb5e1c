package nlu

import "time"

// dateByWeekday reads "Friday", "next Friday", "Friday the 22nd" and
// "Friday, November 22".
func (s *scan) dateByWeekday(i int) (day, int, bool) {
	w := &s.pack.dates
	at := i
	shift := 0
	for at < len(s.tokens) && (w.next[s.word(at)] || w.this[s.word(at)] || w.last[s.word(at)]) {
		if w.last[s.word(at)] {
			shift = -1
		}
		at++
	}
	weekday, n := longest(s, w.weekdays, at, 2)
	if n == 0 {
		return day{}, i, false
	}
	to := at + n
	after := to
	for s.isOf(after) {
		after++
	}
	if after < len(s.tokens) {
		if d, end, ok := s.dateByMonth(after); ok && at == i {
			return d, end, true
		}
	}
	if phrase, words := longest(s, w.last, to, 2); words > 0 && phrase {
		shift, to = -1, to+words
	} else if phrase, words := longest(s, w.next, to, 2); words > 0 && phrase {
		to += words
	}
	if s.model.past && shift == 0 && at == i {
		shift = -1
	}
	return s.weekday(weekday, shift < 0), to, true
}

// weekday returns the next such day after today, or the latest before.
func (s *scan) weekday(weekday int, past bool) day {
	today := s.today()
	diff := (weekday - today.weekday() + 7) % 7
	if past {
		if diff == 0 {
			diff = 7
		}
		return today.add(0, 0, diff-7)
	}
	if diff == 0 {
		diff = 7
	}
	return today.add(0, 0, diff)
}

// dateByName reads "tomorrow" and feasts of a fixed day.
func (s *scan) dateByName(i int) (day, int, bool) {
	if days, n := longest(s, s.pack.dates.days, i, 4); n > 0 {
		return s.today().add(0, 0, days), i + n, true
	}
	feast, n := longest(s, s.pack.dates.feasts, i, 4)
	if n == 0 {
		return day{}, i, false
	}
	d := day{0, time.Month(feast[0]), feast[1]}
	if year, end := s.year(i + n); end > i+n {
		d.year = year
		return d, end, true
	}
	return s.yearless(d), i + n, true
}

// dateBySpan reads "in three days", "two weeks ago", "a month from now".
func (s *scan) dateBySpan(i int) (day, int, bool) {
	w := &s.pack.dates
	at, sign := i, 0
	if _, n := longest(s, w.in, at, 2); n > 0 {
		at, sign = at+n, 1
	} else if _, n := longest(s, w.ago, at, 2); n > 0 {
		at, sign = at+n, -1
	}
	amount, to, ok := s.number(at, true)
	if !ok || to >= len(s.tokens) || amount < 0 || amount > 9999 || amount != float64(int(amount)) {
		return day{}, i, false
	}
	u, n := longest(s, s.pack.units, to, 1)
	if n == 0 || u.kind != duration {
		return day{}, i, false
	}
	to += n
	if sign == 0 {
		if _, n := longest(s, w.ahead, to, 3); n > 0 {
			to, sign = to+n, 1
		} else if _, n := longest(s, w.ago, to, 2); n > 0 {
			to, sign = to+n, -1
		} else {
			return day{}, i, false
		}
	}
	d, ok := s.today().shift(sign*int(amount), u.name)
	return d, to, ok
}

// shift moves a day by an amount of a unit of the calendar.
func (d day) shift(amount int, unit string) (day, bool) {
	switch unit {
	case "day":
		return d.add(0, 0, amount), true
	case "wk":
		return d.add(0, 0, 7*amount), true
	case "mo":
		return d.add(0, amount, 0), true
	case "yr":
		return d.add(amount, 0, 0), true
	}
	return day{}, false
}

// dateByOrdinal reads "the 22nd": the next such day of a month.
func (s *scan) dateByOrdinal(i int) (day, int, bool) {
	v, to, ok := s.ordinal(i)
	if !ok || !s.tokens[i].digits || v < 1 || v > 31 {
		return day{}, i, false
	}
	today := s.today()
	step := 1
	if s.model.past {
		step = -1
	}
	for m := 0; m != 3*step; m += step {
		first := day{today.year, today.month, 1}.add(0, m, 0)
		d := day{first.year, first.month, int(v)}
		if d.valid() && (step > 0 && !d.before(today) || step < 0 && !today.before(d)) {
			return d, to, true
		}
	}
	return day{}, i, false
}
