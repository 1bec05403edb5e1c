package nlu

import (
	"strconv"
	"time"
)

// dateWords are the words for dates of a language.
type dateWords struct {
	dayFirst bool // 3/4 is the third of April
	months   map[string]int
	weekdays map[string]int // Sunday is 0
	days     map[string]int // today, tomorrow … in days from today
	feasts   map[string][2]int
	next     map[string]bool
	last     map[string]bool
	this     map[string]bool
	of       map[string]bool // between day and month, month and year
	in       map[string]bool // before a span to come
	ahead    map[string]bool // after it
	ago      map[string]bool // before or after a span gone by
	weekend  map[string]bool
	from     map[string]bool // before a period
	until    map[string]bool // inside a period
}

// day is a day of the calendar.
type day struct {
	year  int
	month time.Month
	day   int
}

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day{y, m, d}
}

func (d day) add(years, months, days int) day {
	return dayOf(time.Date(d.year, d.month, d.day, 12, 0, 0, 0, time.UTC).AddDate(years, months, days))
}

func (d day) weekday() int {
	return int(time.Date(d.year, d.month, d.day, 12, 0, 0, 0, time.UTC).Weekday())
}

func (d day) before(other day) bool {
	if d.year != other.year {
		return d.year < other.year
	}
	if d.month != other.month {
		return d.month < other.month
	}
	return d.day < other.day
}

// valid reports whether there is such a day.
func (d day) valid() bool {
	return d.year >= 1 && d.year <= 9999 && d.month >= 1 && d.month <= 12 && d.day >= 1 && d.add(0, 0, 0) == d
}

func (d day) object() map[string]any {
	return map[string]any{"year": float64(d.year), "month": float64(d.month), "day": float64(d.day)}
}

func (s *scan) today() day { return dayOf(s.now) }

// dateAt finds a day: @sys.date.
func dateAt(s *scan, i int) []hit {
	d, to, ok := s.date(i)
	if !ok {
		return nil
	}
	return s.one(i, to, d.object())
}

// date reads the longest date at token i.
func (s *scan) date(i int) (day, int, bool) {
	var best day
	end := i
	for _, read := range []func(int) (day, int, bool){
		s.dateInDigits, s.dateByMonth, s.dateByWeekday, s.dateByName, s.dateBySpan, s.dateByOrdinal,
	} {
		if d, to, ok := read(i); ok && to > end && d.valid() {
			best, end = d, to
		}
	}
	return best, end, end > i
}

// dateInDigits reads 2026-11-22, 11/22/2026, 22.11.26 and 11/22.
func (s *scan) dateInDigits(i int) (day, int, bool) {
	if !s.tokens[i].digits || i+1 >= len(s.tokens) || !s.tokens[i+1].digits {
		return day{}, i, false
	}
	mark := s.between(i + 1)
	if mark != "-" && mark != "/" && mark != "." {
		return day{}, i, false
	}
	a, b := s.integer(i, 4), s.integer(i+1, 2)
	if i+2 < len(s.tokens) && s.tokens[i+2].digits && s.between(i+2) == mark {
		c := s.integer(i+2, 4)
		if len(s.word(i)) == 4 {
			return day{a, time.Month(b), c}, i + 3, true
		}
		if len(s.word(i+2)) == 2 {
			c = s.century(c)
		}
		return s.dayMonth(a, b, c), i + 3, true
	}
	if mark != "/" && (mark != "." || !s.pack.dates.dayFirst) {
		return day{}, i, false
	}
	d := s.dayMonth(a, b, 0)
	return s.yearless(d), i + 2, true
}

// dayMonth orders two numbers as the language does, unless only the other
// order is a date.
func (s *scan) dayMonth(a, b, year int) day {
	if s.pack.dates.dayFirst && b <= 12 || a > 12 {
		return day{year, time.Month(b), a}
	}
	return day{year, time.Month(a), b}
}

// integer returns the number of a token of at most max digits, else -1.
func (s *scan) integer(i, maxDigits int) int {
	w := s.word(i)
	if len(w) > maxDigits {
		return -1
	}
	n, err := strconv.Atoi(w)
	if err != nil {
		return -1
	}
	return n
}

// century completes a year of two digits: at most ten years ahead, else gone
// by.
func (s *scan) century(year int) int {
	year += s.now.Year() / 100 * 100
	if year > s.now.Year()+10 {
		year -= 100
	}
	return year
}

// yearless gives a day its year: the next such day, today included, or the
// latest with PastDates.
func (s *scan) yearless(d day) day {
	today := s.today()
	step := 1
	if s.model.past {
		step = -1
	}
	for d.year = today.year; d.year > today.year-9 && d.year < today.year+9; d.year += step {
		if !d.valid() {
			continue
		}
		if step > 0 && !d.before(today) || step < 0 && !today.before(d) {
			return d
		}
	}
	return day{}
}

// dateByMonth reads a date with the name of a month: "November 22nd, 2026",
// "22 de noviembre".
func (s *scan) dateByMonth(i int) (day, int, bool) {
	w := &s.pack.dates
	var d, to int
	month, n := longest(s, w.months, i, 1)
	if n > 0 {
		at := i + 1
		if s.isOf(at) {
			at++
		}
		if d, to = s.dayNumber(at); to == at || s.spansYear(at) {
			return day{}, i, false
		}
	} else {
		if d, to = s.dayNumber(i); to == i {
			return day{}, i, false
		}
		for s.isOf(to) {
			to++
		}
		if month, n = longest(s, w.months, to, 1); n == 0 {
			return day{}, i, false
		}
		to++
	}
	date := day{0, time.Month(month), d}
	if year, end := s.year(to); end > to {
		date.year = year
		return date, end, true
	}
	return s.yearless(date), to, true
}

func (s *scan) isOf(i int) bool { return i < len(s.tokens) && s.pack.dates.of[s.word(i)] }

// spansYear reports whether the digits at i are too many for a day.
func (s *scan) spansYear(i int) bool { return s.tokens[i].digits && len(s.word(i)) > 2 }

// dayNumber reads the day of a month: 22, 22nd, twenty-second, twenty two.
func (s *scan) dayNumber(i int) (int, int) {
	if i >= len(s.tokens) {
		return 0, i
	}
	if v, to, ok := s.ordinal(i); ok && v >= 1 && v <= 31 {
		return int(v), to
	}
	if s.tokens[i].digits {
		if n := s.integer(i, 2); n >= 1 && n <= 31 {
			return n, i + 1
		}
		return 0, i
	}
	if s.isArticle(i) {
		return 0, i
	}
	v, n := longest(s, s.pack.numbers.small, i, s.pack.numbers.maxWords)
	if n > 0 && v >= 1 && v <= 31 {
		return int(v), i + n
	}
	return 0, i
}

// year reads a year after a date: 2026, of 2026, twenty twenty-six.
func (s *scan) year(i int) (int, int) {
	at := i
	if s.isOf(at) {
		at++
	}
	if at >= len(s.tokens) {
		return 0, i
	}
	if s.tokens[at].digits {
		w := s.word(at)
		if n := s.integer(at, 4); len(w) == 4 && n >= 1000 {
			return n, at + 1
		}
		return 0, i
	}
	small := s.pack.numbers
	a, n := longest(s, small.small, at, small.maxWords)
	if n > 0 && (a == 19 || a == 20) && at+n < len(s.tokens) {
		if b, m := longest(s, small.small, at+n, small.maxWords); m > 0 && b >= 10 {
			return int(a)*100 + int(b), at + n + m
		}
	}
	if v, to, ok := s.numberWords(at); ok && v >= 1900 && v < 2200 {
		return int(v), to
	}
	return 0, i
}
