package expr

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// TextOf returns the text that stands for a value inside a longer text.
func TextOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(AppendText(nil, v))
}

// AppendText appends the text that stands for a value inside a longer text,
// as recorded conversations show it: numbers in their shortest form (9.0 as 9), dates as 2023-07-10, times
// as 10:00:00, both as 2023-07-10T10:00:00, an object with a text field "original" as that
// text, a list as its items joined with a comma and a blank, other objects as compact JSON, and null as
// "null". Times leave out nanoseconds.
func AppendText(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	case json.Number:
		if n, ok := numberOf(v); ok && strings.ContainsAny(string(v), ".eE") {
			return appendNumber(dst, n)
		}
		return append(dst, v...)
	case []any:
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendText(dst, item)
		}
		return dst
	case map[string]any:
		return appendObject(dst, v)
	}
	if n, ok := numberOf(v); ok {
		return appendNumber(dst, n)
	}
	return AppendJSON(dst, v)
}

func appendObject(dst []byte, v map[string]any) []byte {
	if s, ok := v["original"].(string); ok {
		return append(dst, s...)
	}
	if m, ok := toMoment(v); ok && m.whole && len(v) == m.fields {
		return m.append(dst)
	}
	return AppendJSON(dst, v)
}

// appendNumber writes integers in full up to 2⁶³ and all else in the
// shortest form.
func appendNumber(dst []byte, n float64) []byte {
	if n == math.Trunc(n) && math.Abs(n) < 1<<63 {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	if abs := math.Abs(n); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, n, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, n, 'g', -1, 64)
}

// AppendJSON appends the compact JSON of a value: keys in byte order,
// nothing escaped for HTML, numbers as in texts. What JSON cannot hold is null.
func AppendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendJSONString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case json.Number:
		if !isJSONNumber(string(v)) {
			return append(dst, "null"...)
		}
		return append(dst, v...)
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, item)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for i, k := range sortedKeys(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendJSONString(dst, k), ':')
			dst = AppendJSON(dst, v[k])
		}
		return append(dst, '}')
	}
	if n, ok := numberOf(v); ok {
		return appendNumber(dst, n)
	}
	if b, err := json.Marshal(v); err == nil {
		return append(dst, b...)
	}
	return append(dst, "null"...)
}

func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, c := range s { // bad UTF-8 becomes U+FFFD
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, string(c)...)
		}
	}
	return append(dst, '"')
}
