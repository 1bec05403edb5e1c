package param

import "reflect"

// Config is what the caller decides about its plans. It is read while a plan
// is compiled, and not kept.
type Config struct {
	// Tag is the key of the struct tags, such as "cx".
	Tag string
	// Sources are the names that a tag may give before its colon. The first
	// is meant where a tag gives none. Their places in this list are the
	// numbers for an [Input].
	Sources []string
	// Untagged binds also the exported fields of the top struct that have no
	// tag, from the first source, by the rule of nested structs.
	Untagged bool
	// Checks hold, per type, what every value of that type must pass after
	// it was bound. A check gets a pointer to the value. Its error is told to
	// the caller of the webhook and must not hold the value.
	Checks map[reflect.Type]func(ptr any) error
	// Readers bind the values of a type that has several forms. A reader gets
	// a pointer to the Go value and what is to be bound, which is not null.
	// An [*Error] of a [Decoder] is reported as the reader's own; the text of
	// any other error is told to the caller and must not hold the value.
	Readers map[reflect.Type]func(ptr any, v Value) error
	// JSONText refuses JSON that stands in a text, as lists and objects do in
	// a query. Its error is told to the caller of the webhook and must not
	// hold the value. Nil accepts all.
	JSONText func(text []byte) error
}

// Input gives a plan the named values of its sources.
type Input interface {
	// Range calls yield with every named value of the wanted sources, in any
	// order. Sources are given by their places in [Config.Sources]; one that
	// is not there has no values. A name is not kept after yield returns. The
	// error is for input that cannot be read at all.
	Range(wanted Wanted, yield func(source int, name string, v Value)) error
}

// Finder is an [Input] that can look single values up. It spares the plan the
// walk over sources all of whose values are found so.
type Finder interface {
	Input
	// Find returns the value with exactly this name, and whether there is
	// one.
	Find(source int, name string) (v Value, ok bool)
}

// Wanted is a set of sources, by their places in [Config.Sources], of which
// there are at most 32.
type Wanted uint32

// Only returns the set of one source.
func Only(source int) Wanted { return 1 << source }

// Has reports whether a source is wanted.
func (w Wanted) Has(source int) bool { return w&(1<<source) != 0 }
