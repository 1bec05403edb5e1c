package expr

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// truth is what a value means as a condition.
func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	}
	return false
}

func isBoolText(s string) bool {
	return strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
}

func castBool(v any) (b, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		return truth(v), isBoolText(v)
	}
	return false, false
}

// numberOf returns a value that is a number. Infinities and NaN are none.
func numberOf(v any) (float64, bool) {
	n, ok := 0.0, true
	switch v := v.(type) {
	case float64:
		n = v
	case int:
		n = float64(v)
	case int64:
		n = float64(v)
	case json.Number:
		parsed, err := strconv.ParseFloat(string(v), 64)
		n, ok = parsed, err == nil
	default:
		n, ok = otherNumber(v)
	}
	return n, ok && !math.IsInf(n, 0) && !math.IsNaN(n)
}

func otherNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float32:
		return float64(v), true
	case int32:
		return float64(v), true
	case int16:
		return float64(v), true
	case int8:
		return float64(v), true
	case uint:
		return float64(v), true
	case uint64:
		return float64(v), true
	case uint32:
		return float64(v), true
	case uint16:
		return float64(v), true
	case uint8:
		return float64(v), true
	}
	return 0, false
}

// castNumber is numberOf, and reads texts that are decimal numbers.
func castNumber(v any) (float64, bool) {
	s, ok := v.(string)
	if !ok {
		return numberOf(v)
	}
	return parseNumber(s)
}

// parseNumber reads a decimal number with blanks around it and any sign.
func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	digits := false
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' {
			digits = true
		} else if strings.IndexByte("+-.eE", c) < 0 {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && digits
}
