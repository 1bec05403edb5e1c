package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

// getField returns a field of an object, null if it has none of the name.
func getField(_ *run, args []any) (any, error) {
	object, ok := args[0].(map[string]any)
	if !ok {
		return nil, wrongKind(0, "an object", args[0])
	}
	key, err := textArg(args, 1)
	if err != nil {
		return nil, err
	}
	return object[key], nil
}

// nestedField follows keys such as "a" or "c[0]" into a value; null where they lead nowhere.
func nestedField(_ *run, args []any) (any, error) {
	v := args[0]
	if v == nil {
		return nil, wrongKind(0, "an object", v)
	}
	for i := 1; i < len(args); i++ {
		key, err := textArg(args, i)
		if err != nil {
			return nil, err
		}
		name, indexes, err := splitKey(key)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		if name != "" || len(indexes) == 0 {
			object, _ := v.(map[string]any)
			v = object[name]
		}
		for _, index := range indexes {
			list, _ := v.([]any)
			if v = nil; index < len(list) {
				v = list[index]
			}
		}
	}
	return v, nil
}

// splitKey takes c[0][1] apart.
func splitKey(key string) (name string, indexes []int, err error) {
	open := strings.IndexByte(key, '[')
	if open < 0 {
		return key, nil, nil
	}
	for i := open; i < len(key); {
		index, next := 0, i
		if key[i] == '[' {
			index, next = fixedIndex(key, i)
		}
		if next == i {
			return "", nil, fmt.Errorf("key %.40q: want an index such as [0] at offset %d", key, i)
		}
		indexes, i = append(indexes, index), next
	}
	return key[:open], indexes, nil
}

// maxFilterBytes bounds a path of FILTER, which may come from a value.
const maxFilterBytes = 4 << 10

// filter selects by a JSONPath: one value for a definite path (null when it is
// missing), else the list of all.
func filter(r *run, args []any) (any, error) {
	if args[0] == nil {
		return nil, wrongKind(0, "a list or an object", nil)
	}
	src, err := textArg(args, 1)
	if err != nil {
		return nil, err
	}
	if len(src) > maxFilterBytes {
		return nil, &LimitError{What: "path bytes", Have: len(src), Max: maxFilterBytes}
	}
	path, err := jsonpath.Parse(src)
	if err != nil {
		return nil, err
	}
	found, err := path.Select(args[0])
	if err != nil {
		return nil, err
	}
	if err := r.spend(len(found) + 1); err != nil {
		return nil, err
	}
	switch {
	case !path.Definite():
		return found, nil
	case len(found) == 0:
		return nil, nil
	}
	return found[0], nil
}

func toText(r *run, args []any) (any, error) {
	if args[0] == nil {
		return nil, wrongKind(0, "a value", nil)
	}
	s := TextOf(args[0])
	return s, r.spend(len(s))
}

func toNumber(_ *run, args []any) (any, error) {
	if n, ok := castNumber(args[0]); ok {
		return n, nil
	}
	if s, ok := args[0].(string); ok {
		return nil, fmt.Errorf("%.40q is not a number", s)
	}
	return nil, wrongKind(0, "a text", args[0])
}

// toObject reads JSON. As real agents write it, texts may be in single quotes
// and words without any.
func toObject(r *run, args []any) (any, error) {
	s, ok := args[0].(string)
	if !ok {
		if _, composite := args[0].(map[string]any); composite {
			return args[0], nil
		}
		return nil, wrongKind(0, "a text", args[0])
	}
	if err := r.spend(len(s)); err != nil {
		return nil, err
	}
	strict, depth := quoteWords(s)
	if depth > MaxDepth {
		return nil, &LimitError{What: "depth", Have: depth, Max: MaxDepth}
	}
	d := json.NewDecoder(strings.NewReader(strict))
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%.40q is not JSON", s)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%.40q has more after the JSON value", s)
	}
	return v, nil
}

// quoteWords makes JSON of text with 'single quotes' and bare words, and
// tells how deep it nests. JSON stays as it is.
func quoteWords(s string) (string, int) {
	out := make([]byte, 0, len(s)+16)
	depth, deepest := 0, 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\'':
			end := closingQuote(s, i+1, c)
			if end < 0 {
				return string(append(out, s[i:]...)), deepest
			}
			out, i = appendRequoted(out, s[i+1:end], c), end+1
			continue
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		case strings.IndexByte(":, \t\r\n", c) < 0:
			end := i
			for end < len(s) && strings.IndexByte(`:,[]{}"'`, s[end]) < 0 {
				end++
			}
			out, i = appendWord(out, strings.TrimRight(s[i:end], " \t\r\n")), end
			continue
		}
		out = append(out, c)
		i++
	}
	return string(out), deepest
}

func appendWord(out []byte, word string) []byte {
	if word == "true" || word == "false" || word == "null" || isJSONNumber(word) {
		return append(out, word...)
	}
	return appendJSONString(out, word)
}

// appendRequoted appends a quoted text with double quotes around it.
func appendRequoted(out []byte, s string, quote byte) []byte {
	out = append(out, '"')
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '\'':
			continue
		case s[i] == '\\' && i+1 < len(s):
			out = append(out, s[i], s[i+1])
			i++
		case s[i] == '"' && quote == '\'':
			out = append(out, '\\', '"')
		default:
			out = append(out, s[i])
		}
	}
	return append(out, '"')
}
