// Package param binds named values to Go structs.
//
// A [Plan] is compiled once from a struct type and its tags. Binding walks
// each source of the plan once, in any order of its members, and sets the
// fields whose values are there. A value comes from one of three roads: raw
// JSON, a protobuf structpb.Value, or plain text as a URL carries it. The
// first two give the same Go values; what cannot be the same is an error
// rather than a guess (see Integers).
//
// What the sources are called and where their values are found is the
// caller's: package cx binds session, intent, form and payload values of a
// webhook request, package flexible binds bodies, queries and path variables.
//
//	plan, err := param.Compile(reflect.TypeFor[order](), &param.Config{
//		Tag:     "cx",
//		Sources: []string{"session", "payload"},
//	})
//	...
//	var in order
//	err = plan.Bind(&in, input, nil)
//
// # Tags
//
// A tag is [source:]name[,required][,string]. Without a source the first of
// [Config.Sources] is meant. The option string is for numbers and booleans,
// which may then also come as text, as in encoding/json; the same option of a
// json tag does as well. The tag "-" leaves a field alone. Fields without
// a tag are left alone at the top, unless [Config.Untagged] says otherwise;
// untagged embedded structs lend their fields to the struct that holds them.
// The fields of nested structs go by the same tag (without a source), else by
// the name in their json tag, else by their Go name.
//
// # Names
//
// Names match exactly or, if there is no such name, without regard to the
// case of ASCII letters. A name that is there exactly decides, even if its
// value is null. Of several names that differ from the wanted one in case
// only, at most one may have a value; else the binding fails with
// [ErrAmbiguous].
//
// A name with dots is looked up as it stands first, then as a path: a.b.c is
// the value named a.b.c, else the member c of the composite a.b, else the
// member b.c of the composite a, else the member c of the member b of a. Null
// counts as absent on the way.
//
// # Null and missing
//
// Null is absent. What is absent leaves the field as it was: zero in a fresh
// struct, or a default that was set before binding. The option required makes
// it [ErrMissing]. Null inside of lists and maps is the zero value of the
// element.
//
// A value that is there replaces what the field held, but for structs, of
// which the members that are there are set. What the field held by reference
// is not written to: lists, maps and what pointers point to are made anew, and
// what unmarshals itself starts from zero. So many calls may share defaults.
//
// # Types
//
//	string                      a JSON string
//	bool                        true or false
//	intN, uintN                 a JSON number with a whole value in range
//	float32, float64            a JSON number in range
//	json.Number                 a JSON number, as it is written
//	json.RawMessage             anything, as it is written, copied
//	any                         anything: string, bool, float64, []any, map[string]any
//	[]T                         a JSON list
//	map[string]T                a JSON object
//	struct                      a JSON object; unknown members are ignored
//	*T                          as T; nil if absent
//	time.Time                   a string in RFC 3339 format
//	time.Duration               a string such as "1h30m", or {"amount", "unit"} in units of fixed length
//	*time.Location              a string with a name of the time zone database, or UTC
//	json.Unmarshaler            anything
//	encoding.TextUnmarshaler    a JSON string
//
// A string is not a number and a number is not a string: "007" and 7 differ,
// and a silent conversion would lose which one it was. Text of a URL has no
// types and is read as what the field wants; lists and objects in it are
// JSON. An empty text is the empty string for strings and absent for the rest.
//
// # Integers
//
// Integers are exact or an error. 9.0 and 9e0 are 9, 9.5 is [ErrType], 300
// into an int8 is [ErrRange]. A structpb.Value holds a double, in which whole
// numbers from 2^53 on stand for their neighbours too: those are [ErrInexact]
// on that road, and exact on the others. The same holds for json.Number, for
// json.RawMessage and for what unmarshals itself. A fraction too fine for a double,
// such as 0.99999999999999999999, counts as the double next to it on every
// road, as it does in Dialogflow.
package param
