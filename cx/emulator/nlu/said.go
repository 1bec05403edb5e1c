package nlu

import "strings"

// saidPhrase is a training phrase of an intent, as the evidence of what it
// annotates and what it does not.
type saidPhrase struct {
	key   string
	parts []annotation
}

func (in *intent) remember(ix *index, key string, parts []annotation) {
	if len(in.parameters) == 0 {
		return
	}
	if in.said == nil {
		in.said = map[*index][]saidPhrase{}
	}
	in.said[ix] = append(in.said[ix], saidPhrase{key, parts})
}

// plain reports whether the training phrases of the intent say words more
// often without an annotation than with one: then they are no value of it,
// unless the parameter is what the intent is about. The possessive and the plural
// of the last word count too.
func (in *intent) plain(ix *index, parameter int, words string) bool {
	if in.mostly(ix, parameter) {
		return false
	}
	balance := 0
	for i := range in.said[ix] {
		p := &in.said[ix][i]
		for at := 0; at < len(p.key); {
			k := strings.Index(p.key[at:], words)
			if k < 0 {
				break
			}
			from := at + k
			to := from + len(words)
			at = to
			if !p.bounds(from, to) {
				continue
			}
			if p.annotated(from, to) {
				balance--
			} else {
				balance++
			}
		}
	}
	return balance > 0
}

// mainShare is the part of an intent's phrases from which on a parameter that
// they annotate counts as what the intent is about.
const mainShare = 1.0 / 3

// mostly reports whether so many phrases annotate the parameter that plain words
// in others are oversights.
func (in *intent) mostly(ix *index, parameter int) bool {
	n := 0
	for i := range in.said[ix] {
		for _, a := range in.said[ix][i].parts {
			if a.parameter == parameter {
				n++
				break
			}
		}
	}
	return float64(n) >= mainShare*float64(len(in.said[ix]))
}

// bounds reports whether a span of the key cuts no word.
func (p *saidPhrase) bounds(from, to int) bool {
	if from > 0 && p.key[from-1] != ' ' {
		return false
	}
	rest := strings.TrimPrefix(p.key[to:], "s")
	return rest == "" || rest[0] == ' '
}

func (p *saidPhrase) annotated(from, to int) bool {
	for _, a := range p.parts {
		if a.from < to && a.to > from {
			return true
		}
	}
	return false
}

// refuses reports whether a hit is no value of the intent whose other
// parameters are looked for.
func (s *scan) refuses(h hit) bool {
	if s.unsaid == nil {
		return false
	}
	words := s.phrase(h.from, h.to)
	if plain, known := s.plain[words]; known {
		return plain
	}
	ix, ok := forLanguage(s.model.languages, s.lang, s.model.fallback)
	plain := ok && s.unsaid.plain(ix, s.asked, words)
	if s.plain == nil {
		s.plain = map[string]bool{}
	}
	s.plain[words] = plain
	return plain
}
