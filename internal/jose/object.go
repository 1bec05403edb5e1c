package jose

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// errJSON reports text that is not exactly one JSON object: other kinds,
// duplicate names at any depth, invalid UTF-8, trailing data, too deep.
var errJSON = errors.New("not one JSON object")

// errDuplicate is errJSON for the reason of a duplicate name.
var errDuplicate = fmt.Errorf("%w: duplicate name", errJSON)

// jsonError keeps of an error only whether a name was duplicate: the rest
// would repeat the text.
func jsonError(err error) error {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return errDuplicate
	}
	return errJSON
}

// members calls f for each member of the JSON object that data is, in order.
// The values alias data. Nesting may go depth levels deep, the object itself
// being the first. An error of f ends the walk and is returned as it is.
func members(data []byte, depth int, f func(name string, value jsontext.Value) error) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	//backstop: the closing brace would not come
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return errJSON
	}
	for dec.PeekKind() == '"' {
		tok, err := dec.ReadToken()
		//backstop: the decoder repeats its error
		if err != nil {
			return jsonError(err)
		}
		name := tok.String()
		value, err := dec.ReadValue()
		if err != nil {
			return jsonError(err)
		}
		if tooDeep(value, depth-1) {
			return errJSON
		}
		end := dec.InputOffset()
		if err := f(name, data[end-int64(len(value)):end:end]); err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil { // nothing but the closing brace can stand here
		return errJSON
	}
	if len(bytes.Trim(data[dec.InputOffset():], " \t\r\n")) > 0 {
		return errJSON
	}
	return nil
}

// elements calls f for each element of the JSON array that data is, in order.
// The values alias data.
func elements(data []byte, f func(value jsontext.Value) error) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	//backstop: the closing bracket would not come
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '[' {
		return errJSON
	}
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		//backstop: the array was read whole before, as part of an object
		if err != nil {
			return jsonError(err)
		}
		end := dec.InputOffset()
		if err := f(data[end-int64(len(value)) : end : end]); err != nil {
			return err
		}
	}
	return nil
}

// tooDeep reports whether the well-formed value nests objects and arrays
// deeper than depth.
func tooDeep(value jsontext.Value, depth int) bool {
	//backstop: it saves time alone
	if k := value.Kind(); k != '{' && k != '[' {
		return false
	}
	level, inString := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			if level++; level > depth {
				return true
			}
		case c == '}', c == ']':
			level--
		}
	}
	return false
}

// text returns the string that value is, and whether it is one.
func text(value jsontext.Value) (string, bool) {
	s, err := jsontext.AppendUnquote(nil, value)
	return string(s), err == nil
}

// texts returns the strings that value is an array of, and whether it is one.
func texts(value jsontext.Value) ([]string, bool) {
	var list []string
	err := elements(value, func(v jsontext.Value) error {
		s, ok := text(v)
		if !ok {
			return errJSON
		}
		list = append(list, s)
		return nil
	})
	return list, err == nil
}
