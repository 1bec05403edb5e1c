package flexible

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// checkJSON accepts one JSON value in UTF-8 within limits and without repeated
// keys. Limits come first, so that what is beyond them costs little.
func checkJSON(body []byte, maxDepth, maxElements int) error {
	if err := checkLimits(body, maxDepth, maxElements); err != nil {
		return err
	}
	if !utf8.Valid(body) {
		return errors.New("it is not valid UTF-8")
	}
	var raw json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return err
	}
	return checkKeys(body)
}

// checkLimits counts levels and values in what need not be JSON. Every value
// but the first of its container follows a comma.
func checkLimits(body []byte, maxDepth, maxElements int) error {
	depth, elements := 0, 1
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = stringEnd(body, i)
		case '[', '{':
			elements++
			if depth++; depth > maxDepth {
				return fmt.Errorf("it is nested more than %d levels deep at byte %d", maxDepth, i)
			}
		case ']', '}':
			depth--
		case ',':
			elements++
		}
		if elements > maxElements {
			return fmt.Errorf("it holds more than %d values at byte %d", maxElements, i)
		}
	}
	return nil
}

// stringEnd returns the closing quote of the string that opens at i, or the
// end of what there is.
func stringEnd(body []byte, i int) int {
	for i++; i < len(body) && body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return i
}

// fewKeys is how many keys of an object are compared one by one.
const fewKeys = 16

// level is an object or list that is open.
type level struct {
	object bool
	key    bool // a key comes next
	first  int  // of its keys among all that are open
	more   map[string]bool
}

// checkKeys finds keys that occur twice in one object of valid JSON.
func checkKeys(body []byte) error {
	var levels []level
	var keys []string
	for i := 0; i < len(body); i++ {
		top := len(levels) - 1
		switch body[i] {
		case '{', '[':
			levels = append(levels, level{object: body[i] == '{', key: body[i] == '{', first: len(keys)})
		case '}', ']':
			keys = keys[:levels[top].first]
			levels = levels[:top]
		case ',':
			levels[top].key = levels[top].object
		case '"':
			end := stringEnd(body, i)
			if top >= 0 && levels[top].key {
				levels[top].key = false
				key, err := keyText(body[i : end+1])
				if err != nil {
					return err
				}
				if levels[top].seen(keys, key) {
					return fmt.Errorf("the key at byte %d occurs twice in its object", i)
				}
				keys = append(keys, key)
			}
			i = end
		}
	}
	return nil
}

// seen reports whether the object has the key already.
func (l *level) seen(keys []string, key string) bool {
	keys = keys[l.first:]
	if len(keys) < fewKeys {
		for _, k := range keys {
			if k == key {
				return true
			}
		}
		return false
	}
	if l.more == nil {
		l.more = make(map[string]bool, 2*fewKeys)
		for _, k := range keys {
			l.more[k] = true
		}
	}
	twice := l.more[key]
	l.more[key] = true
	return twice
}

// keyText returns the text of a key, resolving escapes.
func keyText(quoted []byte) (key string, err error) {
	for _, c := range quoted {
		if c == '\\' {
			err = json.Unmarshal(quoted, &key)
			return key, err
		}
	}
	return string(quoted[1 : len(quoted)-1]), nil
}
