package nlu_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

func entries(values ...string) map[string][]nlu.Entity {
	var list []nlu.Entity
	for _, v := range values {
		value, synonyms, ok := strings.Cut(v, "=")
		e := nlu.Entity{Value: value}
		if ok {
			e.Synonyms = strings.Split(synonyms, "|")
		}
		list = append(list, e)
	}
	return map[string][]nlu.Entity{"en": list}
}

func zoo() nlu.Config {
	return nlu.Config{EntityTypes: []nlu.EntityType{
		{Name: "animal", Kind: nlu.Map, Entities: entries("cat=cat|kitty", "dog=dog|good boy", "fox=fox"), Excluded: map[string][]string{"en": {"hot dog", "cat walk"}}},
		{Name: "overlap", Kind: nlu.Map, Entities: entries("city=new york", "pizza=york pizza")},
		{Name: "later", Kind: nlu.Map, Entities: entries("first=den", "second=den")},
		{Name: "typo", Kind: nlu.Map, Fuzzy: true, Entities: entries("elephant=elephant", "emu=emu", "polar=white polar bear")},
		{Name: "open", Kind: nlu.List, Expand: true, Entities: entries("milk", "bread")},
		{Name: "plain", Kind: nlu.List, Entities: entries("milk")},
		{Name: "tag", Kind: nlu.Regexp, Entities: entries(`[A-Z]{2}\d{3}`)},
		{Name: "rest", Kind: nlu.Regexp, Entities: entries(`[a-z0-9]{6,}$`)},
		{Name: "bad", Kind: nlu.Regexp, Entities: entries(`(?=x)y`, `ok\d`)},
		{Name: "visit", Kind: nlu.List, Entities: entries("@animal:who on @sys.date:when", "@animal:who and @animal:who", "@sys.number")},
		{Name: "named", Kind: nlu.Map, Entities: entries("by-date=@sys.date", "dog=dog")},
		{Name: "bare", Kind: nlu.List, Entities: entries("@animal @sys.number")},
		{Name: "loop", Kind: nlu.List, Entities: entries("@loop @loop", "x")},
		{Name: "broken", Kind: nlu.List, Entities: entries("@nobody:x", "fine")},
		{Name: "sys.color", Kind: nlu.Map, Entities: entries("blue-green=blue green")},
		{Name: "key", Kind: nlu.Map, Entities: map[string][]nlu.Entity{"en": {{Value: "yes", Synonyms: []string{"yes"}, DTMFPattern: "1"}}}},
	}}
}

func TestCustomEntities(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, entity, text string
		want               any
	}{
		{"synonym", "animal", "the Kitty!", "cat"},
		{"several words", "animal", "who is a good boy", "dog"},
		{"plural", "animal", "two cats", "cat"},
		{"plural in es", "animal", "foxes", "fox"},
		{"no part of a word", "animal", "concatenate", nil},
		{"the first, though another is longer", "animal", "fox or good boy", "fox"},
		{"the longest of those that overlap", "overlap", "a new york pizza", "pizza"},
		{"excluded", "animal", "a hot dog", nil},
		{"excluded before another", "animal", "a hot dog for the dog", "dog"},
		{"excluded around it", "animal", "the cat walk", nil},
		{"the later of equal entries", "later", "den", "second"},
		{"misspelt", "typo", "an eliphent", "elephant"}, // two edits
		{"swapped letters", "typo", "elehpant", "elephant"},
		{"too far", "typo", "elegance", nil},
		{"short words must be right", "typo", "emo", nil},
		{"words in another order", "typo", "polar white bear", "polar"},
		{"the first words", "typo", "white polar", "polar"},
		{"not fuzzy", "plain", "mylk", nil},
		{"expansion where prompted", "open", "butter", "butter"},
		{"expansion after what is known", "open", "some bread", "bread"},
		{"no expansion", "plain", "butter", nil},
		{"expression", "tag", "it is AB123, I think", "AB123"},
		{"expression is about case", "tag", "ab123", nil},
		{"expression cuts no word", "tag", "XAB1234", nil},
		{"expression at the end of the text", "rest", "member abc123 ", "abc123"},
		{"other expressions of the type work", "bad", "ok1", "ok1"},
		{"composite", "visit", "the cat on May 5", object{"who": "cat", "when": date(2027, 5, 5), "original": "cat on May 5"}},
		{"composite with an alias twice", "visit", "cat and dog", object{"who": []any{"cat", "dog"}, "original": "cat and dog"}},
		{"one part without alias", "visit", "five", 5.0},
		{"map keeps its value", "named", "tomorrow", "by-date"},
		{"parts without alias are named by type", "bare", "dog 3", object{"animal": "dog", "sys.number": 3.0, "original": "dog 3"}},
		{"a type in itself ends", "loop", "x x x x x x x x x x", object{"loop": []any{"x", "x"}, "original": "x x"}},
		{"other entries of a broken type work", "broken", "fine", "fine"},
		{"extension of a system entity", "sys.color", "blue green", "blue-green"},
		{"and what the system has", "sys.color", "red", "red"},
	}
	m := nlu.Compile(zoo())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := extracted(t, m, text(tt.text), "@"+tt.entity)
			if tt.entity == "loop" {
				if got == nil {
					t.Error("nothing found")
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("@%s (-want +got)\n%s", tt.entity, diff)
			}
		})
	}
}

func TestMisspeltConfidence(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(zoo())
	v, ok := m.Extract(text("eliphent"), "typo")
	exact, also := m.Extract(text("elephant"), "typo")
	if !ok || !also || v.Confidence >= exact.Confidence {
		t.Errorf("misspelt %v, exact %v: want less confidence for the first", v.Confidence, exact.Confidence)
	}
}

func TestExtractDigits(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(zoo())
	for _, tt := range []struct {
		digits, entity string
		want           any
	}{
		{"1", "@key", "yes"}, {"2", "@key", nil}, {"0421", "@sys.number-sequence", "0421"}, {"7", "@sys.number", 7.0}, {"7", "@nobody", nil},
	} {
		v, _ := m.Extract(nlu.Input{Text: tt.digits, DTMF: true, Language: "en"}, tt.entity)
		if diff := cmp.Diff(tt.want, v.Resolved); diff != "" {
			t.Errorf("%s of %s (-want +got)\n%s", tt.entity, tt.digits, diff)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	c := zoo()
	c.Intents = []nlu.Intent{
		{Name: "a", Parameters: []nlu.Parameter{{ID: "p", EntityType: "@nobody"}}, Phrases: in("en", phrase("x", "q"))},
		{Name: "b", DTMFPattern: "("},
	}
	m := nlu.Compile(c)
	var got []error
	for _, f := range m.Faults() {
		for _, kind := range []error{nlu.ErrExpression, nlu.ErrUnknownEntityType, nlu.ErrUnknownParameter} {
			if errors.Is(f, kind) {
				got = append(got, kind)
			}
		}
		if f.Error() == "" || f.Text == "" {
			t.Errorf("fault without text: %+v", f)
		}
	}
	want := []error{nlu.ErrExpression, nlu.ErrUnknownEntityType, nlu.ErrUnknownEntityType, nlu.ErrUnknownParameter, nlu.ErrExpression}
	if len(got) != len(want) {
		t.Fatalf("faults %v, want the kinds %v", m.Faults(), want)
	}
	for i := range want {
		if !errors.Is(got[i], want[i]) {
			t.Errorf("fault %d: %v, want %v", i, got[i], want[i])
		}
	}
	if match, err := m.Match(t.Context(), text("x"), []string{"a"}); err != nil || match.Intent != "a" {
		t.Errorf("a phrase with an unknown parameter: %+v, %v, want it as plain words", match, err)
	}
}
