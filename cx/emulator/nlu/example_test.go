package nlu_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

func ExampleModel_Match() {
	model := nlu.Compile(nlu.Config{
		Intents: []nlu.Intent{{
			Name:       "order.shirt",
			Parameters: []nlu.Parameter{{ID: "size", EntityType: "@size"}},
			Phrases: map[string][]nlu.Phrase{"en": {{
				{Text: "a shirt in "}, {Text: "small", Parameter: "size"}, {Text: ", please"},
			}}},
		}},
		EntityTypes: []nlu.EntityType{{
			Name: "size", Kind: nlu.Map,
			Entities: map[string][]nlu.Entity{"en": {
				{Value: "S", Synonyms: []string{"S", "small"}},
				{Value: "L", Synonyms: []string{"L", "large"}},
			}},
		}},
	})
	in := nlu.Input{Text: "A shirt in LARGE please!", Language: "en"}
	match, err := model.Match(context.Background(), in, []string{"order.shirt"})
	fmt.Println(match.Intent, match.Parameters["size"].Resolved, err)
	// Output: order.shirt L <nil>
}

func ExampleModel_Fill() {
	model := nlu.Compile(nlu.Config{})
	in := nlu.Input{
		Text: "two of us, next Friday at half past five pm", Language: "en",
		Now: time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC),
	}
	values := model.Fill(in, []nlu.Parameter{
		{ID: "when", EntityType: "@sys.date-time"},
		{ID: "people", EntityType: "@sys.number-integer"},
	})
	fmt.Println(values["when"].Original)
	fmt.Println(values["when"].Resolved)
	fmt.Println(values["people"].Resolved)
	// Output:
	// next Friday at half past five pm
	// map[day:27 hours:17 minutes:30 month:11 nanos:0 seconds:0 year:2026]
	// 2
}
