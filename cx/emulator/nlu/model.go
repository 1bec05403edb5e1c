package nlu

import (
	"context"
	"time"
)

// MaxText is the number of bytes of a text that is looked at. Dialogflow
// itself matches nothing longer than 256 characters, which are at most so many
// bytes.
const MaxText = 1024

// Intent is an intent of an agent.
type Intent struct {
	Name       string // display name
	Priority   int    // 0 counts as 500,000, the default; negative is ignored by matching
	IsFallback bool   // never matches
	Parameters []Parameter
	Phrases    map[string][]Phrase // by language code, such as "en" or "pt-br"
	// DTMFPattern is a regular expression that matches key presses.
	DTMFPattern string
}

// Parameter is a parameter of an intent or of a form.
type Parameter struct {
	ID         string
	EntityType string // "@sys.date", or the name of an [EntityType] with or without "@"
	IsList     bool
}

// Phrase is a training phrase: its parts in order.
type Phrase []Part

// Part is a piece of a phrase, annotated if it names a parameter.
type Part struct {
	Text      string
	Parameter string // the ID of a parameter of the intent, or empty
}

// Kind is the kind of an entity type.
type Kind int

// Kinds of entity types.
const (
	Map    Kind = iota // synonyms of a reference value
	List               // entries without synonyms, also composite ones
	Regexp             // the entries are regular expressions
)

// EntityType is a custom entity type. One whose name begins with "sys."
// extends the system entity of that name.
type EntityType struct {
	Name     string // display name, without "@"
	Kind     Kind
	Fuzzy    bool                // misspelt words are taken too
	Expand   bool                // automatic expansion
	Entities map[string][]Entity // by language code
	Excluded map[string][]string // phrases that are no value, by language code
}

// Entity is one entry of an entity type.
type Entity struct {
	Value    string
	Synonyms []string
	// DTMFPattern is a regular expression that matches key presses.
	DTMFPattern string
}

// Config is what a [Model] is compiled from.
type Config struct {
	Intents     []Intent
	EntityTypes []EntityType

	// DefaultLanguage serves texts in a language without phrases or entries of
	// its own. Default "en".
	DefaultLanguage string

	// PastDates makes a date without a year, and a bare weekday, the latest
	// one. The default is the next one, today included for dates.
	PastDates bool
}

// Fault tells what of the configuration can never match.
type Fault struct {
	Intent     string // or
	EntityType string
	Language   string
	Text       string // the phrase part, entry or expression
	Err        error
}

// Input is one text of a user.
type Input struct {
	Text     string
	Language string // such as "en" or "en-us"

	// DTMF says that Text holds key presses (0-9, *, #).
	DTMF bool

	// Now is the time that dates are told from, in the user's time zone. The
	// zero value is the current time in UTC.
	Now time.Time

	// Region is the two-letter country that telephone numbers and currencies
	// default to. Empty is the region of the language, "US" for "en".
	Region string
}

// MatchKind tells how an intent was matched.
type MatchKind int

// Kinds of matches.
const (
	NoMatch MatchKind = iota
	Literal           // a training phrase, word by word
	Pattern           // a training phrase with other values of its entity types
	Digits            // the DTMF pattern of the intent
	Ranked            // by likeness; never by a [Model], which is exact
)

// Match is the outcome of matching. The zero value is no match.
type Match struct {
	Kind       MatchKind
	Intent     string
	Confidence float64          // 0 to 1; 1 for literal phrases and key presses
	Parameters map[string]Value // by parameter ID; nil if there are none
}

// Value is an extracted value.
type Value struct {
	Original string // the text it was found in
	Resolved any    // plain JSON, see the package documentation; []any for lists

	// Start and End are the bytes of the text it was found in. A list spans
	// from its first to its last value.
	Start, End int

	Confidence float64 // 1, or less for misspelt words and assumed names
}

// Matcher matches a text to one of the intents in scope, named in the order
// of the scope. It returns the zero Match if none fits. It must be safe for
// concurrent use.
type Matcher interface {
	Match(ctx context.Context, in Input, scope []string) (Match, error)
}
