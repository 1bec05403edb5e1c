package nlu

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// anyAt is the rest of the text from a token on, and everything shorter, for
// patterns: @sys.any. It is only ever assumed.
func anyAt(s *scan, i int) []hit {
	if !s.assume {
		return nil
	}
	hits := make([]hit, 0, len(s.tokens)-i)
	for to := len(s.tokens); to > i; to-- {
		h := s.hit(i, to, nil)
		if i == 0 && to == len(s.tokens) {
			h = s.everything()
		}
		h.value = s.original(h)
		h.confidence = assumed
		hits = append(hits, h)
	}
	return hits
}

// everything is the whole text without blanks around it.
func (s *scan) everything() hit {
	h := s.hit(0, len(s.tokens), nil)
	h.start = len(s.text) - len(strings.TrimLeftFunc(s.text, unicode.IsSpace))
	h.end = len(strings.TrimRightFunc(s.text, unicode.IsSpace))
	return h
}

// expression finds what a regular expression finds, at the bounds of words.
func expression(expr string, value func(s *scan, found string) (any, bool)) recogniserFunc {
	found := &regexpEntity{expressions: []*regexp.Regexp{regexp.MustCompile(expr)}}
	return func(s *scan, i int) []hit {
		var kept []hit
		for _, h := range found.at(s, i) {
			if v, ok := value(s, s.original(h)); ok {
				h.value = v
				kept = append(kept, h)
			}
		}
		return kept
	}
}

func asWritten(_ *scan, found string) (any, bool) { return found, true }

var (
	emailAt = expression(`(?i)[\p{L}\p{N}][\p{L}\p{N}._%+-]*@[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}`, asWritten)

	urlAt = expression(`(?i)(?:(?:https?|ftp)://[^\s<>"]*[^\s<>".,;:!?)'\]]|(?:www\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|edu|gov|io|dev|app|info|biz|eu|[a-z]{2})\b(?:/[^\s<>"]*[^\s<>".,;:!?)'\]]|/)?)`, asWritten)

	flightNumberAt = expression(`(?i)\b(?:[a-z]{2}|[a-z][0-9]|[0-9][a-z]) ?[0-9]{1,4}\b`, func(_ *scan, found string) (any, bool) {
		return strings.ToUpper(strings.ReplaceAll(found, " ", "")), true
	})

	// zipCodeAt takes the codes of the United States, Canada and the United
	// Kingdom, and plain runs of three to ten digits.
	zipCodeAt = expression(`(?i)\b(?:[0-9]{5}-[0-9]{4}|[0-9]{2}-[0-9]{3}|[0-9]{3,10}|[0-9]{4} ?[a-z]{2}|[a-z][0-9][a-z] ?[0-9][a-z][0-9]|[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2})\b`, asWritten)
)

// minPhone is the number of digits from which a run counts as a telephone number.
const minPhone = 4

// phoneNumberAt finds telephone numbers: what the region's plan knows, and
// any run of at least four digits, since Dialogflow delivers both. The value
// is the number in digits.
func phoneNumberAt(s *scan, i int) []hit {
	plus := s.tokens[i].start > 0 && s.text[s.tokens[i].start-1] == '+'
	hits := sequenceAt(s, i)
	for k := range hits {
		h := &hits[k]
		digits, _ := h.value.(string)
		if plus {
			h.start--
			if n, err := phonenumbers.Parse("+"+digits, s.region); err == nil && phonenumbers.IsPossibleNumber(n) {
				h.value = "+" + digits
			}
		} else if h.start > 0 && s.text[h.start-1] == '(' {
			h.start--
		}
	}
	if len(hits) == 0 || len(strings.TrimPrefix(hits[0].value.(string), "+")) < minPhone {
		return nil
	}
	return hits
}

func colorAt(s *scan, i int) []hit {
	_, n := longest(s, s.pack.colors, i, 2)
	if n == 0 {
		return nil
	}
	return s.one(i, i+n, s.phrase(i, i+n))
}

// names is a table of names by language, made when first used.
type names struct {
	table    map[string]string
	maxWords int
}

// languageAt finds names of languages, in the language of the text:
// @sys.language.
func languageAt(s *scan, i int) []hit {
	t := languageNames(s.lang)
	v, n := longest(s, t.table, i, t.maxWords)
	if n == 0 {
		return nil
	}
	return s.one(i, i+n, v)
}

var languageNames = cached(func(lang string) names {
	t := names{table: map[string]string{}}
	namer := display.Languages(parseTag(lang))
	if namer == nil {
		namer = display.Languages(language.English)
	}
	for _, tag := range spokenLanguages {
		t.add(namer.Name(tag), "")
	}
	return t
})

// add takes a name that stands for value, or for itself.
func (t *names) add(name, value string) {
	u := tokenise(name)
	if len(u.tokens) == 0 {
		return
	}
	if value == "" {
		value = name
	}
	if _, ok := t.table[u.key]; !ok {
		t.table[u.key] = value
		t.maxWords = max(t.maxWords, len(u.tokens)+1)
	}
}

func parseTag(lang string) language.Tag {
	tag, err := language.Parse(lang)
	if err != nil {
		return language.English
	}
	return tag
}

var spokenLanguages = func() []language.Tag {
	codes := strings.Fields("af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko ky la lb lo lt lv mk ml mn mr ms mt my ne nl no pa pl ps pt ro ru sd si sk sl so sq sr sv sw ta te tg th tk tr uk ur uz vi xh yi yo zh zu")
	tags := make([]language.Tag, len(codes))
	for i, c := range codes {
		tags[i] = language.MustParse(c)
	}
	return tags
}()
