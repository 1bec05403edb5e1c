package flexible

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// MaxRenderedBytes is the longest URL, header value or body that is rendered
// and the longest body template that is read: 1 MiB.
const MaxRenderedBytes = 1 << 20

// maxValueDepth is the deepest nesting of a body template and of a value that
// is sent. It also ends values that contain themselves.
const maxValueDepth = 128

// blanks are what may stand around a JSON value.
const blanks = " \t\r\n"

// jsonKind is a type of JSON value.
type jsonKind int

const (
	jsonAny jsonKind = iota // known only when there is a value
	jsonNull
	jsonBool
	jsonNumber
	jsonString
	jsonList
	jsonObject
)

// String names the kind with its article.
func (k jsonKind) String() string {
	return [...]string{"any value", "null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

// sample returns a JSON value of the kind.
func (k jsonKind) sample() string {
	return [...]string{"null", "null", "true", "1", `""`, "[]", "{}"}[k]
}

// appendValue appends v as compact JSON with sorted keys.
func appendValue(dst []byte, v any) ([]byte, error) { return appendNested(dst, v, 0) }

func appendNested(dst []byte, v any, depth int) ([]byte, error) {
	if depth > maxValueDepth {
		return nil, fmt.Errorf("it is nested %d levels deep, the limit is %d", depth, maxValueDepth)
	}
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case string:
		return append(appendEscapedJSON(append(dst, '"'), v), '"'), nil
	case float64:
		return appendFloat(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case []any:
		return appendList(dst, v, depth)
	case map[string]any:
		return appendObject(dst, v, depth)
	}
	return appendOther(dst, v)
}

func appendList(dst []byte, v []any, depth int) ([]byte, error) {
	dst = append(dst, '[')
	for i, e := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendNested(dst, e, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendObject(dst []byte, v map[string]any, depth int) ([]byte, error) {
	dst = append(dst, '{')
	keys := slices.Sorted(maps.Keys(v))
	if err := checkNames(keys); err != nil {
		return nil, err
	}
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendEscapedJSON(append(dst, '"'), key), '"', ':')
		var err error
		if dst, err = appendNested(dst, v[key], depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// appendFloat writes what encoding/json writes.
func appendFloat(dst []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errNoNumber
	}
	if abs := math.Abs(f); abs == 0 || (abs >= 1e-6 && abs < 1e21) {
		return strconv.AppendFloat(dst, f, 'f', -1, 64), nil
	}
	return strconv.AppendFloat(dst, f, 'e', -1, 64), nil
}

// appendOther takes what is rare: the other types of numbers, and whatever
// else encoding/json can write.
func appendOther(dst []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil || checkKeys(text) != nil {
		return nil, fmt.Errorf("a %T is no JSON value", v)
	}
	return append(dst, text...), nil
}

// checkNames refuses keys that become one key, because what in them is no
// UTF-8 is replaced.
func checkNames(keys []string) error {
	if !slices.ContainsFunc(keys, func(k string) bool { return !utf8.ValidString(k) }) {
		return nil
	}
	sent := make(map[string]bool, len(keys))
	for _, k := range keys {
		k = string([]rune(k)) // U+FFFD for each byte that is no UTF-8
		if sent[k] {
			return errors.New("an object has several keys that differ only in what is no UTF-8")
		}
		sent[k] = true
	}
	return nil
}

// checkValue refuses what cannot be written as JSON: it stands before writers
// that report nothing.
func checkValue(v any, depth int) error {
	if depth > maxValueDepth {
		return fmt.Errorf("it is nested %d levels deep, the limit is %d", depth, maxValueDepth)
	}
	switch v := v.(type) {
	case nil, bool, string, int, int64:
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errNoNumber
		}
		return nil
	case []any:
		for _, e := range v {
			if err := checkValue(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		if err := checkNames(slices.Collect(maps.Keys(v))); err != nil {
			return err
		}
		for _, e := range v {
			if err := checkValue(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := appendOther(nil, v)
	return err
}

var errNoNumber = errors.New("JSON knows no NaN and no infinity")

const lowerHex = "0123456789abcdef"

// quoted returns the JSON string of s.
func quoted(s string) string { return `"` + string(appendEscapedJSON(nil, s)) + `"` }

// appendEscapedJSON appends the inside of the JSON string of s. Invalid UTF-8
// becomes U+FFFD.
func appendEscapedJSON(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if c >= utf8.RuneSelf && !(r == utf8.RuneError && size == 1) {
			i += size
			continue
		}
		dst = append(dst, s[start:i]...)
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
		default:
			dst = append(dst, "\ufffd"...)
		}
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}
