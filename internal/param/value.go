package param

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
)

// Value is one value from one of the roads. The zero Value is null. A Value
// shares the memory that it was made of and is valid as long as that does not
// change.
type Value struct {
	raw   []byte          // JSON, trimmed
	proto *structpb.Value // double-valued
	text  []string        // as a URL carries it, at least one
	depth uint8           // of containers walked into on the way here
}

// maxDepth is the deepest nesting that is walked. Decoders stop far earlier;
// it keeps a mistake of theirs from costing more than time in proportion.
const maxDepth = 200

// JSON returns the value that raw holds: one JSON value that was found valid,
// with or without space around. What is malformed all the same is [ErrSyntax]
// when it is bound, or is read in part; it does no harm.
func JSON(raw []byte) Value { return Value{raw: trim(raw)} }

// Proto returns the value that v holds. Nil and an empty message are null.
func Proto(v *structpb.Value) Value { return Value{proto: v} }

// String returns the value of a JSON string with the given content.
func String(s string) Value { return Value{proto: structpb.NewStringValue(s)} }

// Text returns values without a type, such as those of a query parameter or a
// path variable. Several are a list; none are null.
func Text(values ...string) Value { return Value{text: values} }

// kind is the type of a value.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindList
	kindObject
	kindText
	kindTexts
	kindMalformed
)

// String returns the kind with its article.
func (k kind) String() string {
	switch k {
	case kindNull:
		return "null"
	case kindBool:
		return "a boolean"
	case kindNumber:
		return "a number"
	case kindString:
		return "a string"
	case kindList:
		return "a list"
	case kindObject:
		return "an object"
	case kindText:
		return "other text"
	case kindTexts:
		return "several values"
	default:
		return "malformed JSON"
	}
}

func (v Value) kind() kind {
	switch {
	case v.depth > maxDepth:
		return kindMalformed
	case v.raw != nil:
		return rawKind(v.raw)
	case v.proto != nil:
		return protoKind(v.proto)
	case len(v.text) == 1:
		return kindText
	case len(v.text) > 1:
		return kindTexts
	default:
		return kindNull
	}
}

// absent reports whether v counts as not there.
func (v Value) absent() bool { return v.kind() == kindNull }

func rawKind(raw []byte) kind {
	if len(raw) == 0 {
		return kindMalformed
	}
	switch raw[0] {
	case 'n':
		return kindNull
	case 't', 'f':
		return kindBool
	case '"':
		return kindString
	case '[':
		return kindList
	case '{':
		return kindObject
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return kindNumber
	default:
		return kindMalformed
	}
}

func protoKind(v *structpb.Value) kind {
	switch k := v.GetKind().(type) {
	case *structpb.Value_BoolValue:
		return kindBool
	case *structpb.Value_NumberValue:
		return kindNumber
	case *structpb.Value_StringValue:
		return kindString
	case *structpb.Value_ListValue:
		if k.ListValue == nil {
			return kindNull
		}
		return kindList
	case *structpb.Value_StructValue:
		if k.StructValue == nil {
			return kindNull
		}
		return kindObject
	default:
		return kindNull
	}
}

// str returns the content of a string or a single text.
func (v Value) str() (string, bool) {
	switch {
	case v.raw != nil:
		return unquote(v.raw)
	case v.proto != nil:
		s, ok := v.proto.GetKind().(*structpb.Value_StringValue)
		if !ok {
			return "", false
		}
		return s.StringValue, true
	case len(v.text) == 1:
		return v.text[0], true
	}
	return "", false
}

// Range calls yield with every member of an object until yield returns false.
// A value of another kind has no members. A name is valid only during the
// call.
func (v Value) Range(yield func(name string, v Value) bool) error {
	if v.kind() != kindObject {
		return nil
	}
	if v.proto != nil {
		for name, member := range v.proto.GetStructValue().GetFields() {
			if !yield(name, Value{proto: member, depth: v.depth + 1}) {
				break
			}
		}
		return nil
	}
	c := Cursor{b: v.raw, depth: v.depth}
	var name string
	for c.Object(); c.Member(&name); {
		if !yield(name, c.Value()) {
			break
		}
	}
	return c.Err()
}

// Elements calls yield with every element of a list until yield returns
// false. A value of another kind has no elements.
func (v Value) Elements(yield func(v Value) bool) error {
	switch v.kind() {
	case kindList:
		if v.proto != nil {
			for _, element := range v.proto.GetListValue().GetValues() {
				if !yield(Value{proto: element, depth: v.depth + 1}) {
					break
				}
			}
			return nil
		}
		c := Cursor{b: v.raw, depth: v.depth}
		for c.List(); c.Element(); {
			if !yield(c.Value()) {
				break
			}
		}
		return c.Err()
	case kindTexts, kindText:
		for i := range v.text {
			if !yield(Value{text: v.text[i : i+1]}) {
				break
			}
		}
	}
	return nil
}

// Find returns the member of an object with exactly one of the names, null if
// there is none. It is meant for envelopes, whose names are fixed; of several
// such members the last that is not null counts.
func (v Value) Find(names ...string) (member Value) {
	_ = v.Range(func(n string, m Value) bool {
		if slices.Contains(names, n) && !m.absent() {
			member = m
		}
		return true
	})
	return member
}

// Raw returns the JSON of a value that was made of JSON, else nil.
func (v Value) Raw() []byte { return v.raw }

// Absent reports whether v is null, which is the same as not there.
func (v Value) Absent() bool { return v.absent() }

// IsObject reports whether v is an object.
func (v Value) IsObject() bool { return v.kind() == kindObject }

// Str returns the content of a string, and whether v is one.
func (v Value) Str() (string, bool) {
	if k := v.kind(); k != kindString && k != kindText {
		return "", false
	}
	return v.str()
}

// unquoted returns what the text of a string stands for to a reader of numbers
// and booleans. Other values stay as they are.
func (v Value) unquoted() (Value, *fault) {
	if v.kind() != kindString {
		return v, nil
	}
	s, ok := v.str()
	switch {
	case !ok:
		return v, syntaxFault()
	case s == "":
		return v, faultf(ErrType, "want a number or boolean, have an empty string")
	}
	return Text(s), nil
}
