// Package nlu understands what a user writes to the local Dialogflow CX of
// package emulator: it matches a text to an intent and extracts the values of
// parameters. It is deterministic and uses no model, so a test that passes
// once passes always.
//
// A [Model] is compiled once from the intents and entity types of an agent:
//
//	model := nlu.Compile(nlu.Config{
//		Intents: []nlu.Intent{{
//			Name:       "order.shirt",
//			Parameters: []nlu.Parameter{{ID: "size", EntityType: "@size"}},
//			Phrases: map[string][]nlu.Phrase{"en": {{
//				{Text: "a shirt in "}, {Text: "small", Parameter: "size"}, {Text: ", please"},
//			}}},
//		}},
//		EntityTypes: []nlu.EntityType{{
//			Name: "size", Kind: nlu.Map,
//			Entities: map[string][]nlu.Entity{"en": {
//				{Value: "S", Synonyms: []string{"S", "small"}},
//				{Value: "L", Synonyms: []string{"L", "large"}},
//			}},
//		}},
//	})
//	match, err := model.Match(ctx, nlu.Input{Text: "A shirt in LARGE please!", Language: "en", Now: now}, []string{"order.shirt"})
//	// match.Intent is "order.shirt", match.Parameters["size"].Resolved is "L"
//
// # Matching
//
// A text matches an intent by a literal training phrase or by a pattern: a
// training phrase whose annotated parts stand for any value of their entity
// type. Both compare words after normalisation: case, punctuation, blanks,
// full width forms, apostrophes and the accents of Latin and Greek letters do
// not count. Of several matches the first by these rules wins:
//
//  1. a literal phrase before a pattern with words of its own, and that before
//     a pattern of annotated parts alone;
//  2. the higher priority of the intent;
//  3. more literal words, then fewer annotated parts;
//  4. the order of the scope.
//
// A fallback intent never matches. What a model would match beyond that, by
// likeness, is no match here: [Matcher] is the seam for another.
//
// # Extraction
//
// [Model.Extract] finds a value of one entity type in a text, the longest and
// then the first; [Model.Fill] finds those of several parameters, none of
// which share a word. Values are plain JSON (string, float64, bool, nil,
// map[string]any, []any) in the shapes that Dialogflow delivers:
//
//   - map entities give the reference value of the synonym, list entities the
//     entry, regexp entities the text found;
//   - an entry of other entity types ("@sys.date", "@street @number:no") gives,
//     if it is one part without alias, the value of that part (list), or the
//     entry as written (map), else an object with one member per part and the
//     text as "original"; parts of the same alias become a list;
//   - system entities as the package documents them at [SystemEntity].
//
// Regular expressions are RE2: an expression with lookaround or back
// references compiles to a [Fault] and never matches.
//
// Misspelt words are only taken where the entity type is fuzzy: one edit for
// words of four to seven letters, two beyond, each counted over the entry.
// Automatic expansion of a list takes an unknown word only where a pattern or
// the prompted parameter leaves nothing else to be taken, as its
// documentation says that values near the listed ones are recognised.
//
// # Limits
//
// Texts are cut at [MaxText] bytes. Everything is linear or nearly so in the
// text, and independent of the number of phrases. A Model is immutable and
// safe for concurrent use.
package nlu
