package answer

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// raw reads JSON text. Its strictness is protojson's: no duplicate keys, no
// invalid UTF-8, nothing after the value. Nil text is null.
func (e *encoder) raw(raw []byte, level int) (*structpb.Value, *Fault) {
	if raw == nil {
		return structpb.NewNullValue(), nil
	}
	if f := e.checkLiterals(raw, level); f != nil {
		return nil, f
	}
	v := new(structpb.Value)
	opts := protojson.UnmarshalOptions{RecursionLimit: 2 * MaxDepth}
	if err := opts.Unmarshal(raw, v); err != nil {
		// The text of err quotes the value.
		return nil, fault("", fmt.Errorf("%w: raw text is not strict JSON", ErrUnsupported))
	}
	if f := checkValue(v, level, e.limit); f != nil {
		return nil, f
	}
	return v, nil
}

// checkLiterals looks at the numbers of JSON text and at its nesting. What is
// not JSON is left for the parser to find.
func (e *encoder) checkLiterals(raw []byte, level int) *Fault {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			for i++; i < len(raw) && raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		case c == '{' || c == '[':
			if level > e.limit {
				return tooDeep(e.limit)
			}
			level++
		case c == '}' || c == ']':
			level--
		case c == '-' || isDigit(c):
			start := i
			for i+1 < len(raw) && strings.IndexByte("0123456789+-.eE", raw[i+1]) >= 0 {
				i++
			}
			if r := checkLiteral(string(raw[start : i+1])); r != "" {
				return fault("", fmt.Errorf("%w (byte %d of the raw JSON)", r, start))
			}
		}
	}
	return nil
}
