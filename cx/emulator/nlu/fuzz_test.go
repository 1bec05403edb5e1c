package nlu_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

// maxDuration is far more than any text of the allowed length takes, and far
// less than what grows faster than it would.
const maxDuration = 5 * time.Second

var languages = []string{"en", "es", "fr", "de", "it", "pt", "pl", "tr", "nl", "ja", "xx", ""}

func seeds(f *testing.F) {
	for i, s := range []string{
		"I'd like two shirts in small, please", "tomorrow between 2pm to 3pm", "-3.5 °C", "12/31/2026 25:99", "ada@example.com +1 (555) 010-9999",
		"zweihundertfünfzig", "quatre-vingt-dix-sept", "シャツを 注文 👍🏽", "\xff\xfe'’`", "a b c d e f", "$ € 5,00.00", "İIıi ﬁ ½ ²", "e\u0301 i\u0307", "the the of of 5th",
		strings.Repeat("x ", 600), strings.Repeat("1 to ", 300), strings.Repeat("twenty ", 200), strings.Repeat("@", 1100), strings.Repeat("cat and ", 150),
	} {
		f.Add(s, uint8(i))
	}
}

// FuzzMatch: matching neither panics nor takes long, is repeatable, and its
// values lie where it says in the text.
func FuzzMatch(f *testing.F) {
	seeds(f)
	c := shop()
	c.EntityTypes = append(c.EntityTypes, zoo().EntityTypes...)
	m := nlu.Compile(c)
	f.Fuzz(func(t *testing.T, s string, lang uint8) {
		input := nlu.Input{Text: s, Language: languages[int(lang)%len(languages)], Now: sunday}
		begin := time.Now()
		got, err := m.Match(t.Context(), input, everything)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := m.Match(t.Context(), input, everything)
		if got.Intent != again.Intent || got.Kind != again.Kind {
			t.Errorf("%q: %v, then %v", s, got, again)
		}
		for _, v := range got.Parameters {
			checkSpan(t, s, v)
		}
		if spent := time.Since(begin); spent > maxDuration {
			t.Errorf("%d bytes took %v", len(s), spent)
		}
	})
}

// FuzzExtract: extraction of each entity type neither panics nor takes long,
// and its values lie where it says in the text, one after the other.
func FuzzExtract(f *testing.F) {
	seeds(f)
	m := nlu.Compile(zoo())
	var types []string
	for _, e := range nlu.SystemEntities() {
		types = append(types, e.String())
	}
	for _, e := range zoo().EntityTypes {
		types = append(types, "@"+e.Name)
	}
	f.Fuzz(func(t *testing.T, s string, lang uint8) {
		input := nlu.Input{Text: s, Language: languages[int(lang)%len(languages)], Now: sunday}
		for _, name := range types {
			begin := time.Now()
			if v, ok := m.Extract(input, name); ok {
				checkSpan(t, s, v)
				if v.Resolved == nil {
					t.Errorf("%s of %q: no value", name, s)
				}
			}
			end := 0
			for _, v := range m.ExtractAll(input, name) {
				checkSpan(t, s, v)
				if v.Start < end {
					t.Errorf("%s of %q: %q begins before %d", name, s, v.Original, end)
				}
				end = v.End
			}
			if spent := time.Since(begin); spent > maxDuration {
				t.Errorf("%s of %d bytes took %v", name, len(s), spent)
			}
		}
	})
}
