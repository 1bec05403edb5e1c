package nlu

import "time"

// dateSpan is a run of days, the last included.
type dateSpan struct{ start, end day }

func (p dateSpan) object() map[string]any {
	return map[string]any{"startDate": p.start.object(), "endDate": p.end.object()}
}

func datePeriodAt(s *scan, i int) []hit {
	p, to, ok := s.datePeriod(i)
	if !ok {
		return nil
	}
	return s.one(i, to, p.object())
}

// datePeriod reads the longest run of days at token i.
func (s *scan) datePeriod(i int) (dateSpan, int, bool) {
	var best dateSpan
	end := i
	for _, read := range []func(int) (dateSpan, int, bool){
		s.periodOfDates, s.periodByUnit, s.periodByCount, s.periodByMonth, s.periodByYear,
	} {
		if p, to, ok := read(i); ok && to > end && p.start.valid() && p.end.valid() {
			best, end = p, to
		}
	}
	return best, end, end > i
}

// periodOfDates reads "from Monday to Friday", "between May 3 and May 5".
func (s *scan) periodOfDates(i int) (dateSpan, int, bool) {
	w := &s.pack.dates
	at := i
	if _, n := longest(s, w.from, at, 2); n > 0 {
		at += n
	}
	if at >= len(s.tokens) {
		return dateSpan{}, i, false
	}
	start, to, ok := s.date(at)
	if !ok {
		return dateSpan{}, i, false
	}
	_, n := longest(s, w.until, to, 2)
	if n == 0 && (to >= len(s.tokens) || !dash(s.between(to))) || to+n >= len(s.tokens) {
		return dateSpan{}, i, false
	}
	next := to + n
	for s.isOf(next) && next+1 < len(s.tokens) {
		next++
	}
	end, last, ok := s.date(next)
	if !ok {
		return dateSpan{}, i, false
	}
	if end.before(start) {
		end = s.after(start, end)
	}
	return dateSpan{start, end}, last, true
}

// after moves the end of a span to the first such day after its start.
func (s *scan) after(start, end day) day {
	if d := end.add(1, 0, 0); d.day == end.day && start.before(d) && end.add(0, 0, 7).before(start) {
		return d
	}
	for end.before(start) {
		end = end.add(0, 0, 7)
	}
	return end
}

func dash(gap string) bool {
	return gap == " - " || gap == "-" || gap == "–" || gap == " – "
}

// periodByUnit reads "next week", "this month", "last year", "the weekend".
func (s *scan) periodByUnit(i int) (dateSpan, int, bool) {
	w := &s.pack.dates
	at, step, said := i, 0, true
	switch {
	case w.next[s.word(at)]:
		step = 1
	case w.last[s.word(at)]:
		step = -1
	case !w.this[s.word(at)]:
		said = false
	}
	if said {
		at++
	}
	if _, n := longest(s, w.weekend, at, 3); n > 0 {
		to := at + n
		step, to, _ = s.suffix(step, to, said)
		return s.weekend(step), to, true
	}
	if at >= len(s.tokens) {
		return dateSpan{}, i, false
	}
	u, ok := s.pack.units[s.word(at)]
	if !ok || u.kind != duration {
		return dateSpan{}, i, false
	}
	step, to, said := s.suffix(step, at+1, said)
	if !said {
		return dateSpan{}, i, false
	}
	p, ok := s.unitPeriod(u.name, step)
	return p, to, ok
}

// suffix reads "next" and "last" where they follow their noun.
func (s *scan) suffix(step, to int, said bool) (int, int, bool) {
	if said {
		return step, to, true
	}
	if _, n := longest(s, s.pack.dates.next, to, 2); n > 0 {
		return 1, to + n, true
	}
	if _, n := longest(s, s.pack.dates.last, to, 2); n > 0 {
		return -1, to + n, true
	}
	return 0, to, false
}

// unitPeriod is the whole week, month or year, step ones from the current. A
// week begins on Monday.
func (s *scan) unitPeriod(unit string, step int) (dateSpan, bool) {
	today := s.today()
	switch unit {
	case "wk":
		monday := today.add(0, 0, -(today.weekday()+6)%7+7*step)
		return dateSpan{monday, monday.add(0, 0, 6)}, true
	case "mo":
		first := day{today.year, today.month, 1}.add(0, step, 0)
		return dateSpan{first, first.add(0, 1, -1)}, true
	case "yr":
		return dateSpan{day{today.year + step, 1, 1}, day{today.year + step, 12, 31}}, true
	}
	return dateSpan{}, false
}

func (s *scan) weekend(step int) dateSpan {
	today := s.today()
	saturday := today.add(0, 0, -(today.weekday()+6)%7+5+7*step)
	return dateSpan{saturday, saturday.add(0, 0, 1)}
}

// periodByCount reads "last three days", "the next two weeks".
func (s *scan) periodByCount(i int) (dateSpan, int, bool) {
	w := &s.pack.dates
	step := 0
	switch {
	case w.next[s.word(i)]:
		step = 1
	case w.last[s.word(i)]:
		step = -1
	default:
		return dateSpan{}, i, false
	}
	amount, to, ok := s.number(i+1, false)
	if !ok || to >= len(s.tokens) || amount < 1 || amount > 9999 || amount != float64(int(amount)) {
		return dateSpan{}, i, false
	}
	u, ok := s.pack.units[s.word(to)]
	if !ok || u.kind != duration {
		return dateSpan{}, i, false
	}
	today := s.today()
	other, ok := today.shift(step*int(amount), u.name)
	if step < 0 {
		return dateSpan{other, today}, to + 1, ok
	}
	return dateSpan{today, other}, to + 1, ok
}

// periodByMonth reads "December", "next May", "December 2026".
func (s *scan) periodByMonth(i int) (dateSpan, int, bool) {
	w := &s.pack.dates
	at, step := i, 0
	switch {
	case w.last[s.word(at)]:
		at, step = at+1, -1
	case w.next[s.word(at)], w.this[s.word(at)]:
		at++
	}
	month, n := longest(s, w.months, at, 1)
	if n == 0 {
		return dateSpan{}, i, false
	}
	to := at + n
	today := s.today()
	first := day{today.year, time.Month(month), 1}
	if year, end := s.year(to); end > to {
		first.year, to = year, end
	} else if past := step < 0 || s.model.past; past && !first.before(day{today.year, today.month, 1}) {
		first.year--
	} else if !past && first.before(day{today.year, today.month, 1}) {
		first.year++
	}
	return dateSpan{first, first.add(0, 1, -1)}, to, true
}

// periodByYear reads a year in four digits.
func (s *scan) periodByYear(i int) (dateSpan, int, bool) {
	if !s.tokens[i].digits || len(s.word(i)) != 4 || !s.atBounds(i, i+1, [2]int{s.tokens[i].start, s.tokens[i].end}) {
		return dateSpan{}, i, false
	}
	year := s.integer(i, 4)
	if year < 1900 || year >= 2200 {
		return dateSpan{}, i, false
	}
	return dateSpan{day{year, 1, 1}, day{year, 12, 31}}, i + 1, true
}

// dateTimeAt finds what @sys.date-time delivers: a day with or without a
// time, a time today, a span of times of a day, a run of days.
func dateTimeAt(s *scan, i int) []hit {
	var best []hit
	consider := func(to int, value any) {
		if to > i && (best == nil || to > best[0].to) {
			best = s.one(i, to, value)
		}
	}
	if d, to, ok := s.date(i); ok {
		consider(to, d.object())
		at := s.skip(to, s.pack.clock.at)
		if at < len(s.tokens) {
			if p, end, ok := s.timePeriod(at, true); ok {
				consider(end, p.on(d))
			} else if p, end, ok := s.timePeriod(to, true); ok {
				consider(end, p.on(d))
			}
			if t, end, ok := s.time(at); ok {
				consider(end, t.on(d))
			}
		}
	}
	if p, to, ok := s.timePeriod(i, false); ok {
		consider(to, p.on(s.today()))
		if d, end, ok := s.dateAfter(to); ok {
			consider(end, p.on(d))
		}
	}
	if t, to, ok := s.time(i); ok {
		consider(to, t.on(s.today()))
		if d, end, ok := s.dateAfter(to); ok {
			consider(end, t.on(d))
		}
	}
	if p, to, ok := s.datePeriod(i); ok {
		consider(to, p.object())
	}
	return best
}

// on is a span of times on a day, which may end on the next.
func (p timeSpan) on(d day) map[string]any {
	end := d
	if p.end.minute() < p.start.minute() && !p.end.vague {
		end = d.add(0, 0, 1)
	}
	return map[string]any{"startDateTime": p.start.on(d), "endDateTime": p.end.on(end)}
}

// dateAfter reads a date after a time: "at five on Friday".
func (s *scan) dateAfter(to int) (day, int, bool) {
	at := to
	for at < len(s.tokens) && at < to+2 && s.pack.function[s.word(at)] {
		at++
	}
	if at >= len(s.tokens) {
		return day{}, to, false
	}
	return s.date(at)
}

// skip passes one phrase of the set.
func (s *scan) skip(i int, set map[string]bool) int {
	_, n := longest(s, set, i, 2)
	return i + n
}
