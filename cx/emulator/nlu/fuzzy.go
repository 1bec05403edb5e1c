package nlu

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// fuzzyTable finds entries by misspelt phrases: those of the same first
// letter and about the same length.
type fuzzyTable struct {
	entries map[fuzzyKey][]fuzzyEntry
	lengths int               // of the longest entry
	sorted  map[string]string // the words of entries in alphabetical order
	partial map[string]string // the first and the last words of entries, at least two
}

type fuzzyKey struct {
	first  rune
	length int
}

type fuzzyEntry struct {
	text  []rune
	value string
}

// misspeltConfidence is the confidence of a value for one edit; two edits
// have its square.
const misspeltConfidence = 0.9

func (f *fuzzyTable) add(key, value string) {
	text := []rune(key)
	if f.entries == nil {
		f.entries = map[fuzzyKey][]fuzzyEntry{}
	}
	k := fuzzyKey{text[0], len(text)}
	f.entries[k] = append(f.entries[k], fuzzyEntry{text, value})
	f.lengths = max(f.lengths, len(text))
	words := strings.Fields(key)
	if len(words) < 2 {
		return
	}
	if f.sorted == nil {
		f.sorted, f.partial = map[string]string{}, map[string]string{}
	}
	for n := 2; n < len(words); n++ {
		f.partial[strings.Join(words[:n], " ")] = value
		f.partial[strings.Join(words[len(words)-n:], " ")] = value
	}
	f.sorted[alphabetical(words)] = value
}

func alphabetical(words []string) string {
	words = slices.Clone(words)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// reordered finds an entry with the same words in another order, or one that
// the phrase begins or ends.
func (f *fuzzyTable) reordered(phrase string) (string, bool) {
	words := strings.Fields(phrase)
	if len(words) < 2 || len(f.sorted) == 0 {
		return "", false
	}
	if v, ok := f.sorted[alphabetical(words)]; ok {
		return v, true
	}
	v, ok := f.partial[phrase]
	return v, ok
}

// edits returns how many edits a phrase of n letters may have.
func edits(n int) int {
	switch {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// misspelt returns the nearest entry for the phrases that begin at i and are
// longer than the exact hits.
func (t *entryTable) misspelt(s *scan, i int, exact []hit) []hit {
	shortest := 0
	for _, h := range exact {
		shortest = max(shortest, h.to-i)
	}
	for n := min(t.maxWords, len(s.tokens)-i); n > shortest; n-- {
		phrase := s.phrase(i, i+n)
		if utf8.RuneCountInString(phrase) > t.fuzzy.lengths+2 || t.isExcluded(s, i, i+n) {
			continue
		}
		if value, ok := t.fuzzy.reordered(phrase); ok {
			h := s.hit(i, i+n, value)
			h.confidence = misspeltConfidence
			return []hit{h}
		}
		if value, d, ok := t.fuzzy.nearest(s, phrase); ok {
			h := s.hit(i, i+n, value)
			for range d {
				h.confidence *= misspeltConfidence
			}
			return []hit{h}
		}
	}
	return nil
}

// nearest returns the entry with the fewest edits, the first of the table
// among equals.
func (f *fuzzyTable) nearest(s *scan, phrase string) (value string, distance int, ok bool) {
	text := []rune(phrase)
	limit := edits(len(text))
	best := limit + 1
	for d := 0; d <= limit; d++ {
		for _, length := range []int{len(text) - d, len(text) + d} {
			for _, e := range f.entries[fuzzyKey{text[0], length}] {
				if !s.step() {
					return value, best, best <= limit
				}
				if got := editDistance(text, e.text, best-1); got < best {
					best, value = got, e.value
				}
			}
		}
	}
	return value, best, best <= limit
}

// editDistance counts inserted, deleted, changed and swapped letters; beyond
// limit it returns limit+1.
func editDistance(a, b []rune, limit int) int {
	if limit < 0 || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before := make([]int, len(b)+1)
	last := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		smallest := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			smallest = min(smallest, row[j])
		}
		if smallest > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
