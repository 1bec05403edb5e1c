package nlu

import (
	"strconv"
	"strings"
)

// sequenceAt finds runs of digits, also spoken ones, as a text of digits:
// @sys.number-sequence.
func sequenceAt(s *scan, i int) []hit {
	var digits strings.Builder
	to := i
	for to < len(s.tokens) {
		if to > i && !sequenceGap(s.between(to)) {
			break
		}
		if s.tokens[to].gap == gapNone && to > 0 && to == i {
			return nil
		}
		piece, n := s.sequencePiece(to)
		if n == 0 {
			break
		}
		digits.WriteString(piece)
		to += n
	}
	if to == i || to < len(s.tokens) && s.tokens[to].gap == gapNone {
		return nil
	}
	return s.one(i, to, digits.String())
}

// sequencePiece reads one piece of a run of digits: digits, "double four",
// a number word.
func (s *scan) sequencePiece(i int) (string, int) {
	if s.tokens[i].digits {
		return s.word(i), 1
	}
	if times := s.pack.repeats[s.word(i)]; times > 0 && i+1 < len(s.tokens) {
		if d, n := s.sequencePiece(i + 1); n == 1 && len(d) == 1 {
			return strings.Repeat(d, times), 2
		}
	}
	if s.pack.zeros[s.word(i)] {
		return "0", 1
	}
	if s.isArticle(i) {
		return "", 0
	}
	v, n := longest(s, s.pack.numbers.small, i, s.pack.numbers.maxWords)
	if n == 0 {
		return "", 0
	}
	return strconv.Itoa(int(v)), n
}

func sequenceGap(gap string) bool {
	return strings.Trim(gap, " -.()/") == "" && len(gap) <= 4
}

func percentageAt(s *scan, i int) []hit {
	v, to, ok := s.number(i, true)
	if !ok {
		return nil
	}
	text := strconv.FormatFloat(v, 'f', -1, 64) + "%"
	if gap := strings.TrimLeft(s.between(to), " "); strings.HasPrefix(gap, "%") {
		h := s.hit(i, to, text)
		h.end += strings.IndexByte(s.text[h.end:], '%') + 1
		return []hit{h}
	}
	if _, n := longest(s, s.pack.percent, to, 2); n > 0 {
		return s.one(i, to+n, text)
	}
	return nil
}
