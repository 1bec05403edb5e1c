package answer

import (
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/structpb"
)

const (
	// MaxPayloadDepth is how deep Dialogflow takes a custom payload: 24
	// levels, the payload itself being the first.
	MaxPayloadDepth = 24
	// MaxDepth bounds every other value, since nothing is documented for
	// them: what is set in one call can be read within the decoder's own
	// limit in the next. The outermost object or list is the first level.
	MaxDepth = 60
)

// checkStruct checks an object at the given level. Nil is an empty object.
func checkStruct(s *structpb.Struct, level, limit int) *Fault {
	if level > limit {
		return tooDeep(limit)
	}
	all := s.GetFields()
	left := len(all)
	for name, v := range all {
		if !isUTF8(name) {
			return fault(Key(name), ErrUTF8)
		}
		if f := checkValue(v, level+1, limit); f != nil {
			return f.In(Key(name))
		}
		if left--; left == 0 {
			break // saves looking for more
		}
	}
	return nil
}

// isUTF8 is utf8.ValidString, sooner done for the short ASCII texts of which
// answers mostly consist.
func isUTF8(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return utf8.ValidString(s[i:])
		}
	}
	return true
}

// checkValue checks a value whose level is the given one if it is an object or
// a list.
func checkValue(v *structpb.Value, level, limit int) *Fault {
	switch k := v.GetKind().(type) {
	case *structpb.Value_NullValue:
		if k != nil {
			return nil
		}
	case *structpb.Value_BoolValue:
		if k != nil {
			return nil
		}
	case *structpb.Value_NumberValue:
		if k != nil {
			return checkNumber(k.NumberValue)
		}
	case *structpb.Value_StringValue:
		if k != nil {
			return checkText(k.StringValue)
		}
	case *structpb.Value_StructValue:
		if k != nil {
			return checkStruct(k.StructValue, level, limit)
		}
	case *structpb.Value_ListValue:
		if k != nil {
			return checkList(k.ListValue, level, limit)
		}
	}
	return fault("", ErrEmptyValue)
}

func checkList(l *structpb.ListValue, level, limit int) *Fault {
	if level > limit {
		return tooDeep(limit)
	}
	for i, v := range l.GetValues() {
		if f := checkValue(v, level+1, limit); f != nil {
			return f.In(Index(i))
		}
	}
	return nil
}

func checkNumber(n float64) *Fault {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return fault("", ErrNotFinite)
	}
	return nil
}

func checkText(s string) *Fault {
	if !isUTF8(s) {
		return fault("", ErrUTF8)
	}
	return nil
}

func tooDeep(limit int) *Fault {
	f := fault("", Say(ErrTooDeep, "value is nested too deeply: more than %d levels, or it contains itself", limit))
	f.steps = []string{}
	return f
}
