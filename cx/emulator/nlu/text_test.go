package nlu_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	person := func(name, original string) object { return object{"name": name, "original": original} }
	tests := []struct {
		lang, text, entity string
		want               any
	}{
		{"en", "  All of it, please. ", "any", "All of it, please."},
		{"en", "it's ada@example.com, thanks", "email", "ada@example.com"},
		{"en", "ada.l+x@mail.example.co.uk", "email", "ada.l+x@mail.example.co.uk"},
		{"en", "not@mail", "email", nil},
		{"en", "see https://example.com/a?b=c.", "url", "https://example.com/a?b=c"},
		{"en", "www.example.org", "url", "www.example.org"},
		{"en", "call 555-010-9999", "phone-number", "5550109999"},
		{"en", "+1 (555) 010-9999", "phone-number", "+15550109999"},
		{"de", "0049 30 123456", "phone-number", "004930123456"},
		{"en", "12", "phone-number", nil},
		{"en", "94043", "zip-code", "94043"},
		{"en", "94043-1234", "zip-code", "94043-1234"},
		{"en-gb", "SW1A 1AA", "zip-code", "SW1A 1AA"},
		{"pl", "00-950", "zip-code", "00-950"},
		{"en", "flight LH 400", "flight-number", "LH400"},
		{"en", "dark blue, please", "color", "dark blue"},
		{"es", "el rojo", "color", "rojo"},
		{"en", "do you speak German", "language", "German"},
		{"de", "auf Französisch", "language", "Französisch"},
		{"en", "my name is grace hopper", "person", person("Grace Hopper", "grace hopper")},
		{"en", "Jane Doe", "person", person("Jane Doe", "Jane Doe")},
		{"en", "I am not sure what you want", "person", nil},
		{"es", "me llamo Ana", "given-name", "Ana"},
		{"es", "beatriz", "given-name", "Beatriz"},
		{"en", "John Example", "last-name", "Example"},
		{"fr", "je m'appelle Zoé", "given-name", "Zoé"},
		{"en", "going to mexico next week", "geo-country", "Mexico"},
		{"en", "the USA", "geo-country", "United States"},
		{"de", "nach Österreich", "geo-country", "Österreich"},
		{"en", "from new york please", "geo-city", "New York"},
		{"en", "Springfield", "geo-city", "Springfield"},
		{"en", "I want to go to little snoring", "geo-city", "Little Snoring"},
		{"en", "no idea what that is", "geo-city", nil},
		{"en", "in california", "geo-state", "California"},
		{"en", "Palo Alto, CA", "geo-state", "California"},
		{"en", "5 Sample Road, Springfield", "address", "5 Sample Road, Springfield"},
		{"en", "The address is: 5 Sample Road", "address", "5 Sample Road"},
		{"en", "the old mill", "address", nil}, // a word that leads to nothing
		{"en", "old mill", "address", "old mill"},
		{"en", "pardon", "address", nil}, // one word that is no place
		{"en", "xyz123", "address", nil},
		{"en", "Chicago", "address", "Chicago"},
		{"en", "60601", "address", "60601"},
		{"en", "Paris, France", "location", object{"city": "Paris", "country": "France", "original": "Paris, France"}},
	}
	m := empty()
	for _, tt := range tests {
		t.Run(tt.lang+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			in := nlu.Input{Text: tt.text, Language: tt.lang, Now: sunday}
			if diff := cmp.Diff(tt.want, extracted(t, m, in, "@sys."+tt.entity)); diff != "" {
				t.Errorf("@sys.%s (-want +got)\n%s", tt.entity, diff)
			}
		})
	}
}

// TestSystemEntitiesKnown: each entity of the list takes part, so a parameter
// of its type is no fault.
func TestSystemEntitiesKnown(t *testing.T) {
	t.Parallel()
	for _, e := range nlu.SystemEntities() {
		m := nlu.Compile(nlu.Config{Intents: []nlu.Intent{{Name: "a", Parameters: []nlu.Parameter{{ID: "p", EntityType: e.String()}}}}})
		if faults := m.Faults(); len(faults) > 0 {
			t.Errorf("%s: %v", e, faults)
		}
	}
}
