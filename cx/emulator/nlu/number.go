package nlu

import (
	"math"
	"strconv"
	"strings"
)

// number reads a number at token i, in digits or in words: its value and the
// token after it. Articles count as one only where asked for.
func (s *scan) number(i int, articles bool) (value float64, to int, ok bool) {
	if i >= len(s.tokens) {
		return 0, i, false
	}
	if s.tokens[i].digits {
		value, to, ok = s.digits(i)
		if !ok {
			return 0, i, false
		}
		return s.scaled(value, to)
	}
	if s.isArticle(i) && !articles && len(s.tokens) > 1 && !s.scaleAt(i+1) {
		return 0, i, false
	}
	return s.numberWords(i)
}

func (s *scan) isArticle(i int) bool {
	return i < len(s.tokens) && s.pack.numbers.articles[s.word(i)]
}

func (s *scan) scaleAt(i int) bool {
	if i >= len(s.tokens) {
		return false
	}
	n := s.pack.numbers
	return n.scales[s.word(i)] > 0 || n.hundred[s.word(i)]
}

// scaled multiplies a number in digits by the scale word after it: "2 million".
func (s *scan) scaled(v float64, to int) (float64, int, bool) {
	for s.scaleAt(to) && !s.tokens[to].digits {
		if f := s.pack.numbers.scales[s.word(to)]; f > 0 {
			v *= f
		} else {
			v *= 100
		}
		to++
	}
	return v, to, true
}

// digits reads a number in digits with the separators of the language, and a
// minus sign that stands apart from the word before.
func (s *scan) digits(i int) (float64, int, bool) {
	if i > 0 && s.tokens[i].gap == gapNone && !s.tokens[i-1].digits {
		return 0, i, false
	}
	if i > 0 && s.tokens[i-1].digits {
		// "2.5" holds no 5.
		if end, _ := s.digitRun(s.tokens[i-1].start); end > s.tokens[i].start {
			return 0, i, false
		}
	}
	end, text := s.digitRun(s.tokens[i].start)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, i, false
	}
	if s.negative(i) {
		v = -v
	}
	return v, s.tokenAt(end-1) + 1, true
}

// negative reports whether a minus sign belongs to the number at i.
func (s *scan) negative(i int) bool {
	b := s.tokens[i].start
	if b == 0 {
		return false
	}
	before := s.text[:b]
	for _, sign := range []string{"-", "−"} {
		if rest, ok := strings.CutSuffix(before, sign); ok {
			return rest == "" || strings.HasSuffix(rest, " ")
		}
	}
	return false
}

// digitRun reads digits, groups of three and decimals from a byte on. It
// returns the end and the number in Go's form.
func (s *scan) digitRun(b int) (end int, text string) {
	group, point := byte(','), byte('.')
	if s.pack.decimalComma {
		group, point = '.', ','
	}
	digitsAt := func(p int) int {
		n := 0
		for p+n < len(s.text) && s.text[p+n] >= '0' && s.text[p+n] <= '9' {
			n++
		}
		return n
	}
	n := digitsAt(b)
	text, p := s.text[b:b+n], b+n
	for n <= 3 && p < len(s.text) && s.text[p] == group && digitsAt(p+1) == 3 {
		text += s.text[p+1 : p+4]
		p += 4
	}
	if p < len(s.text) && (s.text[p] == point || s.text[p] == '.' && p == b+n) {
		if d := digitsAt(p + 1); d > 0 {
			text += "." + s.text[p+1:p+1+d]
			p += 1 + d
		}
	}
	return p, text
}

// wordNumber is a number in words as far as it was read.
type wordNumber struct {
	*scan
	first, at, to int
	total         float64
	part          float64 // below 1000; -1 if nothing of it was said
	room          float64 // what the next word must stay below to be added
}

// numberWords reads a number in words.
func (s *scan) numberWords(i int) (float64, int, bool) {
	w := wordNumber{scan: s, first: i, at: i, to: i, part: -1, room: 1000}
	for w.at < len(s.tokens) && (w.addend() || w.factor() || w.connector()) {
	}
	if w.to == i {
		if s.isArticle(i) {
			return 1, i + 1, true
		}
		return 0, i, false
	}
	return w.total + math.Max(w.part, 0), w.to, true
}

// say takes some words that make the part v.
func (w *wordNumber) say(v, room float64, words int) bool {
	w.part, w.room = v, room
	w.at += words
	w.to = w.at
	return true
}

// addend takes a word whose number is added.
func (w *wordNumber) addend() bool {
	n := w.pack.numbers
	if v, words := longest(w.scan, n.small, w.at, n.maxWords); words > 0 && (w.part < 0 || v > 0 && v < w.room) {
		return w.say(math.Max(w.part, 0)+v, smallerRoom(v), words)
	}
	if v, ok := n.hundreds[w.word(w.at)]; ok && (w.part < 0 || v < w.room) {
		return w.say(math.Max(w.part, 0)+v, 100, 1)
	}
	if v, ok := w.glued(w.word(w.at)); ok && w.part < 0 {
		w.total += v
		return w.say(-1, 0, 1)
	}
	return false
}

// factor takes a word that multiplies what was said.
func (w *wordNumber) factor() bool {
	n := w.pack.numbers
	word := w.word(w.at)
	opens := w.part < 0 && w.total == 0 && (w.at == w.first || w.at == w.first+1 && w.isArticle(w.first))
	if n.hundred[word] && (w.part > 0 && w.part < 10 || opens) {
		return w.say(math.Max(w.part, 1)*100, 100, 1)
	}
	if f := n.scales[word]; f > 0 && (w.part > 0 || opens) {
		w.total += math.Max(w.part, 1) * f
		return w.say(-1, 1000, 1)
	}
	return false
}

// connector passes an article before a scale, and an "and" between parts.
func (w *wordNumber) connector() bool {
	n := w.pack.numbers
	word := w.word(w.at)
	article := w.at == w.first && n.articles[word] && w.scaleAt(w.at+1)
	and := w.at > w.first && w.at == w.to && n.and[word] && (w.room == 100 || w.total > 0 && w.part < 0)
	if !article && !and {
		return false
	}
	w.at++
	return true
}

func smallerRoom(v float64) float64 {
	switch {
	case v >= 100:
		return 100
	case v >= 20 && math.Mod(v, 10) == 0:
		return 10
	}
	return 0
}

// glued reads a number of thousands in one word.
func (s *scan) glued(word string) (float64, bool) {
	n := s.pack.numbers
	if n.glue == "" {
		return 0, false
	}
	left, right, ok := strings.Cut(word, n.glue)
	if !ok || left == "" {
		return 0, false
	}
	count, ok := n.small[left]
	if !ok || count == 0 {
		return 0, false
	}
	if right == "" {
		return count * 1000, true
	}
	rest, ok := n.small[right]
	return count*1000 + rest, ok
}

// ordinal reads an ordinal number at token i.
func (s *scan) ordinal(i int) (float64, int, bool) {
	n := s.pack.numbers
	if s.tokens[i].digits {
		if i+1 < len(s.tokens) && s.tokens[i+1].gap == gapNone && n.suffixes[s.word(i+1)] {
			v, err := strconv.ParseFloat(s.word(i), 64)
			return v, i + 2, err == nil
		}
		if s.pack.dotOrdinals && strings.HasPrefix(s.between(i+1), ".") {
			v, err := strconv.ParseFloat(s.word(i), 64)
			return v, i + 1, err == nil
		}
		return 0, i, false
	}
	v, words := longest(s, n.ordinals, i, 2)
	return v, i + words, words > 0
}

func numberAt(s *scan, i int) []hit {
	v, to, ok := s.number(i, false)
	if !ok {
		return nil
	}
	return s.signed(i, to, v)
}

// signed returns a number with its sign in its span.
func (s *scan) signed(i, to int, v float64) []hit {
	h := s.hit(i, to, v)
	if v < 0 {
		h.start = strings.LastIndexAny(s.text[:h.start], "-−")
	}
	return []hit{h}
}

func integerAt(s *scan, i int) []hit {
	v, to, ok := s.number(i, false)
	if !ok || v != math.Trunc(v) {
		return nil
	}
	return s.signed(i, to, v)
}

func ordinalAt(s *scan, i int) []hit {
	v, to, ok := s.ordinal(i)
	if !ok {
		return nil
	}
	return s.one(i, to, v)
}
