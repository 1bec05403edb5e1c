package nlu_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

// phrase makes a training phrase: a part in pairs of text and parameter.
func phrase(parts ...string) nlu.Phrase {
	var p nlu.Phrase
	for i := 0; i < len(parts); i += 2 {
		parameter := ""
		if i+1 < len(parts) {
			parameter = parts[i+1]
		}
		p = append(p, nlu.Part{Text: parts[i], Parameter: parameter})
	}
	return p
}

func in(lang string, phrases ...nlu.Phrase) map[string][]nlu.Phrase {
	return map[string][]nlu.Phrase{lang: phrases}
}

// shop is a small agent that orders shirts.
func shop() nlu.Config {
	return nlu.Config{
		Intents: []nlu.Intent{
			{
				Name:       "order",
				Parameters: []nlu.Parameter{{ID: "size", EntityType: "@size"}, {ID: "count", EntityType: "@sys.number-integer"}},
				Phrases: map[string][]nlu.Phrase{
					"en": {
						phrase("I'd like ", "", "two", "count", " shirts in ", "", "small", "size", ", please"),
						phrase("a shirt in ", "", "small", "size"), phrase("small", "size"), phrase("order a shirt"),
					},
					"de": {phrase("ein Hemd in ", "", "klein", "size")},
				},
			},
			{Name: "colours", Parameters: []nlu.Parameter{{ID: "colour", EntityType: "@sys.color", IsList: true}}, Phrases: in("en",
				phrase("in ", "", "red", "colour", " and ", "", "blue", "colour"))},
			{Name: "note", Parameters: []nlu.Parameter{{ID: "what", EntityType: "@sys.any"}}, Phrases: in("en",
				phrase("a shirt ", "", "with a pocket", "what"), phrase("whatever", "what"))},
			{Name: "size-help", Phrases: in("en", phrase("What's a small?"), phrase("order a shirt"))},
			{Name: "urgent", Priority: 1_000_000, Phrases: in("en", phrase("I need it now!"), phrase("now"))},
			{Name: "later", Phrases: in("en", phrase("now"), phrase("👍"), phrase("?"))},
			{Name: "jp", Phrases: in("ja", phrase("シャツを 注文"))},
			{Name: "fallback", IsFallback: true, Phrases: in("en", phrase("nonsense"))},
			{Name: "menu", DTMFPattern: "1|2#"},
		},
		EntityTypes: []nlu.EntityType{{Name: "size", Kind: nlu.Map, Entities: map[string][]nlu.Entity{
			"en": {{Value: "S", Synonyms: []string{"S", "small"}}, {Value: "XL", Synonyms: []string{"XL", "extra large"}}},
			"de": {{Value: "S", Synonyms: []string{"klein"}}, {Value: "L", Synonyms: []string{"groß"}}},
		}}},
	}
}

var everything = []string{"order", "colours", "note", "size-help", "urgent", "later", "jp", "fallback", "menu"}

func TestMatch(t *testing.T) {
	t.Parallel()
	type want struct {
		kind   nlu.MatchKind
		intent string
		params map[string]any
	}
	tests := []struct {
		name, lang, text string
		want             want
	}{
		{"literal", "en", "order a shirt", want{nlu.Literal, "order", nil}},
		{"case, blanks and punctuation", "en", "  What's  A SMALL ", want{nlu.Literal, "size-help", nil}},
		{"apostrophes may be curly or left out", "en", "whats a small", want{nlu.Literal, "size-help", nil}},
		{"full width", "en", "ｏｒｄｅｒ ａ ｓｈｉｒｔ", want{nlu.Literal, "order", nil}},
		{"a literal phrase gives its annotated values", "en", "A shirt in small!", want{nlu.Literal, "order", map[string]any{"size": "S"}}},
		{"other values in the slots", "en", "I’d like 12 shirts in extra large, please", want{nlu.Pattern, "order", map[string]any{"size": "XL", "count": 12.0}}},
		{"values in words", "en", "Id like twenty one shirts in XL please", want{nlu.Pattern, "order", map[string]any{"size": "XL", "count": 21.0}}},
		{"a slot alone", "en", "extra large", want{nlu.Pattern, "order", map[string]any{"size": "XL"}}},
		{"list", "en", "in green and yellow", want{nlu.Pattern, "colours", map[string]any{"colour": []any{"green", "yellow"}}}},
		{"more words win over @sys.any", "en", "a shirt in XL", want{nlu.Pattern, "order", map[string]any{"size": "XL"}}},
		{"@sys.any takes the rest", "en", "a shirt of silk and wool", want{nlu.Pattern, "note", map[string]any{"what": "of silk and wool"}}},
		{"a phrase of @sys.any alone takes nothing", "en", "quite something else", want{}},
		{"a longer text is no match", "en", "order a shirt for me", want{}},
		{"no value of the entity type", "en", "a shirt", want{}},
		{"priority", "en", "now", want{nlu.Literal, "urgent", nil}},
		{"emoji", "en", "👍", want{nlu.Literal, "later", nil}},
		{"punctuation alone", "en", " ? ", want{nlu.Literal, "later", nil}},
		{"fallback intents have no phrases", "en", "nonsense", want{}},
		{"region of a language", "en-au", "order a shirt", want{nlu.Literal, "order", nil}},
		{"entries of the language", "de", "Ein Hemd in GROSS", want{nlu.Pattern, "order", map[string]any{"size": "L"}}},
		{"default language", "sv", "order a shirt", want{nlu.Literal, "order", nil}},
		{"no blanks between characters", "ja", "シャツを注文", want{nlu.Literal, "jp", nil}},
		{"empty", "en", "", want{}},
	}
	m := nlu.Compile(shop())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := m.Match(t.Context(), nlu.Input{Text: tt.text, Language: tt.lang, Now: sunday}, everything)
			if err != nil {
				t.Fatal(err)
			}
			params := map[string]any{}
			for id, v := range got.Parameters {
				checkSpan(t, tt.text, v)
				params[id] = v.Resolved
			}
			if tt.want.params == nil {
				tt.want.params = map[string]any{}
			}
			have := want{got.Kind, got.Intent, params}
			if diff := cmp.Diff(tt.want, have, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(shop())
	for _, tt := range []struct {
		name  string
		scope []string
		want  string
	}{
		{"the first in scope of equal phrases", []string{"order", "size-help"}, "order"},
		{"the other order", []string{"size-help", "order"}, "size-help"},
		{"out of scope", []string{"note", "later"}, ""},
		{"unknown names", []string{"nobody", "order"}, "order"},
		{"nothing in scope", nil, ""},
	} {
		got, err := m.Match(t.Context(), text("Order a shirt"), tt.scope)
		if err != nil || got.Intent != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got.Intent, err, tt.want)
		}
	}
}

func TestMatchDigits(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(shop())
	for digits, want := range map[string]nlu.Match{
		"1":  {Kind: nlu.Digits, Intent: "menu", Confidence: 1},
		"2#": {Kind: nlu.Digits, Intent: "menu", Confidence: 1},
		"12": {},
	} {
		got, err := m.Match(t.Context(), nlu.Input{Text: digits, DTMF: true}, everything)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", digits, err, diff)
		}
	}
}

func TestMatchCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := nlu.Compile(shop()).Match(ctx, text("now"), everything); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(shop())
	tests := []struct {
		text, intent string
		want         map[string]any
	}{
		{"A shirt in small", "order", map[string]any{"size": "S"}},
		{"how about three of them, extra large", "order", map[string]any{"size": "XL", "count": 3.0}},
		{"red or green, maybe", "colours", map[string]any{"colour": []any{"red", "green"}}},
		{"a shirt with stripes", "note", map[string]any{"what": "with stripes"}},
		{"something else", "note", map[string]any{}}, // @sys.any is only taken in its place
		{"order a shirt", "size-help", map[string]any{}},
		{"order a shirt", "nobody", map[string]any{}},
	}
	for _, tt := range tests {
		got := map[string]any{}
		for id, v := range m.Parameters(text(tt.text), tt.intent) {
			checkSpan(t, tt.text, v)
			got[id] = v.Resolved
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s of %q (-want +got)\n%s", tt.intent, tt.text, diff)
		}
	}
}

// What the training phrases of an intent say without annotating it more often
// than with is no value of it, wherever it stands; other words are. An intent
// most of whose phrases annotate the parameter is about it: there all are.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	when := nlu.EntityType{Name: "when", Entities: map[string][]nlu.Entity{"en": {
		{Value: "now", Synonyms: []string{"this month"}}, {Value: "before", Synonyms: []string{"last month", "earlier"}},
	}}}
	plain := func(s string) nlu.Phrase { return nlu.Phrase{{Text: s}} }
	slot := func(before, s string) nlu.Phrase { return nlu.Phrase{{Text: before}, {Text: s, Parameter: "when"}} }
	params := []nlu.Parameter{{ID: "when", EntityType: "@when"}}
	m := nlu.Compile(nlu.Config{EntityTypes: []nlu.EntityType{when}, Intents: []nlu.Intent{
		{Name: "bill", Parameters: params, Phrases: map[string][]nlu.Phrase{"en": {
			plain("why is it so high this month"), plain("look at this month’s bill"), slot("the bill of ", "this month"),
			plain("it was lower last month"), slot("the bill of ", "last month"), slot("what I paid ", "last month"),
			plain("why so much"), plain("too high"), plain("lower it"), plain("a high bill"),
		}}},
		{Name: "move", Parameters: params, Phrases: map[string][]nlu.Phrase{"en": {
			plain("we moved this month"), plain("a move this month"), slot("I moved ", "last month"), slot("I moved ", "earlier"),
		}}},
	}})
	for _, c := range []struct {
		intent, text string
		want         any
	}{
		{"bill", "my bill went up this month", nil},             // twice without, once with
		{"bill", "my bill went down last month", "before"},      // once without, twice with
		{"bill", "my bill was different earlier", "before"},     // in no phrase
		{"bill", "the bill of this month", "now"},               // the phrase says that it is one
		{"bill", "this month it is, not last month", "before"},  // the other one goes by
		{"move", "we moved house this month, you know?", "now"}, // half of the phrases annotate it
	} {
		got := m.Parameters(nlu.Input{Text: c.text, Language: "en"}, c.intent)["when"].Resolved
		if got != c.want {
			t.Errorf("%s, %q: %v, want %v", c.intent, c.text, got, c.want)
		}
	}
}

// Values that only their place speaks for say so, and so do addresses, whose
// end nothing tells.
func TestAssumed(t *testing.T) {
	t.Parallel()
	m := empty()
	for _, c := range []struct {
		text, entity string
		want         bool
	}{
		{"whatever", "any", true}, {"Xanthippe", "person", true}, {"Old Mill", "address", true},
		{"5 Sample Road, Springfield", "address", true}, {"three", "number", false}, {"ada@example.com", "email", false},
	} {
		v, ok := m.Extract(text(c.text), "@sys."+c.entity)
		if !ok || v.Assumed() != c.want {
			t.Errorf("@sys.%s in %q: found %v, assumed %v, want %v", c.entity, c.text, ok, v.Assumed(), c.want)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(shop())
	size := nlu.Parameter{ID: "size", EntityType: "@size"}
	count := nlu.Parameter{ID: "count", EntityType: "@sys.number"}
	other := nlu.Parameter{ID: "other", EntityType: "@sys.number"}
	all := nlu.Parameter{ID: "all", EntityType: "@sys.number", IsList: true}
	anything := nlu.Parameter{ID: "any", EntityType: "@sys.any"}
	who := nlu.Parameter{ID: "who", EntityType: "@sys.person"}
	tests := []struct {
		name, text string
		params     []nlu.Parameter
		want       map[string]any
	}{
		{"others are taken along", "three in extra large", []nlu.Parameter{size, count}, map[string]any{"size": "XL", "count": 3.0}},
		{"no word twice", "three", []nlu.Parameter{count, other}, map[string]any{"count": 3.0}},
		{"the next value goes to the next", "three or four", []nlu.Parameter{count, other}, map[string]any{"count": 3.0, "other": 4.0}},
		{"a list takes all", "three or four", []nlu.Parameter{all, count}, map[string]any{"all": []any{3.0, 4.0}}},
		{"a list of one", "three", []nlu.Parameter{all}, map[string]any{"all": []any{3.0}}},
		{"@sys.any where prompted", "three", []nlu.Parameter{anything, count}, map[string]any{"any": "three"}},
		{"@sys.any only where prompted", "three", []nlu.Parameter{count, anything}, map[string]any{"count": 3.0}},
		{"a name is assumed where prompted", "Xanthippe", []nlu.Parameter{who}, map[string]any{"who": object{"name": "Xanthippe", "original": "Xanthippe"}}},
		{"and only there", "small Xanthippe", []nlu.Parameter{size, who}, map[string]any{"size": "S"}},
		{"nothing", "no idea", []nlu.Parameter{size}, map[string]any{}},
		{"unknown entity type", "small", []nlu.Parameter{{ID: "x", EntityType: "@nothing"}}, map[string]any{}},
	}
	for _, tt := range tests {
		got := map[string]any{}
		for id, v := range m.Fill(text(tt.text), tt.params) {
			checkSpan(t, tt.text, v)
			got[id] = v.Resolved
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestExtractAll(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(shop())
	var got []string
	for _, v := range m.ExtractAll(text("small, no: twenty one extra large, or 5 S"), "size") {
		got = append(got, fmt.Sprint(v.Original, "=", v.Resolved))
	}
	if diff := cmp.Diff([]string{"small=S", "extra large=XL", "S=S"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestTogether runs many sessions at once on one model: with -race it shows
// that nothing in it changes.
func TestTogether(t *testing.T) {
	t.Parallel()
	m := nlu.Compile(shop())
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			in := nlu.Input{Text: fmt.Sprintf("I'd like %d shirts in XL please", i+1), Language: "en", Now: sunday}
			got, err := m.Match(context.Background(), in, everything)
			if err != nil || got.Intent != "order" || got.Parameters["count"].Resolved != float64(i+1) {
				t.Errorf("%d: %+v, %v", i, got, err)
			}
			m.Extract(nlu.Input{Text: "nach Frankreich", Language: "de", Now: sunday}, "@sys.geo-country")
		})
	}
	wg.Wait()
}
