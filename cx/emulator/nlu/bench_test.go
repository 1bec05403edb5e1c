package nlu_test

import (
	"fmt"
	"testing"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

// large is an agent of 200 phrases an intent, half of them annotated.
func large(intents int) (nlu.Config, []string) {
	c := shop()
	var scope []string
	verbs := []string{"book", "cancel", "move", "show", "find", "price", "rate", "share", "print", "send"}
	for i := range intents {
		it := nlu.Intent{Name: fmt.Sprintf("intent-%d", i), Parameters: []nlu.Parameter{
			{ID: "size", EntityType: "@size"}, {ID: "day", EntityType: "@sys.date"},
		}}
		var list []nlu.Phrase
		for k := range 100 {
			list = append(list,
				phrase(fmt.Sprintf("i want to %s item %d of kind %d", verbs[k%10], k, i)),
				phrase(fmt.Sprintf("i want to %s thing %d in ", verbs[k%10], k), "", "small", "size", fmt.Sprintf(" of kind %d by ", i), "", "monday", "day"))
		}
		it.Phrases = map[string][]nlu.Phrase{"en": list}
		c.Intents = append(c.Intents, it)
		scope = append(scope, it.Name)
	}
	return c, scope
}

func BenchmarkMatch(b *testing.B) {
	c, scope := large(500)
	m := nlu.Compile(c)
	for _, bb := range []struct{ name, text string }{
		{"literal", "I want to print item 58 of kind 32"},
		{"pattern", "I want to print thing 58 in extra large of kind 32 by next Friday"},
		{"none", "could you please tell me something that nobody has ever written down before"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			in := text(bb.text)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Match(b.Context(), in, scope); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	c, _ := large(500)
	b.ReportAllocs()
	for b.Loop() {
		nlu.Compile(c)
	}
}

func BenchmarkExtract(b *testing.B) {
	m := empty()
	for _, entity := range []string{"@sys.date", "@sys.date-time", "@sys.number", "@sys.person", "@sys.geo-country", "@sys.unit-currency"} {
		b.Run(entity, func(b *testing.B) {
			in := text("my name is Jane Doe and I would like to fly to Mexico for $300 next Friday at 5pm")
			b.ReportAllocs()
			for b.Loop() {
				m.Extract(in, entity)
			}
		})
	}
}

// TestLargeAgent: literal phrases and patterns among ten thousand are
// found for the right intent.
func TestLargeAgent(t *testing.T) {
	t.Parallel()
	c, scope := large(50)
	m := nlu.Compile(c)
	for _, tt := range []struct {
		text string
		kind nlu.MatchKind
	}{
		{"I want to print item 58 of kind 32", nlu.Literal},
		{"I want to print thing 58 in extra large of kind 32 by next Friday", nlu.Pattern},
	} {
		got, err := m.Match(t.Context(), text(tt.text), scope)
		if err != nil || got.Intent != "intent-32" || got.Kind != tt.kind {
			t.Errorf("%s: %+v, %v", tt.text, got, err)
		}
	}
}
