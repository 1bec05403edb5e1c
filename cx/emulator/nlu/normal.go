package nlu

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// gap is what stands between a token and the one before it.
type gap uint8

const (
	gapBlank      gap = iota // blanks or punctuation, or the start of the text
	gapNone                  // nothing: a letter meets a digit, or symbols follow one another
	gapApostrophe            // an apostrophe alone, as in "I'm"
)

// token is a run of letters or of digits, a single symbol such as an emoji,
// or a single character of a script without blanks.
type token struct {
	start, end int // bytes of the text
	from, to   int // bytes of the key
	gap        gap
	digits     bool
}

// utterance is a text in tokens, with its key: the normalised words, one
// blank between them, none at apostrophes and between letters and digits.
type utterance struct {
	text   string
	key    string
	tokens []token
}

// word returns the normalised form of a token.
func (u *utterance) word(i int) string { return u.key[u.tokens[i].from:u.tokens[i].to] }

// phrase returns the normalised form of the tokens from to to, the last not
// included.
func (u *utterance) phrase(from, to int) string {
	return u.key[u.tokens[from].from:u.tokens[to-1].to]
}

// raw returns the text of the tokens from to to.
func (u *utterance) raw(from, to int) string {
	return u.text[u.tokens[from].start:u.tokens[to-1].end]
}

// between returns the text between a token and the one before it.
func (u *utterance) between(i int) string {
	if i == 0 {
		return u.text[:u.tokens[0].start]
	}
	if i >= len(u.tokens) {
		return u.text[u.tokens[len(u.tokens)-1].end:]
	}
	return u.text[u.tokens[i-1].end:u.tokens[i].start]
}

// tokenAt returns the first token that ends after a byte of the text.
func (u *utterance) tokenAt(b int) int {
	lo, hi := 0, len(u.tokens)
	for lo < hi {
		mid := (lo + hi) / 2
		if u.tokens[mid].end <= b {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// clip cuts a text at MaxText bytes, at the start of a character.
func clip(text string) string {
	if len(text) <= MaxText {
		return text
	}
	cut := MaxText
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// normalise returns the key of a text.
func normalise(text string) string { return tokenise(text).key }

// tokenise splits a text. Nothing in it can fail: bytes that are no UTF-8
// count as punctuation.
func tokenise(text string) *utterance {
	t := tokeniser{u: &utterance{text: text}}
	t.key.Grow(len(text))
	for i, r := range text {
		size := 1
		if r >= utf8.RuneSelf {
			_, size = utf8.DecodeRuneInString(text[i:])
		}
		t.add(i, i+size, r)
	}
	if len(t.u.tokens) == 0 {
		// A text of punctuation alone is its own key.
		t.key.WriteString(strings.Join(strings.Fields(text), ""))
	}
	t.u.key = t.key.String()
	return t.u
}

type tokeniser struct {
	u     *utterance
	key   strings.Builder
	class class // of the character before
	gap   gap
	seen  bool // a separator since the last token
}

// class sorts characters by how they make tokens.
type class uint8

const (
	separator class = iota
	apostrophe
	letter
	digit
	single
	mark
)

func (t *tokeniser) add(start, end int, r rune) {
	c := classify(r)
	switch {
	case c == mark && t.class == letter:
		last := &t.u.tokens[len(t.u.tokens)-1]
		last.end = end
		if !unicode.In(lastRune(t.u.text[:start]), unicode.Latin, unicode.Greek) {
			t.key.WriteRune(r)
			last.to = t.key.Len()
		}
		return
	case c == separator, c == mark:
		t.gap, t.seen, t.class = gapBlank, true, separator
		return
	case c == apostrophe:
		if t.class == letter && !t.seen {
			t.gap = gapApostrophe
		} else {
			t.gap = gapBlank
		}
		t.seen, t.class = true, apostrophe
		return
	}
	if c == t.class && c != single {
		last := &t.u.tokens[len(t.u.tokens)-1]
		last.end = end
		writeFolded(&t.key, r)
		last.to = t.key.Len()
		return
	}
	t.begin(start, end, r, c)
}

// begin starts a token with r.
func (t *tokeniser) begin(start, end int, r rune, c class) {
	g := gapNone
	if t.seen || len(t.u.tokens) == 0 {
		g = t.gap
	}
	if c == digit && g == gapApostrophe {
		g = gapBlank
	}
	if g == gapBlank && len(t.u.tokens) > 0 && (c != single || !t.lastSingle()) {
		t.key.WriteByte(' ')
	}
	from := t.key.Len()
	writeFolded(&t.key, r)
	t.u.tokens = append(t.u.tokens, token{start: start, end: end, from: from, to: t.key.Len(), gap: g, digits: c == digit})
	t.gap, t.seen, t.class = gapBlank, false, c
}

// lastSingle reports whether the token before is of a single character of a
// script without blanks or a symbol, which blanks do not divide.
func (t *tokeniser) lastSingle() bool {
	last := t.u.tokens[len(t.u.tokens)-1]
	return classify(lastRune(t.u.text[:last.end])) == single
}

func lastRune(s string) rune {
	for len(s) > 0 {
		r, size := utf8.DecodeLastRuneInString(s)
		if !unicode.Is(unicode.Mn, r) {
			return r
		}
		s = s[:len(s)-size]
	}
	return utf8.RuneError
}

func classify(r rune) class {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return letter
	case r >= '0' && r <= '9':
		return digit
	case r == '\'', r == '’', r == '‘', r == 'ʼ', r == '＇', r == '`', r == '´':
		return apostrophe
	case r < utf8.RuneSelf, r == utf8.RuneError, r == '°':
		return separator
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return single
	case unicode.IsLetter(r):
		return letter
	case unicode.IsDigit(r), unicode.Is(unicode.No, r):
		return digit
	case r == '\u200d', r == '\ufe0f', r == '\u00ad':
		return mark
	case unicode.Is(unicode.M, r):
		return mark
	case unicode.Is(unicode.So, r):
		return single
	}
	return separator
}

// writeFolded writes the normalised form of a character: lower case, usual
// width, without accents on Latin and Greek letters.
func writeFolded(b *strings.Builder, r rune) {
	switch {
	case r >= 'A' && r <= 'Z':
		b.WriteByte(byte(r) + 'a' - 'A')
		return
	case r < utf8.RuneSelf:
		b.WriteByte(byte(r))
		return
	}
	if s, ok := foldedLetters[unicode.ToLower(r)]; ok {
		b.WriteString(s)
		return
	}
	strip := unicode.In(r, unicode.Latin, unicode.Greek)
	form := norm.NFKC
	if strip {
		form = norm.NFKD
	}
	for _, d := range form.String(string(r)) {
		if strip && unicode.Is(unicode.Mn, d) {
			continue
		}
		b.WriteRune(unicode.ToLower(d))
	}
}

// foldedLetters are letters that Unicode does not decompose.
var foldedLetters = map[rune]string{
	'ß': "ss", 'ı': "i", 'ł': "l", 'ø': "o", 'đ': "d", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ð': "d",
}
