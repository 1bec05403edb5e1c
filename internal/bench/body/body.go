// Package body makes webhook requests and answers for measuring: always the
// same ones for the same size, shaped like those that Dialogflow sends.
//
//	raw := body.Request(4<<10, body.Pretty)
//	resp := body.Response(2 << 10)
//
// A request has session parameters of all kinds, composite ones too, an
// intent, a form, queued messages with the two keys that the public message
// does not know, a payload and language information, in the order and style
// of the wire: two blanks of indentation, some characters escaped.
package body

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Style is how a request is laid out.
type Style int

// Styles: Pretty is what Dialogflow sends, Compact has no blanks.
const (
	Pretty Style = iota
	Compact
)

// seed makes every run the same.
const seed = 20261122

type generator struct{ *rand.Rand }

func newGenerator() generator {
	return generator{rand.New(rand.NewPCG(seed, seed))}
}

// Request returns a request of about size bytes, at least about 900.
func Request(size int, style Style) []byte {
	return request(least(func(units int) bool { return len(request(units, style)) >= size }), style)
}

// least returns the smallest number above zero that is enough.
func least(enough func(int) bool) int {
	low, high := 0, 1
	for !enough(high) {
		low, high = high, high*2
	}
	for high-low > 1 {
		if mid := (low + high) / 2; enough(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}

// request returns a request with so many units of content.
func request(units int, style Style) []byte {
	g := newGenerator()
	var intent, session, payload object
	var form, messages list
	for i := range units {
		name := fmt.Sprintf("%s-%d", g.word(), i)
		switch i % 8 {
		case 0, 4:
			session = append(session, member{name, g.composite(i)})
		case 1:
			form = append(form, g.formParameter(name))
			session = append(session, member{name, g.phrase(3)})
		case 2:
			messages = append(messages, g.message())
		case 3:
			session = append(session, member{name, g.number()})
		case 5:
			session = append(session, member{name, list{g.phrase(1), g.phrase(2), g.number()}})
			intent = append(intent, member{name, object{{"originalValue", g.phrase(2)}, {"resolvedValue", g.phrase(1)}}})
		case 6:
			payload = append(payload, member{name, object{{"id", g.id()}, {"active", g.IntN(2) == 0}, {"note", g.phrase(6)}}})
		case 7:
			session = append(session, member{name, []any{nil, true, g.phrase(5), g.number()}[g.IntN(4)]})
		}
	}
	return render(g.frame(intent, session, payload, form, messages), style)
}

func (g generator) frame(intent, session, payload object, form, messages list) object {
	agent := "projects/example-project/locations/global/agents/" + g.id()
	page := object{
		{"currentPage", agent + "/flows/" + g.id() + "/pages/" + g.id()},
		{"formInfo", object{{"parameterInfo", form}}},
		{"displayName", "Collect the order"},
	}
	return object{
		{"detectIntentResponseId", g.id()},
		{"intentInfo", object{
			{"lastMatchedIntent", agent + "/intents/" + g.id()},
			{"parameters", intent},
			{"displayName", "order.confirm"},
			{"confidence", 0.8371},
		}},
		{"pageInfo", page},
		{"sessionInfo", object{{"session", agent + "/sessions/" + g.id()}, {"parameters", session}}},
		{"fulfillmentInfo", object{{"tag", "confirm-order"}}},
		{"messages", messages},
		{"payload", payload},
		{"text", g.phrase(8)},
		{"languageCode", "en"},
		{"languageInfo", object{{"inputLanguageCode", "en"}, {"resolvedLanguageCode", "en"}, {"confidenceScore", raw("1.0")}}},
	}
}

func (g generator) composite(i int) object {
	switch i % 3 {
	case 0:
		return object{{"year", raw("2026.0")}, {"month", raw("11.0")}, {"day", raw(fmt.Sprintf("%d.0", 1+g.IntN(28)))}, {"original", g.phrase(3)}}
	case 1:
		return object{{"street-address", g.phrase(3)}, {"city", g.word()}, {"original", g.phrase(5)}}
	}
	return object{
		{"items", list{
			object{{"article", g.word()}, {"count", 1 + g.IntN(9)}, {"price", g.number()}},
			object{{"article", g.word()}, {"count", 1 + g.IntN(9)}, {"price", g.number()}},
		}},
		{"total", object{{"amount", g.number()}, {"currency", "EUR"}}},
	}
}

func (g generator) formParameter(name string) object {
	return object{
		{"displayName", name}, {"required", true}, {"state", "FILLED"}, {"value", g.phrase(2)}, {"justCollected", g.IntN(4) == 0},
	}
}

func (g generator) message() object {
	words := list{g.phrase(14)}
	return object{
		{"text", object{{"text", words}, {"redactedText", words}}},
		{"responseType", "HANDLER_PROMPT"},
		{"source", "VIRTUAL_AGENT"},
	}
}

// words are the vocabulary. One in sixteen needs an escape or is not ASCII.
var words = strings.Fields(`shirt order large green confirm Tuesday delivery it's blue size and quoted
	please two three address street colour twelve packet again tomorrow window letter the for with when
	would could like my your card number name change cancel status until after before morning evening
	Größe café shop paid gift wrap home work phone mail open closed small medium extra box bag left right
	"as is" next last week month today`)

func (g generator) word() string { return words[g.IntN(4)] }

func (g generator) phrase(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = words[g.IntN(len(words))]
	}
	return strings.Join(all, " ")
}

func (g generator) number() any {
	switch g.IntN(3) {
	case 0:
		return g.IntN(1000)
	case 1:
		return raw(fmt.Sprintf("%d.0", g.IntN(100)))
	}
	return raw(fmt.Sprintf("%d.%02d", g.IntN(1000), 1+g.IntN(98)))
}

func (g generator) id() string {
	a, b := g.Uint64(), g.Uint64()
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&(1<<48-1))
}
