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
// [Model.Extract] finds a value of one entity type in a text, the first and
// there the longest; [Model.Fill] finds those of several parameters, none of
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
// A synonym that several entries have gives the last of them, and English
// nouns may be in the plural or the singular; recorded conversations show
// both. An excluded phrase hides the values inside it.
//
// Only where the entity type is fuzzy, an entry is also found with its words
// in another order, by two or more of its first or last words, and misspelt:
// one edit for texts of four to seven letters, two beyond, the first letter
// right. Automatic expansion takes up to three words that are no entry, but
// only where the value was asked for or a pattern has it in that place: what
// Dialogflow's model does beyond that is not known.
//
// A match also has the values of parameters of the intent that its phrase
// does not annotate, from the words that are left: not where the phrases of the
// intent say the same words more often without an annotation than with one, and
// fewer than a third of them annotate the parameter.
//
// # Limits
//
// Texts are cut at [MaxText] bytes, and the work on one text is bounded
// whatever the patterns and composite entries: entries beyond the bound are
// not found. Matching looks up phrases by their words, so the number of
// phrases hardly matters. A Model is immutable and
// safe for concurrent use.
package nlu
