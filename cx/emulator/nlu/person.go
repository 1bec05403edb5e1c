package nlu

import "strings"

// maxNameWords is the longest name of a person.
const maxNameWords = 4

// personName reads the names of a person that begin at token i, the longest
// first, of at most max words. A name is sure after "my name is" and its
// like, and where it begins with a known given name; it is assumed if it is
// capitalised or all of the text.
func (s *scan) personName(i, maxWords int, given bool) []hit {
	if s.tokens[i].digits || i > 0 && s.tokens[i].gap == gapNone {
		return nil
	}
	introduced := s.introduced(i)
	_, known := givenNames()[s.word(i)]
	known = known && given
	var hits []hit
	for n := min(maxWords, len(s.tokens)-i); n > 0; n-- {
		if !s.contiguous(i, i+n) || s.pack.isFunction(s, i, i+n) || s.anyDigits(i, i+n) {
			continue
		}
		capitals := s.capitalised(i, i+n)
		all := n == len(s.tokens)
		h := s.hit(i, i+n, titled(s.raw(i, i+n)))
		switch {
		case introduced, known && (n == 1 || capitals || all):
		case s.assume && (capitals || all):
			h.confidence = assumed
		case s.assume && n == 1 && s.named():
			h.confidence = assumed
		default:
			continue
		}
		hits = append(hits, h)
	}
	return hits
}

// named reports whether the text is but a few words, as of a name that parts
// are asked of.
func (s *scan) named() bool { return len(s.tokens) <= maxNameWords }

// introduced reports whether the words before i announce a name.
func (s *scan) introduced(i int) bool {
	for n := 1; n <= 5 && n <= i; n++ {
		if s.pack.namePhrases[s.phrase(i-n, i)] {
			return true
		}
	}
	return false
}

// personAt finds persons: @sys.person.
func personAt(s *scan, i int) []hit {
	hits := s.personName(i, maxNameWords, true)
	for k := range hits {
		hits[k].value = map[string]any{"name": hits[k].value, "original": s.original(hits[k])}
	}
	return hits
}

func givenNameAt(s *scan, i int) []hit { return s.personName(i, 1, true) }

// lastNameAt finds family names: a name after a given one, or one where a
// family name is asked for.
func lastNameAt(s *scan, i int) []hit {
	if i > 0 {
		if _, known := givenNames()[s.word(i-1)]; known && !s.pack.isFunction(s, i, i+1) && !s.tokens[i].digits && s.contiguous(i-1, i+1) {
			if _, given := givenNames()[s.word(i)]; !given && (s.capitalised(i, i+1) || i == len(s.tokens)-1) {
				return s.one(i, i+1, titled(s.raw(i, i+1)))
			}
		}
	}
	if _, given := givenNames()[s.word(i)]; given && len(s.tokens) > 1 && !s.introduced(i) {
		return nil
	}
	return s.personName(i, 1, false)
}

// addressAt finds addresses: from a house number that words follow to the
// end of the text. Where an address is asked for, all of the text is one,
// without what introduces it.
func addressAt(s *scan, i int) []hit {
	to := len(s.tokens)
	if s.tokens[i].digits && i+1 < to && !s.tokens[i+1].digits && s.streetAfter(i) {
		h := s.one(i, to, s.text[s.tokens[i].start:s.tokens[to-1].end])
		h[0].confidence = openEnded
		return h
	}
	if !s.assume || i > 0 && !s.introducedPlace(i) || i == 0 && s.pack.isFunction(s, 0, 1) || !s.somePlace(i) {
		return nil
	}
	h := s.one(i, to, s.text[s.tokens[i].start:s.tokens[to-1].end])
	h[0].confidence = assumed
	return h
}

// somePlace reports whether what follows may be an address at all: several
// words, the name of a place, or a postal code.
func (s *scan) somePlace(i int) bool {
	words := 1
	for k := i + 1; k < len(s.tokens); k++ {
		if s.tokens[k].gap == gapBlank {
			words++
		}
	}
	if words > 1 {
		return true
	}
	for _, known := range []recogniserFunc{zipCodeAt, cityAt, countryAt, stateAt} {
		if len(sure(known)(s, i)) > 0 {
			return true
		}
	}
	return false
}

func (s *scan) introducedPlace(i int) bool {
	w := s.word(i - 1)
	return !s.pack.function[s.word(i)] && (w == "is" || w == "es" || w == "est" || w == "ist" || w == "e" || s.pack.placeWords[w])
}

// streetAfter reports whether a word for a street, or a capitalised word,
// follows a house number.
func (s *scan) streetAfter(i int) bool {
	for k := i + 1; k < len(s.tokens) && k < i+6; k++ {
		if streetWords[s.word(k)] {
			return true
		}
	}
	return false
}

var streetWords = phrases("street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|parkway|pkwy|highway|hwy|way|terrace|circle|calle|avenida|rue|via|strasse|weg|platz|rua|ulica|sokak|caddesi|straat|laan")

// locationAt finds places of any kind: @sys.location.
func locationAt(s *scan, i int) []hit {
	for _, part := range []struct {
		name string
		find recogniserFunc
	}{
		{"street-address", sure(addressAt)}, {"city", sure(cityAt)}, {"country", sure(countryAt)}, {"admin-area", sure(stateAt)},
	} {
		if hits := part.find(s, i); len(hits) > 0 {
			h := hits[0]
			object := map[string]any{part.name: h.value}
			if part.name == "city" {
				h = s.regionAfter(h, object)
			}
			object["original"] = s.original(h)
			h.value = object
			return []hit{h}
		}
	}
	hits := s.place(i)
	for k := range hits {
		hits[k].value = map[string]any{"city": hits[k].value, "original": s.original(hits[k])}
	}
	return hits
}

// regionAfter adds the state and the country that follow a city.
func (s *scan) regionAfter(h hit, object map[string]any) hit {
	for _, part := range []struct {
		name string
		find recogniserFunc
	}{{"admin-area", sure(stateAt)}, {"country", sure(countryAt)}} {
		if h.to >= len(s.tokens) || strings.Trim(s.between(h.to), " ,") != "" {
			break
		}
		if hits := part.find(s, h.to); len(hits) > 0 {
			object[part.name] = hits[0].value
			h.to, h.end = hits[0].to, hits[0].end
		}
	}
	return h
}

// sure finds only what is not assumed.
func sure(f recogniserFunc) recogniserFunc {
	return func(s *scan, i int) []hit {
		assume := s.assume
		s.assume = false
		defer func() { s.assume = assume }()
		return f(s, i)
	}
}
