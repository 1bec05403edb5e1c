package nlu

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// cached makes a function compute each language once. It is safe for
// concurrent use.
func cached(compute func(lang string) names) func(lang string) names {
	var known sync.Map
	return func(lang string) names {
		lang = baseLanguage(lang)
		if v, ok := known.Load(lang); ok {
			return v.(names)
		}
		v, _ := known.LoadOrStore(lang, compute(lang))
		return v.(names)
	}
}

// baseLanguage is the language without region, English if it is none that
// CLDR names, so that the cache holds few.
func baseLanguage(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	if _, ok := cldrLanguages[base]; ok {
		return base
	}
	return "en"
}

var cldrLanguages = func() map[string]bool {
	m := map[string]bool{}
	for _, t := range display.Supported.Tags() {
		base, _ := t.Base()
		m[base.String()] = true
	}
	return m
}()

// countryNames are the countries of CLDR in the language of the text, and the
// English everyday names.
var countryNames = cached(func(lang string) names {
	t := names{table: map[string]string{}}
	namer := display.Regions(parseTag(lang))
	if namer == nil {
		namer = display.Regions(language.English)
	}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			r, err := language.ParseRegion(string([]rune{a, b}))
			if err != nil || !r.IsCountry() || r.Canonicalize() != r {
				continue
			}
			name := namer.Name(r)
			if name == "" {
				continue
			}
			short, _, _ := strings.Cut(name, " (")
			t.add(short, short)
			t.add(strings.ReplaceAll(short, "&", "and"), short)
			if _, other, ok := strings.Cut(name, " ("); ok {
				t.add(strings.TrimSuffix(other, ")"), short)
			}
		}
	}
	for _, phrase := range sortedKeys(countryAliases) {
		t.add(phrase, namer.Name(language.MustParseRegion(countryAliases[phrase])))
	}
	if lang == "en" {
		for _, phrase := range sortedKeys(withArticle) {
			t.table[phrase] = withArticle[phrase]
			t.add("the "+phrase, withArticle[phrase])
		}
	}
	return t
})

var countryAliases = map[string]string{
	"usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "america": "US", "the states": "US",
	"uk": "GB", "u.k.": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
	"holland": "NL", "the netherlands": "NL", "south korea": "KR", "korea": "KR", "north korea": "KP", "turkey": "TR", "burma": "MM",
	"czech republic": "CZ", "ivory coast": "CI", "uae": "AE", "russian federation": "RU", "macedonia": "MK", "swaziland": "SZ",
	"eeuu": "US", "estados unidos de america": "US", "etats unis": "US", "usa amerika": "US", "hong kong": "HK", "macau": "MO",
}

// withArticle are countries that Dialogflow names with their article.
var withArticle = map[string]string{"bahamas": "The Bahamas", "gambia": "The Gambia"}

func countryAt(s *scan, i int) []hit {
	t := countryNames(s.lang)
	v, n := longest(s, t.table, i, t.maxWords)
	if n == 0 {
		return nil
	}
	return s.one(i, i+n, v)
}

func cityAt(s *scan, i int) []hit {
	if v, n := longest(s, cities().table, i, cities().maxWords); n > 0 {
		return s.one(i, i+n, v)
	}
	return s.place(i)
}

func stateAt(s *scan, i int) []hit {
	t := states()
	if v, n := longest(s, t.table, i, t.maxWords); n > 0 {
		return s.one(i, i+n, v)
	}
	raw := s.raw(i, i+1)
	if v, ok := stateCodes()[raw]; ok || len(s.tokens) == 1 {
		if !ok {
			v, ok = stateCodes()[strings.ToUpper(raw)]
		}
		if ok {
			return s.one(i, i+1, v)
		}
	}
	return s.place(i)
}

// maxPlaceWords is the longest name that is assumed to be one place.
const maxPlaceWords = 4

// place assumes an unknown name where one is asked for: words that are
// capitalised, or that follow "in", "to", "from", or that are all of the
// text.
func (s *scan) place(i int) []hit {
	if !s.assume || s.tokens[i].digits {
		return nil
	}
	var hits []hit
	led := i > 0 && s.pack.placeWords[s.word(i-1)]
	for n := min(maxPlaceWords, len(s.tokens)-i); n > 0; n-- {
		if !s.contiguous(i, i+n) || s.pack.isFunction(s, i, i+n) || s.anyDigits(i, i+n) {
			continue
		}
		all := n == len(s.tokens)
		if !all && !(led && i+n == len(s.tokens)) && !s.capitalised(i, i+n) {
			continue
		}
		h := s.hit(i, i+n, titled(s.raw(i, i+n)))
		h.confidence = assumed
		hits = append(hits, h)
	}
	return hits
}

func (s *scan) anyDigits(from, to int) bool {
	for i := from; i < to; i++ {
		if s.tokens[i].digits {
			return true
		}
	}
	return false
}

// capitalised reports whether each of the tokens begins with a capital, and
// not only for being the first of the text.
func (s *scan) capitalised(from, to int) bool {
	for i := from; i < to; i++ {
		if r, _ := utf8.DecodeRuneInString(s.text[s.tokens[i].start:]); !unicode.IsUpper(r) {
			return false
		}
	}
	return from > 0 || to-from > 1
}

// titled gives a name its capitals if it has none.
func titled(name string) string {
	if strings.IndexFunc(name, unicode.IsUpper) >= 0 {
		return name
	}
	var b strings.Builder
	first := true
	for _, r := range name {
		if first && unicode.IsLetter(r) {
			r = unicode.ToTitle(r)
		}
		first = !unicode.IsLetter(r) && r != '\'' && r != '’'
		b.WriteRune(r)
	}
	return b.String()
}
