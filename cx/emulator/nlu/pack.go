package nlu

import (
	"strconv"
	"strings"
	"sync"
)

// languagePack holds the words of a language that the system entities go by,
// normalised. It is immutable.
type languagePack struct {
	decimalComma bool
	dotOrdinals  bool // "3." is the third
	plurals      bool // nouns take an s in the plural
	numbers      *numberWords
	repeats      map[string]int // "double" in runs of digits
	zeros        map[string]bool
	percent      map[string]bool
	function     map[string]bool // words that are no names
	namePhrases  map[string]bool // "my name is"
	placeWords   map[string]bool // "in", "from": a place may follow
	dates        dateWords
	clock        clockWords
	units        map[string]unit
	currencies   map[string]string
	colors       map[string]bool
}

// packs are made when a language is first used: number words alone are
// thousands.
var packs = map[string]func() *languagePack{
	"en": sync.OnceValue(english), "es": sync.OnceValue(spanish), "fr": sync.OnceValue(french),
	"de": sync.OnceValue(german), "it": sync.OnceValue(italian), "pt": sync.OnceValue(portuguese),
	"pl": sync.OnceValue(polish), "tr": sync.OnceValue(turkish), "nl": sync.OnceValue(dutch),
}

// packFor returns the words of a language; English ones where there are none,
// since numerals, times and addresses in digits are alike.
func packFor(lang string) *languagePack {
	base, region, _ := strings.Cut(lang, "-")
	p, ok := packs[base]
	if !ok {
		p = packs["en"]
	}
	pack := p()
	if base == "en" && region != "" && region != "us" && region != "ca" && region != "ph" {
		other := *pack
		other.dates.dayFirst = true
		return &other
	}
	return pack
}

// regionOf returns the country that telephone numbers of a language default
// to.
func regionOf(lang string) string {
	base, region, _ := strings.Cut(lang, "-")
	if len(region) == 2 {
		return strings.ToUpper(region)
	}
	switch base {
	case "en":
		return "US"
	case "pt":
		return "BR"
	case "ja":
		return "JP"
	case "ko":
		return "KR"
	case "hi", "bn", "mr", "ta", "te", "gu", "ml":
		return "IN"
	case "zh":
		return "CN"
	case "da":
		return "DK"
	case "sv":
		return "SE"
	case "uk":
		return "UA"
	}
	return strings.ToUpper(base)
}

// isFunction reports whether one of the tokens is a word that is no name or
// value of its own, such as "is" or "please".
func (p *languagePack) isFunction(s *scan, from, to int) bool {
	for i := from; i < to; i++ {
		if p.function[s.word(i)] {
			return true
		}
	}
	return false
}

// contiguous reports whether nothing that ends a sentence or a clause stands
// between the tokens.
func (s *scan) contiguous(from, to int) bool {
	for i := from + 1; i < to; i++ {
		if strings.ContainsAny(s.between(i), ".,;:!?()\n\"") {
			return false
		}
	}
	return true
}

// packWords are the words of a language as they are written down in this
// package: lists divided by bars, or tables of phrase=value.
type packWords struct {
	decimalComma, dotOrdinals, dayFirst, plurals bool

	numbers                                                    numberWordsFunc
	repeats, zeros, percent, function, namePhrases, placeWords string

	months, weekdays                                           string // in order, from January and from Sunday
	days, feasts                                               string
	next, last, this, of, in, ahead, ago, weekend, from, until string

	am, pm, hour, named, at, half, past, to, quarter, minutes, parts string

	units, currencies, colors string
}

type numberWordsFunc func() *numberWords

// pack compiles the words.
func (w packWords) pack() *languagePack {
	return &languagePack{
		decimalComma: w.decimalComma, dotOrdinals: w.dotOrdinals, plurals: w.plurals, numbers: w.numbers(),
		repeats: table(w.repeats, number), zeros: phrases(w.zeros), percent: phrases(w.percent),
		function: phrases(w.function), namePhrases: phrases(w.namePhrases), placeWords: phrases(w.placeWords),
		dates: dateWords{
			dayFirst: w.dayFirst, months: numbered(1, w.months), weekdays: numbered(0, w.weekdays),
			days: table(w.days, number), feasts: table(w.feasts, pair), next: phrases(w.next), last: phrases(w.last),
			this: phrases(w.this), of: phrases(w.of), in: phrases(w.in), ahead: phrases(w.ahead), ago: phrases(w.ago),
			weekend: phrases(w.weekend), from: phrases(w.from), until: phrases(w.until),
		},
		clock: clockWords{
			am: phrases(w.am), pm: phrases(w.pm), hour: phrases(w.hour), named: table(w.named, number),
			at: phrases(w.at), half: table(w.half, number), past: phrases(w.past), to: phrases(w.to),
			quarter: phrases(w.quarter), minutes: table(w.minutes, number), parts: table(w.parts, pair),
		},
		units: withSymbols(unitTable(w.units)), currencies: table(w.currencies, same), colors: phrases(w.colors),
	}
}

// number reads a value of a table; the tables are constants of this package,
// which its tests read.
func number(v string) int {
	n, err := strconv.Atoi(v)
	if err != nil {
		panic("nlu: bad table value " + strconv.Quote(v))
	}
	return n
}

// pair reads a value such as 12-25.
func pair(v string) [2]int {
	a, b, _ := strings.Cut(v, "-")
	return [2]int{number(a), number(b)}
}

// numbered numbers words from first on, the forms of one divided by slashes,
// blanks in them written as underscores.
func numbered(first int, words string) map[string]int {
	m := map[string]int{}
	for w, v := range counted(float64(first), 1, words) {
		m[w] = int(v)
	}
	return m
}

// phrases is a set of phrases divided by bars.
func phrases(text string) map[string]bool { return set(text) }

// table reads "phrase=value|phrase=value".
func table[V any](text string, value func(string) V) map[string]V {
	m := map[string]V{}
	for _, item := range strings.Split(text, "|") {
		phrase, v, ok := strings.Cut(item, "=")
		if !ok {
			continue
		}
		for _, form := range strings.Split(phrase, "/") {
			m[normalise(form)] = value(v)
		}
	}
	return m
}

func same(v string) string { return v }
